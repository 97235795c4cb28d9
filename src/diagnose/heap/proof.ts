/**
 * Which goroutines can never run again (docs/proof.md).
 *
 * A goroutine that is parked on a channel, a lock, a wait group or a condition variable runs again only if somebody who
 * can run has a way to that object. So: mark from the roots (globals, finalizers, goroutines that are not so parked), and
 * whenever an object is marked that somebody waits for, mark from the stack of that goroutine too, until nothing changes.
 * Who is left is waited for by nobody: not now, and not later, since only reachable code could change that.
 *
 * Every step errs to one side, towards "may run": frames of goroutines that may run are read word by word wherever a pointer leads into them, finalizers
 * and cleanups count as code that will run, weak pointers as pointers, and what is not understood as alive.
 */
import type { Executable } from '../../evidence/binary/executable.ts';
import type { GoroutineIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { GoroutineRoots } from './goroutine-roots.ts';
import { HeapGraph } from './graph.ts';
import { knownMinors, layoutFor, type RuntimeLayout } from './layouts.ts';
import { Marker } from './reach.ts';
import { stackObjectsOf } from './stack-objects.ts';
import { findWaits, type Wait } from './waits.ts';
import { isMainGoroutine, mayHaveCleanups, missingModules, weakHandles } from './weak.ts';

export type GoroutineVerdict = 'proven' | 'alive' | 'unknown';

export interface Proof {
  readonly dump: HeapDump;
  /** Per goroutine. */
  readonly verdicts: readonly GoroutineVerdict[];
  readonly waits: readonly Wait[];
  /** Per goroutine why it is not proven; empty for the proven. */
  readonly why: readonly string[];
  /** In which g and sudog objects are opaque. Both hang in tables of the runtime that would keep everything alive. */
  readonly graph: HeapGraph;
  /** What goroutines lead to. */
  readonly roots: GoroutineRoots;
  /** Goroutines that never run again and are no leak: main in `select {}`. They are among the alive. */
  readonly onPurpose: ReadonlySet<GoroutineIndex>;
  readonly layout: RuntimeLayout | null;
  /** Parked on something that a proof can be made for. */
  readonly parked: number;
  readonly proven: number;
  /** Why no proof was tried at all, or null. */
  readonly refused: string | null;
  /** What the proof had to leave open, one sentence each. */
  readonly notes: readonly string[];
}

export const ALIVE = {
  running: 'it is not parked on a channel, select or lock',
  reachable: 'something that can run has a way to what it waits for',
  global: 'it waits for something that is not on the heap: a global, to which everything has a way',
  main: 'the main goroutine blocks for ever in select {}: how programs keep running on purpose',
} as const;

const ORPHANED =
  'only objects that nothing refers to lead to what it waits for; these are garbage, or belong to a cleanup (runtime.AddCleanup), which heap dumps do not show. Dump right after a garbage collection to have less garbage';

/**
 * Proves what can be proven; a second or two for ten million objects. With the executable of the dump the stacks are known
 * exactly; without, whole frames count as roots, and what is left in dead slots makes some leaked goroutines look alive.
 * Throws EvidenceError where the executable is another program's.
 */
export function prove(dump: HeapDump, executable: Executable | null = null): Proof {
  const layout = layoutFor(dump.params);
  const refused = refusal(dump, layout, executable);
  if (refused !== null || layout === null) return withoutProof(dump, layout, refused ?? 'no layout is known');
  const stackObjects = executable === null ? null : stackObjectsOf(dump, executable);
  return new Prover(dump, layout, new GoroutineRoots(dump, layout, stackObjects)).prove();
}

function refusal(dump: HeapDump, layout: RuntimeLayout | null, executable: Executable | null): string | null {
  if (layout === null) {
    const { oldest, newest } = knownMinors();
    return `the layout of ${dump.params.goVersion || 'this Go version'} (${dump.params.pointerSize * 8}-bit) is not known; proofs are made for Go 1.${oldest} to 1.${newest}`;
  }
  // The runtime writes them in this order, so with MemStats all roots are there.
  if (dump.partial && dump.memstats === null)
    return 'the dump is cut before the end of the roots, and what is missing may hold anything';
  return missingModules(dump, executable);
}

function withoutProof(dump: HeapDump, layout: RuntimeLayout | null, refused: string): Proof {
  const { count } = dump.goroutines;
  return {
    dump,
    verdicts: new Array<GoroutineVerdict>(count).fill('unknown'),
    waits: new Array<Wait>(count).fill({ reason: '', kind: null, objects: [], problem: null }),
    why: new Array<string>(count).fill(refused),
    graph: HeapGraph.of(dump),
    roots: new GoroutineRoots(dump, layout),
    onPurpose: new Set(),
    layout,
    parked: 0,
    proven: 0,
    refused,
    notes: [],
  };
}

class Prover {
  readonly #dump: HeapDump;
  readonly #layout: RuntimeLayout;
  readonly #roots: GoroutineRoots;
  readonly #waits: readonly Wait[];
  readonly #graph: HeapGraph;
  /** 1 per object that somebody waits for. */
  readonly #watched: Uint8Array;
  readonly #marker: Marker;
  /** Wait object → the goroutines that wait for it and may still be proven. */
  readonly #waiters = new Map<ObjectIndex, GoroutineIndex[]>();
  readonly #verdicts: GoroutineVerdict[];
  readonly #why: string[];
  readonly #notes: string[] = [];

  constructor(dump: HeapDump, layout: RuntimeLayout, roots: GoroutineRoots) {
    this.#dump = dump;
    this.#layout = layout;
    this.#roots = roots;
    const { of, sudogs } = findWaits(dump, layout);
    this.#waits = of;
    this.#graph = HeapGraph.of(dump);
    for (let o = 0; o < sudogs.length; o++) if (sudogs[o] === 1) this.#graph.opaque[o] = 1;
    this.#watched = new Uint8Array(dump.objects.count);
    this.#marker = new Marker(this.#graph, { watched: this.#watched, hidden: weakHandles(dump) });
    this.#verdicts = new Array<GoroutineVerdict>(dump.goroutines.count).fill('alive');
    this.#why = new Array<string>(dump.goroutines.count).fill(ALIVE.running);
  }

  prove(): Proof {
    const asleepForGood = this.#candidates();
    this.#markRoots();
    for (let g = 0; g < this.#dump.goroutines.count; g++) {
      if (this.#verdicts[g] !== 'proven' && !asleepForGood.has(g)) this.#wake(g);
    }
    this.#settle();
    const held = this.#reachableFromCandidates(asleepForGood);
    this.#finalizersOfGarbage(held);
    if (mayHaveCleanups(this.#dump)) this.#orphans(held);
    const proven = this.#verdicts.filter((verdict) => verdict === 'proven').length;
    const parked = this.#waits.filter((wait) => wait.kind !== null).length;
    this.#noteUnknown();
    return {
      dump: this.#dump,
      verdicts: this.#verdicts,
      waits: this.#waits,
      why: this.#why,
      graph: this.#graph,
      roots: this.#roots,
      onPurpose: asleepForGood,
      layout: this.#layout,
      parked,
      proven,
      refused: null,
      notes: this.#notes,
    };
  }

  /**
   * Everybody parked starts as proven, unless the wait is not understood or not on the heap. Returns those who never run
   * again and are no leak: main in `select {}`.
   */
  #candidates(): Set<GoroutineIndex> {
    const onPurpose = new Set<GoroutineIndex>();
    for (const [g, wait] of this.#waits.entries()) {
      if (wait.kind === null) continue;
      if (wait.problem !== null) {
        this.#set(g, 'unknown', wait.problem);
      } else if (wait.kind === 'select-no-cases' && isMainGoroutine(this.#dump, g)) {
        this.#set(g, 'alive', ALIVE.main);
        onPurpose.add(g);
      } else if (wait.objects.some((waited) => waited.object < 0)) {
        this.#set(g, 'alive', ALIVE.global);
      } else {
        this.#set(g, 'proven', '');
        for (const { object } of wait.objects) this.#watch(object, g);
      }
    }
    return onPurpose;
  }

  #watch(object: ObjectIndex, g: GoroutineIndex): void {
    this.#watched[object] = 1;
    const list = this.#waiters.get(object);
    if (list === undefined) this.#waiters.set(object, [g]);
    else list.push(g);
  }

  #markRoots(): void {
    const { data, bss, otherRoots, finalizers } = this.#dump;
    for (const block of [...data, ...bss]) for (const target of block.fieldTarget) this.#marker.add(target);
    for (const root of otherRoots) this.#marker.add(root.target);
    for (const finalizer of finalizers) {
      this.#marker.add(finalizer.funcvalIndex);
      if (finalizer.queued) this.#marker.add(finalizer.objectIndex);
    }
    this.#marker.drain();
  }

  /** Marks all that goroutine `g` may get at once it runs. */
  #wake(g: GoroutineIndex): void {
    this.#roots.visit(g, 'live', (object) => this.#marker.add(object));
    for (const { object } of this.#waits[g]?.objects ?? []) this.#marker.add(object);
    this.#marker.drain();
  }

  /** Wakes whoever waits for what was marked, until nobody is left to wake. */
  #settle(): void {
    const { reached } = this.#marker;
    for (let object = reached.pop(); object !== undefined; object = reached.pop()) {
      for (const g of this.#waiters.get(object) ?? []) {
        if (this.#verdicts[g] !== 'proven') continue;
        this.#set(g, 'alive', ALIVE.reachable);
        this.#wake(g);
      }
    }
  }

  /** What those who are still candidates keep from the collector, for certain. */
  #reachableFromCandidates(asleepForGood: ReadonlySet<GoroutineIndex>): Uint8Array {
    const held = new Marker(this.#graph);
    for (const [g, verdict] of this.#verdicts.entries()) {
      if (verdict !== 'proven' && !asleepForGood.has(g)) continue;
      this.#roots.visit(g, 'exact', (object) => held.add(object));
      for (const { object } of this.#waits[g]?.objects ?? []) held.add(object);
      held.drain();
    }
    return held.marked;
  }

  /**
   * An object with a finalizer that nobody holds will be finalized, and the finalizer gets it. One that a leaked goroutine
   * holds is never finalized.
   */
  #finalizersOfGarbage(held: Uint8Array): void {
    for (const { objectIndex } of this.#dump.finalizers) {
      if (objectIndex >= 0 && held[objectIndex] === 0) this.#marker.add(objectIndex);
    }
    this.#marker.drain();
    this.#settle();
  }

  /** What nothing in the dump points to is garbage, or belongs to a cleanup, which will run. */
  #orphans(held: Uint8Array): void {
    const before = [...this.#verdicts];
    const { count } = this.#dump.objects;
    const { marked } = this.#marker;
    for (let o = 0; o < count; o++) {
      if (marked[o] === 0 && held[o] === 0 && this.#graph.opaque[o] === 0) this.#marker.add(o);
    }
    this.#marker.drain();
    this.#settle();
    for (const [g, verdict] of before.entries()) {
      if (verdict === 'proven' && this.#verdicts[g] !== 'proven') this.#set(g, 'unknown', ORPHANED);
    }
  }

  /** One sentence for each reason. */
  #noteUnknown(): void {
    const reasons = new Map<string, GoroutineIndex[]>();
    for (const [g, verdict] of this.#verdicts.entries()) {
      if (verdict !== 'unknown') continue;
      const why = this.#why[g] ?? '';
      const list = reasons.get(why);
      if (list === undefined) reasons.set(why, [g]);
      else list.push(g);
    }
    for (const [why, list] of reasons) {
      const which = `goroutine ${this.#dump.goroutines.id[list[0] ?? 0] ?? 0}${list.length > 1 ? ` and ${list.length - 1} more` : ''}`;
      this.#notes.push(`No proof is claimed for ${which}: ${why}.`);
    }
  }

  #set(g: GoroutineIndex, verdict: GoroutineVerdict, why: string): void {
    this.#verdicts[g] = verdict;
    this.#why[g] = why;
  }
}
