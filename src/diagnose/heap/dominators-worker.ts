/** The thread of dominators-aside.ts: one task, one answer. */

import { parentPort, workerData } from 'node:worker_threads';
import { dominators } from './dominators.ts';
import type { DominatorTask } from './dominators-aside.ts';
import { HeapGraph } from './graph.ts';

const { graph, roots }: DominatorTask = workerData;
const result = dominators(new HeapGraph(graph), roots);
const buffers = [result.idom.buffer, result.retained.buffer].filter((buffer) => buffer instanceof ArrayBuffer);
parentPort?.postMessage(result, buffers);
