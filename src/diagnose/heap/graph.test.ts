import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHeapDumpFrom } from '../../evidence/heapdump/read.ts';
import { memorySource } from '../../evidence/heapdump/source.ts';
import { type DumpText, writeDump } from '../../evidence/heapdump/testing.ts';
import { distance, type Lists, reachable, retainedBytes } from './brute.ts';
import { dominators } from './dominators.ts';
import { dominatorsAside } from './dominators-aside.ts';
import { HeapGraph } from './graph.ts';
import {
  kindOf,
  type Roots,
  RootsBuilder,
  rootsOf,
  selectRoots,
  targetsOf,
  withIdleFinalizers,
} from './graph-roots.ts';
import { mark, marked } from './mark.ts';
import { fieldBetween, holdersOf, ShortestPaths } from './paths.ts';

interface Case {
  readonly edges: Lists;
  /** Targets of each root group. */
  readonly groups: Lists;
  readonly size: readonly number[];
  readonly opaque: readonly number[];
}

/** Sparse graphs, so that there are trees, chains and unreachable parts, and some dense ones. */
const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 40 }).chain((count) => {
  const node = fc.integer({ min: 0, max: count - 1 });
  return fc.record({
    edges: fc.array(fc.array(node, { maxLength: 3 }), { minLength: count, maxLength: count }),
    groups: fc.array(fc.array(node, { maxLength: 3 }), { maxLength: 4 }),
    size: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: count, maxLength: count }),
    opaque: fc.array(node, { maxLength: 2 }),
  });
});

/** -1 after each edge: what is nil in a dump. */
function graphOf({ edges, size, opaque }: Case): HeapGraph {
  const offsets = new Uint32Array(edges.length + 1);
  edges.forEach((to, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + to.length * 2;
  });
  const graph = new HeapGraph({
    count: edges.length,
    size: Float64Array.from(size),
    offsets,
    targets: Int32Array.from(edges.flat().flatMap((to) => [to, -1])),
    opaque: new Uint8Array(edges.length),
  });
  graph.hide(opaque);
  return graph;
}

function rootsFrom({ groups }: Case): Roots {
  const roots = new RootsBuilder();
  groups.forEach((targets, index) => {
    roots.begin('goroutine', index);
    for (const target of targets) roots.add(target);
  });
  return roots.finish();
}

/** The lists that brute force sees: opaque nodes have no edges. */
function listsOf({ edges, opaque }: Case): Lists {
  return edges.map((to, from) => (opaque.includes(from) ? [] : to));
}

const RUNS = { numRuns: 3000 };

describe('beside brute force on random graphs', () => {
  test('marks are what is reachable', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const graph = graphOf(one);
        const marks = mark(graph, one.groups.flat());
        const truth = reachable(listsOf(one), one.groups.flat());
        expect([...marks.keys()].filter((o) => marks[o] === 1)).toEqual([...truth].sort((a, b) => a - b));
        expect(marked(graph, marks)).toEqual({
          objects: truth.size,
          bytes: [...truth].reduce((sum, o) => sum + (one.size[o] ?? 0), 0),
        });
      }),
      RUNS,
    );
  });

  test('marks group by group are marks at once', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const graph = graphOf(one);
        const marks = new Uint8Array(graph.count);
        for (const group of one.groups) mark(graph, group, marks);
        expect(marks).toEqual(mark(graph, one.groups.flat()));
      }),
      { numRuns: 500 },
    );
  });

  test('retained sizes of objects and of groups', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { retained, idom, top } = dominators(graphOf(one), rootsFrom(one));
        const count = one.edges.length;
        // Groups are nodes of the brute graph too, and the roots are all groups.
        const lists = [...listsOf(one), ...one.groups];
        const size = [...one.size, ...one.groups.map(() => 0)];
        const roots = one.groups.map((_, r) => count + r);
        const truth = size.map((_, node) => retainedBytes(lists, roots, size, node));
        expect([...retained.subarray(0, top)]).toEqual(truth);
        const all = reachable(lists, roots);
        expect(retained[top]).toBe([...all].reduce((sum, node) => sum + (size[node] ?? 0), 0));
        expect([...idom.subarray(0, top)].map((holder) => holder >= 0)).toEqual(size.map((_, node) => all.has(node)));
      }),
      RUNS,
    );
  });

  test('immediate dominators are the nearest nodes without which there is no way', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { idom, top } = dominators(graphOf(one), rootsFrom(one));
        const count = one.edges.length;
        const lists = [...listsOf(one), ...one.groups];
        const roots = one.groups.map((_, r) => count + r);
        const needs = lists.map((_, without) => reachable(lists, roots, without));
        for (const node of reachable(lists, roots)) {
          const holders = new Set([...needs.keys()].filter((d) => d !== node && !needs[d]?.has(node)));
          const chain: number[] = [];
          for (let d = idom[node] ?? -1; d !== top; d = idom[d] ?? -1) chain.push(d);
          expect(new Set(chain)).toEqual(holders);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('paths are shortest and follow edges', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const paths = new ShortestPaths(graphOf(one), rootsFrom(one));
        const lists = listsOf(one);
        for (let node = 0; node < one.edges.length; node++) {
          const path = paths.to(node);
          expect(path?.objects.length ?? 0).toBe(distance(lists, one.groups.flat(), node));
          if (path === null) continue;
          expect(one.groups[path.root]).toContain(path.objects[0]);
          expect(path.objects.at(-1)).toBe(node);
          for (let i = 1; i < path.objects.length; i++) {
            expect(lists[path.objects[i - 1] ?? -1]).toContain(path.objects[i]);
          }
        }
      }),
      RUNS,
    );
  });

  test('holders are the edges backwards', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { offsets, sources } = holdersOf(graphOf(one));
        const lists = listsOf(one);
        const backwards = lists.map((_, to) =>
          lists.flatMap((from, i) => from.filter((target) => target === to).map(() => i)),
        );
        expect(backwards.map((_, to) => [...sources.subarray(offsets[to], offsets[to + 1])])).toEqual(backwards);
      }),
      { numRuns: 500 },
    );
  });
});

describe('shapes that break naive algorithms', () => {
  const COUNT = 300_000;

  /** One long list; each element also points to a value that a group holds, and to the first element. */
  function chain(): { graph: HeapGraph; roots: Roots } {
    const offsets = new Uint32Array(2 * COUNT + 1);
    const targets: number[] = [];
    for (let i = 0; i < COUNT; i++) {
      targets.push(i + 1 < COUNT ? i + 1 : -1, COUNT + i, 0);
      offsets[i + 1] = targets.length;
    }
    for (let i = COUNT; i < 2 * COUNT; i++) {
      // Values point back into the list, to where every element is held by a value too.
      targets.push(i - COUNT);
      offsets[i + 1] = targets.length;
    }
    const roots = new RootsBuilder();
    roots.begin('goroutine', 0);
    roots.add(0);
    roots.begin('data', 0);
    for (let i = 1; i < COUNT; i += 2) roots.add(COUNT + i);
    const graph = new HeapGraph({
      count: 2 * COUNT,
      size: new Float64Array(2 * COUNT).fill(16),
      offsets,
      targets: Int32Array.from(targets),
      opaque: new Uint8Array(2 * COUNT),
    });
    return { graph, roots: roots.finish() };
  }

  test('a list of 300,000 with outside holders takes no time and no recursion', () => {
    const { graph, roots } = chain();
    const { retained, top } = dominators(graph, roots);
    expect(retained[top]).toBe(2 * COUNT * 16);
    expect(new ShortestPaths(graph, roots).to(COUNT - 2)?.objects.length).toBe(3);
    expect(marked(graph, mark(graph, targetsOf(roots, 0)))).toEqual({ objects: 2 * COUNT, bytes: 2 * COUNT * 16 });
  });

  test('a worker gives what this thread gives', async () => {
    const { graph, roots } = chain();
    const here = dominators(graph, roots);
    const aside = await dominatorsAside(graph, roots, { above: 1 });
    expect(aside.idom).toEqual(here.idom);
    expect(aside.retained).toEqual(here.retained);
    expect({ ...aside, idom: 0, retained: 0 }).toEqual({ ...here, idom: 0, retained: 0 });
    expect(await dominatorsAside(graph, roots, { above: graph.count })).toEqual(here);
  });
});

const DUMP: DumpText = {
  objects: [
    { name: 'g1', size: 416, pointers: { 16: 'm', 24: 'deferred' } },
    { name: 'g2', size: 416, pointers: { 32: 'only-g2' } },
    { name: 'm', size: 512 },
    { name: 'deferred', size: 48 },
    { name: 'only-g2', size: 48 },
    { name: 'allgs', size: 16, pointers: { 0: 'g1', 8: 'g2' } },
    { name: 'map', size: 48, pointers: { 0: 'value', 8: 'm+100' } },
    { name: 'value', size: 16 },
    { name: 'file', size: 64, pointers: { 0: 'inner' } },
    { name: 'inner', size: 64 },
    { name: 'closure', size: 16 },
    { name: 'parked', size: 24, pointers: { 8: 'value' } },
  ],
  goroutines: [
    { id: 1, g: 'g1', frames: [{ name: 'main.main', size: 64, pointers: { 8: 'parked', 16: 0 } }] },
    {
      id: 2,
      g: 'g2',
      frames: [
        { name: 'main.leaf', size: 16 },
        { name: 'main.f', size: 16, pointers: { 0: 'value' } },
      ],
    },
  ],
  data: [{ size: 64, pointers: { 0: 'allgs', 16: 'map', 24: 'value', 40: 0, 48: 'm' } }],
  bss: [{ size: 16, pointers: { 0: 'closure' } }],
  otherRoots: [{ description: 'something', to: 'value+3' }],
  finalizers: [
    { object: 'file', funcval: 'closure' },
    { object: 'value', funcval: 0, queued: true },
  ],
};

describe('a dump', () => {
  const { bytes, address } = writeDump(DUMP);
  const dump = readHeapDumpFrom(memorySource(bytes), 'constructed');
  const at = (name: string): number => dump.objectAt(address(name));
  const described = (roots: Roots): [string, number, number[]][] =>
    Array.from({ length: roots.count }, (_, r) => [kindOf(roots, r), roots.index[r] ?? -1, [...targetsOf(roots, r)]]);

  test('has the roots that the collector has, by what a person would call them', () => {
    expect(described(rootsOf(dump))).toEqual([
      ['data', 0, ['allgs', 'map', 'value', 'm'].map(at)],
      ['bss', 0, [at('closure')]],
      ['goroutine', 0, ['parked', 'm', 'deferred'].map(at)],
      ['goroutine', 1, ['value', 'only-g2'].map(at)],
      ['other', 0, [at('value')]],
      ['finalizer', 0, ['closure', 'inner'].map(at)],
      ['queued-finalizer', 1, [at('value')]],
    ]);
  });

  test('has a group for every global that holds something', () => {
    const start = dump.data[0]?.address ?? 0;
    // The first word before any symbol, one symbol of two pointers, one that holds nothing, one more, and one behind.
    const globals = [start + 16, start + 32, start + 48, start + 1000];
    const roots = rootsOf(dump, { globals });
    expect(described(selectRoots(roots, (kind) => kind === 'data' || kind === 'global' || kind === 'bss'))).toEqual([
      ['data', 0, [at('allgs')]],
      ['global', 0, ['map', 'value'].map(at)],
      ['global', 2, [at('m')]],
      ['global', 2, [at('closure')]],
    ]);
  });

  test('does not trace through g objects', () => {
    const graph = HeapGraph.of(dump);
    const marks = mark(graph, [at('allgs')]);
    expect(marked(graph, marks).objects).toBe(3);
    expect(marks[at('deferred')]).toBe(0);
    graph.hide([at('allgs'), -1]);
    expect(marked(graph, mark(graph, [at('allgs')])).objects).toBe(1);
    const seen: number[] = [];
    graph.forEachEdge(at('map'), (target) => seen.push(target));
    graph.forEachEdge(at('g1'), (target) => seen.push(target));
    expect(seen).toEqual(['value', 'm'].map(at));
  });

  test('a finalizer takes nothing from an object that is alive', () => {
    const held = writeDump({
      objects: [
        { name: 'alive', size: 64, pointers: { 0: 'inner' } },
        { name: 'inner', size: 128 },
        { name: 'dead', size: 64, pointers: { 0: 'kept' } },
        { name: 'kept', size: 128 },
        { name: 'closure', size: 16 },
      ],
      data: [{ size: 8, pointers: { 0: 'alive' } }],
      finalizers: [
        { object: 'alive', funcval: 'closure' },
        { object: 'dead', funcval: 0 },
      ],
    });
    const read = readHeapDumpFrom(memorySource(held.bytes), 'constructed');
    const graph = HeapGraph.of(read);
    const alive = read.objectAt(held.address('alive'));
    const retainedBy = (roots: Roots): number => dominators(graph, roots).retained[alive] ?? 0;
    expect(retainedBy(rootsOf(read))).toBe(64);
    const roots = withIdleFinalizers(read, graph, rootsOf(read));
    expect(retainedBy(roots)).toBe(192);
    expect(described(roots)).toEqual([
      ['data', 0, [alive]],
      ['finalizer', 0, [read.objectAt(held.address('closure'))]],
      ['finalizer', 1, [read.objectAt(held.address('kept'))]],
    ]);
  });

  test('names the field of each step of a path', () => {
    expect(fieldBetween(dump, at('map'), at('m'))).toBe(8);
    expect(fieldBetween(dump, at('map'), at('file'))).toBe(-1);
    const paths = new ShortestPaths(HeapGraph.of(dump), rootsOf(dump), { until: [at('inner')] });
    expect(paths.to(at('inner'))).toEqual({ root: 5, objects: [at('inner')] });
    expect(paths.to(at('file'))).toBeNull();
    const limited = new ShortestPaths(HeapGraph.of(dump), rootsOf(dump), { limit: 1 });
    expect(limited.to(at('allgs'))?.objects).toEqual([at('allgs')]);
    expect(limited.to(at('map'))).toBeNull();
  });
});
