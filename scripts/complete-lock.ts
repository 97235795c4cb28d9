/**
 * Completes package-lock.json after `npm install`: `node scripts/complete-lock.ts`.
 *
 * npm leaves optional packages for other platforms out of the lock file where the registry that was asked does not have
 * them, and `npm ci` then refuses the lock file that npm wrote (npm/cli issue 9846). The missing entries follow from
 * their parents, which pin them: name and version, with the platform in the name. They carry no integrity hash.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What is read of one entry; the entry itself is kept as it is, with its order of keys. */
const Package = z.object({
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
const Lock = z.record(z.string(), z.unknown());

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
/** A version and no range; `1.5.6-r.1` is one, too. */
const EXACT = /^\d+\.\d+\.\d+(-[\w.-]+)?$/;
const PROCESSORS = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'];

/** The lock file's text with an entry for every pinned optional package of another platform. */
export function completeLock(text: string): string {
  const lock = Lock.parse(JSON.parse(text));
  const packages = Lock.parse(lock.packages);
  const added: Record<string, unknown> = {};
  for (const entry of Object.values(packages)) {
    const parent = Package.parse(entry);
    for (const [name, version] of Object.entries(parent.optionalDependencies)) {
      const path = `node_modules/${name}`;
      const platform = platformOf(name);
      if (path in packages || platform === null || !EXACT.test(version)) continue;
      added[path] = { version, ...(parent.dev === true ? { dev: true } : {}), optional: true, ...platform };
    }
  }
  const sorted = Object.entries({ ...packages, ...added }).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`;
}

/** `cli-linux-arm64-musl` → Linux, arm64, musl. Null where the name says no platform. */
function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | null {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) return null;
  if (os !== 'linux') return { os: [os], cpu: [cpu] };
  return { os: [os], cpu: [cpu], libc: [name.includes('musl') ? 'musl' : 'glibc'] };
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'package-lock.json');
  writeFileSync(path, completeLock(readFileSync(path, 'utf8')));
}
