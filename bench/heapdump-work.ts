/**
 * What bench/heapdump.ts measures beside the command itself, as a process: `node bench/heapdump-work.ts read|mark|proof FILE`.
 * Prints what was found as JSON, so that a wrong answer is not measured.
 */

import { HeapGraph } from '../src/diagnose/heap/graph.ts';
import { rootsOf } from '../src/diagnose/heap/graph-roots.ts';
import { mark, marked } from '../src/diagnose/heap/mark.ts';
import { prove } from '../src/diagnose/heap/proof.ts';
import type { HeapDump } from '../src/evidence/heapdump/dump.ts';
import { phantoms } from '../src/evidence/heapdump/phantoms.ts';
import { readHeapDump } from '../src/evidence/heapdump/read.ts';

export interface Found {
  readonly objects: number;
  readonly bytes: number;
  /** Pointer fields; 0 where they were not counted. */
  readonly pointers: number;
  /** Goroutines that can never run again; 0 where nothing was proven. */
  readonly proven: number;
}

function work(stage: string, file: string): Found {
  const dump = readHeapDump(file);
  if (stage === 'read') return { ...counted(dump), pointers: dump.objects.fieldTarget.length, proven: 0 };
  if (stage === 'proof') {
    const { verdicts } = prove(dump);
    return { ...counted(dump), pointers: 0, proven: verdicts.filter((verdict) => verdict === 'proven').length };
  }
  const graph = HeapGraph.of(dump);
  return { ...marked(graph, mark(graph, rootsOf(dump).targets)), pointers: 0, proven: 0 };
}

/** All objects of the dump; the process has collected before, so these are the living. */
function counted(dump: HeapDump): { objects: number; bytes: number } {
  const phantom = phantoms(dump);
  let objects = 0;
  let bytes = 0;
  for (let o = 0; o < dump.objects.count; o++) {
    if (phantom[o] === 1) continue;
    objects++;
    bytes += dump.objects.size[o] ?? 0;
  }
  return { objects, bytes };
}

const [stage = '', file = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(work(stage, file))}\n`);
