/** Bytes that the process mapped and did not unmap, without what Go's runtime maps for its own heap. */
import type { EvidenceItem } from '../findings/model.ts';
import { formatBytesChange, formatDuration, formatRate } from '../findings/units.ts';
import { shapeOf } from '../stats/shape.ts';
import { type Case, quantity } from './case.ts';
import { looksOf, type Signal } from './signals.ts';
import { droppedText, levelAt } from './syscall-signals.ts';

const HOUR = 3600;
/** Mapped less than this part of what RSS gained outside Go contradicts that it was mapped in the window. */
const CONTRADICTS = 0.25;
/** Of the time that may be uncounted before a level means little. */
const MOST_UNKNOWN = 0.2;
/** A smaller rise of mapped bytes is not looked at; as for RSS. */
const FLOOR_MAPPED = 4 * 1024 * 1024;
/**
 * What Go reserves for its heap at a time on 64-bit Linux (heapArenaBytes in runtime/malloc.go), long before most of it is in
 * Sys. What it then maps over that, piece by piece, is MAP_FIXED, which collectors do not count: it replaces what was there.
 */
const ARENA = 64 * 1024 * 1024;

export interface MappedBeside {
  /** Bytes mapped less unmapped over the window, less what the runtime's own growth accounts for. */
  readonly grown: number;
  readonly rises: boolean;
  /** Counted without loss, and hardly anything was mapped: pages that were mapped earlier are touched. */
  readonly contradicts: boolean;
  readonly evidence: EvidenceItem;
}

/**
 * What the kernel counted of mmap, munmap, mremap and brk beside the Go runtime's own; null where it was not counted.
 * `outside`: bytes that RSS gained beside what Go manages.
 */
export function mappedBeside(found: Case, outside: number): MappedBeside | null {
  const mapped = found.syscalls?.mapped ?? null;
  if (found.syscalls === null || mapped === null) return null;
  const { sys, structures } = runtimeSignals(found);
  const runtime = levelAt(structures, mapped.at);
  const grownSys = (sys.value.at(-1) ?? 0) - (sys.value[0] ?? 0);
  const arenas = arenasAt(found, grownSys, mapped);
  const at: number[] = [];
  const value: number[] = [];
  // Before the first visit and after the last one nothing is known of the runtime: only the time between is compared.
  for (const [i, time] of mapped.at.entries()) {
    const own = runtime[i] ?? Number.NaN;
    if (Number.isNaN(own)) continue;
    at.push(time);
    value.push((mapped.value[i] ?? 0) - own - (arenas[i] ?? 0));
  }
  const first = value[0];
  const last = value.at(-1);
  if (first === undefined || last === undefined || at.length < 2) return null;
  const grown = last - first;
  const trend = shapeOf(at, value, FLOOR_MAPPED, looksOf(found.timeline));
  const rise = (levelAt(mapped, [at.at(-1) ?? 0])[0] ?? 0) - (levelAt(mapped, [at[0] ?? 0])[0] ?? 0);
  const rate = trend.slope;
  const loss = mapped.lost > 0 ? droppedText(mapped.lost) : '';
  const counted = mapped.lost === 0 && mapped.unknown <= MOST_UNKNOWN;
  const hardly = counted && grown < CONTRADICTS * outside;
  const speed = rate === null || hardly ? '' : `, ${formatRate(rate.slope * HOUR)} beside it`;
  const numbers = [quantity('mapped less unmapped', rise, 'bytes')];
  if (rate !== null)
    numbers.push(quantity('mapped beside Go', rate.slope * HOUR, 'bytes/h', [rate.low * HOUR, rate.high * HOUR]));
  return {
    grown,
    rises: trend.shape === 'rising' && counted,
    contradicts: hardly,
    evidence: {
      leg: 'syscall',
      says: `counted in the kernel: mapped less unmapped ${formatBytesChange(rise)} in ${formatDuration((at.at(-1) ?? 0) - (at[0] ?? 0))}, while the memory that Go obtained changed by ${formatBytesChange(grownSys)}${speed}${hardly ? ': pages that were mapped before are touched' : ''}${loss}`,
      numbers,
      captures: [found.syscalls.capture],
    },
  };
}

/**
 * Bytes of arenas reserved up to each point of the level: no more of them than Sys can have needed, each in a window in which
 * so much was mapped.
 */
function arenasAt({ timeline, syscalls }: Case, grownSys: number, mapped: Signal): Float64Array {
  const ends = syscalls?.series.at ?? [];
  const mappedBytes = syscalls?.series.mappedBytes ?? [];
  let left = grownSys > 0 ? Math.floor(grownSys / ARENA) + 1 : 0;
  let reserved = 0;
  let window = 0;
  return Float64Array.from(mapped.at, (time) => {
    for (; window < ends.length && ((ends[window] ?? 0) - timeline.start) / 1000 <= time; window++) {
      const fit = Math.min(left, Math.floor((mappedBytes[window] ?? 0) / ARENA));
      if (fit > 0) {
        left -= fit;
        reserved += fit * ARENA;
      }
    }
    return reserved;
  });
}

/**
 * At the visits: Sys, the address space that the runtime obtained; and the part of it that is no heap or stack, which it maps as
 * it needs it.
 */
function runtimeSignals(found: Case): Readonly<Record<'sys' | 'structures', Pick<Signal, 'at' | 'value'>>> {
  const at: number[] = [];
  const sys: number[] = [];
  const structures: number[] = [];
  for (const [i, { memstats }] of found.snapshots.entries()) {
    const { Sys, HeapSys = 0, StackSys = 0 } = memstats?.data ?? {};
    if (Sys === undefined) continue;
    at.push(found.at[i] ?? 0);
    sys.push(Sys);
    structures.push(HeapSys === 0 ? 0 : Sys - HeapSys - StackSys);
  }
  return { sys: { at, value: sys }, structures: { at, value: structures } };
}
