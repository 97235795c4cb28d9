/** What keeps objects alive, in groups that a person would name: a global, a goroutine, a finalizer. */

import type { GoroutineIndex, HeapDump, PointerBlock } from '../../evidence/heapdump/dump.ts';
import type { HeapGraph } from './graph.ts';
import { mark } from './mark.ts';

/**
 * `data` and `bss` are whole segments (or what no symbol covers of them), `global` is one symbol. `finalizer` keeps what
 * the object points to, not the object, and the closure (runtime/mgcmark.go markrootSpans); `queued-finalizer` the object too.
 */
export const ROOT_KINDS = ['data', 'bss', 'global', 'goroutine', 'other', 'finalizer', 'queued-finalizer'] as const;
export type RootKind = (typeof ROOT_KINDS)[number];
export type RootGroup = number;

/** Root groups as columns. */
export interface Roots {
  readonly count: number;
  /** Index into ROOT_KINDS. */
  readonly kind: Uint8Array;
  /** Index of the block, global (in `globals`), goroutine, root or finalizer. */
  readonly index: Int32Array;
  /** CSR: the objects that group r points to are targets[offsets[r] .. offsets[r + 1]]; -1 and doubles are among them. */
  readonly offsets: Uint32Array;
  readonly targets: Int32Array;
}

export interface RootOptions {
  /** Start addresses of the globals, ascending; one group for each that has pointers. Without, one per segment. */
  readonly globals?: ArrayLike<number>;
}

/**
 * All root groups of a dump: globals, goroutines, other roots, finalizers, in this order.
 *
 * A goroutine's are what its stack maps say and the fields of its g (deferred calls, labels), for the g is opaque. Locals whose
 * address is taken are not in stack maps; goroutine-roots.ts finds those.
 */
export function rootsOf(dump: HeapDump, { globals = [] }: RootOptions = {}): Roots {
  const roots = new RootsBuilder();
  for (const kind of ['data', 'bss'] as const) {
    dump[kind].forEach((block, index) => {
      addBlock(roots, kind, index, block, globals);
    });
  }
  for (let g = 0; g < dump.goroutines.count; g++) {
    roots.begin('goroutine', g);
    addGoroutine(dump, g, (target) => roots.add(target));
  }
  dump.otherRoots.forEach(({ target }, index) => {
    roots.begin('other', index);
    roots.add(target);
  });
  dump.finalizers.forEach(({ queued, objectIndex, funcvalIndex }, index) => {
    roots.begin(queued ? 'queued-finalizer' : 'finalizer', index);
    roots.add(funcvalIndex);
    if (queued) roots.add(objectIndex);
    else addFields(dump, objectIndex, (target) => roots.add(target));
  });
  return roots.finish();
}

/** Objects of one group; a view, not a copy. */
export function targetsOf(roots: Roots, group: RootGroup): Int32Array {
  return roots.targets.subarray(roots.offsets[group], roots.offsets[group + 1]);
}

export function kindOf(roots: Roots, group: RootGroup): RootKind {
  return ROOT_KINDS[roots.kind[group] ?? 0] ?? 'other';
}

/** The groups that `keep` says, with their targets. */
export function selectRoots(roots: Roots, keep: (kind: RootKind, index: number, group: RootGroup) => boolean): Roots {
  const selected = new RootsBuilder();
  for (let r = 0; r < roots.count; r++) {
    const kind = kindOf(roots, r);
    const index = roots.index[r] ?? 0;
    if (!keep(kind, index, r)) continue;
    selected.begin(kind, index);
    for (const target of targetsOf(roots, r)) selected.add(target);
  }
  return selected.finish();
}

/**
 * The roots in which the finalizer of an object that is alive anyway keeps only its closure. A finalizer keeps what its object
 * points to too; as a root of its own it would take from the object what the object retains.
 */
export function withIdleFinalizers(dump: HeapDump, graph: HeapGraph, roots: Roots): Roots {
  const marks = new Uint8Array(graph.count);
  for (let r = 0; r < roots.count; r++) if (kindOf(roots, r) !== 'finalizer') mark(graph, targetsOf(roots, r), marks);
  const idle = new RootsBuilder();
  for (let r = 0; r < roots.count; r++) {
    const kind = kindOf(roots, r);
    const index = roots.index[r] ?? -1;
    idle.begin(kind, index);
    const finalizer = kind === 'finalizer' ? dump.finalizers[index] : undefined;
    if (finalizer !== undefined && marks[finalizer.objectIndex] === 1) idle.add(finalizer.funcvalIndex);
    else for (const target of targetsOf(roots, r)) idle.add(target);
  }
  return idle.finish();
}

function addGoroutine(dump: HeapDump, g: GoroutineIndex, add: (target: number) => void): void {
  const { frames, goroutines } = dump;
  const from = frames.fieldOffsets[goroutines.frameStart[g] ?? 0] ?? 0;
  const to = frames.fieldOffsets[goroutines.frameStart[g + 1] ?? 0] ?? 0;
  for (let f = from; f < to; f++) add(frames.fieldTarget[f] ?? -1);
  addFields(dump, goroutines.gObject[g] ?? -1, add);
}

function addFields({ objects }: HeapDump, object: number, add: (target: number) => void): void {
  if (object < 0) return;
  const end = objects.fieldOffsets[object + 1] ?? 0;
  for (let f = objects.fieldOffsets[object] ?? 0; f < end; f++) add(objects.fieldTarget[f] ?? -1);
}

/** Fields ascend inside a block, so one walk along the globals gives each field its global. */
function addBlock(
  roots: RootsBuilder,
  kind: 'data' | 'bss',
  index: number,
  { address, fieldAt, fieldTarget }: PointerBlock,
  globals: ArrayLike<number>,
): void {
  let open = -2;
  let global = lastAtOrBelow(globals, address);
  for (let f = 0; f < fieldAt.length; f++) {
    const at = address + (fieldAt[f] ?? 0);
    while (global + 1 < globals.length && (globals[global + 1] ?? 0) <= at) global++;
    const target = fieldTarget[f] ?? -1;
    if (target < 0) continue;
    if (open !== global) {
      if (global < 0) roots.begin(kind, index);
      else roots.begin('global', global);
      open = global;
    }
    roots.add(target);
  }
}

/** Index of the last element that is at most `value`, -1 where none is. */
function lastAtOrBelow(ascending: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Puts groups together one by one; -1 is left out. */
export class RootsBuilder {
  readonly #kind: number[] = [];
  readonly #index: number[] = [];
  readonly #starts: number[] = [];
  #targets = new Int32Array(1024);
  #length = 0;

  begin(kind: RootKind, index: number): void {
    this.#kind.push(ROOT_KINDS.indexOf(kind));
    this.#index.push(index);
    this.#starts.push(this.#length);
  }

  add(target: number): void {
    if (target < 0) return;
    if (this.#length === this.#targets.length) {
      const larger = new Int32Array(this.#length * 2);
      larger.set(this.#targets);
      this.#targets = larger;
    }
    this.#targets[this.#length++] = target;
  }

  finish(): Roots {
    return {
      count: this.#kind.length,
      kind: Uint8Array.from(this.#kind),
      index: Int32Array.from(this.#index),
      offsets: Uint32Array.from([...this.#starts, this.#length]),
      targets: this.#targets.slice(0, this.#length),
    };
  }
}
