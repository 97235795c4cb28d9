/** Objects and stacks in words: what a person would call them, as far as the dump and the executable say. */
import type { FrameIndex, GoroutineIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import type { Where } from '../../findings/model.ts';
import { formatBytes } from '../../findings/units.ts';
import { ownerOf, shortFunction } from '../packages.ts';
import { Contents } from './contents.ts';
import { readHchan } from './hchan.ts';
import type { RuntimeLayout } from './layouts.ts';
import type { Names } from './names.ts';

export const NOWHERE: Where = { function: '', file: '', line: 0 };

/** Where the pointer to an object lies. */
export interface PointerPlace {
  readonly contentOffset: number;
  readonly at: number;
}

export class Describer {
  readonly #dump: HeapDump;
  readonly #names: Names;
  readonly #layout: RuntimeLayout | null;
  readonly #contents: Contents;
  readonly #samples = new Map<ObjectIndex, number>();

  constructor(dump: HeapDump, names: Names, layout: RuntimeLayout | null) {
    this.#dump = dump;
    this.#names = names;
    this.#layout = layout;
    this.#contents = new Contents(dump);
    for (let i = 0; i < dump.sampleObject.length; i++) {
      const object = dump.sampleObject[i] ?? -1;
      if (object >= 0) this.#samples.set(object, dump.sampleBucket[i] ?? 0);
    }
  }

  /** `channel of int, 4 of 4 in its buffer`, `closure main.leak.func1`, `[]main.order`, `1.0 MiB without pointers`. */
  object(object: ObjectIndex, from: PointerPlace | null = null): string {
    const { objects } = this.#dump;
    const size = formatBytes(objects.size[object] ?? 0);
    const hasPointers = (objects.fieldOffsets[object] ?? 0) < (objects.fieldOffsets[object + 1] ?? 0);
    const known =
      this.#channel(object) ??
      this.#names.typeOf(object) ??
      (from === null ? null : this.#names.interfaceTarget(from.contentOffset, from.at)) ??
      this.#closure(object);
    if (known !== null) return `${known} (${size})`;
    return hasPointers ? `object of ${size}` : `${size} without pointers`;
  }

  #channel(object: ObjectIndex): string | null {
    if (this.#layout === null) return null;
    const channel = readHchan(this.#dump, this.#layout, this.#contents, object);
    if (channel === null) return null;
    const element = this.#names.type(channel.elemType);
    const buffer = channel.capacity === 0 ? 'unbuffered' : `${channel.length} of ${channel.capacity} in its buffer`;
    return `channel${element === null ? '' : ` of ${element}`}, ${buffer}`;
  }

  #closure(object: ObjectIndex): string | null {
    const { objects, params } = this.#dump;
    const first = objects.fieldOffsets[object] ?? 0;
    // The first word of a closure is code: no pointer field.
    const firstIsPointer = first < (objects.fieldOffsets[object + 1] ?? 0) && objects.fieldAt[first] === 0;
    if (firstIsPointer || (objects.size[object] ?? 0) < params.pointerSize) return null;
    const word = this.#dump.word(objects.contentOffset[object] ?? 0, 0);
    const name = word === 0 ? null : this.#names.closure(word);
    return name === null ? null : `closure ${shortFunction(name)}`;
  }

  /** The user's line that allocated the object, where the allocation was sampled. */
  allocatedAt(object: ObjectIndex): Where | null {
    const bucket = this.#dump.buckets.get(this.#samples.get(object) ?? -1);
    return bucket === undefined ? null : userFrameOf(bucket.frames);
  }

  /** The user's line of a goroutine: the leaf-most frame that is not the standard library's. */
  blockedAt(g: GoroutineIndex): Where {
    return userFrameOf(this.#calls(g)) ?? NOWHERE;
  }

  *#calls(g: GoroutineIndex): Generator<Where> {
    const { frameStart } = this.#dump.goroutines;
    for (let f = frameStart[g] ?? 0; f < (frameStart[g + 1] ?? 0); f++) yield* this.#names.frame(f);
  }

  /** The line that started the goroutine. */
  createdAt(g: GoroutineIndex): Where | null {
    return this.#names.code(this.#dump.goroutines.goPc[g] ?? 0);
  }

  frame(f: FrameIndex): Where {
    return this.#names.frame(f)[0] ?? NOWHERE;
  }
}

/** Of frames leaf first: the first of the user's, else of a dependency, else the first outside the runtime. */
export function userFrameOf(frames: Iterable<Where>): Where | null {
  let dependency: Where | null = null;
  let outside: Where | null = null;
  let first: Where | null = null;
  for (const frame of frames) {
    const owner = ownerOf(frame.function, frame.file);
    if (owner === 'user') return frame;
    if (owner === 'dependency') dependency ??= frame;
    if (!frame.function.startsWith('runtime.')) outside ??= frame;
    first ??= frame;
  }
  return dependency ?? outside ?? first;
}
