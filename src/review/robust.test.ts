/** Source that nobody wrote by hand, through everything from the parser to the rules: no rule fails. */
import { expect, it } from 'vitest';
import type { SourcePackage } from '../golang/module.ts';
import { allFixtures } from '../testing/review.ts';
import { analysePackage } from './analyse.ts';
import { NO_FACTS } from './facts.ts';
import { createFrontEnd } from './front-end.ts';
import { RULES } from './registry.ts';

const PKG: SourcePackage = {
  importPath: 'example.com/p',
  name: 'p',
  dir: '/nowhere/p',
  module: { path: 'example.com', dir: '/nowhere', go: [1, 22] },
  files: [],
  imports: [],
};

const frontEnd = createFrontEnd({ load: { cwd: '/' } });

/** What could not be done. */
function notesOn(source: string | Uint8Array): readonly string[] {
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source) : source;
  return analysePackage(frontEnd, PKG, [{ path: '/p.go', bytes }], RULES, NO_FACTS).notes;
}

/** n pieces, each told its number. */
const many = (n: number, piece: (at: number) => string): string =>
  Array.from({ length: n }, (_, at) => piece(at)).join('');
const N = 10_000;
const nested = (open: string, middle: string, close: string, n = N): string =>
  open.repeat(n) + middle + close.repeat(n);

const STRANGE: Readonly<Record<string, string>> = {
  parentheses: `var a = ${nested('(', '1', ')')}`,
  'parentheses without end': `var a = ${'('.repeat(10 * N)}`,
  calls: `func f(int) int { return 0 }\nvar a = ${nested('f(', '1', ')')}`,
  'a chain of calls': `type T struct{}\nfunc (t T) M() T { return t }\nfunc f() { var t T; t${'.M()'.repeat(N)} }`,
  selectors: `var a = x${'.y'.repeat(N)}`,
  indexes: `var a = x${'[0]'.repeat(N)}\nvar b = x${nested('[x', '', ']')}`,
  'unary operators': `var a = ${'!'.repeat(N)}x\nvar b = ${'<-'.repeat(N)}c`,
  types: `var a ${'*'.repeat(N)}int\nvar b ${'[]'.repeat(N)}int\nvar c ${'chan '.repeat(N)}int\nvar d ${'map[string]'.repeat(N)}int`,
  'composite literals': `var a = ${nested('[]T{', '', '}')}`,
  structs: `var a ${nested('struct{ x ', 'int', '}')}`,
  'function types': `var a ${nested('func(', 'int', ')')}\nvar b ${'func() '.repeat(N)}int`,
  'function literals': `func f() { ${nested('func() { ', 'x()', '}()')} }`,
  sums: `var a = 1${' + 1'.repeat(N)}\nvar b = "a"${' + "b"'.repeat(N)}`,
  ifs: `func f(a bool) {${nested('if a {', '', '}')}}`,
  'else ifs': `func f(a int) { if a == 0 {}${' else if a == 1 { return }'.repeat(N)} }`,
  fors: `func f() {${nested('for {', '', '}')}}\nfunc g() {${nested('for range x {', '', '}')}}`,
  selects: `func f(c chan int) {${nested('select { case <-c: ', '', '}')}}`,
  'a select of many cases': `func f(c chan int) { for { select {\n${'case <-c: f(c)\n'.repeat(N)}} } }`,
  switches: `func f(c int) {${nested('switch c { case 1: ', '', '}')}\nswitch c {\n${many(N, (at) => `case ${at}: f(${at})\n`)}}}`,
  'type switches': `func f(x any) {${nested('switch y := x.(type) { case int: _ = y; ', '', '}', 2000)}}`,
  goroutines: `func f(c chan int) {${nested('go func() { c <- 1; ', '', '}()')}}`,
  'goroutines with channels': `func f() {${nested('go func() { c := make(chan int); go func() { c <- 1 }(); ', '', '}()', 1000)}}`,
  branches: `func f(a, b bool) error { c := make(chan int); go func() { c <- 1 }()\n${'if a { if b { return nil } }\n'.repeat(N)}<-c; return nil }`,
  channels: `func f(a bool) {\n${many(1000, (at) => `c${at} := make(chan int)\ngo func() { c${at} <- 1 }()\nif a { <-c${at} }\n`)}}`,
  sends: `func f(a bool) {\nc := make(chan int)\ngo func() { ${'c <- 1\n'.repeat(2000)} }()\n${'if a { <-c }\n'.repeat(2000)}}`,
  defers: `import "sync"\nvar m sync.Mutex\nfunc f() {\n${'m.Lock()\ndefer m.Unlock()\n'.repeat(2000)}}`,
  locks: `import "sync"\nvar m sync.Mutex\nfunc f(a bool) {\n${'if a { m.Lock() } else { m.Unlock() }\n'.repeat(500)}}`,
  contexts: `import "context"\nfunc f(ctx context.Context, a bool) {\n${many(300, (at) => `c${at}, cancel${at} := context.WithCancel(ctx)\n_ = c${at}\nif a { return }\ncancel${at}()\n`)}}`,
  pools: `import ("bytes"; "sync")\nvar p sync.Pool\nfunc f(a bool) {\n${many(500, (at) => `b${at} := p.Get().(*bytes.Buffer)\nif a { p.Put(b${at}) }\nb${at}.Reset()\n`)}}`,
  gotos: `func f(a bool) {\n${many(2000, (at) => `L${at}:\nif a { goto L${(at * 7919) % 2000} }\n`)}}`,
  labels: `func f() { ${many(2000, (at) => `L${at}: `)}for { break L5 } }`,
  generics: `type T[A any] struct { x A }\nvar a ${nested('T[', 'int', ']', 2000)}\nfunc G[A any](a A) A { return a }\nvar b = ${nested('G[', 'int', ']', 2000)}`,
  embedding: `${many(2000, (at) => `type T${at} struct { T${at + 1} }\n`)}type T2000 struct { f int }\nvar t T0\nfunc f() { _ = t.f; t.g() }`,
  'types of themselves':
    'type A struct { *B }\ntype B struct { *A }\ntype C C\ntype D []D\ntype E interface { E }\ntype F = F\ntype G[X any] struct { *G[G[X]] }\nvar a A\nvar c C\nvar g G[int]\nfunc f() { a.x(); c.y(); _ = g.G.G.G.z; var e E; e.m() }',
  constants: `const (\na0 = 1\n${many(N, (at) => `a${at + 1} = a${at} + a${at}\n`)})\nfunc f() { c := make(chan int, a${N}); c <- 1 }`,
  variables: `${many(N, (at) => `var v${at} = v${at + 1}\n`)}var v${N} = 1\nfunc f() { v0.x() }`,
  'functions that call the next': `${many(N, (at) => `func f${at}(c chan int) { f${at + 1}(c) }\n`)}func f${N}(c chan int) { c <- 1 }\nfunc g() { c := make(chan int); go f0(c) }`,
  'functions in circles': `${many(1000, (at) => `func f${at}(c chan int) { f${(at + 1) % 1000}(c); f${(at * 31) % 1000}(c); c <- 1 }\n`)}func g() { c := make(chan int); go f0(c); <-c }`,
  'functions that never return': `${many(N, (at) => `func fatal${at}() { fatal${at + 1}() }\n`)}func fatal${N}() { panic(1) }`,
  'a string of ten megabytes': `var s = "${'x'.repeat(10 * 2 ** 20)}"`,
  'a comment without end': `/*${'*'.repeat(2 ** 20)}`,
  'a hundred thousand suppressions': `${'// nolint x\n'.repeat(10 * N)}func f() {}`,
  NULs: '\0'.repeat(10 * N),
  braces: `func f() ${'{'.repeat(10 * N)}`,
  functions: 'func '.repeat(10 * N),
  punctuation: ') } ] , ; : = '.repeat(N),
  'a long function': `func f() {\n${'x := 1; _ = x; y(func() { z() })\n'.repeat(N)}}`,
};

it.each(Object.entries(STRANGE))('manages %s', (_what, code) => {
  expect(notesOn(`package p\n\n${code}\n`)).toEqual([]);
});

/** What the rules are about, so that every engine has something to do. */
const SOURCES = RULES.flatMap((rule) => [...allFixtures(rule.id).values()].flatMap((files) => Object.values(files)));

it('manages files that end anywhere', { timeout: 300_000 }, () => {
  for (const [index, source] of SOURCES.entries()) {
    // Every byte would take minutes; a step that is prime to the lengths of words gets everywhere.
    for (let end = index % 41; end < source.length; end += 41) {
      const notes = notesOn(source.slice(0, end));
      if (notes.length > 0) expect.fail(`${notes.join('\n')}\nof\n${source.slice(0, end)}`);
    }
  }
});

it('manages files with words missing or twice', { timeout: 300_000 }, () => {
  // A fixed sequence of numbers: the same files in every run.
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % below;
  };
  for (const source of SOURCES) {
    const words = source.match(/\w+|\s+|[^\w\s]/g) ?? [];
    for (let round = 0; round < 15; round++) {
      const damaged = words.flatMap((word) => {
        const die = random(60);
        return die === 0 ? [] : die === 1 ? [word, word] : [word];
      });
      const notes = notesOn(damaged.join(''));
      if (notes.length > 0) expect.fail(`${notes.join('\n')}\nof\n${damaged.join('')}`);
    }
  }
});
