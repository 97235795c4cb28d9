/**
 * Dominators without blocking this thread: a large heap takes seconds, in which the proof can run and a signal be handled.
 *
 * node:worker_threads and not a pool such as piscina: there is one task of seconds per dump, its input is in shared memory (the
 * reader puts long columns there), and its result is transferred, so there is nothing for a pool to do.
 */

import { Worker } from 'node:worker_threads';
import { type Dominators, dominators } from './dominators.ts';
import type { GraphColumns, HeapGraph } from './graph.ts';
import type { Roots } from './graph-roots.ts';

/** What the worker gets. */
export interface DominatorTask {
  readonly graph: GraphColumns;
  readonly roots: Roots;
}

/** Objects below which starting a thread (some 30 ms) takes longer than the work. */
const ABOVE = 500_000;

/** As `dominators`, in a worker thread where the heap has more than `above` objects. */
export function dominatorsAside(graph: HeapGraph, roots: Roots, { above = ABOVE } = {}): Promise<Dominators> {
  if (graph.count <= above) return Promise.resolve(dominators(graph, roots));
  const { count, size, offsets, targets, opaque } = graph;
  const task: DominatorTask = { graph: { count, size, offsets, targets, opaque }, roots };
  return new Promise((resolve, reject) => {
    // The sources run as .ts, what is published as .js.
    const file = import.meta.url.endsWith('.ts')
      ? new URL('./dominators-worker.ts', import.meta.url)
      : new URL('./dominators-worker.js', import.meta.url);
    const worker = new Worker(file, { workerData: task });
    worker.once('message', (result: Dominators) => resolve(result));
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread for dominators ended with ${code}`)));
  });
}
