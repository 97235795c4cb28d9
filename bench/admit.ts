/**
 * How fast does `hemostat guard admit` answer?
 * node bench/admit.ts [--rate 200] [--seconds 60] [--slow-seconds 10] [--write] [--profile DIR]
 *
 * Open loop: reviews start at a constant rate whatever comes back, and a latency counts from when its review should have started, so
 * that a server that stalls cannot hide it. HTTPS with keep-alive, the command in a process of its own, images in a real registry;
 * every answer is checked. Beside it in the same run, the same load on a server that only echoes the uid: what TLS, HTTP, JSON, this
 * client and the machine cost. Then the same with a registry that takes 5 s for each answer. Exits 1 where an answer was wrong or the
 * p99 of cached digests is 20 ms or more. `--profile` leaves a processor profile and a log of garbage collections of the server.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  giveVerdict,
  LAB_POLICY,
  type LabClient,
  type LabKey,
  labClient,
  makeCertificate,
  makeKey,
  pod,
  repositoryAt,
  reviewOf,
  signTag,
} from '../src/testing/admit-lab.ts';
import { pushTinyImage, startRegistry, withoutRegistry } from '../src/testing/image-registry.ts';
import { end } from '../src/testing/kube-cluster.ts';
import { type SlowProxy, startSlowProxy } from '../src/testing/slow-proxy.ts';
import {
  echo,
  type Kind,
  kindOf,
  load,
  numbersOf,
  numbersOfEcho,
  type Planned,
  quantile,
  type Result,
  type ServerNumbers,
  waitedMs,
} from './admit-load.ts';
import { asMarkdown, asText, machine, writePage } from './page.ts';

/** Cached digests that are asked about. */
const DIGESTS = 20;
const GOAL_MS = 20;
const WARM_UPS = 10;
/** For a review while the registry takes SLOW_MS for an answer. */
const TIMEOUT_MS = 1000;
const SLOW_MS = 5000;

interface Measured extends Result {
  /** ms of processor per review. */
  readonly cpuMs: number;
  readonly server: ServerNumbers;
  /** Of the run, the share in which the server could have run and no processor was free; null: not known. */
  readonly waited: number | null;
  /** Garbage collections while it ran; null: not known. */
  readonly gc: { readonly count: number; readonly ms: number } | null;
}

/** The process, where it listens, and where its metrics are. */
type Started = readonly [ChildProcess, url: string, metricsUrl?: string];

interface Lab {
  readonly dir: string;
  readonly tls: { readonly certificate: string; readonly key: string };
  readonly proxy: SlowProxy;
  readonly cached: readonly string[];
  readonly unsigned: readonly string[];
  readonly children: ChildProcess[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '60' },
      'slow-seconds': { type: 'string', default: '10' },
      write: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const rate = Number(values.rate);
  const count = Math.round(rate * Number(values.seconds));
  const missing = withoutRegistry();
  if (missing !== null) throw new Error(missing);
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-bench-admit-'));
  const registry = await startRegistry();
  const proxy = await startSlowProxy(registry.host);
  const children: ChildProcess[] = [];
  try {
    const release = makeKey(dir, 'release');
    const gate = makeKey(dir, 'gate');
    const tls = makeCertificate(dir, 'webhook');
    const kinds = Array.from({ length: count }, (_, i) => kindOf(i));
    const make = (name: string, many: number, signed: boolean) =>
      images(registry.host, proxy.host, release, gate, name, many, signed);
    const cached = await make('cached', DIGESTS, true);
    const unsigned = await make('unsigned', 5, false);
    const fresh = await make('fresh', kinds.filter((kind) => kind === 'never seen, allowed').length, true);
    const lab: Lab = { dir, tls, proxy, cached, unsigned, children };
    const plan = kinds.map((kind, i) => planned(kind, i, lab, fresh));
    const before = loadavg()[0] ?? 0;
    const ours = await measureOurs(lab, plan, rate, values.profile);
    const peer = await measureEcho(lab, plan, rate);
    const slow = await measureSlow(lab, rate, Number(values['slow-seconds']));
    const cachedMs = ours.latencies.get('allowed') ?? [];
    const p99 = quantile(cachedMs, 0.99);
    const ok = p99 < GOAL_MS && ours.wrong.length === 0 && slow.wrong.length === 0;
    const table = tableOf(rate, Number(values.seconds), ours, peer, slow);
    const where = `${machine()}; load before ${before.toFixed(1)}`;
    process.stdout.write(`${asText(table)}\n\n${where}\n`);
    for (const { wrong } of [ours, peer, slow])
      for (const says of wrong.slice(0, 5)) process.stdout.write(`WRONG: ${says}\n`);
    const verdict = `no wrong answer, and p99 of cached digests under ${GOAL_MS} ms (${p99.toFixed(1)} ms)`;
    process.stdout.write(`${ok ? 'ok' : 'NOT OK'}: ${verdict}\n`);
    if (values.write) writePage('`node bench/admit.ts --write`', `${asMarkdown(table)}\n\n${where}`);
    return ok ? 0 : 1;
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await proxy.stop();
    await registry.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function planned(kind: Kind, i: number, { proxy, cached, unsigned }: Lab, fresh: string[]): Planned {
  const image = {
    allowed: () => cached[i % cached.length],
    refused: () => unsigned[i % unsigned.length],
    'never seen, refused': () => `${proxy.host}/shop/api@sha256:${i.toString(16).padStart(64, '0')}`,
    'never seen, allowed': () => fresh.pop(),
  }[kind]();
  const uid = `bench-${i}`;
  return { kind, uid, body: JSON.stringify(reviewOf(pod(image ?? ''), { uid })) };
}

async function images(
  host: string,
  seenAs: string,
  release: LabKey,
  gate: LabKey,
  name: string,
  count: number,
  signed: boolean,
): Promise<string[]> {
  const repository = repositoryAt(host, 'shop/api');
  const made: string[] = [];
  for (let i = 0; i < count; i++) {
    const digest = await pushTinyImage(repository, `${name}-${i}`, `${name}-${i}`);
    if (signed) await signTag(repository, digest, release);
    await giveVerdict(repository, digest, gate, { passed: true, at: new Date() });
    made.push(`${seenAs}/shop/api@${digest}`);
  }
  return made;
}

/**
 * As in a webhook that has run for a while: the code is compiled and the client's 64 connections are open. Otherwise one stall at the
 * start opens them all at once, and their handshakes are what is measured.
 */
async function warmUp(client: LabClient, known: readonly string[]): Promise<void> {
  for (let i = 0; i < WARM_UPS; i++)
    await Promise.all(
      Array.from({ length: 64 }, (_, k) =>
        client.post('/validate?timeout=5s', JSON.stringify(reviewOf(pod(known[(i + k) % known.length] ?? '')))),
      ),
    );
}

async function measureOurs(lab: Lab, plan: readonly Planned[], rate: number, profile?: string): Promise<Measured> {
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`, '--cpu-prof-interval=250'];
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  const collections = profile === undefined ? [] : ['--trace-gc'];
  const log = profile === undefined ? null : openSync(join(profile, 'gc.log'), 'w');
  const [child, url, metricsUrl = ''] = await startOurs(lab, [...flags, ...collections], log);
  const client = labClient(url, { ca: lab.tls.certificate });
  try {
    await warmUp(client, [...lab.cached, ...lab.unsigned]);
    const before = await reading(child, numbersOf(metricsUrl));
    const result = await load(client, plan, rate, true);
    return measured(result, plan.length, before, await reading(child, numbersOf(metricsUrl)));
  } finally {
    client.close();
    await end(child);
  }
}

async function measureEcho(lab: Lab, plan: readonly Planned[], rate: number): Promise<Measured> {
  const [child, url] = await start(lab, [join(import.meta.filename), '--echo', lab.tls.certificate, lab.tls.key], null);
  const client = labClient(url, { ca: lab.tls.certificate });
  try {
    await warmUp(client, lab.cached);
    const before = await reading(child, numbersOfEcho(client));
    const result = await load(client, plan, rate, false);
    return measured(result, plan.length, before, await reading(child, numbersOfEcho(client)));
  } finally {
    client.close();
    await end(child);
  }
}

/**
 * A second life of the same webhook (warm from its file): its registry takes 5 s for an answer, and one review in a hundred is of a
 * digest that it never saw.
 */
async function measureSlow(lab: Lab, rate: number, seconds: number): Promise<Measured> {
  const [child, url, metricsUrl = ''] = await startOurs(lab, [], null, TIMEOUT_MS);
  const client = labClient(url, { ca: lab.tls.certificate });
  lab.proxy.slowMs = SLOW_MS;
  try {
    await warmUp(client, lab.cached);
    const plan = Array.from({ length: Math.round(rate * seconds) }, (_, i) =>
      planned(i % 100 === 50 ? 'never seen, refused' : 'allowed', 1_000_000 + i, lab, []),
    );
    const before = await reading(child, numbersOf(metricsUrl));
    const result = await load(client, plan, rate, true);
    return measured(result, plan.length, before, await reading(child, numbersOf(metricsUrl)));
  } finally {
    lab.proxy.slowMs = 0;
    client.close();
    await end(child);
  }
}

interface Reading {
  readonly numbers: ServerNumbers;
  readonly waited: number | null;
  readonly at: number;
}

async function reading(child: ChildProcess, numbers: Promise<ServerNumbers>): Promise<Reading> {
  return { numbers: await numbers, waited: waitedMs(child.pid), at: performance.now() };
}

function measured(result: Result, reviews: number, first: Reading, last: Reading): Measured {
  const [before, after] = [first.numbers, last.numbers];
  const gc =
    before.gc === null || after.gc === null
      ? null
      : { count: after.gc.count - before.gc.count, ms: (after.gc.seconds - before.gc.seconds) * 1000 };
  const waited =
    first.waited === null || last.waited === null ? null : (last.waited - first.waited) / (last.at - first.at);
  return { ...result, server: after, waited, cpuMs: ((after.cpu - before.cpu) * 1000) / reviews, gc };
}

function startOurs(lab: Lab, flags: readonly string[], log: number | null, timeoutMs = 4000): Promise<Started> {
  writeFileSync(
    join(lab.dir, 'admit.yaml'),
    `listen: 127.0.0.1:0
metrics: {listen: 127.0.0.1:0}
tls: {certificate: webhook.crt, key: webhook.key}
timeout-ms: ${timeoutMs}
drain-seconds: 0
stop-seconds: 1
trust: {release: {keys: [release.pub]}, gate: {keys: [gate.pub]}}
cache: {directory: facts}
audit: {file: audit.jsonl}
policies: [{name: shop, signature: {trust: release}, verdict: {trust: gate, policy: ${LAB_POLICY}}}]
`,
  );
  const cli = join(import.meta.dirname, '../src/cli/main.ts');
  return start(lab, [...flags, cli, 'guard', 'admit', '--config', join(lab.dir, 'admit.yaml')], log);
}

/** The process, and its addresses, once it has said where it listens. */
async function start({ children }: Lab, args: readonly string[], log: number | null): Promise<Started> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', log ?? 'pipe', 'pipe'] });
  children.push(child);
  const found = await new Promise<string[]>((resolve, reject) => {
    let text = '';
    const onText = (piece: string): void => {
      text += piece;
      const [, ...urls] =
        /(https:\/\/127\.0\.0\.1:\d+)(?:\S* metrics at (http:\/\/127\.0\.0\.1:\d+))?/.exec(text) ?? [];
      if (urls[0] !== undefined) resolve(urls);
    };
    child.stdout?.setEncoding('utf8').on('data', onText);
    child.stderr?.setEncoding('utf8').on('data', onText);
    child.once('exit', () => reject(new Error(`ended: ${text}`)));
  });
  const [url = '', metricsUrl = ''] = found;
  return [child, url, metricsUrl];
}

function tableOf(rate: number, seconds: number, ours: Measured, peer: Measured, slow: Measured): string[][] {
  const ms = (values: readonly number[]): string =>
    values.length === 0 ? '-' : [0.5, 0.99, 1].map((q) => `${quantile(values, q).toFixed(1)}`).join(' / ');
  const of = (result: Result, kind: Kind) => result.latencies.get(kind) ?? [];
  const row = (kind: Kind, name: string, goal: string, met: string): string[] => [
    `${name} (${of(ours, kind).length})`,
    ms(of(ours, kind)),
    ms(of(peer, kind)),
    goal,
    met,
  ];
  const yes = (met: boolean): string => (met ? 'yes' : 'no');
  const cached = quantile(of(ours, 'allowed'), 0.99);
  const slowCached = quantile(of(slow, 'allowed'), 0.99);
  const unknown = of(slow, 'never seen, refused');
  const gcOf = ({ gc }: Measured) => (gc === null ? '-' : `${gc.count}, ${gc.ms.toFixed(0)} ms in all`);
  const waited = (of: Measured) => (of.waited === null ? '-' : `${(of.waited * 100).toFixed(1)} %`);
  const late = ({ p99, max }: { p99: number; max: number }) => `${p99.toFixed(1)} / ${max.toFixed(1)}`;
  const serverLate = ({ server }: Measured) => late({ p99: server.lateP99, max: server.lateMax });
  return [
    [`${rate} reviews/s for ${seconds} s; ms: p50 / p99 / max`, 'ours', 'bare node:https echo', 'goal', 'met'],
    row('allowed', 'cached digest, allowed', `p99 < ${GOAL_MS}`, yes(cached < GOAL_MS)),
    row('refused', 'unsigned digest, refused (looked at again every 15 s)', '-', '-'),
    row('never seen, refused', 'digest never seen and not there', '-', '-'),
    row('never seen, allowed', 'digest never seen, looked up and verified', '-', '-'),
    ['wrong answers', String(ours.wrong.length), String(peer.wrong.length), '0', yes(ours.wrong.length === 0)],
    ['processor per review, ms', ours.cpuMs.toFixed(2), peer.cpuMs.toFixed(2), '-', '-'],
    ['waited for a free processor, of the time', waited(ours), waited(peer), '-', '-'],
    ['event loop late, ms: p99 / max', serverLate(ours), serverLate(peer), '-', '-'],
    ['the same of the client', late(ours.clientLate), late(peer.clientLate), '-', '-'],
    ['garbage collections', gcOf(ours), gcOf(peer), '-', '-'],
    [
      `registry takes ${SLOW_MS / 1000} s per answer: cached digest (${of(slow, 'allowed').length})`,
      ms(of(slow, 'allowed')),
      '-',
      `p99 < ${GOAL_MS}`,
      yes(slowCached < GOAL_MS),
    ],
    [
      `the same: digest never seen, refused for want of an answer (${unknown.length})`,
      ms(unknown),
      '-',
      `≤ timeout-ms (${TIMEOUT_MS}) + ${GOAL_MS}`,
      yes(slow.wrong.length === 0 && Math.max(...unknown) <= TIMEOUT_MS + GOAL_MS),
    ],
  ];
}

const [mode, certificate, key] = process.argv.slice(2);
if (mode === '--echo' && certificate !== undefined && key !== undefined) echo(certificate, key);
else process.exitCode = await main();
