/**
 * `hemostat watch` that counts system calls itself, on four services of the lab, in windows of a second: it learns what is
 * normal in a minute or so, a burst is a finding in the window it comes in, on the API and in a webhook. Meanwhile a service that
 * leaks descriptors is `fd-leak`, one that leaves memory mapped `offheap-growth`, one whose calls do not come back
 * `blocked-clients`, each at the rate that the service itself counts. Then the server is started again and goes on where it was.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../src/collect/child.ts';
import { prepareLab } from '../../src/collect/lab.ts';
import { lookAtKernel } from '../../src/collect/syscalls/kernel.ts';
import { startReceiver } from '../../src/watch/alerts/testing.ts';
import { findings, type SyscallsView, status, syscalls } from '../../src/watch/api/contract.ts';
import { openChecks } from './checks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HTTP = { headers: [], insecure: false, timeoutMs: 10_000 };
const WINDOW_MS = 1000;
/** Of what a service itself counts; bursts of a Poisson process are in it. */
const TOLERANCE = 0.25;
/** Bytes that lab/services/segments maps at one time. */
const SEGMENT = 1 << 20;

const checks = openChecks();
const cleanup: (() => Promise<unknown> | unknown)[] = [];

async function main(): Promise<void> {
  const { missing } = lookAtKernel();
  if (missing !== '') return checks.skip('watch counts system calls', missing);
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-watch-syscalls-'));
  cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  const receiver = await startReceiver();
  cleanup.push(() => receiver.close());
  const kiosk = await lab('steady-syscalls');
  const uploads = await lab('rejected-files-open');
  const segments = await lab('offheap-mmap');
  const couriers = await lab('clients-blocked');
  const config = join(dir, 'hemostat.yaml');
  writeFileSync(config, configOf(dir, receiver.url, { kiosk, uploads, segments, couriers }));
  const truths = { uploads: counter(uploads, 'uploads_rejected_total'), segments: counter(segments, 'segments_total') };
  let server = await start(config);

  const learned = await checks.check('learns what is normal by itself', async () => {
    const view = await until(
      () => server.syscalls('kiosk'),
      ({ profile }) => profile.state === 'learned',
      240_000,
    );
    const { profile } = view;
    const [file] = readdirSync(join(dir, 'data', 'profiles'));
    const openat = view.syscalls.find(({ name }) => name === 'openat');
    if (openat?.normal == null) throw new Error('there is no band of openat');
    return `${profile.windows} windows, openat ${openat.normal.join(' to ')} a minute, limit ${openat.anomalous}; ${file}`;
  });
  if (learned) await burst(server, kiosk, receiver.got);

  await checks.check('names the service that leaks descriptors, with its rate and the time that is left', async () => {
    const found = await named(server, 'uploads', 'fd-leak');
    if (!/the limit is reached in/.test(found.title)) throw new Error(`no time to the limit: ${found.title}`);
    return near('not closed', numberOf(found, 'descriptors not closed'), await truths.uploads());
  });
  await checks.check('names the service that leaves memory mapped, with its rate', async () => {
    const found = await named(server, 'segments', 'offheap-growth');
    return near('mapped', numberOf(found, 'mapped beside Go'), (await truths.segments()) * SEGMENT);
  });
  await checks.check('names the service whose calls do not come back', async () => {
    const found = await named(server, 'couriers', 'blocked-clients');
    return `${found.verdict}: ${found.title}`;
  });

  await checks.check('goes on after a restart, with what it learned and no window twice', async () => {
    const before = await server.syscalls('kiosk');
    await server.stop();
    server = await start(config);
    const last = before.chosen?.at.at(-1) ?? 0;
    const after = await until(
      () => server.syscalls('kiosk'),
      ({ chosen, profile }) => (chosen?.at.at(-1) ?? 0) > last && profile.state === before.profile.state,
      60_000,
    );
    const at = after.chosen?.at ?? [];
    const until_ = after.chosen?.until ?? [];
    const overlaps = at.filter((from, i) => i > 0 && from < (until_[i - 1] ?? 0));
    if (overlaps.length > 0) throw new Error(`${overlaps.length} windows overlap the one before`);
    return `${before.windows.count} windows before, ${after.windows.count} after`;
  });
  await server.stop();
}

async function burst(server: Server, kiosk: string, got: readonly { readonly body: string }[]): Promise<void> {
  let began = 0;
  await checks.check('a steady service raises nothing', async () => {
    const all = (await server.findings('kiosk')).filter(({ rule }) => rule.startsWith('syscall-'));
    if (all.length > 0) throw new Error(all.map(({ title }) => title).join('\n'));
    return 'no finding of syscalls yet';
  });
  await checks.check('a burst and a call never seen are findings within a window of its end', async () => {
    began = Date.now();
    const answer = await fetch(`${kiosk}/burst?for=5s&opens=6&connects=8&unseen=1`, { method: 'POST' });
    if (!answer.ok) throw new Error(`the kiosk answered ${answer.status}: ${await answer.text()}`);
    const wanted = ['openat', 'connect', 'ptrace'];
    const all = await until(
      () => server.findings('kiosk'),
      (now) => wanted.every((name) => now.some(({ title }) => title.includes(` ${name}`))),
      20_000,
    );
    const first = Math.min(...all.filter(({ rule }) => rule.startsWith('syscall-')).map(({ firstSeen }) => firstSeen));
    const named = all.filter(({ title }) => /kiosk \(pid \d+/.test(title));
    const bursts = all.filter(({ rule }) => rule === 'syscall-rate-anomaly');
    if (bursts.length > 2)
      throw new Error(`one burst is told ${bursts.length} times: ${bursts.map(({ title }) => title)}`);
    if (named.length < all.filter(({ rule }) => rule.startsWith('syscall-')).length)
      throw new Error(`who did it is not named: ${all.map(({ title }) => title)}`);
    const late = first - began;
    if (late > 2 * WINDOW_MS + 500) throw new Error(`the first was ${late} ms after the burst began`);
    return `first after ${late} ms; ${named[0]?.title}`;
  });
  await checks.check('the burst is marked in the series of the API', async () => {
    const view = await until(
      () => server.syscalls('kiosk', 'openat'),
      ({ syscalls: rows }) => (rows.find(({ name }) => name === 'openat')?.anomalies.length ?? 0) > 0,
      20_000,
    );
    const row = view.syscalls.find(({ name }) => name === 'openat');
    return `${row?.anomalies.length} windows of openat, highest ${row?.peak} a minute`;
  });
  await checks.check(
    'a webhook was told of what is confirmed, and not of rates that a minute cannot know',
    async () => {
      await until(
        async () => got.filter(({ body }) => body.includes('ptrace') && body.includes('syscall-never-seen')).length,
        (count) => count > 0,
        30_000,
      );
      if (got.some(({ body }) => body.includes('syscall-rate-anomaly')))
        throw new Error('it was told of the rate, too');
      return `${got.length} messages`;
    },
  );
  await checks.check('the burst resolves itself when it is over', async () => {
    const all = await until(
      () => server.findings('kiosk'),
      (now) => now.some(({ rule, state }) => rule === 'syscall-rate-anomaly' && state === 'resolved'),
      60_000,
    );
    return all.find(({ state }) => state === 'resolved')?.resolvedBy ?? '';
  });
}

type Found = Awaited<ReturnType<typeof findingsOf>>[number];

async function named(server: Server, service: string, rule: string): Promise<Found> {
  const is = (one: Found): boolean => one.rule === rule && one.verdict === 'confirmed';
  const all = await until(
    () => server.findings(service),
    (now) => now.some(is),
    300_000,
  );
  const found = all.find(is);
  if (found === undefined) throw new Error(`no ${rule}`);
  return found;
}

function numberOf(found: Found, name: string): number {
  const value = found.evidence.flatMap(({ numbers }) => numbers).find((number) => number.name === name)?.value;
  if (value === undefined) throw new Error(`${found.rule} has no number "${name}"`);
  return value;
}

/** What the service itself counts, per hour since now. */
function counter(url: string, name: string): () => Promise<number> {
  const read = async (): Promise<number> => {
    const all = await json(`${url}/debug/vars`);
    const value: unknown = typeof all === 'object' && all !== null ? Reflect.get(all, name) : undefined;
    if (typeof value !== 'number') throw new Error(`${name} is not in ${url}/debug/vars`);
    return value;
  };
  const at = performance.now();
  const before = read();
  return async () => (((await read()) - (await before)) * 3_600_000) / (performance.now() - at);
}

function near(what: string, told: number, truth: number): string {
  const off = told / truth - 1;
  const says = `${what}: ${told.toPrecision(4)} per hour, the service itself counts ${truth.toPrecision(4)} (${(off * 100).toFixed(1)} %)`;
  if (!(Math.abs(off) <= TOLERANCE)) throw new Error(says);
  return says;
}

/** A service of the lab; gives its URL. */
async function lab(name: string): Promise<string> {
  const { argv, cwd } = await prepareLab(name);
  const child = await Child.start({ kind: 'child', argv, cwd, lab: name }, { http: HTTP, log: () => {} });
  cleanup.push(() => child.stop());
  const found = await child.findService(new AbortController().signal);
  if (found === null) throw new Error(`lab:${name} serves no pprof`);
  return found.service.client.address.origin;
}

function configOf(dir: string, webhook: string, urls: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    data_dir: join(dir, 'data'),
    listen: '127.0.0.1:0',
    log: { level: 'warn' },
    global: {
      schedule: { metrics_every: '2s', profiles_every: '5s', first_look: { captures: 0 }, warm_up: '10s' },
      budget: { captures_per_hour: 3600, pause_per_hour: '10m' },
    },
    jobs: Object.entries(urls).map(([name, url]) => ({ name, static_configs: [{ targets: [url] }] })),
    syscalls: { collect: true, learn: '60s', warm_up: '5s', window: '1s' },
    alerts: { group_wait: '0s', rate_limit: 1000, receivers: [{ name: 'hook', webhook: { url: webhook } }] },
  });
}

interface Server {
  syscalls(service: string, syscall?: string): Promise<SyscallsView>;
  findings(service: string): ReturnType<typeof findingsOf>;
  stop(): Promise<void>;
}

async function findingsOf(url: string, service: string) {
  return findings.parse(await json(`${url}/api/findings?service=${service}`)).findings;
}

async function start(config: string): Promise<Server> {
  const child: ChildProcess = spawn(join(ROOT, 'bin', 'hemostat'), ['watch', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => {
      log += bytes.toString('utf8');
    });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  cleanup.push(() => child.exitCode === null && child.kill('SIGKILL'));
  const url = await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`hemostat watch ended:\n${log}`);
      return /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0] ?? '';
    },
    (found) => found !== '',
    60_000,
  );
  const { problems } = status.parse(await json(`${url}/api/status`));
  const counting = problems.find(({ about }) => about === 'syscalls');
  if (counting !== undefined) throw new Error(counting.says);
  return {
    syscalls: async (service, syscall) => {
      const query = `from=${Date.now() - 3_600_000}${syscall === undefined ? '' : `&syscall=${syscall}`}`;
      return syscalls.parse(await json(`${url}/api/services/default/${service}/syscalls?${query}`));
    },
    findings: (service) => findingsOf(url, service),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function json(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return await answer.json();
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
