/** Where caches are: the user's cache directory, as the platform has it. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

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
