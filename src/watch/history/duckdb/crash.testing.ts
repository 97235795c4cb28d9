/**
 * A process to be killed: opens the history in DIR, commits numbered batches as fast as it can, several under way at a
 * time, and prints the number of each when it is acknowledged: `node crash.testing.ts DIR FIRST`.
 */
import { writeSync } from 'node:fs';
import { NOON, sampleCapture, sampleEvent, samplePoint, sampleSummary, siteShape } from '../sample.testing.ts';
import type { Batch, HistoryStore } from '../store.ts';
import { openDuckDbStore } from './store.ts';

export const TARGET = 'target';

/** Everything of batch n has its number in it: whether all of it is there can be told. */
export async function numbered(store: HistoryStore, n: number): Promise<Batch> {
  const blob = await store.putBlob(Buffer.from(`profile ${n} ${'x'.repeat(n % 5000)}`));
  const capture = sampleCapture(TARGET, NOON + n, blob);
  return {
    metrics: [samplePoint(TARGET, NOON + n, { rss_bytes: n })],
    captures: [capture],
    summaries: [sampleSummary(capture, [siteShape(n % 50), siteShape(n % 7)], [])],
    events: [sampleEvent(`event ${n}`, 'finding', NOON + n)],
    // Big enough that the write-ahead log is moved into the file now and then.
    findings: [],
    marks: [{ kind: 'restart', target: TARGET, at: NOON + n, build: null, goVersion: null, says: 'y'.repeat(2000) }],
  };
}

const [, , dir, first] = process.argv;
if (import.meta.main && dir !== undefined) {
  const store = await openDuckDbStore({ dir, apartMs: 0 });
  let next = Number(first);
  const lane = async (): Promise<void> => {
    for (;;) {
      const n = next;
      next += 1;
      await store.commit(await numbered(store, n));
      writeSync(1, `${n}\n`);
    }
  };
  writeSync(1, 'open\n');
  await Promise.all([lane(), lane(), lane()]);
}
