/**
 * What the proven goroutines hold: those with one stack are one cluster; heap that only one cluster leads to is its own,
 * heap that several clusters and nothing alive lead to is shared.
 */
import type { GoroutineIndex, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { type Amount, labelGroups, SHARED, sumLabels } from './groups.ts';
import { slotSize } from './layouts.ts';
import type { Proof } from './proof.ts';
import { Marker } from './reach.ts';
import type { Wait } from './waits.ts';

export interface LeakCluster {
  /** With one stack and one kind of wait; never empty. The first stands for all. */
  readonly goroutines: readonly GoroutineIndex[];
  readonly wait: Wait;
  /** Heap that goes with this cluster alone. */
  readonly own: Amount;
  /** Heap that this cluster and others hold; null where there are too many clusters to say. */
  readonly shared: Amount | null;
  /** Bytes of stacks, g and sudog objects: the runtime's part, not in `own`. */
  readonly runtimeBytes: number;
}

export interface Leaked {
  /** Most bytes first. */
  readonly clusters: readonly LeakCluster[];
  /** 1 per object that is reachable without any proven goroutine. */
  readonly live: Uint8Array;
  /** Per object the place of its cluster in `clusters`, SHARED or NONE. */
  readonly labels: Int32Array;
  /** All that only proven goroutines hold. */
  readonly held: Amount;
  /** What a collection would keep: alive and held. */
  readonly reachable: Amount;
}

/** Beyond this many clusters what they share is not told apart: each costs a pass over it. */
const SHARED_CLUSTERS = 200;

export function leakedHeap(proof: Proof): Leaked {
  const { graph } = proof;
  const live = liveObjects(proof);
  const groups = clusterGoroutines(proof);
  const seeds = groups.map((group) => seedsOf(proof, group));
  const first = sumLabels(graph, labelGroups(graph, seeds, live), groups.length);
  // Sorted by size, then labelled again, so that labels are places in the sorted list.
  const order = groups.map((_, i) => i).sort((a, b) => (first.own[b]?.bytes ?? 0) - (first.own[a]?.bytes ?? 0));
  const sortedSeeds = order.map((i) => seeds[i] ?? []);
  const labels = labelGroups(graph, sortedSeeds, live);
  const { own, shared } = sumLabels(graph, labels, groups.length);
  const sharedOf = sharedCounter(proof, labels);
  const clusters = order.map((i, place): LeakCluster => {
    const goroutines = groups[i] ?? [];
    return {
      goroutines,
      wait: proof.waits[goroutines[0] ?? -1] ?? { reason: '', kind: null, objects: [], problem: null },
      own: own[place] ?? { objects: 0, bytes: 0 },
      shared:
        shared.objects === 0
          ? { objects: 0, bytes: 0 }
          : order.length > SHARED_CLUSTERS
            ? null
            : sharedOf(place, sortedSeeds[place] ?? []),
      runtimeBytes: goroutines.reduce((sum, g) => sum + runtimeBytes(proof, g), 0),
    };
  });
  const held = [...own, shared].reduce(add, { objects: 0, bytes: 0 });
  let reachable = held;
  for (let o = 0; o < live.length; o++) {
    // Queues of the runtime keep sudogs, and nothing that is traced leads to them.
    if (live[o] === 1 || graph.opaque[o] === 1)
      reachable = { objects: reachable.objects + 1, bytes: reachable.bytes + (graph.size[o] ?? 0) };
  }
  return { clusters, live, labels, held, reachable };
}

function add(a: Amount, b: Amount): Amount {
  return { objects: a.objects + b.objects, bytes: a.bytes + b.bytes };
}

/** What is reachable from globals, finalizers and all goroutines that are not proven. */
function liveObjects({ dump, graph, roots, verdicts }: Proof): Uint8Array {
  const marker = new Marker(graph);
  for (const block of [...dump.data, ...dump.bss]) for (const target of block.fieldTarget) marker.add(target);
  for (const root of dump.otherRoots) marker.add(root.target);
  for (const { queued, objectIndex, funcvalIndex } of dump.finalizers) {
    marker.add(funcvalIndex);
    if (queued) marker.add(objectIndex);
  }
  for (const [g, verdict] of verdicts.entries()) {
    if (verdict !== 'proven') roots.visit(g, 'held', (object) => marker.add(object));
    marker.drain();
  }
  marker.drain();
  return marker.marked;
}

function clusterGoroutines({ dump, verdicts, waits }: Proof): GoroutineIndex[][] {
  const { goroutines, frames } = dump;
  const clusters = new Map<string, GoroutineIndex[]>();
  for (const [g, verdict] of verdicts.entries()) {
    if (verdict !== 'proven') continue;
    const pcs = frames.pc.subarray(goroutines.frameStart[g] ?? 0, goroutines.frameStart[g + 1] ?? 0);
    const key = `${waits[g]?.kind ?? ''} ${goroutines.goPc[g] ?? 0} ${pcs.join(' ')}`;
    const list = clusters.get(key);
    if (list === undefined) clusters.set(key, [g]);
    else list.push(g);
  }
  return [...clusters.values()];
}

/** What the goroutines of a cluster lead to directly: their stacks, and what they wait for. */
function seedsOf({ roots, waits }: Proof, goroutines: readonly GoroutineIndex[]): ObjectIndex[] {
  const seeds = new Set<ObjectIndex>();
  for (const g of goroutines) {
    roots.visit(g, 'held', (object) => seeds.add(object));
    for (const { object } of waits[g]?.objects ?? []) seeds.add(object);
  }
  return [...seeds];
}

function runtimeBytes({ dump, graph, layout, roots, waits }: Proof, g: GoroutineIndex): number {
  const sudogs = layout === null ? 0 : slotSize(layout.sudog.size) * (waits[g]?.objects.length ?? 0);
  return roots.stackBytes(g) + (graph.size[dump.goroutines.gObject[g] ?? -1] ?? 0) + sudogs;
}

/** Counts what a cluster leads to of the shared heap. */
function sharedCounter(
  { graph }: Proof,
  labels: Int32Array,
): (cluster: number, seeds: readonly ObjectIndex[]) => Amount {
  const seen = new Int32Array(graph.count).fill(-1);
  return (cluster, seeds) => {
    let objects = 0;
    let bytes = 0;
    const stack: ObjectIndex[] = [];
    const reach = (object: ObjectIndex): void => {
      if (object < 0 || seen[object] === cluster) return;
      const label = labels[object];
      if (label !== SHARED && label !== cluster) return;
      seen[object] = cluster;
      stack.push(object);
      if (label !== SHARED) return;
      objects++;
      bytes += graph.size[object] ?? 0;
    };
    for (const object of seeds) reach(object);
    for (let object = stack.pop(); object !== undefined; object = stack.pop()) {
      const end = graph.endEdge(object);
      for (let e = graph.firstEdge(object); e < end; e++) reach(graph.targets[e] ?? -1);
    }
    return { objects, bytes };
  };
}
