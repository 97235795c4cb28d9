/** The thread of flame-aside.ts: reads one or two profiles and answers with the JSON of the call tree. */
import { parentPort } from 'node:worker_threads';
import { readProfile } from '../../../evidence/pprof/read.ts';
import { flameView } from '../../views/flame.ts';
import type { FlameAnswer, FlameTask } from './flame-aside.ts';

/** No profile of a running service unpacks to more, bytes. */
const MAX_UNPACKED = 512 << 20;

function answer({ head, base, headId, baseId, title, sampleType }: FlameTask): FlameAnswer {
  try {
    const read = (bytes: Uint8Array) => readProfile(bytes, { maxBytes: MAX_UNPACKED });
    const view = flameView(read(head), base === null ? null : read(base), { headId, baseId, title, sampleType });
    return { json: JSON.stringify(view) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error: error.name === 'EvidenceError' ? error.message : null, internal: error.stack ?? error.message };
  }
}

parentPort?.on('message', (task: FlameTask) => parentPort?.postMessage(answer(task)));
