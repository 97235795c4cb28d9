/**
 * Who holds the heap: what would be free without each global, each cluster of goroutines, each finalizer (dominators).
 * Leaked goroutines are holders like any other.
 */
import type { GoroutineIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { dominatorsAside } from './dominators-aside.ts';
import {
  kindOf,
  type RootKind,
  RootsBuilder,
  rootsOf,
  selectRoots,
  targetsOf,
  withIdleFinalizers,
} from './graph-roots.ts';
import type { Names } from './names.ts';
import type { Proof } from './proof.ts';

export interface RetainedHolder {
  readonly kind: 'global' | 'goroutines' | 'leaked goroutines' | 'finalizer' | 'other';
  /** Bytes that would be free without it, and nothing else. */
  readonly bytes: number;
  /** Address of the global; 0 for others. */
  readonly address: number;
  /** The goroutines of a cluster; empty for others. */
  readonly goroutines: readonly GoroutineIndex[];
  /** From the holder on, each time the object that retains most. */
  readonly path: readonly { readonly object: ObjectIndex; readonly bytes: number }[];
}

/** Steps of a path; further down the memory is spread. */
const LONGEST = 6;
/** A child is followed while it retains this share of what its parent does. */
const SHARE = 0.3;

/** The `limit` largest, most bytes first. Some seconds for ten million objects. */
export async function retainedHolders(proof: Proof, names: Names, limit: number): Promise<RetainedHolder[]> {
  const { dump, graph } = proof;
  const globals = globalStarts(dump, names);
  const base = selectRoots(rootsOf(dump, { globals }), (kind) => kind !== 'goroutine');
  const roots = new RootsBuilder();
  for (let r = 0; r < base.count; r++) {
    roots.begin(kindOf(base, r), base.index[r] ?? 0);
    for (const target of targetsOf(base, r)) roots.add(target);
  }
  const clusters = goroutineClusters(proof);
  for (const [i, cluster] of clusters.entries()) {
    roots.begin('goroutine', i);
    for (const g of cluster) {
      proof.roots.visit(g, 'held', (object) => roots.add(object));
      for (const { object } of proof.waits[g]?.objects ?? []) roots.add(object);
    }
  }
  const all = withIdleFinalizers(dump, graph, roots.finish());
  const tree = await dominatorsAside(graph, all);
  const retainedBy = (r: number): number => tree.retained[tree.objects + r] ?? 0;
  const order = Array.from({ length: all.count }, (_, r) => r)
    .filter((r) => retainedBy(r) > 0)
    .sort((a, b) => retainedBy(b) - retainedBy(a))
    .slice(0, limit);
  const heaviest = heaviestChildren(tree.idom, tree.retained, tree.objects);
  return order.map((r): RetainedHolder => {
    const kind = kindOf(all, r);
    const index = all.index[r] ?? -1;
    const goroutines = kind === 'goroutine' ? (clusters[index] ?? []) : [];
    return {
      kind: holderKind(kind, proof, goroutines),
      bytes: retainedBy(r),
      address: kind === 'global' ? (globals[index] ?? 0) : 0,
      goroutines,
      path: pathFrom(tree.objects + r, heaviest, tree.retained),
    };
  });
}

function holderKind(kind: RootKind, { verdicts }: Proof, [first]: readonly GoroutineIndex[]): RetainedHolder['kind'] {
  if (kind === 'goroutine') return verdicts[first ?? -1] === 'proven' ? 'leaked goroutines' : 'goroutines';
  if (kind === 'finalizer' || kind === 'queued-finalizer') return 'finalizer';
  return kind === 'other' ? 'other' : 'global';
}

/** Where globals with pointers begin: the symbols, or where there are none, every pointer for itself. Ascending. */
function globalStarts({ data, bss }: HeapDump, names: Names): number[] {
  const starts = new Set<number>();
  for (const block of [...data, ...bss]) {
    for (let e = 0; e < block.fieldAt.length; e++) {
      if ((block.fieldTarget[e] ?? -1) < 0) continue;
      const address = block.address + (block.fieldAt[e] ?? 0);
      starts.add(address - (names.global(address)?.offset ?? 0));
    }
  }
  return [...starts].sort((a, b) => a - b);
}

/** By stack, leaked ones apart. */
function goroutineClusters({ dump, verdicts }: Proof): GoroutineIndex[][] {
  const { goroutines, frames } = dump;
  const clusters = new Map<string, GoroutineIndex[]>();
  for (let g = 0; g < goroutines.count; g++) {
    const pcs = frames.pc.subarray(goroutines.frameStart[g] ?? 0, goroutines.frameStart[g + 1] ?? 0);
    const key = `${verdicts[g] === 'proven'} ${goroutines.goPc[g] ?? 0} ${pcs.join(' ')}`;
    const list = clusters.get(key);
    if (list === undefined) clusters.set(key, [g]);
    else list.push(g);
  }
  return [...clusters.values()];
}

/** For each node of the dominator tree the object below it that retains most; -1 for none. */
function heaviestChildren(idom: Int32Array, retained: Float64Array, objects: number): Int32Array {
  const heaviest = new Int32Array(idom.length).fill(-1);
  for (let o = 0; o < objects; o++) {
    const parent = idom[o] ?? -1;
    if (parent < 0) continue;
    const best = heaviest[parent] ?? -1;
    if (best < 0 || (retained[o] ?? 0) > (retained[best] ?? 0)) heaviest[parent] = o;
  }
  return heaviest;
}

function pathFrom(
  node: number,
  heaviest: Int32Array,
  retained: Float64Array,
): { object: ObjectIndex; bytes: number }[] {
  const path: { object: ObjectIndex; bytes: number }[] = [];
  for (let at = node; path.length < LONGEST; ) {
    const next = heaviest[at] ?? -1;
    const bytes = next < 0 ? 0 : (retained[next] ?? 0);
    if (next < 0 || bytes < SHARE * (retained[at] ?? 0)) return path;
    path.push({ object: next, bytes });
    at = next;
  }
  return path;
}
