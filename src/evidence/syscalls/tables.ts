/**
 * Tables of calls as `perf trace -s` (perf 6.1, tools/perf/builtin-trace.c) and `strace -c` (strace 6.1, src/count.c) print
 * them. Both count calls that returned, so exit_group is in neither; both say how many failed.
 */
import { EvidenceError } from '../error.ts';
import { OPENS_FILE, OPENS_OTHER, OPENS_TWO } from './descriptors.ts';
import type { Flows } from './flows.ts';

export interface CallTable {
  /** Name of the thread; '' where the table is of everything that was traced. */
  readonly comm: string;
  /** Number of the thread; 0 where the table is of everything. */
  readonly tid: number;
  readonly calls: ReadonlyMap<string, number>;
  /** Of those, how many failed. */
  readonly errors: ReadonlyMap<string, number>;
}

/** ` git (7168), 1530 events, 2.1%`; the name is what the thread calls itself. */
const THREAD = /^ (.{1,64}) \((\d{1,10})\), \d+ events, [\d.]+%$/;
/** `   openat               149     47     2.129 …` */
const PERF_ROW = /^ {3}([a-z_][\w:]*)\s+(\d{1,15})\s+(\d{1,15})\s+\d/;
/** ` 36.26    0.000128           1        78        39 openat`; usecs/call is empty in some versions. */
const STRACE_ROW = /^ *[\d.]+ +[\d.]+ +(?:\d+ +)?(\d{1,15}) +(?:(\d{1,15}) +)?([a-z_]\w*)$/;
const MOST_ROWS = 1_000_000;

/** @throws EvidenceError where it is no summary of perf trace */
export function readPerfSummary(text: string): CallTable[] {
  if (!text.includes('Summary of events')) {
    throw new EvidenceError(
      'perf trace summary',
      'there is no "Summary of events"; write it with `perf trace -s -o FILE`',
    );
  }
  const tables: CallTable[] = [];
  let calls = new Map<string, number>();
  let errors = new Map<string, number>();
  let rows = 0;
  for (const line of lines(text)) {
    const thread = THREAD.exec(line);
    if (thread !== null) {
      calls = new Map();
      errors = new Map();
      tables.push({ comm: thread[1] ?? '', tid: Number(thread[2]), calls, errors });
      continue;
    }
    const row = PERF_ROW.exec(line);
    if (row === null || tables.length === 0) continue;
    if (++rows > MOST_ROWS) throw new EvidenceError('perf trace summary', 'there are more than a million rows');
    add(calls, errors, row[1] ?? '', Number(row[2]), Number(row[3]));
  }
  return tables;
}

/** The one table that `strace -c` (with or without -f) writes. @throws EvidenceError where there is none */
export function readStraceTable(text: string): CallTable {
  const calls = new Map<string, number>();
  const errors = new Map<string, number>();
  let head = false;
  let rows = 0;
  for (const line of lines(text)) {
    if (/^% time +seconds +usecs\/call +calls +errors +syscall\s*$/.test(line)) head = true;
    const row = head ? STRACE_ROW.exec(line.trimEnd()) : null;
    if (row === null || row[3] === 'total') continue;
    if (++rows > MOST_ROWS) throw new EvidenceError('strace table', 'there are more than a million rows');
    add(calls, errors, row[3] ?? '', Number(row[1]), Number(row[2] ?? 0));
  }
  if (!head)
    throw new EvidenceError('strace table', 'there is no table of calls; write it with `strace -c -f -o FILE`');
  return { comm: '', tid: 0, calls, errors };
}

function add(
  calls: Map<string, number>,
  errors: Map<string, number>,
  name: string,
  count: number,
  failed: number,
): void {
  calls.set(name, (calls.get(name) ?? 0) + count);
  if (failed > 0) errors.set(name, (errors.get(name) ?? 0) + failed);
}

function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const to = end < 0 ? text.length : end;
    // A line of either tool is short; what is longer is none of theirs, and no pattern shall work on it.
    yield text.slice(at, Math.min(to, at + 400));
    at = to + 1;
  }
}

/** What such a table says of flows: by how many calls succeeded. Bytes are not in it, nor why connect failed. */
export function flowsOfTable({ calls, errors }: Pick<CallTable, 'calls' | 'errors'>): Flows {
  const succeeded = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (calls.get(name) ?? 0) - (errors.get(name) ?? 0), 0);
  const files = succeeded(OPENS_FILE);
  return {
    filesOpened: files,
    fdsOpened: files + succeeded(OPENS_OTHER) + 2 * succeeded(OPENS_TWO),
    ...(calls.has('close_range') ? {} : { fdsClosed: succeeded(['close']) }),
    connects: calls.get('connect') ?? 0,
  };
}
