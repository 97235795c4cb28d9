/** What a person sees while the collector runs: a small table per window. */
import type pc from 'picocolors';
import type { SourceState } from '../evidence/syscalls/recording.ts';
import type { WindowSample } from '../evidence/syscalls/write.ts';
import { padEnd, padStart, printable, type Terminal } from '../findings/layout.ts';

/** Containers, and calls of each, that a window shows. */
const ROWS = 8;
const CALLS = 4;
const NAME_WIDTH = 28;

/** The containers (or executables of the host) that called most in this window, each with the calls it made most. */
export function windowTable(
  window: WindowSample,
  { width, unicode }: Terminal,
  colors: ReturnType<typeof pc.createColors>,
): string {
  const minutes = (window.to - window.from) / 60_000;
  const groups = new Map<string, Map<string, number>>();
  for (const { process, container, calls } of window.processes) {
    const name = container.name || process.executable || process.comm || 'ended processes';
    const group = groups.get(name) ?? new Map<string, number>();
    groups.set(name, group);
    for (const [call, count] of calls) group.set(call, (group.get(call) ?? 0) + count);
  }
  const rows = [...groups]
    .map(([name, calls]) => ({ name, calls, total: sum(calls.values()) }))
    .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
  const time = new Date(window.to).toISOString().slice(11, 19);
  const state = `${window.complete ? '' : ', incomplete'}${window.lost > 0 ? `, lost ${window.lost}` : ''}`;
  const lines = [
    colors.dim(`${time} UTC, ${((window.to - window.from) / 1000).toFixed(1)} s${state}; calls per minute`),
  ];
  for (const { name, calls, total } of rows.slice(0, ROWS)) {
    const top = [...calls].sort((a, b) => b[1] - a[1]).slice(0, CALLS);
    const shown = top.map(([call, count]) => `${call} ${perMinute(count, minutes)}`).join('  ');
    const line = `  ${padEnd(clip(printable(name, unicode)), NAME_WIDTH)} ${padStart(perMinute(total, minutes), 11)}  ${shown}`;
    lines.push(line.slice(0, width));
  }
  if (rows.length > ROWS) lines.push(colors.dim(`  and ${rows.length - ROWS} more`));
  return lines.join('\n');
}

/** One sentence for each aspect that this machine or this tool does not count. */
export function notCollected(sources: readonly SourceState[]): string[] {
  return sources.flatMap(({ aspect, collected, says }) => (collected ? [] : [`not collected: ${aspect} (${says})`]));
}

export function summaryOf(
  { windows, lost, calls }: { readonly windows: number; readonly lost: number; readonly calls: number },
  path: string,
): string {
  const dropped = lost > 0 ? `; ${lost} times something was lost, those windows are lower bounds` : '';
  return `${calls.toLocaleString('en')} calls in ${windows} ${windows === 1 ? 'window' : 'windows'} are in ${path}${dropped}`;
}

function perMinute(count: number, minutes: number): string {
  const rate = count / minutes;
  return rate >= 100 ? Math.round(rate).toLocaleString('en') : rate.toFixed(1);
}

function clip(text: string): string {
  return text.length <= NAME_WIDTH ? text : text.slice(0, NAME_WIDTH);
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
