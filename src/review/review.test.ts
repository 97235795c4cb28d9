import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeModule, type TestModule } from '../testing/review-module.ts';
import type { ReviewOptions, ReviewResult } from './result.ts';
import { review } from './review.ts';

const FILES = {
  'main.go': 'package main\n\nimport "example.com/shop/cart"\n\nfunc main() { cart.New().Put(1) }\n',
  'cart/cart.go': `package cart

import "example.com/shop/store"

type Cart struct{ rows *store.Rows }

func New() *Cart { return &Cart{rows: store.Open()} }

func (c *Cart) Put(n int) { c.rows.Add(n) } //nolint:all // why not
`,
  'cart/cart_test.go': 'package cart\n\nfunc helper() int { return 1 }\n',
  'cart/outside_test.go': 'package cart_test\n\nimport "example.com/shop/cart"\n\nvar _ = cart.New\n',
  'store/store.go': `package store

import "os"

type Rows struct{ all []int }

func Open() *Rows { return &Rows{} }

func (r *Rows) Add(n int) { r.all = append(r.all, n) }

func Die() { os.Exit(1) }
`,
  'lone/lone.go': 'package lone\n\nfunc Lone() {}\n',
};

let module: TestModule;
beforeEach(() => {
  module = makeModule(FILES);
  vi.stubEnv('HEMOSTAT_CACHE', module.cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  module.remove();
});

const run = (options: Partial<ReviewOptions> = {}, patterns: readonly string[] = ['./...']): Promise<ReviewResult> =>
  review(patterns, { cwd: module.dir, workers: 0, ...options });

/** Without the time that it took. */
const timeless = (result: ReviewResult): unknown => ({ ...result, stats: { ...result.stats, seconds: 0 } });

describe('imports that are not there', () => {
  it('are told, cold and warm, as findings may be missing; those of the standard library are not needed', async () => {
    const note =
      '4 imported packages are not on this machine (example.org/a, example.org/b, example.org/c, …): what depends on them is not reported; run go mod download';
    const imports = ['a', 'b', 'c', 'd'].map((name) => `\t_ "example.org/${name}"\n`).join('');
    writeFileSync(module.path('lone/more.go'), `package lone\n\nimport (\n\t_ "nosuch"\n${imports})\n`);
    for (const from of [0, 1]) {
      const { notes, stats } = await run({}, ['./lone']);
      expect({ notes, fromCache: stats.fromCache }).toEqual({ notes: [note], fromCache: from });
    }
    writeFileSync(module.path('lone/more.go'), 'package lone\n\nimport _ "example.org/a"\n');
    expect((await run({}, ['./lone'])).notes).toEqual([
      'one imported package is not on this machine (example.org/a): what depends on it is not reported; run go mod download',
    ]);
  });
});

describe('a review', () => {
  it('covers every package, tests and external tests among them', async () => {
    const { stats, problems, notes, files } = await run();
    expect(stats).toMatchObject({ packages: 5, files: 6, fromCache: 0 });
    expect(stats.bytes).toBe(Object.values(FILES).join('').length);
    expect({ problems, notes }).toEqual({ problems: [], notes: [] });
    expect(files).toEqual(Object.keys(FILES).map(module.path).sort());
  });

  it('leaves tests out when asked', async () => {
    expect((await run({ tests: false })).stats).toMatchObject({ packages: 4, files: 4 });
  });

  it('finds comments that may be suppressions', async () => {
    module.write({
      'lone/lone.go':
        'package lone\n\n//hemostat:ignore pool-use-after-put for a test\n\n// not code\nfunc Lone() {} /* plain */ // lint:ignore x y\n',
    });
    const { comments } = await run();
    expect(
      comments.map(({ path, line, text, standsAlone, nextCodeLine }) => [
        path.slice(module.dir.length + 1),
        line,
        text,
        standsAlone,
        nextCodeLine,
      ]),
    ).toEqual([
      ['cart/cart.go', 9, '//nolint:all // why not', false, 0],
      ['lone/lone.go', 3, '//hemostat:ignore pool-use-after-put for a test', true, 6],
      ['lone/lone.go', 6, '// lint:ignore x y', false, 0],
    ]);
  });

  it('says where the syntax is wrong and goes on', async () => {
    module.write({ 'lone/lone.go': 'package lone\n\nfunc Lone() {\n\tx := (1\n}\n\nfunc Two() {}\n' });
    const { problems, stats } = await run();
    expect(problems[0]).toMatchObject({ path: module.path('lone/lone.go'), line: 4, column: 9 });
    expect(stats.packages).toBe(5);
  });

  it('gives the same whatever the number of threads', async () => {
    module.write({ 'lone/bad.go': 'package lone\n\nfunc (\n', 'store/bad.go': 'package store\n\nvar x = = 1\n' });
    const alone = await run({ cache: 'off' });
    expect(alone.problems.length).toBeGreaterThan(1);
    for (const workers of [1, 3]) {
      expect(timeless(await run({ cache: 'off', workers }))).toEqual(timeless(alone));
    }
  });

  it('reports on the files that are named and on no others', async () => {
    module.write({ 'cart/bad.go': 'package cart\n\nvar x = = 1\n' });
    const one = await run({}, ['cart/cart.go']);
    expect(one.files).toEqual([module.path('cart/cart.go')]);
    expect(one.problems).toEqual([]);
    const two = await run({}, ['cart/bad.go']);
    expect(two.problems.map((problem) => problem.path)).toEqual([module.path('cart/bad.go')]);
  });

  it('says what a pattern does not name', async () => {
    await expect(run({}, ['./missing'])).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('tells how far it is', async () => {
    const seen: string[] = [];
    await run({ onProgress: (done, total) => seen.push(`${done}/${total}`) });
    expect(seen).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
  });

  it('stops at a signal', async () => {
    const reason = new Error('interrupted');
    await expect(run({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const running = run({
      workers: 2,
      cache: 'off',
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
  });
});

describe('the cache', () => {
  it('answers an unchanged tree without reading it', async () => {
    const first = await run();
    // Files are an hour old, but their directories and inodes were made just now: not to be trusted yet.
    expect((await run()).stats.fromCache).toBe(5);
    vi.useFakeTimers({ now: Date.now() + 10_000, toFake: ['Date'] });
    try {
      const second = await run();
      const third = await run();
      expect(third.stats.fromCache).toBe(5);
      expect(timeless({ ...third, stats: first.stats })).toEqual(timeless(first));
      expect(timeless({ ...second, stats: first.stats })).toEqual(timeless(first));
    } finally {
      vi.useRealTimers();
    }
  });

  it('reviews only the package whose function body changed', async () => {
    await run();
    module.write({ 'store/store.go': FILES['store/store.go'].replace('append(r.all, n)', 'append(r.all, n, n)') });
    expect((await run()).stats.fromCache).toBe(4);
    expect((await run()).stats.fromCache).toBe(5);
  });

  it('reviews what imports it, directly or not, when a declaration changed', async () => {
    await run();
    module.write({ 'store/store.go': FILES['store/store.go'].replace('all []int', 'all []int64') });
    // store, cart, its external test and main; not lone.
    expect((await run()).stats.fromCache).toBe(1);
  });

  it('reviews what imports it when what is known of its functions changed', async () => {
    await run();
    module.write({ 'store/store.go': FILES['store/store.go'].replace('{ os.Exit(1) }', '{ os.Getpid() }') });
    expect((await run()).stats.fromCache).toBe(1);
  });

  it('keeps to the package when a test of it changed, but for its external test', async () => {
    await run();
    module.write({ 'cart/cart_test.go': 'package cart\n\nfunc helper() int64 { return 1 }\n' });
    expect((await run()).stats.fromCache).toBe(3);
  });

  it('knows options apart', async () => {
    await run();
    expect((await run({ goos: 'windows' })).stats.fromCache).toBe(0);
    expect((await run({ tags: ['slow'] })).stats.fromCache).toBe(0);
    module.write({ 'go.mod': 'module example.com/shop\n\ngo 1.22\n' });
    expect((await run()).stats.fromCache).toBe(0);
  });

  it('notices what appears around an unchanged tree: a module that was missing, a workspace above', async () => {
    module.write({
      'go.mod': 'module example.com/shop\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n',
      'lone/lone.go': 'package lone\n\nimport "example.com/dep"\n\nvar _ = dep.New\n',
    });
    vi.stubEnv('GOMODCACHE', join(module.cache, 'mod'));
    vi.useFakeTimers({ now: Date.now() + 10_000, toFake: ['Date'] });
    try {
      await run();
      expect((await run()).stats.fromCache).toBe(5);
      mkdirSync(join(module.cache, 'mod', 'example.com', 'dep@v1.0.0'), { recursive: true });
      writeFileSync(join(module.cache, 'mod', 'example.com', 'dep@v1.0.0', 'dep.go'), 'package dep\n\nfunc New() {}\n');
      expect((await run()).stats.fromCache).toBe(4);
      expect((await run()).stats.fromCache).toBe(5);
      const above = join(module.dir, '..', 'go.work');
      writeFileSync(above, 'go 1.26\n\nuse ./module\n');
      let loaded = false;
      await run({ onProgress: (done, total) => (loaded ||= done < total) });
      expect(loaded).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is the same from wherever it is asked', async () => {
    await run();
    expect((await run({ cwd: module.path('cart') }, ['../store', '../lone'])).stats).toMatchObject({ fromCache: 2 });
  });

  it('keeps packages that were reviewed for their facts alone apart from those that were asked for', async () => {
    await run({}, ['./cart']);
    // What cart imports was not asked for; it is now.
    expect((await run({ tests: false }, ['./store'])).stats.fromCache).toBe(0);
    expect((await run({ tests: false }, ['./store'])).stats.fromCache).toBe(1);
    module.write({ 'cart/cart.go': `${FILES['cart/cart.go']}// more\n` });
    expect((await run({}, ['./cart'])).stats).toMatchObject({ packages: 2, fromCache: 1 });
  });

  it('is off when it is off', async () => {
    await run({ cache: 'off' });
    expect((await run({ cache: 'off' })).stats.fromCache).toBe(0);
    vi.stubEnv('HEMOSTAT_CACHE', 'off');
    await run();
    expect((await run()).stats.fromCache).toBe(0);
  });

  it('does not mind damage', async () => {
    const first = await run();
    for (const name of readdirSync(module.cache, { recursive: true, encoding: 'utf8' })) {
      if (/[0-9a-f]{64}$/.test(name)) writeFileSync(join(module.cache, name), 'damaged');
    }
    const second = await run();
    expect(second.stats.fromCache).toBe(0);
    expect(timeless(second)).toEqual(timeless(first));
    expect((await run()).stats.fromCache).toBe(5);
  });

  it('says where it cannot be, and works without', async () => {
    mkdirSync(join(module.cache, '..'), { recursive: true });
    writeFileSync(module.cache, 'a file in the way');
    const { notes, stats } = await run();
    expect(notes).toEqual([expect.stringMatching(/cannot be made/)]);
    expect(stats.packages).toBe(5);
    rmSync(module.cache);
  });

  it('serves several reviews at once', async () => {
    const results = await Promise.all([1, 2, 3].map(() => run({ workers: 2 })));
    for (const result of results) expect(result.problems).toEqual([]);
    expect((await run()).stats.fromCache).toBe(5);
  });
});

describe('what is in a tree', () => {
  it('may be empty, cut short, binary, or a link to itself', async () => {
    const source = FILES['cart/cart.go'];
    module.write({
      'odd/empty.go': '',
      'odd/nul.go': 'package odd\n\nvar a\0 = 1\n',
      'odd/latin.go': Uint8Array.from([...Buffer.from('package odd\n\n// '), 0xff, 0xfe, 0x80, 0x0a]),
      'odd/binary.go': Uint8Array.from({ length: 4000 }, (_, index) => (index * 7919) & 0xff),
      ...Object.fromEntries(
        Array.from({ length: 20 }, (_, cut) => [`cut/c${cut}.go`, source.slice(0, (source.length * cut) / 20)]),
      ),
    });
    symlinkSync(module.dir, module.path('loop'));
    symlinkSync('nothing.go', module.path('odd/dangling.go'));
    symlinkSync('self.go', module.path('odd/self.go'));
    const { problems, notes, stats } = await run({ workers: 1 });
    expect(stats.files).toBeGreaterThan(6 + 20);
    expect(problems.some((problem) => problem.path.endsWith('nul.go'))).toBe(true);
    expect(notes.filter((note) => note.includes('dangling.go') || note.includes('self.go'))).toHaveLength(2);
    expect(notes.filter((note) => note.includes('please report'))).toEqual([]);
  });

  it('may be nested deeply, or one long line', async () => {
    const deep = 10_000;
    module.write({
      'deep/parens.go': `package deep\n\nvar a = ${'('.repeat(deep)}1${')'.repeat(deep)}\n`,
      'deep/open.go': `package deep\n\nvar b = ${'('.repeat(deep)}\n`,
      'deep/blocks.go': `package deep\n\nfunc f() ${'{'.repeat(deep)}${'}'.repeat(deep)}\n`,
      'deep/funcs.go': `package deep\n\nvar g = ${'func() { go '.repeat(deep)}`,
      'deep/sum.go': `package deep\n\nvar h = 1${' + 1'.repeat(deep)}\n`,
      'line/line.go': `package line\n\nvar s = []int{${'1234567, '.repeat(10 * 2 ** 17)}}\n`,
    });
    const { stats, notes } = await run({ workers: 1 });
    expect(stats.packages).toBe(7);
    expect(notes).toEqual([]);
  });

  it('may be thousands of files', async () => {
    module.write(
      Object.fromEntries(
        Array.from({ length: 10_000 }, (_, at) => [`many/f${at}.go`, `package many\n\nfunc F${at}() {}\n`]),
      ),
    );
    const { stats, notes } = await run({ workers: 1, cache: 'off' });
    expect(stats.files).toBe(10_006);
    expect(notes).toEqual([]);
  });

  it('may import in a circle', async () => {
    module.write({
      'ring/a/a.go': 'package a\n\nimport "example.com/shop/ring/b"\n\nvar A = b.B\n',
      'ring/b/b.go': 'package b\n\nimport "example.com/shop/ring/a"\n\nvar B = a.A\n',
    });
    expect((await run({ workers: 2 })).stats.packages).toBe(7);
  });
});
