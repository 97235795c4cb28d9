/** The reader against dumps of a program that knows what is in them (testdata/known), from five Go minors. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HeapDump, ObjectIndex } from './dump.ts';
import { readHeapDumpFrom } from './read.ts';
import { memorySource } from './source.ts';

const VERSIONS = ['1.19.13', '1.22.12', '1.24.6', '1.26.8', '1.27.1'];

interface Known {
  readonly goVersion: string;
  readonly list: string;
  readonly array: string;
  readonly leaves: readonly string[];
  readonly inner: string;
  readonly table: string;
  readonly final: string;
  readonly large: string;
  readonly never: string;
  readonly nodes: number;
  readonly entries: number;
  readonly waiters: number;
  readonly held: number;
}

function load(version: string): { dump: HeapDump; known: Known } {
  const dir = join(import.meta.dirname, 'testdata', `go${version}`);
  const bytes = gunzipSync(readFileSync(join(dir, 'known.dump.gz')));
  const known: Known = JSON.parse(readFileSync(join(dir, 'known.json'), 'utf8'));
  return { dump: readHeapDumpFrom(memorySource(bytes), 'known.dump'), known };
}

/** Objects that an object points to, by field offset. */
function fieldsOf({ objects }: HeapDump, object: ObjectIndex): [number, ObjectIndex][] {
  const fields: [number, ObjectIndex][] = [];
  for (let f = objects.fieldOffsets[object] ?? 0; f < (objects.fieldOffsets[object + 1] ?? 0); f++) {
    fields.push([objects.fieldAt[f] ?? -1, objects.fieldTarget[f] ?? -1]);
  }
  return fields;
}

/** What the pointer at an address in data or bss points to. */
function global(dump: HeapDump, address: number): ObjectIndex {
  for (const block of [...dump.data, ...dump.bss]) {
    const field = block.fieldAt.indexOf(address - block.address);
    if (address >= block.address && field >= 0) return block.fieldTarget[field] ?? -1;
  }
  throw new Error(`no pointer at ${address}`);
}

function closure(dump: HeapDump, from: ObjectIndex): Set<ObjectIndex> {
  const seen = new Set([from]);
  for (const object of seen) for (const [, target] of fieldsOf(dump, object)) if (target >= 0) seen.add(target);
  return seen;
}

describe.each(VERSIONS)('a dump of Go %s', (version) => {
  const { dump, known } = load(version);
  const { objects, goroutines, frames, strings } = dump;

  test('has the parameters of its process', () => {
    expect(dump.params).toMatchObject({ bigEndian: false, pointerSize: 8, arch: 'amd64', cpus: 2 });
    expect(dump.params.goVersion).toBe(known.goVersion);
    expect(known.goVersion).toBe(`go${version}`);
    expect(dump.partial).toBe(false);
    expect(dump.data).toHaveLength(1);
    expect(dump.bss).toHaveLength(1);
  });

  test(`has the list, element by element`, () => {
    let node = dump.objectAt(Number(known.list));
    const seen = new Set<ObjectIndex>();
    for (; node >= 0; node = fieldsOf(dump, node)[0]?.[1] ?? -1) {
      expect(objects.size[node]).toBe(4096);
      seen.add(node);
    }
    expect(seen.size).toBe(known.nodes);
  });

  test('has every element of a global array, and resolves a pointer into the middle of one', () => {
    known.leaves.forEach((leaf, i) => {
      const object = dump.objectAt(Number(leaf));
      expect(objects.address[object]).toBe(Number(leaf));
      expect(objects.size[object]).toBe(48);
      expect(global(dump, Number(known.array) + 8 * i)).toBe(object);
    });
    const middle = Number(known.inner);
    expect(middle - Number(known.leaves[100])).toBe(24);
    expect(dump.objectAt(middle)).toBe(dump.objectAt(Number(known.leaves[100])));
  });

  test('has the map with its entries and what they hold', () => {
    const inside = [...closure(dump, global(dump, Number(known.table)))];
    expect(inside.filter((o) => objects.size[o] === 112).length).toBe(known.entries);
    expect(inside.filter((o) => objects.size[o] === 24).length).toBeGreaterThanOrEqual(known.entries);
  });

  test('has the goroutines, what they wait for and what they hold', () => {
    const waiting: number[] = [];
    for (let f = 0; f < frames.count; f++) {
      if (strings[frames.name[f] ?? -1] === 'main.waiter') waiting.push(f);
    }
    expect(waiting).toHaveLength(known.waiters);
    const channel = dump.objectAt(Number(known.never));
    const buffers = waiting.map((f) => {
      const g = frames.goroutine[f] ?? -1;
      expect(strings[goroutines.waitReason[g] ?? -1]).toBe('chan receive');
      expect(goroutines.status[g]).toBe(4);
      expect(goroutines.isSystem[g]).toBe(0);
      const first = goroutines.frameStart[g] ?? -1;
      const end = goroutines.frameStart[g + 1] ?? -1;
      expect(f).toBeGreaterThanOrEqual(first);
      expect(f).toBeLessThan(end);
      expect([...frames.depth.subarray(first, end)]).toEqual(Array.from({ length: end - first }, (_, depth) => depth));
      // The g is an object of its own.
      expect(objects.address[goroutines.gObject[g] ?? -1]).toBe(goroutines.address[g]);
      // Arguments lie in the frame of the caller, so all frames of the goroutine count.
      const holds = frames.fieldTarget.subarray(frames.fieldOffsets[first], frames.fieldOffsets[end]);
      // Before Go 1.23 a receiver that is parked has the channel in its sudog only.
      const near = [...holds].flatMap((object) => [object, ...fieldsOf(dump, object).map(([, target]) => target)]);
      expect(near).toContain(channel);
      return holds.find((target) => objects.size[target] === known.held);
    });
    expect(new Set(buffers).size).toBe(known.waiters);
    expect(buffers).not.toContain(undefined);
  });

  test('reads contents again: a channel says its capacity, a list node its next', () => {
    const channel = dump.objectAt(Number(known.never));
    const at = objects.contentOffset[channel] ?? -1;
    // runtime/chan.go hchan: qcount, dataqsiz.
    expect([dump.word(at, 0), dump.word(at, 8)]).toEqual([0, 3]);
    const node = dump.objectAt(Number(known.list));
    const [[offset, next] = [-1, -1]] = fieldsOf(dump, node);
    const bytes = dump.read((objects.contentOffset[node] ?? -1) + offset, 8);
    // Since Go 1.22 large objects with pointers begin with their type, and pointers to them point behind it.
    const header = Number(known.list) - (objects.address[node] ?? 0);
    expect(Number(bytes.readBigUInt64LE())).toBe((objects.address[next] ?? 0) + header);
    expect(header).toBe(version === '1.19.13' ? 0 : 8);
  });

  test('has the finalizer and the sample', () => {
    const final = dump.objectAt(Number(known.final));
    expect(final).toBeGreaterThanOrEqual(0);
    expect(dump.finalizers.filter(({ objectIndex, queued }) => objectIndex === final && !queued)).toHaveLength(1);
    const sample = dump.sampleObject.indexOf(dump.objectAt(Number(known.large)));
    const bucket = dump.buckets.get(dump.sampleBucket[sample] ?? -1);
    expect(bucket?.size).toBe(1 << 20);
    expect(bucket?.allocs).toBe(1);
    const functions = bucket?.frames.map((frame) => frame.function);
    expect(functions).toContain('main.sampled');
    expect(bucket?.frames.find((frame) => frame.function === 'main.main')?.file).toMatch(/main\.go$/);
  });

  test('adds up to what MemStats says', () => {
    const sum = objects.size.reduce((total, size) => total + size, 0);
    const alloc = dump.memstats?.get('HeapAlloc') ?? Number.NaN;
    const count = dump.memstats?.get('HeapObjects') ?? Number.NaN;
    if (version === '1.19.13') {
      expect([sum, objects.count]).toEqual([alloc, count]);
    } else {
      // Since Go 1.22 the bitmap at the end of a span of small objects is written as if it were objects.
      expect(sum).toBeGreaterThanOrEqual(alloc);
      expect(sum).toBeLessThan(alloc * 1.005);
      expect(objects.count).toBeGreaterThanOrEqual(count);
      expect(objects.count).toBeLessThan(count * 1.1);
    }
    expect(dump.memstats?.get('NumGC')).toBeGreaterThanOrEqual(2);
  });

  test('knows the types that interfaces hold', () => {
    // Of pointer types the runtime writes the package only: `os.` is *os.File.
    const names = [...dump.types.values()].map(({ name }) => name);
    expect(names).toContain('syscall.Errno');
    expect(names).toContain('runtime.errorString');
    for (const type of dump.itabs.values()) expect(dump.types.has(type)).toBe(true);
  });
});
