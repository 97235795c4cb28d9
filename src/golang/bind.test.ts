import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compareIdents, goRoot } from '../../scripts/compare-go-idents.ts';
import { checkBindings } from '../testing/bindings.ts';
import { bind } from './bind.ts';
import { assumedPackageName } from './bind-imports.ts';
import { type Bindings, ObjectFlag, ObjectKind } from './bindings.ts';
import { createNames } from './names.ts';
import { Kind } from './nodes.ts';
import { createTreeBuilder, parseFile } from './parse.ts';
import { type NodeIndex, nameOf, type Tree, textOf } from './tree.ts';
import { predeclared, UNIVERSE } from './universe.ts';

const scopes = readFileSync(join(import.meta.dirname, 'testdata/bind/scopes.txt'), 'utf8');
const go = goRoot();

/** Takes the tags out of `name$tag`: the source, and the tags by offset. */
function untag(text: string): { source: string; tags: Map<number, string> } {
  const tags = new Map<number, string>();
  let removed = 0;
  const source = text.replace(/(\p{L}\w*)\$(\w+|-)/gu, (whole: string, name: string, tag: string, at: number) => {
    tags.set(at - removed, tag);
    removed += whole.length - name.length;
    return name;
  });
  return { source, tags };
}

function bound(...sources: string[]): Bindings {
  const builder = createTreeBuilder(createNames());
  for (const [index, source] of sources.entries()) builder.add(`${index}.go`, Buffer.from(source));
  const bindings = bind(builder.finish());
  checkBindings(bindings);
  return bindings;
}

function idents(tree: Tree, name: string): NodeIndex[] {
  const found: NodeIndex[] = [];
  for (let node = 1; node < tree.count; node++) if (nameOf(tree, node) === name) found.push(node);
  return found.sort((left, right) => (tree.start[left] ?? 0) - (tree.start[right] ?? 0));
}

/** Objects that the identifiers of a name denote, in source order. */
function objects(bindings: Bindings, name: string): number[] {
  return idents(bindings.tree, name).map((ident) => bindings.objectOf[ident] ?? 0);
}

/** Checks every tag of a source against what is bound. */
function checkTags(text: string): void {
  const { source, tags } = untag(text);
  const bindings = bound(source);
  const { tree, objectOf } = bindings;
  const seen = new Map<number, NodeIndex>();
  for (let node = 1; node < tree.count; node++) {
    if (tree.kind[node] === Kind.Ident) seen.set(tree.start[node] ?? 0, node);
  }
  const tagOf = new Map<number, string>();
  const objectFor = new Map<string, number>();
  for (const [offset, tag] of tags) {
    const ident = seen.get(offset) ?? 0;
    const object = objectOf[ident] ?? 0;
    const line = source.slice(0, offset).split('\n').length;
    const place = `${nameOf(tree, ident)}$${tag} in line ${line}`;
    if (tag === '-') expect(object, place).toBe(0);
    else if (tag === 'P') expect(object, place).toBe(predeclared(nameOf(tree, ident)));
    else {
      expect(object, place).toBeGreaterThan(UNIVERSE.length);
      expect(object, place).toBe(objectFor.get(tag) ?? object);
      expect(tagOf.get(object) ?? tag, place).toBe(tag);
      objectFor.set(tag, object);
      tagOf.set(object, tag);
    }
  }
}

describe('scopes', () => {
  it('are those of Go', () => checkTags(scopes));

  it('notices a tag that is wrong', () => {
    expect(() => checkTags(scopes.replace('x$42++', 'x$40++'))).toThrow('in line');
    expect(() => checkTags(scopes.replace('len$P', 'len$-'))).toThrow('len');
  });

  it('hold the type parameters of generic methods (Go 1.27)', () => {
    checkTags(`package p
type list$1[T$2 any$P] struct{ items []T$2 }
func (l$3 *list$1[E$4]) each[T$5 any, S$6 ~[]T$5](f$7 func(E$4) T$5) (T$8 S$6) {
	for _, item$9 := range l$3.items {
		T$8 = append$P(T$8, f$7(item$9))
	}
	return T$8
}
`);
  });

  it('reach over the files of a package, but for imports', () => {
    const first = 'package p\nimport f "fmt"\nvar a = b + f.X\n';
    const bindings = bound(first, 'package p\nimport "os"\nvar b = os.X + f.X\nfunc g() { _ = a }\n');
    expect(new Set(objects(bindings, 'a')).size).toBe(1);
    expect(new Set(objects(bindings, 'b')).size).toBe(1);
    const [spec, used, elsewhere] = objects(bindings, 'f');
    expect(spec).toBe(used);
    expect(elsewhere).toBe(0);
    expect(bindings.importPaths).toEqual(['fmt', 'os']);
    expect(bindings.detail[objects(bindings, 'os')[0] ?? 0]).toBe(1);
  });

  it('have the name that a package really has, where it is known', () => {
    const tree = parseFile('a.go', Buffer.from('package p\nimport "x.org/lib"\nvar _ = real.X\nvar _ = lib.X\n'));
    const bindings = bind(tree, { importName: () => 'real' });
    expect(bindings.kind[objects(bindings, 'real')[0] ?? 0]).toBe(ObjectKind.PackageName);
    expect(objects(bindings, 'lib')).toEqual([0]);
  });

  it('are bound while another package is: the name of an import may take that', () => {
    const names = createNames();
    const parse = (text: string): Tree => {
      const builder = createTreeBuilder(names);
      builder.add('a.go', Buffer.from(text));
      return builder.finish();
    };
    const inner = parse('package q\nvar a, len int\n');
    const outer = bind(parse('package p\nimport "q"\nvar b = a + len\nvar _ = q.a\n'), {
      importName: () => (bind(inner).lookup(names.of('a')) === 0 ? null : 'q'),
    });
    expect(objects(outer, 'a')[0]).toBe(0);
    expect(objects(outer, 'len')).toEqual([predeclared('len')]);
  });

  it('leave keys of literals of other types than our own to typing', () => {
    checkTags(`package p
import "x"
var Key$1, Other$2 int
var _ = x.T{Key$1: Other$2}
var _ = x.T{Key$-: Other$2, Unknown$-: 1}
var _ = x.T{Key$1: 1, "": 1}
`);
  });
});

describe('flags', () => {
  const flagsOf = (source: string, name: string): number => {
    const bindings = bound(source);
    return bindings.flags[objects(bindings, name)[0] ?? 0] ?? 0;
  };
  const { Addressed, Captured, Parameter, Reassigned, Receiver, Result, TypeParameter } = ObjectFlag;

  it.each([
    ['func f(x int) {}', Parameter],
    ['func f() (x int) { return }', Result],
    ['func (x T) f() {}', Receiver],
    ['func f[x any]() {}', TypeParameter],
    ['func (t T[x]) f() {}', TypeParameter],
    ['func f() { x := 1; _ = x }', 0],
    ['func f() { x := 1; x = 2 }', Reassigned],
    ['func f() { x := 1; (x) += 2 }', Reassigned],
    ['func f() { x := 1; x-- }', Reassigned],
    ['func f() { x := 1; x, y := 2, 3 }', Reassigned],
    ['func f() { x := 1; { x, y := 2, 3 } }', 0],
    ['func f() { var x int; for x = range 3 {} }', Reassigned],
    ['func f() { var x int; select { case x = <-c: } }', Reassigned],
    ['func f() { x := []int{1}; x[0] = 2 }', 0],
    ['func f() { x := 1; p(&x) }', Addressed],
    ['func f() { x := 1; p(&(x)) }', Addressed],
    ['func f() { var x [4]int; p(x[:]) }', Addressed],
    ['func f() { var x A; p(x[1:2]) }; type A [4]int', Addressed],
    ['func f() { x := [...]int{1}; p(&x[0]) }', Addressed],
    ['func f() { x := []int{1}; p(&x[0], x[:]) }', 0],
    ['func f() { x := S{}; p(&x.f) }; type S struct { f int }', Addressed],
    ['func f() { x := &S{}; p(&x.f) }; type S struct { f int }', 0],
    ['func f(x S) { p(&x.f) }; type S struct { f int }', Addressed | Parameter],
    ['func f(x *S) { p(&x.f) }; type S struct { f int }', Parameter],
    ['func f() { x := 1; go func() { p(x) }() }', Captured],
    ['func f() { x := 1; func() { x := x; x++ }() }', Captured],
    ['func f() { x := 1; func(x int) { p(x) }(x) }', 0],
    ['var x int; func f() { func() { x = 1 }() }', Reassigned],
  ])('%s', (body, expected) => {
    expect(flagsOf(`package p\n${body}\n`, 'x')).toBe(expected);
  });
});

describe('functions', () => {
  const source = `package p
var top = func() { a := 1; func() { _ = a }() }
func f(b int) {
	c := 1
	func() {
		d := b
		go func() { c, b = d, 2 }()
	}()
	func() { func() {}() }()
}
func declared(b int)
`;

  it('know what they capture, themselves and for those within them', () => {
    const bindings = bound(source);
    const { tree, functions, captureStart, captures, enclosing } = bindings;
    const found = [...functions].map((func, index) => ({
      func: textOf(tree, func).split('\n')[0]?.slice(0, 16),
      depth: [...chain(enclosing, func)].length,
      captures: [...captures.subarray(captureStart[index], captureStart[index + 1])]
        .map((object) => tree.names.text(bindings.name[object] ?? 0))
        .sort(),
    }));
    expect(found).toEqual([
      { func: 'func() { a := 1;', depth: 0, captures: [] },
      { func: 'func() { _ = a }', depth: 1, captures: ['a'] },
      { func: 'func f(b int) {', depth: 0, captures: [] },
      { func: 'func() {', depth: 1, captures: ['b', 'c'] },
      { func: 'func() { c, b = ', depth: 2, captures: ['b', 'c', 'd'] },
      { func: 'func() { func() ', depth: 1, captures: [] },
      { func: 'func() {}', depth: 2, captures: [] },
    ]);
  });

  function* chain(enclosing: Int32Array, func: NodeIndex): Generator<NodeIndex> {
    for (let at = enclosing[func] ?? 0; at !== 0; at = enclosing[at] ?? 0) yield at;
  }

  it('are found as methods by their receiver, through aliases', () => {
    const bindings = bound(
      'package p\ntype T[P any] int\ntype A = T\nfunc (t *T[P]) m() {}\nfunc (A) n() {}\nfunc n() {}\n',
    );
    const { tree } = bindings;
    const type = bindings.lookup(tree.names.of('T'));
    const methods = bindings.methodsOf(type).map((decl) => nameOf(tree, tree.b[decl] ?? 0));
    expect(methods).toEqual(['m', 'n']);
    expect(bindings.methodsOf(bindings.lookup(tree.names.of('n')))).toEqual([]);
    expect(bindings.kind[bindings.lookup(tree.names.of('n'))]).toBe(ObjectKind.Function);
    expect(bindings.lookup(tree.names.of('m'))).toBe(0);
    expect(bindings.lookup(tree.names.of('string'))).toBe(predeclared('string'));
  });
});

describe('names of packages, guessed from their paths', () => {
  it.each([
    ['fmt', 'fmt'],
    ['net/http', 'http'],
    ['example.com/x/v2', 'x'],
    ['gopkg.in/yaml.v3', 'yaml'],
    ['github.com/mattn/go-sqlite3', 'sqlite3'],
    ['github.com/google/go-cmp/cmp', 'cmp'],
    ['github.com/x/cmp-go', 'cmp'],
    ['v2', 'v2'],
    ['', ''],
  ])('%s: %s', (path, name) => expect(assumedPackageName(path)).toBe(name));
});

describe('what is not Go', () => {
  const broken = [
    'package p; func f( { x := ; y } }',
    'package p; type T struct { ; func (x T',
    'package p; func (a, b T) f() {}; func () g() {}; func (x.T[P]) h() {}',
    'package p; func f() { goto; break 1; x: x: goto x; 1 := 2; a.b := 1; switch x := y {}; switch := z.(type) {} }',
    'package p; import ; import "\nvar x, y, x = 1',
    'package p; var _ = []T{{{{}}}, a: {b: {}}}; var x = [x]x{x: x}',
    'package p; type A B; type B A; var _ = A{x: 1}; type T = T; func (T) m() {}',
    '',
    'func f() { case x := <-c: default: }',
  ];

  it.each(broken)('%s', (source) => {
    bound(source);
  });

  it('is bound from every prefix', () => {
    const { source } = untag(scopes);
    const names = createNames();
    for (let end = 0; end < source.length; end += 3) {
      checkBindings(bind(parseFile('a.go', Buffer.from(source.slice(0, end)), names)));
    }
  });

  it.each([
    ['parentheses', `var _ = ${'('.repeat(10_000)}x${')'.repeat(10_000)}`],
    ['a sum', `var _ = x${' + x'.repeat(100_000)}`],
    ['calls', `var _ = f${'()'.repeat(100_000)}`],
    ['selectors', `var _ = &x${'.y'.repeat(100_000)}`],
    ['literals', `var _ = func() { ${'func() { '.repeat(1000)}`],
    ['blocks', `func f() { ${'{ x := x; '.repeat(5000)}`],
    ['else', `func f() { ${'if x := 1; x > 0 {} else '.repeat(5000)} {} }`],
    ['elided literals', `var _ = [][]x${'{'.repeat(10_000)}`],
    ['aliases', Array.from({ length: 10_000 }, (_, i) => `type T${i} = T${i + 1}; var _ = T${i}{x: 1}`).join('\n')],
  ])('nests deeply: %s', (_, source) => {
    bound(`package p\nvar x int\n${source}\n`);
  });

  it('is bound with its bodies skipped', () => {
    const builder = createTreeBuilder(createNames(), { bodies: 'skip' });
    builder.add('a.go', Buffer.from(untag(scopes).source));
    const bindings = bind(builder.finish());
    checkBindings(bindings);
    const { tree } = bindings;
    expect(bindings.methodsOf(bindings.lookup(tree.names.of('shape')))).toHaveLength(2);
    expect(bindings.lookup(tree.names.of('generic'))).toBeGreaterThan(UNIVERSE.length);
  });
});

describe.skipIf(go === '')('the same as go/types', () => {
  const sample = ['bufio', 'container/list', 'context', 'errors', 'fmt', 'go/ast', 'iter', 'maps', 'net/url', 'slices'];

  it('for packages of the standard library with their tests', async () => {
    const dirs = [...sample, 'sync', 'text/template'].map((dir) => join(go, 'src', dir));
    const { lexical, same, missing, mistakenKeys, differences } = await compareIdents(dirs);
    expect(differences.slice(0, 5)).toEqual([]);
    expect({ same, missing }).toEqual({ same: lexical, missing: 0 });
    expect(lexical).toBeGreaterThan(50_000);
    expect(mistakenKeys).toBeLessThan(10);
  });

  it('for one of each way to declare', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'bind-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, 'scopes.go'), untag(scopes).source);
    const { lexical, same, differences, ...others } = await compareIdents([dir]);
    expect(differences).toEqual([]);
    expect(same).toBe(lexical);
    expect(others).toMatchObject({ missing: 0, mistakenKeys: 0, unresolved: 0, typeErrors: 0 });
    expect(lexical).toBeGreaterThan(200);
  });
});
