import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createResolver, type LoadOptions, type LoadResult, loadPackages } from './load.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hemostat-load-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Writes files; a text without a package clause gets one. */
function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

const env = (more: Record<string, string> = {}): Record<string, string> => ({
  HOME: join(root, 'home'),
  GOENV: 'off',
  GOROOT: join(root, 'goroot'),
  ...more,
});
const options = (more: Partial<LoadOptions> = {}): LoadOptions => ({
  cwd: root,
  goos: 'linux',
  goarch: 'amd64',
  env: env(),
  ...more,
});
const load = (patterns: string[], more: Partial<LoadOptions> = {}): LoadResult => loadPackages(patterns, options(more));
/** `importPath: file file`, sorted as the loader has it. */
const picture = (result: LoadResult): string[] =>
  result.packages.map((one) => `${one.importPath}: ${one.files.map((file) => basename(file.path)).join(' ')}`);

describe('patterns', () => {
  beforeEach(() =>
    write({
      'go.mod': 'module example.com/m\n\ngo 1.24\n\nignore ./web\n',
      'm.go': 'package m\n\nimport "example.com/m/a"\n',
      'm_test.go': 'package m\n',
      'x_test.go': 'package m_test\n\nimport "testing"\n',
      'a/a.go': 'package a\n',
      'a/b/b.go': 'package b\n',
      'testdata/t.go': 'package t\n',
      '_old/o.go': 'package o\n',
      '.git/g.go': 'package g\n',
      'vendor/v.example/v/v.go': 'package v\n',
      'web/w.go': 'package w\n',
      'nested/go.mod': 'module example.com/nested\n',
      'nested/n.go': 'package n\n',
      'docs/readme.md': '',
    }),
  );
  const all = [
    'example.com/m: m.go m_test.go',
    'example.com/m/a: a.go',
    'example.com/m/a/b: b.go',
    'example.com/m_test: x_test.go',
  ];

  test('./... passes testdata, _x, .x, vendor, ignored directories and nested modules over', () => {
    const result = load(['./...']);
    expect(picture(result)).toEqual(all);
    expect(result.notes).toEqual([]);
    expect(result.packages[0]?.module).toEqual({ path: 'example.com/m', dir: root, go: [1, 24] });
    expect(result.packages[0]?.imports).toEqual(['example.com/m/a']);
    expect(result.packages.at(-1)?.name).toBe('m_test');
  });
  test('import paths, wildcards, directories without ./, from anywhere in the module', () => {
    expect(picture(load(['example.com/m/...'], { cwd: join(root, 'a') }))).toEqual(all);
    expect(picture(load(['.../b']))).toEqual(['example.com/m/a/b: b.go']);
    expect(picture(load(['a/...']))).toEqual(['example.com/m/a: a.go', 'example.com/m/a/b: b.go']);
    expect(picture(load(['./a', 'a/b', 'example.com/m/a', join(root, 'a')]))).toHaveLength(2);
    expect(picture(load(['./a.../b']))).toEqual(['example.com/m/a/b: b.go']);
    expect(picture(load(['./testdata/...', './nested']))).toEqual([
      'example.com/m/testdata: t.go',
      'example.com/nested: n.go',
    ]);
  });
  test('without tests', () => {
    expect(picture(load(['.'], { tests: false }))).toEqual(['example.com/m: m.go']);
  });
  test('named files load their package, and are what is asked for', () => {
    const result = load(['m.go']);
    expect(picture(result)).toEqual(['example.com/m: m.go m_test.go', 'example.com/m_test: x_test.go']);
    expect(result.files).toEqual(new Set([join(root, 'm.go')]));
    expect(load(['m.go', './a']).files).toBeNull();
  });
  test('a named file that constraints leave out is a package of its own', () => {
    write({ 'gen.go': '//go:build ignore\n\npackage main\n' });
    expect(picture(load(['gen.go']))).toContain('command-line-arguments: gen.go');
  });
  test('no match is a note, a missing directory or path an error in one sentence', () => {
    expect(load(['./docs/...']).notes).toEqual(['./docs/... matched no packages']);
    expect(load(['./docs']).notes[0]).toMatch(/^\.\/docs: no Go files in /);
    expect(() => load(['./nowhere'])).toThrow(`./nowhere: there is no directory ${root}/nowhere`);
    expect(() => load(['./nowhere/...'])).toThrow(/there is no directory/);
    expect(() => load(['example.com/x/y'])).toThrow(/no package of that import path/);
    expect(() => load(['none.go'])).toThrow(/there is no such file/);
    expect(() => load(['std'])).toThrow(/no Go toolchain was found/);
    expect(() => load(['./docs/readme.md'])).toThrow(/a Go package or file is wanted/);
  });
  test('links to directories are not followed, links to files are; a dangling one is a note', () => {
    symlinkSync(root, join(root, 'a', 'loop'));
    symlinkSync(join(root, 'm.go'), join(root, 'a', 'b', 'link.go'));
    symlinkSync(join(root, 'nothing.go'), join(root, 'a', 'dangling.go'));
    write({ 'a/b/b.go': 'package m\n' });
    const result = load(['./a/...']);
    expect(picture(result)).toEqual(['example.com/m/a: a.go', 'example.com/m/a/b: b.go link.go']);
    expect(result.notes.join()).toMatch(/dangling\.go: cannot be read/);
  });
  test.skipIf(process.getuid?.() === 0)('an unreadable directory is a note', () => {
    chmodSync(join(root, 'a', 'b'), 0);
    const result = load(['./...']);
    chmodSync(join(root, 'a', 'b'), 0o755);
    expect(result.notes).toEqual([`${join(root, 'a', 'b')}: no permission: the directory is left out`]);
  });
  test('stats name everything that was looked at, and known headers are not read again', () => {
    const first = load(['./a/...']);
    const paths = [...first.stats.keys()].map((path) => relative(root, path)).sort();
    expect(paths).toEqual(expect.arrayContaining(['a', 'a/a.go', 'a/b', 'a/b/b.go', 'go.mod']));
    const path = join(root, 'a', 'a.go');
    const known = first.headers.get(path);
    if (known === undefined) throw new Error('no header');
    const told = new Map([[path, { ...known, header: { ...known.header, name: 'told' } }]]);
    expect(load(['./a'], { headers: told }).packages[0]?.name).toBe('told');
    writeFileSync(path, 'package changed\n');
    expect(load(['./a'], { headers: told }).packages[0]?.name).toBe('changed');
  });
});

describe('which files', () => {
  test('constraints, names, cgo, broken headers, foreign packages', () => {
    write({
      'go.mod': 'module m\n',
      'a.go': 'package m\n',
      'broken.go': 'func main() {\n',
      'c.go': 'package m\n\nimport "C"\n',
      'doc.go': 'package documentation\n',
      'f_windows.go': 'package m\n',
      'gen.go': '//go:build ignore\n\npackage main\n',
      'odd.go': '//go:build (\n\npackage m\n',
      'other.go': 'package other\n',
      't.go': '//go:build custom\n\npackage m\n',
    });
    const result = load(['.'], { env: env({ CGO_ENABLED: '1' }) });
    expect(picture(result)).toEqual(['m: a.go broken.go c.go odd.go']);
    expect(result.packages[0]?.files[2]).toMatchObject({ cgo: true, test: false, size: 22 });
    expect(result.packages[0]?.module.go).toEqual([1, 16]);
    expect(result.notes.map((note) => note.slice(root.length + 1))).toEqual([
      'odd.go: its //go:build line is no expression: the file is read anyway',
      'other.go: package other in a directory of package m: the file is left out',
    ]);
    expect(picture(load(['.'], { goos: 'windows', tags: ['custom'], env: env({ CGO_ENABLED: '0' }) }))).toEqual([
      'm: a.go broken.go f_windows.go odd.go t.go',
    ]);
    expect(picture(load(['.'], { env: env({ GOFLAGS: "-x '-tags=custom other'", CGO_ENABLED: '0' }) }))[0]).toContain(
      't.go',
    );
  });
  test('nothing for the platform is a note', () => {
    write({ 'go.mod': 'module m\n', 'x_windows.go': 'package m\n' });
    expect(load(['.']).notes).toEqual([`${root}: no Go files for linux/amd64 (1 left out by their build constraints)`]);
  });
  test('release tags follow the go line where there is no toolchain', () => {
    write({ 'go.mod': 'module m\n\ngo 1.99\n', 'new.go': '//go:build go1.99\n\npackage m\n' });
    expect(picture(load(['.']))).toEqual(['m: new.go']);
  });
  test('outside any module', () => {
    write({
      'dir/net/n.go': 'package net\n',
      'dir/d.go': 'package d\n',
      'dir/in/go.mod': 'module in\n',
      'dir/in/i.go': 'package i\n',
    });
    const result = load(['./dir/...']);
    expect(picture(result)).toEqual(['_/dir: d.go', '_/dir/net: n.go', 'in: i.go']);
    expect(result.packages[0]?.module.path).toBe('');
  });
});

describe('where imports are', () => {
  const resolving = (importPath: string, cwd: string, more: Record<string, string> = {}): string | null => {
    const opts = options({ cwd: join(root, cwd), env: env(more) });
    const [main] = loadPackages(['.'], opts).packages;
    if (main === undefined) throw new Error('no package');
    const found = createResolver(opts, main.module).resolve(importPath, main);
    return found === null ? null : `${relative(root, found.dir)} ${found.module.path} ${found.module.go.join('.')}`;
  };
  const cache = 'home/go/pkg/mod';

  test('the module, replacements, the module cache with escapes, the standard library', () => {
    write({
      'm/go.mod':
        'module x.y/m\ngo 1.21\nrequire (\n\tx.y/dep v1.1.0\n\tx.y/Up/v2 v2.0.0\n\tx.y/r v1.0.0\n)\nreplace x.y/r => ../r\n',
      'm/m.go': 'package m\n',
      'm/in/i.go': 'package in\n',
      'm/nested/go.mod': 'module x.y/m/nested\n',
      'm/nested/n.go': 'package n\n',
      'r/go.mod': 'module x.y/r\ngo 1.25\n',
      'r/sub/s.go': 'package sub\n',
      [`${cache}/x.y/dep@v1.1.0/go.mod`]: 'module x.y/dep\ngo 1.20\n',
      [`${cache}/x.y/dep@v1.1.0/d.go`]: 'package dep\n',
      [`${cache}/x.y/!up/v2@v2.0.0/u.go`]: 'package up\n',
      'goroot/VERSION': 'go1.26.8\ntime 2026-01-01\n',
      'goroot/src/go.mod': 'module std\ngo 1.26\n',
      'goroot/src/runtime/runtime.go': 'package runtime\n',
      'goroot/src/net/http/h.go': 'package http\n\nimport "golang.org/x/net/h"\n',
      'goroot/src/vendor/golang.org/x/net/h/h.go': 'package h\n',
    });
    expect(resolving('x.y/m/in', 'm')).toBe('m/in x.y/m 1.21');
    expect(resolving('x.y/m/nested', 'm')).toBeNull();
    expect(resolving('x.y/r/sub', 'm')).toBe('r/sub x.y/r 1.25');
    expect(resolving('x.y/dep', 'm')).toBe(`${cache}/x.y/dep@v1.1.0 x.y/dep 1.20`);
    expect(resolving('x.y/Up/v2', 'm')).toBe(`${cache}/x.y/!up/v2@v2.0.0 x.y/Up/v2 1.16`);
    expect(resolving('x.y/absent', 'm')).toBeNull();
    expect(resolving('C', 'm')).toBeNull();
    expect(resolving('net/http', 'm')).toBe('goroot/src/net/http std 1.26');
    expect(resolving('golang.org/x/net/h', 'm')).toBeNull();
    expect(resolving('golang.org/x/net/h', 'goroot/src/net/http')).toBe(
      'goroot/src/vendor/golang.org/x/net/h std 1.26',
    );
    const std = load(['std'], { cwd: join(root, 'm') }).packages;
    expect(std.map((one) => one.importPath)).toEqual(['net/http', 'runtime', 'vendor/golang.org/x/net/h']);
    expect(std[0]?.imports).toEqual(['vendor/golang.org/x/net/h']);
  });

  test('the standard library of a downloaded toolchain where the module asks for a newer one', () => {
    const [os, arch] = [
      process.platform === 'win32' ? 'windows' : process.platform,
      process.arch === 'x64' ? 'amd64' : process.arch,
    ];
    const tree = `${cache}/golang.org/toolchain@v0.0.1-go1.27.1.${os}-${arch}`;
    write({
      'm/go.mod': 'module x.y/m\ngo 1.27\n',
      'm/m.go': 'package m\n',
      'goroot/VERSION': 'go1.26.8\n',
      'goroot/src/runtime/runtime.go': 'package runtime\n',
      [`${tree}/src/go.mod`]: 'module std\ngo 1.27\n',
      [`${tree}/src/runtime/runtime.go`]: 'package runtime\n',
    });
    expect(resolving('runtime', 'm')).toBe(`${tree}/src/runtime std 1.27`);
    expect(resolving('runtime', 'm', { GOTOOLCHAIN: 'local' })).toBe('goroot/src/runtime std 1.26');
  });

  test('requirements of requirements before go 1.17, at the highest version', () => {
    write({
      'm/go.mod': 'module x.y/m\ngo 1.14\nrequire (\n\tx.y/a v1.0.0\n\tx.y/b v1.2.0\n)\n',
      'm/m.go': 'package m\n',
      [`${cache}/x.y/a@v1.0.0/go.mod`]: 'module x.y/a\nrequire x.y/b v1.10.0\n',
      [`${cache}/x.y/b@v1.2.0/b.go`]: 'package b\n',
      [`${cache}/x.y/b@v1.10.0/b.go`]: 'package b\n',
      [`${cache}/x.y/c@v0.1.0/c.go`]: 'package c\n',
      [`${cache}/cache/download/x.y/b/@v/v1.10.0.mod`]: 'module x.y/b\nrequire x.y/c v0.1.0\n',
    });
    expect(resolving('x.y/b', 'm')).toBe(`${cache}/x.y/b@v1.10.0 x.y/b 1.16`);
    expect(resolving('x.y/c', 'm')).toBe(`${cache}/x.y/c@v0.1.0 x.y/c 1.16`);
  });

  test('vendor/, unless -mod=mod', () => {
    write({
      'm/go.mod': 'module x.y/m\ngo 1.21\nrequire x.y/dep v1.1.0\n',
      'm/m.go': 'package m\n',
      'm/vendor/modules.txt': '# x.y/dep v1.1.0\n## explicit; go 1.19\nx.y/dep/p\n',
      'm/vendor/x.y/dep/p/p.go': 'package p\n',
      [`${cache}/x.y/dep@v1.1.0/p/p.go`]: 'package p\n',
    });
    expect(resolving('x.y/dep/p', 'm')).toBe('m/vendor/x.y/dep/p x.y/dep 1.19');
    expect(resolving('x.y/dep/p', 'm', { GOFLAGS: '-mod=mod' })).toBe(`${cache}/x.y/dep@v1.1.0/p x.y/dep 1.16`);
  });

  test('a workspace, unless GOWORK=off or the module takes no part', () => {
    write({
      'go.work': 'go 1.26\nuse (\n\t./m\n\t./lib\n\t./gone\n)\n',
      'm/go.mod': 'module x.y/m\ngo 1.21\n',
      'm/m.go': 'package m\n',
      'lib/go.mod': 'module x.y/lib\ngo 1.23\n',
      'lib/l.go': 'package lib\n',
      'out/go.mod': 'module x.y/out\n',
      'out/o.go': 'package out\n',
    });
    expect(resolving('x.y/lib', 'm')).toBe('lib x.y/lib 1.23');
    expect(resolving('x.y/lib', 'm', { GOWORK: 'off' })).toBeNull();
    expect(resolving('x.y/lib', 'out')).toBeNull();
    expect(load(['x.y/lib'], { cwd: join(root, 'm') }).notes[0]).toMatch(/go\.work: use \.\/gone: there is no go\.mod/);
  });

  test('the files that declare a package', () => {
    write({ 'go.mod': 'module m\n', 'a.go': 'package m\n', 'a_test.go': 'package m\n', 'b_windows.go': 'package m\n' });
    const resolver = createResolver(options(), { path: 'm', dir: root, go: [1, 26] });
    expect(resolver.filesOf(root).map((file) => basename(file.path))).toEqual(['a.go']);
    expect(resolver.stats.has(join(root, 'a.go'))).toBe(true);
  });
});
