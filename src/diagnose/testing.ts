/** Timelines from a few numbers, for tests: one text picture of heap and goroutines per snapshot. */
import { readGoroutineDump } from '../evidence/goroutines/read.ts';
import type { MemStats } from '../evidence/memstats/stats.ts';
import { profileFromText } from '../evidence/pprof/testing.ts';
import type { ProcessStats } from '../evidence/process/process.ts';
import type { Captured, Snapshot, Timeline } from '../evidence/timeline.ts';

export const MIB = 1024 * 1024;
const START = Date.UTC(2026, 0, 1);

export interface Picture {
  /** Lines `root > … > leaf | alloc_objects alloc_bytes inuse_objects inuse_bytes`. */
  readonly heap?: string;
  /** Lines `root > … > leaf | count`. */
  readonly goroutines?: string;
  readonly leaks?: string;
  /** debug=2 text. */
  readonly dump?: string;
  readonly mem?: Partial<MemStats>;
  readonly process?: Partial<ProcessStats>;
  readonly load?: number;
}

/** Snapshots every ten seconds. Heap profiles are exact (rate 1) unless `rate` says otherwise. */
export function timeline(pictures: readonly Picture[], more: Partial<Timeline> & { rate?: number } = {}): Timeline {
  const { rate = 1, ...rest } = more;
  const snapshots = pictures.map((picture, index): Snapshot => {
    const at = START + index * 10_000;
    const captured = <T>(name: string, data: T): Captured<T> => ({ file: `${index}-${name}`, at, data });
    const goroutine = (text: string) => profileFromText(`goroutine/count\n${text}`);
    return {
      at,
      ...(picture.heap === undefined
        ? {}
        : {
            heap: captured(
              'heap',
              profileFromText(
                `alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes\n${picture.heap}`,
                { period: rate },
              ),
            ),
          }),
      ...(picture.goroutines === undefined ? {} : { goroutines: captured('goroutine', goroutine(picture.goroutines)) }),
      ...(picture.leaks === undefined ? {} : { leaks: captured('leaks', goroutine(picture.leaks)) }),
      ...(picture.dump === undefined
        ? {}
        : { dump: captured('dump', readGoroutineDump(new TextEncoder().encode(picture.dump))) }),
      ...(picture.mem === undefined
        ? {}
        : { memstats: captured('mem', { source: 'expvar' as const, ...picture.mem }) }),
      ...(picture.process === undefined ? {} : { process: captured('process', { pid: 1, ...picture.process }) }),
      ...(picture.load === undefined ? {} : { load: captured('load', picture.load) }),
    };
  });
  return {
    service: 'shop',
    instance: 'localhost:6060',
    goVersion: 'go1.26.8',
    start: START,
    end: START + (pictures.length - 1) * 10_000,
    snapshots,
    load: null,
    restarts: [],
    notes: [],
    ...rest,
  };
}

/** Six pictures, the i-th made by `of`. */
export function six(of: (i: number) => Picture): Picture[] {
  return [0, 1, 2, 3, 4, 5].map(of);
}
