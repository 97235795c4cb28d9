/** The raw parts of one capture to summaries and counters. What cannot be read becomes a sentence. */

import { parseProcessRaw } from '../../collect/process-json.ts';
import { cutGoroutines, cutHeap } from '../../diagnose/cut.ts';
import { summariseDump, summariseGoroutines, withWaits } from '../../diagnose/goroutine-summary.ts';
import { summariseHeap } from '../../diagnose/heap-summary.ts';
import type { GoroutineSummary, HeapSummary, WaitTable } from '../../diagnose/summary.ts';
import { EvidenceError } from '../../evidence/error.ts';
import { readGoroutineDump } from '../../evidence/goroutines/read.ts';
import { readExpvar } from '../../evidence/memstats/expvar.ts';
import { readPrometheus } from '../../evidence/memstats/prometheus.ts';
import type { MemStats } from '../../evidence/memstats/stats.ts';
import { readHeapTrailer } from '../../evidence/memstats/trailer.ts';
import { allocatorsByLine, hiddenAllocators, readSymbols } from '../../evidence/pprof/allocators.ts';
import { readProfile } from '../../evidence/pprof/read.ts';
import type { ProcessStats } from '../../evidence/process/process.ts';
import { readProcess } from '../../evidence/process/read.ts';
import type { PartKind } from '../model.ts';
import type { RawPart } from './analyst.ts';

export interface ReadParts {
  readonly heap: HeapSummary | null;
  /** With what a dump of the same capture says. */
  readonly goroutines: GoroutineSummary | null;
  readonly leaks: GoroutineSummary | null;
  readonly memstats: MemStats | null;
  readonly process: ProcessStats | null;
  /** Runtime allocators by line, where heap?debug=1 and the symbols were taken. */
  readonly allocators: ReadonlyMap<string, readonly string[]> | null;
  readonly unreadable: readonly { readonly kind: PartKind; readonly says: string }[];
}

/** Goroutine ids that are kept of a cluster, the oldest: enough to say whether they stay. */
const IDS = 1000;

/** `maxBytes`: an unpacked profile may be at most this large; a gzip file of a megabyte can unpack to a gigabyte. */
export function readParts(parts: readonly RawPart[], maxBytes: number): ReadParts {
  const found: Found = { unreadable: [] };
  for (const { kind, bytes } of parts) {
    try {
      readInto(found, kind, bytes, maxBytes);
    } catch (error) {
      found.unreadable.push({ kind, says: sentenceOf(error) });
    }
  }
  const { heap, goroutines, leaks, own, exported, process, hidden, symbols, waits } = found;
  const memstats =
    own === undefined && exported === undefined ? null : { source: 'expvar' as const, ...exported, ...own };
  return {
    heap: heap ?? null,
    goroutines: goroutines === undefined ? null : waits === undefined ? goroutines : withWaits(goroutines, waits, IDS),
    leaks: leaks ?? null,
    memstats,
    process: process ?? null,
    allocators: hidden === undefined || symbols === undefined ? null : allocatorsByLine(hidden, symbols),
    unreadable: found.unreadable,
  };
}

interface Found {
  heap?: HeapSummary;
  goroutines?: GoroutineSummary;
  leaks?: GoroutineSummary;
  waits?: WaitTable;
  /** From the runtime itself; what Prometheus' page has beyond that is added. */
  own?: MemStats;
  exported?: MemStats;
  process?: ProcessStats;
  hidden?: ReturnType<typeof hiddenAllocators>;
  symbols?: ReadonlyMap<string, string>;
  readonly unreadable: { kind: PartKind; says: string }[];
}

function readInto(found: Found, kind: PartKind, bytes: Uint8Array, maxBytes: number): void {
  switch (kind) {
    case 'heap':
      found.heap = cutHeap(summariseHeap(readProfile(bytes, { maxBytes })));
      break;
    case 'goroutine':
      found.goroutines = cutGoroutines(summariseGoroutines(readProfile(bytes, { maxBytes })));
      break;
    case 'goroutineleak':
      found.leaks = cutGoroutines(summariseGoroutines(readProfile(bytes, { maxBytes })));
      break;
    case 'goroutine-debug2':
      found.waits = summariseDump(readGoroutineDump(bytes));
      break;
    case 'heap-debug1':
      found.hidden = hiddenAllocators(bytes);
      found.own ??= readHeapTrailer(bytes);
      break;
    case 'symbols':
      found.symbols = readSymbols(bytes);
      break;
    case 'expvar': {
      const { memstats } = readExpvar(bytes);
      if (memstats !== null) found.own = memstats;
      break;
    }
    case 'prometheus':
      found.exported = readPrometheus(bytes).memstats;
      break;
    case 'process':
      found.process = readProcess(parseProcessRaw(Buffer.from(bytes).toString('utf8')));
      break;
    case 'heapdump':
    case 'gctrace':
    case 'profile':
      // Of files that a person opened: stored, not followed over time.
      break;
  }
}

/** Readers throw EvidenceError; anything else is a fault of ours, which must not end the watching of a thousand targets. */
function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof EvidenceError || (error instanceof Error && error.name === 'TargetError');
  return known ? message : `it could not be read, which is a fault of hemostat: ${message}`;
}
