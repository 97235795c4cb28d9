import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTimeline } from '../collect/bundle.ts';
import { readGoroutineDump } from '../evidence/goroutines/read.ts';
import { profileFromText } from '../evidence/pprof/testing.ts';
import { joinClusters } from './clusters.ts';
import { cutGoroutines, cutHeap, KEPT } from './cut.ts';
import { diagnose, diagnoseSummaries } from './diagnose.ts';
import { summariseDump, summariseGoroutines, waitsOf, withWaits } from './goroutine-summary.ts';
import { summariseHeap } from './heap-summary.ts';
import { joinSites } from './sites.ts';
import { summarise } from './summarise.ts';
import type { HeapSummary } from './summary.ts';

const HEAP_TYPES = 'alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes';
const KIB = 1024;

/** In-use bytes by line of main.f; objects of 1 KiB. */
function heap(lines: Readonly<Record<number, number>>): HeapSummary {
  const text = Object.entries(lines).map(
    ([line, kib]) => `main.f@/a/f.go:${line} | ${kib} ${kib * KIB} ${kib} ${kib * KIB}`,
  );
  return summariseHeap(profileFromText(`${HEAP_TYPES}\n${text.join('\n')}`, { period: 1 }));
}

const sitesOf = (...summaries: HeapSummary[]) => joinSites(summaries, () => '');

describe('summaries that were cut, stored and sent', () => {
  it('give the diagnosis of the recorded bundle', async () => {
    const timeline = await readTimeline(join(import.meta.dirname, '../../lab/recorded/closure-drags-heap'));
    const { snapshots, ...rest } = summarise(timeline);
    const kept = snapshots.map((snapshot) => ({
      ...snapshot,
      ...(snapshot.heap === undefined ? {} : { heap: { ...snapshot.heap, data: cutHeap(snapshot.heap.data) } }),
      ...(snapshot.goroutines === undefined
        ? {}
        : { goroutines: { ...snapshot.goroutines, data: cutGoroutines(snapshot.goroutines.data) } }),
    }));
    const expected = JSON.stringify(diagnose(timeline));
    expect(JSON.stringify(diagnoseSummaries(structuredClone({ ...rest, snapshots: kept })))).toBe(expected);
    expect(expected).toContain('goroutine-blocked-receive');
  });
});

describe('a site that is missing from a cut summary', () => {
  const limits = { ...KEPT, sites: 2, bytes: 0, allocating: 0 };
  const cut = (lines: Readonly<Record<number, number>>) => cutHeap(heap(lines), limits);

  it('had at most the floor before it came into sight, so it did not grow from nothing', () => {
    const [, , third] = sitesOf(
      cut({ 1: 900, 2: 800, 3: 500 }),
      cut({ 1: 900, 2: 800, 3: 700 }),
      cut({ 1: 900, 2: 800, 3: 850 }),
    );
    expect(third?.where.line).toBe(3);
    expect([...(third?.bytes ?? [])].map((bytes) => bytes / KIB)).toEqual([500, 700, 850]);
  });

  it('did not grow after it went out of sight, however large the floor', () => {
    const sites = sitesOf(cut({ 1: 900, 2: 800 }), cut({ 1: 900, 2: 800, 3: 9000, 4: 9000 }));
    const second = sites.find((site) => site.where.line === 2);
    expect([...(second?.bytes ?? [])].map((bytes) => bytes / KIB)).toEqual([800, 800]);
  });

  it('is part of the rest', () => {
    expect(cut({ 1: 900, 2: 800, 3: 500, 4: 10 })).toMatchObject({
      floor: 500 * KIB,
      rest: { sites: 2, bytes: 510 * KIB, allocBytes: 510 * KIB },
    });
  });

  it('had nothing in use where nothing in use was dropped', () => {
    const complete = cutHeap(heap({ 1: 900, 2: 0 }), limits);
    expect(complete.rest.sites).toBe(1);
    const [, second] = sitesOf(complete, heap({ 1: 900, 2: 600 }));
    expect([...(second?.bytes ?? [])]).toEqual([0, 600 * KIB]);
  });
});

describe('clusters', () => {
  const parked = (counts: Readonly<Record<number, number>>) =>
    summariseGoroutines(
      profileFromText(
        `goroutine/count\n${Object.entries(counts)
          .map(([line, n]) => `main.f@/a/f.go:${line} > runtime.chanrecv1@/go/src/runtime/chan.go:506 | ${n}`)
          .join('\n')}`,
      ),
    );

  it('that were too small to be kept did not come from nothing', () => {
    const cut = (counts: Readonly<Record<number, number>>) => cutGoroutines(parked(counts), { ...KEPT, clusters: 1 });
    const clusters = joinClusters([cut({ 1: 20, 2: 15 }), cut({ 1: 20, 2: 40 })]);
    expect(clusters.map((cluster) => [cluster.where.line, ...cluster.count])).toEqual([
      [1, 20, 20],
      [2, 15, 40],
    ]);
    expect(cut({ 1: 20, 2: 15 }).total).toBe(35);
  });

  it('take from a dump who started them, how long they wait, and who stayed', () => {
    const dump = (ids: readonly number[]) =>
      summariseDump(
        readGoroutineDump(
          new TextEncoder().encode(
            ids
              .map(
                (id) =>
                  `goroutine ${id} [chan receive, ${id} minutes]:\nmain.f()\n\t/a/f.go:1 +0x1\ncreated by main.start in goroutine 1\n\t/a/s.go:9 +0x2\n`,
              )
              .join('\n'),
          ),
        ),
      );
    const early = withWaits(parked({ 1: 4 }), dump([90, 3, 7, 2000]), 3);
    expect(early.waits?.[0]).toMatchObject({
      creator: { function: 'main.start', line: 9 },
      maxWaitMinutes: 2000,
      histogram: [0, 1, 1, 0, 1, 1],
      ids: [3, 7, 90],
    });
    const tables = [waitsOf(early) ?? new Map(), dump([7, 90, 95])];
    expect(joinClusters([early], tables)[0]?.dump).toMatchObject({ first: 3, survivors: 2, maxWaitMinutes: 95 });
  });
});
