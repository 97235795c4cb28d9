/**
 * Who makes the HTTP requests whose bodies stay open? The goroutines that are left over (net/http's readLoop) were
 * started by the transport and have no user code on their stacks; the allocations on the way to a new connection have.
 */
import { expandFrames, sampleTypeIndex } from '../evidence/pprof/frames.ts';
import type { Snapshot } from '../evidence/timeline.ts';
import type { EvidenceItem, Where } from '../findings/model.ts';
import { formatBytes } from '../findings/units.ts';
import { placeName, quantity } from './case.ts';
import { frameSource, userFrame } from './stacks.ts';

export interface HttpCaller {
  readonly where: Where;
  readonly evidence: EvidenceItem;
}

/** Functions of net/http that run in the caller's goroutine when a request is sent (net/http/client.go, transport.go). */
const SENDING = /^net\/http\.(\(\*Client\)\.(do|Do|Get|Post|PostForm|Head|send)|send|\(\*Transport\)\.)/;

interface Candidate {
  where: Where;
  inuse: number;
  allocated: number;
}

/** The user line that allocated most while sending requests: in use first, since that is what stays. Null if none was sampled. */
export function httpCaller(snapshots: readonly Snapshot[]): HttpCaller | null {
  const last = snapshots.findLast((snapshot) => snapshot.heap !== undefined)?.heap;
  if (last === undefined) return null;
  const profile = last.data;
  const inuse = profile.samples.values[sampleTypeIndex(profile, 'inuse_space')];
  const allocated = profile.samples.values[sampleTypeIndex(profile, 'alloc_space')];
  const view = expandFrames(profile);
  const source = frameSource(profile, view);
  const candidates = new Map<string, Candidate>();
  for (let sample = 0; sample < profile.samples.count; sample++) {
    const frames = source.frames(view.stackOfSample[sample] ?? 0);
    const user = userFrame(frames);
    const frame = frames[user];
    // The callee of the user's line must be the sending itself, not a handler further out.
    if (frame === undefined || !frames.slice(0, user).some(({ function: name }) => SENDING.test(name))) continue;
    const key = `${frame.function}\0${frame.file}`;
    let candidate = candidates.get(key);
    if (candidate === undefined) {
      candidate = { where: { function: frame.function, file: frame.file, line: frame.line }, inuse: 0, allocated: 0 };
      candidates.set(key, candidate);
    }
    candidate.inuse += inuse?.[sample] ?? 0;
    candidate.allocated += allocated?.[sample] ?? 0;
  }
  const best = [...candidates.values()].sort((a, b) => b.inuse - a.inuse || b.allocated - a.allocated)[0];
  if (best === undefined) return null;
  return {
    where: best.where,
    evidence: {
      leg: 'heap',
      says: `requests are sent by ${placeName(best.where)}: ${formatBytes(best.allocated)} allocated there while sending, ${formatBytes(best.inuse)} still in use`,
      numbers: [
        quantity('allocated while sending', best.allocated, 'bytes'),
        quantity('still in use', best.inuse, 'bytes'),
      ],
      captures: [last.file],
    },
  };
}
