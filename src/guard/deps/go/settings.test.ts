import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createHttp } from '../../http/create.ts';
import { parseProxies, readGoRules } from './environment.ts';
import { type GoResult, goEntries, goSettings } from './go.ts';
import { parseModulesTxt } from './modules-txt.ts';

const work = mkdtempSync(join(tmpdir(), 'hemostat-settings-'));
const http = createHttp();
afterAll(() => {
  http.close();
  rmSync(work, { recursive: true });
});
const H1 = `h1:${'A'.repeat(43)}=`;

async function look(
  files: Record<string, string>,
  env: Record<string, string> = {},
  settings: Record<string, unknown> = {},
): Promise<GoResult> {
  const root = mkdtempSync(join(work, 'p'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return await goEntries(goSettings.parse(settings), {
    http,
    cwd: root,
    cacheDir: join(root, '.cache'),
    now: () => new Date(),
    offline: true,
    progress: () => {},
    env: { HOME: root, GOMODCACHE: join(root, 'none'), ...env },
  });
}
// Nothing is asked here, and that is told every time.
const told = (result: GoResult): string[] =>
  result.findings
    .filter(({ rule }) => rule !== 'deps-unverifiable-source')
    .map(({ rule, severity, title, region }) => `${rule} ${severity} ${region?.line ?? '-'} ${title}`);

describe('settings', () => {
  it.each([
    [{ GOSUMDB: 'off' }, ['deps-sumdb-off high - GOSUMDB=off (the environment)']],
    [{ GOFLAGS: '-mod=mod -insecure' }, ['deps-sumdb-off high - GOFLAGS has -insecure']],
    [{ GOFLAGS: '-tags=insecure -mod=mod' }, []],
    [{ GOPRIVATE: 'github.com/acme/*,*.com' }, ['deps-private-too-broad high - GOPRIVATE has the pattern *.com']],
    [
      { GOPRIVATE: '*', GONOSUMDB: 'git.example.com' },
      ['deps-private-too-broad high - GOPRIVATE has the pattern * (the environment): it covers every module there is.'],
    ],
    [{ GONOSUMDB: 'github.com/*' }, ['deps-private-too-broad high - GONOSUMDB has the pattern github.com/*']],
    [{ GOINSECURE: '*.org' }, ['deps-private-too-broad high - GOINSECURE has the pattern *.org']],
    [{}, []],
  ])('%j', async (env, wanted) => {
    const found = told(await look({ 'go.sum': '' }, env));
    expect(found.length).toBe(wanted.length);
    for (const [i, text] of wanted.entries()) expect(found[i]).toContain(text);
  });

  it('come from the file of go env -w too, which is named', async () => {
    const files = { 'go.sum': `example.test/x v1.0.0 ${H1}\n`, '.config/go/env': 'GOSUMDB=off\n' };
    const result = await look(files);
    expect(told(result)[0]).toMatch(/GOSUMDB=off \(.*\/\.config\/go\/env\)/);
    expect(result.entries[0]?.verdict).toBe('unverifiable-source');
    expect(told(await look(files, { GOENV: 'off' }))).toEqual([]);
    expect(told(await look(files, { GOSUMDB: 'sum.golang.org' }))).toEqual([]);
  });

  it('take a database of the project before the one of the machine', () => {
    const key = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';
    expect(readGoRules({ GOSUMDB: 'off' }, `${key} https://mirror.test/`).database).toMatchObject({
      kind: 'database',
      url: 'https://mirror.test',
    });
    expect(readGoRules({ GOSUMDB: 'sum.golang.google.cn' }, undefined).database).toMatchObject({
      url: 'https://sum.golang.google.cn',
    });
    expect(() => readGoRules({ GOSUMDB: `${key} https://a b` }, undefined)).toThrow('has 3 words');
    expect(() => readGoRules({ GOSUMDB: `${key}x` }, undefined)).toThrow('is no key of a checksum database');
    for (const bad of ['off', 'a b c', `${key} ftp://x`]) expect(() => goSettings.parse({ database: bad })).toThrow();
  });

  it('divide GOPROXY as go does', () => {
    expect(parseProxies('https://a/,b.test|direct,https://never')).toEqual([
      { url: 'https://a', fallThrough: false },
      { url: 'https://b.test', fallThrough: true },
      { url: 'direct', fallThrough: false },
    ]);
    expect(parseProxies(' , off')).toEqual([{ url: 'off', fallThrough: false }]);
  });
});

describe('go.mod and go.work', () => {
  it('tell replacements by other modules and by directories outside', async () => {
    const mod = `module example.test/app

go 1.22

require (
	example.test/a v1.0.0
	example.test/b v1.0.0
)

replace (
	example.test/a => ./inside
	example.test/a v1.0.0 => ../outside
	example.test/b => example.test/b v1.0.1
	example.test/c => example.evil/c v1.0.0
)
replace example.test/d v1.2.3 => /abs/d
`;
    const result = await look({
      'go.mod': mod,
      'go.sum': `example.test/b v1.0.1/go.mod ${H1}\n`,
      'sub/go.mod': 'module example.test/app/sub\n\nreplace example.test/app => ../\n',
      'go.work': 'go 1.22\n\nuse (\n\t.\n\t./sub\n)\n\nreplace example.test/e => ../../e\n',
      'testdata/go.mod': 'module x\n\nreplace a => ../../b\n',
    });
    expect(told(result)).toEqual([
      'deps-replace high 12 go.mod builds example.test/a@v1.0.0 from ../outside, a directory outside of the repository: nothing vouches for what is there.',
      'deps-replace medium 14 go.mod builds example.evil/c@v1.0.0 under the name example.test/c.',
      'deps-replace high 16 go.mod builds example.test/d@v1.2.3 from /abs/d, a directory outside of the repository: nothing vouches for what is there.',
      'deps-replace high 8 go.work builds example.test/e from ../../e, a directory outside of the repository: nothing vouches for what is there.',
    ]);
  });

  it('tell requirements without a line in go.sum or go.work.sum', async () => {
    const result = await look({
      'go.mod': `module example.test/app\n\nrequire example.test/a v1.0.0\nrequire example.test/b v1.0.0 // indirect\nrequire example.test/c v1.0.0\n`,
      'go.sum': `example.test/a v1.0.0/go.mod ${H1}\nexample.test/b v1.0.1 ${H1}\n`,
      'go.work.sum': `example.test/c v1.0.0 ${H1}\n`,
    });
    expect(told(result)).toEqual([
      'deps-sum-missing medium 4 go.mod requires example.test/b v1.0.0, and go.sum has no line for it.',
    ]);
    expect(result.files).toEqual([
      { file: 'go.sum', kind: 'go.sum', entries: 2 },
      { file: 'go.work.sum', kind: 'go.work.sum', entries: 1 },
    ]);
    expect(result.entries.length).toBe(3);
  });

  it('are read beside the sums that are named, and no others', async () => {
    const files = {
      'a/go.mod': 'module example.test/a\n\nrequire example.test/x v1.0.0\n',
      'a/go.sum': `example.test/y v1.0.0 ${H1}\n`,
      'b/go.sum': `example.test/z v1.0.0 ${H1}\n`,
    };
    const result = await look(files, {}, { files: ['a/go.sum'] });
    expect(result.entries.map(({ name }) => name)).toEqual(['example.test/y']);
    expect(told(result).length).toBe(1);
    await expect(look(files, {}, { files: ['a/go.mod'] })).rejects.toThrow('neither a go.sum nor a go.work.sum');
    await expect(look(files, {}, { files: ['c/go.sum'] })).rejects.toThrow('c/go.sum cannot be read');
  });
});

it('reads modules.txt with its marks, replacements and mistakes', () => {
  const txt = parseModulesTxt(
    'stray\n# a.b/c v1.0.0\n## explicit; go 1.20\na.b/c\na.b/c/d\n# e.f/g v1.0.0 => ../g\n# h => i v1\n#\n# alone\n',
  );
  expect(
    txt.modules.map(({ path, version, by, explicit, packages }) => [path, version, by, explicit, packages.length]),
  ).toEqual([
    ['a.b/c', 'v1.0.0', null, true, 2],
    ['e.f/g', 'v1.0.0', { path: '../g', version: '' }, false, 0],
    ['h', '', { path: 'i', version: 'v1' }, false, 0],
  ]);
  expect(txt.problems).toEqual([
    'line 1: a package stands before the first module',
    'line 9: no module and version after #',
  ]);
  expect(parseModulesTxt('## workspace\n# a v1\n').workspace).toBe(true);
});
