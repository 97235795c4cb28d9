/** One visit to the target: everything that is taken close together, in a fixed order, each capture on its own. */
import { readExpvar } from '../evidence/memstats/expvar.ts';
import { readPrometheus } from '../evidence/memstats/prometheus.ts';
import type { MemStats } from '../evidence/memstats/stats.ts';
import { readHeapTrailer } from '../evidence/memstats/trailer.ts';
import type { BundleWriter } from './bundle-writer.ts';
import { type Footprint, symbolQuery, worthTracing } from './deepen.ts';
import { LIMITS, type Service } from './discover.ts';
import { takeHeapDump } from './heap-dump.ts';
import { expvarPage, type LoadPage, prometheusPage } from './load.ts';
import type { Capture, CaptureKind } from './manifest.ts';
import type { HeapDumpRequest } from './options.ts';
import { captureProcess } from './process-capture.ts';
import { residentBytes } from './procfs.ts';
import { countGoroutines, readable, round, STOPS, Taker } from './take.ts';

/** What the captures are taken from; either part may be missing, and may come back changed after a restart. */
export interface Source {
  readonly service: Service | null;
  readonly pid: number | null;
}

export interface VisitPlan {
  readonly index: number;
  /** Whether a debug=2 dump is wanted at this visit. */
  readonly dump: boolean;
  readonly goroutineLimit: number;
  /** Wanted at the last visit. */
  readonly heapdump: HeapDumpRequest | undefined;
  /** The last visit of the window also asks what the profiles leave open; see deepen.ts. */
  readonly last: boolean;
  /** The first visit's figures, for what is only worth its price where something grows. */
  readonly first: Visit | null;
}

/** What a visit brought, for progress and for deciding how to go on. Bytes and counts; `outsideGo`: RSS − (Sys − HeapReleased). */
export interface Visit extends Footprint {
  readonly heap: boolean;
  readonly process: boolean;
  /** First failure, one sentence. */
  readonly error: string | null;
  readonly goroutines?: number;
  readonly liveHeap?: number;
  /** Numbers of the service's own pages, among which the load metric may be. */
  readonly pages: readonly LoadPage[];
  /** `go_info` of the metrics page. */
  readonly goVersion?: string;
}

const PART: Readonly<Partial<Record<CaptureKind, string>>> = {
  heap: 'heap.pb.gz',
  'heap-debug1': 'heap-debug1.txt',
  expvar: 'vars.json',
  prometheus: 'metrics.txt',
  goroutine: 'goroutine.pb.gz',
  goroutineleak: 'goroutineleak.pb.gz',
  'goroutine-debug2': 'goroutine-debug2.txt',
  symbols: 'symbols.txt',
  trace: 'trace.out',
  process: 'process.json',
};

export function captureName(snapshot: number, kind: CaptureKind): string {
  return `${String(snapshot).padStart(3, '0')}-${PART[kind] ?? kind}`;
}

export async function visit(source: Source, plan: VisitPlan, writer: BundleWriter): Promise<Visit> {
  const { service, pid } = source;
  const taker = new Taker(service, ({ kind, at, ms, url, status, body, error }) => {
    const common = { kind, snapshot: plan.index, at, ms, url, stopsTheWorld: STOPS[kind] ?? false };
    const outcome = { ...(status === undefined ? {} : { status }), ...(error === undefined ? {} : { error }) };
    const file = body === null ? {} : { file: captureName(plan.index, kind) };
    writer.add({ ...common, ...outcome, ...file }, body);
  });
  const take = (kind: CaptureKind, path: string, limit: number) => taker.take(kind, path, { limit });

  const base = service?.pprof ?? '';
  const heap = await take('heap', `${base}heap?gc=1`, LIMITS.profile);
  let memstats: MemStats | null = null;
  const pages: LoadPage[] = [];
  if (service !== null && service.vars !== null) {
    const page = await take('expvar', service.vars, LIMITS.text);
    const expvar = page === null ? null : readable(() => readExpvar(page));
    if (expvar !== null) pages.push(expvarPage(expvar));
    memstats = expvar?.memstats ?? null;
  }
  let heapText: Buffer | null = null;
  if (memstats === null || plan.last) {
    const text = await take('heap-debug1', `${base}heap?debug=1`, LIMITS.text);
    memstats ??= text === null ? null : readable(() => readHeapTrailer(text));
    heapText = text;
  }
  const stacks = await take('goroutine', `${base}goroutine`, LIMITS.profile);
  const own = pid === null ? null : takeProcess(pid, plan.index, writer);
  const rss = own?.rss ?? null;
  const metrics = service?.metrics ?? null;
  const text = metrics === null ? null : await take('prometheus', metrics, LIMITS.text);
  const prometheus = text === null ? null : readable(() => readPrometheus(text));
  if (prometheus !== null) pages.push(prometheusPage(prometheus));
  // A heap dump after a leak profile that found something ends the process (docs/heap-dumps.md): the dump comes first.
  const leakProfile = service?.profiles.has('goroutineleak') === true;
  if (leakProfile && plan.heapdump === undefined) await take('goroutineleak', `${base}goroutineleak`, LIMITS.profile);
  const goroutines = stacks === null ? null : readable(() => countGoroutines(stacks));
  if (plan.dump && goroutines !== null && goroutines < plan.goroutineLimit) {
    await take('goroutine-debug2', `${base}goroutine?debug=2`, LIMITS.dump);
  }
  const outsideGo =
    rss === null || memstats?.Sys === undefined || memstats.HeapReleased === undefined
      ? null
      : rss - (memstats.Sys - memstats.HeapReleased);
  const footprint: Footprint = { ...own, ...(outsideGo === null ? {} : { outsideGo }) };
  if (plan.last) {
    const query = heapText === null ? null : symbolQuery(heapText);
    if (query !== null) await take('symbols', `${base}symbol?${query}`, LIMITS.text);
    if (worthTracing(plan.first, footprint)) await take('trace', `${base}trace?seconds=1`, LIMITS.trace);
    if (plan.heapdump !== undefined && service !== null) {
      const problem = await takeHeapDump({ service, pid }, plan.index, plan.heapdump, writer);
      if (problem !== null) taker.errors.push(problem);
      if (leakProfile) await take('goroutineleak', `${base}goroutineleak`, LIMITS.profile);
    }
  }
  return {
    heap: heap !== null,
    process: rss !== null,
    error: taker.errors[0] ?? null,
    ...footprint,
    ...(goroutines === null ? {} : { goroutines }),
    ...(memstats?.HeapAlloc === undefined ? {} : { liveHeap: memstats.HeapAlloc }),
    pages,
    ...(prometheus?.goVersion === undefined ? {} : { goVersion: prometheus.goVersion }),
  };
}

/** Null where the process could not be read. */
function takeProcess(pid: number, snapshot: number, writer: BundleWriter): Footprint | null {
  const at = Date.now();
  const began = performance.now();
  const raw = captureProcess(pid);
  const common: Omit<Capture, 'bytes' | 'file' | 'error' | 'ms'> = {
    kind: 'process',
    snapshot,
    at,
    stopsTheWorld: false,
  };
  const ms = round(performance.now() - began);
  if (raw === null) {
    writer.add({ ...common, ms, error: `process ${pid} is gone or may not be read` }, null);
    return null;
  }
  writer.add({ ...common, ms, file: captureName(snapshot, 'process') }, `${JSON.stringify(raw)}\n`);
  const rss = residentBytes(pid);
  return { ...(rss === null ? {} : { rss }), ...(raw.fdCount === undefined ? {} : { fds: raw.fdCount }) };
}
