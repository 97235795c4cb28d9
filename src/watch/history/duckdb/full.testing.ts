/** A process whose disk gets full, and has room again after a line on its input: `node full.testing.ts DIR`. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { StoreError } from '../error.ts';
import { sampleEvent } from '../sample.testing.ts';
import { openDuckDbStore } from './store.ts';

/** Commits after there is room. */
export const AFTER = 20;

async function main(dir: string): Promise<void> {
  const store = await openDuckDbStore({ dir, apartMs: 0 });
  const failures = new Set<string>();
  let acknowledged = 0;
  let next = 0;
  const one = async (): Promise<boolean> => {
    next += 1;
    try {
      const event = { ...sampleEvent(`event ${next}`, 'f', next), says: randomBytes(50_000).toString('hex') };
      await store.commit({ events: [event] });
      acknowledged += 1;
      return true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failures.add(`${error.reason}: ${error.message}`);
      return false;
    }
  };
  let failed = 0;
  while (failed < 5 && next < 1000) if (!(await one())) failed += 1;
  writeSync(1, 'full\n');
  await once(process.stdin, 'data');
  let after = 0;
  for (let i = 0; i < AFTER; i++) if (await one()) after += 1;
  const stored = (await store.events('f')).length;
  await store.close();
  writeSync(1, JSON.stringify({ failures: [...failures], acknowledged, after, stored }));
  process.stdin.destroy();
}

if (import.meta.main) await main(process.argv[2] ?? '');
