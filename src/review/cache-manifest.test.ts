import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Manifest, makeManifest, manifestHolds } from './cache-manifest.ts';

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hemostat-manifest-'));
  mkdirSync(join(root, 'pkg'));
  file = join(root, 'pkg', 'a.go');
  writeFileSync(file, 'package a\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const seen = (): { path: string; size: number; mtimeMs: number }[] =>
  [root, join(root, 'pkg'), file].map((path) => {
    const stat = statSync(path);
    return { path, size: stat.isFile() ? stat.size : 0, mtimeMs: stat.mtimeMs };
  });

/** As if the review had begun long after the files were written. */
function settled(): Manifest {
  const manifest = makeManifest(seen(), Date.now() + 60_000);
  if (manifest === null) throw new Error('nothing has changed');
  return manifest;
}

it('holds while nothing changes', () => {
  expect(manifestHolds(settled())).toBe(true);
});

it.each([
  ['content of another size', () => writeFileSync(file, 'package a // more\n')],
  ['content of the same size', () => writeFileSync(file, 'package b\n')],
  [
    'content of the same size and time',
    () => {
      const { atime, mtime } = statSync(file);
      writeFileSync(file, 'package b\n');
      utimesSync(file, atime, mtime);
    },
  ],
  ['a new file', () => writeFileSync(join(root, 'pkg', 'b.go'), '')],
  ['a removed file', () => rmSync(file)],
  ['a new directory', () => mkdirSync(join(root, 'new'))],
  [
    'another file in its place',
    () => {
      writeFileSync(join(root, 'other'), 'package b\n');
      renameSync(join(root, 'other'), file);
    },
  ],
])('does not hold after %s', (_what, change) => {
  const manifest = settled();
  change();
  expect(manifestHolds(manifest)).toBe(false);
});

it('is not trusted with files that were written while the clock may have stood', () => {
  const manifest = makeManifest(seen(), Date.now());
  expect(manifest).not.toBeNull();
  expect(manifest !== null && manifestHolds(manifest)).toBe(false);
});

it('is not made when something changed after it was seen', () => {
  const before = seen();
  writeFileSync(file, 'package changed\n');
  expect(makeManifest(before, Date.now())).toBeNull();
});
