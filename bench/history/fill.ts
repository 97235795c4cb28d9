/**
 * A history as retention leaves it, straight into its tables: each target has values of its own from a seed. Rows are
 * made with the program's own packing and in the order in which they would have come, in larger transactions.
 */
import { createHash } from 'node:crypto';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { append, type Cell, type ColumnType } from '../../src/watch/history/duckdb/append.ts';
import { packSummary } from '../../src/watch/history/duckdb/pack.ts';
import { PEAKS } from '../../src/watch/history/duckdb/schema.ts';
import { captureId, clusterShape, DAY, HOUR, siteShape } from '../../src/watch/history/sample.testing.ts';
import type { RetentionPolicy } from '../../src/watch/history/store.ts';
import { type CaptureSummary, METRICS, type TargetInfo } from '../../src/watch/model.ts';
import { Random } from '../soak-farm/random.ts';

const MINUTE = 60_000;
const POINT_MS = 15_000;
const CAPTURE_MS = 5 * MINUTE;
const SITES = 100;
const CLUSTERS = 30;
/** Bytes between two samples of a heap profile. */
const RATE = 524_288;
/** Time in one transaction. */
const STEP = 6 * HOUR;

const METRIC_TYPES: readonly ColumnType[] = ['int', 'long', ...METRICS.map(() => 'double' as const)];
const MEAN_TYPES: readonly ColumnType[] = [
  'int',
  'long',
  'double',
  ...METRICS.map(() => 'double' as const),
  ...PEAKS.map(() => 'double' as const),
];

/** One target: what it measures from one moment to the next. */
class Simulated {
  readonly key: number;
  readonly info: TargetInfo;
  readonly #random: Random;
  readonly #values: Float64Array;
  /** Samples in use and allocated, and the size of the objects, per site. */
  readonly #inUse: Float64Array;
  readonly #allocated: Float64Array;
  readonly #sizes: Float64Array;
  readonly #goroutines: Float64Array;

  constructor(key: number, info: TargetInfo) {
    this.key = key;
    this.info = info;
    this.#random = new Random(key);
    this.#values = Float64Array.from(METRICS, () => Math.floor(this.#random.logBetween(1e5, 1e9)));
    this.#sizes = Float64Array.from({ length: SITES }, () => Math.ceil(this.#random.logBetween(16, 65_536)));
    this.#inUse = Float64Array.from({ length: SITES }, () => Math.ceil(this.#random.logBetween(1, 1000)));
    this.#allocated = this.#inUse.map((n) => n * 10);
    this.#goroutines = Float64Array.from({ length: CLUSTERS }, () => Math.ceil(this.#random.logBetween(1, 500)));
  }

  /** The next point: gauges go up and down by pages, counters up. `scale`: a mean is no whole number of pages. */
  point(scale: number): number[] {
    return METRICS.map((metric, m) => {
      const old = this.#values[m] ?? 0;
      if (metric === 'start_time_seconds' || metric === 'limit_bytes') return old;
      const moved = metric.endsWith('_total')
        ? old + Math.floor(this.#random.next() * 1e6)
        : Math.max(0, old + (Math.floor(this.#random.next() * 65) - 32) * 4096);
      this.#values[m] = moved;
      return metric.endsWith('_total') ? moved : moved + Math.floor(this.#random.next() * scale) / Math.max(1, scale);
    });
  }

  summary(capture: string, at: number, shapes: Shapes): CaptureSummary {
    const columns = Array.from({ length: 5 }, () => new Float64Array(SITES));
    const [bytes = NONE, objects = NONE, variance = NONE, allocBytes = NONE, allocObjects = NONE] = columns;
    for (let i = 0; i < SITES; i++) {
      const used = Math.max(1, (this.#inUse[i] ?? 0) + Math.floor(this.#random.next() * 3) - 1);
      const allocated = (this.#allocated[i] ?? 0) + Math.floor(this.#random.next() * 4);
      this.#inUse[i] = used;
      this.#allocated[i] = allocated;
      const size = this.#sizes[i] ?? 1;
      // As a profile is unsampled: each sample stands for 1 / (the chance that it was taken) objects.
      const each = 1 / (1 - Math.exp(-size / RATE));
      objects[i] = used * each;
      bytes[i] = used * each * size;
      variance[i] = used * each * (each - 1) * size * size;
      allocObjects[i] = allocated * each;
      allocBytes[i] = allocated * each * size;
    }
    for (let i = 0; i < CLUSTERS; i++)
      this.#goroutines[i] = Math.max(1, (this.#goroutines[i] ?? 0) + Math.floor(this.#random.next() * 3) - 1);
    const count = this.#goroutines.slice();
    const values = Object.fromEntries(METRICS.map((metric, m) => [metric, this.#values[m] ?? 0]));
    return {
      capture,
      target: this.info.id,
      at,
      build: 'v1.2.3',
      startedAt: 1_700_000_000.25,
      heap: {
        sites: shapes.sites,
        bytes,
        objects,
        variance,
        allocBytes,
        allocObjects,
        rest: { sites: 3, bytes: 1000, allocBytes: 5000 },
        floor: 512,
        common: ['net/http.(*conn).serve'],
        sender: null,
      },
      goroutines: { clusters: shapes.clusters, count, total: count.reduce((a, b) => a + b, 0), floor: 1 },
      leaks: null,
      metrics: values,
    };
  }

  ms(): number {
    return Math.round(this.#random.logBetween(0.5, 50) * 100) / 100;
  }
}

const NONE = new Float64Array();

/** What the instances of one service have in common, and the numbers of it. */
interface Shapes {
  readonly sites: ReturnType<typeof siteShape>[];
  readonly clusters: ReturnType<typeof clusterShape>[];
  readonly ids: { readonly sites: Int32Array; readonly clusters: Int32Array; readonly leaks: Int32Array };
}

/** `path`: a database with its tables, closed, in which the targets are. */
export async function fillTables(
  path: string,
  infos: readonly TargetInfo[],
  now: number,
  days: number,
  policy: RetentionPolicy,
): Promise<void> {
  const instance = await DuckDBInstance.create(path, {
    threads: '2',
    memory_limit: '1GB',
    checkpoint_threshold: '256MB',
  });
  const connection = await instance.connect();
  try {
    const rows = await connection.runAndReadAll('SELECT id, key FROM targets');
    const keys = new Map(rows.getRows().map(([id, key]) => [String(id), Number(key)]));
    const targets = infos.map((info) => new Simulated(keys.get(info.id) ?? 0, info));
    const shapes = await writeShapes(connection, infos, now, days);
    const begin = now - days * DAY;
    for (let from = begin; from < now; from += STEP) {
      const to = Math.min(now, from + STEP);
      await connection.run('BEGIN');
      await writeMetrics(connection, targets, from, to, now, policy);
      await writeCaptures(connection, targets, shapes, from, to, now, policy);
      await connection.run('COMMIT');
    }
    await connection.run('CHECKPOINT');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function writeShapes(
  connection: DuckDBConnection,
  infos: readonly TargetInfo[],
  now: number,
  days: number,
): Promise<ReadonlyMap<string, Shapes>> {
  const found = new Map<string, Shapes>();
  const rows: Cell[][] = [];
  const used: Cell[][] = [];
  const add = (kind: string, shape: { readonly key: string }): number => {
    const id = rows.length + 1;
    const json = JSON.stringify(shape);
    rows.push([id, kind, shape.key, createHash('sha256').update(`${kind}\n${json}`).digest('hex').slice(0, 32), json]);
    for (let day = 0; day <= days; day++) used.push([id, Math.floor(now / DAY) - day]);
    return id;
  };
  for (const { service } of infos) {
    if (found.has(service)) continue;
    const sites = Array.from({ length: SITES }, (_, i) => siteShape(i, service));
    const clusters = Array.from({ length: CLUSTERS }, (_, i) => clusterShape(i, service));
    const ids = {
      sites: Int32Array.from(sites, (shape) => add('site', shape)),
      clusters: Int32Array.from(clusters, (shape) => add('cluster', shape)),
      leaks: new Int32Array(),
    };
    found.set(service, { sites, clusters, ids });
  }
  await append(connection, 'shapes', ['int', 'text', 'text', 'text', 'text'], rows);
  await append(connection, 'shape_days', ['int', 'int'], used);
  return found;
}

/** Points where they are new; means by target and time where they are older, as retention writes them. */
async function writeMetrics(
  connection: DuckDBConnection,
  targets: readonly Simulated[],
  from: number,
  to: number,
  now: number,
  policy: RetentionPolicy,
): Promise<void> {
  const age = now - from;
  const rows: Cell[][] = [];
  if (age <= policy.fullMs) {
    for (let t = from; t < to; t += POINT_MS)
      for (const one of targets) rows.push([one.key, t + ((one.key * 137) % 1000), ...one.point(0)]);
    return append(connection, 'metrics_full', METRIC_TYPES, rows);
  }
  const [table, step] = age <= policy.mediumMs ? ['metrics_medium', 5 * MINUTE] : ['metrics_long', HOUR];
  const n = step / POINT_MS;
  const peaks = PEAKS.map((metric) => METRICS.indexOf(metric));
  for (const one of targets)
    for (let t = from; t < to; t += step) {
      const values = one.point(n);
      rows.push([one.key, t + step / 2, n, ...values, ...peaks.map((m) => Math.ceil(values[m] ?? 0) + 40_960)]);
    }
  await append(connection, table, MEAN_TYPES, rows);
}

/** A capture every 5 minutes; its summary, where none is newer in its hour; its profiles, where they are kept. */
async function writeCaptures(
  connection: DuckDBConnection,
  targets: readonly Simulated[],
  shapes: ReadonlyMap<string, Shapes>,
  from: number,
  to: number,
  now: number,
  policy: RetentionPolicy,
): Promise<void> {
  const captures: Cell[][] = [];
  const summaries: Cell[][] = [];
  const refs: Cell[][] = [];
  const blobs: Cell[][] = [];
  for (let at = from; at < to; at += CAPTURE_MS) {
    const isKept = (span: number, oneOf: number): boolean => now - at <= span || (at + CAPTURE_MS) % oneOf === 0;
    for (const one of targets) {
      const t = at + ((one.key * 997) % CAPTURE_MS);
      const id = captureId(t, one.info.id);
      const hasBlobs = isKept(policy.blobMs, DAY);
      const parts = ['heap', 'goroutine'].map((kind) => ({
        kind,
        bytes: 5000 + Math.floor(one.ms() * 100),
        ms: one.ms(),
        pauseMs: one.ms() / 100,
        blob: true,
      }));
      captures.push([id, one.key, t, 'schedule', 'v1.2.3', null, JSON.stringify(parts)]);
      if (hasBlobs)
        for (const part of [0, 1]) {
          const hash = createHash('sha256').update(`${id} ${part}`).digest('hex');
          refs.push([id, one.key, t, part, hash]);
          blobs.push([hash, t, 4000, false]);
        }
      const known = shapes.get(one.info.service);
      if (!isKept(policy.mediumMs, HOUR) || known === undefined) continue;
      const summary = one.summary(id, t, known);
      const { sites, bytes, clusters, counts, cold } = packSummary(summary, known.ids);
      summaries.push([id, one.key, t, summary.build, summary.startedAt, sites, bytes, clusters, counts, cold]);
    }
  }
  await append(connection, 'captures', ['text', 'int', 'long', 'text', 'text', 'text', 'text'], captures);
  await append(connection, 'capture_blobs', ['text', 'int', 'long', 'int', 'text'], refs);
  await append(connection, 'blobs', ['text', 'long', 'long', 'bool'], blobs);
  await append(
    connection,
    'summaries',
    ['text', 'int', 'long', 'text', 'double', 'blob', 'blob', 'blob', 'blob', 'blob'],
    summaries,
  );
}
