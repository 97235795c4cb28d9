/** The load of bench/admit.ts: an open loop of reviews, what they took, and a server that only echoes, to hold it against. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import type { LabClient } from '../src/testing/admit-lab.ts';

/** Of 1,000 reviews: so many of each kind. */
const MIX = { allowed: 900, refused: 50, 'never seen, refused': 45, 'never seen, allowed': 5 } as const;
export type Kind = keyof typeof MIX;
export const KINDS: readonly Kind[] = ['allowed', 'refused', 'never seen, refused', 'never seen, allowed'];
/** Of timers that measure how late the event loop is, ms. */
const RESOLUTION_MS = 10;

export interface Planned {
  readonly kind: Kind;
  readonly uid: string;
  readonly body: string;
}

export interface Result {
  /** ms, from when a review should have started to the end of its answer. */
  readonly latencies: ReadonlyMap<Kind, number[]>;
  readonly wrong: readonly string[];
  /** How late this process was itself, ms: no latency that it measures can be believed below that. */
  readonly clientLate: { readonly p99: number; readonly max: number };
}

/** What a server did meanwhile. */
export interface ServerNumbers {
  /** Of its processor, s since its start. */
  readonly cpu: number;
  /** How late its event loop was since the last reading, ms. */
  readonly lateP99: number;
  readonly lateMax: number;
  /** Garbage collections since its start: how many, and s. null: not known. */
  readonly gc: { readonly count: number; readonly seconds: number } | null;
}

/** Spread evenly: 7 has no factor in common with 1,000. */
export function kindOf(i: number): Kind {
  let at = (i * 7 + 500) % 1000;
  for (const kind of KINDS) {
    if (at < MIX[kind]) return kind;
    at -= MIX[kind];
  }
  return 'allowed';
}

const answerSchema = z.object({ response: z.object({ uid: z.string(), allowed: z.boolean() }) });

/** @param checks false: only that the uid comes back */
export async function load(
  client: LabClient,
  plan: readonly Planned[],
  rate: number,
  checks: boolean,
): Promise<Result> {
  const latencies = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]));
  const wrong: string[] = [];
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
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
  delay.disable();
  return { latencies, wrong, clientLate: { p99: late(delay.percentile(99)), max: late(delay.max) } };
}

/** ns between two timers to ms that the second came late. */
function late(ns: number): number {
  return Math.max(0, ns / 1e6 - RESOLUTION_MS);
}

/**
 * How long the main thread of a process stood in the run queue since its start, ms: it could have run, and no processor was free.
 * The second number of /proc/PID/schedstat (https://docs.kernel.org/scheduler/sched-stats.html); null where there is none.
 */
export function waitedMs(pid: number | undefined): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return null;
  }
}

/** From the metrics of `hemostat guard admit`, which starts counting its delays anew with each reading. */
export async function numbersOf(metricsUrl: string): Promise<ServerNumbers> {
  const text = await fetch(`${metricsUrl}/metrics`).then((response) => response.text());
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce((all, [, n]) => all + Number(n), 0);
  return {
    cpu: sum('process_cpu_seconds_total'),
    lateP99: late(sum('nodejs_eventloop_lag_p99_seconds') * 1e9),
    lateMax: late(sum('nodejs_eventloop_lag_max_seconds') * 1e9),
    gc: { count: sum('nodejs_gc_duration_seconds_count'), seconds: sum('nodejs_gc_duration_seconds_sum') },
  };
}

const echoNumbers = z.object({ cpu: z.number(), lateP99: z.number(), lateMax: z.number(), gc: z.null() });

export async function numbersOfEcho(client: LabClient): Promise<ServerNumbers> {
  return echoNumbers.parse(JSON.parse((await client.get('/numbers')).body));
}

/** The peer: reads the review, and answers its uid. */
export function echo(certificate: string, key: string): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
    if (request.method === 'GET') {
      const { user, system } = process.cpuUsage();
      const [lateP99, lateMax] = [late(delay.percentile(99)), late(delay.max)];
      delay.reset();
      response.end(JSON.stringify({ cpu: (user + system) / 1e6, lateP99, lateMax, gc: null }));
      return;
    }
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

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
