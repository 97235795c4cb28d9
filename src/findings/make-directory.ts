/** Directories for caches and reports. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the directory, by default for its owner only; false where that cannot be. Level by level: Node's `recursive` never ends
 * where a parent that exists takes no directory and says that it is not there, as /proc does.
 */
export function makeDirectory(directory: string, mode = 0o700): boolean {
  const missing: string[] = [];
  for (let at = directory; !isDirectory(at); at = dirname(at)) {
    missing.push(at);
    if (dirname(at) === at) return false;
  }
  for (const at of missing.reverse()) {
    try {
      mkdirSync(at, { mode });
    } catch {
      // Another run may have made it.
      if (!isDirectory(at)) return false;
    }
  }
  return true;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
