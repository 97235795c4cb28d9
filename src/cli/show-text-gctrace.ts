import type { GcTrace, TraceLog } from '../evidence/gctrace/trace.ts';
import { onAxis, sparkline } from '../findings/sparkline.ts';
import { formatBytes, formatCount, formatDuration } from '../findings/units.ts';
import { safe, type TextPage, table } from './show-text.ts';

const MIB = 2 ** 20;
const KIB = 2 ** 10;
const SPARK_COLUMNS = 40;

/** Sums over a trace. Pauses are the two stop-the-world phases; times in ms, sizes in MB as the runtime prints them. */
export function describeTrace({ gc, scav, unread }: TraceLog): object {
  const pauses = pausesOf(gc);
  return {
    gc: {
      cycles: gc.count,
      forced: count(gc.forced),
      leakChecks: count(gc.leakCheck),
      from_s: gc.at_s[0] ?? null,
      to_s: gc.at_s.at(-1) ?? null,
      gcCpuPercent: gc.gcCpuPercent.at(-1) ?? null,
      pause_ms: gc.count === 0 ? null : { mean: total(pauses) / gc.count, max: max(pauses), total: total(pauses) },
      mark_ms: gc.count === 0 ? null : { mean: total(gc.mark_ms) / gc.count, max: max(gc.mark_ms) },
      heapLive_MB: range(gc.heapLive_MB),
      heapStart_MB: range(gc.heapStart_MB),
      goal_MB: range(gc.goal_MB),
      stacks_MB: range(gc.stacks_MB),
      procs: gc.procs.at(-1) ?? null,
    },
    scav: {
      lines: scav.count,
      releasedBg_KiB: total(scav.releasedBg_KiB),
      releasedEager_KiB: total(scav.releasedEager_KiB),
      retained_KiB: finite(scav.retained_KiB.at(-1)),
      utilPercent: finite(scav.utilPercent.at(-1)),
    },
    unread,
  };
}

/** The same for a terminal, with a sparkline of the live heap. */
export function traceLines({ gc, scav, unread }: TraceLog, page: TextPage): string[] {
  const lines = [page.paint.bold(`${safe(page, page.file)}: GC trace, ${formatCount(gc.count)} cycles`), ''];
  const rows: [string, string][] = [];
  if (gc.count > 0) {
    const first = gc.at_s[0] ?? 0;
    const last = gc.at_s.at(-1) ?? 0;
    const pauses = pausesOf(gc);
    rows.push(
      ['time', `${formatDuration(last - first)} (${seconds(first)} to ${seconds(last)} after the start)`],
      ['live heap', `${fromTo(gc.heapLive_MB)}  ${overTime(gc, gc.heapLive_MB, page)}`],
      ['heap goal', `${fromTo(gc.goal_MB)}  ${overTime(gc, gc.goal_MB, page)}`],
      ['pauses', `mean ${ms(total(pauses) / gc.count)}, longest ${ms(max(pauses))}, together ${ms(total(pauses))}`],
      ['mark', `mean ${ms(total(gc.mark_ms) / gc.count)}, longest ${ms(max(gc.mark_ms))} (concurrent)`],
      ['GC share of CPU', `${gc.gcCpuPercent.at(-1) ?? 0} % since the start, ${formatCount(gc.procs.at(-1) ?? 0)} P`],
    );
    const forced = count(gc.forced);
    const checks = count(gc.leakCheck);
    if (forced > 0) rows.push(['forced', `${formatCount(forced)} of the cycles (runtime.GC, heap?gc=1)`]);
    if (checks > 0) rows.push(['leak checks', `${formatCount(checks)} cycles looked for leaked goroutines`]);
    if (last < max(gc.at_s)) rows.push(['restarts', 'the times go back: the log holds more than one process']);
  }
  if (scav.count > 0) {
    const released = total(scav.releasedBg_KiB) + total(scav.releasedEager_KiB);
    const retained = scav.retained_KiB.at(-1) ?? 0;
    rows.push(
      [
        'scavenger',
        `${formatBytes(released * KIB)} returned in ${formatCount(scav.count)} lines, ${formatBytes(retained * KIB)} returned now`,
      ],
      ['utilisation', `${Math.round(scav.utilPercent.at(-1) ?? 0)} % of what is not returned is in use`],
    );
  }
  lines.push(...table(rows));
  if (unread.count > 0) {
    lines.push(
      '',
      page.paint.yellow(`${formatCount(unread.count)} lines begin like trace lines and could not be read, e.g.`),
    );
    for (const example of unread.examples.slice(0, 2)) lines.push(`  ${safe(page, example).slice(0, page.width - 2)}`);
  }
  return lines;
}

/** A sparkline over time, or over cycles where the times go back. */
function overTime(gc: GcTrace, values: Float64Array, page: TextPage): string {
  const ascends = gc.at_s.every((at, row) => row === 0 || at >= (gc.at_s[row - 1] ?? 0));
  const at = ascends ? [...gc.at_s] : [...gc.at_s.keys()];
  const width = Math.min(SPARK_COLUMNS, page.width - 40, gc.count);
  return sparkline(onAxis(at, [...values], at[0] ?? 0, at.at(-1) ?? 0, width), page.unicode);
}

function pausesOf(gc: GcTrace): Float64Array {
  return gc.sweepTerm_ms.map((sweepTerm, row) => sweepTerm + (gc.markTerm_ms[row] ?? 0));
}

function fromTo(values: Float64Array): string {
  return `${formatBytes((values[0] ?? 0) * MIB)} to ${formatBytes((values.at(-1) ?? 0) * MIB)}`;
}

function ms(value: number): string {
  return formatDuration(value / 1000);
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

function count(flags: Uint8Array): number {
  return flags.reduce((sum, flag) => sum + flag, 0);
}

/** Sum of those that are known. */
function total(values: Float64Array): number {
  return values.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + value), 0);
}

function max(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, value), 0);
}

function range(values: Float64Array): object | null {
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return null;
  const min = known.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  return { first: known[0], last: known.at(-1), min, max: max(known) };
}

function finite(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
