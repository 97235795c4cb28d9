import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dirhashes, GO, type TestModule, TestSumdb, writeProxy } from '../../../testing/sumdb.ts';
import { createHttp } from '../../http/create.ts';
import { directoryHashes, hash1, withFile, zipHashes } from './dirhash.ts';
import { type GoResult, goEntries, goSettings } from './go.ts';
import { bytesSource, readEntry, readZip, ZipError } from './zip.ts';

// Everything here is made by the real go command: module cache and vendor directory, from a proxy in files and a database on loopback.
const work = mkdtempSync(join(tmpdir(), 'hemostat-modcache-'));
const proxy = join(work, 'proxy');
const modules: TestModule[] = [
  {
    path: 'example.test/A',
    version: 'v1.0.0',
    time: '2026-01-08T00:00:00Z',
    files: {
      'go.mod': 'module example.test/A\n\ngo 1.20\n',
      'a.go': 'package a\n',
      'a_test.go': 'package a\n',
      'gen.go': '//go:build ignore\n\npackage main\n',
      'sub/äöü.txt': 'ü',
      'sub/s.go': 'package sub\n',
      'sub/other.go': 'package sub\n\n// Other is there.\nconst Other = 1\n',
      'unused/u.go': 'package unused\n',
    },
  },
  {
    path: 'example.test/fork',
    version: 'v2.0.0+incompatible',
    files: { 'f.go': 'package b\n', LICENSE: 'all of it\n' },
  },
];
const lines = writeProxy(proxy, modules);
const app = join(work, 'app');
const template = join(work, 'modcache');
const http = createHttp({ pauseMs: 1 });
let db: TestSumdb;

beforeAll(async () => {
  db = await TestSumdb.start({ good: { filler: 20, tag: 'a', lines } });
  write(app, {
    'go.mod':
      'module example.test/app\n\ngo 1.20\n\nrequire (\n\texample.test/A v1.0.0\n\texample.test/b v1.0.0\n)\n\nreplace example.test/b => example.test/fork v2.0.0+incompatible\n',
    'go.sum': `${lines.join('\n')}\n`,
    'main.go':
      'package main\n\nimport (\n\t_ "example.test/A"\n\t_ "example.test/A/sub"\n\t_ "example.test/b"\n)\n\nfunc main() {}\n',
  });
  expect(go(template, 'mod', 'vendor')).toMatchObject({ status: 0 });
});
afterAll(async () => {
  http.close();
  await db.stop();
  execFileSync('chmod', ['-R', 'u+w', work]);
  rmSync(work, { recursive: true });
});

function write(root: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

function environment(modCache: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: join(work, 'home'),
    GOPATH: join(work, 'gopath'),
    GOMODCACHE: modCache,
    GOPROXY: `file://${proxy}`,
    GOSUMDB: db.database('good'),
    GOFLAGS: '-modcacherw',
    GOTOOLCHAIN: 'local',
  };
}

function go(modCache: string, ...args: string[]): { status: number | null; says: string } {
  const { status, stdout, stderr } = spawnSync(GO, args, { cwd: app, env: environment(modCache), encoding: 'utf8' });
  return { status, says: stdout + stderr };
}

let count = 0;
/** A copy of the module cache and of the project with something changed in them. */
async function check(
  change: (modCache: string, app: string) => void,
  settings: Record<string, unknown> = {},
  env: Record<string, string> = {},
): Promise<{ result: GoResult; modCache: string; copy: string }> {
  const modCache = join(work, `modcache${++count}`);
  const copy = join(work, `app${count}`);
  cpSync(template, modCache, { recursive: true });
  cpSync(app, copy, { recursive: true });
  change(modCache, copy);
  const result = await goEntries(goSettings.parse(settings), {
    http,
    cwd: copy,
    cacheDir: join(work, 'cache'),
    now: () => new Date('2026-01-10T00:00:00Z'),
    offline: false,
    progress: () => {},
    env: { ...environment(modCache), ...env },
  });
  return { result, modCache, copy };
}
const told = (result: GoResult): string[] => result.findings.map(({ rule, title }) => `${rule}: ${title}`);
const REPLACED = 'deps-replace: go.mod builds example.test/fork@v2.0.0+incompatible under the name example.test/b.';

describe('the module cache and vendor/ that go made', () => {
  it('are what go.sum pins, and all of it was looked at', async () => {
    const { result } = await check(() => {});
    expect(told(result)).toEqual([REPLACED]);
    expect(result.entries.map(({ verdict }) => verdict)).toEqual(['verified', 'verified', 'verified', 'verified']);
    expect(result.failures).toEqual([]);
    expect(result.notes.join('\n')).toMatch(/4 files and directories of the module cache/);
    expect(result.notes).toContain('2 of 2 modules below vendor were held against the zips that go.sum pins');
  });

  it('tells the file of an extracted module that was changed, which go mod verify tells without its name', async () => {
    const { result, modCache } = await check((cache) => {
      appendFileSync(join(cache, 'example.test/!a@v1.0.0/sub/s.go'), '// evil\n');
      writeFileSync(join(cache, 'example.test/!a@v1.0.0/zz.go'), 'package a\n');
    });
    expect(told(result)[1]).toMatch(
      /^deps-module-cache-changed: .* example.test\/A@v1.0.0 than go.sum pins: in .*sub\/s\.go was changed, zz\.go was added\.$/,
    );
    expect(result.entries.map(({ verdict }) => verdict)).toEqual(['invalid', 'verified', 'verified', 'verified']);
    const verify = go(modCache, 'mod', 'verify');
    expect(verify.status).toBe(1);
    expect(verify.says).not.toContain('s.go');
  });

  it('sees a zip with its hash changed alike, which a build takes without a word', async () => {
    const evil = join(work, 'evil');
    const [line = ''] = writeProxy(evil, [
      {
        ...modules[0],
        path: 'example.test/A',
        version: 'v1.0.0',
        files: { 'go.mod': 'module example.test/A\n\ngo 1.20\n', 'a.go': 'package a // evil\n' },
      },
    ]);
    const { result } = await check((cache) => {
      const at = join(cache, 'cache/download/example.test/!a/@v/v1.0.0.zip');
      cpSync(join(evil, 'example.test/!a/@v/v1.0.0.zip'), at);
      rmSync(join(cache, 'example.test/!a@v1.0.0'), { recursive: true });
    });
    expect(told(result)[1]).toContain(`v1.0.0.zip hashes to ${line.split(' ')[2]}`);
    const lying = await check((cache) => {
      writeFileSync(join(cache, 'cache/download/example.test/!a/@v/v1.0.0.ziphash'), line.split(' ')[2] ?? '');
      writeFileSync(join(cache, 'cache/download/example.test/!a/@v/v1.0.0.mod'), 'module example.test/A\n\ngo 1.21\n');
    });
    expect(
      told(lying.result)
        .slice(1)
        .map((text) => text.split(': ')[0]),
    ).toEqual(['deps-module-cache-changed', 'deps-module-cache-changed']);
  });

  it('says that a broken zip cannot be read', async () => {
    const { result } = await check((cache) =>
      writeFileSync(join(cache, 'cache/download/example.test/!a/@v/v1.0.0.zip'), 'PK'),
    );
    expect(told(result).join()).toContain('v1.0.0.zip is no zip of it: it is no zip: it has no end record');
    expect(result.failures.join()).toContain('the zip of example.test/A@v1.0.0 that vendor/modules.txt needs');
  });

  it.each([
    ['changed', 'example.test/A/sub/s.go', 'package sub // evil\n', 'example.test/A/sub/s.go was changed'],
    ['added', 'example.test/A/sub/init.go', 'package sub\n', 'example.test/A/sub/init.go was added'],
    ['removed', 'example.test/A/sub/other.go', null, 'example.test/A/sub/other.go is missing'],
    ['of a fork', 'example.test/b/f.go', 'package b // evil\n', 'example.test/b/f.go was changed'],
    ['of no module', 'example.test/c/c.go', 'package c\n', 'example.test/c/c.go was added'],
  ])('finds a vendored file that was %s', async (_, file, text, says) => {
    const { result } = await check((_cache, copy) => {
      const path = join(copy, 'vendor', file);
      if (text === null) rmSync(path);
      else write(dirname(path), { [path.slice(dirname(path).length + 1)]: text });
    });
    expect(told(result)[1]).toMatch(/^deps-vendor-changed: /);
    expect(told(result)[1]).toContain(says);
    expect(told(result).length).toBe(2);
  });

  it('takes the zip from the proxy where the module cache is empty', async () => {
    const evil = (_: string, copy: string): void =>
      appendFileSync(join(copy, 'vendor/example.test/A/a.go'), '// evil\n');
    const empty = { GOMODCACHE: join(work, 'empty') };
    expect(told((await check(evil, {}, empty)).result)[1]).toContain('example.test/A/a.go was changed');
    const none = (await check(evil, {}, { ...empty, GOPROXY: 'off' })).result;
    expect(none.notes.join()).toContain(
      '2 of them could not be: example.test/A@v1.0.0: its zip is not in the module cache',
    );
    expect(none.notes.join()).toContain('nothing of go.sum is in the module cache');
  });

  it('holds modules.txt against go.mod as go does', async () => {
    const changes: [string, RegExp, string][] = [
      ['go.mod', /A v1.0.0/, 'A v1.0.1'],
      ['vendor/modules.txt', /# example.test\/A v1.0.0\n## explicit; go 1.20/, '# example.test/A v1.0.0\n## go 1.20'],
      ['vendor/modules.txt', /=> example.test\/fork v2.0.0\+incompatible/g, '=> example.test/other v1.0.0'],
      ['go.mod', /\nreplace .*/, ''],
    ];
    for (const [file, from, to] of changes) {
      const { result, copy } = await check((_, directory) => {
        const path = join(directory, file);
        const text = readFileSync(path, 'utf8');
        expect(text).toMatch(from);
        writeFileSync(path, text.replace(from, to));
      });
      expect(told(result).join('\n')).toContain('deps-vendor-stale: vendor/modules.txt disagrees with go.mod: ');
      const built = spawnSync(GO, ['build', '-mod=vendor', '-o', '/dev/null', '.'], {
        cwd: copy,
        env: environment(template),
        encoding: 'utf8',
      });
      expect(built.stderr).toContain('inconsistent vendoring');
    }
  });

  it('tells versions that are younger than the cool-down, and that nobody signs the times', async () => {
    const { result } = await check(() => {}, { 'cool-down-days': 3 });
    expect(told(result)).toContain(
      'deps-cool-down: example.test/A@v1.0.0 is new: it is 2 d old, and the cool-down is 3 days.',
    );
    expect(result.findings.filter(({ rule }) => rule === 'deps-cool-down').length).toBe(1);
    expect(result.notes.join()).toContain('nobody signs them');
  });
});

describe('h1 hashes', () => {
  const zip = join(proxy, 'example.test/!a/@v/v1.0.0.zip');
  const prefix = 'example.test/A@v1.0.0/';

  it('are those of golang.org/x/mod/sumdb/dirhash, for zips and directories', async () => {
    const directory = join(template, 'example.test/!a@v1.0.0');
    const ours = [
      withFile(zip, (s) => hash1(zipHashes(s, prefix), prefix)),
      hash1(await directoryHashes(directory), prefix),
    ];
    expect(ours).toEqual(dirhashes(zip, `${directory}=${prefix.slice(0, -1)}`));
    expect(ours[0]).toBe(lines[0]?.split(' ')[2]);
  });

  it('or a refusal are all that a zip with a changed bit gives', () => {
    const bytes = readFileSync(zip);
    const outcomes = { refused: 0, same: 0, other: 0 };
    for (let at = 0; at < bytes.length; at += 2) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 0x10;
      try {
        const same = hash1(zipHashes(bytesSource(copy), prefix), prefix) === lines[0]?.split(' ')[2];
        outcomes[same ? 'same' : 'other']++;
      } catch (error) {
        expect(error).toBeInstanceOf(ZipError);
        outcomes.refused++;
      }
    }
    // Times, versions and attributes do not count; a name that is another one makes another hash; the rest is refused.
    expect(outcomes.refused).toBeGreaterThan(250);
    expect(outcomes.other).toBeGreaterThan(25);
    expect(outcomes.same).toBeLessThan(bytes.length / 4);
  });

  it('are not read out of a zip that lies about a size', () => {
    const bytes = Buffer.from(readFileSync(zip));
    const source = bytesSource(bytes);
    const [entry] = readZip(source);
    if (entry === undefined) throw new Error('the zip is empty');
    expect(() => readEntry(source, { ...entry, size: 400 * 1024 * 1024 })).toThrow('does not unpack to its');
    expect(() => readEntry(source, { ...entry, offset: bytes.length })).toThrow('is beyond its end');
    expect(() => readEntry(source, { ...entry, method: 12 })).toThrow('packed in a way (12)');
  });
});

it('leaves no file of the cache writable for others', async () => {
  chmodSync(work, 0o700);
  const { stdout } = spawnSync('find', [join(work, 'cache'), '-perm', '/077'], { encoding: 'utf8' });
  expect(stdout).toBe('');
});
