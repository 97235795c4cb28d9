/** What a person sees while the collector runs: a small table per window. */
import type pc from 'picocolors';
import { FLOW_FIELDS, type FlowField } from '../evidence/syscalls/flows.ts';
import type { SourceState } from '../evidence/syscalls/recording.ts';
import type { WindowSample } from '../evidence/syscalls/write.ts';
import { padEnd, padStart, printable, type Terminal } from '../findings/layout.ts';
import { formatBytesChange, formatCount } from '../findings/units.ts';

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
    const name = nameOf(container.name, process);
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

/** Groups, and calls of each, that the end shows. */
const TOTAL_ROWS = 5;
const TOTAL_CALLS = 12;
/** Containers and executables that are summed up; on a machine with more the rest is only in the file. */
const MOST_GROUPS = 2000;

interface CallTotal {
  calls: number;
  /** Highest of a window that was counted whole, per minute. */
  peak: number;
}

interface GroupTotal {
  /** Distinct processes that outlived a window. */
  readonly processes: Set<string>;
  readonly calls: Map<string, CallTotal>;
  /** Sums; absent: not collected. */
  readonly flows: Map<FlowField, number>;
}

/** Sums over all windows, for the end of a run. */
export class Totals {
  windows = 0;
  lost = 0;
  calls = 0;
  #ms = 0;
  #left = 0;
  readonly #groups = new Map<string, GroupTotal>();

  add(window: WindowSample): void {
    this.windows++;
    this.lost += window.lost;
    this.#ms += window.to - window.from;
    const minutes = (window.to - window.from) / 60_000;
    const here = new Map<GroupTotal, Map<string, number>>();
    for (const { process, container, calls, flows } of window.processes) {
      for (const count of calls.values()) this.calls += count;
      const name = nameOf(container.name, process);
      let group = this.#groups.get(name);
      if (group === undefined) {
        if (this.#groups.size >= MOST_GROUPS) {
          this.#left++;
          continue;
        }
        group = { processes: new Set(), calls: new Map(), flows: new Map() };
        this.#groups.set(name, group);
      }
      if (process.pid > 0 && group.processes.size < MOST_GROUPS) group.processes.add(`${process.pid}`);
      const sums = here.get(group) ?? new Map<string, number>();
      here.set(group, sums);
      for (const [call, count] of calls) sums.set(call, (sums.get(call) ?? 0) + count);
      for (const field of FLOW_FIELDS) {
        const value = flows?.[field];
        if (value !== undefined) group.flows.set(field, (group.flows.get(field) ?? 0) + value);
      }
    }
    for (const [group, sums] of here)
      for (const [call, count] of sums) {
        const total = group.calls.get(call) ?? { calls: 0, peak: 0 };
        group.calls.set(call, total);
        total.calls += count;
        if (window.complete) total.peak = Math.max(total.peak, count / minutes);
      }
  }

  /** What called most, each with the calls it made most, and what flowed. Newlines between the lines. */
  table({ width, unicode }: Terminal, colors: ReturnType<typeof pc.createColors>): string {
    const minutes = this.#ms / 60_000;
    const rows = [...this.#groups]
      .map(([name, group]) => ({ name, group, total: sum([...group.calls.values()].map(({ calls }) => calls)) }))
      .sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
    const lines: string[] = [];
    for (const { name, group } of rows.slice(0, TOTAL_ROWS)) {
      const pids = [...group.processes];
      const who =
        pids.length === 0 ? 'processes that ended' : pids.length === 1 ? `pid ${pids[0]}` : `${pids.length} processes`;
      lines.push('', `${colors.bold(printable(name, unicode))} (${who})`.slice(0, width + 10));
      lines.push(
        colors.dim(
          `  ${padEnd('syscall', 20)} ${padStart('per minute', 12)} ${padStart('highest', 12)} ${padStart('calls', 14)}`,
        ),
      );
      const calls = [...group.calls].sort((a, b) => b[1].calls - a[1].calls);
      for (const [call, total] of calls.slice(0, TOTAL_CALLS)) {
        const peak = total.peak > 0 ? perMinute(total.peak, 1) : '–';
        lines.push(
          `  ${padEnd(call, 20)} ${padStart(perMinute(total.calls, minutes), 12)} ${padStart(peak, 12)} ${padStart(total.calls.toLocaleString('en'), 14)}`,
        );
      }
      if (calls.length > TOTAL_CALLS) lines.push(colors.dim(`  and ${calls.length - TOTAL_CALLS} more`));
      for (const text of flowTexts(group.flows)) lines.push(`  ${text}`);
    }
    const more = rows.length - TOTAL_ROWS;
    if (more > 0) lines.push('', colors.dim(`and ${more + (this.#left > 0 ? 1 : 0)} more, which called less`));
    return lines.join('\n');
  }
}

function flowTexts(flows: ReadonlyMap<FlowField, number>): string[] {
  const of = (field: FlowField): number => flows.get(field) ?? Number.NaN;
  const texts: string[] = [];
  const left = of('fdsOpened') - of('fdsClosed');
  if (Number.isFinite(left))
    texts.push(
      `descriptors  ${formatCount(of('fdsOpened'))} opened, ${formatCount(of('fdsClosed'))} closed: ${left > 0 ? '+' : ''}${formatCount(left)}`,
    );
  const space = of('mappedBytes') - of('unmappedBytes');
  if (Number.isFinite(space)) texts.push(`mapped       ${formatBytesChange(space)} of address space`);
  if (Number.isFinite(of('connects')))
    texts.push(`connects     ${formatCount(of('connects'))}, ${formatCount(of('connectFailures'))} failed`);
  return texts;
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

function nameOf(
  container: string,
  { executable, comm }: { readonly executable: string; readonly comm: string },
): string {
  return container || executable || comm || 'ended processes';
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
