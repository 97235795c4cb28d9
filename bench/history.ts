/**
 * 30 days of 100 targets in a history, as retention leaves them, and how long the service page's requests take over HTTP:
 * `node bench/history.ts [--days N] [--targets N] [--keep DIR]`; a directory that is kept is only asked the next time.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApi } from '../src/watch/api/app.ts';
import type { Backend, TargetState } from '../src/watch/api/backend.ts';
import { DEFAULT_RETENTION } from '../src/watch/config/defaults.ts';
import { openBlobs } from '../src/watch/history/blobs.ts';
import { openDuckDbStore } from '../src/watch/history/duckdb/store.ts';
import { DAY, sampleFinding, sampleTarget } from '../src/watch/history/sample.testing.ts';
import type { HistoryStore } from '../src/watch/history/store.ts';
import type { TargetInfo } from '../src/watch/model.ts';
import { respondOver } from '../src/watch/respond/testing.ts';
import { fillTables } from './history/fill.ts';

/** Instances of one service. */
const INSTANCES = 3;
/** Requests of each kind, each for another service. */
const ROUNDS = 30;
const CAPTURES_A_DAY = 288;
const NOW = Date.UTC(2026, 2, 31);
const RANGES = { '24 h': DAY, '7 d': 7 * DAY, '30 d': 30 * DAY } as const;
const GOAL_MS = 300;

interface Answered {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  /** Processor time of all threads for one answer, with that of the client that asks, ms. */
  readonly cpu: number;
  /** Of the last answer, bytes. */
  readonly size: number;
}

async function fill(dir: string, targets: readonly TargetInfo[], days: number): Promise<void> {
  const store = await openDuckDbStore({ dir, apartMs: 0 });
  const services = [...new Set(targets.map(({ service }) => service))];
  await store.commit({
    targets,
    findings: Array.from({ length: 200 }, (_, i) =>
      sampleFinding(`finding ${i}`, { service: services[i % services.length] ?? '' }),
    ),
    marks: targets.flatMap(({ id }) =>
      Array.from({ length: days }, (_, day) => ({
        kind: 'deploy' as const,
        target: id,
        at: NOW - day * DAY,
        build: `v1.${day}`,
        goVersion: 'go1.24',
        says: 'the build is another one',
      })),
    ),
  });
  await store.close();
  await fillTables(join(dir, 'history.duckdb'), targets, NOW, days, DEFAULT_RETENTION);
}

/** A server that watches nothing: everything comes from the history. */
async function backendOf(store: HistoryStore): Promise<Backend> {
  const states = (await store.targets()).map(
    (info): TargetState => ({
      info,
      up: true,
      problem: null,
      failures: 0,
      nextCapture: NOW,
      lastCapture: NOW,
      build: 'v1.2.3',
      goVersion: 'go1.26.8',
      source: null,
      loadKind: 'counter',
      loadMetric: 'requests_total',
      spent: { captures: 1, bytes: 1, pauseMs: 1 },
      budget: { captures: 100, bytes: 1e9, pauseMs: 1000 },
    }),
  );
  const findings = await store.findings();
  const refuse = async (): Promise<null> => null;
  return {
    version: '0.0.0',
    startedAt: NOW,
    store,
    now: () => NOW,
    targets: () => states,
    target: (id) => states.find(({ info }) => info.id === id) ?? null,
    syscalls: () => ({
      ...{ key: null, image: '', profile: null, state: 'none', path: null, newest: null },
      ...{ check: () => [], says: 'Nobody counts system calls here.' },
    }),
    findings: () => findings,
    problems: () => [],
    receivers: () => [],
    respond: respondOver({ store, findings: () => findings, now: () => NOW }),
    acknowledge: refuse,
    unacknowledge: refuse,
    silence: refuse,
    unsilence: refuse,
    subscribe: () => () => {},
    metricsText: async () => '',
    health: () => null,
  };
}

async function ask(store: HistoryStore): Promise<Answered[]> {
  const backend = await backendOf(store);
  const app = await createApi(backend, { token: null, loopback: true, uiDir: null });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    const services = [...new Set(backend.targets().map(({ info }) => info.service))];
    const answers: Answered[] = [];
    for (const [range, ms] of Object.entries(RANGES))
      for (const [page, path] of Object.entries({ service: '', goroutines: '/goroutines' })) {
        const requests = Array.from({ length: ROUNDS }, (_, i) => {
          const service = encodeURIComponent(services[(i * 7) % services.length] ?? '');
          return `${url}/api/services/prod/${service}${path}?from=${NOW - ms}&to=${NOW}`;
        });
        answers.push({ name: `${page}, ${range}`, ...(await timed(requests)) });
      }
    return answers;
  } finally {
    await app.close();
  }
}

async function timed(requests: readonly string[]): Promise<Omit<Answered, 'name'>> {
  const times: number[] = [];
  let size = 0;
  const used = process.cpuUsage();
  for (const request of requests) {
    const before = performance.now();
    const answer = await fetch(request);
    const text = await answer.text();
    times.push(performance.now() - before);
    if (!answer.ok) throw new Error(`${request}: ${answer.status} ${text}`);
    size = text.length;
  }
  const { user, system } = process.cpuUsage(used);
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.ceil(times.length * share) - 1] ?? 0;
  return { p50: at(0.5), p95: at(0.95), cpu: (user + system) / 1000 / times.length, size };
}

/** Stored bytes of a capture's two profiles: the mean of the recorded services, as they came over the wire. */
async function profileBytes(): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-bench-blobs-'));
  try {
    const recorded = join(import.meta.dirname, 'soak-farm', 'recorded');
    const blobs = await openBlobs(dir, Date.now);
    const names = readdirSync(recorded).filter((name) => name.endsWith('.pb.gz'));
    let stored = 0;
    for (const name of names) stored += blobs.info(await blobs.put(readFileSync(join(recorded, name))))?.stored ?? 0;
    return (2 * stored) / names.length;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function main(days: number, count: number, keep: string | undefined): Promise<boolean> {
  const dir = keep ?? mkdtempSync(join(tmpdir(), 'hemostat-bench-history-'));
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    const targets = Array.from({ length: count }, (_, i) => sampleTarget(i, `service ${Math.floor(i / INSTANCES)}`));
    const began = performance.now();
    const isNew = !readdirSync(dir).includes('history.duckdb');
    if (isNew) await fill(dir, targets, days);
    const seconds = (performance.now() - began) / 1000;
    const store = await openDuckDbStore({ dir });
    const { databaseBytes, captures, metricPoints } = await store.stats();
    say(
      `${captures} captures, ${metricPoints} points${isNew ? `, written in ${seconds.toFixed(0)} s` : ''}; load ${loadavg()[0]?.toFixed(1)}`,
    );
    const answers = await ask(store);
    await store.close();
    for (const { name, p50, p95, cpu, size } of answers)
      say(
        `${name.padEnd(18)} p50 ${p50.toFixed(0).padStart(5)} ms  p95 ${p95.toFixed(0).padStart(5)} ms  processor ${cpu.toFixed(0).padStart(4)} ms  ${(size / 1000).toFixed(0).padStart(4)} kB`,
      );
    const perDay = CAPTURES_A_DAY * (await profileBytes());
    say(
      `per target and day: database ${(databaseBytes / days / count / 1e6).toFixed(2)} MB, profiles ${(perDay / 1e6).toFixed(2)} MB while they are kept; resident ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`,
    );
    return answers.every(({ p95 }) => p95 < GOAL_MS);
  } finally {
    if (keep === undefined) rmSync(dir, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    targets: { type: 'string', default: '100' },
    keep: { type: 'string' },
  },
});
if (!(await main(Number(values.days), Number(values.targets), values.keep))) process.exitCode = 1;
