import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The package's own directory, in a checkout as in an installed package: both run two levels below it. */
export const HOME: string = join(import.meta.dirname, '..', '..');

/** The version in package.json. */
export function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(HOME, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  return 'unknown';
}
