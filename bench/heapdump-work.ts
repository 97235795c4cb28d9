/**
 * What bench/heapdump.ts measures, as a process of its own: `node bench/heapdump-work.ts read|mark|dominators FILE`. Prints the
 * reachable objects and bytes as JSON, so that a wrong answer is not measured.
 */

import { dominators } from '../src/diagnose/heap/dominators.ts';
import { HeapGraph } from '../src/diagnose/heap/graph.ts';
import { rootsOf } from '../src/diagnose/heap/graph-roots.ts';
import { mark, marked } from '../src/diagnose/heap/mark.ts';
import { readHeapDump } from '../src/evidence/heapdump/read.ts';

/** What was found; objects and bytes are those that can be reached, or all of them where only read. */
export interface Found {
  readonly objects: number;
  readonly bytes: number;
  readonly pointers: number;
}

function work(stage: string, file: string): Found {
  const dump = readHeapDump(file);
  const pointers = dump.objects.fieldTarget.length;
  if (stage === 'read') {
    return { objects: dump.objects.count, bytes: dump.objects.size.reduce((sum, size) => sum + size, 0), pointers };
  }
  const graph = HeapGraph.of(dump);
  const roots = rootsOf(dump);
  const found = marked(graph, mark(graph, roots.targets));
  if (stage === 'dominators') {
    const { retained, top } = dominators(graph, roots);
    if (retained[top] !== found.bytes) throw new Error(`${retained[top]} bytes are retained of ${found.bytes}`);
  }
  return { ...found, pointers };
}

const [stage = '', file = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(work(stage, file))}\n`);
