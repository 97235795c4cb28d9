/**
 * How fast does `hemostat guard admit` answer? node bench/admit.ts [--rate 200] [--seconds 60]
 *
 * Open loop: reviews start at a constant rate whatever comes back, and a latency counts from when its review should have started, so
 * that a server that stalls cannot hide it. HTTPS with keep-alive, the command in a process of its own, images in a real registry;
 * every answer is checked. Beside it in the same run, the same load on a server that only echoes the uid: what TLS, HTTP, JSON
 * and this client cost. Exits 1 where an answer was wrong or the p99 of cached digests is 20 ms or more.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
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

/** Of 1,000 reviews: so many of each kind. */
const MIX = { allowed: 900, refused: 50, 'never seen, refused': 45, 'never seen, allowed': 5 } as const;
type Kind = keyof typeof MIX;
const KINDS: readonly Kind[] = ['allowed', 'refused', 'never seen, refused', 'never seen, allowed'];
/** Cached digests that are asked about. */
const DIGESTS = 20;
const GOAL_MS = 20;

interface Planned {
  readonly kind: Kind;
  readonly uid: string;
  readonly body: string;
}

interface Result {
  readonly latencies: ReadonlyMap<Kind, number[]>;
  readonly wrong: string[];
}

const answerSchema = z.object({ response: z.object({ uid: z.string(), allowed: z.boolean() }) });

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { rate: { type: 'string', default: '200' }, seconds: { type: 'string', default: '60' } },
  });
  const rate = Number(values.rate);
  const count = Math.round(rate * Number(values.seconds));
  const missing = withoutRegistry();
  if (missing !== null) throw new Error(missing);
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-bench-admit-'));
  const registry = await startRegistry();
  const children: ChildProcess[] = [];
  try {
    const release = makeKey(dir, 'release');
    const gate = makeKey(dir, 'gate');
    const tls = makeCertificate(dir, 'webhook');
    const kinds = Array.from({ length: count }, (_, i) => kindOf(i));
    const cached = await images(registry.host, release, gate, 'cached', DIGESTS, true);
    const unsigned = await images(registry.host, release, gate, 'unsigned', 5, false);
    const fresh = await images(
      registry.host,
      release,
      gate,
      'fresh',
      kinds.filter((kind) => kind === 'never seen, allowed').length,
      true,
    );
    const plan = kinds.map((kind, i): Planned => {
      const image = {
        allowed: () => cached[i % cached.length],
        refused: () => unsigned[i % unsigned.length],
        'never seen, refused': () => `${registry.host}/shop/api@sha256:${i.toString(16).padStart(64, '0')}`,
        'never seen, allowed': () => fresh.pop(),
      }[kind]();
      const uid = `bench-${i}`;
      return { kind, uid, body: JSON.stringify(reviewOf(pod(image ?? ''), { uid })) };
    });
    writeFileSync(
      join(dir, 'admit.yaml'),
      `listen: 127.0.0.1:0
metrics: {listen: 127.0.0.1:0}
tls: {certificate: webhook.crt, key: webhook.key}
drain-seconds: 0
trust: {release: {keys: [release.pub]}, gate: {keys: [gate.pub]}}
audit: {file: audit.jsonl}
policies: [{name: shop, signature: {trust: release}, verdict: {trust: gate, policy: ${LAB_POLICY}}}]
`,
    );
    const ours = await start(children, [
      join(import.meta.dirname, '../src/cli/main.ts'),
      'guard',
      'admit',
      '--config',
      join(dir, 'admit.yaml'),
    ]);
    const peer = await start(children, [import.meta.filename, '--echo', tls.certificate, tls.key]);
    process.stdout.write(`${count} reviews at ${rate}/s over HTTPS, latency from the intended start, ms\n`);
    const warm = [...cached, ...unsigned].map((image, i) => ({
      kind: 'allowed' as const,
      uid: `w${i}`,
      body: JSON.stringify(reviewOf(pod(image), { uid: `w${i}` })),
    }));
    const results: [string, Result][] = [];
    for (const [name, url, checks] of [
      ['hemostat guard admit', ours, true],
      ['bare node:https echo', peer, false],
    ] as const) {
      const client = labClient(url, { ca: tls.certificate });
      for (const review of warm) await client.post('/validate?timeout=5s', review.body);
      results.push([name, await load(client, plan, rate, checks)]);
      client.close();
    }
    for (const [name, { latencies, wrong }] of results) {
      const rows = [...latencies].filter(([, ms]) => ms.length > 0);
      for (const [kind, ms] of [['all', rows.flatMap(([, each]) => each)] as const, ...rows]) line(name, kind, ms);
      process.stdout.write(
        `${name.padEnd(22)} wrong answers: ${wrong.length}${wrong.length === 0 ? '' : ` (${wrong.slice(0, 3).join('; ')})`}\n`,
      );
    }
    const mine = results[0]?.[1];
    const p99 = quantile(mine?.latencies.get('allowed') ?? [], 0.99);
    const ok = mine !== undefined && mine.wrong.length === 0 && p99 < GOAL_MS;
    process.stdout.write(
      `${ok ? 'ok' : 'NOT OK'}: no wrong answer, and p99 of cached digests under ${GOAL_MS} ms (${p99.toFixed(1)} ms)\n`,
    );
    return ok ? 0 : 1;
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await registry.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Spread evenly: 7 has no factor in common with 1,000. */
function kindOf(i: number): Kind {
  let at = (i * 7 + 500) % 1000;
  for (const kind of KINDS) {
    if (at < MIX[kind]) return kind;
    at -= MIX[kind];
  }
  return 'allowed';
}

async function images(
  host: string,
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
    made.push(`${host}/shop/api@${digest}`);
  }
  return made;
}

/** The process, once it has said where it listens. */
function start(children: ChildProcess[], args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return new Promise((resolve, reject) => {
    let text = '';
    const onText = (piece: string): void => {
      text += piece;
      const url = /(https:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout.setEncoding('utf8').on('data', onText);
    child.stderr.setEncoding('utf8').on('data', onText);
    child.once('exit', () => reject(new Error(`ended: ${text}`)));
  });
}

/** @param checks false: only that the uid comes back */
async function load(client: LabClient, plan: readonly Planned[], rate: number, checks: boolean): Promise<Result> {
  const latencies = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  const wrong: string[] = [];
  const began = performance.now() + 100;
  const one = async ({ kind, uid, body }: Planned, due: number): Promise<void> => {
    try {
      const { status, body: text } = await client.post('/validate?timeout=5s', body);
      const ms = performance.now() - due;
      const { response } = answerSchema.parse(JSON.parse(text));
      latencies.get(kind)?.push(ms);
      const allowed = kind === 'allowed' || kind === 'never seen, allowed';
      if (status !== 200 || response.uid !== uid || (checks && response.allowed !== allowed))
        wrong.push(`${kind}: HTTP ${status} ${text.slice(0, 400)}`);
    } catch (error) {
      wrong.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const running: Promise<void>[] = [];
  for (const [i, planned] of plan.entries()) {
    const due = began + (i * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    running.push(one(planned, due));
  }
  await Promise.all(running);
  return { latencies, wrong };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function line(name: string, kind: string, ms: readonly number[]): void {
  const numbers = [0.5, 0.99, 1].map((q) => quantile(ms, q).toFixed(1).padStart(8));
  process.stdout.write(
    `${name.padEnd(22)} ${kind.padEnd(20)} n ${String(ms.length).padStart(6)}  p50${numbers[0]}  p99${numbers[1]}  max${numbers[2]}\n`,
  );
}

/** The peer: reads the review, and answers its uid. */
function echo(certificate: string, key: string): void {
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { request: asked } = z
        .object({ request: z.object({ uid: z.string() }) })
        .parse(JSON.parse(Buffer.concat(pieces).toString('utf8')));
      const text = JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: asked.uid, allowed: true },
      });
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        .end(text);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) process.stdout.write(`https://127.0.0.1:${address.port}\n`);
  });
}

const [mode, certificate, key] = process.argv.slice(2);
if (mode === '--echo' && certificate !== undefined && key !== undefined) echo(certificate, key);
else process.exitCode = await main();
