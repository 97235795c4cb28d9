/**
 * One incident from end to end, with nothing made up: a service of the lab leaks, `hemostat watch` finds it and starts clocks, a
 * webhook is reminded before one runs out, somebody acknowledges, a commit with a fix and its test is attached and checked by
 * running the test without and with it, the fixed build takes the place of the leaking one, is measured flat, and the incident
 * closes by itself with its times.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { formatDuration } from '../../src/findings/units.ts';
import { startReceiver } from '../../src/watch/alerts/testing.ts';
import {
  type FindingView,
  findings,
  type IncidentDetail,
  incidentDetail,
  incidents,
  responseReport,
  type StatusView,
  status,
} from '../../src/watch/api/contract.ts';
import { openChecks } from './checks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const LAB = join(ROOT, 'lab');
const SERVICE = 'quotes';
const LEAKING = 'result := make(chan quote)';
/** Room for the one price that nobody may wait for any more. */
const FIXED = 'result := make(chan quote, 1)';
/** Of the acknowledgement, and the share of it after which somebody is reminded. */
const ACKNOWLEDGE_S = 90;
const REMIND_AT = 0.1;

const run = promisify(execFile);
const checks = openChecks();
const cleanup: (() => Promise<unknown> | unknown)[] = [];

const Reminders = z.object({
  schema: z.literal('hemostat/reminders@1'),
  id: z.string(),
  summary: z.string(),
  reminders: z.array(z.looseObject({ id: z.string(), incident: z.string(), role: z.string(), clock: z.string() })),
});

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-incident-'));
  cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  const receiver = await startReceiver();
  cleanup.push(() => receiver.close());
  const repository = await makeRepository(join(dir, 'source'));
  const address = `127.0.0.1:${await freePort()}`;
  let service = await startService(await build(repository, join(dir, 'leaking')), address);
  const server = await startWatch(dir, repository, address, receiver.url);

  let incident = '';
  const found = await checks.check('a leak is found, and starts clocks', async () => {
    const { incidents: all } = await until(
      () => server.ask('/api/incidents', incidents),
      (view) => view.incidents.some(({ rule }) => rule.startsWith('goroutine-')),
      150_000,
    );
    const one = all.find(({ rule }) => rule.startsWith('goroutine-'));
    incident = one?.id ?? '';
    const clocks = one?.clocks.map(({ role, clock, allowedMs }) => `${role} ${clock} ${allowedMs / 1000} s`);
    if (clocks?.length !== 3) throw new Error(`the clocks are ${clocks?.join(', ')}`);
    return `${one?.rule}, ${one?.verdict}, ${one?.severity}: ${one?.title}; ${clocks.join(', ')}`;
  });
  if (!found) return;
  const detail = (): Promise<IncidentDetail> => server.ask(`/api/incidents/${incident}`, incidentDetail);

  await checks.check('a webhook is reminded before the clock runs out, once', async () => {
    const got = await until(
      async () => receiver.got.flatMap(({ body }) => Reminders.safeParse(JSON.parse(body)).data ?? []),
      (messages) => messages.length > 0,
      ACKNOWLEDGE_S * 1000,
    );
    const { incident: view, events } = await until(
      detail,
      (now) => now.events.some(({ kind }) => kind === 'told'),
      20_000,
    );
    const clock = view.clocks.find((each) => each.clock === 'acknowledge');
    if (clock?.state !== 'running') throw new Error(`the clock is ${clock?.state} already`);
    const ids = got.flatMap(({ reminders }) => reminders.map(({ id }) => id));
    if (new Set(ids).size !== ids.length) throw new Error(`told twice: ${ids.join(', ')}`);
    const reminded = events.find(({ kind }) => kind === 'reminded');
    const after = ((reminded?.at ?? 0) - view.roundAt) / 1000;
    if (after < REMIND_AT * ACKNOWLEDGE_S) throw new Error(`reminded ${after} s after it was found: too early`);
    return `${after.toFixed(1)} s after it was found, of ${ACKNOWLEDGE_S} s: ${got[0]?.summary}`;
  });

  await checks.check('an acknowledgement stops its clock', async () => {
    const body = { by: 'e2e', role: 'development', note: 'seen' };
    const { incident: view } = await server.send(`/api/incidents/${incident}/acknowledge`, body);
    const clock = view.clocks.find((each) => each.clock === 'acknowledge');
    if (clock?.state !== 'met') throw new Error(`the clock is ${clock?.state}`);
    return `after ${(clock.usedMs / 1000).toFixed(1)} s`;
  });

  await checks.check('a commit without a test is refused', async () => {
    const commit = await commitFix(repository, false);
    await attach(server, incident, commit);
    const { artefacts } = await until(detail, checked(commit), 120_000);
    const check = artefacts.find(({ reference }) => reference === commit)?.check;
    if (check?.passed !== false) throw new Error(`it passed: ${check?.says}`);
    return check.says;
  });

  const answered = await checks.check('a fix counts when its test fails without it and passes with it', async () => {
    const commit = await commitFix(repository, true);
    await attach(server, incident, commit);
    const { artefacts, incident: view } = await until(detail, checked(commit), 180_000);
    const check = artefacts.find(({ reference }) => reference === commit)?.check;
    const clock = view.clocks.find((each) => each.clock === 'resolve' && each.role === 'development');
    if (check?.passed !== true || clock?.state !== 'met') throw new Error(`${clock?.state}: ${check?.says}`);
    return check.says;
  });
  if (!answered) return;

  await checks.check('it is not closed while nothing is measured', async () => {
    const { incident: view, missing } = await detail();
    if (view.state !== 'open' || missing.length === 0) throw new Error(`it is ${view.state}: ${missing.join('; ')}`);
    const refused = await server.post(`/api/incidents/${incident}/close`, { by: 'e2e' });
    if (refused.status !== 409) throw new Error(`closing it was answered with ${refused.status}`);
    return missing.join('; ');
  });

  await checks.check('the fixed build in its place is measured flat, and the finding resolves', async () => {
    await stop(service);
    service = await startService(await build(repository, join(dir, 'fixed')), address);
    const all = await until(
      async () => (await server.ask(`/api/findings?service=${SERVICE}`, findings)).findings,
      (now) => now.filter(isLeak).every(({ state }) => state === 'resolved'),
      200_000,
    );
    const leak = all.find(isLeak);
    const before = leak?.firstBuild?.slice(0, 12);
    return `found in build ${before}: ${leak?.resolvedBy}`;
  });

  await checks.check('that closes the incident, with its times', async () => {
    const { incident: view, events } = await until(detail, (now) => now.incident.state === 'closed', 30_000);
    const late = view.clocks.filter(({ state }) => state !== 'met');
    if (late.length > 0) throw new Error(late.map((clock) => `${clock.role} ${clock.clock} ${clock.state}`).join(', '));
    if (view.measured?.flat !== true) throw new Error('it is closed and not measured flat');
    const kinds = events.map(({ kind }) => kind).join(', ');
    return `after ${formatDuration(((view.closedAt ?? 0) - view.foundAt) / 1000)}: ${kinds}`;
  });

  await checks.check('the report has the times of it', async () => {
    const report = await server.ask('/api/response-report', responseReport);
    const times = report.all.times.map(({ measure, n, median, breaches }) => {
      if (n === 0 || median === null || breaches > 0) throw new Error(`${measure}: n ${n}, ${breaches} breaches`);
      return `${measure} ${formatDuration(median / 1000)} (n ${n})`;
    });
    if (times.length !== 3) throw new Error(`there are ${times.length} measures`);
    return `${times.join(', ')}; ${report.notes[0]}`;
  });

  await checks.check('nobody was told anything twice', async () => {
    const keys = receiver.got.map(({ headers }) => String(headers['idempotency-key']));
    if (new Set(keys).size !== keys.length) throw new Error(keys.join('\n'));
    return `${keys.length} messages`;
  });
}

function isLeak({ rule }: FindingView): boolean {
  return rule.startsWith('goroutine-');
}

function checked(commit: string): (detail: IncidentDetail) => boolean {
  return ({ artefacts }) => {
    const one = artefacts.find(({ reference }) => reference === commit);
    return one !== undefined && !one.checking && one.check !== null;
  };
}

async function attach(server: Server, incident: string, reference: string): Promise<void> {
  const body = { by: 'e2e', role: 'development', kind: 'fix-with-test', reference };
  await server.send(`/api/incidents/${incident}/attach`, body);
}

/** A git repository with a copy of the lab, which has the leak. */
async function makeRepository(path: string): Promise<string> {
  mkdirSync(path);
  for (const part of ['go.mod', 'internal', join('services', SERVICE)])
    cpSync(join(LAB, part), join(path, part), { recursive: true });
  await git(path, 'init', '--quiet');
  await git(path, 'add', '.');
  await git(path, 'commit', '--quiet', '-m', 'Quotes as they are');
  return path;
}

/** First the fix alone; then, of the same parent, with its test. Gives the commit. */
async function commitFix(repository: string, withTest: boolean): Promise<string> {
  const place = join(repository, 'services', SERVICE);
  if (withTest) {
    await git(repository, 'reset', '--quiet', '--hard', 'HEAD~1');
    const test = readFileSync(join(import.meta.dirname, 'incident', 'pricer_test.go.txt'), 'utf8');
    writeFileSync(join(place, 'pricer_test.go'), test);
  }
  const main = join(place, 'main.go');
  const before = readFileSync(main, 'utf8');
  if (!before.includes(LEAKING)) throw new Error(`${main} does not have ${LEAKING} any more`);
  writeFileSync(main, before.replace(LEAKING, FIXED));
  await git(repository, 'add', '.');
  await git(repository, 'commit', '--quiet', '-m', withTest ? 'Let late prices go' : 'Let late prices go, untested');
  return (await git(repository, 'rev-parse', 'HEAD')).trim();
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost', '-c', 'commit.gpgsign=false'];
  return (await run('git', [...who, ...args], { cwd })).stdout;
}

/** With the commit in the binary, as a service that is released has it. */
async function build(repository: string, binary: string): Promise<string> {
  await run('go', ['build', '-buildvcs=true', '-o', binary, `./services/${SERVICE}`], {
    cwd: repository,
    timeout: 300_000,
  });
  return binary;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

async function startService(binary: string, address: string): Promise<ChildProcess> {
  const child = spawn(binary, ['-addr', address], { stdio: 'ignore' });
  cleanup.push(() => stop(child));
  await until(
    async () => await fetch(`http://${address}/debug/pprof/`).catch(() => null),
    (answer) => answer?.ok === true,
    30_000,
  );
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

interface Server {
  ask<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  post(path: string, body: object): Promise<Response>;
  /** A change of an incident that has to be taken. */
  send(path: string, body: object): Promise<IncidentDetail>;
}

async function startWatch(dir: string, source: string, address: string, webhook: string): Promise<Server> {
  const matrix = join(dir, 'matrix.yaml');
  writeFileSync(
    matrix,
    `schema: hemostat/respond@1
matrix:
  - {kind: goroutine-*, severity: "*", role: development, acknowledge: ${ACKNOWLEDGE_S}s, due: 10m, artefact: fix-with-test, proof: checked}
  - {kind: goroutine-*, severity: "*", role: operations, due: 15m, proof: measured}
escalation: [{at: ${REMIND_AT}, tell: [role]}, {at: 1, tell: [role]}]
`,
  );
  const config = join(dir, 'hemostat.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      data_dir: join(dir, 'data'),
      listen: '127.0.0.1:0',
      log: { level: 'warn' },
      global: {
        schedule: { metrics_every: '1s', profiles_every: '5s', first_look: { captures: 0 }, warm_up: '10s' },
        budget: { captures_per_hour: 3600, pause_per_hour: '10m' },
      },
      jobs: [{ name: SERVICE, source, static_configs: [{ targets: [`http://${address}`] }] }],
      alerts: { group_wait: '0s', rate_limit: 1000, receivers: [{ name: 'hook', webhook: { url: webhook } }] },
      respond: { matrix, min_severity: 'info', receivers: { development: ['hook'] }, run_tests: true },
    }),
  );
  const child = spawn(join(ROOT, 'bin', 'hemostat'), ['watch', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanup.push(() => stop(child));
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      log += bytes.toString('utf8');
    });
  const url = await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`hemostat watch ended:\n${log}`);
      return /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0] ?? '';
    },
    (text) => text !== '',
    60_000,
  );
  const ask = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const answer = await fetch(url + path);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return schema.parse(await answer.json());
  };
  const { problems }: StatusView = await ask('/api/status', status);
  if (problems.length > 0) throw new Error(problems.map(({ says }) => says).join('; '));
  const post = (path: string, body: object): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    ask,
    post,
    async send(path, body) {
      const answer = await post(path, body);
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return incidentDetail.parse(await answer.json());
    },
  };
}

async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean, ms: number): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const value = await ask();
    if (holds(value)) return value;
    if (Date.now() > end)
      throw new Error(`not within ${ms / 1000} s; the last answer: ${JSON.stringify(value).slice(0, 600)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

try {
  await main();
} finally {
  for (const clean of cleanup.reverse()) await clean();
}
process.exitCode = checks.exitCode;
