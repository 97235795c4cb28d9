/** History as a service would make it, for tests and benchmarks: the same arguments, the same rows. */
import { createHash } from 'node:crypto';
import type { ClusterShape, GoroutineSummary, HeapSummary, SiteShape } from '../../diagnose/summary.ts';
import type { BaselineProfile } from '../../guard/baseline/model.ts';
import type {
  Capture,
  CaptureSummary,
  Delivery,
  FindingEvent,
  FindingRecord,
  Metric,
  MetricPoint,
  SyscallWindow,
  TargetInfo,
} from '../model.ts';

export const HOUR = 3_600_000;
export const DAY = 86_400_000;
/** A round moment: midnight of a day, ms. */
export const NOON = Date.UTC(2026, 2, 1, 12);

export function sampleTarget(i: number, service = 'checkout'): TargetInfo {
  return {
    id: createHash('sha256').update(`target ${i}`).digest('hex').slice(0, 16),
    environment: 'prod',
    service,
    instance: `10.0.0.${i}:6060`,
    url: `http://10.0.0.${i}:6060/debug/pprof`,
    from: 'static',
    labels: { zone: `z${i % 3}` },
  };
}

export function samplePoint(target: string, at: number, values: Partial<Record<Metric, number>> = {}): MetricPoint {
  return { target, at, values: { rss_bytes: 100e6, goroutines: 20, ...values } };
}

export function captureId(at: number, salt: string | number): string {
  return `${at.toString(36)}-${createHash('sha256').update(String(salt)).digest('hex').slice(0, 8)}`;
}

export function sampleCapture(target: string, at: number, blob: string | null, salt = ''): Capture {
  return {
    id: captureId(at, `${target}${salt}`),
    target,
    at,
    reason: 'schedule',
    build: 'v1.2.3',
    parts: [
      { kind: 'heap', blob, bytes: 12_345, ms: 17.25, pauseMs: 0.5 },
      { kind: 'goroutine', blob: null, bytes: 0, ms: 5, pauseMs: 0, error: 'the target answered 404' },
    ],
  };
}

export function siteShape(i: number, service = 'checkout'): SiteShape {
  const where = {
    function: `example.com/${service}/store.(*Cache${i}).Put`,
    file: `/src/${service}/store/cache${i}.go`,
    line: 10 + i,
  };
  const handler = {
    function: `example.com/${service}/http.handle${i % 7}`,
    file: `/src/${service}/http/http.go`,
    line: 40,
  };
  return {
    key: `map\0${where.function}\0${where.file}\0${where.line}`,
    kind: 'map',
    where,
    owned: true,
    via: 'bytes.growSlice',
    allocator: 'runtime.mapassign_faststr',
    functions: [where.function, handler.function],
    poolUsers: [],
    stack: [
      { ...where, owner: 'user' },
      { ...handler, owner: 'user' },
      { function: 'net/http.(*conn).serve', file: '/usr/local/go/src/net/http/server.go', line: 2092, owner: 'std' },
    ],
  };
}

export function clusterShape(i: number, service = 'checkout'): ClusterShape {
  const { where, stack } = siteShape(i, service);
  return {
    key: `chan receive\0${where.function}`,
    state: 'chan receive',
    where,
    owned: true,
    entry: where,
    functions: [where.function],
    stack,
  };
}

/** Values that are no round numbers, as unsampled ones are. */
export function sampleHeap(sites: readonly SiteShape[], at: number): HeapSummary {
  const column = (salt: number): Float64Array =>
    Float64Array.from(sites, (_, i) => ((at / 1000) % 977) * Math.sin(i + salt) ** 2 * 1000 + i);
  return {
    sites,
    bytes: column(0),
    objects: column(1),
    variance: column(2),
    allocBytes: column(3),
    allocObjects: column(4),
    rest: { sites: 3, bytes: 1000, allocBytes: 5000 },
    floor: 512,
    common: ['net/http.(*conn).serve'],
    sender: null,
  };
}

export function sampleGoroutines(clusters: readonly ClusterShape[], n: number): GoroutineSummary {
  return { clusters, count: Float64Array.from(clusters, (_, i) => n + i), total: 10 * n, floor: 1 };
}

export function sampleSummary(
  capture: Capture,
  sites: readonly SiteShape[],
  clusters: readonly ClusterShape[],
): CaptureSummary {
  return {
    capture: capture.id,
    target: capture.target,
    at: capture.at,
    build: capture.build,
    startedAt: 1_700_000_000.25,
    heap: sampleHeap(sites, capture.at),
    goroutines: sampleGoroutines(clusters, 5),
    leaks: null,
    metrics: { rss_bytes: 1e8, goroutines: 50 },
  };
}

export function sampleFinding(id: string, over: Partial<FindingRecord> = {}): FindingRecord {
  const { where } = siteShape(1);
  return {
    id,
    environment: 'prod',
    service: 'checkout',
    fingerprint: '0123456789abcdef',
    rule: 'heap-growth',
    state: 'open',
    verdict: 'confirmed',
    severity: 'high',
    finding: {
      rule: 'heap-growth',
      verdict: 'confirmed',
      severity: 'high',
      title: 'The cache grows by 1 MB per hour',
      where,
      subject: { service: 'checkout', instance: '10.0.0.1:6060' },
      count: null,
      growth: null,
      holds: { bytes: 5e6, objects: 12 },
      chain: [],
      evidence: [],
      fix: { text: 'Bound the cache.' },
      fingerprint: '0123456789abcdef',
    },
    window: '1h',
    from: NOON - HOUR,
    to: NOON,
    base: null,
    head: null,
    instances: [sampleTarget(1).id],
    firstSeen: NOON,
    firstBuild: 'v1.2.3',
    lastMeasured: NOON,
    lastSeen: NOON,
    lastBuild: 'v1.2.3',
    resolvedAt: null,
    resolvedBy: null,
    acknowledged: null,
    silencedUntil: null,
    ...over,
  };
}

export function sampleEvent(id: string, finding: string, at: number): FindingEvent {
  return { id, finding, at, kind: 'opened', says: 'opened: it grew in two windows' };
}

export function sampleDelivery(id: string, over: Partial<Delivery> = {}): Delivery {
  return {
    id,
    receiver: 'slack',
    findings: ['f1'],
    events: ['e1'],
    createdAt: NOON,
    dueAt: NOON,
    attempts: 0,
    state: 'pending',
    deliveredAt: null,
    lastError: null,
    body: '{"text":"a leak"}',
    ...over,
  };
}

/** One window of a container of two processes: `calls` by syscall, a quarter of each by the second process. */
export function sampleSyscalls(
  target: string,
  at: number,
  calls: Readonly<Record<string, number>>,
  { ms = 60_000, lost = 0, fdsOpened = 40, startedAt = NOON - HOUR } = {},
): SyscallWindow {
  const syscalls = Object.keys(calls);
  const rows = syscalls.flatMap((name, syscall) => [
    { process: 0, syscall, calls: 0.75 * (calls[name] ?? 0) },
    { process: 1, syscall, calls: 0.25 * (calls[name] ?? 0) },
  ]);
  const flow = (value: number): Float64Array => Float64Array.of(value, Number.NaN);
  return {
    target,
    at,
    until: at + ms,
    recording: {
      host: { name: 'node-1', kernel: '6.12.0', arch: 'x86_64' },
      sources: [
        { aspect: 'calls', collected: true, source: 'tracepoint raw_syscalls:sys_enter', says: '' },
        { aspect: 'descriptors', collected: true, source: 'tracepoint syscalls:sys_exit_openat', says: '' },
        { aspect: 'mappings', collected: true, source: 'tracepoint syscalls:sys_exit_mmap', says: '' },
        { aspect: 'connects', collected: true, source: 'tracepoint syscalls:sys_exit_connect', says: '' },
        { aspect: 'sockets', collected: false, source: '', says: 'kprobes do not exist on this kernel' },
      ],
      containers: [
        {
          cgroup: '/kubepods.slice/pod1/cri-containerd-1.scope',
          id: '1'.repeat(64),
          name: 'checkout',
          pod: 'checkout-5d9c',
          namespace: 'prod',
          image: 'registry/checkout:1.4',
          digest: `sha256:${'a'.repeat(64)}`,
          from: 'kubernetes',
        },
      ],
      processes: [
        { pid: 71, startedAt, comm: 'checkout', executable: 'checkout', container: 0 },
        { pid: 72, startedAt: Number.NaN, comm: 'sh', executable: '', container: 0 },
      ],
      syscalls,
      windows: {
        from: Float64Array.of(at),
        to: Float64Array.of(at + ms),
        complete: Uint8Array.of(1),
        lost: Float64Array.of(lost),
      },
      counts: {
        window: new Uint32Array(rows.length),
        process: Uint32Array.from(rows, (row) => row.process),
        syscall: Uint16Array.from(rows, (row) => row.syscall),
        calls: Float64Array.from(rows, (row) => row.calls),
      },
      flows: {
        window: Uint32Array.of(0, 0),
        process: Uint32Array.of(0, 1),
        fdsOpened: flow(fdsOpened),
        fdsClosed: flow(30),
        filesOpened: flow(20),
        mappedBytes: flow(2 ** 20),
        unmappedBytes: flow(2 ** 19),
        connects: flow(4),
        connectFailures: flow(1),
        load: flow(Number.NaN),
        sentBytes: flow(Number.NaN),
        receivedBytes: flow(Number.NaN),
        connected: flow(Number.NaN),
      },
      notes: [],
    },
  };
}

export function sampleProfile(bands: BaselineProfile['bands'], over: Partial<BaselineProfile> = {}): BaselineProfile {
  return {
    key: { digest: `sha256:${'a'.repeat(64)}`, container: 'checkout' },
    image: 'registry/checkout:1.4',
    parent: null,
    learned: {
      ...{ from: NOON - DAY, to: NOON, minutes: 1440, excluded: 5, instances: 2, windowMs: 60_000, windows: 1440 },
      ...{ onlyOnce: 0, hoursOfDay: 24, ready: true },
    },
    loadMetric: null,
    bands,
    known: {},
    allowed: [],
    notes: [],
    ...over,
  };
}
