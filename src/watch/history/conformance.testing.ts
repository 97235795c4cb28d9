/**
 * What every `HistoryStore` does, whatever it is made of. `open` opens the history in a directory, again and again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Capture, METRICS, type MetricPoint, type SyscallColumns } from '../model.ts';
import { StoreError } from './error.ts';
import {
  clusterShape,
  DAY,
  HOUR,
  NOON,
  sampleCapture,
  sampleDelivery,
  sampleEvent,
  sampleFinding,
  sampleHeap,
  samplePoint,
  sampleProfile,
  sampleSummary,
  sampleSyscalls,
  sampleTarget,
  siteShape,
} from './sample.testing.ts';
import type { HistoryStore, Range, RetentionPolicy } from './store.ts';

/** Of each syscall the rates per minute. */
function ratesOf({ syscalls, rate }: SyscallColumns): Record<string, number[]> {
  return Object.fromEntries(syscalls.map((name, i) => [name, [...(rate[i] ?? [])]]));
}

const EVER: Range = { from: 0, to: 4e12 };
const KEEP: RetentionPolicy = {
  fullMs: 2 * DAY,
  mediumMs: 14 * DAY,
  longMs: 90 * DAY,
  blobMs: 14 * DAY,
  blobBytes: 1e12,
};
const SITES = [siteShape(1), siteShape(2), siteShape(3)];
const CLUSTERS = [clusterShape(1), clusterShape(2)];
/** Whatever a target may be called; quotes, markup, control characters, letters of two code units. */
const HOSTILE = `'); DROP TABLE findings; -- "\\ \0 \n <script>alert(1)</script> \u{1F4A3} ü \u202e $1 {{x}}`;

export function conformance(name: string, open: (dir: string) => Promise<HistoryStore>): void {
  describe(`${name} as a history`, () => {
    let root = '';
    let count = 0;
    const opened: HistoryStore[] = [];
    const directory = (): string => {
      count += 1;
      return join(root, `history-${count}`);
    };
    const fresh = async (dir = directory()): Promise<HistoryStore> => {
      const store = await open(dir);
      opened.push(store);
      return store;
    };

    beforeAll(() => {
      root = mkdtempSync(join(tmpdir(), 'hemostat-history-'));
    });
    afterAll(async () => {
      await Promise.all(opened.map((store) => store.close()));
      rmSync(root, { recursive: true, force: true });
    });

    test('is empty at first', async () => {
      const store = await fresh();
      const { id } = sampleTarget(1);
      expect(await store.targets()).toEqual([]);
      expect(await store.latestMetrics()).toEqual([]);
      expect(await store.captures([], EVER, 10)).toEqual([]);
      expect(await store.captures([id], EVER, 10)).toEqual([]);
      expect(await store.capture('none')).toBeNull();
      expect(await store.summary('none')).toBeNull();
      expect(await store.summaries(id, EVER, 10)).toEqual([]);
      expect(await store.siteSeries(id, EVER, { top: 5 })).toEqual([]);
      expect(await store.syscallWindows(id, EVER, 10)).toEqual([]);
      expect(await store.syscallColumns(id, EVER, 10)).toMatchObject({ syscalls: [], at: new Float64Array() });
      expect(await store.newestSyscalls()).toEqual(new Map());
      expect(await store.learnedProfiles()).toEqual([]);
      expect(await store.marks([], EVER)).toEqual([]);
      expect(await store.findings()).toEqual([]);
      expect(await store.finding('none')).toBeNull();
      expect(await store.events('none')).toEqual([]);
      expect(await store.pendingDeliveries()).toEqual([]);
      expect(await store.silences(0)).toEqual([]);
      const columns = (await store.metrics([id], ['rss_bytes'], EVER, 10)).get(id);
      expect(columns?.at).toHaveLength(0);
      expect(columns?.values.rss_bytes).toHaveLength(0);
      await store.commit({});
    });

    test('gives back what was committed, after a restart, too', async () => {
      const dir = directory();
      let store = await fresh(dir);
      const target = { ...sampleTarget(1), service: HOSTILE, labels: { [HOSTILE]: HOSTILE, __proto__x: '' } };
      const blob = await store.putBlob(Buffer.from(`profile ${HOSTILE}`));
      const capture: Capture = {
        ...sampleCapture(target.id, NOON, blob),
        build: HOSTILE,
        name: HOSTILE,
        reason: 'opened',
      };
      const site = { ...siteShape(1), key: HOSTILE, functions: [HOSTILE, HOSTILE] };
      const summary = sampleSummary(capture, [site, ...SITES], CLUSTERS);
      const withLeaks = {
        ...summary,
        leaks: {
          clusters: [clusterShape(7)],
          count: Float64Array.of(3),
          total: 3,
          floor: 0,
          waits: [
            {
              creator: site.where,
              maxWaitMinutes: 70,
              histogram: [0, 0, 0, 1, 1, 1] as const,
              example: 18,
              ids: [18, 19, 2 ** 40],
            },
          ],
        },
      };
      const mark = {
        kind: 'deploy' as const,
        target: target.id,
        at: NOON,
        build: HOSTILE,
        goVersion: null,
        says: HOSTILE,
      };
      const finding = sampleFinding('f1', { service: HOSTILE, base: capture.id, head: capture.id });
      const event = { ...sampleEvent('e1', 'f1', NOON), says: HOSTILE };
      const delivery = sampleDelivery('d1', { body: HOSTILE, lastError: HOSTILE });
      const silence = {
        id: 's1',
        environment: '',
        service: HOSTILE,
        fingerprint: '',
        until: NOON,
        by: HOSTILE,
        why: '',
      };
      const point = samplePoint(target.id, NOON, { load: 0, gc_cycles_total: 1e15 + 1 });
      await store.commit({
        targets: [target],
        metrics: [point],
        captures: [capture],
        summaries: [withLeaks],
        marks: [mark],
        findings: [finding],
        events: [event],
        deliveries: [delivery],
        silences: [silence],
      });
      for (const turn of ['before', 'after']) {
        expect(await store.targets(), turn).toEqual([target]);
        expect(await store.latestMetrics()).toEqual([point]);
        expect(await store.captures([], EVER, 10)).toEqual([capture]);
        expect(await store.capture(capture.id)).toEqual(capture);
        expect(await store.summary(capture.id)).toEqual(withLeaks);
        expect(await store.summaries(target.id, EVER, 10)).toEqual([withLeaks]);
        expect((await store.siteSeries(target.id, EVER, { keys: [HOSTILE] })).map(({ key }) => key)).toEqual([HOSTILE]);
        expect(await store.marks([target.id], EVER)).toEqual([mark]);
        expect(await store.findings()).toEqual([finding]);
        expect(await store.finding('f1')).toEqual(finding);
        expect(await store.events('f1')).toEqual([event]);
        expect(await store.pendingDeliveries()).toEqual([delivery]);
        expect(await store.deliveries(5)).toEqual([delivery]);
        expect(await store.silences(NOON - 1)).toEqual([silence]);
        expect(await store.silences(NOON)).toEqual([]);
        expect(Buffer.from(await store.getBlob(blob)).toString()).toBe(`profile ${HOSTILE}`);
        const stats = await store.stats();
        expect(stats).toMatchObject({ blobs: 1, captures: 1, metricPoints: 1, findings: 1 });
        expect(stats.databaseBytes).toBeGreaterThan(0);
        expect(stats.blobBytes).toBeGreaterThan(0);
        await store.close();
        store = await fresh(dir);
      }
    });

    test('changes nothing when a batch comes again, in this life or the next', async () => {
      const dir = directory();
      let store = await fresh(dir);
      const target = sampleTarget(1);
      const blob = await store.putBlob(Buffer.from('a profile'));
      const capture = sampleCapture(target.id, NOON, blob);
      const batch = {
        targets: [target],
        metrics: [samplePoint(target.id, NOON), samplePoint(target.id, NOON - 15_000)],
        captures: [capture],
        summaries: [sampleSummary(capture, SITES, CLUSTERS)],
        marks: [
          {
            kind: 'restart' as const,
            target: target.id,
            at: NOON,
            build: null,
            goVersion: null,
            says: 'it started again',
          },
        ],
        findings: [sampleFinding('f1')],
        events: [sampleEvent('e1', 'f1', NOON)],
        deliveries: [sampleDelivery('d1')],
      };
      const look = async (): Promise<unknown> => [
        await store.stats().then(({ databaseBytes, ...rest }) => rest),
        await store.metrics([target.id], METRICS, EVER, 100),
        await store.captures([], EVER, 100),
        await store.summaries(target.id, EVER, 100),
        await store.siteSeries(target.id, EVER, { top: 10 }),
        await store.marks([], EVER),
        await store.findings(),
        await store.events('f1'),
        await store.deliveries(100),
      ];
      await store.commit(batch);
      const once = await look();
      await store.commit(batch);
      await Promise.all([
        store.commit(batch),
        store.commit(batch),
        store.commit({ metrics: [...batch.metrics, ...batch.metrics] }),
      ]);
      expect(await look()).toEqual(once);
      await store.close();
      store = await fresh(dir);
      await store.putBlob(Buffer.from('a profile'));
      await store.commit(batch);
      expect(await look()).toEqual(once);
    });

    test('replaces what has the same id, except for events and for what was delivered', async () => {
      const store = await fresh();
      const target = sampleTarget(1);
      await store.commit({
        targets: [target],
        metrics: [samplePoint(target.id, NOON, { rss_bytes: 1 })],
        findings: [sampleFinding('f1')],
        events: [sampleEvent('e1', 'f1', NOON)],
        deliveries: [sampleDelivery('d1'), sampleDelivery('d2')],
      });
      const resolved = sampleFinding('f1', { state: 'resolved', resolvedAt: NOON + 1 });
      const delivered = sampleDelivery('d1', { state: 'delivered', deliveredAt: NOON + 1, attempts: 1 });
      const tried = sampleDelivery('d2', { attempts: 3, dueAt: NOON + 9, lastError: 'the receiver answered 503' });
      await store.commit({
        targets: [{ ...target, instance: 'another' }],
        metrics: [samplePoint(target.id, NOON, { rss_bytes: 2 })],
        findings: [resolved],
        events: [{ ...sampleEvent('e1', 'f1', NOON), says: 'something else' }],
        deliveries: [delivered, tried],
      });
      // A replay of the batch that made the message.
      await store.commit({ deliveries: [sampleDelivery('d1')] });
      expect((await store.targets()).map(({ instance }) => instance)).toEqual(['another']);
      expect((await store.metrics([target.id], ['rss_bytes'], EVER, 10)).get(target.id)?.values.rss_bytes).toEqual(
        Float64Array.of(2),
      );
      expect(await store.findings()).toEqual([resolved]);
      expect(await store.events('f1')).toEqual([sampleEvent('e1', 'f1', NOON)]);
      expect(await store.pendingDeliveries()).toEqual([tried]);
      expect(await store.deliveries(10)).toContainEqual(delivered);
    });

    test('orders by time, whatever order rows came in', async () => {
      const store = await fresh();
      const target = sampleTarget(1);
      // The clock goes back in between.
      const times = [5, 1, 4, 2, 3].map((n) => NOON + n * 1000);
      for (const at of times) {
        const capture = sampleCapture(target.id, at, null);
        await store.commit({
          metrics: [samplePoint(target.id, at, { rss_bytes: at })],
          captures: [capture],
          summaries: [sampleSummary(capture, SITES, CLUSTERS)],
          marks: [{ kind: 'restart', target: target.id, at, build: null, goVersion: null, says: 'x' }],
          events: [sampleEvent(`e${at}`, 'f1', at)],
          deliveries: [sampleDelivery(`d${at}`, { createdAt: at, dueAt: 2 * NOON - at })],
          silences: [{ id: `s${at}`, environment: '', service: '', fingerprint: '', until: at, by: '', why: '' }],
        });
      }
      const up = [...times].sort((a, b) => a - b);
      const down = [...up].reverse();
      const columns = (await store.metrics([target.id], ['rss_bytes'], EVER, 10)).get(target.id);
      expect([...(columns?.at ?? [])]).toEqual(up);
      expect([...(columns?.values.rss_bytes ?? [])]).toEqual(up);
      expect((await store.captures([target.id], EVER, 3)).map(({ at }) => at)).toEqual(down.slice(0, 3));
      expect((await store.summaries(target.id, EVER, 10)).map(({ at }) => at)).toEqual(up);
      expect((await store.marks([target.id], EVER)).map(({ at }) => at)).toEqual(up);
      expect((await store.events('f1')).map(({ at }) => at)).toEqual(up);
      expect((await store.pendingDeliveries()).map(({ createdAt }) => createdAt)).toEqual(down);
      expect((await store.deliveries(2)).map(({ createdAt }) => createdAt)).toEqual(down.slice(0, 2));
      expect((await store.silences(NOON + 3000)).map(({ until }) => until)).toEqual(up.slice(3));
      expect((await store.latestMetrics()).map(({ at }) => at)).toEqual([NOON + 5000]);
      // Both ends of a range belong to it.
      const middle = { from: NOON + 2000, to: NOON + 4000 };
      expect(await store.captures([], middle, 10)).toHaveLength(3);
      expect(await store.marks([], middle)).toHaveLength(3);
      expect((await store.siteSeries(target.id, middle, { top: 1 }))[0]?.at).toHaveLength(3);
    });

    test('thins metrics to means over equal steps, counters to their last value, with the largest beside', async () => {
      const store = await fresh();
      const [a, b] = [sampleTarget(1).id, sampleTarget(2).id];
      const points: MetricPoint[] = [];
      for (let i = 0; i < 1000; i++)
        points.push(samplePoint(a, NOON + i * 1000, { rss_bytes: i, alloc_bytes_total: i * 10, load: Number.NaN }));
      points.push({ target: b, at: NOON, values: { goroutines: 7 } });
      await store.commit({ metrics: points });
      const metrics = ['rss_bytes', 'alloc_bytes_total', 'load', 'goroutines'] as const;
      const thinned = await store.metrics([a, b, 'unknown'], metrics, EVER, 100);
      const of = thinned.get(a);
      expect(of?.at.length).toBeLessThanOrEqual(100);
      expect(of?.at.length).toBeGreaterThan(90);
      expect(of?.values.load?.every(Number.isNaN)).toBe(true);
      const rss = of?.values.rss_bytes ?? new Float64Array();
      expect(rss[0]).toBeCloseTo(4.5);
      expect(of?.max?.rss_bytes?.[0]).toBe(9);
      expect(of?.values.alloc_bytes_total?.[0]).toBe(90);
      expect(of?.max?.alloc_bytes_total).toBeUndefined();
      const steps = new Set(of?.at.slice(1).map((at, i) => Math.round(at - (of.at[i] ?? 0))));
      expect(steps.size).toBe(1);
      // Whoever has fewer keeps them as they were.
      expect(thinned.get(b)?.at).toEqual(Float64Array.of(NOON));
      expect(thinned.get(b)?.values.goroutines).toEqual(Float64Array.of(7));
      expect(thinned.get(b)?.values.rss_bytes).toEqual(Float64Array.of(Number.NaN));
      expect(thinned.get('unknown')?.at).toHaveLength(0);
      const one = (await store.metrics([a], ['rss_bytes'], EVER, 1)).get(a);
      expect(one?.values.rss_bytes?.[0]).toBeCloseTo(499.5);
      await expect(store.metrics([a], ['rss_bytes'], EVER, 0)).rejects.toThrow(StoreError);
    });

    test('chooses summaries evenly, and series of the largest or the named sites', async () => {
      const store = await fresh();
      const { id } = sampleTarget(1);
      const captures = Array.from({ length: 21 }, (_, i) => sampleCapture(id, NOON + i * 60_000, null));
      const build2 = { ...siteShape(2), via: 'strings.Clone' };
      await store.commit({
        summaries: captures.map((capture, i) => {
          const sites = i === 3 ? [siteShape(1)] : [siteShape(1), i > 10 ? build2 : siteShape(2), siteShape(3)];
          const heap = { ...sampleHeap(sites, capture.at), bytes: Float64Array.from(sites, (_, s) => i * 100 + s) };
          return { ...sampleSummary(capture, [], CLUSTERS), heap: i === 7 ? null : heap };
        }),
      });
      expect((await store.summaries(id, EVER, 5)).map(({ at }) => (at - NOON) / 60_000)).toEqual([0, 5, 10, 15, 20]);
      expect(await store.summaries(id, EVER, 100)).toHaveLength(21);
      expect((await store.summaries(id, EVER, 1)).map(({ at }) => at)).toEqual([captures.at(-1)?.at]);
      const top = await store.siteSeries(id, EVER, { top: 2 });
      expect(top.map(({ key }) => key)).toEqual([siteShape(3).key, siteShape(2).key]);
      // A capture without a heap profile has no point; a site that is missing in one has 0.
      expect(top[0]?.at).toHaveLength(20);
      expect([...(top[1]?.value ?? [])]).toEqual(
        [...captures.keys()].flatMap((i) => (i === 7 ? [] : [i === 3 ? 0 : i * 100 + 1])),
      );
      const named = await store.siteSeries(id, EVER, { keys: [siteShape(1).key, 'nowhere'] });
      expect(named.map(({ key }) => key)).toEqual([siteShape(1).key]);
      const clusters = await store.clusterSeries(id, EVER, { top: 5 });
      expect(clusters.map(({ key, value }) => [key, value[0]])).toEqual([
        [clusterShape(2).key, 6],
        [clusterShape(1).key, 5],
      ]);
      expect(await store.siteSeries(id, EVER, { top: 0 })).toEqual([]);
      expect(await store.siteSeries(id, EVER, { keys: [] })).toEqual([]);
    });

    test('gives back windows of syscalls as they were counted, once each, and their rates as columns', async () => {
      const dir = directory();
      let store = await fresh(dir);
      const [{ id }, other] = [sampleTarget(1), sampleTarget(2)];
      const windows = [0, 1, 2, 3].map((i) =>
        sampleSyscalls(id, NOON + i * 60_000, { openat: 8 * (i + 1), ...(i === 2 ? { ptrace: 4 } : {}) }),
      );
      const profile = {
        id: 'sha256:a checkout',
        key: { digest: 'sha256:a', container: 'checkout' },
        at: NOON,
        profile: sampleProfile({ openat: { normal: [8, 32], anomalous: 64, source: 'tracepoint', by: 'quantile' } }),
      };
      await store.commit({ syscalls: windows, profiles: [profile], findings: [sampleFinding('f1')] });
      // A replay, a window that another one takes the place of, and a target of its own.
      const [first, ...others] = windows;
      await store.commit({ syscalls: first === undefined ? [] : [first], profiles: [{ ...profile, at: NOON + 1 }] });
      await store.commit({ syscalls: [sampleSyscalls(other.id, NOON, { [HOSTILE]: 6 }, { ms: 30_000 })] });
      for (let i = 0; i < 2; i++) {
        expect(await store.syscallWindows(id, EVER, 100)).toEqual(windows);
        expect(await store.syscallWindows(id, EVER, 2)).toEqual(others.slice(1));
        expect(await store.syscallWindows(id, { from: NOON + 70_000, to: NOON + 130_000 }, 9)).toEqual(
          others.slice(0, 2),
        );
        expect(await store.newestSyscalls()).toEqual(
          new Map([
            [id, NOON + 240_000],
            [other.id, NOON + 30_000],
          ]),
        );
        expect(await store.learnedProfiles()).toEqual([{ ...profile, at: NOON + 1 }]);
        const columns = await store.syscallColumns(id, EVER, 100);
        expect([...columns.at]).toEqual(windows.map(({ at }) => at));
        expect(ratesOf(columns)).toEqual({ openat: [8, 16, 24, 32], ptrace: [0, 0, 4, 0] });
        expect([...columns.whole]).toEqual([1, 1, 1, 1]);
        expect([...columns.flows.fdsOpened]).toEqual([40, 40, 40, 40]);
        expect([...columns.flows.load]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
        const short = await store.syscallColumns(other.id, EVER, 100);
        expect(ratesOf(short)).toEqual({ [HOSTILE]: [12] });
        // Two and two together: means, and the highest of them.
        const thin = await store.syscallColumns(id, EVER, 2);
        expect(ratesOf(thin)).toEqual({ openat: [12, 28], ptrace: [0, 2] });
        expect(thin.peak.map((column) => [...column])).toEqual([
          [16, 32],
          [0, 4],
        ]);
        expect([...thin.flows.fdsOpened]).toEqual([80, 80]);
        await store.close();
        store = await fresh(dir);
      }
    });

    test('retention puts windows of syscalls together and keeps their peaks; a replay counts nothing twice', async () => {
      const dir = directory();
      let store = await fresh(dir);
      const counted = { ...sampleTarget(1), from: 'recording /var/lib/r.jsonl' };
      const hour = (age: number) =>
        Array.from({ length: 60 }, (_, i) =>
          sampleSyscalls(counted.id, NOON - age + i * 60_000, { read: 60, ...(i === 7 ? { connect: 600 } : {}) }),
        );
      const ages = [95 * DAY, 30 * DAY, 3 * DAY, HOUR];
      await store.commit({ targets: [counted], syscalls: ages.flatMap(hour) });
      for (let life = 0; life < 2; life++) {
        await store.retain(KEEP, NOON);
        // Of a server that was started again and reads its recording from the beginning.
        await store.commit({ syscalls: [...hour(30 * DAY), ...hour(3 * DAY)] });
        await store.retain(KEEP, NOON);
        const around = (age: number) => ({ from: NOON - age, to: NOON - age + HOUR - 1 });
        const of = (age: number) => store.syscallColumns(counted.id, around(age), 1000);
        expect((await of(95 * DAY)).at).toHaveLength(0);
        const [old, medium, full] = [await of(30 * DAY), await of(3 * DAY), await of(HOUR)];
        expect(ratesOf(old)).toEqual({ read: [60], connect: [10] });
        expect(old.peak[old.syscalls.indexOf('connect')]).toEqual(Float64Array.of(600));
        expect([...old.countedMs]).toEqual([HOUR]);
        expect([...old.flows.fdsOpened]).toEqual([2400]);
        expect(medium.at).toHaveLength(12);
        expect(ratesOf(medium).connect).toEqual([0, 120, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        expect(full.at).toHaveLength(60);
        expect(await store.syscallWindows(counted.id, EVER, 1000)).toEqual(hour(HOUR));
        await store.close();
        store = await fresh(dir);
      }
      // Long after, nothing is left of it, and it was never asked itself.
      await store.retain(KEEP, NOON + 200 * DAY);
      expect(await store.targets()).toEqual([]);
    });

    test('takes large batches, and many at one time', async () => {
      const store = await fresh();
      const targets = Array.from({ length: 50 }, (_, i) => sampleTarget(i));
      const points = targets.flatMap(({ id }) =>
        Array.from({ length: 100 }, (_, i) => samplePoint(id, NOON + i * 15_000)),
      );
      await store.commit({ targets, metrics: points });
      expect(await store.targets()).toHaveLength(50);
      await Promise.all(
        targets.map(({ id }, i) => {
          const capture = sampleCapture(id, NOON + i, null);
          return store.commit({
            captures: [capture],
            summaries: [sampleSummary(capture, SITES, CLUSTERS)],
            events: Array.from({ length: 30 }, (_, n) => sampleEvent(`e${i}-${n}`, 'f1', n)),
          });
        }),
      );
      expect(await store.captures([], EVER, 1000)).toHaveLength(50);
      expect(await store.events('f1')).toHaveLength(1500);
      const all = await store.metrics(
        targets.map(({ id }) => id),
        ['rss_bytes'],
        EVER,
        1000,
      );
      expect([...all.values()].every(({ at }) => at.length === 100)).toBe(true);
    });

    test('stores the same bytes once, and notices other ones', async () => {
      const store = await fresh();
      const bytes = Buffer.alloc(100_000, 'abc');
      const hashes = await Promise.all(Array.from({ length: 5 }, () => store.putBlob(bytes)));
      expect(new Set(hashes).size).toBe(1);
      const [hash = ''] = hashes;
      const { id } = sampleTarget(1);
      await store.commit({ captures: [sampleCapture(id, NOON, hash), sampleCapture(id, NOON + 1, hash)] });
      expect(await store.putBlob(bytes)).toBe(hash);
      expect(await store.putBlob(new Uint8Array())).not.toBe(hash);
      expect((await store.stats()).blobs).toBe(1);
      expect(Buffer.from(await store.getBlob(hash))).toEqual(bytes);
      await expect(store.getBlob('0'.repeat(64))).rejects.toMatchObject({ name: 'StoreError', reason: 'missing' });
      await expect(store.getBlob('../../../etc/passwd')).rejects.toMatchObject({ reason: 'usage' });
      await expect(
        store.commit({ captures: [sampleCapture(id, NOON + 2, '0'.repeat(64))] }),
        'a capture of a profile that was never put',
      ).rejects.toMatchObject({ reason: 'missing' });
    });

    test('fails one batch alone, and as a whole', async () => {
      const store = await fresh();
      const { id } = sampleTarget(1);
      const bad = sampleCapture(id, NOON + 5000, 'f'.repeat(64));
      const outcomes = await Promise.allSettled([
        store.commit({ metrics: [samplePoint(id, NOON)] }),
        store.commit({ targets: [sampleTarget(9)], metrics: [samplePoint(id, NOON + 1)], captures: [bad] }),
        store.commit({ captures: [sampleCapture(id, NOON, null)], summaries: [sampleSummary(bad, SITES, CLUSTERS)] }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect((await store.metrics([id], ['rss_bytes'], EVER, 10)).get(id)?.at).toEqual(Float64Array.of(NOON));
      expect((await store.latestMetrics()).map(({ at }) => at)).toEqual([NOON]);
      expect(await store.targets()).toEqual([]);
      expect(await store.summary(bad.id)).toMatchObject({ heap: { sites: SITES } });
      // The same again, whole this time.
      await store.commit({ targets: [sampleTarget(9)], metrics: [samplePoint(id, NOON + 1)] });
      expect((await store.metrics([id], ['rss_bytes'], EVER, 10)).get(id)?.at).toHaveLength(2);
      expect(await store.targets()).toHaveLength(1);
    });

    test('retention makes means of points and keeps peaks, counters and every answer in between', async () => {
      const dir = directory();
      let store = await fresh(dir);
      const { id } = sampleTarget(1);
      const start = NOON - 100 * DAY;
      const point = (at: number, n: number): MetricPoint =>
        samplePoint(id, at, { rss_bytes: n, gc_cycles_total: n, heap_alloc_bytes: n });
      // An hour of points each: too old for anything, for the hour's mean, for 5-minute means, and new.
      const ages = [95 * DAY, 30 * DAY, 3 * DAY, HOUR];
      await store.commit({
        metrics: ages.flatMap((age) => Array.from({ length: 240 }, (_, i) => point(NOON - age + i * 15_000, i))),
      });
      await store.retain(KEEP, NOON);
      await store.retain(KEEP, NOON);
      const count = async (from: number, to: number): Promise<number> =>
        (await store.metrics([id], ['rss_bytes'], { from, to }, 10_000)).get(id)?.at.length ?? 0;
      const around = (age: number): [number, number] => [NOON - age - HOUR, NOON - age + 2 * HOUR - 1];
      expect(await count(start, NOON - 90 * DAY)).toBe(0);
      expect(await count(...around(30 * DAY))).toBe(1);
      expect(await count(...around(3 * DAY))).toBe(12);
      expect(await count(...around(HOUR))).toBe(240);
      const hour = (
        await store.metrics(
          [id],
          ['rss_bytes', 'gc_cycles_total', 'heap_alloc_bytes'],
          { from: start, to: NOON - 20 * DAY },
          10,
        )
      ).get(id);
      expect(hour?.values.rss_bytes?.[0]).toBeCloseTo(119.5);
      expect(hour?.values.heap_alloc_bytes?.[0]).toBeCloseTo(119.5);
      expect(hour?.max?.rss_bytes?.[0]).toBe(239);
      expect(hour?.values.gc_cycles_total?.[0]).toBe(239);
      // A replay of points that are in a mean already counts nothing twice, in the next life neither.
      const replay = { metrics: Array.from({ length: 240 }, (_, i) => point(NOON - 3 * DAY + i * 15_000, i)) };
      await store.commit(replay);
      await store.retain(KEEP, NOON);
      await store.close();
      store = await fresh(dir);
      await store.commit({ metrics: [...replay.metrics, point(NOON - 30 * DAY, 0)] });
      await store.retain(KEEP, NOON);
      const range = { from: start, to: NOON };
      const before = (await store.metrics([id], ['rss_bytes'], range, 1)).get(id);
      expect(before?.values.rss_bytes?.[0]).toBeCloseTo(119.5);
      expect(await count(...around(3 * DAY))).toBe(12);
      // A point that comes late, after the last mean of its target, is counted with its own weight; twice is once.
      for (let i = 0; i < 2; i++) {
        await store.commit({ metrics: [point(NOON - 3 * DAY + HOUR + 7, 1e6)] });
        await store.retain(KEEP, NOON);
      }
      const whole = (await store.metrics([id], ['rss_bytes'], range, 1)).get(id);
      expect(whole?.values.rss_bytes?.[0]).toBeCloseTo((3 * 119.5 * 240 + 1e6) / (720 + 1));
      expect(whole?.max?.rss_bytes?.[0]).toBe(1e6);
      expect((await store.latestMetrics())[0]?.at).toBe(NOON - HOUR + 239 * 15_000);
      await store.close();
      store = await fresh(dir);
      expect((await store.latestMetrics())[0]?.at).toBe(NOON - HOUR + 239 * 15_000);
    });

    test('retention thins captures, keeps what open findings compare, and removes what nobody refers to', async () => {
      const store = await fresh();
      const { id } = sampleTarget(1);
      const ages = [120, 100, 20.4, 20.3, 20.2, 19, 1].map((days) => days * DAY);
      const hashes: string[] = [];
      const captures: Capture[] = [];
      for (const age of ages) {
        const blob = await store.putBlob(Buffer.from(`profile of ${age}`));
        hashes.push(blob);
        captures.push(sampleCapture(id, NOON - age, blob));
      }
      const [oldest, older, first, second] = captures;
      await store.commit({
        captures,
        summaries: captures.map((capture) => sampleSummary(capture, SITES, CLUSTERS)),
        findings: [
          sampleFinding('f1', { base: oldest?.id ?? null, head: second?.id ?? null }),
          sampleFinding('f2', { state: 'resolved', base: older?.id ?? null, head: first?.id ?? null }),
        ],
        events: [sampleEvent('e1', 'f1', NOON - 100 * DAY), sampleEvent('e2', 'f2', NOON - 100 * DAY)],
        deliveries: [
          sampleDelivery('d1', { createdAt: NOON - 100 * DAY }),
          sampleDelivery('d2', { createdAt: NOON - 100 * DAY, state: 'delivered' }),
        ],
        marks: [{ kind: 'deploy', target: id, at: NOON - 100 * DAY, build: null, goVersion: null, says: '' }],
        silences: [
          { id: 's1', environment: '', service: '', fingerprint: '', until: NOON - 100 * DAY, by: '', why: '' },
        ],
      });
      await store.retain(KEEP, NOON);
      const left = await store.captures([], EVER, 100);
      expect(left.map(({ at }) => Math.round((10 * (NOON - at)) / DAY) / 10)).toEqual([1, 19, 20.2, 20.3, 20.4, 120]);
      const withBlob = left
        .filter(({ parts }) => parts[0]?.blob !== null)
        .map(({ at }) => Math.round((10 * (NOON - at)) / DAY) / 10);
      expect(withBlob).toEqual([1, 19, 20.2, 20.3, 120]);
      expect(left[4]?.parts[0]).toMatchObject({ blob: null, error: expect.stringMatching(/retention/) });
      expect(left[4]?.parts[1]).toEqual(first?.parts[1]);
      await expect(store.getBlob(hashes[1] ?? '')).rejects.toMatchObject({ reason: 'missing' });
      await expect(store.getBlob(hashes[2] ?? '')).rejects.toMatchObject({ reason: 'missing' });
      expect(await store.getBlob(hashes[0] ?? '')).toHaveLength(Buffer.from(`profile of ${ages[0]}`).length);
      expect((await store.stats()).blobs).toBe(5);
      expect(await store.events('f1')).toHaveLength(1);
      expect(await store.events('f2')).toHaveLength(0);
      expect((await store.deliveries(10)).map(({ id: one }) => one)).toEqual(['d1']);
      expect(await store.marks([], EVER)).toEqual([]);
      expect(await store.findings()).toHaveLength(2);
      expect(await store.summary(older?.id ?? '')).toBeNull();
      expect(await store.summary(captures.at(-1)?.id ?? '')).not.toBeNull();

      // Too many bytes: the oldest go first, but not what an open finding compares.
      const { blobBytes } = await store.stats();
      await store.retain({ ...KEEP, blobBytes: blobBytes - 1 }, NOON);
      expect(
        (await store.captures([], EVER, 100))
          .filter(({ parts }) => parts[0]?.blob !== null)
          .map(({ at }) => Math.round((10 * (NOON - at)) / DAY) / 10),
      ).toEqual([1, 19, 20.3, 120]);
      await store.retain({ ...KEEP, blobBytes: 0 }, NOON);
      expect((await store.stats()).blobs).toBe(2);
      // The same bytes may come again.
      const again = await store.putBlob(Buffer.from(`profile of ${ages[6]}`));
      await store.commit({ captures: [sampleCapture(id, NOON, again)] });
      await store.retain(KEEP, NOON);
      expect(await store.getBlob(again)).toHaveLength(Buffer.from(`profile of ${ages[6]}`).length);
    });

    test('retention leaves profiles alone that wait for their commit', async () => {
      const store = await fresh();
      const { id } = sampleTarget(1);
      const early = await store.putBlob(Buffer.from('early'));
      const known = await store.putBlob(Buffer.from('known'));
      await store.commit({ captures: [sampleCapture(id, NOON - 100 * DAY, known)] });
      // Put again while its only capture is dropped.
      expect(await store.putBlob(Buffer.from('known'))).toBe(known);
      await store.retain(KEEP, NOON);
      await store.commit({ captures: [sampleCapture(id, NOON, early), sampleCapture(id, NOON - 1, known)] });
      await store.retain(KEEP, NOON);
      expect(Buffer.from(await store.getBlob(early)).toString()).toBe('early');
      expect(Buffer.from(await store.getBlob(known)).toString()).toBe('known');
    });

    test('backs up while it is written to', async () => {
      const store = await fresh();
      const { id } = sampleTarget(1);
      const writing = async (i: number): Promise<void> => {
        const blob = await store.putBlob(Buffer.from(`profile ${i}`));
        await store.commit({ captures: [sampleCapture(id, NOON + i, blob)] });
      };
      for (let i = 0; i < 10; i++) await writing(i);
      const window = sampleSyscalls(id, NOON, { read: 8 });
      await store.commit({ syscalls: [window] });
      const to = directory();
      const backup = store.backup(to);
      await Promise.all([backup, ...Array.from({ length: 20 }, (_, i) => writing(10 + i))]);
      await expect(store.backup(to)).rejects.toMatchObject({ reason: 'usage' });
      const copy = await fresh(to);
      const captures = await copy.captures([], EVER, 100);
      expect(captures.length).toBeGreaterThanOrEqual(10);
      expect(await copy.syscallWindows(id, EVER, 10)).toEqual([window]);
      for (const { at, parts } of captures)
        expect(Buffer.from(await copy.getBlob(parts[0]?.blob ?? '')).toString()).toBe(`profile ${at - NOON}`);
      // They are two now.
      await copy.commit({ findings: [sampleFinding('f1')] });
      expect(await store.findings()).toEqual([]);
    });

    test('refuses a second server in the directory, and any question after it is closed', async () => {
      const dir = directory();
      const store = await fresh(dir);
      await expect(open(dir)).rejects.toMatchObject({
        reason: 'locked',
        message: expect.stringContaining(String(process.pid)),
      });
      const last = store.commit({ findings: [sampleFinding('f1')] });
      await store.close();
      await store.close();
      await last;
      await expect(store.commit({})).rejects.toMatchObject({ reason: 'closed' });
      await expect(store.putBlob(Buffer.from('x'))).rejects.toMatchObject({ reason: 'closed' });
      await expect(store.findings()).rejects.toMatchObject({ reason: 'closed' });
      expect(await (await fresh(dir)).findings()).toHaveLength(1);
    });
  });
}
