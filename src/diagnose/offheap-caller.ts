/**
 * Who maps memory outside the Go heap? No heap profile can say: what is mapped was not allocated. The execution trace
 * has every system call with its stack: mmap more often than munmap, and by whom.
 */

import type { EvidenceItem, Where } from '../findings/model.ts';
import { formatCount } from '../findings/units.ts';
import { type Case, placeName, quantity } from './case.ts';
import { ownerOf } from './packages.ts';
import { type Frame, userFrame } from './stacks.ts';

export interface OffheapCaller {
  readonly where: Where;
  readonly name: string;
  readonly evidence: EvidenceItem;
}

/** How often a user line mapped and unmapped during the trace. */
interface Tally {
  readonly where: Where;
  maps: number;
  unmaps: number;
}

const MAP = /(^|[./])(mmap|Mmap|MmapPtr|_Cfunc_\w*alloc)$/;
const UNMAP = /(^|[./])(munmap|Munmap|MunmapPtr|_Cfunc_\w*free)$/;

/** The user line that maps most beyond what its function unmaps; null where no trace was taken or no call was seen. */
export function offheapCaller(found: Case): OffheapCaller | null {
  const trace = found.timeline.syscalls;
  if (trace === undefined) return null;
  const byFunction = new Map<string, Tally>();
  for (const { frames, count } of trace.data) {
    const owned: Frame[] = frames.map((frame) => ({ ...frame, owner: ownerOf(frame.function, frame.file) }));
    const user = userFrame(owned);
    const frame = owned[user];
    if (frame === undefined) continue;
    const called = owned.slice(0, user + 1);
    const maps = called.some(({ function: name }) => MAP.test(name));
    const unmaps = called.some(({ function: name }) => UNMAP.test(name));
    if (!maps && !unmaps) continue;
    const tally = byFunction.get(frame.function) ?? {
      where: { function: frame.function, file: frame.file, line: frame.line },
      maps: 0,
      unmaps: 0,
    };
    if (maps) tally.maps += count;
    else tally.unmaps += count;
    byFunction.set(frame.function, tally);
  }
  const best = [...byFunction.values()]
    .filter(({ maps }) => maps > 0)
    .sort((a, b) => b.maps - b.unmaps - (a.maps - a.unmaps))[0];
  if (best === undefined) return null;
  const unmaps = [...byFunction.values()].reduce((sum, tally) => sum + tally.unmaps, 0);
  return {
    where: best.where,
    name: placeName(best.where),
    evidence: {
      leg: 'runtime',
      says: `execution trace of one second: ${formatCount(best.maps)} calls that map memory in ${placeName(best.where)}, ${formatCount(unmaps)} that unmap any`,
      numbers: [quantity('calls that map', best.maps, 'count'), quantity('calls that unmap', unmaps, 'count')],
      captures: [trace.file],
    },
  };
}
