import { EvidenceError } from '../error.ts';
import type { MemStats } from './stats.ts';

const TITLE = Buffer.from('# runtime.MemStats\n');
/** The trailer with its two rings of 256 numbers is some 10 KB. */
const MAX_TRAILER = 1 << 16;

/** `# Name = value`; `# Stack = inuse / sys` for these. */
const PAIRS = {
  Stack: ['StackInuse', 'StackSys'],
  MSpan: ['MSpanInuse', 'MSpanSys'],
  MCache: ['MCacheInuse', 'MCacheSys'],
};

export const SCALARS = [
  ...[
    'Alloc',
    'TotalAlloc',
    'Sys',
    'Mallocs',
    'Frees',
    'HeapAlloc',
    'HeapSys',
    'HeapIdle',
    'HeapInuse',
    'HeapReleased',
  ],
  ...['HeapObjects', 'StackInuse', 'StackSys', 'MSpanInuse', 'MSpanSys', 'MCacheInuse', 'MCacheSys', 'BuckHashSys'],
  ...['GCSys', 'OtherSys', 'NextGC', 'LastGC', 'PauseTotalNs', 'NumGC', 'NumForcedGC', 'GCCPUFraction', 'MaxRSS'],
] as const;

/**
 * The MemStats that runtime/pprof writes behind `heap?debug=1` (also `allocs?debug=1`). Throws EvidenceError where the text
 * has no such trailer.
 */
export function readHeapTrailer(bytes: Uint8Array): MemStats {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = text.lastIndexOf(TITLE);
  if (at < 0) {
    throw new EvidenceError(
      'heap trailer',
      'no "# runtime.MemStats" in this text; take /debug/pprof/heap?debug=1, which ends with it',
    );
  }
  const fields: Record<string, number> = {};
  let pauses: number[] | null = null;
  for (const line of text.toString('latin1', at, at + MAX_TRAILER).split('\n')) {
    const equals = line.indexOf(' = ');
    if (!line.startsWith('# ') || equals < 0) continue;
    const name = line.slice(2, equals);
    const value = line.slice(equals + 3).trim();
    if (name === 'PauseNs') pauses = ring(value);
    else if (name === 'Stack' || name === 'MSpan' || name === 'MCache') {
      const [inuse, sys] = value.split(' / ');
      put(fields, PAIRS[name][0] ?? '', inuse);
      put(fields, PAIRS[name][1] ?? '', sys);
    } else put(fields, name, value);
  }
  return { ...pick(fields), ...(pauses === null ? {} : { PauseNs: pauses }), source: 'heap-debug1' };
}

function put(fields: Record<string, number>, name: string, value: string | undefined): void {
  const number = value === undefined || value === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number)) fields[name] = number;
}

/** `[12 0 0 …]`: always 256 numbers, or the text was cut. */
function ring(text: string): number[] | null {
  const numbers = text.replace('[', '').replace(']', '').split(' ').map(Number);
  return numbers.length === 256 && numbers.every(Number.isFinite) ? numbers : null;
}

/** The fields of MemStats among those of a record. */
export function pick(fields: Readonly<Record<string, number>>): Omit<MemStats, 'source'> {
  const picked: Partial<Record<(typeof SCALARS)[number], number>> = {};
  for (const name of SCALARS) {
    const value = fields[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
