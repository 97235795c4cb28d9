/**
 * One at a time, over processes: a file that only one can make. What a process that is gone left behind is taken away: its pid runs
 * no more on this host, or the file is older than anybody holds it.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
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

/**
 * Whether there was a stale one, which is gone then. Only one at a time takes away, and looks again before it does: of two who see
 * a stale lock, the slower would otherwise take away what the faster has just made.
 */
async function dropStale(path: string, staleMs: number): Promise<boolean> {
  if (!(await isStale(path, staleMs))) return false;
  const broom = `${path}.stale`;
  if (!(await take(broom, `${process.pid}\n`))) {
    // Whoever holds it needs a ms, unless it was stopped in the middle.
    if ((await ageOf(broom)) > staleMs) await rm(broom, { force: true });
    return false;
  }
  try {
    const stale = await isStale(path, staleMs);
    if (stale) await rm(path, { force: true });
    return stale;
  } finally {
    await rm(broom, { force: true });
  }
}

async function isStale(path: string, staleMs: number): Promise<boolean> {
  const held = await contentOf(path);
  if (held === null) return false;
  const [pid = '', host] = held.trim().split(' ');
  // Between being made and being written it is empty.
  if (held !== '' && host === hostname() && !runs(Number(pid))) return true;
  return (await ageOf(path)) >= staleMs;
}

/** ms; 0 for what is not there. */
async function ageOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
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
