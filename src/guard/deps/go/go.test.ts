import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GO, type TestModule, TestSumdb, writeProxy } from '../../../testing/sumdb.ts';
import { createHttp } from '../../http/create.ts';
import type { GuardContext } from '../../part.ts';
import { ENTRY_VERDICTS, type EntryVerdict } from '../verdict.ts';
import { type GoResult, goEntries, goSettings } from './go.ts';

const run = promisify(execFile);
const work = mkdtempSync(join(tmpdir(), 'hemostat-go-'));
const proxyDir = join(work, 'proxy');
const MODULES: TestModule[] = [1, 2, 3, 4].map((n) => ({
  path: n === 4 ? 'example.test/Upper/Case' : `example.test/m${n}`,
  version: `v1.${n}.0`,
  files: {
    'go.mod': `module ${n === 4 ? 'example.test/Upper/Case' : `example.test/m${n}`}\n\ngo 1.20\n`,
    'x.go': `package x\n\n// N is ${n}.\nconst N = ${n}\n`,
    'sub/y.go': 'package sub\n',
  },
}));
const LINES = writeProxy(proxyDir, MODULES);
const [FIRST = ''] = LINES;
/** Lines whose hashes are well-formed and wrong. */
const evil = (line: string): string => line.replace(/h1:..../, 'h1:AAAA');
const OTHER_LINES = [evil(FIRST), ...LINES.slice(1)];

const http = createHttp({ pauseMs: 1 });
let db: TestSumdb;
beforeAll(async () => {
  const preload = true;
  db = await TestSumdb.start({
    good: { filler: 300, tag: 'a', lines: LINES, preload },
    forked: { filler: 320, tag: 'b', lines: LINES, preload },
    'forked-smaller': { filler: 40, tag: 'b', lines: LINES, preload },
    wrong: { filler: 300, tag: 'a', lines: OTHER_LINES, preload },
    stranger: { signer: 'second', filler: 300, tag: 'a', lines: LINES, preload },
    growing: { filler: 250, tag: 'a', lines: LINES, preload },
    knobs: { filler: 300, tag: 'a', lines: LINES, preload },
  });
});
afterAll(async () => {
  http.close();
  await db.stop();
  // The module caches are read-only.
  await run('chmod', ['-R', 'u+w', work]);
  rmSync(work, { recursive: true });
});
afterEach(() => db.knobs('knobs', {}));

interface Setup {
  readonly sum?: readonly string[];
  readonly env?: Record<string, string>;
  readonly cache?: string;
  readonly settings?: Record<string, unknown>;
  readonly files?: Record<string, string>;
  readonly offline?: boolean;
}

let count = 0;
function project(setup: Setup): { cwd: string; context: GuardContext } {
  const cwd = join(work, `p${++count}`);
  const files = {
    'go.mod': `module example.test/app\n\ngo 1.20\n\nrequire (\n${MODULES.map((m) => `\t${m.path} ${m.version}\n`).join('')})\n`,
    'go.sum': (setup.sum ?? LINES).map((line) => `${line}\n`).join(''),
    'main.go': `package main\n\nimport (\n${MODULES.map((m) => `\t_ "${m.path}"\n`).join('')})\n\nfunc main() {}\n`,
    ...setup.files,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  const home = join(work, `home${count}`);
  return {
    cwd,
    context: {
      http,
      cwd,
      cacheDir: setup.cache ?? join(work, `cache${count}`),
      now: () => new Date('2026-01-10T00:00:00Z'),
      offline: setup.offline ?? false,
      progress: () => {},
      env: {
        PATH: process.env.PATH,
        HOME: home,
        GOSUMDB: db.database('good'),
        GOPROXY: `file://${proxyDir}`,
        ...setup.env,
      },
    },
  };
}

async function verify(setup: Setup): Promise<GoResult> {
  return await goEntries(goSettings.parse(setup.settings ?? {}), project(setup).context);
}

function verdicts(result: GoResult): Partial<Record<EntryVerdict, number>> {
  const sum: Partial<Record<EntryVerdict, number>> = {};
  for (const { verdict } of result.entries) sum[verdict] = (sum[verdict] ?? 0) + 1;
  for (const verdict of Object.keys(sum)) expect(ENTRY_VERDICTS).toContain(verdict);
  return sum;
}

const rulesOf = (result: GoResult): string[] => result.findings.map(({ rule }) => rule).sort();

/** What the go command says to the same files and the same database, with an empty module cache. */
async function askGo(setup: Setup): Promise<{ ok: boolean; says: string }> {
  const { cwd, context } = project(setup);
  const env = { ...context.env, GOFLAGS: '-mod=mod', GOPATH: join(work, `gopath${count}`), GOTOOLCHAIN: 'local' };
  // Without its lines go asks the database for every module; with them it never does.
  const files = { ...env, GOMODCACHE: join(work, `modcache${count}`) };
  return await run(GO, ['mod', 'download'], { cwd, env: files }).then(
    () => ({ ok: true, says: '' }),
    (error: { stderr?: string }) => ({ ok: false, says: error.stderr ?? '' }),
  );
}

describe('lines of go.sum against a checksum database', () => {
  it('verifies what is in the log, both kinds of lines, as go does', async () => {
    const result = await verify({});
    expect(result.failures).toEqual([]);
    expect(verdicts(result)).toEqual({ verified: 8 });
    expect(result.findings).toEqual([]);
    expect(result.files).toEqual([{ file: 'go.sum', kind: 'go.sum', entries: 8 }]);
    expect(result.entries[0]?.says).toMatch(/^record \d+ of sumdb\.test, in the signed tree of 304 records$/);
    expect(await askGo({ sum: [] })).toEqual({ ok: true, says: '' });
  });

  it('refuses a line that disagrees with its record, which go never asks about', async () => {
    const sum = [evil(FIRST), ...LINES.slice(1)];
    const result = await verify({ sum });
    expect(verdicts(result)).toEqual({ verified: 7, invalid: 1 });
    const [finding] = result.findings;
    expect(finding?.rule).toBe('deps-sum-mismatch');
    expect(finding?.verdict).toBe('proven');
    expect(finding?.region).toMatchObject({ file: 'go.sum', line: 1 });
    // The database is asked by go where go.sum has no line, and says the same.
    const go = await askGo({ sum: [], env: { GOSUMDB: db.database('wrong') } });
    expect(go.ok).toBe(false);
    expect(go.says).toContain('SECURITY ERROR');
  });

  it('counts a version that nobody knows as unsigned, with the reason', async () => {
    const unknown = FIRST.replace('v1.1.0', 'v1.1.9');
    const result = await verify({ sum: [...LINES, unknown] });
    expect(verdicts(result)).toEqual({ verified: 8, unsigned: 1 });
    expect(rulesOf(result)).toEqual(['deps-sum-unlisted']);
    expect(result.entries[8]?.says).toContain('no record of it (404): lookup example.test/m1@v1.1.9');
  });

  it('counts malformed, conflicting, unknown and CRLF lines', async () => {
    const sum = [...LINES.map((line) => `${line}\r`), 'only two', evil(FIRST), FIRST.replace('h1:', 'h2:'), '', FIRST];
    const result = await verify({ sum });
    expect(verdicts(result)).toEqual({ verified: 9, invalid: 2, 'unverifiable-source': 1 });
    expect(result.entries.length).toBe(12);
    expect(rulesOf(result)).toEqual(['deps-sum-malformed', 'deps-sum-malformed', 'deps-sum-mismatch']);
    expect(result.findings.map(({ region }) => region?.line).sort()).toEqual([10, 10, 9]);
  });

  it('knows no keys of a database that somebody else signs', async () => {
    const env = { GOSUMDB: db.database('stranger') };
    const result = await verify({ env });
    expect(verdicts(result)).toEqual({ 'no-keys': 8 });
    expect(rulesOf(result)).toEqual(['deps-sumdb-signature']);
    expect((await askGo({ sum: [], env })).ok).toBe(false);
    const unnamed = await verify({ env: { GOSUMDB: 'sum.example.test' } });
    expect(verdicts(unnamed)).toEqual({ 'no-keys': 8 });
    expect(rulesOf(unnamed)).toEqual(['deps-sumdb-signature']);
    expect(unnamed.entries[0]?.says).toContain('no key of the checksum database sum.example.test is known');
  });

  it('finds a wrong signature, as go does', async () => {
    await db.knobs('knobs', { corrupt: '^/(latest|lookup)' });
    const env = { GOSUMDB: db.database('knobs') };
    const result = await verify({ env });
    expect(verdicts(result)).toEqual({ invalid: 8 });
    expect(rulesOf(result)).toEqual(['deps-sumdb-signature']);
    expect((await askGo({ sum: [], env })).says).toMatch(/signature/);
  });

  it('finds a record that is not the one in the log, as go does', async () => {
    await db.knobs('knobs', { lying: '^/lookup/example.test/m1@' });
    const env = { GOSUMDB: db.database('knobs') };
    const result = await verify({ env });
    expect(verdicts(result)).toEqual({ verified: 6, invalid: 2 });
    expect(rulesOf(result)).toEqual(['deps-sumdb-tile']);
    expect((await askGo({ sum: [], env })).says).toContain('cannot authenticate record data');
  });

  it.each([
    ['corrupt', '^/tile/8/0/000$', { invalid: 8 }, 0],
    ['corrupt', '^/tile/8/1/000', { invalid: 8 }, 0],
    ['truncated', '^/tile/8/0/001', { invalid: 8 }, 0],
    ['endless', '^/tile/8/0/001', { invalid: 8 }, 0],
    ['missing', '^/tile/8/0/001', { 'unverifiable-source': 8 }, 1],
    ['failing', '^/tile/8/0/001', { 'unverifiable-source': 8 }, 1],
    ['failing', '^/lookup/', { 'unverifiable-source': 8 }, 1],
    ['endless', '^/lookup/', { 'unverifiable-source': 8 }, 1],
    ['failing', '^/latest', { verified: 8 }, 1],
    ['missing', '^/latest', { verified: 8 }, 0],
  ] as const)('handles %s %s', async (knob, pattern, wanted, failures) => {
    // Records of the modules are 300 to 303: in the second tile of level 0.
    await db.knobs('knobs', { [knob]: pattern });
    const env = { GOSUMDB: db.database('knobs') };
    const older = pattern.includes('/0/000') ? { 'tree-head': 'head' } : {};
    const files = { head: await head('growing') };
    const result = await verify({ env, files, settings: older });
    expect(verdicts(result)).toEqual(wanted);
    expect(result.failures.length).toBe(failures);
    expect(result.findings.some(({ rule }) => rule !== 'deps-unverifiable-source')).toBe('invalid' in wanted);
    const sentence = result.failures[0] ?? result.findings[0]?.title ?? '';
    expect(sentence).not.toContain('\n');
  });

  async function head(name: string): Promise<string> {
    return await (await fetch(`${db.url(name)}/latest`)).text();
  }

  it('proves a fork with both notes, whichever log was seen first, and keeps the head that it has', async () => {
    for (const [before, after] of [
      ['good', 'forked'],
      ['forked', 'good'],
      ['forked-smaller', 'good'],
    ] as const) {
      const cache = join(work, `fork-${before}-${after}`);
      expect(verdicts(await verify({ cache, env: { GOSUMDB: db.database(before) } }))).toEqual({ verified: 8 });
      const result = await verify({ cache, env: { GOSUMDB: db.database(after) } });
      expect(verdicts(result)).toEqual({ invalid: 8 });
      expect(rulesOf(result)).toEqual(['deps-sumdb-fork']);
      const said = result.findings[0]?.evidence.map(({ says }) => says).join('\n') ?? '';
      for (const name of [before, after]) expect(said).toContain((await head(name)).trim());
      const again = await verify({ cache, env: { GOSUMDB: db.database(before) } });
      expect(verdicts(again)).toEqual({ verified: 8 });
    }
  });

  it('says that it could not look where a database went back and lost what the stored head needs', async () => {
    const cache = join(work, 'back');
    await verify({ cache });
    const result = await verify({ cache, env: { GOSUMDB: db.database('forked-smaller') } });
    expect(verdicts(result)).toEqual({ 'unverifiable-source': 8 });
    expect(result.failures.join()).toContain('sumdb.test has no tile/8/0/000');
    expect(result.notes.join()).toContain('an older tree head (44 records) than the stored one (304)');
  });

  it('follows a log that grows, from the stored and from the pinned head', async () => {
    const cache = join(work, 'growing');
    const env = { GOSUMDB: db.database('growing') };
    const pinned = await head('growing');
    for (let i = 0; i < 3; i++) {
      const result = await verify({ cache, env, settings: { 'tree-head': 'head' }, files: { head: pinned } });
      expect(result.failures).toEqual([]);
      expect(verdicts(result)).toEqual({ verified: 8 });
      expect(result.entries[0]?.says).toContain(`tree of ${254 + 10 * i} records`);
      await db.grow('growing');
    }
    const result = await verify({
      env: { GOSUMDB: db.database('forked') },
      settings: { 'tree-head': 'head' },
      files: { head: pinned },
    });
    expect(rulesOf(result)).toEqual(['deps-sumdb-fork']);
    await expect(
      verify({ settings: { 'tree-head': 'head' }, files: { head: pinned.replace('database tree', 'database Tree') } }),
    ).rejects.toThrow('no tree head signed by sumdb.test');
  });

  it('works offline from what it has verified, and never counts what it has not', async () => {
    const cache = join(work, 'offline');
    const nothing = await verify({ cache, offline: true });
    expect(verdicts(nothing)).toEqual({ 'unverifiable-source': 8 });
    expect(rulesOf(nothing)).toEqual(['deps-unverifiable-source']);
    expect(nothing.unasked.length).toBe(8);
    await verify({ cache, sum: LINES.slice(0, 4) });
    await db.seen('good');
    const half = await verify({ cache, offline: true });
    expect(verdicts(half)).toEqual({ verified: 4, 'unverifiable-source': 4 });
    expect(await db.seen('good')).toEqual({});
  });

  it('gives a database up that fails again and again, and says so', async () => {
    await db.knobs('knobs', { failing: '^/' });
    const many = Array.from({ length: 200 }, (_, i) => FIRST.replace('example.test/m1', `example.test/many${i}`));
    await db.seen('knobs');
    const result = await verify({ sum: many, env: { GOSUMDB: db.database('knobs') }, settings: { connections: 4 } });
    expect(verdicts(result)).toEqual({ 'unverifiable-source': 200 });
    expect(result.failures.length).toBeGreaterThan(0);
    expect(result.entries[199]?.says).toContain('failed 12 requests in a row: it was not asked again');
    // Each is tried again twice by itself.
    expect(Object.values(await db.seen('knobs')).reduce((a, b) => a + b, 0)).toBeLessThan(60);
  });

  it('reads no go.sum that is a link to what never ends', async () => {
    const { cwd, context } = project({});
    rmSync(join(cwd, 'go.sum'));
    symlinkSync('/dev/zero', join(cwd, 'go.sum'));
    await expect(goEntries(goSettings.parse({}), context)).rejects.toThrow('go.sum is no file: it is not read');
  });

  it('notices a cache that was changed, and asks again', async () => {
    const cache = join(work, 'changed');
    await verify({ cache });
    const directory = join(cache, 'go-sumdb');
    const { stdout } = await run('find', [directory, '-type', 'f']);
    const files = stdout.trim().split('\n');
    expect(files.length).toBeGreaterThan(6);
    for (const file of files.filter((name) => !name.endsWith('/latest'))) {
      const data = readFileSync(file);
      const at = file.includes('lookup') ? data.indexOf('h1:') + 4 : 0;
      data[at] = (data[at] ?? 0) ^ 1;
      writeFileSync(file, data);
    }
    const offline = await verify({ cache, offline: true });
    expect(verdicts(offline)).toEqual({ 'unverifiable-source': 8 });
    expect(verdicts(await verify({ cache }))).toEqual({ verified: 8 });
    expect(verdicts(await verify({ cache, offline: true }))).toEqual({ verified: 8 });
    writeFileSync(files.find((name) => name.endsWith('/latest')) ?? '', 'x');
    const lost = await verify({ cache });
    expect(lost.failures.join()).toContain('is no tree head that sumdb.test signed');
    expect((await verify({ cache })).failures).toEqual(lost.failures);
  });

  it('asks through a proxy as go does', async () => {
    const env = { GOSUMDB: db.key, GOPROXY: `${db.url('good')},direct` };
    const cache = join(work, 'proxied');
    await db.seen('good');
    expect(verdicts(await verify({ env, cache }))).toEqual({ verified: 8 });
    const seen = await db.seen('good');
    expect(seen['/supported']).toBe(1);
    expect(seen['/latest']).toBe(1);
    expect(Object.values(seen).every((times) => times === 1)).toBe(true);
    expect(seen).toHaveProperty('/lookup/example.test/!upper/!case@v1.4.0');
  });

  it('does not ask for private modules, nor where the database is off', async () => {
    await db.seen('good');
    const result = await verify({ env: { GOPRIVATE: 'example.test/m1,*.corp.test' } });
    expect(verdicts(result)).toEqual({ verified: 6, 'unverifiable-source': 2 });
    expect(Object.keys(await db.seen('good')).join()).not.toContain('m1');
    expect(result.notes).toContain(
      '2 lines of go.sum were not verified: GOPRIVATE keeps them from the database by the pattern example.test/m1',
    );
    const off = await verify({ env: { GOSUMDB: 'off' } });
    expect(verdicts(off)).toEqual({ 'unverifiable-source': 8 });
    expect(rulesOf(off)).toEqual(['deps-sumdb-off']);
  });
});
