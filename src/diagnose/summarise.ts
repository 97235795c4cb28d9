/** A timeline of profiles to a timeline of their summaries. */
import type { Captured, Timeline } from '../evidence/timeline.ts';
import { summariseDump, summariseGoroutines } from './goroutine-summary.ts';
import { summariseHeap } from './heap-summary.ts';
import type { SummarisedTimeline } from './summary.ts';
import { processesIn, seriesOfProcess } from './syscall-series.ts';

/** Only the newest heap profile of each life is described in full: a site that grows is in it. */
export function summarise({ syscallCounts, ...timeline }: Timeline): SummarisedTimeline {
  const { snapshots, restarts } = timeline;
  const ends = [...restarts, snapshots.length];
  const newest = new Set(
    ends.map((end, i) =>
      snapshots.findLastIndex(({ heap }, at) => heap !== undefined && at < end && at >= (ends[i - 1] ?? 0)),
    ),
  );
  return {
    ...timeline,
    ...syscallsOf(syscallCounts, snapshots.findLast((snapshot) => snapshot.process !== undefined)?.process?.data.pid),
    snapshots: snapshots.map(({ heap, goroutines, dump, leaks, ...rest }, index) => ({
      ...rest,
      ...(heap === undefined
        ? {}
        : { heap: of(heap, summariseHeap(heap.data, newest.has(index) ? 'full' : 'numbers')) }),
      ...(goroutines === undefined ? {} : { goroutines: of(goroutines, summariseGoroutines(goroutines.data)) }),
      ...(dump === undefined ? {} : { waits: of(dump, summariseDump(dump.data)) }),
      ...(leaks === undefined ? {} : { leaks: of(leaks, summariseGoroutines(leaks.data)) }),
    })),
  };
}

/** The flows of the process that was visited; of the only one in the recording where no visit saw its number. */
function syscallsOf(
  counts: Timeline['syscallCounts'],
  pid: number | undefined,
): Pick<SummarisedTimeline, 'syscallSeries'> {
  if (counts === undefined) return {};
  const processes = processesIn(counts.data, pid);
  return processes.size === 0 ? {} : { syscallSeries: of(counts, seriesOfProcess(counts.data, processes)) };
}

function of<T>({ file, at }: Captured<unknown>, data: T): Captured<T> {
  return { file, at, data };
}
