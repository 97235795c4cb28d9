import { fork } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory } from '../findings/make-directory.ts';
import { cacheDirectory } from './cache-directory.ts';
import { openCacheStore, PRUNE, pruneCache } from './cache-store.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hemostat-cache-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const KEY = 'ab12';
const pathOf = (key: string): string => join(directory, key.slice(0, 2), key);

describe('the store', () => {
  it('gives back what was written, and null for what was not', () => {
    const store = openCacheStore(directory);
    expect(store.read(KEY)).toBeNull();
    store.write(KEY, 'first\nsecond ✓');
    expect(store.read(KEY)).toBe('first\nsecond ✓');
    store.write(KEY, 'other');
    expect(store.read(KEY)).toBe('other');
  });

  it.each([
    ['cut short', (path: string) => truncateSync(path, 90)],
    ['empty', (path: string) => truncateSync(path, 0)],
    ['changed', (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace('answer', 'anSwer'))],
    ['something else', (path: string) => writeFileSync(path, 'not ours')],
  ])('takes an entry that is %s for none, and replaces it', (_what, damage) => {
    const store = openCacheStore(directory);
    store.write(KEY, 'the answer, long enough to be cut somewhere in the middle');
    damage(pathOf(KEY));
    expect(store.read(KEY)).toBeNull();
    store.write(KEY, 'again');
    expect(store.read(KEY)).toBe('again');
  });

  it.runIf(existsSync('/proc/self'))('is not waited for where a directory can never be made', () => {
    expect(makeDirectory('/proc/hemostat/review')).toBe(false);
    expect(makeDirectory('/proc/self/stat/review')).toBe(false);
  });

  it('does without where it cannot write', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const store = openCacheStore(file);
    store.write(KEY, 'x');
    expect(store.read(KEY)).toBeNull();
    pruneCache(file);
  });

  it.skipIf(process.platform === 'win32')('keeps its entries to their owner', () => {
    const made = join(directory, 'a', 'b');
    expect(makeDirectory(made)).toBe(true);
    openCacheStore(made).write(KEY, 'x');
    expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(statSync(join(made, 'ab')).mode & 0o777).toBe(0o700);
    expect(statSync(join(made, 'ab', KEY)).mode & 0o777).toBe(0o600);
  });

  it('is whole for every reader while several processes write the same entries', async () => {
    const script = join(directory, 'writer.mjs');
    writeFileSync(
      script,
      `import { openCacheStore } from ${JSON.stringify(join(import.meta.dirname, 'cache-store.ts'))};
      const store = openCacheStore(process.argv[2]);
      let torn = 0;
      for (let round = 0; round < 150; round++) {
        const key = 'cd' + (round % 5);
        store.write(key, String(process.pid).repeat(5000));
        const text = store.read(key);
        // A reader may find nothing only if nothing was ever written.
        if (text === null || !/^(\\d+)\\1+$/.test(text)) torn++;
      }
      process.exit(torn === 0 ? 0 : 1);`,
    );
    const codes = await Promise.all(
      [1, 2, 3, 4].map(
        () => new Promise((resolve) => fork(script, [join(directory, 'shared')]).once('exit', (code) => resolve(code))),
      ),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    // No temporary file stays.
    expect(readdirSync(join(directory, 'shared')).filter((name) => name.startsWith('tmp-'))).toEqual([]);
  });
});

describe('pruning', () => {
  const DAY = 86_400_000;
  const age = (path: string, days: number, now: number): void =>
    utimesSync(path, (now - days * DAY) / 1000, (now - days * DAY) / 1000);

  it('deletes what was not used for a month and files that a dead process left', () => {
    const now = Date.now();
    const store = openCacheStore(directory);
    store.write('aa1', 'old');
    store.write('aa2', 'young');
    age(pathOf('aa1'), 31, now);
    age(pathOf('aa2'), 29, now);
    writeFileSync(join(directory, 'tmp-1-x'), '');
    age(join(directory, 'tmp-1-x'), 1, now);
    writeFileSync(join(directory, 'tmp-2-x'), '');
    pruneCache(directory, PRUNE, now);
    expect(existsSync(pathOf('aa1'))).toBe(false);
    expect(existsSync(pathOf('aa2'))).toBe(true);
    expect(readdirSync(directory).filter((name) => name.startsWith('tmp-'))).toEqual(['tmp-2-x']);
  });

  it('keeps the size bounded, the ones used last stay', () => {
    const now = Date.now();
    const store = openCacheStore(directory);
    for (let entry = 0; entry < 10; entry++) {
      store.write(`bb${entry}`, 'x'.repeat(1000));
      age(pathOf(`bb${entry}`), entry, now);
    }
    const bytes = statSync(pathOf('bb0')).size;
    pruneCache(directory, { ...PRUNE, maxBytes: bytes * 8 }, now);
    expect(readdirSync(join(directory, 'bb')).sort()).toEqual(['bb0', 'bb1', 'bb2', 'bb3', 'bb4', 'bb5']);
  });

  it('looks once a day', () => {
    const now = Date.now();
    pruneCache(directory, PRUNE, now);
    openCacheStore(directory).write('cc1', 'x');
    age(pathOf('cc1'), 40, now);
    pruneCache(directory, PRUNE, now + DAY / 2);
    expect(existsSync(pathOf('cc1'))).toBe(true);
    pruneCache(directory, PRUNE, now + 2 * DAY);
    expect(existsSync(pathOf('cc1'))).toBe(false);
  });

  it('does not delete what is read every day', () => {
    const now = Date.now();
    openCacheStore(directory).write('dd1', 'x');
    age(pathOf('dd1'), 40, now);
    openCacheStore(directory, () => now).read('dd1');
    pruneCache(directory, PRUNE, now);
    expect(existsSync(pathOf('dd1'))).toBe(true);
  });
});

describe('the directory', () => {
  const cases: [string, Record<string, string>, NodeJS.Platform, string | null][] = [
    ['the XDG one', { HOME: '/h', XDG_CACHE_HOME: '/x' }, 'linux', '/x/hemostat/review'],
    ['~/.cache', { HOME: '/h' }, 'linux', '/h/.cache/hemostat/review'],
    ['~/.cache, for a relative XDG path', { HOME: '/h', XDG_CACHE_HOME: 'x' }, 'linux', '/h/.cache/hemostat/review'],
    ['~/Library/Caches', { HOME: '/h', XDG_CACHE_HOME: '/x' }, 'darwin', '/h/Library/Caches/hemostat/review'],
    ['%LocalAppData%', { LocalAppData: '/local' }, 'win32', '/local/hemostat/review'],
    ['what HEMOSTAT_CACHE says', { HOME: '/h', HEMOSTAT_CACHE: '/mine' }, 'linux', '/mine/review'],
    [
      'what HEMOSTAT_CACHE says, from here',
      { HOME: '/h', HEMOSTAT_CACHE: 'mine' },
      'linux',
      `${process.cwd()}/mine/review`,
    ],
    ['none, if that is off', { HOME: '/h', HEMOSTAT_CACHE: 'off' }, 'linux', null],
  ];
  it.each(cases)('is %s', (_what, variables, platform, expected) => {
    expect(cacheDirectory(variables, platform)).toBe(expected);
  });
});
