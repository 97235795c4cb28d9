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

const NOTHING = 0;
const IS_MAPLESS = 1;
const IS_INTERRUPT = 2;

interface Stack {
  /** Frames first .. end, leaf first. */
  readonly first: number;
  readonly end: number;
  readonly view: View;
  /** Frame → the byte from which on it is read word by word; those in `frames` are still to be read. */
  readonly from: Map<number, number>;
  readonly frames: number[];
  /** By start address; null until something leads into the stack. */
  objects: readonly StackObject[] | null;
  /** Which of them something leads to, and which are still to be read. */
  readonly reached: Set<StackObject>;
  readonly found: StackObject[];
}

export class GoroutineRoots {
  readonly #dump: HeapDump;
  readonly #layout: RuntimeLayout | null;
  readonly #contents: Contents;
  /** Deferred calls by address of the g. */
  readonly #defers = new Map<number, DeferRecord[]>();

  readonly #stackObjectsOf: StackObjectsOf;
  readonly #oddities = new Map<number, number>();

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
      frames: [],
      objects: null,
      reached: new Set(),
      found: [],
    };
    for (let f = stack.first; f < stack.end && view !== 'exact'; f++) {
      // Without its bounds a stack pointer cannot be told: then all words of all frames.
      if ((bounds === null && view === 'live') || this.#hasNoMap(g, f)) open(stack, f, 0);
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
    const callee = f > (goroutines.frameStart[g] ?? 0) ? this.#oddity(f - 1) : NOTHING;
    return (this.#oddity(f) & IS_MAPLESS) !== 0 || (callee & IS_INTERRUPT) !== 0;
  }

  /** What the name of a frame's function says, looked at once for each name. */
  #oddity(f: number): number {
    const index = this.#dump.frames.name[f] ?? -1;
    const known = this.#oddities.get(index);
    if (known !== undefined) return known;
    const name = this.#dump.strings[index] ?? '';
    const oddity = (NO_MAP.test(name) ? IS_MAPLESS : NOTHING) | (INTERRUPTS.test(name) ? IS_INTERRUPT : NOTHING);
    this.#oddities.set(index, oddity);
    return oddity;
  }

  /** Reads what was found on the stack; it may lead to more there: until none is new. */
  #wholeWords(
    bounds: { lo: number; hi: number } | null,
    stack: Stack,
    visit: (object: ObjectIndex, frame: number) => void,
  ): void {
    const { frames } = this.#dump;
    const scanned = new Map<number, number>();
    for (;;) {
      const f = stack.frames.pop();
      if (f !== undefined) {
        const before = scanned.get(f) ?? frames.size[f] ?? 0;
        const from = stack.from.get(f) ?? before;
        if (from >= before) continue;
        scanned.set(f, from);
        this.#range(f, from, before, bounds, stack, visit);
        continue;
      }
      const object = stack.found.pop();
      if (object === undefined) return;
      const at = this.#frameAt(object.start, stack);
      const from = object.start - (frames.sp[at] ?? 0);
      this.#range(at, from, from + object.pointersEnd - object.start, bounds, stack, visit);
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
    const object = lastAtOrBelow(this.#objectsOn(stack), address);
    if (object !== undefined && address < object.end) {
      if (stack.reached.has(object)) return;
      stack.reached.add(object);
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
      open(stack, frame, from);
    }
  }

  /** All stack objects of the goroutine that are known, by start address. */
  #objectsOn(stack: Stack): readonly StackObject[] {
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

/** Frame `f` is to be read word by word from byte `from` on. */
function open(stack: Stack, f: number, from: number): void {
  if (from >= (stack.from.get(f) ?? Number.POSITIVE_INFINITY)) return;
  stack.from.set(f, from);
  stack.frames.push(f);
}

function lastAtOrBelow(objects: readonly StackObject[], address: number): StackObject | undefined {
  let [low, high] = [0, objects.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((objects[middle]?.start ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return objects[low - 1];
}
