/** A target or bundle that could not be reached or read: what, where, and what to do. Exit code 3. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
}

/** A target or option that cannot be meant as written. The name is what the command line maps to exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `code` of a system error (`ENOENT`, `EACCES`, …), or '' for anything else. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a file cannot be read, to stand after its name: `is not there`. */
export function unreadable(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'is not there';
    case 'EISDIR':
      return 'is a directory';
    case 'EACCES':
      return 'may not be read by this user';
    default:
      return `cannot be read (${codeOf(error) || messageOf(error)})`;
  }
}
