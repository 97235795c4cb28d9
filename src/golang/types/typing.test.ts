/** Types, callees, selections and constants of small sources whose comments say what is right. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bind } from '../bind.ts';
import { createNames } from '../names.ts';
import { Kind, type KindCode } from '../nodes.ts';
import { createTreeBuilder } from '../parse.ts';
import { fileAt, type NodeIndex, nameOf, positionAt, type Tree, textBetween, textOf } from '../tree.ts';
import type { Typing } from '../typing.ts';
import { createWorld } from './world.ts';

const directory = join(import.meta.dirname, 'testdata/shop');

interface Opened {
  readonly tree: Tree;
  readonly typing: Typing;
  /** The first node of a kind with this source text. */
  find(kind: KindCode, text: string): NodeIndex;
}

/** Types one file as a package of the module in testdata/shop. */
function open(source: string, env: Readonly<Record<string, string | undefined>> = process.env): Opened {
  const names = createNames();
  const read = (path: string): Uint8Array | null => (existsSync(path) ? readFileSync(path) : null);
  const world = createWorld({ names, load: { cwd: directory, env }, read });
  const builder = createTreeBuilder(names);
  const path = join(directory, 'shop.go');
  builder.add(path, Buffer.from(source));
  const tree = builder.finish();
  const pkg = {
    importPath: 'example.com/shop',
    name: 'shop',
    dir: directory,
    module: { path: 'example.com/shop', dir: directory, go: [1, 26] as const },
    files: [{ path, size: source.length, test: false, cgo: false }],
    imports: [],
  };
  const bindings = bind(tree, { importName: (imported) => world.importName(imported, pkg) });
  const typing = world.typing(tree, bindings, pkg);
  return {
    tree,
    typing,
    find(kind, text) {
      for (let node = 1; node < tree.count; node++) {
        if (tree.kind[node] === kind && textOf(tree, node) === text) return node;
      }
      throw new Error(`there is no ${text}`);
    },
  };
}

describe('types of expressions', () => {
  const source = readFileSync(join(directory, 'shop.go'), 'utf8');

  test('are what the comments say', () => {
    const { tree, typing } = open(source);
    const said: string[] = [];
    const wanted: string[] = [];
    const file = fileAt(tree, 0);
    for (let comment = file.firstComment; comment < file.endComment; comment++) {
      const at = tree.commentStart[comment] ?? 0;
      const { line } = positionAt(tree, at);
      const text = textBetween(tree, at, tree.commentEnd[comment] ?? 0).slice(3);
      const colon = text.lastIndexOf(': ');
      if (colon < 0 || text.startsWith('Package')) continue;
      const expression = text.slice(0, colon);
      wanted.push(`${line}: ${text}`);
      const lineStart = source.lastIndexOf('\n', Buffer.from(source).subarray(0, at).toString().length) + 1;
      const start = Buffer.byteLength(source.slice(0, lineStart));
      for (let node = 1; node < tree.count; node++) {
        const begins = tree.start[node] ?? 0;
        if (begins < start || begins >= at || (tree.kind[node] ?? 0) > Kind.ChanType) continue;
        if (textOf(tree, node) !== expression) continue;
        // The last statement of a line with the same text twice is the one that uses it.
        said.push(`${line}: ${expression}: ${typing.types.text(typing.typeOf(node))}`);
        break;
      }
    }
    expect(wanted.length).toBeGreaterThan(75);
    expect(said).toEqual(wanted);
  });

  test('are asked for in any order', () => {
    const upwards = open(source);
    const downwards = open(source);
    for (let node = downwards.tree.count - 1; node > 0; node--) downwards.typing.typeOf(node);
    for (let node = 1; node < upwards.tree.count; node++) {
      const text = upwards.typing.types.text(upwards.typing.typeOf(node));
      expect(downwards.typing.types.text(downwards.typing.typeOf(node))).toBe(text);
    }
  });
});

describe('newer and foreign Go', () => {
  const source = `package shop

import "C"

type box[T any] struct{ v T }
func (b box[T]) turn[U any](f func(T) U) box[U] { return box[U]{f(b.v)} }
type inner struct{ deep string }
type outer struct{ inner }

var turned = box[int]{1}.turn(func(i int) string { return "" })
var given = turned.turn[bool](nil)
var promoted = outer{deep: "x"}
var foreign = C.call(1)
var around = []C.int{2}
`;
  test.each([
    ['turned', 'example.com/shop.box[string]'],
    ['given', 'example.com/shop.box[bool]'],
    ['foreign', '?'],
    ['around', '[]?'],
  ])('%s is a %s', (name, type) => {
    const { tree, typing } = open(source);
    expect(typing.types.text(typing.objectType(typing.bindings.lookup(tree.names.of(name))))).toBe(type);
  });

  test('keys name promoted fields', () => {
    const { tree, typing } = open(source);
    const key = source.indexOf('deep: "x"');
    let found = 0;
    for (let node = 1; node < tree.count; node++) {
      if (tree.kind[node] === Kind.Ident && tree.start[node] === key) found = node;
    }
    expect(textOf(tree, typing.fieldOf(found))).toBe('deep string');
    expect(typing.types.text(typing.typeOf(found))).toBe('string');
  });
});

describe('callees', () => {
  const calls = `package shop

import ("context"; "net/http"; "sync"; "io"; "time"; "example.com/missing"; "example.com/shop/stock")

type S struct { stock.Base; mu sync.RWMutex; wg *sync.WaitGroup }
func (s *S) local() {}
type G[T any] struct{}
func (G[T]) m() {}
func generic[T any](t T) {}

func use(c *http.Client, rc io.ReadCloser, ctx context.Context, f stock.Finder, s *S, e error, fn func(), p *sync.Pool) {
	c.Do(nil); rc.Close(); ctx.Done(); f.Lock(); f.Find("x"); s.Find("x"); s.Lock(); s.mu.RLock(); s.wg.Add(1)
	e.Error(); fn(); p.Get(); s.local(); G[int]{}.m(); generic(1); generic[int](1); missing.Call(); time.NewTicker(1)
	func() {}()
	once := func() {}
	once()
	twice := func() {}
	twice = fn
	twice()
	var later func()
	later = func() { later() }
	put := p.Put
	put(1)
	(*S).local(s)
	_ = string("x"); _ = make([]int, 1); stock.Kind(1)
	http.DefaultClient.Get("u")
}
`;
  test.each([
    ['c.Do(nil)', 'net/http.Client.Do', false, false],
    ['rc.Close()', 'io.Closer.Close', true, false],
    ['ctx.Done()', 'context.Context.Done', true, false],
    ['f.Lock()', 'sync.Locker.Lock', true, false],
    ['f.Find("x")', 'example.com/shop/stock.Finder.Find', true, false],
    ['s.Find("x")', 'example.com/shop/stock.Base.Find', false, false],
    ['s.Lock()', 'sync.Mutex.Lock', false, false],
    ['s.mu.RLock()', 'sync.RWMutex.RLock', false, false],
    ['s.wg.Add(1)', 'sync.WaitGroup.Add', false, false],
    ['e.Error()', 'error.Error', true, false],
    ['p.Get()', 'sync.Pool.Get', false, false],
    ['s.local()', 'example.com/shop.S.local', false, true],
    ['G[int]{}.m()', 'example.com/shop.G.m', false, true],
    ['generic(1)', 'example.com/shop.generic', false, true],
    ['generic[int](1)', 'example.com/shop.generic', false, true],
    ['missing.Call()', 'example.com/missing.Call', false, false],
    ['time.NewTicker(1)', 'time.NewTicker', false, false],
    ['func() {}()', '', false, true],
    ['once()', '', false, true],
    ['later()', '', false, true],
    ['put(1)', 'sync.Pool.Put', false, false],
    ['(*S).local(s)', 'example.com/shop.S.local', false, true],
    ['http.DefaultClient.Get("u")', 'net/http.Client.Get', false, false],
  ])('%s calls %s', (text, key, dynamic, here) => {
    const { typing, find } = open(calls);
    const callee = typing.callee(find(Kind.CallExpr, text));
    expect([callee?.key, callee?.dynamic, callee?.decl !== 0]).toEqual([key, dynamic, here]);
  });

  test.each([
    ['c.Do(nil)', 'net/http.Client.Do', '(*net/http.Response, error)'],
    ['rc.Close()', 'io.Closer.Close', 'error'],
    ['ctx.Done()', 'context.Context.Done', '<-chan struct{}'],
    ['f.Lock()', 'sync.Locker.Lock', '()'],
    ['s.Lock()', 'sync.Mutex.Lock', '()'],
    ['s.mu.RLock()', 'sync.RWMutex.RLock', '()'],
    ['p.Get()', 'sync.Pool.Get', 'any'],
    ['time.NewTicker(1)', 'time.NewTicker', '*time.Ticker'],
    ['http.DefaultClient.Get("u")', 'net/http.Client.Get', '(*net/http.Response, error)'],
  ])('%s calls %s also where there is no Go', (text, key, type) => {
    const { typing, find } = open(calls, { GOROOT: '/nowhere', PATH: '' });
    const call = find(Kind.CallExpr, text);
    expect([typing.callee(call)?.key, typing.types.text(typing.typeOf(call))]).toEqual([key, type]);
  });

  test.each(['fn()', 'twice()', 'string("x")', 'make([]int, 1)', 'stock.Kind(1)'])('%s has none', (text) => {
    const { typing, find } = open(calls);
    expect(typing.callee(find(Kind.CallExpr, text))).toBeNull();
  });

  test('of builtins are names', () => {
    const { typing, find } = open(calls);
    expect(typing.builtin(find(Kind.CallExpr, 'make([]int, 1)'))).toBe('make');
    expect(typing.builtin(find(Kind.CallExpr, 'fn()'))).toBe('');
  });
});

describe('members, constants and sizes', () => {
  const source = `package shop

type inner struct { deep int }
type outer struct { inner; a, b string; next *outer }
type both interface { A(); B() }
type impl struct{}
func (impl) A() {}
func (*impl) B() {}

const (
	zero = iota * 10
	ten
	twenty
	_
	forty
)
const mask = ^uint8(1)
const text = "añ" + \`b\`

func use(o outer) {
	o.next.deep = 1
	_ = outer{a: "x", inner: inner{}}
	_ = o.b
	_ = make(chan int, len(text)+twenty)
	_ = forty - mask/2
}

var i impl
var pi *impl
`;
  let opened: Opened;
  beforeAll(() => {
    opened = open(source);
  });

  test('fields lead to their declarations', () => {
    const { tree, typing } = opened;
    const fields: string[] = [];
    for (let node = 1; node < tree.count; node++) {
      const field = tree.kind[node] === Kind.Ident ? typing.fieldOf(node) : 0;
      const { line } = positionAt(tree, tree.start[node] ?? 0);
      if (field !== 0 && line > 20) fields.push(`${nameOf(tree, node)} ${textOf(tree, field)}`);
    }
    expect(fields).toEqual(['next next *outer', 'deep deep int', 'a a, b string', 'inner inner', 'b a, b string']);
  });

  test('selections name the declaring type', () => {
    const { typing, find } = opened;
    const deep = typing.selection(find(Kind.SelectorExpr, 'o.next.deep'));
    expect(deep).toMatchObject({ kind: 'field', path: 'example.com/shop', receiver: 'inner', name: 'deep' });
  });

  test.each([
    ['len(text)+twenty', 24],
    ['forty - mask/2', -87],
  ])('%s is %d', (text, value) => {
    expect(opened.typing.integer(opened.find(Kind.BinaryExpr, text))).toBe(value);
  });

  test('method sets count pointer receivers where they can be called', () => {
    const { tree, typing } = opened;
    const typeOf = (name: string) => typing.objectType(typing.bindings.lookup(tree.names.of(name)));
    const has = (name: string, method: string, addressable: boolean) =>
      typing.hasMethod(typeOf(name), method, addressable);
    expect([has('i', 'A', false), has('i', 'B', false), has('i', 'B', true), has('pi', 'B', false)]).toEqual([
      true, false, true, true,
    ]); // biome-ignore format: one line
    expect([has('both', 'A', false), has('both', 'C', true)]).toEqual([true, false]);
  });

  test('sizes are those of amd64', () => {
    const { tree, typing } = opened;
    expect(typing.types.size(typing.objectType(typing.bindings.lookup(tree.names.of('outer'))))).toBe(48);
  });
});

describe('hostile sources', () => {
  const many = (text: string, times = 3_000) => text.repeat(times);
  test.each([
    ['a sum', `package p\nvar x = 1${many(' + 1', 30_000)}`, 'int'],
    ['a chain of methods', `package p\ntype T int\nfunc (T) f() T\nvar t T\nvar x = t${many('.f()')}`, 'p.T'],
    [
      'types in terms of themselves',
      'package p\ntype A B\ntype B A\ntype S struct { S }\nvar x S',
      'example.com/shop.S',
    ],
    ['variables in terms of themselves', 'package p\nvar x = y\nvar y = x', '?'],
    ['an array as long as itself', 'package p\nvar x [len(x)]int', null],
    ['generic types that grow', 'package p\ntype G[T any] struct { n *G[G[T]] }\nvar g G[int]\nvar x = g.n.n.n', null],
    ['many declared types', `package p\n${many('type T T\n', 300)}var x T`, null],
    ['calls in calls', `package p\nfunc f(int) int\nvar x = ${many('f(')}1${many(')')}`, null],
  ])('%s', (_what, source, wanted) => {
    const { tree, typing } = open(source);
    for (let node = tree.count - 1; node > 0; node--) {
      typing.typeOf(node);
      typing.integer(node);
      typing.callee(node);
      typing.selection(node);
      typing.fieldOf(node);
    }
    const type = typing.objectType(typing.bindings.lookup(tree.names.of('x')));
    if (wanted !== null) expect(typing.types.text(type)).toBe(wanted.replace(/^p\./, 'example.com/shop.'));
  });

  test('every prefix of a file', () => {
    const source = readFileSync(join(directory, 'stock/stock.go'), 'utf8');
    for (let length = 0; length < source.length; length += 7) {
      const { tree, typing } = open(source.slice(0, length), { GOROOT: '/nowhere', PATH: '' });
      for (let node = 1; node < tree.count; node++) typing.types.text(typing.typeOf(node));
    }
  });
});
