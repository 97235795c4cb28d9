/** Where caches are: the user's cache directory, as the platform has it. */
import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/**
 * `HEMOSTAT_CACHE` names a directory instead, or is `off`. Null: no cache.
 * @param variables process.env, or what a test sets instead
 * @param whose the command that keeps something there
 */
export function cacheDirectory(
  variables: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  whose: 'review' | 'guard' = 'review',
): string | null {
  const said = variables.HEMOSTAT_CACHE ?? '';
  if (said === 'off') return null;
  if (said !== '') return join(resolve(said), whose);
  const base = userCache(variables, platform);
  return base === null ? null : join(base, 'hemostat', whose);
}

function userCache(variables: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string | null {
  const home = variables.HOME || homedir();
  if (platform === 'win32') return variables.LocalAppData || variables.LOCALAPPDATA || null;
  if (platform === 'darwin') return home === '' ? null : join(home, 'Library', 'Caches');
  // The XDG specification asks to ignore a path that is not absolute.
  const xdg = variables.XDG_CACHE_HOME ?? '';
  if (isAbsolute(xdg)) return xdg;
  return home === '' ? null : join(home, '.cache');
}

/**
 * Makes the directory, by default for its owner only; false where that cannot be. Level by level: Node's `recursive` never ends
 * where a parent that exists takes no directory and says that it is not there, as /proc does.
 */
export function makeCacheDirectory(directory: string, mode = 0o700): boolean {
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
