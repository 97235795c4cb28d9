/** Reads a bundle into the Timeline that the diagnosis works on. Everything comes from its files, so a re-run sees the same. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readSyscallStacks } from '../evidence/exectrace/read.ts';
import { readTraceLog } from '../evidence/gctrace/read.ts';
import { readGoroutineDumpFrom } from '../evidence/goroutines/read.ts';
import { readExpvar } from '../evidence/memstats/expvar.ts';
import { readPrometheus } from '../evidence/memstats/prometheus.ts';
import type { MemStats } from '../evidence/memstats/stats.ts';
import { readHeapTrailer } from '../evidence/memstats/trailer.ts';
import { allocatorsByLine, hiddenAllocators, readSymbols } from '../evidence/pprof/allocators.ts';
import { readProfile } from '../evidence/pprof/read.ts';
import { readProcess } from '../evidence/process/read.ts';
import { readRecording } from '../evidence/syscalls/read.ts';
import type { Captured, Snapshot, Timeline } from '../evidence/timeline.ts';
import { codeOf, messageOf, TargetError } from './error.ts';
import { expvarPage, type LoadPage, prometheusPage } from './load.ts';
import { type Capture, type Manifest, readManifest } from './manifest.ts';
import { captureNotes } from './notes.ts';
import { parseProcessRaw } from './process-json.ts';
import { findRestarts } from './restarts.ts';

/**
 * Parses every capture of a bundle. One that cannot be read becomes a note. Throws TargetError where `dir` is no bundle.
 * Memory: all heap and goroutine profiles at once, as columns.
 */
export async function readTimeline(dir: string): Promise<Timeline> {
  const manifest = readManifest(dir);
  const notes = [...manifest.notes, ...captureNotes(manifest)];
  const parts = new Map<number, SnapshotParts>();
  let trace: Timeline['trace'];
  let rssSamples: Timeline['rssSamples'];
  let syscalls: Timeline['syscalls'];
  let syscallCounts: Timeline['syscallCounts'];
  let heapDump: string | undefined;
  let executable: string | undefined;
  for (const capture of manifest.captures) {
    if (capture.file === undefined || capture.error !== undefined) continue;
    try {
      if (capture.kind === 'log') trace = captured(capture, readTraceLog(bytesOf(dir, capture.file)));
      else if (capture.kind === 'rss') rssSamples = readRss(textOf(dir, capture.file));
      else if (capture.kind === 'trace') syscalls = captured(capture, readSyscallStacks(bytesOf(dir, capture.file)));
      else if (capture.kind === 'syscalls') {
        const recording = readRecording(bytesOf(dir, capture.file));
        syscallCounts = captured(capture, recording);
        notes.push(...recording.notes);
      } else if (capture.kind === 'heapdump') heapDump = capture.file;
      else if (capture.kind === 'executable') executable = capture.file;
      else if (capture.snapshot !== null) {
        const part = parts.get(capture.snapshot) ?? { at: capture.at };
        parts.set(capture.snapshot, part);
        await readInto(part, capture, dir, manifest);
      }
    } catch (error) {
      const unreadable = error instanceof Error && (error.name === 'EvidenceError' || error.name === 'TargetError');
      if (!unreadable) throw error;
      notes.push(`${capture.file} could not be used: ${error.message}`);
    }
  }
  const snapshots = [...parts].sort(([a], [b]) => a - b).map(([, part]) => snapshotOf(part, manifest));
  const pid = manifest.target.pid;
  if (
    pid !== undefined &&
    syscallCounts !== undefined &&
    !syscallCounts.data.processes.some((process) => process.pid === pid)
  )
    notes.push(`${syscallCounts.file} has no system calls of process ${pid}: nothing was counted of it`);
  const restarts = findRestarts(snapshots);
  for (const index of restarts)
    notes.push(
      `the service was restarted before snapshot ${index + 1} of ${snapshots.length}; growth is measured on each side of that`,
    );
  return {
    service: manifest.service,
    instance: manifest.instance,
    goVersion: manifest.goVersion,
    mainModule: manifest.mainModule,
    start: manifest.start,
    end: manifest.end,
    snapshots,
    ...(trace === undefined ? {} : { trace }),
    ...(rssSamples === undefined ? {} : { rssSamples }),
    ...(syscalls === undefined ? {} : { syscalls }),
    ...(syscallCounts === undefined ? {} : { syscallCounts }),
    ...(heapDump === undefined ? {} : { heapDump: { dump: heapDump, executable: executable ?? null } }),
    ...allocatorsOf(parts),
    load:
      manifest.load === null
        ? null
        : { metric: manifest.load.metric, kind: manifest.load.kind, guessed: manifest.load.guessed },
    restarts,
    notes,
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A visit while its captures are being read. */
interface SnapshotParts extends Mutable<Snapshot> {
  prometheus?: Captured<MemStats>;
  hidden?: ReturnType<typeof hiddenAllocators>;
  symbols?: ReadonlyMap<string, string>;
}

/** From the one visit that has both the addresses and their names. */
function allocatorsOf(parts: ReadonlyMap<number, SnapshotParts>): Pick<Timeline, 'allocators'> {
  for (const { hidden, symbols } of parts.values())
    if (hidden !== undefined && symbols !== undefined) return { allocators: allocatorsByLine(hidden, symbols) };
  return {};
}

async function readInto(part: SnapshotParts, capture: Capture, dir: string, manifest: Manifest): Promise<void> {
  const file = capture.file ?? '';
  switch (capture.kind) {
    case 'heap':
      part.heap = captured(capture, readProfile(bytesOf(dir, file)));
      part.at = capture.at;
      break;
    case 'heap-debug1': {
      const text = bytesOf(dir, file);
      part.hidden = hiddenAllocators(text);
      part.memstats ??= captured(capture, readHeapTrailer(text));
      break;
    }
    case 'symbols':
      part.symbols = readSymbols(bytesOf(dir, file));
      break;
    case 'expvar': {
      const page = readExpvar(bytesOf(dir, file));
      if (page.memstats !== null) part.memstats = captured(capture, page.memstats);
      if (manifest.load?.source === 'expvar') addLoad(part, capture, expvarPage(page), manifest.load.metric);
      break;
    }
    case 'prometheus': {
      const page = readPrometheus(bytesOf(dir, file));
      part.prometheus = captured(capture, page.memstats);
      if (manifest.load?.source === 'prometheus') addLoad(part, capture, prometheusPage(page), manifest.load.metric);
      break;
    }
    case 'goroutine':
    case 'goroutine-debug1':
      part.goroutines = captured(capture, readProfile(bytesOf(dir, file)));
      break;
    case 'goroutine-debug2':
      part.dump = captured(capture, await readGoroutineDumpFrom(createReadStream(join(dir, file))));
      break;
    case 'goroutineleak':
      part.leaks = captured(capture, readProfile(bytesOf(dir, file)));
      break;
    case 'process':
      part.process = captured(capture, readProcess(parseProcessRaw(textOf(dir, file))));
      break;
    case 'trace':
    case 'heapdump':
    case 'executable':
    case 'log':
    case 'rss':
    case 'syscalls':
      break;
  }
}

function snapshotOf(part: SnapshotParts, manifest: Manifest): Snapshot {
  const { prometheus, hidden: _hidden, symbols: _symbols, ...rest } = part;
  const memstats = mergeMemStats(rest.memstats, prometheus, memoryLimit(manifest.environment?.GOMEMLIMIT));
  return { ...rest, ...(memstats === undefined ? {} : { memstats }) };
}

/** What the first source lacks (RSS, goroutines, limit) comes from the other, and the limit from the environment. */
function mergeMemStats(
  main: Captured<MemStats> | undefined,
  other: Captured<MemStats> | undefined,
  limit: number | null,
): Captured<MemStats> | undefined {
  const base = main ?? other;
  if (base === undefined) return undefined;
  const data: MemStats = { ...(limit === null ? {} : { MemLimit: limit }), ...other?.data, ...base.data };
  return { ...base, data };
}

/** GOMEMLIMIT in bytes: a number with B, KiB, MiB, GiB, TiB or nothing (runtime/debug.SetMemoryLimit); null without one. */
export function memoryLimit(text: string | undefined): number | null {
  const match = /^(\d+)(B|KiB|MiB|GiB|TiB)?$/.exec(text ?? '');
  if (match?.[1] === undefined) return null;
  const shift = ['B', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(match[2] ?? 'B');
  const bytes = Number(match[1]) * 1024 ** shift;
  return bytes < 2 ** 62 ? bytes : null; // math.MaxInt64 is "off"
}

function addLoad(part: SnapshotParts, capture: Capture, page: LoadPage, metric: string): void {
  const value = page.read(metric);
  if (value !== null) part.load = captured(capture, value);
}

function captured<T>(capture: Capture, data: T): Captured<T> {
  return { file: capture.file ?? '', at: capture.at, data };
}

/** A single file of a bundle that is larger than this was not written by us. */
const MAX_FILE = 2 ** 31 - 1;

function bytesOf(dir: string, file: string): Uint8Array {
  const path = join(dir, file);
  try {
    if (statSync(path).size > MAX_FILE) throw new TargetError('it is larger than 2 GiB');
    return readFileSync(path);
  } catch (error) {
    if (error instanceof TargetError) throw error;
    throw new TargetError(codeOf(error) === 'ENOENT' ? 'it is missing from the bundle' : messageOf(error));
  }
}

function textOf(dir: string, file: string): string {
  const bytes = bytesOf(dir, file);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function readRss(text: string): NonNullable<Timeline['rssSamples']> {
  const at: number[] = [];
  const rss: number[] = [];
  for (const [, when, bytes] of text.matchAll(/^\{"at":(\d+),"rss":(\d+)\}$/gm)) {
    at.push(Number(when));
    rss.push(Number(bytes));
  }
  return { at, rss };
}
