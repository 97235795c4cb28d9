/**
 * A Go heap dump (runtime/debug.WriteHeapDump, header `go1.7 heap dump`) as columns. Source of the format:
 * runtime/heapdump.go of each Go version; the format has not changed since 1.7.
 *
 * A dump of 1 GB has some 20 M objects and 30 M pointers: everything per object is a typed array, contents stay in the
 * file and are read again by offset. Addresses are doubles: user space on all platforms of Go is below 2^53, and the
 * reader refuses a dump where one is not.
 */

export type ObjectIndex = number;
export type GoroutineIndex = number;
export type FrameIndex = number;
export type StringIndex = number;

export interface DumpParams {
  readonly bigEndian: boolean;
  readonly pointerSize: 4 | 8;
  readonly heapStart: number;
  readonly heapEnd: number;
  readonly arch: string;
  /** As runtime.Version() says: `go1.26.8`, `go1.27-devel_… X:goroutineleakprofile`. */
  readonly goVersion: string;
  readonly cpus: number;
}

/** Objects in the order of the file: span by span, ascending inside a span. Dead objects may be among them. */
export interface ObjectTable {
  readonly count: number;
  readonly address: Float64Array;
  /** Bytes; the size of the slot, i.e. of the span's elements. */
  readonly size: Float64Array;
  /** Byte offset of the contents in the file. */
  readonly contentOffset: Float64Array;
  /** CSR of all pointer fields, resolved or not: fields of object o are fieldOffsets[o] .. fieldOffsets[o+1]. */
  readonly fieldOffsets: Uint32Array;
  /** Offset of the pointer field inside the object, bytes. */
  readonly fieldAt: Uint32Array;
  /** What the field points into: ObjectIndex, or -1 (nil, or not into the heap). Interior pointers are resolved. */
  readonly fieldTarget: Int32Array;
}

/** Memory that is scanned as a root: data, bss (one row each), and every stack frame. */
export interface PointerBlock {
  readonly address: number;
  readonly size: number;
  readonly contentOffset: number;
  /** As in ObjectTable, for one block. */
  readonly fieldAt: Uint32Array;
  readonly fieldTarget: Int32Array;
}

export interface FrameTable {
  readonly count: number;
  readonly goroutine: Int32Array; // GoroutineIndex
  /** 0 is the leaf. */
  readonly depth: Int32Array;
  readonly sp: Float64Array;
  readonly entry: Float64Array;
  readonly pc: Float64Array;
  readonly name: Int32Array; // StringIndex
  readonly size: Float64Array;
  readonly contentOffset: Float64Array;
  /** CSR of pointer fields, as in ObjectTable. */
  readonly fieldOffsets: Uint32Array;
  readonly fieldAt: Uint32Array;
  readonly fieldTarget: Int32Array;
}

export interface GoroutineTable {
  readonly count: number;
  /** Address of the g; gObject is its heap object, or -1 (g0 and m0's are not on the heap). */
  readonly address: Float64Array;
  readonly gObject: Int32Array;
  readonly id: Float64Array;
  readonly sp: Float64Array;
  readonly goPc: Float64Array;
  /** _Gidle 0, _Grunnable 1, _Grunning 2, _Gsyscall 3, _Gwaiting 4, _Gdead 6 … as runtime2.go of that version has them. */
  readonly status: Int32Array;
  readonly isSystem: Uint8Array;
  /** ns (runtime.nanotime) since which it waits; set at a GC, 0 where unknown. */
  readonly waitSince: Float64Array;
  readonly waitReason: Int32Array; // StringIndex
  /** Closure context register, m, first defer and panic record: addresses, 0 for none. */
  readonly ctxt: Float64Array;
  readonly m: Float64Array;
  readonly defer: Float64Array;
  readonly panic: Float64Array;
  /** Frames of goroutine g are frameStart[g] .. frameStart[g+1], leaf first. */
  readonly frameStart: Uint32Array;
}

export interface OtherRoot {
  readonly description: string;
  readonly address: number;
  readonly target: ObjectIndex; // or -1
}

export interface Finalizer {
  /** True for tag 11: queued, about to run. */
  readonly queued: boolean;
  readonly object: number;
  readonly objectIndex: ObjectIndex; // or -1
  readonly funcval: number;
  readonly funcvalIndex: ObjectIndex; // or -1
  readonly code: number;
}

export interface DeferRecord {
  readonly address: number;
  readonly goroutine: number; // address of the g
  readonly sp: number;
  readonly pc: number;
  readonly funcval: number;
  readonly code: number;
  readonly link: number;
}

export interface MemProfBucket {
  readonly id: number;
  readonly size: number;
  readonly frames: readonly { readonly function: string; readonly file: string; readonly line: number }[];
  readonly allocs: number;
  readonly frees: number;
}

export interface HeapDump {
  readonly path: string;
  readonly params: DumpParams;
  readonly strings: readonly string[];
  readonly objects: ObjectTable;
  readonly data: readonly PointerBlock[];
  readonly bss: readonly PointerBlock[];
  readonly goroutines: GoroutineTable;
  readonly frames: FrameTable;
  readonly otherRoots: readonly OtherRoot[];
  readonly finalizers: readonly Finalizer[];
  readonly defers: readonly DeferRecord[];
  /** Types that the dump names (tag 3): address → name, size. */
  readonly types: ReadonlyMap<number, { readonly name: string; readonly size: number }>;
  /** itab address → type address. */
  readonly itabs: ReadonlyMap<number, number>;
  /** Allocation stacks of sampled objects. */
  readonly buckets: ReadonlyMap<number, MemProfBucket>;
  readonly sampleObject: Int32Array; // ObjectIndex, or -1
  readonly sampleBucket: Float64Array; // bucket id
  /** The 24 numbers of tag 10 by their MemStats names; absent in a cut dump. */
  readonly memstats: ReadonlyMap<string, number> | null;
  /** True where the file ended early and --partial was given. */
  readonly partial: boolean;
  /** ObjectIndex of the object that contains the address, or -1. O(1). */
  objectAt(address: number): ObjectIndex;
  /** Contents again from the file; shorter at its end. */
  read(offset: number, length: number): Buffer;
  /** Pointer-sized word of the contents at `contentOffset + at`, in the dump's byte order. */
  word(contentOffset: number, at: number): number;
  close(): void;
}
