/**
 * The reader against dumps of a program that knows what is in them (testdata/known), from five Go minors, a 32-bit build, and
 * the Go of this machine, built and run now. testdata/capture.sh makes the fixtures.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HeapDump, ObjectIndex } from './dump.ts';
import { phantoms } from './phantoms.ts';
import { readHeapDump, readHeapDumpFrom } from './read.ts';
import { memorySource } from './source.ts';

const TESTDATA = join(import.meta.dirname, 'testdata');
const FIXTURES = ['go1.19.13', 'go1.22.12', 'go1.24.6', 'go1.26.8', 'go1.26.8-386', 'go1.27.1'];
const LOCAL = 'the Go of this machine';

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

interface Loaded {
  readonly dump: HeapDump;
  readonly known: Known;
}

function load(name: string): Loaded {
  if (name === LOCAL) return runHere();
  const bytes = gunzipSync(readFileSync(join(TESTDATA, name, 'known.dump.gz')));
  const known: Known = JSON.parse(readFileSync(join(TESTDATA, name, 'known.json'), 'utf8'));
  return { dump: readHeapDumpFrom(memorySource(bytes), 'known.dump'), known };
}

function runHere(): Loaded {
  const dir = mkdtempSync(join(tmpdir(), 'heapdump-'));
  try {
    const exe = join(dir, 'known');
    execFileSync('go', ['build', '-buildvcs=false', '-o', exe, '.'], { cwd: join(TESTDATA, 'known') });
    const known: Known = JSON.parse(execFileSync(exe, [join(dir, 'dump')], { encoding: 'utf8', timeout: 60_000 }));
    // The file is removed while it is open, and what is read again comes from it.
    return { dump: readHeapDump(join(dir, 'dump')), known };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function hasGo(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
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

describe.each(hasGo() ? [...FIXTURES, LOCAL] : FIXTURES)('a dump of %s', (name) => {
  const { dump, known } = load(name);
  const word = name.endsWith('386') ? 4 : 8;
  const { objects, goroutines, frames, strings } = dump;

  test('has the parameters of its process', () => {
    expect(dump.params.goVersion).toBe(known.goVersion);
    if (name !== LOCAL) {
      const arch = word === 4 ? '386' : 'amd64';
      expect(dump.params).toMatchObject({ bigEndian: false, pointerSize: word, arch });
      expect(name.replace('-386', '')).toBe(known.goVersion);
    }
    expect(dump.partial).toBe(false);
    expect(dump.data).toHaveLength(1);
    expect(dump.bss).toHaveLength(1);
  });

  test(`has the list, element by element`, () => {
    let node = dump.objectAt(Number(known.list));
    const seen = new Set<ObjectIndex>();
    for (; node >= 0; node = fieldsOf(dump, node)[0]?.[1] ?? -1) {
      // With its header it just does not fit on 32 bits.
      expect(objects.size[node]).toBe(word === 4 ? 4864 : 4096);
      seen.add(node);
    }
    expect(seen.size).toBe(known.nodes);
  });

  test('has every element of a global array, and resolves a pointer into the middle of one', () => {
    known.leaves.forEach((leaf, i) => {
      const object = dump.objectAt(Number(leaf));
      expect(objects.address[object]).toBe(Number(leaf));
      expect(objects.size[object]).toBe(48);
      expect(global(dump, Number(known.array) + word * i)).toBe(object);
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
      // The g is an object of its own; where it is large for its machine it has a header.
      const before = (goroutines.address[g] ?? 0) - (objects.address[goroutines.gObject[g] ?? -1] ?? 0);
      expect(word === 4 ? [8] : [0, 8]).toContain(before);
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
    expect([dump.word(at, 0), dump.word(at, word)]).toEqual([0, 3]);
    const node = dump.objectAt(Number(known.list));
    const [[offset, next] = [-1, -1]] = fieldsOf(dump, node);
    const bytes = dump.read((objects.contentOffset[node] ?? -1) + offset, word);
    // Since Go 1.22 large objects with pointers begin with their type, and pointers to them point behind it.
    const header = Number(known.list) - (objects.address[node] ?? 0);
    expect(bytes.readUIntLE(0, Math.min(word, 6))).toBe((objects.address[next] ?? 0) + header);
    if (name !== LOCAL) expect(header).toBe(name === 'go1.19.13' ? 0 : 8);
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
    const phantom = phantoms(dump);
    const phantomBytes = objects.size.reduce((total, size, o) => (phantom[o] === 1 ? total + size : total), 0);
    const phantomCount = phantom.reduce((total, one) => total + one, 0);
    // Allocations between the two counts and a Go that is not known are for the one of this machine.
    if (name !== LOCAL) expect([sum - phantomBytes, objects.count - phantomCount]).toEqual([alloc, count]);
    else expect(Math.abs(sum - alloc) / alloc).toBeLessThan(0.02);
    expect(phantomCount > 0).toBe(name !== 'go1.19.13');
    for (const target of objects.fieldTarget)
      if (phantom[target] === 1) throw new Error(`a pointer to phantom ${target}`);
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
