/** Answers that are larger than the memory that DuckDB may use. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { METRICS } from '../../model.ts';
import {
  NOON,
  sampleCapture,
  sampleHeap,
  samplePoint,
  sampleSummary,
  sampleTarget,
  siteShape,
} from '../sample.testing.ts';
import type { Batch } from '../store.ts';
import { Database } from './database.ts';
import { openDuckDbStore } from './store.ts';

const EVER = { from: 0, to: 4e12 };
const CAPTURES = 160;
const SITES = 2000;
const TARGETS = 60;
const POINTS = 500;

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hemostat-limits-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function fill(dir: string, batches: Iterable<Batch>): Promise<void> {
  const store = await openDuckDbStore({ dir, apartMs: 0 });
  for (const batch of batches) await store.commit(batch);
  await store.close();
}

/** Whether the whole answer at once is too much: that the test can fail. */
async function tooMuch(dir: string, memory: string, sql: string): Promise<void> {
  const database = await Database.open(join(dir, 'history.duckdb'), memory);
  await expect(database.read(sql)).rejects.toThrow(/Out of Memory/i);
  database.close();
}

test('reads summaries and series of any length', async () => {
  const dir = join(root, 'summaries');
  const { id } = sampleTarget(1);
  const sites = Array.from({ length: SITES }, (_, i) => siteShape(i));
  const captures = Array.from({ length: CAPTURES }, (_, i) => sampleCapture(id, NOON + i * 60_000, null));
  await fill(
    dir,
    Array.from({ length: CAPTURES / 40 }, (_, b) => ({
      summaries: captures.slice(b * 40, b * 40 + 40).map((capture) => sampleSummary(capture, sites, [])),
    })),
  );
  await tooMuch(dir, '12MB', 'SELECT * FROM summaries ORDER BY t');
  const store = await openDuckDbStore({ dir, memory: '12MB' });
  const found = await store.summaries(id, EVER, 1e9);
  expect(found.map(({ at }) => at)).toEqual(captures.map(({ at }) => at));
  expect(found.at(-1)?.heap).toEqual(sampleHeap(sites, captures.at(-1)?.at ?? 0));
  const series = await store.siteSeries(id, EVER, { top: 3 });
  expect(series.map(({ at }) => at.length)).toEqual([CAPTURES, CAPTURES, CAPTURES]);
  await store.close();
});

test('reads metrics of many targets', async () => {
  const dir = join(root, 'metrics');
  const values = Object.fromEntries(METRICS.map((metric, i) => [metric, i]));
  const targets = Array.from({ length: TARGETS }, (_, i) => sampleTarget(i).id);
  await fill(
    dir,
    targets.map((target) => ({
      metrics: Array.from({ length: POINTS * 2 }, (_, i) => samplePoint(target, NOON + i * 15_000, values)),
    })),
  );
  const columns = METRICS.map((metric) => `avg(${metric}), max(${metric}), arg_max(${metric}, t)`).join(', ');
  await tooMuch(dir, '20MB', `SELECT target, t // 30000, ${columns} FROM metrics_full GROUP BY ALL`);
  const store = await openDuckDbStore({ dir, memory: '20MB' });
  for (const points of [POINTS, POINTS * 2]) {
    const found = await store.metrics(targets, METRICS, EVER, points);
    expect([...found.values()].map(({ at }) => at.length)).toEqual(targets.map(() => points));
    expect(found.get(targets[7] ?? '')?.values.rss_bytes?.[9]).toBe(METRICS.indexOf('rss_bytes'));
  }
  await store.close();
});
