/** For the tests of discovery: a source that runs, with what it said. */
import http from 'node:http';
import { afterEach, vi } from 'vitest';
import type { HttpOptions } from '../../collect/http.ts';
import type { TargetTemplate, WatchTarget } from '../config/config.ts';
import { defaultBudget, FILE_TIMING, NO_LOAD } from '../config/defaults.ts';
import type { TargetSource } from './source.ts';

export const HTTP: HttpOptions = { headers: [], insecure: false, timeoutMs: 30_000 };

export const TEMPLATE: TargetTemplate = {
  environment: 'test',
  service: 'job',
  environmentLabel: 'environment',
  serviceLabel: 'service',
  instanceLabel: 'instance',
  labels: {},
  scheme: 'http',
  path: '/',
  http: HTTP,
  schedule: { ...FILE_TIMING, budget: defaultBudget(FILE_TIMING) },
  load: NO_LOAD,
  source: null,
};

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

export function afterTest(end: () => Promise<void>): void {
  ends.push(end);
}

/** Runs until the test is over. `sets` and `problems` are all that it said, in order. */
export function started(source: TargetSource) {
  const abort = new AbortController();
  const sets: (readonly WatchTarget[])[] = [];
  const problems: (string | null)[] = [];
  const run = source.run(
    (targets) => sets.push(targets),
    (says) => problems.push(says),
    abort.signal,
  );
  afterTest(async () => {
    abort.abort();
    await run;
  });
  return {
    sets,
    problems,
    stop: async () => {
      abort.abort();
      await run;
    },
    urls: () => (sets.at(-1) ?? []).map(({ info }) => info.url),
    eventually: (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 10 }),
  };
}

/** A server on loopback that is closed after the test. */
export async function serve(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}
