/**
 * 30 days of 100 targets in a history, as retention leaves them, and how long the questions of the service page take:
 * `node bench/history.ts [--days N] [--targets N] [--keep DIR]`; a directory that is kept is only asked the next time.
 *
 * Written by `commit` for a few targets, multiplied in SQL to all of them in the order of time, and thinned by `retain`. What retention would throw away at once is not written: a
 * point every 15 s in the last two days and every 5 minutes before, a capture every 5 minutes and every hour before
 * the time that summaries are thinned to that.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Database } from '../src/watch/history/duckdb/database.ts';
import { openDuckDbStore } from '../src/watch/history/duckdb/store.ts';
import {
  clusterShape,
  DAY,
  HOUR,
  sampleCapture,
  sampleFinding,
  samplePoint,
  sampleSummary,
  sampleTarget,
  siteShape,
} from '../src/watch/history/sample.testing.ts';
import type { HistoryStore, RetentionPolicy } from '../src/watch/history/store.ts';
import {
  type Capture,
  type CaptureSummary,
  METRICS,
  type Metric,
  type MetricPoint,
  type TargetInfo,
} from '../src/watch/model.ts';
import type { BenchRow } from './row.ts';

const POLICY: RetentionPolicy = {
  fullMs: 2 * DAY,
  mediumMs: 14 * DAY,
  longMs: 90 * DAY,
  blobMs: 14 * DAY,
  blobBytes: 20 * 2 ** 30,
};
/** Targets that are written one by one. */
const WRITTEN = 5;
/** Instances of one service. */
const INSTANCES = 3;
const SITES = 100;
const CLUSTERS = 30;
const NOW = Date.UTC(2026, 2, 31);
const GOAL_MS = 300;

interface Question {
  readonly name: string;
  readonly ask: (service: readonly TargetInfo[]) => Promise<unknown>;
}

interface Answered {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  /** Processor time of all threads for one answer, ms: what remains of the time when nothing else runs. */
  readonly cpu: number;
}

export interface HistoryFigures {
  readonly answers: readonly Answered[];
  readonly worst: number;
  readonly bytesPerTargetDay: number;
  readonly fillSeconds: number;
  readonly retainSeconds: number;
}

async function fill(store: HistoryStore, targets: readonly TargetInfo[], days: number): Promise<void> {
  const shapes = new Map(
    targets.map(({ service }) => [
      service,
      {
        sites: Array.from({ length: SITES }, (_, i) => siteShape(i, service)),
        clusters: Array.from({ length: CLUSTERS }, (_, i) => clusterShape(i, service)),
      },
    ]),
  );
  for (let at = NOW - days * DAY; at < NOW; at += HOUR) {
    const age = NOW - at;
    const pointsEvery = age > POLICY.fullMs ? 300_000 : 15_000;
    const capturesEvery = age > POLICY.mediumMs ? HOUR : 300_000;
    for (let minute = 0; minute < HOUR; minute += 300_000) {
      const metrics: MetricPoint[] = [];
      const captures: Capture[] = [];
      const summaries: CaptureSummary[] = [];
      for (const [i, { id, service }] of targets.entries()) {
        for (let t = at + minute; t < at + minute + 300_000; t += pointsEvery)
          metrics.push(samplePoint(id, t + ((i * 137) % 1000), valuesAt(t, i)));
        const known = shapes.get(service);
        if (minute % capturesEvery !== 0 || known === undefined) continue;
        const capture = sampleCapture(id, at + minute + i * 997, null);
        captures.push(capture);
        summaries.push(sampleSummary(capture, known.sites, known.clusters));
      }
      await store.commit({ metrics, captures, summaries });
    }
  }
  await store.commit({
    findings: Array.from({ length: 200 }, (_, i) => sampleFinding(`finding ${i}`, { service: `service ${i % 34}` })),
    marks: targets.flatMap(({ id }) =>
      Array.from({ length: days }, (_, day) => ({
        kind: 'deploy' as const,
        target: id,
        at: NOW - day * DAY,
        build: `v1.${day}`,
        goVersion: 'go1.24',
        says: 'the build is another one',
      })),
    ),
  });
}

/**
 * The rows of the first `WRITTEN` targets for all the others, too, day by day, as they would have come. DuckDB stores equal
 * blobs of one row group once, so the size on disk has to be measured without this (`--targets 5`).
 */
async function multiply(path: string, count: number, days: number): Promise<void> {
  const database = await Database.open(path);
  const copies = Math.ceil(count / WRITTEN) - 1;
  const other = `target + ${WRITTEN} * copy AS target, t + copy * 41 AS t`;
  for (let at = NOW - days * DAY; at < NOW; at += DAY) {
    const rest = `CROSS JOIN (SELECT unnest(range(1, ${copies + 1}))::INTEGER AS copy) WHERE target <= ${WRITTEN} AND t >= ${at} AND t < ${at + DAY} ORDER BY t`;
    await database.writer.run(
      `INSERT INTO metrics_full BY NAME SELECT * EXCLUDE (copy) REPLACE (${other}) FROM metrics_full ${rest}`,
    );
    for (const [table, id] of [
      ['captures', 'id'],
      ['summaries', 'capture'],
    ])
      await database.writer.run(
        `INSERT INTO ${table} BY NAME SELECT * EXCLUDE (copy) REPLACE (${other}, ${id} || '-' || copy AS ${id}) FROM ${table} ${rest}`,
      );
  }
  database.close();
}

/** All metrics of one moment: they move as those of a service do, a little at a time. */
function valuesAt(t: number, i: number): Partial<Record<Metric, number>> {
  const values: Partial<Record<Metric, number>> = {};
  for (const [m, metric] of METRICS.entries())
    values[metric] = metric.endsWith('_total')
      ? Math.floor((t - NOW + 100 * DAY) * (m + 1))
      : Math.floor(1e8 * (m + 1) + 1e6 * Math.sin(t / 1e6 + i) + ((t * 7919) % 65_536) * 8);
  return values;
}

const CHART: readonly Metric[] = [
  'rss_bytes',
  'live_heap_bytes',
  'heap_inuse_bytes',
  'heap_idle_bytes',
  'heap_released_bytes',
  'stack_inuse_bytes',
  'runtime_bytes',
  'gc_cycles_total',
  'gc_pause_ns_total',
  'goroutines',
  'load',
];

function questions(store: HistoryStore): Question[] {
  const last = (ms: number): { from: number; to: number } => ({ from: NOW - ms, to: NOW });
  const ids = (service: readonly TargetInfo[]): string[] => service.map(({ id }) => id);
  const ranges = { '24 h': DAY, '7 d': 7 * DAY, '30 d': 30 * DAY };
  return [
    ...Object.entries(ranges).map(([name, ms]) => ({
      name: `metrics of 3 instances, ${name}`,
      ask: (service: readonly TargetInfo[]) => store.metrics(ids(service), CHART, last(ms), 600),
    })),
    ...Object.entries(ranges).map(([name, ms]) => ({
      name: `20 largest sites, ${name}`,
      ask: async (service: readonly TargetInfo[]) => store.siteSeries(service[0]?.id ?? '', last(ms), { top: 20 }),
    })),
    { name: 'captures, 24 h', ask: (service) => store.captures(ids(service), last(DAY), 200) },
    {
      name: 'summaries of a window, 7 d',
      ask: async (service) => store.summaries(service[0]?.id ?? '', last(7 * DAY), 60),
    },
    { name: 'marks, 30 d', ask: (service) => store.marks(ids(service), last(30 * DAY)) },
    { name: 'findings', ask: () => store.findings() },
  ];
}

export async function measureHistory(
  days: number,
  count: number,
  rounds: number,
  keep?: string,
): Promise<HistoryFigures> {
  const dir = keep ?? mkdtempSync(join(tmpdir(), 'hemostat-bench-history-'));
  try {
    const targets = Array.from({ length: count }, (_, i) => sampleTarget(i, `service ${Math.floor(i / INSTANCES)}`));
    let store = await openDuckDbStore({ dir, apartMs: 0 });
    const began = performance.now();
    if ((await store.targets()).length === 0) {
      await store.commit({ targets });
      await fill(store, targets.slice(0, WRITTEN), days);
      await store.close();
      await multiply(join(dir, 'history.duckdb'), count, days);
      store = await openDuckDbStore({ dir, apartMs: 0 });
    }
    const filled = performance.now();
    await store.retain(POLICY, NOW);
    const retained = performance.now();
    const answers: Answered[] = [];
    for (const { name, ask } of questions(store)) {
      const times: number[] = [];
      const used = process.cpuUsage();
      for (let round = 0; round < rounds; round++) {
        const first = ((round * 7) % Math.floor(count / INSTANCES)) * INSTANCES;
        const before = performance.now();
        await ask(targets.slice(first, first + INSTANCES));
        times.push(performance.now() - before);
      }
      const { user, system } = process.cpuUsage(used);
      times.sort((a, b) => a - b);
      const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
      answers.push({ name, p50: at(0.5), p95: at(0.95), cpu: (user + system) / 1000 / rounds });
    }
    // Closed and opened: the file is as large as it is on disk.
    await store.close();
    const again = await openDuckDbStore({ dir, apartMs: 0 });
    const { databaseBytes } = await again.stats();
    await again.close();
    return {
      answers,
      worst: Math.max(...answers.map(({ p95 }) => p95)),
      bytesPerTargetDay: databaseBytes / days / count,
      fillSeconds: (filled - began) / 1000,
      retainSeconds: (retained - filled) / 1000,
    };
  } finally {
    if (keep === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

export async function rows(): Promise<BenchRow[]> {
  const { worst } = await measureHistory(30, 100, 20);
  return [
    {
      name: "watch: the service page's slowest question of 30 days × 100 targets, p95",
      ours: { ms: worst, rssMB: process.memoryUsage.rss() / 2 ** 20 },
      peer: null,
      goal: `p95 < ${GOAL_MS} ms`,
      ok: worst < GOAL_MS,
    },
  ];
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      days: { type: 'string', default: '30' },
      targets: { type: 'string', default: '100' },
      keep: { type: 'string' },
    },
  });
  const figures = await measureHistory(Number(values.days), Number(values.targets), 20, values.keep);
  for (const { name, p50, p95, cpu } of figures.answers)
    process.stdout.write(
      `${name.padEnd(34)} p50 ${p50.toFixed(0).padStart(5)} ms  p95 ${p95.toFixed(0).padStart(5)} ms  processor ${cpu.toFixed(0).padStart(5)} ms\n`,
    );
  process.stdout.write(
    `database ${(figures.bytesPerTargetDay / 1000).toFixed(0)} kB per target and day; filled in ${figures.fillSeconds.toFixed(0)} s, retention ${figures.retainSeconds.toFixed(1)} s; ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB\n`,
  );
}
