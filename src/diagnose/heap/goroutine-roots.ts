/**
 * What a goroutine leads to: its frames, its closure, its deferred calls, and the fields of its g.
 *
 * The pointer fields of a frame in a dump are those of its stack map. Locals whose address is taken (stack objects, since
 * Go 1.12) are not among them; the collector scans them where a live pointer leads into the stack (runtime/mgcstack.go).
 * Their place and size are in the binary only, so there are three views:
 * - `live`: for goroutines that may run; it misses nothing that the collector would find. The stack map, and every word
 *   of each frame that some found pointer leads into, or that has no exact map: it was stopped between calls (signals,
 *   panics).
 * - `exact`: the stack map alone. Nothing in it is dead, but it may miss stack objects.
 * - `held`: between the two, for the bytes that a goroutine holds: the stack map, and the words of a frame from where a
 *   pointer leads into it.
 */
import type { DeferRecord, GoroutineIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { Contents } from './contents.ts';
import type { RuntimeLayout } from './layouts.ts';

export type View = 'live' | 'held' | 'exact';

/** Assembly that spills registers, reflection's argument frames, and debugger calls. */
const NO_MAP =
  /^(?:runtime\.(?:asyncPreempt|debugCall|reflectcall|call\d+|cgocallback)|reflect\.(?:makeFuncStub|methodValueCall|callReflect|callMethod))/;
/** What is called between instructions rather than by them: the caller was not at a safe point. */
const INTERRUPTS = /^runtime\.(?:asyncPreempt|sigpanic|debugCall|gopanic|panicmem|panicdivide)/;

interface Stack {
  /** Frames first .. end, leaf first. */
  readonly first: number;
  readonly end: number;
  /** A pointer into a frame opens all of it, not only what follows. */
  readonly whole: boolean;
  /** Frame → the byte from which on it is read word by word. */
  readonly from: Map<number, number>;
}

export class GoroutineRoots {
  readonly #dump: HeapDump;
  readonly #layout: RuntimeLayout | null;
  readonly #contents: Contents;
  /** Deferred calls by address of the g. */
  readonly #defers = new Map<number, DeferRecord[]>();

  /** Without a layout the stack's bounds are unknown; then `held` is `exact`, and `live` every word. */
  constructor(dump: HeapDump, layout: RuntimeLayout | null) {
    this.#dump = dump;
    this.#layout = layout;
    this.#contents = new Contents(dump);
    for (const record of dump.defers) {
      const list = this.#defers.get(record.goroutine);
      if (list === undefined) this.#defers.set(record.goroutine, [record]);
      else list.push(record);
    }
  }

  /** Calls `visit` with every object that goroutine `g` leads to, some of them more than once; frame is -1 outside frames. */
  visit(g: GoroutineIndex, view: View, visit: (object: ObjectIndex, frame: number) => void): void {
    const { goroutines, objects } = this.#dump;
    const at = (address: number): void => {
      const object = address === 0 ? -1 : this.#dump.objectAt(address);
      if (object >= 0) visit(object, -1);
    };
    at(goroutines.ctxt[g] ?? 0);
    at(goroutines.defer[g] ?? 0);
    at(goroutines.panic[g] ?? 0);
    for (const record of this.#defers.get(goroutines.address[g] ?? -1) ?? []) {
      at(record.address);
      at(record.funcval);
    }
    const gObject = goroutines.gObject[g] ?? -1;
    if (gObject >= 0) {
      const end = objects.fieldOffsets[gObject + 1] ?? 0;
      for (let e = objects.fieldOffsets[gObject] ?? 0; e < end; e++) {
        const target = objects.fieldTarget[e] ?? -1;
        if (target >= 0) visit(target, -1);
      }
    }
    this.#stack(g, view, visit);
  }

  /** Bytes of the goroutine's stack; 0 where the layout is unknown. */
  stackBytes(g: GoroutineIndex): number {
    const bounds = this.#stackBounds(g);
    return bounds === null ? 0 : bounds.hi - bounds.lo;
  }

  /** Every aligned word of frame `f` from byte `from` on that is the address of an object. */
  #words(f: number, from: number, visit: (object: ObjectIndex, frame: number) => void): void {
    const { frames, params } = this.#dump;
    const size = frames.size[f] ?? 0;
    if (!this.#contents.seek(frames.contentOffset[f] ?? 0, size)) return;
    for (let at = from; at + params.pointerSize <= size; at += params.pointerSize) {
      const word = this.#contents.word(at);
      if (word < params.heapStart || word >= params.heapEnd) continue;
      const object = this.#dump.objectAt(word);
      if (object >= 0) visit(object, f);
    }
  }

  #stack(g: GoroutineIndex, view: View, visit: (object: ObjectIndex, frame: number) => void): void {
    const { frames, goroutines } = this.#dump;
    const bounds = view === 'exact' ? null : this.#stackBounds(g);
    const stack: Stack = {
      first: goroutines.frameStart[g] ?? 0,
      end: goroutines.frameStart[g + 1] ?? 0,
      whole: view === 'live',
      from: new Map(),
    };
    if (view === 'live') {
      // Without its bounds a stack pointer cannot be told: then all words of all frames.
      for (let f = stack.first; f < stack.end; f++) if (bounds === null || this.#hasNoMap(g, f)) stack.from.set(f, 0);
    }
    for (let f = stack.first; f < stack.end; f++) {
      const last = frames.fieldOffsets[f + 1] ?? 0;
      for (let e = frames.fieldOffsets[f] ?? 0; e < last; e++) {
        const target = frames.fieldTarget[e] ?? -1;
        if (target >= 0) visit(target, f);
        else if (bounds !== null) {
          const word = this.#dump.word(frames.contentOffset[f] ?? 0, frames.fieldAt[e] ?? 0);
          if (word >= bounds.lo && word < bounds.hi) this.#pointedTo(word, stack);
        }
      }
    }
    if (bounds !== null) {
      // Records of defers and panics, and the closures of defers, may lie on the stack.
      const records = this.#defers.get(goroutines.address[g] ?? -1) ?? [];
      const pointers = records.flatMap((record) => [record.address, record.funcval]);
      for (const word of [...pointers, goroutines.panic[g] ?? 0, goroutines.ctxt[g] ?? 0]) {
        if (word >= bounds.lo && word < bounds.hi) this.#pointedTo(word, stack);
      }
    }
    this.#wholeWords(bounds, stack, visit);
  }

  /** Whether the stack map of frame `f` may not be what the collector would use. */
  #hasNoMap(g: GoroutineIndex, f: number): boolean {
    const { goroutines } = this.#dump;
    if ((goroutines.panic[g] ?? 0) !== 0) return true;
    const callee = f > (goroutines.frameStart[g] ?? 0) ? this.#nameOf(f - 1) : '';
    return NO_MAP.test(this.#nameOf(f)) || INTERRUPTS.test(callee);
  }

  #nameOf(f: number): string {
    return this.#dump.strings[this.#dump.frames.name[f] ?? -1] ?? '';
  }

  /** Reads the frames in `stack.from` word by word; they may lead into further frames: until none is new. */
  #wholeWords(
    bounds: { lo: number; hi: number } | null,
    stack: Stack,
    visit: (object: ObjectIndex, frame: number) => void,
  ): void {
    const { frames, params } = this.#dump;
    const scanned = new Map<number, number>();
    for (let again = true; again; ) {
      again = false;
      for (const [f, from] of [...stack.from]) {
        if (from >= (scanned.get(f) ?? Number.POSITIVE_INFINITY)) continue;
        scanned.set(f, from);
        again = true;
        this.#words(f, from, visit);
        const size = frames.size[f] ?? 0;
        if (bounds === null || !this.#contents.seek(frames.contentOffset[f] ?? 0, size)) continue;
        for (let at = from; at + params.pointerSize <= size; at += params.pointerSize) {
          const word = this.#contents.word(at);
          if (word >= bounds.lo && word < bounds.hi) this.#pointedTo(word, stack);
        }
      }
    }
  }

  /** Notes that something leads to `address` on the stack; frames ascend by address, leaf first. */
  #pointedTo(address: number, stack: Stack): void {
    const { frames, params } = this.#dump;
    let [low, high] = [stack.first, stack.end - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((frames.sp[middle] ?? 0) <= address) low = middle;
      else high = middle - 1;
    }
    const inside = address - (frames.sp[low] ?? 0);
    if (inside < 0) return;
    // A pointer into a stack object may lead to its middle: all of the frame, where nothing may be missed.
    const from = stack.whole ? 0 : inside - (inside % params.pointerSize);
    if (from < (stack.from.get(low) ?? Number.POSITIVE_INFINITY)) stack.from.set(low, from);
    const outside = inside >= (frames.size[low] ?? 0);
    if (outside && stack.whole && low + 1 < stack.end) stack.from.set(low + 1, 0);
  }

  #stackBounds(g: GoroutineIndex): { lo: number; hi: number } | null {
    if (this.#layout === null) return null;
    const { g: layout } = this.#layout;
    if (!this.#contents.seekObject(this.#dump.goroutines.gObject[g] ?? -1, layout.size)) return null;
    const [lo, hi] = [this.#contents.word(layout.stackLo), this.#contents.word(layout.stackHi)];
    return lo > 0 && lo < hi ? { lo, hi } : null;
  }
}
