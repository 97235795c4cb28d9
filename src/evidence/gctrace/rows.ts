import type { TraceLine } from './line.ts';
import type { GcTrace, ScavTrace } from './trace.ts';

/** Trace lines as they come, and as columns in the end. A day of a busy service has some 100 k lines. */
export class Rows {
  readonly #gc: number[][] = [];
  readonly #scav: number[][] = [];
  /** KiB of the last `scvg: N MB released`, which belongs to the summary behind it. */
  #released = 0;

  add(line: TraceLine, offset: number): void {
    if (line.kind === 'released') {
      this.#released = line.released_KiB;
      return;
    }
    if (line.kind === 'scav') {
      const summary = Number.isNaN(line.background_KiB); // scvg: says nothing where nothing was released
      const background = summary ? this.#released : line.background_KiB;
      this.#released = 0;
      this.#scav.push([background, line.eager_KiB, line.returned_KiB, line.utilPercent, Number(line.forced), offset]);
      return;
    }
    const [cycle = 0, at = 0, percent = 0, sweepTerm = 0, mark = 0, markTerm = 0, , , , , , ...heap] = line.numbers;
    const [start = 0, end = 0, live = 0, goal = 0, ...rest] = heap;
    const [stacks = Number.NaN, globals = Number.NaN] = line.scanned ? rest : [];
    const procs = rest.at(-1) ?? 0;
    this.#gc.push([
      ...[cycle, at, percent, sweepTerm, mark, markTerm, start, end, live, goal],
      ...[stacks, globals, procs, Number(line.forced), Number(line.leakCheck), offset],
    ]);
  }

  take(): { gc: GcTrace; scav: ScavTrace } {
    const gc = (column: number): number[] => this.#gc.map((row) => row[column] ?? Number.NaN);
    const scav = (column: number): number[] => this.#scav.map((row) => row[column] ?? Number.NaN);
    return {
      gc: {
        count: this.#gc.length,
        cycle: Int32Array.from(gc(0)),
        at_s: Float64Array.from(gc(1)),
        gcCpuPercent: Float64Array.from(gc(2)),
        sweepTerm_ms: Float64Array.from(gc(3)),
        mark_ms: Float64Array.from(gc(4)),
        markTerm_ms: Float64Array.from(gc(5)),
        heapStart_MB: Float64Array.from(gc(6)),
        heapEnd_MB: Float64Array.from(gc(7)),
        heapLive_MB: Float64Array.from(gc(8)),
        goal_MB: Float64Array.from(gc(9)),
        stacks_MB: Float64Array.from(gc(10)),
        globals_MB: Float64Array.from(gc(11)),
        procs: Int32Array.from(gc(12)),
        forced: Uint8Array.from(gc(13)),
        leakCheck: Uint8Array.from(gc(14)),
        offset: Float64Array.from(gc(15)),
      },
      scav: {
        count: this.#scav.length,
        releasedBg_KiB: Float64Array.from(scav(0)),
        releasedEager_KiB: Float64Array.from(scav(1)),
        retained_KiB: Float64Array.from(scav(2)),
        utilPercent: Float64Array.from(scav(3)),
        forced: Uint8Array.from(scav(4)),
        offset: Float64Array.from(scav(5)),
      },
    };
  }
}
