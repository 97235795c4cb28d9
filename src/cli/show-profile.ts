/** A profile as text (80 columns and up) or JSON. */
import picocolors from 'picocolors';
import { fold } from '../evidence/pprof/fold.ts';
import type { Profile, ValueType } from '../evidence/pprof/profile.ts';
import { profileTotal } from '../evidence/pprof/sample-type.ts';
import { type TopRow, top } from '../evidence/pprof/top.ts';
import { formatPercent, formatValue } from '../evidence/pprof/units.ts';
import { padStart, printable, type Terminal } from '../findings/layout.ts';
import { UsageError } from './exit.ts';
import { shortName } from './frame-name.ts';
import {
  applyFilters,
  granularityOf,
  type ProfileOptions,
  parseTop,
  safeNumber,
  sampleTypeOf,
  sortsByCum,
} from './profile-options.ts';
import { traceLines } from './show-traces.ts';
import { treeLines } from './show-tree.ts';

export interface ShowOptions extends ProfileOptions {
  readonly tree?: true;
  readonly folded?: true;
  readonly traces?: true;
}

const ROWS = 20;
/** Columns before the name: two values and two shares. */
const NUMBERS = 40;

/** @param profile already pruned @param file for the heading */
export function renderProfile(profile: Profile, file: string, options: ShowOptions, terminal: Terminal): string {
  const views = (['tree', 'folded', 'traces'] as const).filter((view) => options[view] === true);
  if (views.length > 1) throw new UsageError(`--${views.join(' and --')} exclude each other; choose one`);
  if (views.length === 1 && options.json === true) {
    throw new UsageError(`--json has the table of functions, not --${views[0]}; leave one of them out`);
  }
  const sampleType = sampleTypeOf(profile, options.sampleType, file);
  const unit = profile.sampleTypes[sampleType] ?? { type: '', unit: '' };
  // 100 % is all of the profile, not what the filters leave of it.
  const total = profileTotal(profile, sampleType);
  const filtered = applyFilters(profile, options);
  const granularity = granularityOf(options);
  const sort = sortsByCum(unit, options) ? 'cum' : 'flat';
  if (options.json === true) {
    const rows = top(filtered, sampleType, { granularity, sort });
    return json(profile, file, unit, total, rows.slice(0, parseTop(options.top, rows.length)));
  }
  if (options.folded === true) {
    const lines = fold(filtered, sampleType, { granularity });
    return lines.map((line) => `${printable(line, true)}\n`).join('');
  }
  const view = { profile: filtered, sampleType, unit: unit.unit, total, granularity, terminal };
  const head = heading(profile, file, unit, total, terminal);
  if (options.traces === true) return text([...head, '', ...traceLines(view)]);
  if (options.tree === true) return text([...head, '', ...treeLines(view, parseTop(options.top, 60))]);
  const rows = top(filtered, sampleType, { granularity, sort });
  return text([...head, '', ...topLines(rows, parseTop(options.top, ROWS), unit.unit, total, terminal)]);
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function json(profile: Profile, file: string, unit: ValueType, total: number, rows: readonly TopRow[]): string {
  const body = {
    schema: 'hemostat/show@1',
    file,
    findings: [],
    sampleType: unit,
    sampleTypes: profile.sampleTypes,
    samples: profile.samples.count,
    time: isoTime(profile.timeNanos),
    durationSeconds: Number(profile.durationNanos) / 1e9,
    total: safeNumber(total),
    top: rows.map(({ function: fn, label, file: path, line, flat, cum }) => ({
      function: fn === '' ? label : fn,
      file: path,
      line,
      flat: safeNumber(flat),
      cum: safeNumber(cum),
    })),
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

/** Null where the profile does not say. */
export function isoTime(nanos: bigint): string | null {
  const ms = Number(nanos / 1_000_000n);
  return nanos === 0n || Math.abs(ms) > 8.64e15 ? null : new Date(ms).toISOString();
}

function heading(profile: Profile, file: string, unit: ValueType, total: number, terminal: Terminal): string[] {
  const paint = picocolors.createColors(terminal.color);
  const safe = (value: string): string => printable(value.replaceAll('\n', ' '), terminal.unicode);
  const { samples, sampleTypes, mappings } = profile;
  const count = `${samples.count} sample${samples.count === 1 ? '' : 's'}`;
  const lines = [
    `${paint.bold(safe(file))}: ${safe(unit.type)} ${paint.bold(formatValue(total, unit.unit))} in ${count}`,
  ];
  const details: string[] = [];
  const binary = mappings[0]?.filename ?? '';
  if (binary !== '') details.push(`of ${binary.slice(binary.lastIndexOf('/') + 1)}`);
  const taken = isoTime(profile.timeNanos);
  if (taken !== null) details.push(`taken ${taken.slice(0, 19).replace('T', ' ')} UTC`);
  if (profile.durationNanos > 0n) details.push(`over ${formatValue(Number(profile.durationNanos), 'ns')}`);
  if (details.length > 0) lines.push(paint.dim(safe(details.join(', '))));
  const others = sampleTypes.map(({ type }) => type).filter((type) => type !== unit.type);
  if (others.length > 0) lines.push(paint.dim(safe(`--sample-type also has ${others.join(', ')}`)));
  return lines;
}

function topLines(rows: readonly TopRow[], limit: number, unit: string, total: number, terminal: Terminal): string[] {
  const paint = picocolors.createColors(terminal.color);
  if (rows.length === 0)
    return [paint.dim('nothing left to show: no sample has a value here, or the filters match none')];
  const lines = [
    paint.dim(
      `${['flat', 'flat%', 'cum', 'cum%'].map((name, i) => padStart(name, i % 2 ? 8 : 11)).join('')}  function`,
    ),
  ];
  for (const { label, function: fn, file, line, flat, cum } of rows.slice(0, limit)) {
    const numbers = [
      paint.bold(padStart(formatValue(flat, unit), 11)),
      padStart(formatPercent(flat, total), 8),
      padStart(formatValue(cum, unit), 11),
      padStart(formatPercent(cum, total), 8),
    ].join('');
    lines.push(`${numbers}  ${shortName({ label, fn, file, line }, terminal, terminal.width - NUMBERS)}`);
  }
  if (rows.length > limit) lines.push(paint.dim(`${rows.length - limit} more rows (-n shows more)`));
  return lines;
}
