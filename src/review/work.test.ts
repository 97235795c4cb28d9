/**
 * How work grows with one function's size, counted rather than timed: reads of the tree's columns. What is quadratic reads
 * four times as much of twice the source.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bind } from '../golang/bind.ts';
import { flowBuilder } from '../golang/flow-noreturn.ts';
import { createNames } from '../golang/names.ts';
import { createTreeBuilder } from '../golang/parse.ts';
import { createWorld } from '../golang/types/world.ts';
import { NO_FACTS } from './facts.ts';
import { createPass } from './pass.ts';
import { RULES } from './registry.ts';
import type { Rule } from './rule.ts';

const GOROOT_IMPORTS = ['context', 'os', 'sync', 'time', 'net/http', 'bytes'];

/** Reads of the tree while one rule runs over `source`, and how many reports it makes. */
function run(rule: Rule, source: string): { reads: number; reports: number } {
  const names = createNames();
  const builder = createTreeBuilder(names);
  builder.add('/big/big.go', new TextEncoder().encode(source));
  const tree = builder.finish();
  const bindings = bind(tree);
  const pkg = {
    importPath: 'example.com/big',
    name: 'big',
    dir: '/big',
    module: { path: 'example.com', dir: '/', go: [1, 22] as const },
    files: [],
    imports: GOROOT_IMPORTS,
  };
  const typing = createWorld({ names, load: { cwd: '/' }, read: (path) => readFileSync(path) }).typing(
    tree,
    bindings,
    pkg,
  );
  let reads = 0;
  let reports = 0;
  const count = (column: Int32Array): Int32Array =>
    new Proxy(column, {
      get(target, property) {
        reads++;
        const value: unknown = Reflect.get(target, property);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const pass = createPass({
    pkg,
    tree: { ...tree, start: count(tree.start), parent: count(tree.parent) },
    bindings,
    typing,
    buildFlow: flowBuilder(tree, bindings, typing, () => undefined).flowOf,
    facts: NO_FACTS,
    leaveFacts: () => {},
    report: () => {
      reports++;
    },
  });
  rule.check(pass);
  return { reads, reports };
}

const repeat = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

const CASES: readonly (readonly [what: string, rule: string, source: (count: number) => string])[] = [
  [
    'locks in every other branch',
    'lock-not-released',
    (count) => `package big
import "sync"
var mu sync.Mutex
func f(c []bool) {
${repeat(count, (index) => `if c[${index}] { mu.Lock() } else { mu.Unlock() }\n`)}}`,
  ],
  [
    'locks one after the other',
    'lock-not-released',
    (count) => `package big
import "sync"
var mu sync.Mutex
func f(c []bool) {
${repeat(count, (index) => `mu.Lock()\nif c[${index}] { return }\nmu.Unlock()\n`)}}`,
  ],
  [
    'contexts in one variable',
    'context-cancel-lost',
    (count) => `package big
import "context"
func f(c []bool, p context.Context) {
ctx, cancel := context.WithCancel(p)
${repeat(count, (index) => `ctx, cancel = context.WithCancel(p)\nif c[${index}] { return }\ncancel()\n`)}_ = ctx\n}`,
  ],
  [
    'responses that share an error',
    'body-not-closed',
    (count) => `package big
import "net/http"
func f(c []bool) error {
${repeat(count, (index) => `r${index}, err := http.Get("x")\nif err != nil { return err }\nr${index}.Body.Close()\n`)}return nil\n}`,
  ],
  [
    'a WaitGroup for each goroutine',
    'waitgroup-misuse',
    (count) => `package big
import "sync"
func f() {
${repeat(count, (index) => `var g${index} sync.WaitGroup\ng${index}.Add(1)\ngo func() { defer g${index}.Done() }()\ng${index}.Wait()\n`)}}`,
  ],
  [
    'objects of a pool',
    'pool-use-after-put',
    (count) => `package big
import ("sync"; "bytes")
var pool sync.Pool
func f(c []bool) {
${repeat(count, (index) => `b${index} := pool.Get().(*bytes.Buffer)\nb${index}.Reset()\nif c[${index}] { return }\npool.Put(b${index})\n`)}}`,
  ],
  [
    'one variable for objects of a pool',
    'pool-use-after-put',
    (count) => `package big
import ("sync"; "bytes")
var pool sync.Pool
func f() {
b := new(bytes.Buffer)
${repeat(count, () => 'b = pool.Get().(*bytes.Buffer)\nb.Reset()\npool.Put(b)\n')}}`,
  ],
];

describe('the work of a rule', () => {
  it.each(CASES)('grows with the source: %s', (_, id, source) => {
    const rule = RULES.find((one) => one.id === id);
    if (rule === undefined) throw new Error(`no rule ${id}`);
    const small = run(rule, source(400));
    const large = run(rule, source(800));
    expect(small.reads).toBeGreaterThan(5000);
    expect(large.reads / small.reads).toBeLessThan(2.5);
  });
});
