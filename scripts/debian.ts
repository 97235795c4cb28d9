/** Programs that come from the system: installed where it is Debian's and we may, else asked for. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @param who what asks, for its sentence
 * @param packages the package of each program
 * @throws one sentence where one is missing and cannot be installed here
 */
export function installPrograms(who: string, packages: ReadonlyMap<string, string>): void {
  const missing = [...packages].filter(([program]) => !isOnPath(program)).map(([, name]) => name);
  if (missing.length === 0) return;
  const names = missing.join(', ');
  if (process.getuid?.() !== 0 || !isOnPath('apt-get'))
    throw new Error(`${who}: ${names} not found; install them (any package manager) and run this again`);
  process.stdout.write(`==> installing ${names} with apt-get\n`);
  for (const args of [
    ['update', '-q'],
    ['install', '-qy', '--no-install-recommends', ...missing],
  ]) {
    const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (status !== 0) throw new Error(`${who}: apt-get ${args[0]} failed; install ${names} by hand`);
  }
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => dir !== '' && existsSync(join(dir, name)));
}
