/**
 * What a goroutine leads to: its frames, its closure, its deferred calls, and the fields of its g.
 *
 * The pointer fields of a frame in a dump are those of its stack map. Locals whose address is taken (stack objects, since
 * Go 1.12) are not among them; the collector scans those that a live pointer leads to (runtime/mgcstack.go). With the
 * executable their places are known and so is exactly what the collector sees. Without it there are three views:
 * - `live`: for goroutines that may run; it misses nothing that the collector would find: of each frame that some found
 *   pointer leads into, every word.
 * - `exact`: the stack map alone. Nothing in it is dead, but it may miss stack objects.
 * - `held`: between the two, for the bytes that a goroutine holds: every word from where a pointer leads into a frame.
 * In all but `exact`, frames without an exact map (stopped between calls: signals, panics) are taken word by word.
 */
import type { DeferRecord, GoroutineIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { Contents } from './contents.ts';
import type { RuntimeLayout } from './layouts.ts';
import type { StackObject, StackObjectsOf } from './stack-objects.ts';

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
  readonly view: View;
  /** Frame → the byte from which on it is read word by word. */
  readonly from: Map<number, number>;
  /** By start address, and which of them were found; null until something leads into the stack. */
  objects: StackObject[] | null;
  /** Objects that are still to be read. */
  readonly found: StackObject[];
}

export class GoroutineRoots {
  readonly #dump: HeapDump;
  readonly #layout: RuntimeLayout | null;
  readonly #contents: Contents;
  /** Deferred calls by address of the g. */
  readonly #defers = new Map<number, DeferRecord[]>();

  readonly #stackObjectsOf: StackObjectsOf;

  /** Without a layout the stack's bounds are unknown; then `held` is `exact`, and `live` every word. */
  constructor(dump: HeapDump, layout: RuntimeLayout | null, stackObjects: StackObjectsOf | null = null) {
    this.#stackObjectsOf = stackObjects ?? (() => null);
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

  #stack(g: GoroutineIndex, view: View, visit: (object: ObjectIndex, frame: number) => void): void {
    const { frames, goroutines } = this.#dump;
    const bounds = this.#stackBounds(g);
    const stack: Stack = {
      first: goroutines.frameStart[g] ?? 0,
      end: goroutines.frameStart[g + 1] ?? 0,
      view,
      from: new Map(),
      objects: null,
      found: [],
    };
    for (let f = stack.first; f < stack.end && view !== 'exact'; f++) {
      // Without its bounds a stack pointer cannot be told: then all words of all frames.
      if ((bounds === null && view === 'live') || this.#hasNoMap(g, f)) stack.from.set(f, 0);
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

  /** Reads what was found on the stack; it may lead to more there: until none is new. */
  #wholeWords(
    bounds: { lo: number; hi: number } | null,
    stack: Stack,
    visit: (object: ObjectIndex, frame: number) => void,
  ): void {
    const { frames } = this.#dump;
    const scanned = new Map<number, number>();
    for (let again = true; again; ) {
      again = false;
      for (const [f, from] of [...stack.from]) {
        const before = scanned.get(f) ?? frames.size[f] ?? 0;
        if (from >= before) continue;
        scanned.set(f, from);
        again = true;
        this.#range(f, from, before, bounds, stack, visit);
      }
      for (let object = stack.found.pop(); object !== undefined; object = stack.found.pop()) {
        const f = this.#frameAt(object.start, stack);
        const from = object.start - (frames.sp[f] ?? 0);
        this.#range(f, from, from + object.pointersEnd - object.start, bounds, stack, visit);
      }
    }
  }

  /** Bytes from .. to of frame `f`, word by word: objects are visited, stack addresses noted. */
  #range(
    f: number,
    from: number,
    to: number,
    bounds: { lo: number; hi: number } | null,
    stack: Stack,
    visit: (object: ObjectIndex, frame: number) => void,
  ): void {
    const { frames, params } = this.#dump;
    const end = Math.min(to, frames.size[f] ?? 0);
    if (!this.#contents.seek(frames.contentOffset[f] ?? 0, end)) return;
    const inside: number[] = [];
    for (let at = Math.max(0, from); at + params.pointerSize <= end; at += params.pointerSize) {
      const word = this.#contents.word(at);
      if (bounds !== null && word >= bounds.lo && word < bounds.hi) inside.push(word);
      if (word < params.heapStart || word >= params.heapEnd) continue;
      const object = this.#dump.objectAt(word);
      if (object >= 0) visit(object, f);
    }
    for (const word of inside) this.#pointedTo(word, stack);
  }

  /** The frame that an address lies in; frames ascend by address, leaf first. */
  #frameAt(address: number, stack: Stack): number {
    const { frames } = this.#dump;
    let [low, high] = [stack.first, stack.end - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((frames.sp[middle] ?? 0) <= address) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Notes that something leads to `address` on the stack: the object there, or where they are unknown, the frame. */
  #pointedTo(address: number, stack: Stack): void {
    const { frames, params } = this.#dump;
    if (stack.first >= stack.end) return;
    const objects = this.#objectsOn(stack);
    const known = objects.findLastIndex((object) => object.start <= address);
    const object = objects[known];
    if (object !== undefined && address < object.end) {
      objects.splice(known, 1);
      stack.found.push(object);
      return;
    }
    const f = this.#frameAt(address, stack);
    const inside = address - (frames.sp[f] ?? 0);
    if (inside < 0 || stack.view === 'exact') return;
    const outside = inside >= (frames.size[f] ?? 0);
    for (const frame of outside && f + 1 < stack.end ? [f, f + 1] : [f]) {
      if (this.#stackObjectsOf(frame) !== null) continue;
      // A pointer into a stack object may lead to its middle: all of the frame, where nothing may be missed.
      const from = stack.view === 'live' || outside ? 0 : inside - (inside % params.pointerSize);
      if (from < (stack.from.get(frame) ?? Number.POSITIVE_INFINITY)) stack.from.set(frame, from);
    }
  }

  /** All stack objects of the goroutine that are known and not found yet, by start address. */
  #objectsOn(stack: Stack): StackObject[] {
    if (stack.objects !== null) return stack.objects;
    const objects: StackObject[] = [];
    for (let f = stack.first; f < stack.end; f++) objects.push(...(this.#stackObjectsOf(f) ?? []));
    objects.sort((a, b) => a.start - b.start);
    stack.objects = objects;
    return objects;
  }

  #stackBounds(g: GoroutineIndex): { lo: number; hi: number } | null {
    if (this.#layout === null) return null;
    const { g: layout } = this.#layout;
    if (!this.#contents.seekObject(this.#dump.goroutines.gObject[g] ?? -1, layout.size)) return null;
    const [lo, hi] = [this.#contents.word(layout.stackLo), this.#contents.word(layout.stackHi)];
    return lo > 0 && lo < hi ? { lo, hi } : null;
  }
}
