/** The records of a dump, each read into its table. Field by field as runtime/heapdump.go writes them. */

import { Float64Column, Uint32Column } from './column.ts';
import type { DeferRecord, DumpParams, Finalizer, MemProfBucket, OtherRoot } from './dump.ts';
import { Fields } from './fields.ts';
import { Names } from './names.ts';
import type { Window } from './window.ts';

/** tagMemStats: the first 24 numbers of runtime.MemStats in its order, 256 pauses (ns), NumGC. */
const MEMSTATS =
  'Alloc TotalAlloc Sys Lookups Mallocs Frees HeapAlloc HeapSys HeapIdle HeapInuse HeapReleased HeapObjects StackInuse StackSys MSpanInuse MSpanSys MCacheInuse MCacheSys BuckHashSys GCSys OtherSys NextGC LastGC PauseTotalNs'.split(
    ' ',
  );
const PAUSES = 256;

/** Objects, goroutines and frames are indices in Int32Arrays. */
const MOST = 2 ** 31 - 1;

/** Data or bss before its pointers are resolved; its fields are `fields` .. `fieldsEnd`. */
export interface RawBlock {
  readonly address: number;
  readonly size: number;
  readonly contentOffset: number;
  readonly fields: number;
  readonly fieldsEnd: number;
}

/** The word formats are in the params record, which comes first; this object exists once that is read. */
export class Records {
  readonly window: Window;
  readonly params: DumpParams;
  readonly names = new Names();

  readonly objects: Fields;
  readonly objectAddress: Float64Column;
  readonly objectSize: Float64Column;
  readonly objectContent: Float64Column;
  /** CSR offsets: 0, and where the fields of each object end that was read to its end. */
  readonly objectFields: Uint32Column;

  readonly blockFields: Fields;
  readonly data: RawBlock[] = [];
  readonly bss: RawBlock[] = [];

  readonly goroutine = {
    address: new Float64Column(),
    id: new Float64Column(),
    sp: new Float64Column(),
    goPc: new Float64Column(),
    status: new Uint32Column(),
    isSystem: new Uint32Column(),
    waitSince: new Float64Column(),
    waitReason: new Uint32Column(),
    ctxt: new Float64Column(),
    m: new Float64Column(),
    defer: new Float64Column(),
    panic: new Float64Column(),
    frameStart: new Uint32Column(),
  };

  readonly frames: Fields;
  readonly frame = {
    goroutine: new Uint32Column(),
    depth: new Uint32Column(),
    sp: new Float64Column(),
    entry: new Float64Column(),
    pc: new Float64Column(),
    name: new Uint32Column(),
    size: new Float64Column(),
    contentOffset: new Float64Column(),
    /** As objectFields. */
    fields: new Uint32Column(),
  };

  readonly otherRoots: Omit<OtherRoot, 'target'>[] = [];
  readonly finalizers: Omit<Finalizer, 'objectIndex' | 'funcvalIndex'>[] = [];
  readonly defers: DeferRecord[] = [];
  readonly types = new Map<number, { name: string; size: number }>();
  readonly itabs = new Map<number, number>();
  readonly buckets = new Map<number, MemProfBucket>();
  readonly sampleAddress = new Float64Column();
  readonly sampleBucket = new Float64Column();
  memstats: Map<string, number> | null = null;

  constructor(window: Window, params: DumpParams) {
    this.window = window;
    this.params = params;
    const { pointerSize } = params;
    const words = { pointerSize, littleEndian: !params.bigEndian };
    // A field takes a word, a kind and an offset; an object two words or the like, of which one is contents.
    const { size } = window.source;
    const objects = size / (pointerSize + 8);
    this.objects = new Fields(words, size / (pointerSize + 2));
    this.objectAddress = new Float64Column(objects);
    this.objectSize = new Float64Column(objects);
    this.objectContent = new Float64Column(objects);
    this.objectFields = new Uint32Column(objects + 1);
    this.objectFields.push(0);
    this.frame.fields.push(0);
    this.blockFields = new Fields(words);
    this.frames = new Fields(words);
  }

  /** Objects that were read to their end. */
  get objectCount(): number {
    return this.objectFields.length - 1;
  }

  /** Goroutines are counted by their last column, for the same reason. */
  get goroutineCount(): number {
    return this.goroutine.frameStart.length;
  }

  get frameCount(): number {
    return this.frame.fields.length - 1;
  }

  object(): void {
    const { window } = this;
    if (this.objectCount === MOST) throw window.malformed('more than 2^31 objects');
    const address = window.address();
    const length = window.length();
    const content = window.offset;
    window.skip(length);
    this.objects.read(window, content, length, true);
    this.objectAddress.push(address);
    this.objectSize.push(length);
    this.objectContent.push(content);
    this.objectFields.push(this.objects.length);
  }

  block(blocks: RawBlock[]): void {
    const { window } = this;
    const address = window.address();
    const size = window.length();
    const contentOffset = window.offset;
    const fields = this.blockFields.length;
    window.skip(size);
    this.blockFields.read(window, contentOffset, size, true);
    blocks.push({ address, size, contentOffset, fields, fieldsEnd: this.blockFields.length });
  }

  readGoroutine(): void {
    const { window, goroutine, names } = this;
    if (this.goroutineCount === MOST) throw window.malformed('more than 2^31 goroutines');
    // All numbers before the first push: a record that is cut leaves no half row.
    const address = window.address();
    const sp = window.number();
    const id = window.number();
    const goPc = window.number();
    const status = window.small('a status');
    const isSystem = window.number();
    window.number(); // isbackground, always 0
    const waitSince = window.number();
    const waitReason = names.intern(window.text());
    const ctxt = window.number();
    const m = window.number();
    const defer = window.number();
    const panic = window.number();
    goroutine.address.push(address);
    goroutine.sp.push(sp);
    goroutine.id.push(id);
    goroutine.goPc.push(goPc);
    goroutine.status.push(status);
    goroutine.isSystem.push(isSystem === 0 ? 0 : 1);
    goroutine.waitSince.push(waitSince);
    goroutine.waitReason.push(waitReason);
    goroutine.ctxt.push(ctxt);
    goroutine.m.push(m);
    goroutine.defer.push(defer);
    goroutine.panic.push(panic);
    goroutine.frameStart.push(this.frameCount);
  }

  readFrame(): void {
    const { window, frame, frames, names } = this;
    if (this.goroutineCount === 0) throw window.malformed('a frame before any goroutine');
    if (this.frameCount === MOST) throw window.malformed('more than 2^31 frames');
    const sp = window.address();
    const depth = window.small('a depth');
    window.number(); // sp of the callee
    const size = window.length();
    const contentOffset = window.offset;
    window.skip(size);
    const entry = window.number();
    const pc = window.number();
    window.number(); // where it continues: pc, or 0 in a function that will not return to here
    const name = names.intern(window.text());
    frames.read(window, contentOffset, size, false);
    frame.goroutine.push(this.goroutineCount - 1);
    frame.depth.push(depth);
    frame.sp.push(sp);
    frame.entry.push(entry);
    frame.pc.push(pc);
    frame.name.push(name);
    frame.size.push(size);
    frame.contentOffset.push(contentOffset);
    frame.fields.push(frames.length);
  }

  otherRoot(): void {
    const description = this.names.text(this.window.text());
    this.otherRoots.push({ description, address: this.window.number() });
  }

  type(): void {
    const { window } = this;
    const address = window.number();
    const size = window.number();
    const name = this.names.text(window.text());
    window.number(); // whether an interface holds a pointer to it
    this.types.set(address, { name, size });
  }

  finalizer(queued: boolean): void {
    const { window } = this;
    const object = window.number();
    const funcval = window.number();
    const code = window.number();
    window.number(); // type of the finalizer's argument
    window.number(); // type of the object
    this.finalizers.push({ queued, object, funcval, code });
  }

  itab(): void {
    const itab = this.window.number();
    this.itabs.set(itab, this.window.number());
  }

  osThread(): void {
    for (let i = 0; i < 3; i++) this.window.number();
  }

  readMemstats(): void {
    const { window } = this;
    const memstats = new Map<string, number>();
    for (const name of MEMSTATS) memstats.set(name, window.number());
    for (let i = 0; i < PAUSES; i++) window.number();
    memstats.set('NumGC', window.number());
    this.memstats = memstats;
  }

  defer(): void {
    const { window } = this;
    const address = window.number();
    const goroutine = window.number();
    const sp = window.number();
    const pc = window.number();
    const funcval = window.number();
    const code = window.number();
    this.defers.push({ address, goroutine, sp, pc, funcval, code, link: window.number() });
  }

  panic(): void {
    for (let i = 0; i < 6; i++) this.window.number();
  }

  memProf(): void {
    const { window, names } = this;
    const id = window.number();
    const size = window.number();
    const count = window.number();
    const frames: { function: string; file: string; line: number }[] = [];
    while (frames.length < count) {
      const name = names.text(window.text());
      const file = names.text(window.text());
      frames.push({ function: name, file, line: window.number() });
    }
    const allocs = window.number();
    this.buckets.set(id, { id, size, frames, allocs, frees: window.number() });
  }

  allocSample(): void {
    const address = this.window.number();
    this.sampleBucket.push(this.window.number());
    this.sampleAddress.push(address);
  }
}
