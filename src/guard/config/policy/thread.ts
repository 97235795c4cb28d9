/** Runs policies in a thread, one after the other, each for no longer than it may. */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../error.ts';
import type { Policy, PolicyAnswer, PolicyObject } from './model.ts';

export interface Limits {
  /** For one policy over all objects. */
  readonly milliseconds: number;
  readonly heapMegabytes: number;
}

export const LIMITS: Limits = { milliseconds: 30_000, heapMegabytes: 512 };

/** Answers in the order of `policies`. */
export async function runInThread(
  policies: readonly Policy[],
  objects: readonly PolicyObject[],
  limits: Limits = LIMITS,
): Promise<PolicyAnswer[]> {
  const answers: PolicyAnswer[] = [];
  let worker: Worker | null = null;
  try {
    for (const policy of policies) {
      worker ??= open(objects, limits);
      const answer = await ask(worker, policy, limits);
      answers.push(answer.answer);
      if (answer.ended) {
        await worker.terminate();
        worker = null;
      }
    }
  } finally {
    await worker?.terminate();
  }
  return answers;
}

function open(objects: readonly PolicyObject[], limits: Limits): Worker {
  const file = import.meta.url.endsWith('.ts')
    ? new URL('./worker.ts', import.meta.url)
    : new URL('./worker.js', import.meta.url);
  return new Worker(file, { workerData: objects, resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes } });
}

function ask(worker: Worker, policy: Policy, limits: Limits): Promise<{ answer: PolicyAnswer; ended: boolean }> {
  return new Promise((resolve) => {
    const settle = (answer: PolicyAnswer, ended: boolean): void => {
      clearTimeout(timer);
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
      worker.removeAllListeners('exit');
      // A thread that is ended while it fails must not take the process with it.
      worker.on('error', () => undefined);
      resolve({ answer, ended });
    };
    const fail = (why: string): void => settle({ violations: [], evaluated: 0, failures: [why], notes: [] }, true);
    const timer = setTimeout(
      () => fail(`took longer than ${limits.milliseconds / 1000} s and was ended`),
      limits.milliseconds,
    );
    worker.on('message', (answer: PolicyAnswer) => settle(answer, false));
    worker.on('error', (error) => fail(`ended its thread (${messageOf(error)})`));
    worker.on('exit', (code) => fail(`ended its thread (${code})`));
    worker.postMessage(policy);
  });
}
