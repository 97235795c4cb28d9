/**
 * Who maps memory outside the Go heap? The heap profile cannot say: what is mapped was not allocated. But the calls
 * leave traces: syscall.Mmap records every mapping in a Go map, and cgo calls allocate handles.
 */
import { expandFrames, sampleTypeIndex } from '../evidence/pprof/frames.ts';
import type { EvidenceItem, Where } from '../findings/model.ts';
import { formatBytes } from '../findings/units.ts';
import { type Case, placeName, quantity } from './case.ts';
import { frameSource, userFrame } from './stacks.ts';

export interface OffheapCaller {
  readonly where: Where;
  readonly name: string;
  readonly evidence: EvidenceItem;
}

const MAPPING =
  /^(syscall\.(Mmap|\(\*mmapper\)\.Mmap)|golang\.org\/x\/sys\/unix\.(Mmap|MmapPtr|\(\*mmapper\)\.Mmap))$|\._Cfunc_/;

/** The user function whose stacks allocate on the way into mmap or C; null where no such stack was sampled. */
export function offheapCaller(found: Case): OffheapCaller | null {
  const last = found.snapshots.findLast((snapshot) => snapshot.heap !== undefined)?.heap;
  if (last === undefined) return null;
  const profile = last.data;
  const allocated = profile.samples.values[sampleTypeIndex(profile, 'alloc_space')];
  const view = expandFrames(profile);
  const source = frameSource(profile, view);
  let best: { where: Where; bytes: number } | null = null;
  for (let sample = 0; sample < profile.samples.count; sample++) {
    const frames = source.frames(view.stackOfSample[sample] ?? 0);
    const user = userFrame(frames);
    const frame = frames[user];
    if (frame === undefined || !frames.slice(0, user + 1).some(({ function: name }) => MAPPING.test(name))) continue;
    const bytes = allocated?.[sample] ?? 0;
    if (best === null || bytes > best.bytes)
      best = { where: { function: frame.function, file: frame.file, line: frame.line }, bytes };
  }
  if (best === null) return null;
  return {
    where: best.where,
    name: placeName(best.where),
    evidence: {
      leg: 'heap',
      says: `mmap or C is called in ${placeName(best.where)} (${formatBytes(best.bytes)} of bookkeeping allocated on the way)`,
      numbers: [quantity('bookkeeping', best.bytes, 'bytes')],
      captures: [last.file],
    },
  };
}
