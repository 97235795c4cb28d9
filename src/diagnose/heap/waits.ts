/**
 * What each parked goroutine waits for: the objects whose reach decides whether it can ever run again.
 *
 * The dump has no types, so everything is read with the runtime's layout of that Go version (layouts.ts) and confirmed
 * by a second witness before it is believed: a channel wait by the goroutine's own waiting list and by the channel's
 * queue, a semaphore by the goroutine's frames, a condition variable by its notify list. A goroutine whose wait is not
 * confirmed has a `problem` and is never called leaked. Sudogs that were given back keep their goroutine; they are told
 * from those in use by their empty `elem` and `c`, which runtime.releaseSudog insists on.
 */
import type { GoroutineIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { Contents } from './contents.ts';
import { readHchan } from './hchan.ts';
import { type RuntimeLayout, slotSize } from './layouts.ts';
import { isPlumbing, kindOfWait, type WaitKind } from './wait-reasons.ts';

export interface WaitObject {
  readonly kind: 'channel' | 'semaphore' | 'cond';
  readonly address: number;
  /** The heap object that contains it, or -1: then it is a global, and anybody may wake the goroutine. */
  readonly object: ObjectIndex;
  readonly direction: 'send' | 'receive' | null;
}

export interface Wait {
  /** The runtime's words; empty where the goroutine does not wait. */
  readonly reason: string;
  /** Null where no proof can be made for such a wait: the goroutine counts as alive. */
  readonly kind: WaitKind | null;
  /** Several for a select; none for a nil channel and `select {}`: nothing wakes these. */
  readonly objects: readonly WaitObject[];
  /** Why the wait could not be confirmed, or null. */
  readonly problem: string | null;
}

export interface Waits {
  readonly of: readonly Wait[];
  /** 1 for each heap object that is a sudog, in use or not. */
  readonly sudogs: Uint8Array;
}

/** _Gwaiting of runtime/runtime2.go, the same in all versions. */
const WAITING = 4;
/** Frames of a parked goroutine that may hold the address of what it waits for: park, acquire, lock, and the caller. */
const LEAF_FRAMES = 8;
/** The widest distance between a primitive's address and its semaphore inside it (RWMutex 20, WaitGroup 12). */
const SEMAPHORE_SPAN = 32;
/** Offset of the notify list in a sync.Cond (an interface comes first), in words. */
const COND_NOTIFY_WORDS = 2;

const NOT_WAITING: Wait = { reason: '', kind: null, objects: [], problem: null };

/** One sudog as it is in the dump. */
interface Sudog {
  readonly object: ObjectIndex;
  readonly next: number;
  readonly elem: number;
  readonly waitlink: number;
  readonly c: number;
}

/** Works out the wait of every goroutine. `layout` is of the dump's Go version. */
export function findWaits(dump: HeapDump, layout: RuntimeLayout): Waits {
  return new WaitFinder(dump, layout).all();
}

class WaitFinder {
  readonly #dump: HeapDump;
  readonly #layout: RuntimeLayout;
  readonly #contents: Contents;
  /** Heap object of a g → its goroutine. */
  readonly #goroutineOf = new Map<ObjectIndex, GoroutineIndex>();
  readonly #sudogs: Uint8Array;
  /** Sudogs in use (elem or c set) per goroutine. */
  readonly #inUse = new Map<GoroutineIndex, Sudog[]>();
  /** Channel address → the sudogs in its queues, or why it cannot be one. */
  readonly #channels = new Map<number, { senders: Set<ObjectIndex>; receivers: Set<ObjectIndex> } | string>();
  /** Notify list address → the goroutines on it; null where it is none. */
  readonly #notifyLists = new Map<number, Set<GoroutineIndex> | null>();

  constructor(dump: HeapDump, layout: RuntimeLayout) {
    this.#dump = dump;
    this.#layout = layout;
    this.#contents = new Contents(dump);
    this.#sudogs = new Uint8Array(dump.objects.count);
    for (let g = 0; g < dump.goroutines.count; g++) {
      const object = dump.goroutines.gObject[g] ?? -1;
      if (object >= 0) this.#goroutineOf.set(object, g);
    }
    this.#findSudogs();
  }

  all(): Waits {
    const of: Wait[] = [];
    for (let g = 0; g < this.#dump.goroutines.count; g++) of.push(this.#waitOf(g));
    return { of, sudogs: this.#sudogs };
  }

  /** Objects of a sudog's size whose first field is exactly a known g. */
  #findSudogs(): void {
    const { count, size, address, fieldOffsets, fieldAt, fieldTarget } = this.#dump.objects;
    const { sudog } = this.#layout;
    const slot = slotSize(sudog.size);
    for (let o = 0; o < count; o++) {
      if (size[o] !== slot) continue;
      const first = fieldOffsets[o] ?? 0;
      if (first >= (fieldOffsets[o + 1] ?? 0) || fieldAt[first] !== sudog.g) continue;
      const g = this.#goroutineOf.get(fieldTarget[first] ?? -1);
      if (g === undefined || !this.#contents.seekObject(o, sudog.size)) continue;
      if (this.#contents.word(sudog.g) !== address[fieldTarget[first] ?? -1]) continue;
      this.#sudogs[o] = 1;
      const [elem, c] = [this.#contents.word(sudog.elem), this.#contents.word(sudog.c)];
      if (elem === 0 && c === 0) continue;
      const list = this.#inUse.get(g) ?? [];
      const next = this.#contents.word(sudog.next);
      list.push({ object: o, next, elem, waitlink: this.#contents.word(sudog.waitlink), c });
      this.#inUse.set(g, list);
    }
  }

  #waitOf(g: GoroutineIndex): Wait {
    const { goroutines, strings } = this.#dump;
    if (goroutines.status[g] !== WAITING) return NOT_WAITING;
    const reason = strings[goroutines.waitReason[g] ?? -1] ?? '';
    const kind = goroutines.isSystem[g] === 1 ? null : kindOfWait(reason, () => this.#frameNames(g));
    if (kind === null) return { reason, kind, objects: [], problem: null };
    const found = this.#objectsOf(g, kind);
    return typeof found === 'string'
      ? { reason, kind, objects: [], problem: found }
      : { reason, kind, objects: found, problem: null };
  }

  #objectsOf(g: GoroutineIndex, kind: WaitKind): readonly WaitObject[] | string {
    const known = this.#checkGoroutine(g);
    if (known !== null) return known;
    switch (kind) {
      case 'select-no-cases':
      case 'nil-send':
      case 'nil-receive':
        return [];
      case 'send':
      case 'receive':
      case 'select':
        return this.#channelWait(g, kind);
      case 'cond':
        return this.#condWait(g);
      default:
        return this.#semaphoreWait(g);
    }
  }

  /** The g of this version decodes: its stack contains its sp, and its number is where the table says. */
  #checkGoroutine(g: GoroutineIndex): string | null {
    const { gObject, sp, id } = this.#dump.goroutines;
    const { g: layout } = this.#layout;
    if (!this.#contents.seekObject(gObject[g] ?? -1, layout.size)) return 'its g is not on the heap';
    const [lo, hi] = [this.#contents.word(layout.stackLo), this.#contents.word(layout.stackHi)];
    const at = sp[g] ?? 0;
    if (!(lo <= at && at <= hi)) return 'its g does not look as in this Go version (stack)';
    // 64 bits on all platforms.
    const wide = this.#dump.params.pointerSize === 8;
    const low = wide ? layout.goid : layout.goid + (this.#dump.params.bigEndian ? 4 : 0);
    return this.#contents.word(low) === id[g] ? null : 'its g does not look as in this Go version (goid)';
  }

  /** The channels on the goroutine's waiting list; each must have its sudog in the queue that the wait calls for. */
  #channelWait(g: GoroutineIndex, kind: 'send' | 'receive' | 'select'): readonly WaitObject[] | string {
    const sudogs = new Map((this.#inUse.get(g) ?? []).map((sudog) => [this.#addressOf(sudog.object), sudog]));
    if (!this.#contents.seekObject(this.#dump.goroutines.gObject[g] ?? -1, this.#layout.g.size)) return 'no g';
    let at = this.#contents.word(this.#layout.g.waiting);
    const objects: WaitObject[] = [];
    const listed = new Set<number>();
    while (at !== 0) {
      const sudog = sudogs.get(at);
      if (sudog === undefined || listed.has(at)) return 'its waiting list names something that is not its own sudog';
      listed.add(at);
      const queues = this.#channel(sudog.c);
      if (typeof queues === 'string') return queues;
      const sends = queues.senders.has(sudog.object);
      if (sends === queues.receivers.has(sudog.object)) return 'it is not in the queue of the channel it waits for';
      if ((kind === 'send' && !sends) || (kind === 'receive' && sends))
        return 'it is in the wrong queue of its channel';
      const object = this.#dump.objectAt(sudog.c);
      objects.push({ kind: 'channel', address: sudog.c, object, direction: sends ? 'send' : 'receive' });
      at = sudog.waitlink;
    }
    if (objects.length === 0) {
      const nothing = kind === 'select' && sudogs.size === 0 && !this.#framesNameChannel(g);
      return nothing ? [] : 'its waiting list is empty';
    }
    if (kind !== 'select' && objects.length !== 1) return 'it waits for several channels without a select';
    // A sudog in use that is not on the list: the list was read wrongly.
    if (listed.size !== sudogs.size) return 'it has sudogs beside its waiting list';
    return objects;
  }

  /** A select of nil channels only has no sudog; if its frames know of a channel, its list should not be empty. */
  #framesNameChannel(g: GoroutineIndex): boolean {
    for (const word of this.#leafWords(g)) {
      const object = this.#dump.objectAt(word);
      if (object < 0 || this.#addressOf(object) !== word) continue;
      if (readHchan(this.#dump, this.#layout, this.#contents, object) !== null) return true;
    }
    return false;
  }

  /** The queues of the channel at `address`, after checks that a wrong offset would not pass. */
  #channel(address: number): { senders: Set<ObjectIndex>; receivers: Set<ObjectIndex> } | string {
    const known = this.#channels.get(address);
    if (known !== undefined) return known;
    const found = this.#readChannel(address);
    this.#channels.set(address, found);
    return found;
  }

  #readChannel(address: number): { senders: Set<ObjectIndex>; receivers: Set<ObjectIndex> } | string {
    const object = this.#dump.objectAt(address);
    if (object < 0 || this.#addressOf(object) !== address) return 'its channel is not an object of its own';
    const channel = readHchan(this.#dump, this.#layout, this.#contents, object);
    if (channel === null) return 'its channel does not look as in this Go version';
    const receivers = this.#queue(channel.firstReceiver);
    const senders = this.#queue(channel.firstSender);
    if (receivers === null || senders === null) return 'the queue of its channel cannot be followed';
    if (channel.closed && senders.size + receivers.size > 0) return 'its channel is closed and yet somebody waits';
    // Senders wait only at a full buffer, receivers only at an empty one.
    if (senders.size > 0 && channel.length !== channel.capacity) return 'its channel has room and yet a sender waits';
    if (receivers.size > 0 && channel.length !== 0) return 'its channel has values and yet a receiver waits';
    return { senders, receivers };
  }

  /** The sudogs from `first` on by `next`; null where one of them is none. */
  #queue(first: number): Set<ObjectIndex> | null {
    const queue = new Set<ObjectIndex>();
    for (let at = first; at !== 0; ) {
      const object = this.#dump.objectAt(at);
      if (object < 0 || this.#sudogs[object] !== 1 || this.#addressOf(object) !== at || queue.has(object)) return null;
      queue.add(object);
      if (!this.#contents.seekObject(object, this.#layout.sudog.size)) return null;
      at = this.#contents.word(this.#layout.sudog.next);
    }
    return queue;
  }

  /** The one sudog with an elem and no channel; its own frames must speak of the same address. */
  #semaphoreWait(g: GoroutineIndex): readonly WaitObject[] | string {
    const sudogs = this.#inUse.get(g) ?? [];
    const [sudog] = sudogs;
    if (sudog === undefined) return 'it has no sudog';
    if (sudogs.length > 1 || sudog.c !== 0) return 'its sudog is not that of a semaphore';
    const { elem } = sudog;
    const near = this.#leafWords(g).some((word) => word <= elem && elem - word <= SEMAPHORE_SPAN);
    if (!near) return 'its frames do not speak of the semaphore that it waits for';
    return [{ kind: 'semaphore', address: elem, object: this.#dump.objectAt(elem), direction: null }];
  }

  /** The notify list that its frames point to and that it is on; since Go 1.26 the sudog says it too. */
  #condWait(g: GoroutineIndex): readonly WaitObject[] | string {
    const inside = COND_NOTIFY_WORDS * this.#dump.params.pointerSize;
    const said = (this.#inUse.get(g) ?? []).map((sudog) => sudog.elem);
    for (const word of [...said, ...this.#leafWords(g)]) {
      for (const address of [word, word + inside]) {
        if (this.#notifyList(address)?.has(g) !== true) continue;
        return [{ kind: 'cond', address, object: this.#dump.objectAt(address), direction: null }];
      }
    }
    return 'the condition variable that it waits for was not found in its frames';
  }

  /** Goroutines on the notify list at `address`; null where there is none on the heap. */
  #notifyList(address: number): Set<GoroutineIndex> | null {
    const known = this.#notifyLists.get(address);
    if (known !== undefined) return known;
    const found = this.#readNotifyList(address);
    this.#notifyLists.set(address, found);
    return found;
  }

  #readNotifyList(address: number): Set<GoroutineIndex> | null {
    const { notifyList: layout, sudog } = this.#layout;
    const { objects } = this.#dump;
    const object = this.#dump.objectAt(address);
    if (object < 0) return null;
    const inside = address - this.#addressOf(object);
    if (inside + layout.size > (objects.size[object] ?? 0)) return null;
    if (!this.#contents.seek((objects.contentOffset[object] ?? 0) + inside, layout.size)) return null;
    const head = this.#contents.word(layout.head);
    const tail = this.#contents.word(layout.tail);
    const waiting = (this.#contents.uint32(layout.wait) - this.#contents.uint32(layout.notify)) >>> 0;
    if (head === 0 || tail === 0) return null;
    const queue = this.#queue(head);
    if (queue === null || queue.size > waiting) return null;
    const goroutines = new Set<GoroutineIndex>();
    let last = -1;
    for (const at of queue) {
      last = at;
      const { fieldOffsets, fieldTarget } = objects;
      const g = this.#goroutineOf.get(fieldTarget[fieldOffsets[at] ?? 0] ?? -1);
      if (g !== undefined) goroutines.add(g);
    }
    if (this.#addressOf(last) !== tail || !this.#contents.seekObject(last, sudog.size)) return null;
    return goroutines;
  }

  #addressOf(object: ObjectIndex): number {
    return this.#dump.objects.address[object] ?? -1;
  }

  *#frameNames(g: GoroutineIndex): Generator<string> {
    const { frames, goroutines, strings } = this.#dump;
    for (let f = goroutines.frameStart[g] ?? 0; f < (goroutines.frameStart[g + 1] ?? 0); f++) {
      yield strings[frames.name[f] ?? -1] ?? '';
    }
  }

  /** All words of the leaf frames down to the user's call that parked. */
  #leafWords(g: GoroutineIndex): number[] {
    const { frames, goroutines, strings, params } = this.#dump;
    const words: number[] = [];
    const start = goroutines.frameStart[g] ?? 0;
    const end = Math.min(goroutines.frameStart[g + 1] ?? 0, start + LEAF_FRAMES);
    for (let f = start; f < end; f++) {
      const size = frames.size[f] ?? 0;
      if (this.#contents.seek(frames.contentOffset[f] ?? 0, size)) {
        for (let at = 0; at + params.pointerSize <= size; at += params.pointerSize) words.push(this.#contents.word(at));
      }
      if (!isPlumbing(strings[frames.name[f] ?? -1] ?? '')) break;
    }
    return words;
  }
}
