/** The heap dump reader and the passes over what it read, from memory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { dominators } from '../src/diagnose/heap/dominators.ts';
import { HeapGraph } from '../src/diagnose/heap/graph.ts';
import { rootsOf } from '../src/diagnose/heap/graph-roots.ts';
import { mark } from '../src/diagnose/heap/mark.ts';
import { ShortestPaths } from '../src/diagnose/heap/paths.ts';
import { readHeapDumpFrom } from '../src/evidence/heapdump/read.ts';
import { memorySource } from '../src/evidence/heapdump/source.ts';
import { type DumpText, writeDump } from '../src/evidence/heapdump/testing.ts';
import type { FuzzTarget } from './target.ts';

const TESTDATA = join(import.meta.dirname, '..', 'src', 'evidence', 'heapdump', 'testdata');

/** Some of everything that a dump has. */
const SMALL: DumpText = {
  objects: [
    { name: 'a', size: 32, pointers: { 0: 'b', 8: 'c+4', 24: 'large+9000' } },
    { name: 'b', size: 32, gap: 2 },
    { name: 'c', size: 48, pointers: { 40: 'a' } },
    { name: 'large', size: 16384, pointers: { 16000: 'f' } },
    { name: 'g', size: 416, pointers: { 8: 'c' } },
    { name: 'f', size: 16 },
  ],
  goroutines: [
    {
      id: 1,
      g: 'g',
      waitReason: 'select',
      frames: [
        { name: 'runtime.gopark', size: 8 },
        { name: 'main.f', size: 16, pointers: { 8: 'a' } },
      ],
    },
  ],
  data: [{ size: 64, pointers: { 0: 'c' } }],
  bss: [{ size: 8 }],
  otherRoots: [{ description: 'a root', to: 'b' }],
  finalizers: [
    { object: 'c', funcval: 'f' },
    { object: 'b', funcval: 'f', queued: true },
  ],
  samples: [{ object: 'b', frames: [{ function: 'main.f', file: 'main.go', line: 1 }] }],
  types: [{ address: 0x480000, size: 16, name: 'main.T' }],
  itabs: [{ itab: 0x490000, type: 0x480000 }],
};

export const target: FuzzTarget = {
  name: 'heap dump',
  seeds() {
    const real = gunzipSync(readFileSync(join(TESTDATA, 'go1.26.8', 'known.dump.gz')));
    const built = [4 as const, 8 as const].flatMap((pointerSize) =>
      [false, true].map((bigEndian) => writeDump({ ...SMALL, pointerSize, bigEndian }).bytes),
    );
    return [...built, new Uint8Array(real.subarray(0, 40_000)), new TextEncoder().encode('go1.6 heap dump\n')];
  },
  run(input) {
    // Damaged dumps are read as far as they go, or there would be nothing for the passes.
    const dump = readHeapDumpFrom(memorySource(input), 'fuzz', { partial: true });
    const graph = HeapGraph.of(dump);
    const roots = rootsOf(dump, { globals: [dump.data[0]?.address ?? 0] });
    const { retained, top } = dominators(graph, roots);
    const marks = mark(graph, roots.targets);
    const bytes = marks.reduce((sum, one, o) => (one === 1 ? sum + (graph.size[o] ?? 0) : sum), 0);
    if (bytes !== retained[top]) throw new Error(`${bytes} bytes are marked and ${retained[top]} retained`);
    const paths = new ShortestPaths(graph, roots);
    marks.forEach((one, o) => {
      if ((paths.to(o) !== null) !== (one === 1))
        throw new Error(`object ${o} is marked ${one} and has no path, or has one`);
    });
    for (let o = 0; o < graph.count; o++) dump.word(dump.objects.contentOffset[o] ?? 0, 0);
    readHeapDumpFrom(memorySource(input), 'fuzz');
  },
};
