/** What went wrong with history: the caller decides by `reason` whether to wait, to warn, or to stop. */
export type StoreReason =
  /** No room on the disk, or none of the quota. Goes away by itself when there is room again. */
  | 'full'
  /** The directory cannot be written. */
  | 'read-only'
  /** Another process has the directory. */
  | 'locked'
  /** The directory was written by a newer program. */
  | 'newer'
  /** Bytes are not what they were when they were written. */
  | 'damaged'
  /** There is nothing with that name. */
  | 'missing'
  | 'closed'
  /** What was asked for makes no sense. */
  | 'usage'
  | 'failed';

/** One sentence: what, where, what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly reason: StoreReason;

  constructor(reason: StoreReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

const FULL = /ENOSPC|EDQUOT|EFBIG|No space left|Disk quota exceeded|File too large|database or disk is full/i;
const READ_ONLY = /EROFS|EACCES|EPERM|Read-only file system|Permission denied|read-only mode/i;

/** Any error as a StoreError: `doing` completes "could not …", `where` is a path. */
export function storeError(error: unknown, doing: string, where: string): StoreError {
  if (error instanceof StoreError) return error;
  const says = error instanceof Error ? error.message : String(error);
  if (FULL.test(says))
    return new StoreError(
      'full',
      `could not ${doing} in ${where}: the disk is full; make room, and history goes on by itself`,
      error,
    );
  if (READ_ONLY.test(says))
    return new StoreError(
      'read-only',
      `could not ${doing} in ${where}: it cannot be written; make the directory writable for this user`,
      error,
    );
  return new StoreError('failed', `could not ${doing} in ${where}: ${oneLine(says)}`, error);
}

function oneLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
