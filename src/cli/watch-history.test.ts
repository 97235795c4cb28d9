/** `hemostat watch --verify` and `--backup` as people run them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openDuckDbStore } from '../watch/history/duckdb/store.ts';
import { NOON, sampleCapture, sampleTarget } from '../watch/history/sample.testing.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanup.splice(0)) clean();
});

function watch(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, 'watch', ...args], (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

it('copies a history, and says what is damaged in it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'hemostat-verify-'));
  cleanup.push(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'history');
  const copy = join(root, 'copy');
  const store = await openDuckDbStore({ dir });
  const hashes = await Promise.all(['one', 'two'].map((name) => store.putBlob(Buffer.from(name.repeat(100)))));
  const { id } = sampleTarget(1);
  await store.commit({ captures: hashes.map((hash, i) => sampleCapture(id, NOON + i, hash)) });
  await store.close();

  expect(await watch('--backup', copy, '--data', dir)).toEqual({ code: 0, out: `${copy}\n`, err: '' });
  const [hash = ''] = hashes;
  // The copy's files are links to the same bytes.
  const damaged = join('blobs', hash.slice(0, 2), `${hash.slice(2)}.zst`);
  const whole = await watch('--verify', '--data', copy);
  expect(whole.out).toBe(`${copy}: read 2 captures, 2 profiles, 0 summaries; nothing is damaged\n`);
  expect(whole.code).toBe(0);
  truncateSync(join(dir, damaged), 9);
  const broken = await watch('--verify', '--data', dir);
  expect(broken.code).toBe(3);
  expect(broken.out).toMatch(
    /^heap of the capture \S+: the profile [0-9a-f]{64} is damaged: .*\n.*: read 2 captures, 1 profiles, 0 summaries; 1 damaged\n$/,
  );
  const missing = await watch('--verify', '--data', root);
  expect(missing.code).toBe(3);
  expect(missing.err).toMatch(/there is no history in .*: history\.duckdb is missing/);
}, 60_000);
