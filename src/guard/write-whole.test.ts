import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeWhole } from './write-whole.ts';

it('puts a file down whole, for its owner only, and leaves nothing else there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hemostat-whole-'));
  try {
    const path = join(folder, 'a', 'b', 'file');
    expect([await writeWhole(path, 'old and longer'), await writeWhole(path, 'new')]).toEqual(['', '']);
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['new', 0o600]);
    // A directory in its place cannot be replaced.
    expect(await writeWhole(join(folder, 'a'), 'x')).not.toBe('');
    expect([readdirSync(folder), readdirSync(join(folder, 'a', 'b'))]).toEqual([['a'], ['file']]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('says why it could not', async () => {
  expect(await writeWhole('/proc/hemostat/file', 'x')).toBe('its directory cannot be made');
});
