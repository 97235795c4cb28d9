/**
 * A server for tests of the page: a real store in a temporary directory, filled by the real analysis from a recorded leak
 * and from simulated services, behind the real API on a loopback port. Nothing is watched: what it shows stands still.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { checkWindows } from '../src/guard/baseline/check.ts';
import { deviationFindings } from '../src/guard/baseline/findings.ts';
import type { BaselineProfile, Deviation } from '../src/guard/baseline/model.ts';
import type { RawPart } from '../src/watch/analyse/analyst.ts';
import { SimulatedService } from '../src/watch/analyse/simulate.ts';
import { startAnalyst } from '../src/watch/analyse/thread.ts';
import { createApi } from '../src/watch/api/app.ts';
import type { Backend, TargetState } from '../src/watch/api/backend.ts';
import type { LiveEvent } from '../src/watch/api/contract.ts';
import { FindingBook } from '../src/watch/finding-book.ts';
import { openDuckDbStore } from '../src/watch/history/duckdb/store.ts';
import { sampleProfile, sampleSyscalls } from '../src/watch/history/sample.testing.ts';
import type { Batch, HistoryStore } from '../src/watch/history/store.ts';
import type {
  Capture,
  CapturePart,
  FindingRecord,
  MetricPoint,
  PartKind,
  SyscallWindow,
  TargetInfo,
} from '../src/watch/model.ts';
import { incidentOf } from '../src/watch/respond/life.ts';
import type { Respond } from '../src/watch/respond/respond.ts';
import { respondOver } from '../src/watch/respond/testing.ts';
import type { SyscallState } from '../src/watch/syscalls/watch.ts';
import { joined } from '../src/watch/syscalls/windows.ts';

const ROOT = join(import.meta.dirname, '..');
const BUNDLE = join(ROOT, 'lab', 'recorded', 'closure-drags-heap');
const MINUTE = 60_000;

/** A name that would run if the page took it for HTML. */
export const HOSTILE = '<img src=x onerror="window.hurt=1">';

export interface SeededPage {
  readonly url: string;
  readonly store: HistoryStore;
  /** As the real server sends them. */
  emit(event: LiveEvent): void;
  close(): Promise<void>;
}

/** `token`: what the page has to log in with; null: nothing. `empty`: no targets at all. */
export async function seedPage({
  token = null,
  empty = false,
}: {
  readonly token?: string | null;
  readonly empty?: boolean;
} = {}): Promise<SeededPage> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-page-'));
  const now = Date.now();
  const store = await openDuckDbStore({ dir: join(dir, 'data') });
  const book = new FindingBook([], []);
  const states: TargetState[] = [];
  const syscalls: Syscalls = new Map();
  if (!empty) {
    states.push(await leaking(store, book, now));
    syscalls.set(states[0]?.info.id ?? '', await counted(store, book, states[0]?.info, now));
    states.push(await simulated(store, now, 'checkout', '10.0.3.17:6060', 2));
    states.push(await simulated(store, now, HOSTILE, HOSTILE, 3));
  }
  const listeners = new Set<(event: LiveEvent) => void>();
  const respond = respondOver({
    ...{ store, findings: () => book.stored(), now: () => Date.now() },
    tell: (id) => {
      for (const tell of listeners) tell({ kind: 'incident', environment: '', service: '', id, at: Date.now() });
    },
  });
  if (!empty) await answered(store, book, respond, now);
  const api = await createApi(backendOf(store, book, states, syscalls, respond, listeners), {
    token,
    loopback: true,
    uiDir: join(ROOT, 'ui', 'dist'),
    tempDir: join(dir, 'temp'),
  });
  const url = await api.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    store,
    emit: (event) => {
      for (const listener of listeners) listener(event);
    },
    async close() {
      await api.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const FILES = z.object({
  captures: z.array(z.object({ kind: z.string(), snapshot: z.int().nullable(), file: z.string(), ms: z.number() })),
});
const KINDS: Readonly<Record<string, PartKind>> = {
  heap: 'heap',
  goroutine: 'goroutine',
  'goroutine-debug2': 'goroutine-debug2',
  expvar: 'expvar',
  process: 'process',
  symbols: 'symbols',
};

/**
 * The recorded service, as if it had been watched for a quarter of an hour, with a deploy on the way. Every one of the six
 * recorded captures is there three times in a row: a finding is told of when it is measured again.
 */
async function leaking(store: HistoryStore, book: FindingBook, now: number): Promise<TargetState> {
  const info = target('reports', '10.0.3.12:6060', 1);
  const { captures } = FILES.parse(JSON.parse(readFileSync(join(BUNDLE, 'manifest.json'), 'utf8')));
  const analyst = startAnalyst();
  const startedAt = (now - 17 * MINUTE) / 1000;
  const metrics: MetricPoint[] = [];
  await store.commit({ targets: [info] });
  for (let i = 0; i < 18; i++) {
    const snapshot = Math.floor(i / 3);
    const at = now - (17 - i) * 50_000 - 10_000;
    const parts: CapturePart[] = [];
    const raw: RawPart[] = [];
    for (const { file, kind, ms } of captures.filter((one) => one.snapshot === snapshot)) {
      const part = KINDS[kind];
      if (part === undefined) continue;
      const bytes = readFileSync(join(BUNDLE, file));
      const blob = await store.putBlob(bytes);
      parts.push({ kind: part, blob, bytes: bytes.length, ms, pauseMs: 0.3 });
      raw.push({ kind: part, bytes: new Uint8Array(bytes) });
    }
    const capture: Capture = {
      ...{ id: captureId(at, '1'), target: info.id, at, reason: i === 17 ? 'signal' : 'schedule' },
      ...{ build: 'b7c1f0e9a2', parts },
    };
    const output = await analyst.analyse({
      ...{ target: info.id, service: info.service, instance: info.instance, goVersion: 'go1.26.8' },
      ...{ capture: capture.id, at, build: capture.build, startedAt, parts: raw, source: null },
      metrics: [{ target: info.id, at, values: { load: loadOf(snapshot) } }],
      ...{ load: { metric: 'reports_submitted_total', kind: 'counter', guessed: true } },
    });
    metrics.push({ target: info.id, at, values: output.summary.metrics });
    const change = book.measured({
      ...{ target: info, at, build: capture.build, windows: output.windows, current: new Set([info.id]) },
    });
    await store.commit({ captures: [capture], summaries: [output.summary], ...change });
    book.store(change.findings, []);
  }
  await analyst.close();
  await store.commit({
    metrics: between(metrics),
    marks: [
      {
        ...{ kind: 'deploy', target: info.id, at: now - 12 * MINUTE, build: 'b7c1f0e9a2', goVersion: 'go1.26.8' },
        says: 'the build id changed from 91d0c4aa17 to b7c1f0e9a2',
      },
    ],
  });
  return state(info, now, 'b7c1f0e9a2');
}

function loadOf(snapshot: number): number {
  const text = readFileSync(join(BUNDLE, `00${snapshot}-vars.json`), 'utf8');
  return z.object({ reports_submitted_total: z.number() }).parse(JSON.parse(text)).reports_submitted_total;
}

/** Points every 15 s on the straight line between the captures: metrics are taken more often than profiles. */
function between(points: readonly MetricPoint[]): MetricPoint[] {
  const found: MetricPoint[] = [];
  for (const [i, point] of points.entries()) {
    const next = points[i + 1];
    found.push(point);
    if (next === undefined) continue;
    for (let at = point.at + 15_000; at < next.at; at += 15_000) {
      const share = (at - point.at) / (next.at - point.at);
      const values: Record<string, number> = {};
      for (const [name, value] of Object.entries(point.values)) {
        const end = Object.entries(next.values).find(([other]) => other === name)?.[1] ?? value;
        values[name] = value + (end - value) * share;
      }
      found.push({ target: point.target, at, values });
    }
  }
  return found;
}

/** A healthy service that has been watched for a day. */
async function simulated(
  store: HistoryStore,
  now: number,
  service: string,
  instance: string,
  seed: number,
): Promise<TargetState> {
  const info = target(service, instance, seed);
  const source = new SimulatedService({ load: (hours) => 100 + 40 * Math.sin(hours / 3.8), follows: true }, seed);
  const metrics: MetricPoint[] = [];
  const captures: Capture[] = [];
  const summaries = [];
  for (let i = 0; i <= 144; i++) {
    const at = now - (144 - i) * 10 * MINUTE - 5_000;
    const made = source.capture(at, i / 6);
    metrics.push({ target: info.id, at, values: made.metrics });
    if (i < 138) continue;
    const id = captureId(at, String(seed));
    captures.push({ id, target: info.id, at, reason: 'schedule', build: 'v1.42.0', parts: [] });
    summaries.push({ ...made, capture: id, target: info.id });
  }
  await store.commit({ targets: [info], metrics, captures, summaries });
  return state(info, now, 'v1.42.0');
}

function target(service: string, instance: string, n: number): TargetInfo {
  return {
    ...{ id: n.toString(16).padStart(16, 'a'), environment: 'prod', service, instance },
    ...{ url: `http://${service === HOSTILE ? 'hostile' : instance}/debug/pprof`, from: 'static', labels: {} },
  };
}

function captureId(at: number, salt: string): string {
  return `${at.toString(36)}-${salt.padStart(8, '0')}`;
}

function state(info: TargetInfo, now: number, build: string): TargetState {
  return {
    ...{ info, up: true, problem: null, failures: 0, nextCapture: now + 2 * MINUTE, lastCapture: now - 10_000 },
    ...{ build, goVersion: 'go1.26.8', source: join(ROOT, 'lab'), loadKind: 'counter', loadMetric: 'requests_total' },
    spent: { captures: 6, bytes: 18_400, pauseMs: 3.6 },
    budget: { captures: 40, bytes: 64 << 20, pauseMs: 500 },
  };
}

function backendOf(
  store: HistoryStore,
  book: FindingBook,
  states: readonly TargetState[],
  syscalls: Syscalls,
  respond: Respond,
  listeners: Set<(event: LiveEvent) => void>,
): Backend {
  const startedAt = Date.now() - 90 * MINUTE;
  const changed = async (change: Batch | null) => {
    if (change === null) return null;
    await store.commit(change);
    book.store(change.findings ?? [], change.silences ?? []);
    return change.findings?.[0] ?? null;
  };
  return {
    ...{ version: '0.1.0', startedAt, store, now: () => Date.now() },
    targets: () => states,
    target: (id) => states.find(({ info }) => info.id === id) ?? null,
    syscalls: (id) => syscalls.get(id) ?? { ...NOT_COUNTED, says: 'Nobody counts system calls here.' },
    findings: () => book.stored(),
    problems: () =>
      states.length === 0
        ? []
        : [{ about: 'discovery pods', since: startedAt, says: `The API server does not list pods: ${HOSTILE}` }],
    receivers: () => ['slack', 'oncall'],
    respond,
    acknowledge: (id, by, note) => changed(book.acknowledge(id, by, note, Date.now())),
    unacknowledge: (id, by) => changed(book.unacknowledge(id, by, Date.now())),
    unsilence: (id, by) => changed(book.unsilence(id, by, Date.now())),
    async silence(id, by, why, until) {
      const change = book.silence(id, by, why, until, Date.now());
      if (change === null) return null;
      await changed({ ...change, silences: [change.silence] });
      return change.silence;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    metricsText: async () => '',
    health: () => null,
  };
}

/**
 * Incidents of what is found: of the leak, that somebody has in hand, with an answer that was refused; of another service, that
 * nobody has looked at and that is over its time; and one that was answered in time yesterday.
 */
async function answered(store: HistoryStore, book: FindingBook, respond: Respond, now: number): Promise<void> {
  const [leak] = book.stored().filter(({ service, rule }) => service === 'reports' && !rule.startsWith('syscall-'));
  if (leak === undefined) throw new Error('nothing was found');
  const bad = { ...leak, verdict: 'confirmed', severity: 'critical' } as const;
  const hostile = {
    ...bad,
    id: 'f'.repeat(16),
    fingerprint: '00000000000000f7',
    service: HOSTILE,
    severity: 'high',
    finding: { ...bad.finding, title: `${HOSTILE} leaks`, subject: { service: HOSTILE, instance: HOSTILE } },
  } as const;
  const old = {
    ...bad,
    id: 'e'.repeat(16),
    fingerprint: '00000000000000e7',
    service: 'checkout',
    state: 'resolved',
  } as const;
  const begin = async (record: FindingRecord, at: number): Promise<string> => {
    const event = { id: `${record.id}-opened`, finding: record.id, at, kind: 'opened', says: 'Seen.' } as const;
    const { responses = [] } = respond.with({ findings: [record], events: [event] });
    await store.commit({ responses });
    respond.stored(responses);
    return incidentOf(record);
  };
  book.store([bad], []);
  await store.commit({ findings: [bad] });
  const first = await begin(bad, now - 7 * MINUTE);
  await begin(hostile, now - 26 * MINUTE);
  const done = await begin(old, now - 26 * 60 * MINUTE);
  await respond.say(first, { kind: 'acknowledged', role: 'operations', note: 'Looking at the dashboards.' }, 'Noor');
  const artefact = { id: '00000000000000a7', kind: 'fix-with-test', reference: '9fceb02d0ae5', note: '' } as const;
  await respond.say(first, { kind: 'attached', role: 'development', artefact }, 'Ada');
  const says = 'commit 9fceb02d0ae5 changes no test (1 file changed); a fix comes with a test that fails without it';
  await respond.say(
    first,
    { kind: 'checked', role: 'development', artefact: artefact.id, passed: false, says },
    'hemostat watch',
  );
  await respond.say(done, { kind: 'closed', says: 'rolled forward with 1.42.0' }, 'Noor');
}

type Syscalls = Map<string, ReturnType<Backend['syscalls']>>;

const NOT_COUNTED: SyscallState = {
  ...{ key: null, image: '', profile: null, path: null, newest: null, check: () => [] },
  state: 'none',
};

/** A quarter of an hour of syscall counts: steady, but for a burst of openat and a ptrace; descriptors leak. */
async function counted(
  store: HistoryStore,
  book: FindingBook,
  info: TargetInfo | undefined,
  now: number,
): Promise<ReturnType<Backend['syscalls']>> {
  if (info === undefined) throw new Error('there is nobody to count');
  const profile = sampleProfile({
    futex: { normal: [9000, 14_000], anomalous: 21_000, source: 'tracepoint', by: 'quantile' },
    read: { normal: [2500, 3600], anomalous: 5200, source: 'tracepoint', by: 'quantile' },
    openat: { normal: [12, 89], anomalous: 150, source: 'tracepoint', by: 'manual' },
    connect: { normal: [0, 3], anomalous: 9, source: 'tracepoint', by: 'poisson' },
  });
  const windows = Array.from({ length: 15 }, (_, i) =>
    sampleSyscalls(
      info.id,
      now - (15 - i) * MINUTE - 5_000,
      {
        ...{
          futex: 11_000 + 900 * Math.sin(i),
          read: 3000 + 200 * Math.cos(i),
          openat: i === 9 ? 640 : 50 + 6 * (i % 4),
        },
        ...{ connect: i % 3, [HOSTILE]: 4, ...(i === 14 ? { ptrace: 4 } : {}) },
      },
      { fdsOpened: 60 + i, startedAt: now - 3_600_000 },
    ),
  );
  let newest = windows[0]?.recording ?? null;
  for (const [i, window] of windows.entries()) {
    const recording = joined(windows.slice(0, i + 1));
    const deviations = recording === null ? [] : checkWindows(profile, recording, { since: window.at });
    const findings = deviationFindings(deviations, profile);
    const change = book.counted({
      ...{ target: info, from: window.at, at: window.until, build: null, whole: true, findings, current: new Set() },
    });
    await store.commit({ syscalls: [window], ...change });
    book.store(change.findings, []);
    newest = window.recording;
  }
  const path = '/etc/hemostat/profiles/reports@3f2a9c01d4e7.yaml';
  return {
    ...{ key: profile.key, image: profile.image, profile, state: 'given', path, newest, says: null },
    check: (some) => checkAll(profile, some),
  };
}

function checkAll(profile: BaselineProfile, windows: readonly SyscallWindow[]): Deviation[] {
  const recording = joined(windows);
  return recording === null ? [] : checkWindows(profile, recording);
}

// By hand: `node test/page-seed.ts` serves it until it is interrupted.
if (import.meta.main) {
  const { url } = await seedPage();
  process.stdout.write(`${url}\n`);
}
