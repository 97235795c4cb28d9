/**
 * The live heap of all targets over the last day. A day of a thousand targets is millions of points, and a second of the
 * store's time; a line of sixty points does not change from one look to the next. So it is kept for as long as it is
 * worth: twenty times what it took to make. Who asks in the meantime gets what there is, at once.
 */
import type { HistoryStore } from '../history/store.ts';
import type { MetricColumns, TargetId } from '../model.ts';
import { SPARKLINE_POINTS } from '../views/fleet.ts';

export interface Sparklines {
  /** `live_heap_bytes` by target. Waits only where there is nothing yet. */
  get(): Promise<ReadonlyMap<TargetId, MetricColumns>>;
}

const DAY = 86_400_000;
const WORTH = 20;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 60_000;

export function createSparklines(
  store: Pick<HistoryStore, 'metrics'>,
  ids: () => readonly TargetId[],
  now: () => number,
): Sparklines {
  let kept: { readonly lines: ReadonlyMap<TargetId, MetricColumns>; readonly until: number } | null = null;
  let making: Promise<ReadonlyMap<TargetId, MetricColumns>> | null = null;

  const make = async (): Promise<ReadonlyMap<TargetId, MetricColumns>> => {
    const started = performance.now();
    const asked = ids();
    const to = now();
    const lines =
      asked.length === 0
        ? new Map<TargetId, MetricColumns>()
        : await store.metrics(asked, ['live_heap_bytes'], { from: to - DAY, to }, SPARKLINE_POINTS);
    const ended = performance.now();
    const worth = Math.min(Math.max((ended - started) * WORTH, SHORTEST_MS), LONGEST_MS);
    kept = { lines, until: ended + worth };
    return lines;
  };
  const refresh = (): Promise<ReadonlyMap<TargetId, MetricColumns>> => {
    making ??= make().finally(() => {
      making = null;
    });
    return making;
  };

  return {
    get() {
      if (kept === null) return refresh();
      if (performance.now() >= kept.until) {
        // Nobody waits for this one; whoever finds nothing better is told what went wrong.
        refresh().catch(() => {
          kept = null;
        });
      }
      return Promise.resolve(kept.lines);
    },
  };
}
