/** What an answer depends on, as hashes. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A hash over parts that cannot run into each other. */
export function hashOf(parts: readonly (string | number | boolean)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

let tool: string | null = null;

/**
 * The version of what answers: a hash of the code of src/golang and src/review themselves (about 1 MB, 10 ms). No version
 * number that somebody forgets to raise.
 */
export function toolDigest(): string {
  tool ??= digestOf([import.meta.dirname, join(import.meta.dirname, '..', 'golang')]);
  return tool;
}

function digestOf(directories: readonly string[]): string {
  const hash = createHash('sha256');
  for (const directory of directories) {
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    for (const name of names.filter(isCode).sort()) {
      hash
        .update(`${name}\0`)
        .update(readFileSync(join(directory, name)))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

function isCode(name: string): boolean {
  return /\.[jt]s$/.test(name) && !/\.(test|d)\.ts$|testdata/.test(name);
}
