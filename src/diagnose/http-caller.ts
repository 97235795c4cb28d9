/**
 * Who makes the HTTP requests whose bodies stay open? The goroutines that are left over (net/http's readLoop) were
 * started by the transport and have no user code on their stacks; the allocations on the way to a new connection have.
 */
import { type FrameView, functionFile, functionName, sampleTypeIndex } from '../evidence/pprof/frames.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import type { EvidenceItem, Where } from '../findings/model.ts';
import { formatBytes } from '../findings/units.ts';
import { placeName, quantity } from './case.ts';
import type { Sender, SummarisedSnapshot } from './summary.ts';
import { type FunctionTraits, OWNER, TRAIT } from './traits.ts';

export interface HttpCaller {
  readonly where: Where;
  readonly evidence: EvidenceItem;
}

type Candidate = { -readonly [Key in keyof Sender]: Sender[Key] };

/** The frame of a stack whose code called into the sending of a request, the user's before a dependency's; -1 if none. */
function senderFrame(view: FrameView, traits: FunctionTraits, stack: number): number {
  let sending = false;
  let dependency = -1;
  for (let i = view.frameOffsets[stack] ?? 0; i < (view.frameOffsets[stack + 1] ?? 0); i++) {
    const fn = view.frameFunction[i] ?? -1;
    if (traits.trait[fn] === TRAIT.sending) sending = true;
    // User code that the sending calls back (a RoundTripper of its own) comes before it.
    else if (traits.owner[fn] === OWNER.user) return sending ? i : dependency;
    else if (traits.owner[fn] === OWNER.dependency && sending && dependency < 0) dependency = i;
  }
  return dependency;
}

/** The user line that allocated most while sending requests: in use first, since that is what stays. Null if none was sampled. */
export function mainSender(profile: Profile, view: FrameView, traits: FunctionTraits): Sender | null {
  // Most programs send none: then no stack needs to be looked at.
  if (!traits.trait.includes(TRAIT.sending)) return null;
  const inuse = profile.samples.values[sampleTypeIndex(profile, 'inuse_space')];
  const allocated = profile.samples.values[sampleTypeIndex(profile, 'alloc_space')];
  const candidates = new Map<number, Candidate>();
  for (let sample = 0; sample < profile.samples.count; sample++) {
    const at = senderFrame(view, traits, view.stackOfSample[sample] ?? 0);
    if (at < 0) continue;
    const fn = view.frameFunction[at] ?? -1;
    let candidate = candidates.get(fn);
    if (candidate === undefined) {
      const line = view.frameLine[at] ?? 0;
      const where = { function: functionName(profile, fn), file: functionFile(profile, fn), line };
      candidate = { where, inuse: 0, allocated: 0 };
      candidates.set(fn, candidate);
    }
    candidate.inuse += inuse?.[sample] ?? 0;
    candidate.allocated += allocated?.[sample] ?? 0;
  }
  return [...candidates.values()].sort((a, b) => b.inuse - a.inuse || b.allocated - a.allocated)[0] ?? null;
}

/** Who sends, by the newest heap profile. */
export function httpCaller(snapshots: readonly SummarisedSnapshot[]): HttpCaller | null {
  const last = snapshots.findLast((snapshot) => snapshot.heap !== undefined)?.heap;
  const sender = last?.data.sender ?? null;
  if (last === undefined || sender === null) return null;
  const { where, allocated, inuse } = sender;
  return {
    where,
    evidence: {
      leg: 'heap',
      says: `requests are sent by ${placeName(where)}: ${formatBytes(allocated)} allocated there while sending, ${formatBytes(inuse)} still in use`,
      numbers: [quantity('allocated while sending', allocated, 'bytes'), quantity('still in use', inuse, 'bytes')],
      captures: [last.file],
    },
  };
}
