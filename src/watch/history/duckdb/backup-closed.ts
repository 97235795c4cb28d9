/** What the command line does with a history that no server has open. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PartKind } from '../../model.ts';
import { StoreError } from '../error.ts';
import { DATABASE } from './backup.ts';
import { openDuckDbStore } from './store.ts';

/**
 * A backup of the history in `dir`. StoreError with the reason `locked`, naming the process, where a server runs there:
 * that one has to write the backup.
 */
export async function backupClosed(dir: string, to: string, log?: (says: string) => void): Promise<void> {
  refuseMissing(dir);
  const store = await openDuckDbStore({ dir, ...(log === undefined ? {} : { log }) });
  try {
    await store.backup(to);
  } finally {
    await store.close();
  }
}

export interface Verified {
  readonly captures: number;
  /** Profiles whose bytes were read and are what they were. */
  readonly blobs: number;
  readonly summaries: number;
  /** One sentence each. */
  readonly problems: readonly string[];
}

const EVER = { from: -Number.MAX_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
/** Captures read at one time. */
const PAGE = 1000;

/** Reads everything in a history that no server has open, every byte of every profile. */
export async function verifyStore(dir: string, log?: (says: string) => void): Promise<Verified> {
  refuseMissing(dir);
  const store = await openDuckDbStore({ dir, ...(log === undefined ? {} : { log }) });
  const problems: string[] = [];
  const seen = new Set<string>();
  let captures = 0;
  let blobs = 0;
  let summaries = 0;
  const check = async (hash: string, kind: PartKind, capture: string): Promise<void> => {
    if (seen.has(hash)) return;
    seen.add(hash);
    try {
      await store.getBlob(hash);
      blobs += 1;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      problems.push(`${kind} of the capture ${capture}: ${error.message}`);
    }
  };
  try {
    for (let to = EVER.to; ; ) {
      const page = await store.captures([], { from: EVER.from, to }, PAGE);
      // Of the oldest moment there may be more on the next page: they are looked at there.
      const oldest = page.at(-1)?.at;
      const whole = page.length < PAGE || oldest === page[0]?.at ? page : page.filter(({ at }) => at !== oldest);
      for (const { id, parts } of whole) {
        captures += 1;
        for (const { blob, kind } of parts) if (blob !== null) await check(blob, kind, id);
        try {
          if ((await store.summary(id)) !== null) summaries += 1;
        } catch (error) {
          problems.push(`summary of the capture ${id}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      if (page.length < PAGE || oldest === undefined) break;
      to = whole.length === page.length ? oldest - 1 : oldest;
    }
    await store.findings();
    await store.deliveries(1e9);
    for (const target of (await store.newestSyscalls()).keys())
      try {
        await store.syscallWindows(target, EVER, 1e9);
        await store.syscallColumns(target, EVER, 1);
      } catch (error) {
        problems.push(`syscalls of ${target}: ${error instanceof Error ? error.message : String(error)}`);
      }
    await store.learnedProfiles();
    await store.responses();
  } finally {
    await store.close();
  }
  return { captures, blobs, summaries, problems };
}

function refuseMissing(dir: string): void {
  if (!existsSync(join(dir, DATABASE)))
    throw new StoreError('missing', `there is no history in ${dir}: ${DATABASE} is missing; check --data`);
}
