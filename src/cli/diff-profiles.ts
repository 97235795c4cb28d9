/** Two profiles side by side as text (80 columns and up) or JSON. */
import picocolors from 'picocolors';
import { align } from '../evidence/pprof/align.ts';
import { type DiffRow, diffTop } from '../evidence/pprof/diff-top.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import { profileTotal } from '../evidence/pprof/sample-type.ts';
import { normalized } from '../evidence/pprof/subtract.ts';
import { formatPercent, formatValue } from '../evidence/pprof/units.ts';
import { padStart, printable, type Terminal } from '../findings/layout.ts';
import { formatDuration } from '../findings/units.ts';
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
import { isoTime } from './show-profile.ts';

export interface DiffOptions extends ProfileOptions {
  readonly normalize?: true;
}

interface Side {
  readonly file: string;
  readonly profile: Profile;
}

const ROWS = 15;
const NUMBERS = 38;

export function renderDiff(base: Side, later: Side, options: DiffOptions, terminal: Terminal): string {
  const wanted = sampleTypeOf(later.profile, options.sampleType, later.file);
  const name = later.profile.sampleTypes[wanted]?.type ?? '';
  const [before, after] = align([base.profile, later.profile]);
  if (before === undefined || after === undefined) throw new Error('align lost a profile');
  const sampleType = sampleTypeOf(after, options.sampleType === undefined ? name : options.sampleType, base.file);
  const unit = after.sampleTypes[sampleType] ?? { type: '', unit: '' };
  const scaled = options.normalize === true ? normalized(after, before) : after;
  const totals = { base: profileTotal(before, sampleType), new: profileTotal(scaled, sampleType) };
  const rows = diffTop(applyFilters(before, options), applyFilters(scaled, options), sampleType, {
    granularity: granularityOf(options),
    by: sortsByCum(unit, options) ? 'cum' : 'flat',
  });
  const grew = rows.filter(({ delta }) => delta > 0);
  const shrank = rows.filter(({ delta }) => delta < 0);
  if (options.json === true) {
    const limit = parseTop(options.top, rows.length);
    const body = {
      schema: 'hemostat/diff@1',
      base: { file: base.file, time: isoTime(base.profile.timeNanos) },
      new: { file: later.file, time: isoTime(later.profile.timeNanos) },
      findings: [],
      sampleType: unit,
      total: {
        before: safeNumber(totals.base),
        after: safeNumber(totals.new),
        delta: safeNumber(totals.new - totals.base),
      },
      grew: grew.slice(0, limit).map(jsonRow),
      shrank: shrank.slice(0, limit).map(jsonRow),
    };
    return `${JSON.stringify(body, null, 2)}\n`;
  }
  const limit = parseTop(options.top, ROWS);
  const paint = picocolors.createColors(terminal.color);
  const change = (value: number): string => `${value > 0 ? '+' : ''}${formatValue(value, unit.unit)}`;
  const arrow = terminal.unicode ? '→' : '->';
  const safe = (text: string): string => printable(text.replaceAll('\n', ' '), terminal.unicode);
  const between = elapsed(base.profile, later.profile);
  const lines = [
    `${paint.bold(safe(base.file))} ${arrow} ${paint.bold(safe(later.file))}`,
    `${safe(unit.type)}: ${formatValue(totals.base, unit.unit)} ${arrow} ${formatValue(totals.new, unit.unit)}, ${paint.bold(
      change(totals.new - totals.base),
    )}${totals.base === 0 ? '' : ` (${formatPercent(totals.new - totals.base, totals.base)})`}${between}`,
  ];
  const table = (title: string, list: readonly DiffRow[], color: (text: string) => string): void => {
    if (list.length === 0) {
      lines.push('', paint.dim(`nothing ${title}`));
      return;
    }
    lines.push('', paint.dim(`${['change', 'before', 'after'].map((head) => padStart(head, 12)).join('')}  ${title}`));
    for (const { label, function: fn, file, line, before: from, after: to, delta } of list.slice(0, limit)) {
      const values = [from, to].map((value) => padStart(formatValue(value, unit.unit), 12)).join('');
      const where = shortName({ label, fn, file, line }, terminal, terminal.width - NUMBERS);
      lines.push(`${color(padStart(change(delta), 12))}${values}  ${where}`);
    }
    if (list.length > limit) lines.push(paint.dim(`${list.length - limit} more that ${title} (-n shows more)`));
  };
  table('grew', grew, paint.red);
  table('shrank', shrank, paint.green);
  return `${lines.join('\n')}\n`;
}

/** ` in 5 min`, where both profiles say when they were taken. */
function elapsed(base: Profile, later: Profile): string {
  if (base.timeNanos === 0n || later.timeNanos === 0n) return '';
  const seconds = Number(later.timeNanos - base.timeNanos) / 1e9;
  if (seconds === 0) return '';
  return seconds > 0 ? ` in ${formatDuration(seconds)}` : ` (the base is ${formatDuration(-seconds)} younger)`;
}

function jsonRow({ label, function: fn, file, line, before, after, delta }: DiffRow): object {
  return {
    function: fn === '' ? label : fn,
    file,
    line,
    before: safeNumber(before),
    after: safeNumber(after),
    delta: safeNumber(delta),
  };
}
