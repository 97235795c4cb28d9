/**
 * A server with a real store and a small fleet in it, for tests: `shop` leaks on one of two instances, `steady` does not,
 * and `<script>` is a name like any other. Eight captures each, a minute apart.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summariseGoroutines } from '../../diagnose/goroutine-summary.ts';
import { summariseHeap } from '../../diagnose/heap-summary.ts';
import { readProfile } from '../../evidence/pprof/read.ts';
import { profileFromText } from '../../evidence/pprof/testing.ts';
import { encodeProfile } from '../../evidence/pprof/write.ts';
import type { Finding } from '../../findings/model.ts';
import { checkWindows } from '../../guard/baseline/check.ts';
import { openDuckDbStore } from '../history/duckdb/store.ts';
import { sampleProfile, sampleSyscalls } from '../history/sample.testing.ts';
import type { HistoryStore } from '../history/store.ts';
import type { Capture, CaptureSummary, FindingRecord, MetricPoint, TargetInfo } from '../model.ts';
import type { Respond } from '../respond/respond.ts';
import { respondOver } from '../respond/testing.ts';
import { joined } from '../syscalls/windows.ts';
import { diagnoseBetween } from '../views/between.ts';
import { type ApiOptions, createApi } from './app.ts';
import type { Backend, TargetState } from './backend.ts';
import type { LiveEvent } from './contract.ts';

const MIB = 2 ** 20;
const MINUTE = 60_000;
export const NOW = Date.UTC(2026, 0, 2);
export const CAPTURES = 8;
/** What a service may be called by somebody who means harm. */
export const HOSTILE = '<script>alert(1)</script>\u2028"\'';

export const TARGETS: readonly TargetInfo[] = [
  target('00000000000000a1', 'shop', 'shop-1'),
  target('00000000000000a2', 'shop', 'shop-2'),
  target('00000000000000b1', 'steady', 'steady-1'),
  target('00000000000000c1', HOSTILE, HOSTILE),
];
export const FINDING = '00000000000000f1';

function target(id: string, service: string, instance: string): TargetInfo {
  return {
    id,
    environment: 'prod',
    service,
    instance,
    url: `http://${id}.test:6060`,
    from: 'static',
    labels: { team: HOSTILE },
  };
}

export interface TestApi {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly store: HistoryStore;
  readonly backend: TestBackend;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

export interface TestBackend extends Backend {
  /** To be changed by tests. */
  readonly world: { findings: FindingRecord[]; source: string | null; health: string | null; now: number };
  readonly respond: Respond;
  emit(event: LiveEvent): void;
}

/** The id of a capture: of the target at `index` in TARGETS, the `number`th. */
export function captureId(index: number, number: number): string {
  return `${(NOW - (CAPTURES - number) * MINUTE).toString(36)}-${String(index).padStart(8, '0')}`;
}

/** Listening on loopback. Without `token` none is needed. `empty`: with nothing in the store. */
export async function startTestApi(options: Partial<ApiOptions> = {}, { empty = false } = {}): Promise<TestApi> {
  const dir = await mkdtemp(join(tmpdir(), 'hemostat-api-'));
  const store = await openDuckDbStore({ dir: join(dir, 'data'), clock: () => NOW });
  const backend = createTestBackend(store);
  if (!empty) {
    backend.world.findings.push(...(await fill(store)));
    const opened = { id: 'e1', finding: FINDING, at: NOW - MINUTE, kind: 'opened', says: 'Seen first.' } as const;
    // As bad as it has to be for somebody to answer it.
    const findings = backend.world.findings.map((one) => ({ ...one, severity: 'high', verdict: 'confirmed' }) as const);
    backend.respond.stored(backend.respond.with({ findings, events: [opened] }).responses ?? []);
  }
  const { token = null } = options;
  const app = await createApi(backend, {
    token,
    loopback: true,
    uiDir: null,
    tempDir: join(dir, 'open'),
    ...options,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${addressOf(app.server.address()).port}`;
  const bearer = token === null ? {} : { authorization: `Bearer ${token}` };
  return {
    url,
    store,
    backend,
    get: (path, headers = {}) => fetch(url + path, { headers: { ...bearer, ...headers } }),
    send: (method, path, body = {}, headers = {}) =>
      fetch(url + path, {
        method,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...bearer, ...headers },
      }),
    async close() {
      await app.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}

/** The first target has a profile; the others are not counted. */
function sampleSyscallState(id: string): ReturnType<Backend['syscalls']> {
  const none = {
    key: null,
    image: '',
    profile: null,
    state: 'none',
    path: null,
    newest: null,
    check: () => [],
  } as const;
  if (id !== TARGETS[0]?.id) return { ...none, says: 'Nobody counts system calls here.' };
  const profile = sampleProfile({
    openat: { normal: [38, 46], anomalous: 120, source: 'tracepoint', by: 'quantile' },
    read: { normal: [5000, 7000], anomalous: 12_000, source: 'tracepoint', by: 'manual' },
  });
  const { recording } = sampleSyscalls(id, NOW, {});
  return {
    ...{ key: profile.key, image: profile.image, profile, state: 'given', path: '/etc/hemostat/profiles/shop.yaml' },
    ...{ newest: recording, says: null },
    check: (windows) => {
      const all = joined(windows);
      return all === null ? [] : checkWindows(profile, all);
    },
  };
}

function createTestBackend(store: HistoryStore): TestBackend {
  const listeners = new Set<(event: LiveEvent) => void>();
  const world: TestBackend['world'] = { findings: [], source: null, health: null, now: NOW };
  const states = (): TargetState[] =>
    TARGETS.map((info) => ({
      info,
      up: info.service !== HOSTILE,
      problem: info.service === HOSTILE ? 'refused the connection' : null,
      failures: info.service === HOSTILE ? 3 : 0,
      nextCapture: NOW + MINUTE,
      lastCapture: NOW,
      build: 'v1.2.3',
      goVersion: 'go1.26.8',
      source: world.source,
      loadKind: 'counter',
      loadMetric: 'requests_total',
      spent: { captures: 8, bytes: 8000, pauseMs: 4 },
      budget: { captures: 100, bytes: 1e9, pauseMs: 1000 },
    }));
  const change = (id: string, with_: Partial<FindingRecord>): FindingRecord | null => {
    const index = world.findings.findIndex((finding) => finding.id === id);
    const found = world.findings[index];
    if (found === undefined) return null;
    const changed = { ...found, ...with_ };
    world.findings[index] = changed;
    return changed;
  };
  return {
    world,
    version: '0.0.0',
    startedAt: NOW - 3_600_000,
    store,
    now: () => world.now,
    targets: states,
    target: (id) => states().find(({ info }) => info.id === id) ?? null,
    syscalls: (id) => sampleSyscallState(id),
    findings: () => world.findings,
    problems: () => [{ about: 'store', since: NOW, says: 'The disk is nearly full.' }],
    receivers: () => ['team'],
    respond: respondOver({ store, findings: () => world.findings, now: () => world.now }),
    acknowledge: async (id, by, note) =>
      change(id, { state: 'acknowledged', acknowledged: { by, note, at: world.now } }),
    unacknowledge: async (id) => change(id, { state: 'open', acknowledged: null }),
    unsilence: async (id) => change(id, { silencedUntil: null }),
    async silence(id, by, why, until) {
      const found = change(id, { silencedUntil: until });
      if (found === null) return null;
      const { environment, service, fingerprint } = found;
      return { id: 's1', environment, service, fingerprint, until, by, why };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event) {
      for (const listener of listeners) listener(event);
    },
    metricsText: async () => '# TYPE hemostat_up gauge\nhemostat_up 1\n',
    health: () => world.health,
  };
}

/** Heap profile of a moment: `leak` bytes at a line of the service, and 8 MiB that stay. */
export function heapProfile(leak: number): Uint8Array {
  const profile = profileFromText(`
    alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes
    main.main@/build/shop/main.go:9 > main.serve@/build/shop/serve.go:12 ~> main.(*store).put@/build/shop/store.go:30 | ${leak / 1024} ${leak} ${leak / 1024} ${leak}
    main.main@/build/shop/main.go:9 > main.${HOSTILE.replace(/[\s>]/g, '_')}@/build/shop/cache.go:7 | 8192 ${8 * MIB} 8192 ${8 * MIB}`);
  return encodeProfile(profile);
}

export function goroutineProfile(parked: number): Uint8Array {
  const profile = profileFromText(`
    goroutine/count
    main.worker@/build/shop/worker.go:20 > runtime.chansend1@/go/src/runtime/chan.go:161 > runtime.chansend@/go/src/runtime/chan.go:283 > runtime.gopark@/go/src/runtime/proc.go:460 | ${parked}
    main.main@/build/shop/main.go:9 > runtime.chanrecv1@/go/src/runtime/chan.go:506 > runtime.gopark@/go/src/runtime/proc.go:460 | 1`);
  return encodeProfile(profile);
}

async function fill(store: HistoryStore): Promise<FindingRecord[]> {
  const summaries: CaptureSummary[] = [];
  const metrics: MetricPoint[] = [];
  const captures: Capture[] = [];
  const put = onePutEach(store);
  for (const [index, info] of TARGETS.entries()) {
    for (let number = 1; number <= CAPTURES; number++) {
      const leaks = index === 0;
      const leak = leaks ? number * 32 * MIB : 32 * MIB;
      const parked = leaks ? number * 100 : 100;
      const heap = heapProfile(leak);
      const goroutine = goroutineProfile(parked);
      const base = { target: info.id, at: NOW - (CAPTURES - number) * MINUTE };
      const build = 'v1.2.3';
      const capture = captureId(index, number);
      const values = valuesAt(number, leak + 8 * MIB, parked);
      summaries.push({
        ...base,
        capture,
        build,
        startedAt: NOW / 1000 - 7200,
        heap: summariseHeap(readProfile(heap)),
        goroutines: summariseGoroutines(readProfile(goroutine)),
        leaks: null,
        metrics: values,
      });
      metrics.push({ ...base, values });
      captures.push({
        ...base,
        id: capture,
        reason: 'schedule',
        build,
        parts: [
          { kind: 'heap', blob: await put(heap), bytes: heap.length, ms: 3, pauseMs: 0.1 },
          { kind: 'goroutine', blob: await put(goroutine), bytes: goroutine.length, ms: 2, pauseMs: 0.1 },
          { kind: 'process', blob: null, bytes: 0, ms: 0, pauseMs: 0, error: 'not on this machine' },
        ],
      });
    }
  }
  const says = 'The build changed from v1.2.2 to v1.2.3.';
  const deploy = { kind: 'deploy', build: 'v1.2.3', goVersion: 'go1.26.8', says } as const;
  const finding = recordOf(summaries.filter((summary) => summary.target === TARGETS[0]?.id));
  const counted = Array.from({ length: 30 }, (_, i) =>
    sampleSyscalls(TARGETS[0]?.id ?? '', NOW - (30 - i) * MINUTE, {
      openat: i === 20 ? 900 : 40 + (i % 5),
      read: 6000,
      ...(i === 29 ? { ptrace: 2 } : {}),
    }),
  );
  await store.commit({
    syscalls: counted,
    targets: TARGETS,
    captures,
    summaries,
    metrics,
    marks: [{ ...deploy, target: '00000000000000a1', at: NOW - 5 * MINUTE }],
    findings: [finding],
    events: [{ id: 'e1', finding: FINDING, at: NOW - MINUTE, kind: 'opened', says: 'Seen first.' }],
    deliveries: [
      {
        id: 'd1',
        receiver: 'team',
        findings: [FINDING],
        events: ['e1'],
        createdAt: NOW,
        dueAt: NOW,
        attempts: 1,
        state: 'delivered',
        deliveredAt: NOW,
        lastError: null,
        body: '{"secret":"in the body"}',
      },
    ],
  });
  return [finding];
}

/** A put is two waits for the disk, and most of the sample is the same. */
function onePutEach(store: HistoryStore): (bytes: Uint8Array) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return (bytes) => {
    const key = Buffer.from(bytes).toString('base64');
    const hash = known.get(key) ?? store.putBlob(bytes);
    known.set(key, hash);
    return hash;
  };
}

function valuesAt(number: number, live: number, parked: number): MetricPoint['values'] {
  return {
    rss_bytes: live + 40 * MIB,
    live_heap_bytes: live,
    heap_alloc_bytes: live + 4 * MIB,
    heap_inuse_bytes: live + 6 * MIB,
    heap_idle_bytes: 20 * MIB,
    heap_released_bytes: 10 * MIB,
    stack_inuse_bytes: 2 * MIB,
    runtime_bytes: 5 * MIB,
    gc_cycles_total: number * 10,
    gc_pause_ns_total: number * 10 * 50_000,
    goroutines: parked + 1,
    load: number * 6000,
    limit_bytes: 1024 * MIB,
    alloc_bytes_total: number * 64 * MIB,
  };
}

function recordOf(summaries: readonly CaptureSummary[]): FindingRecord {
  const load = { metric: 'requests_total', kind: 'counter', guessed: false } as const;
  const subject = { service: 'shop', instance: 'shop-1', goVersion: 'go1.26.8', load };
  const found = diagnoseBetween(summaries, subject)?.findings.find((one): one is Finding => one.verdict !== 'cleared');
  if (found === undefined) throw new Error('the sample has no finding');
  return {
    id: FINDING,
    environment: 'prod',
    service: 'shop',
    fingerprint: found.fingerprint,
    rule: found.rule,
    state: 'open',
    verdict: found.verdict,
    severity: found.severity,
    finding: found,
    window: '1h',
    from: NOW - (CAPTURES - 1) * MINUTE,
    to: NOW,
    base: captureId(0, 1),
    head: captureId(0, CAPTURES),
    instances: ['00000000000000a1'],
    firstSeen: NOW - MINUTE,
    firstBuild: 'v1.2.3',
    lastMeasured: NOW,
    lastSeen: NOW,
    lastBuild: 'v1.2.3',
    resolvedAt: null,
    resolvedBy: null,
    acknowledged: null,
    silencedUntil: null,
  };
}
