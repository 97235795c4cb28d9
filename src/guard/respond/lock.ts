/**
 * One at a time, over processes: a file that only one can make. What a process that is gone left behind is taken away: its pid runs
 * no more on this host, or the file is older than anybody holds it.
 */
import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, GuardEvidenceError, reasonOf } from '../error.ts';

export interface LockOptions {
  /** How long to wait for who holds it, ms; 0: not at all. */
  readonly waitMs: number;
  /** Nobody holds it longer than this, ms. */
  readonly staleMs: number;
}

const PAUSE_MS = 20;

/**
 * Runs `task` while holding the lock.
 * @returns null where another holds it for longer than `waitMs`
 * @throws GuardEvidenceError where the file cannot be made
 */
export async function withLock<T>(
  path: string,
  { waitMs, staleMs }: LockOptions,
  task: () => Promise<T>,
): Promise<{ readonly value: T } | null> {
  const own = `${process.pid} ${hostname()} ${randomBytes(8).toString('hex')}\n`;
  const until = performance.now() + waitMs;
  while (!(await take(path, own))) {
    if (await dropStale(path, staleMs)) continue;
    if (performance.now() >= until) return null;
    await sleep(PAUSE_MS);
  }
  try {
    return { value: await task() };
  } finally {
    // Somebody may have taken it for stale, and then it is theirs.
    if ((await contentOf(path)) === own) await rm(path, { force: true });
  }
}

async function take(path: string, own: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(own).finally(() => file.close());
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new GuardEvidenceError(`${path} cannot be written (${reasonOf(error)}); give another --dir`);
  }
}

/** Whether there was a stale one, which is gone then. */
async function dropStale(path: string, staleMs: number): Promise<boolean> {
  const held = await contentOf(path);
  if (held === null) return true;
  const age = await stat(path)
    .then(({ mtimeMs }) => Date.now() - mtimeMs)
    .catch(() => null);
  if (age === null) return true;
  const [pid = '', host] = held.trim().split(' ');
  // Between being made and being written it is empty.
  const gone = held !== '' && host === hostname() && !runs(Number(pid));
  if (!gone && age < staleMs) return false;
  // By renaming: of two who see a stale lock, one could otherwise take away what the other has just made.
  const aside = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
  if ((await contentOf(aside)) !== held) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
  return true;
}

async function contentOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function runs(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, for somebody else.
    return codeOf(error) !== 'ESRCH';
  }
}
