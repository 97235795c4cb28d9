import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LockFile, readLockFile } from './lockfile.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

const read = (text: string): LockFile => readLockFile(Buffer.from(text), 'package-lock.json');
const packages = (entries: object): string =>
  JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...entries } }, null, 1);

/** Paths and versions that the npm client reads from a lock file, its own root left out. */
function npmReads(directory: string): Map<string, string> {
  const run = spawnSync('npm', ['query', '*', '--package-lock-only', '--offline', '--no-audit'], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 256 << 20,
  });
  const list: unknown = JSON.parse(run.stdout);
  const found = new Map<string, string>();
  for (const item of Array.isArray(list) ? list : []) {
    if (item.location !== '') found.set(item.location, `${item.name}@${item.version} ${item.integrity ?? ''}`);
  }
  return found;
}

function weRead(lock: LockFile): Map<string, string> {
  return new Map(
    lock.entries.map(({ location, name, version, integrity }) => [location, `${name}@${version} ${integrity ?? ''}`]),
  );
}

test("npm reads the same entries from this project's own lock file", () => {
  const bytes = readFileSync(join(ROOT, 'package-lock.json'));
  const wanted = npmReads(ROOT);
  expect(wanted.size).toBeGreaterThan(100);
  expect(weRead(readLockFile(bytes, 'package-lock.json'))).toEqual(wanted);
}, 60_000);

test('npm reads the same entries where there are aliases, workspaces, bundles and doubles', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hemostat-lock-'));
  try {
    const hash = `sha512-${Buffer.alloc(64).toString('base64')}`;
    const root = {
      name: 'x',
      version: '1.0.0',
      workspaces: ['packages/*'],
      dependencies: { a: '^1.0.0', alias: 'npm:b@^2.0.0', own: '1.0.0' },
    };
    const entries: Record<string, object> = {
      'node_modules/a': {
        version: '1.0.1',
        integrity: hash,
        bundleDependencies: ['inner'],
        dependencies: { inner: '1', c: '1' },
      },
      'node_modules/a/node_modules/inner': { version: '1.2.3', inBundle: true },
      'node_modules/alias': { name: 'b', version: '2.0.0', integrity: hash },
      'node_modules/c': { version: '1.0.0', optional: true },
      'node_modules/own': { resolved: 'packages/own', link: true },
      'packages/own': { name: 'own', version: '1.0.0', dependencies: { '@s/d': '1' } },
      'packages/own/node_modules/@s/d': { version: '1.0.0', integrity: hash },
      'node_modules/@s/d': { version: '2.0.0', integrity: hash },
    };
    writeFileSync(join(directory, 'package.json'), JSON.stringify(root));
    const text = JSON.stringify({
      name: 'x',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: { '': root, ...entries },
    });
    // The same key again, so that the last one has to win.
    const twice = text.replace(/\}\}$/, `,"node_modules/c":{"version":"1.0.9"}}}`);
    writeFileSync(join(directory, 'package-lock.json'), twice);
    const lock = readLockFile(Buffer.from(twice), 'package-lock.json');
    const wanted = npmReads(directory);
    // Ours are the project's own: npm lists them.
    for (const own of ['node_modules/own', 'packages/own']) wanted.delete(own);
    expect(weRead(lock)).toEqual(wanted);
    expect(wanted.get('node_modules/c')).toBe('c@1.0.9 ');
    expect(lock.workspaces).toEqual(['packages/own']);
    expect(lock.problems).toMatchObject([{ kind: 'duplicate', line: 1 }]);
    expect(lock.entries.find(({ name }) => name === 'inner')?.bundledBy).toBe('node_modules/a');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 60_000);

test('entries have their places', () => {
  const lock = read(packages({ 'node_modules/é': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } }));
  expect(lock.entries.map(({ line, column, endColumn }) => [line, column, endColumn])).toEqual([
    [5, 3, 20],
    [8, 3, 19],
  ]);
});

test('what stands twice with different content is told, what is the same is not', () => {
  const same = '{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1"},"node_modules/a":{"version":"1"}}}';
  expect(read(same).problems).toEqual([]);
  const fields = '{"lockfileVersion":3,"packages":{"node_modules/a":{"resolved":"x",\n"resolved":"y"}}}';
  expect(read(fields).problems).toMatchObject([{ kind: 'duplicate', what: 'node_modules/a#resolved', line: 2 }]);
  const proto = '{"lockfileVersion":3,"packages":{"__proto__":{"node_modules/a":{}},"node_modules/b":{"version":"1"}}}';
  expect(read(proto).problems).toMatchObject([{ kind: 'proto' }]);
  expect(read(proto).entries.map(({ location }) => location)).toEqual(['__proto__', 'node_modules/b']);
});

test('the section for npm 6 must say the same', () => {
  const lock = {
    lockfileVersion: 2,
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
      'node_modules/a/node_modules/b': { integrity: 'sha512-b' },
    },
    dependencies: {
      a: { version: '1.0.0', integrity: 'sha512-a', dependencies: { b: { integrity: 'sha512-other' } } },
      extra: {},
    },
  };
  expect(read(JSON.stringify(lock)).problems.map(({ kind, what }) => [kind, what])).toEqual([
    ['legacy-differs', 'node_modules/extra'],
    ['legacy-differs', 'node_modules/a/node_modules/b'],
  ]);
});

test.each([
  ['{"lockfileVersion":1,"dependencies":{}}', 'has lockfileVersion 1, which npm 6 wrote'],
  ['{"dependencies":{}}', 'has lockfileVersion 1'],
  ['{"lockfileVersion":1e400,"packages":{}}', 'has lockfileVersion 1e400; 2 and 3 are read here'],
  ['{"lockfileVersion":3}', 'has no `packages`'],
  ['[]', 'holds no object'],
  ['{"lockfileVersion":3,\n<<<<<<< HEAD\n"packages":{}}', 'marks of a merge conflict'],
  ['', 'package-lock.json:1:1 is not JSON: it ends too early'],
])('%s is refused with a sentence', (text, says) => {
  expect(() => read(text)).toThrow(says);
});

test('what is not UTF-8 is refused', () => {
  expect(() => readLockFile(Buffer.from([0x7b, 0xff, 0x7d]), 'x')).toThrow('x is not UTF-8');
});

test('ten megabytes are read', () => {
  const entries: Record<string, object> = {};
  const integrity = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
  for (let i = 0; i < 25_000; i++) {
    entries[`node_modules/p${i}`] = {
      version: '1.0.0',
      resolved: `https://registry.npmjs.org/p${i}/-/p${i}-1.0.0.tgz`,
      integrity,
      dependencies: { a: '^1.0.0', b: '^2.0.0', [`c${i}`]: '>=3' },
      engines: { node: '>=18' },
      license: 'MIT',
    };
  }
  const text = packages(entries);
  expect(text.length).toBeGreaterThan(9_500_000);
  const start = performance.now();
  expect(read(text).entries).toHaveLength(25_000);
  // A second here, where it should take a fifth of one: what is quadratic takes minutes.
  expect(performance.now() - start).toBeLessThan(20_000);
}, 60_000);
