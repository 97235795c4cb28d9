/**
 * A file that a person dropped on the page: what it is, by its content, and what it says. Run in a process of its own
 * (api/aside/open.ts), since nobody knows what it is before it was read.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { placeName, plural } from '../../diagnose/case.ts';
import { diagnoseSummaries } from '../../diagnose/diagnose.ts';
import { summariseGoroutines } from '../../diagnose/goroutine-summary.ts';
import { analyseDump } from '../../diagnose/heap/analyse.ts';
import { summariseHeap } from '../../diagnose/heap-summary.ts';
import type { SummarisedSnapshot } from '../../diagnose/summary.ts';
import { detectTextEvidence, isText } from '../../evidence/detect.ts';
import { EvidenceError } from '../../evidence/error.ts';
import { readTraceLog } from '../../evidence/gctrace/read.ts';
import type { TraceLog } from '../../evidence/gctrace/trace.ts';
import { readGoroutineDump } from '../../evidence/goroutines/read.ts';
import { HEADER } from '../../evidence/heapdump/foreign.ts';
import { readHeapDump } from '../../evidence/heapdump/read.ts';
import { readExpvar } from '../../evidence/memstats/expvar.ts';
import { readPrometheus } from '../../evidence/memstats/prometheus.ts';
import type { MemStats } from '../../evidence/memstats/stats.ts';
import { gunzip, isGzip } from '../../evidence/pprof/gunzip.ts';
import type { Profile } from '../../evidence/pprof/profile.ts';
import { readProfile } from '../../evidence/pprof/read.ts';
import type { Finding } from '../../findings/model.ts';
import { formatBytes, formatCount, formatDuration } from '../../findings/units.ts';
import type { OpenedView, SeriesView } from '../api/contract.ts';
import type { CaptureSummary, PartKind } from '../model.ts';
import { seriesView } from './columns.ts';
import { dumpClusters } from './dump-clusters.ts';
import { flameView } from './flame.ts';
import { clusterViews } from './goroutines.ts';
import { heapGraphView } from './heap-graph.ts';

/** More than this no profile, log or page unpacks to; a heap dump is not packed. Bytes. */
export const MAX_UNPACKED = 256 << 20;

/** What the page is shown, and what is kept if the file is saved. */
export interface OpenedFile {
  readonly view: Omit<OpenedView, 'capture'>;
  readonly part: PartKind;
  readonly summary: Pick<CaptureSummary, 'heap' | 'goroutines' | 'leaks'>;
}

type Opened = Pick<OpenedFile, 'part'> & {
  readonly view: Pick<OpenedView, 'kind' | 'says'> & Partial<OpenedView>;
  readonly summary?: Partial<OpenedFile['summary']>;
};

/**
 * @param path a regular file @param name what the person calls it @param at now, ms since the epoch
 * @throws EvidenceError where it is none of what is read
 */
export async function openFile(path: string, name: string, at: number): Promise<OpenedFile> {
  const { bytes, opened } = isHeapDump(path) ? await heapDump(path, name) : small(readFileSync(path), name, at);
  const nothing = { flame: null, goroutines: null, heap: null, series: [], findings: [] };
  return {
    part: opened.part,
    view: { name, bytes, ...nothing, ...opened.view },
    summary: { heap: null, goroutines: null, leaks: null, ...opened.summary },
  };
}

function isHeapDump(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEADER.length);
    return startsAsDump(head.subarray(0, readSync(file, head, 0, head.length, 0)));
  } finally {
    closeSync(file);
  }
}

function startsAsDump(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, HEADER.length)).toString('latin1') === HEADER;
}

interface Sized {
  readonly bytes: number;
  readonly opened: Opened;
}

async function heapDump(path: string, name: string): Promise<Sized> {
  const dump = readHeapDump(path);
  try {
    const report = await analyseDump(dump, { capture: name, subject: { service: name, instance: '' } });
    const heap = heapGraphView(report, name);
    const view = { kind: 'heapdump' as const, says: report.verdict, heap, findings: report.findings.map(short) };
    return { bytes: statSync(path).size, opened: { part: 'heapdump', view } };
  } finally {
    dump.close();
  }
}

function small(received: Uint8Array, name: string, at: number): Sized {
  const bytes = isGzip(received) ? gunzip(received, 'gzip', MAX_UNPACKED) : received;
  if (startsAsDump(bytes)) throw new EvidenceError('heap dump', 'this heap dump is compressed; unpack it first');
  return { bytes: received.length, opened: (isText(bytes) ? text(bytes, at) : null) ?? profile(bytes, name, at) };
}

function text(bytes: Uint8Array, at: number): Opened | null {
  switch (detectTextEvidence(bytes)) {
    case 'goroutine-dump':
      return goroutineDump(bytes, at);
    case 'gctrace':
      return gctrace(readTraceLog(bytes));
    case 'prometheus':
      return { part: 'prometheus', view: metrics(readPrometheus(bytes).memstats, 'A metrics page', at) };
    case 'expvar':
      return { part: 'expvar', view: metrics(readExpvar(bytes).memstats, 'An expvar page', at) };
    case null:
      return null;
  }
}

/** What is nothing else is read as a profile; a person who dropped a picture never said that it is one. */
function profileOf(bytes: Uint8Array): Profile {
  try {
    return readProfile(bytes, { maxBytes: MAX_UNPACKED });
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new EvidenceError(
      'file',
      `this is no pprof profile, heap dump, goroutine dump, GC trace or page of metrics (read as a profile: ${error.message})`,
    );
  }
}

function profile(bytes: Uint8Array, name: string, at: number): Opened {
  const data = profileOf(bytes);
  const types = data.sampleTypes.map(({ type }) => type);
  const flame = flameView(data, null, { headId: name, title: name });
  const total = `${formatCount(data.samples.count)} samples of ${types.join(', ')}`;
  if (types.includes('inuse_space')) {
    const heap = summariseHeap(data);
    const snapshot = { at, heap: { file: name, at, data: heap } };
    const largest = heap.sites[indexOfMost(heap.bytes)];
    const sum = heap.bytes.reduce((all, one) => all + one, 0);
    const most = largest === undefined ? '' : `, most of it at ${placeName(largest.where)}`;
    const says = `A heap profile: ${formatBytes(sum)} in use at ${plural(heap.sites.length, 'site')}${most}.`;
    return {
      part: 'heap',
      view: { kind: 'profile', says, flame, findings: findingsOf(name, snapshot) },
      summary: { heap },
    };
  }
  if (isGoroutines(data)) return goroutineProfile(data, name, at, flame);
  return { part: 'profile', view: { kind: 'profile', says: `A profile: ${total}.`, flame } };
}

function isGoroutines({ sampleTypes }: Profile): boolean {
  return sampleTypes.length === 1 && /^goroutine(leak)?$/.test(sampleTypes[0]?.type ?? '');
}

function goroutineProfile(data: Profile, name: string, at: number, flame: OpenedView['flame']): Opened {
  const goroutines = summariseGoroutines(data);
  const leaks = data.sampleTypes[0]?.type === 'goroutineleak';
  const captured = { file: name, at, data: goroutines };
  const snapshot = leaks ? { at, leaks: captured } : { at, goroutines: captured };
  const view = {
    kind: 'goroutines' as const,
    says: `A ${leaks ? 'profile of leaked goroutines' : 'goroutine profile'}: ${plural(goroutines.total, 'goroutine')} in ${plural(goroutines.clusters.length, 'cluster')}.`,
    flame,
    goroutines: {
      ...instant(at),
      total: goroutines.total,
      clusters: clusterViews(goroutines, { before: null, dump: null, series: [] }),
    },
    findings: findingsOf(name, snapshot),
  };
  return leaks
    ? { part: 'goroutineleak', view, summary: { leaks: goroutines } }
    : { part: 'goroutine', view, summary: { goroutines } };
}

function goroutineDump(bytes: Uint8Array, at: number): Opened {
  const dump = readGoroutineDump(bytes);
  const clusters = dumpClusters(dump);
  const [most] = clusters;
  const largest =
    most === undefined ? '' : `; ${formatCount(most.count)} in \`${most.state}\` at ${placeName(most.where)}`;
  const cut = dump.truncated ? ' The dump is cut off.' : '';
  return {
    part: 'goroutine-debug2',
    view: {
      kind: 'goroutines',
      says: `A goroutine dump: ${plural(dump.count, 'goroutine')}${largest}.${cut}`,
      goroutines: { ...instant(at), total: dump.count, clusters },
    },
  };
}

function instant(at: number): { from: number; to: number; instance: string; capture: null } {
  return { from: at, to: at, instance: '', capture: null };
}

/** Times are ms since the process started: a trace says nothing else. */
function gctrace({ gc, unread }: TraceLog): Opened {
  const at = gc.at_s.map((seconds) => seconds * 1000);
  const mib = (column: Float64Array) => column.map((value) => value * 2 ** 20);
  const pause = gc.sweepTerm_ms.map((value, i) => (value + (gc.markTerm_ms[i] ?? 0)) * 1e6);
  const span = (gc.at_s.at(-1) ?? 0) - (gc.at_s[0] ?? 0);
  const live = mib(gc.heapLive_MB);
  const lines = unread.count === 0 ? '' : ` ${plural(unread.count, 'line')} could not be read.`;
  return {
    part: 'gctrace',
    view: {
      kind: 'gctrace',
      says: `A GC trace: ${plural(gc.count, 'cycle')} in ${formatDuration(span)}, live heap ${formatBytes(live[0] ?? Number.NaN)} → ${formatBytes(live.at(-1) ?? Number.NaN)}.${lines}`,
      series: [
        seriesView('live-heap', 'bytes', { at, value: live }),
        seriesView('heap-goal', 'bytes', { at, value: mib(gc.goal_MB) }),
        seriesView('gc-pause', 'ns', { at, value: pause }),
      ],
    },
  };
}

const COUNTS: ReadonlySet<string> = new Set(['Mallocs', 'Frees', 'HeapObjects', 'NumGC', 'NumForcedGC', 'Goroutines']);
const OTHER: Readonly<Record<string, string>> = { PauseTotalNs: 'ns', GCCPUFraction: 'ratio' };
/** Moments; nothing to draw. */
const LEFT_OUT: ReadonlySet<string> = new Set(['LastGC', 'ProcessStart']);

function metrics(stats: MemStats | null, what: string, at: number): Opened['view'] {
  const series: SeriesView[] = [];
  for (const [name, value] of Object.entries(stats ?? {})) {
    if (typeof value !== 'number' || LEFT_OUT.has(name)) continue;
    const unit = OTHER[name] ?? (COUNTS.has(name) ? 'count' : 'bytes');
    series.push({ name, unit, at: [at], value: [value] });
  }
  const heap = stats?.HeapAlloc === undefined ? 'without Go’s memory counters' : `heap ${formatBytes(stats.HeapAlloc)}`;
  const rss = stats?.RSS === undefined ? '' : `, RSS ${formatBytes(stats.RSS)}`;
  return { kind: 'metrics', says: `${what}: ${heap}${rss}.`, series };
}

/** What one look can tell: proven leaks. A trend needs more than one. */
function findingsOf(name: string, snapshot: SummarisedSnapshot): OpenedView['findings'] {
  const { at } = snapshot;
  const life = { start: at, end: at, snapshots: [snapshot], restarts: [], notes: [] };
  return diagnoseSummaries({ service: name, instance: '', goVersion: null, load: null, ...life }).findings.map(short);
}

function short({ rule, verdict, severity, title, where }: Finding): OpenedView['findings'][number] {
  return { rule, verdict, severity, title, where: { ...where } };
}

function indexOfMost(column: Float64Array): number {
  let most = 0;
  for (const [i, value] of column.entries()) if (value > (column[most] ?? 0)) most = i;
  return most;
}
