/**
 * Reads a Go heap dump (dump.ts) in one pass over the file, a window of it in memory at a time; then one pass over the
 * pointers that were found, to say what each points into.
 *
 * Memory: 28 bytes per object and 8 per pointer field, and while pointers are resolved 8 more per field. Nothing is
 * allocated for what a length in the file promises, only for what was read.
 */

import { EvidenceError } from '../error.ts';
import { newUint32 } from './column.ts';
import type { DumpParams, FrameTable, GoroutineTable, HeapDump, ObjectTable, PointerBlock } from './dump.ts';
import { HEADER, notADump } from './foreign.ts';
import { PageIndex } from './page-index.ts';
import { type RawBlock, Records } from './records.ts';
import { type DumpSource, fileSource, WordReader } from './source.ts';
import { Window } from './window.ts';

export interface ReadOptions {
  /** Return what was read where the dump is cut short or damaged, instead of throwing. */
  readonly partial?: boolean;
}

/**
 * @param path a regular file; it stays open until `close()`
 * @throws EvidenceError with the offset where the bytes stop making sense
 */
export function readHeapDump(path: string, options: ReadOptions = {}): HeapDump {
  const source = fileSource(path);
  try {
    return readHeapDumpFrom(source, path, options);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The same from any source, which the dump then owns. `path` is only a name. */
export function readHeapDumpFrom(source: DumpSource, path: string, options: ReadOptions = {}): HeapDump {
  const window = new Window(source);
  window.fill(0);
  const head = window.bytes.subarray(0, Math.min(window.end, 4096));
  if (Buffer.from(head.subarray(0, HEADER.length)).toString('latin1') !== HEADER) throw notADump(head);
  window.skip(HEADER.length);
  const records = new Records(window, readParams(window));
  let partial = false;
  try {
    readRecords(window, records);
  } catch (error) {
    if (options.partial !== true || !(error instanceof EvidenceError)) throw error;
    partial = true;
  }
  return finish(records, path, partial);
}

const TAG = {
  end: 0,
  object: 1,
  otherRoot: 2,
  type: 3,
  goroutine: 4,
  frame: 5,
  params: 6,
  finalizer: 7,
  itab: 8,
  osThread: 9,
  memstats: 10,
  queuedFinalizer: 11,
  data: 12,
  bss: 13,
  defer: 14,
  panic: 15,
  memProf: 16,
  allocSample: 17,
} as const;

const NAMES: readonly string[] = [
  'the end',
  'an object',
  'a root',
  'a type',
  'a goroutine',
  'a stack frame',
  'the parameters',
  'a finalizer',
  'an itab',
  'a thread',
  'the memory statistics',
  'a queued finalizer',
  'the data segment',
  'the bss segment',
  'a deferred call',
  'a panic',
  'an allocation site',
  'an allocation sample',
];

function readParams(window: Window): DumpParams {
  window.begin = window.offset;
  window.inside = 'the parameters';
  const tag = window.number();
  if (tag !== TAG.params) throw window.malformed(`a record of kind ${tag} where every Go writes the parameters`);
  const order = window.number();
  const pointerSize = window.number();
  if (order > 1) throw window.malformed(`a byte order of ${order}`);
  if (pointerSize !== 4 && pointerSize !== 8) throw window.malformed(`a pointer size of ${pointerSize}`);
  const heapStart = window.number();
  const heapEnd = window.number();
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  const arch = text(window.text());
  const goVersion = text(window.text());
  return { bigEndian: order === 1, pointerSize, heapStart, heapEnd, arch, goVersion, cpus: window.number() };
}

function readRecords(window: Window, records: Records): void {
  for (;;) {
    window.begin = window.offset;
    window.inside = 'the list of records';
    const tag = window.number();
    window.inside = NAMES[tag] ?? 'a record';
    switch (tag) {
      case TAG.end:
        return;
      case TAG.object:
        records.object();
        break;
      case TAG.otherRoot:
        records.otherRoot();
        break;
      case TAG.type:
        records.type();
        break;
      case TAG.goroutine:
        records.readGoroutine();
        break;
      case TAG.frame:
        records.readFrame();
        break;
      case TAG.params:
        throw window.malformed('the parameters a second time');
      case TAG.finalizer:
        records.finalizer(false);
        break;
      case TAG.itab:
        records.itab();
        break;
      case TAG.osThread:
        records.osThread();
        break;
      case TAG.memstats:
        records.readMemstats();
        break;
      case TAG.queuedFinalizer:
        records.finalizer(true);
        break;
      case TAG.data:
        records.block(records.data);
        break;
      case TAG.bss:
        records.block(records.bss);
        break;
      case TAG.defer:
        records.defer();
        break;
      case TAG.panic:
        records.panic();
        break;
      case TAG.memProf:
        records.memProf();
        break;
      case TAG.allocSample:
        records.allocSample();
        break;
      default:
        throw window.malformed(`a record of unknown kind ${tag}`);
    }
  }
}

function finish(records: Records, path: string, partial: boolean): HeapDump {
  const { params, window } = records;
  const { source } = window;
  const count = records.objectCount;
  const address = records.objectAddress.finish(count);
  const size = records.objectSize.finish(count);
  const pages = new PageIndex(address, size);
  const objects = finishObjects(records, address, size, pages);
  const fieldAt = records.blockFields.at.finish();
  const fieldTarget = records.blockFields.resolve(pages, fieldAt.length);
  const block = ({ address, size, contentOffset, fields, fieldsEnd }: RawBlock): PointerBlock => ({
    address,
    size,
    contentOffset,
    fieldAt: fieldAt.subarray(fields, fieldsEnd),
    fieldTarget: fieldTarget.subarray(fields, fieldsEnd),
  });
  const words = new WordReader(source, params.pointerSize, params.bigEndian);
  const samples = records.sampleAddress.length;
  return {
    path,
    params,
    strings: records.names.strings,
    objects,
    data: records.data.map(block),
    bss: records.bss.map(block),
    goroutines: finishGoroutines(records, pages),
    frames: finishFrames(records, pages),
    otherRoots: records.otherRoots.map((root) => ({ ...root, target: pages.find(root.address) })),
    finalizers: records.finalizers.map((finalizer) => ({
      ...finalizer,
      objectIndex: pages.find(finalizer.object),
      funcvalIndex: pages.find(finalizer.funcval),
    })),
    defers: records.defers,
    types: records.types,
    itabs: records.itabs,
    buckets: records.buckets,
    sampleObject: Int32Array.from(records.sampleAddress.finish(samples), (at) => pages.find(at)),
    sampleBucket: records.sampleBucket.finish(samples),
    memstats: records.memstats,
    partial,
    objectAt: (at) => pages.find(at),
    read(offset, length) {
      const there = Math.max(0, Math.min(length, source.size - offset));
      const bytes = Buffer.alloc(there);
      return bytes.subarray(0, source.read(bytes, offset));
    },
    word: (contentOffset, at) => words.word(contentOffset + at),
    close: () => source.close(),
  };
}

function finishObjects(records: Records, address: Float64Array, size: Float64Array, pages: PageIndex): ObjectTable {
  const count = address.length;
  const fieldOffsets = records.objectFields.finish(count + 1);
  const fields = fieldOffsets[count] ?? 0;
  const fieldTarget = records.objects.resolve(pages, fields);
  return {
    count,
    address,
    size,
    contentOffset: records.objectContent.finish(count),
    fieldOffsets,
    fieldAt: records.objects.at.finish(fields),
    fieldTarget,
  };
}

function finishGoroutines(records: Records, pages: PageIndex): GoroutineTable {
  const count = records.goroutineCount;
  const { goroutine } = records;
  const address = goroutine.address.finish(count);
  const frameStart = newUint32(count + 1);
  frameStart.set(goroutine.frameStart.finish(count));
  frameStart[count] = records.frameCount;
  return {
    count,
    address,
    gObject: Int32Array.from(address, (at) => pages.find(at)),
    id: goroutine.id.finish(count),
    sp: goroutine.sp.finish(count),
    goPc: goroutine.goPc.finish(count),
    status: goroutine.status.finishSigned(count),
    isSystem: Uint8Array.from(goroutine.isSystem.finish(count)),
    waitSince: goroutine.waitSince.finish(count),
    waitReason: goroutine.waitReason.finishSigned(count),
    ctxt: goroutine.ctxt.finish(count),
    m: goroutine.m.finish(count),
    defer: goroutine.defer.finish(count),
    panic: goroutine.panic.finish(count),
    frameStart,
  };
}

function finishFrames(records: Records, pages: PageIndex): FrameTable {
  const count = records.frameCount;
  const { frame, frames } = records;
  const fieldOffsets = frame.fields.finish(count + 1);
  const fields = fieldOffsets[count] ?? 0;
  return {
    count,
    goroutine: frame.goroutine.finishSigned(count),
    depth: frame.depth.finishSigned(count),
    sp: frame.sp.finish(count),
    entry: frame.entry.finish(count),
    pc: frame.pc.finish(count),
    name: frame.name.finishSigned(count),
    size: frame.size.finish(count),
    contentOffset: frame.contentOffset.finish(count),
    fieldOffsets,
    fieldAt: frames.at.finish(fields),
    fieldTarget: frames.resolve(pages, fields),
  };
}
