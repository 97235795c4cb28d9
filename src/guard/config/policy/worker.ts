/** The thread in which policies of the user run, so that one that does not end can be ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { runCel } from './cel.ts';
import type { Policy, PolicyAnswer, PolicyObject } from './model.ts';
import { runRego } from './rego.ts';

// What a policy prints would stand in the report.
console.log = () => undefined;
console.error = () => undefined;

/** Structured data of this project's own making. */
const objects: readonly PolicyObject[] = workerData;

parentPort?.on('message', (policy: Policy) => {
  answer(policy).then(
    (done) => parentPort?.postMessage(done),
    (error: unknown) => {
      const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      parentPort?.postMessage({
        violations: [],
        evaluated: 0,
        failures: [`could not be run: ${why}`],
        notes: [],
      } satisfies PolicyAnswer);
    },
  );
});

async function answer(policy: Policy): Promise<PolicyAnswer> {
  return policy.type === 'cel' ? runCel(policy, objects) : runRego(policy, objects);
}
