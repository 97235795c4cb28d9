/** Kills the process of crash.testing.ts at a random moment and looks at what is left; again and again in one directory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NOON } from '../sample.testing.ts';
import type { HistoryStore } from '../store.ts';
import { TARGET } from './crash.testing.ts';
import { openDuckDbStore } from './store.ts';

export interface Rounds {
  readonly acknowledged: number;
  /** Numbers that were acknowledged and of which something is missing. */
  readonly lost: readonly number[];
  /** Numbers of which a part is there and a part is not. */
  readonly half: readonly number[];
  /** Longest time to open the history after a crash, ms. */
  readonly slowestOpen: number;
}

const EVER = { from: 0, to: 4e12 };

/** `random` gives [0, 1): when to kill, after up to `most` acknowledgements and up to 20 ms. */
export async function crashRounds(dir: string, rounds: number, most: number, random: () => number): Promise<Rounds> {
  const acknowledged = new Set<number>();
  let next = 1;
  let slowestOpen = 0;
  for (let round = 0; round < rounds; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'crash.testing.ts'), dir, String(next)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    const lines = 1 + Math.floor(random() * (most + 1));
    const due = new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (printed.split('\n').length > lines) resolve();
      });
      child.on('exit', (code) => reject(new Error(`the writer ended by itself with code ${code}`)));
    });
    await due;
    const closed = once(child, 'close');
    await sleep(random() * 20);
    child.kill('SIGKILL');
    await closed;
    for (const line of printed.split('\n').slice(1, -1)) acknowledged.add(Number(line));
    const before = performance.now();
    const store = await openDuckDbStore({ dir });
    slowestOpen = Math.max(slowestOpen, performance.now() - before);
    const wrong = await inspect(store, acknowledged);
    next = wrong.next;
    await store.close();
    if (wrong.lost.length > 0 || wrong.half.length > 0)
      return { acknowledged: acknowledged.size, lost: wrong.lost, half: wrong.half, slowestOpen };
  }
  return { acknowledged: acknowledged.size, lost: [], half: [], slowestOpen };
}

async function inspect(
  store: HistoryStore,
  acknowledged: ReadonlySet<number>,
): Promise<{ lost: number[]; half: number[]; next: number }> {
  const captures = await store.captures([], EVER, 1e9);
  const columns = (await store.metrics([TARGET], ['rss_bytes'], EVER, 1e9)).get(TARGET);
  const sets: ReadonlySet<number>[] = [
    new Set(captures.map(({ at }) => at - NOON)),
    new Set((await store.summaries(TARGET, EVER, 1e9)).map(({ at }) => at - NOON)),
    new Set((await store.events('finding')).map(({ at }) => at - NOON)),
    new Set((await store.marks([], EVER)).map(({ at }) => at - NOON)),
    new Set([...(columns?.at ?? [])].map((at) => at - NOON)),
  ];
  const readable = new Set<number>();
  for (const { at, parts } of captures) {
    const bytes = await store.getBlob(parts[0]?.blob ?? '');
    if (
      Buffer.from(bytes)
        .toString()
        .startsWith(`profile ${at - NOON} `)
    )
      readable.add(at - NOON);
  }
  sets.push(readable);
  const all = new Set(sets.flatMap((some) => [...some]));
  return {
    lost: [...acknowledged].filter((n) => !sets.every((some) => some.has(n))),
    half: [...all].filter((n) => !sets.every((some) => some.has(n))),
    next: Math.max(0, ...all, ...acknowledged) + 1,
  };
}
