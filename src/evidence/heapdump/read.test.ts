import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EvidenceError } from '../error.ts';
import type { HeapDump } from './dump.ts';
import { type ReadOptions, readHeapDump, readHeapDumpFrom } from './read.ts';
import { memorySource } from './source.ts';
import { type DumpText, type ObjectText, writeDump } from './testing.ts';

function read(bytes: Uint8Array, options?: ReadOptions): HeapDump {
  return readHeapDumpFrom(memorySource(bytes), 'constructed', options);
}

/** What reading throws; anything but an EvidenceError is thrown on. */
function refusal(bytes: Uint8Array): string {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof EvidenceError) return error.message;
    throw error;
  }
  return 'read';
}

/** `expect` over columns of a dump takes seconds. */
function startsWith(column: Float64Array | Uint32Array | Int32Array, start: typeof column): boolean {
  return start.length <= column.length && start.every((value, i) => value === column[i]);
}

const SMALL: DumpText = {
  goVersion: 'go1.21.3',
  objects: [
    { name: 'a', size: 32, pointers: { 0: 'b', 8: 'c+4', 16: 0, 24: 'big+20000' }, words: {} },
    { name: 'b', size: 32, gap: 3, words: { 8: 0x1234 } },
    { name: 'c', size: 48, pointers: { 40: 'a+31' } },
    { name: 'big', size: 40960, pointers: { 0: 'a', 32768: 'b', 40952: 'c+47' } },
    { name: 'g', size: 416 },
    { name: 'f', size: 16, pointers: { 8: 0x40_1000 } },
  ],
  goroutines: [
    {
      id: 7,
      g: 'g',
      waitReason: 'chan receive',
      waitSince: 12345678901,
      frames: [
        { name: 'runtime.gopark', size: 24, entry: 0x401000, pc: 0x401020 },
        { name: 'main.wäit', size: 64, pointers: { 8: 'a', 56: 'c+1' }, entry: 0x402000, pc: 0x402040 },
      ],
    },
    { id: 8, status: 1, isSystem: true, waitReason: 'chan receive', frames: [{ name: 'main.wäit', size: 8 }] },
    { id: 9 },
  ],
  data: [{ size: 64, pointers: { 0: 'a', 32: 'big+8192' } }, { size: 8 }],
  bss: [{ size: 8 }, { size: 16, pointers: { 8: 'f' } }],
  otherRoots: [{ description: 'runtime', to: 'b+1' }],
  finalizers: [
    { object: 'c', funcval: 'f' },
    { object: 'b', funcval: 0x401000, queued: true },
  ],
  samples: [{ object: 'b', frames: [{ function: 'main.f', file: 'main.go', line: 12 }] }],
  types: [{ address: 0x480000, size: 16, name: 'main.T' }],
  itabs: [{ itab: 0x490000, type: 0x480000 }],
  memstats: Array.from({ length: 24 }, (_, i) => i + 100),
};

/** The same on 32 bits: pointers are at the same offsets. */
describe.each([
  { pointerSize: 8, bigEndian: false },
  { pointerSize: 8, bigEndian: true },
  { pointerSize: 4, bigEndian: false },
  { pointerSize: 4, bigEndian: true },
] as const)('a constructed dump, $pointerSize bytes, big endian $bigEndian', (words) => {
  const { bytes, address } = writeDump({ ...SMALL, ...words });
  const dump = read(bytes);
  const { objects, goroutines, frames, strings } = dump;
  const at = (name: string): number => dump.objectAt(address(name));

  test('has its objects and what they point to', () => {
    expect(dump.params).toMatchObject({ ...words, goVersion: 'go1.21.3', cpus: 2 });
    expect(objects.count).toBe(6);
    const targets = ['a', 'b', 'c', 'big', 'g', 'f'].map((name) => {
      const o = at(name);
      expect(objects.address[o]).toBe(address(name));
      const from = objects.fieldOffsets[o] ?? 0;
      const to = objects.fieldOffsets[o + 1] ?? 0;
      return [
        name,
        objects.size[o],
        [...objects.fieldAt.subarray(from, to)],
        [...objects.fieldTarget.subarray(from, to)],
      ];
    });
    expect(targets).toEqual([
      ['a', 32, [0, 8, 16, 24], [at('b'), at('c'), -1, at('big')]],
      ['b', 32, [], []],
      ['c', 48, [40], [at('a')]],
      ['big', 40960, [0, 32768, 40952], [at('a'), at('b'), at('c')]],
      ['g', 416, [], []],
      ['f', 16, [8], [-1]],
    ]);
  });

  test('finds objects by any address inside, and nothing outside', () => {
    const start = address('a');
    expect([0, 31, 32, 127, 128, 159, 160, 8191].map((offset) => dump.objectAt(start + offset))).toEqual([
      at('a'),
      at('a'),
      -1,
      -1,
      at('b'),
      at('b'),
      -1,
      -1,
    ]);
    const big = address('big');
    expect([0, 8192, 40959].map((offset) => dump.objectAt(big + offset))).toEqual(Array(3).fill(at('big')));
    // The span of the g follows; beyond the last span nothing does.
    expect(dump.objectAt(big + 40960)).toBe(at('g'));
    const end = dump.params.heapEnd;
    expect([0, -1, start - 1, end, 2 ** 60, Number.NaN].map((one) => dump.objectAt(one))).toEqual(Array(6).fill(-1));
  });

  test('has goroutines and frames', () => {
    expect(goroutines.count).toBe(3);
    expect([...goroutines.id]).toEqual([7, 8, 9]);
    expect([...goroutines.status]).toEqual([4, 1, 4]);
    expect([...goroutines.isSystem]).toEqual([0, 1, 0]);
    expect([...goroutines.gObject]).toEqual([at('g'), -1, -1]);
    expect([...goroutines.waitSince]).toEqual([12345678901, 0, 0]);
    expect([...goroutines.frameStart]).toEqual([0, 2, 3, 3]);
    expect([...goroutines.waitReason].map((name) => strings[name])).toEqual(['chan receive', 'chan receive', '']);
    expect([...frames.name].map((name) => strings[name])).toEqual(['runtime.gopark', 'main.wäit', 'main.wäit']);
    expect(new Set(strings).size).toBe(strings.length);
    expect([...frames.goroutine]).toEqual([0, 0, 1]);
    expect([...frames.depth]).toEqual([0, 1, 0]);
    expect([...frames.size]).toEqual([24, 64, 8]);
    expect([...frames.entry]).toEqual([0x401000, 0x402000, 0x401000]);
    expect([...frames.pc]).toEqual([0x401020, 0x402040, 0x401001]);
    expect([...frames.fieldOffsets]).toEqual([0, 0, 2, 2]);
    expect([...frames.fieldAt]).toEqual([8, 56]);
    expect([...frames.fieldTarget]).toEqual([at('a'), at('c')]);
  });

  test('has globals, roots, finalizers, samples, types and statistics', () => {
    const block = ({ fieldAt, fieldTarget, size }: HeapDump['data'][number]) => [size, [...fieldAt], [...fieldTarget]];
    expect(dump.data.map(block)).toEqual([
      [64, [0, 32], [at('a'), at('big')]],
      [8, [], []],
    ]);
    expect(dump.bss.map(block)).toEqual([
      [8, [], []],
      [16, [8], [at('f')]],
    ]);
    expect(dump.otherRoots).toEqual([{ description: 'runtime', address: address('b+1'), target: at('b') }]);
    expect(dump.finalizers.map(({ queued, objectIndex, funcvalIndex }) => [queued, objectIndex, funcvalIndex])).toEqual(
      [
        [false, at('c'), at('f')],
        [true, at('b'), -1],
      ],
    );
    expect([...dump.sampleObject]).toEqual([at('b')]);
    expect(dump.buckets.get(dump.sampleBucket[0] ?? 0)?.frames).toEqual([
      { function: 'main.f', file: 'main.go', line: 12 },
    ]);
    expect([...dump.types]).toEqual([[0x480000, { name: 'main.T', size: 16 }]]);
    expect([...dump.itabs]).toEqual([[0x490000, 0x480000]]);
    expect(dump.memstats?.get('Alloc')).toBe(100);
    expect(dump.memstats?.get('PauseTotalNs')).toBe(123);
    expect(dump.memstats?.size).toBe(25);
  });

  test('reads contents again', () => {
    const content = objects.contentOffset[at('b')] ?? -1;
    expect(dump.word(content, 8)).toBe(0x1234);
    expect(dump.read(content, 32)).toHaveLength(32);
    expect(dump.read(bytes.length - 3, 100)).toHaveLength(3);
    expect(dump.read(bytes.length + 3, 100)).toHaveLength(0);
    expect(dump.word(bytes.length, 0)).toBeNaN();
    const frame = frames.contentOffset[1] ?? -1;
    expect(dump.word(frame, 56)).toBe(address('c+1'));
  });
});

/** Random spans with gaps and random pointers, some inside, some to nothing: every one must resolve as it was written. */
test('random heaps resolve as they were made', () => {
  const size = fc.constantFrom(8, 16, 24, 48, 80, 416, 1024, 5376, 8192, 24576, 100000);
  const shape = fc.array(fc.record({ size, gap: fc.nat(4) }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(shape, fc.infiniteStream(fc.nat(0xffff)), fc.boolean(), (shapes, random, bigEndian) => {
      const pick = (below: number): number => (random.next().value ?? 0) % below;
      const truth: { from: string; at: number; to: string | null }[] = [];
      const objects = shapes.map(({ size, gap }, i): ObjectText => {
        const pointers: Record<number, string | number> = {};
        for (let p = pick(3); p > 0; p--) {
          const at = pick(Math.floor(size / 8)) * 8;
          const other = pick(shapes.length + 1);
          const to = shapes[other];
          pointers[at] = to === undefined ? pick(2) * 0xc0_7fff_fff8 : `o${other}+${pick(to.size)}`;
        }
        for (const [at, to] of Object.entries(pointers)) {
          truth.push({ from: `o${i}`, at: Number(at), to: typeof to === 'string' ? to : null });
        }
        return { name: `o${i}`, size, gap, pointers };
      });
      const { bytes, address } = writeDump({ objects, bigEndian });
      const dump = read(bytes);
      const index = new Map(objects.map(({ name }) => [name, dump.objectAt(address(name))]));
      expect(new Set(index.values()).size).toBe(objects.length);
      const found = truth.map(({ from, at }) => {
        const o = index.get(from) ?? -1;
        const begin = dump.objects.fieldOffsets[o] ?? 0;
        const fields = dump.objects.fieldAt.subarray(begin, dump.objects.fieldOffsets[o + 1]);
        return dump.objects.fieldTarget[begin + fields.indexOf(at)];
      });
      expect(found).toEqual(truth.map(({ to }) => (to === null ? -1 : index.get(to.replace(/\+.*/, '')))));
    }),
    { numRuns: 300 },
  );
});

test('an object larger than the window gives its pointers too', () => {
  const size = 9 << 20;
  const offsets = [0, 8, 1 << 20, (4 << 20) - 8, 4 << 20, size - 8];
  const { bytes, address } = writeDump({
    objects: [
      { name: 'huge', size, pointers: Object.fromEntries(offsets.map((at, i) => [at, `small${i}`])) },
      ...offsets.map((_, i) => ({ name: `small${i}`, size: 16 })),
    ],
  });
  const dump = read(bytes);
  const huge = dump.objectAt(address('huge+5000000'));
  const fields = dump.objects.fieldTarget.subarray(
    dump.objects.fieldOffsets[huge],
    dump.objects.fieldOffsets[huge + 1],
  );
  expect([...fields]).toEqual(offsets.map((_, i) => dump.objectAt(address(`small${i}`))));
});

test('offsets beyond 4 GiB are no limit', () => {
  const { bytes, address } = writeDump({
    objects: [
      { name: 'behind', size: 16, pointers: { 8: 'sink+7' } },
      { name: 'sink', size: 32 },
    ],
  });
  // An object of 5 GiB before all others: its contents are zeros that nobody keeps, and that are skipped.
  const first = bytes.findIndex(
    (_, i) => bytes[i] === 1 && i > 40 && bytes.subarray(i + 1, i + 7).join() === varint(address('sink')),
  );
  const length = 5 * 2 ** 30;
  const head = Buffer.concat([
    bytes.subarray(0, first),
    Buffer.from([1, ...varintBytes(2 ** 40), ...varintBytes(length)]),
  ]);
  const tail = Buffer.concat([Buffer.from([0]), bytes.subarray(first)]);
  const size = head.length + length + tail.length;
  const copy = (into: Uint8Array, offset: number, part: Uint8Array, at: number): void => {
    for (let i = Math.max(0, at - offset); i < into.length && offset + i < at + part.length; i++) {
      into[i] = part[offset + i - at] ?? 0;
    }
  };
  const dump = readHeapDumpFrom(
    {
      size,
      read(into, offset) {
        into.fill(0);
        copy(into, offset, head, 0);
        copy(into, offset, tail, head.length + length);
        return Math.max(0, Math.min(into.length, size - offset));
      },
      close() {},
    },
    'large',
  );
  expect([...dump.objects.size]).toEqual([length, 32, 16]);
  const [behind, sink] = [dump.objectAt(address('behind')), dump.objectAt(address('sink'))];
  expect(dump.objects.contentOffset[behind]).toBeGreaterThan(length);
  expect([...dump.objects.fieldTarget]).toEqual([sink]);
  expect(dump.word(dump.objects.contentOffset[behind] ?? 0, 8)).toBe(address('sink+7'));
  expect(dump.objectAt(2 ** 40 + length - 1)).toBe(0);
  expect(dump.objectAt(2 ** 40 + length)).toBe(-1);
});

function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function varint(value: number): string {
  return varintBytes(value).join();
}

describe('a dump that is cut short', () => {
  const whole = gunzipSync(readFileSync(join(import.meta.dirname, 'testdata', 'go1.26.8', 'known.dump.gz')));
  const all = read(whole);

  test.each(Array.from({ length: 100 }, (_, percent) => percent))('at %i %%', (percent) => {
    const bytes = whole.subarray(0, Math.floor((whole.length * percent) / 100));
    expect(refusal(bytes)).toMatch(percent === 0 ? /^the file is empty; / : /^the dump is cut short: .* at byte \d+$/);
    if (percent === 0) return;
    const dump = read(bytes, { partial: true });
    expect(dump.partial).toBe(true);
    // What is there is a prefix; only pointers to objects behind the cut are missing.
    const { count } = dump.objects;
    expect(startsWith(all.objects.address, dump.objects.address)).toBe(true);
    expect(startsWith(all.objects.fieldOffsets, dump.objects.fieldOffsets)).toBe(true);
    expect(startsWith(all.objects.fieldAt, dump.objects.fieldAt)).toBe(true);
    expect(dump.objects.fieldTarget.length).toBe(dump.objects.fieldAt.length);
    const known = all.objects.fieldTarget.map((target) => (target < count ? target : -1));
    expect(startsWith(known, dump.objects.fieldTarget)).toBe(true);
    expect(startsWith(all.goroutines.id, dump.goroutines.id)).toBe(true);
    expect(startsWith(all.frames.pc, dump.frames.pc)).toBe(true);
    expect(startsWith(all.frames.fieldOffsets, dump.frames.fieldOffsets)).toBe(true);
  });

  test('at every byte of a small one', () => {
    const { bytes } = writeDump(SMALL);
    // In the middle are 40 KiB of one object.
    const ends = bytes.length - 2500;
    for (let length = 0; length < bytes.length; length += length < 600 ? 1 : length > ends ? 7 : 97) {
      expect(refusal(bytes.subarray(0, length))).toMatch(/^the (?:dump is cut short|file is empty)/);
      try {
        expect(read(bytes.subarray(0, length), { partial: true }).partial).toBe(true);
      } catch (error) {
        // Nothing can be read without the parameters.
        if (!(error instanceof EvidenceError) || length > 60) throw error;
      }
    }
    expect(read(bytes, { partial: true }).partial).toBe(false);
  });

  test('and damaged behind, gives what is before the damage', () => {
    const { bytes } = writeDump(SMALL);
    const damaged = Buffer.concat([bytes.subarray(0, -1), Buffer.from([77, 1, 2, 3])]);
    expect(refusal(damaged)).toMatch(/^a record of unknown kind 77, inside a record, at byte \d+$/);
    const dump = read(damaged, { partial: true });
    expect([dump.partial, dump.objects.count, dump.sampleObject.length]).toEqual([true, 6, 1]);
  });
});

describe('hostile numbers', () => {
  const start = Buffer.from(writeDump({}).bytes);
  const params = start.subarray(0, start.indexOf(Buffer.from('go1.26.8')) + 9);
  const attack = (...bytes: number[]): string => refusal(Buffer.concat([params, Buffer.from(bytes)]));
  const HUGE = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];

  test.each([
    ['an object of 2^64 bytes', [1, 1, ...HUGE], /cut short/],
    ['a text of 2^64 bytes', [2, ...HUGE], /cut short/],
    ['an address above 2^53', [1, ...HUGE, 0, 0], /an address above 2\^53, inside an object/],
    ['a number of 11 bytes', [8, ...HUGE.slice(0, 9), 0xff, 0x01, 1], /more than 10 bytes/],
    ['a pointer outside its object', [1, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0], /a pointer at offset 1 of 8 bytes/],
    ['a field of unknown kind', [1, 8, 8, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0], /a field of unknown kind 3/],
    ['a frame before any goroutine', [5, 0], /a frame before any goroutine/],
    ['a bucket of 2^64 frames', [16, 1, 1, ...HUGE, 0], /cut short/],
    ['parameters twice', [6], /the parameters a second time/],
    ['a status of 2^64', [4, 1, 1, 1, 1, ...HUGE], /a status of/],
  ])('%s', (_, bytes, message) => {
    expect(attack(...bytes)).toMatch(message);
  });

  test('parameters that make no sense', () => {
    const header = Buffer.from('go1.7 heap dump\n');
    expect(refusal(Buffer.concat([header, Buffer.from([1, 1, 1])]))).toMatch(/a record of kind 1 where/);
    expect(refusal(Buffer.concat([header, Buffer.from([6, 2, 8])]))).toMatch(/a byte order of 2/);
    expect(refusal(Buffer.concat([header, Buffer.from([6, 0, 16])]))).toMatch(/a pointer size of 16/);
    expect(refusal(Buffer.concat([header, Buffer.from([6, 0])]))).toMatch(/cut short/);
  });

  test('a field of a frame outside its contents is left out: assembly functions have such', () => {
    const goroutine = [4, 1, 1, 1, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    const frame = [5, 1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0x66, 1, 8, 1, 0, 0];
    const dump = read(Buffer.concat([params, Buffer.from([...goroutine, ...frame, 0])]));
    expect([...dump.frames.fieldAt]).toEqual([0]);
  });

  test('objects that overlap or go backwards are read, whatever they resolve to', () => {
    const object = (at: number) => [1, at, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
    const dump = read(Buffer.concat([params, Buffer.from([...object(64), ...object(60), ...object(64), 0])]));
    expect(dump.objects.count).toBe(3);
    expect(dump.objectAt(64)).toBe(2);
  });
});

describe('files that are something else', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'heapdump-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const elf = (type: number, bigEndian = false): Buffer => {
    const head = Buffer.alloc(64);
    head.write('\x7fELF', 'latin1');
    head[5] = bigEndian ? 2 : 1;
    head[bigEndian ? 17 : 16] = type;
    return head;
  };

  test.each([
    ['an empty file', Buffer.alloc(0), /^the file is empty; /],
    ['a core', elf(4), /^this is a core file/],
    ['a core of a big-endian machine', elf(4, true), /^this is a core file/],
    ['a program', elf(2), /^this is a program \(ELF\)/],
    ['a text', Buffer.from('hello\nworld\n'), /^this is a text file/],
    [
      'an old dump',
      Buffer.from('go1.6 heap dump\n\x06'),
      /^this is a heap dump of a Go before 1\.7 \(go1\.6 heap dump\)/,
    ],
    ['the beginning of a header', Buffer.from('go1.7 he'), /^the dump is cut short inside its header/],
    ['a heap profile as text', Buffer.from('heap profile: 1: 2 [3: 4] @ heap/1\n'), /a heap profile as text/],
    ['goroutines', Buffer.from('goroutine 1 [running]:\n'), /a list of goroutines/],
    ['a trace', Buffer.from('go 1.22 trace\0\0\0'), /an execution trace/],
    ['a compressed dump', gzipSync(writeDump(SMALL).bytes), /a heap dump compressed with gzip; gunzip it first/],
    ['something compressed', gzipSync('hello'), /compressed with gzip, and what is inside is not/],
    ['random bytes', Buffer.from([0, 1, 2, 3, 250]), /^this is not a Go heap dump/],
  ])('%s', (_, bytes, message) => {
    expect(refusal(bytes)).toMatch(message);
    expect(refusal(bytes)).not.toMatch(/\n/);
    const file = join(dir, 'file');
    writeFileSync(file, bytes);
    expect(() => readHeapDump(file, { partial: true })).toThrow(EvidenceError);
  });

  test('a pprof profile, compressed or not', () => {
    const profile = readFileSync(join(import.meta.dirname, '..', 'pprof', 'testdata', 'go1.27', 'heap.pb.gz'));
    expect(refusal(profile)).toMatch(/^this is a pprof profile, not a heap dump; see hemostat show; /);
    expect(refusal(gunzipSync(profile))).toMatch(/^this is a pprof profile/);
  });

  test('what is not a file', () => {
    expect(() => readHeapDump(join(dir, 'missing'))).toThrow('it does not exist; check the path');
    expect(() => readHeapDump(dir)).toThrow('this is a directory, not a heap dump');
  });

  test('a file that is one, and stays readable until it is closed', () => {
    const { bytes, address } = writeDump(SMALL);
    const file = join(dir, 'dump');
    writeFileSync(file, bytes);
    const dump = readHeapDump(file);
    const content = dump.objects.contentOffset[dump.objectAt(address('b'))] ?? -1;
    expect(dump.path).toBe(file);
    expect(dump.word(content, 8)).toBe(0x1234);
    expect(dump.read(content + 8, 2)).toEqual(Buffer.from([0x34, 0x12]));
    dump.close();
    dump.close();
    expect(() => dump.read(content, 2)).toThrow(EvidenceError);
  });
});
