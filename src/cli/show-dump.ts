/** `hemostat show DUMP` and `hemostat diff DUMP DUMP`: who retains the heap, and what each holder has gained. */

import { placeName } from '../diagnose/case.ts';
import { allocationSites } from '../diagnose/heap/allocation-sites.ts';
import { analyseDump, type HeapReport } from '../diagnose/heap/analyse.ts';
import { holderName, pathSteps } from '../diagnose/heap/global-findings.ts';
import { poolName } from '../diagnose/heap/holder-findings.ts';
import { padStart, printable, type Terminal, wrap } from '../findings/layout.ts';
import { formatBytes, formatBytesChange, formatCount } from '../findings/units.ts';
import { type LoadOptions, loadDump } from './load-dump.ts';

export interface ShowDumpOptions extends LoadOptions {
  readonly json?: boolean;
  readonly top: number;
}

interface HolderRow {
  readonly kind: string;
  readonly name: string;
  readonly bytes: number;
  readonly path: readonly string[];
}

interface HolderTable {
  readonly goVersion: string;
  readonly objects: number;
  readonly bytes: number;
  readonly reachable: number;
  readonly goroutines: HeapReport['goroutines'];
  readonly holders: readonly HolderRow[];
  readonly pools: readonly { readonly name: string; readonly objects: number; readonly bytes: number }[];
  readonly sites: readonly { readonly place: string; readonly objects: number; readonly bytes: number }[];
}

/** Holders of a diff: the smaller ones may have been larger before. */
const COMPARED = 2000;

async function tableOf(path: string, options: LoadOptions, limit: number): Promise<HolderTable> {
  const loaded = loadDump(path, options);
  try {
    const report = await analyseDump(loaded.dump, { executable: loaded.executable, capture: path, retained: limit });
    return {
      goVersion: loaded.dump.params.goVersion,
      objects: report.heap.objects,
      bytes: report.heap.bytes,
      reachable: report.heap.reachable,
      goroutines: report.goroutines,
      holders: report.holders.map((holder) => ({
        kind: holder.kind,
        name: holderName(report, report.names, holder),
        bytes: holder.bytes,
        path: pathSteps(report, holder).map(({ text, bytes }) => `${text}, ${formatBytes(bytes ?? 0)}`),
      })),
      pools: report.pools.slice(0, limit).map((pool) => ({
        name: poolName(report, report.names, pool),
        objects: pool.objects.length,
        bytes: pool.holds.bytes,
      })),
      sites: allocationSites(report, limit).map(({ where, objects, bytes }) => ({
        place: placeName(where),
        objects,
        bytes,
      })),
    };
  } finally {
    loaded.close();
  }
}

export async function showDump(path: string, options: ShowDumpOptions, terminal: Terminal): Promise<string> {
  const table = await tableOf(path, options, options.top);
  if (options.json === true) return `${JSON.stringify({ schema: 'hemostat/holders@1', ...table }, null, 2)}\n`;
  const lines = [
    `${formatBytes(table.reachable)} of ${formatBytes(table.bytes)} are reachable, in a heap dump of ${table.goVersion} with ${formatCount(table.objects)} objects and ${formatCount(table.goroutines.total)} goroutines, ${formatCount(table.goroutines.proven)} of them proven leaked.`,
    '',
    'retained by',
    ...table.holders.flatMap(({ bytes, kind, name, path: steps }) => [
      row(bytes, kind === 'global' || kind.endsWith('goroutines') ? name : `${kind} ${name}`),
      ...steps.slice(0, 3).map((step) => `${' '.repeat(14)}${step}`),
    ]),
  ];
  if (table.pools.length > 0) {
    lines.push('', 'parked in pools');
    for (const { bytes, name, objects } of table.pools)
      lines.push(row(bytes, `${name}, ${formatCount(objects)} objects`));
  }
  if (table.sites.length > 0) {
    lines.push('', 'sampled objects by allocation site (not scaled up)');
    for (const { bytes, place, objects } of table.sites)
      lines.push(row(bytes, `${place}, ${formatCount(objects)} objects`));
  }
  return finish(lines, terminal);
}

export async function diffDumps(
  base: string,
  later: string,
  options: ShowDumpOptions,
  terminal: Terminal,
): Promise<string> {
  const before = await tableOf(base, options, COMPARED);
  const after = await tableOf(later, options, COMPARED);
  const changes = changesOf(before.holders, after.holders);
  if (options.json === true) {
    const document = { schema: 'hemostat/holders-diff@1', base: total(before), later: total(after), changes };
    return `${JSON.stringify(document, null, 2)}\n`;
  }
  const shown = changes.filter(({ change }) => change !== 0).slice(0, options.top);
  const lines = [
    `The reachable heap went from ${formatBytes(before.reachable)} to ${formatBytes(after.reachable)} (${formatBytesChange(after.reachable - before.reachable)}), proven leaked goroutines from ${formatCount(before.goroutines.proven)} to ${formatCount(after.goroutines.proven)}.`,
    '',
    'retained more or less by',
    ...shown.map(
      ({ change, name, bytes }) => `  ${padStart(formatBytesChange(change), 10)}  ${name}, now ${formatBytes(bytes)}`,
    ),
  ];
  return finish(lines, terminal);
}

function total({ reachable, bytes, goroutines }: HolderTable) {
  return { reachable, bytes, goroutines };
}

/** By name without its count (`50 goroutines at …`): what grew is then found again. Largest change first. */
function changesOf(
  before: readonly HolderRow[],
  after: readonly HolderRow[],
): { name: string; bytes: number; change: number }[] {
  const key = (name: string): string => name.replace(/^\d[\d,]* (leaked )?goroutines? at /, '$1goroutines at ');
  const rows = new Map<string, { bytes: number; change: number }>();
  const add = (holders: readonly HolderRow[], sign: 1 | -1): void => {
    for (const { name, bytes } of holders) {
      const row = rows.get(key(name)) ?? { bytes: 0, change: 0 };
      rows.set(key(name), { bytes: row.bytes + (sign === 1 ? bytes : 0), change: row.change + sign * bytes });
    }
  };
  add(before, -1);
  add(after, 1);
  return [...rows].map(([name, row]) => ({ name, ...row })).sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}

function row(bytes: number, text: string): string {
  return `  ${padStart(formatBytes(bytes), 10)}  ${text}`;
}

function finish(lines: readonly string[], { width, unicode }: Terminal): string {
  const shown = lines.flatMap((line) => {
    const indent = /^(?: +(?:[-+\d.,]+ [KMGT]?i?B +)?)?/.exec(line)?.[0] ?? '';
    const text = printable(line.slice(indent.length), unicode);
    return line === '' ? [''] : wrap(text, Math.max(60, width), indent, ' '.repeat(indent.length));
  });
  return `${shown.join('\n')}\n`;
}
