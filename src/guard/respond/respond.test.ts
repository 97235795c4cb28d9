/** Incidents from beginning to end: a clock that is given, the journal in its directory, a webhook on loopback that fails at times. */
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createHttp } from '../http/create.ts';
import type { GuardContext } from '../part.ts';
import { advance } from './clock.ts';
import { missing, openingEvents } from './events.ts';
import { artefactOf } from './identity.ts';
import { Journal } from './journal.ts';
import { builtIn } from './matrix.ts';
import type { ResponseEvent, ResponseStore } from './model.ts';
import { makeReport } from './report.ts';
import { sender } from './send.ts';
import { DAY, event, findingOf, HOUR, hoursOf, INCIDENT, MINUTE } from './testing.ts';
import { tick } from './tick.ts';

/** Friday, 16:00 in Berlin. */
const T = Date.UTC(2026, 10, 27, 15);
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Got {
  readonly key: string;
  readonly role: string;
  readonly clock: string;
  readonly step: number;
}

/** Takes what it gets by its Idempotency-Key, and answers 500 as often as it is told to, before or after it took it. */
async function receiver(status: (n: number) => { readonly status: number; readonly taken: boolean }) {
  const taken = new Map<string, Got>();
  let requests = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = status(requests++);
      const key = String(request.headers['idempotency-key']);
      if (answer.taken) taken.set(key, { key, ...JSON.parse(Buffer.concat(chunks).toString('utf8')) });
      response.writeHead(answer.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/secret`, taken, requests: () => requests };
}

function scene(url: string) {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-respond-'));
  const network = createHttp({ pauseMs: 1 });
  ends.push(
    () => rmSync(dir, { recursive: true, force: true }),
    () => network.close(),
  );
  const context: GuardContext = {
    http: network,
    cwd: dir,
    cacheDir: dir,
    now: () => new Date(T),
    offline: false,
    progress: () => undefined,
    env: { HOOK: url },
  };
  const target = { kind: 'webhook', 'url-env': 'HOOK' } as const;
  const receivers = new Map([
    ['development', target],
    ['operations', target],
  ]);
  // Each its own, as each process of cron would open it.
  return { journal: () => new Journal(dir), send: sender(receivers, context, () => undefined, 1) };
}

const open = (at: number): ResponseEvent[] =>
  openingEvents(INCIDENT, null, findingOf(), { source: 'test', seconds: 600, at, by: 'x' });

it('tells everybody once over a receiver that fails, and a process that ends at any of its effects', async () => {
  class Killed extends Error {}
  let wanted: string[] | null = null;
  for (let kill = 0, killed = true; killed; kill++) {
    const hook = await receiver(
      (n) =>
        [
          { status: 200, taken: true },
          { status: 503, taken: false },
          { status: 500, taken: true },
        ][n % 3] ?? { status: 200, taken: true },
    );
    const { journal, send } = scene(hook.url);
    await journal().append(open(T));
    let left = kill;
    killed = false;
    const step = (): void => {
      if (left-- !== 0) return;
      killed = true;
      throw new Killed();
    };
    const dying = (inner: ResponseStore): ResponseStore => ({
      events: () => inner.events(),
      append: async (events) => {
        if (events.length > 0) step();
        await inner.append(events);
        if (events.length > 0) step();
      },
    });
    for (const minutes of [3, 9, 16, 30, 61, 125, 190]) {
      for (let tries = 0; tries < 2; tries++) {
        const now = T + minutes * MINUTE;
        const run = tick(
          dying(journal()),
          builtIn(),
          () => now,
          async (...of) => {
            step();
            const why = await send(...of);
            step();
            return why;
          },
          'test',
        );
        await run.catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
      }
    }
    const told = [...hook.taken.values()].map(({ role, clock, step }) => `${role} ${clock} ${step}`).sort();
    wanted ??= told;
    expect(told).toEqual(wanted);
    expect(new Set(told).size).toBe(told.length);
    // By hand: 15 min and 2 h for development, 5 and 15 min for operations; steps at 50, 80, 100 and 150 %.
    expect(told).toEqual([
      'development acknowledge 0', // 9 min of 7.5
      'development acknowledge 2', // 16 of 15; 80 % (12) had passed
      'development acknowledge 3', // 30 of 22.5
      'development resolve 0', // 61 of 60
      'development resolve 2', // 125 of 120
      'development resolve 3', // 190 of 180
      'operations acknowledge 0', // 3 of 2.5
      'operations acknowledge 3', // 9 of 7.5
      'operations resolve 0', // 9 of 7.5
      'operations resolve 2', // 16 of 15
      'operations resolve 3', // 30 of 22.5
    ]);
    if (!killed) expect(kill).toBeGreaterThan(20);
    // A prime stride goes through all kinds of effects and keeps the test short.
    kill += 4;
  }
}, 60_000);

it('counts an incident over a weekend, a pause and a return, to the ms', async () => {
  const hours = hoursOf({ always: ['critical'] });
  const matrix = { ...builtIn(), hours, longestPauseMs: 2 * HOUR };
  const high = findingOf('high');
  const at = { source: 'test', seconds: 600, by: 'x' };
  const events = openingEvents(INCIDENT, null, high, { ...at, at: T });
  const clocks = (now: number) =>
    (advance(events, matrix, now).incidents[0]?.clocks ?? []).map(
      ({ role, clock, dueAt, state }) =>
        `${role} ${clock} ${state} ${dueAt === null ? '-' : new Date(dueAt).toISOString()}`,
    );
  // One hour is left on Friday; a day of the matrix is 24 worked hours: three days of eight.
  expect(clocks(T)).toEqual([
    'development acknowledge running 2026-11-27T16:00:00.000Z',
    'development resolve running 2026-12-02T15:00:00.000Z',
    'operations acknowledge running 2026-11-27T15:15:00.000Z',
    'operations resolve running 2026-11-27T16:00:00.000Z',
  ]);
  // Paused for three hours on Monday from 9:00, of which two count as paused.
  const monday = Date.UTC(2026, 10, 30, 8);
  events.push(
    event(monday, { kind: 'paused', role: 'development', why: 'vendor' }),
    event(monday + 3 * HOUR, { kind: 'resumed', role: 'development' }),
  );
  expect(clocks(monday + 4 * HOUR)[1]).toBe('development resolve running 2026-12-03T09:00:00.000Z');
  // It gets worse on Tuesday: from then on critical counts at any hour, and two hours are left.
  const tuesday = Date.UTC(2026, 11, 1, 15, 30, 0, 1);
  const [known] = advance(events, matrix, tuesday).incidents;
  events.push(...openingEvents(INCIDENT, known ?? null, findingOf('critical'), { ...at, at: tuesday }));
  expect(clocks(tuesday + 1)[1]).toBe('development resolve running 2026-12-01T17:30:00.001Z');

  // Answered, measured, closed; missing() goes from all to nothing.
  const stands = (now: number) => advance(events, matrix, now).incidents[0];
  const fix = artefactOf('fix-with-test', 'abc', '');
  const plan = artefactOf('rollback-plan', 'plan.md', '');
  const done = tuesday + HOUR;
  for (const [role, artefact] of [
    ['development', fix],
    ['operations', plan],
  ] as const)
    events.push(
      event(done, { kind: 'attached', role, artefact }),
      event(done, { kind: 'checked', role, artefact: artefact.id, passed: true, says: '' }),
    );
  const open = stands(done);
  expect(open === undefined ? [] : missing(open)).toEqual(['it has not been measured flat']);
  events.push(
    event(done + 1, { kind: 'measured', flat: true, says: '' }),
    event(done + 2, { kind: 'closed', says: '' }),
  );
  const closed = stands(done + DAY);
  expect(closed === undefined ? ['?'] : missing(closed)).toEqual([]);
  expect(clocks(done + DAY).map((line) => line.split(' ')[2])).toEqual(['met-late', 'met', 'met-late', 'met-late']);

  const report = makeReport(closed === undefined ? [] : [closed], null, done + DAY);
  const resolve = report.all.times.find(({ measure }) => measure === 'resolve');
  expect(resolve).toMatchObject({ n: 1, open: 0, median: done + 2 - T });
});
