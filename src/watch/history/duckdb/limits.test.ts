/** Answers that are larger than the memory that DuckDB may use. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NOON, sampleCapture, sampleHeap, sampleSummary, sampleTarget, siteShape } from '../sample.testing.ts';
import type { Batch } from '../store.ts';
import { Database } from './database.ts';
import { openDuckDbStore } from './store.ts';

const EVER = { from: 0, to: 4e12 };
const CAPTURES = 160;
const SITES = 2000;

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
