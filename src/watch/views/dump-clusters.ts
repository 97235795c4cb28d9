/** A goroutine dump by itself as clusters: those of the profile's view, with the runtime's own words for the wait. */
import { ownerOf } from '../../diagnose/packages.ts';
import { type Frame, userFrame } from '../../diagnose/stacks.ts';
import type { FrameIndex, GoroutineDump, StackIndex } from '../../evidence/goroutines/dump.ts';
import type { Where } from '../../findings/model.ts';
import type { ClusterView } from '../api/contract.ts';
import { MAX_CLUSTERS } from './goroutines.ts';

/** Upper ends of the classes of waiting time, minutes; the last class has none. As in the contract. */
const STEPS = [1, 5, 15, 60, 1440] as const;

/** Most goroutines first. Goroutines are together that wait in the same way at the same line, started with the same function. */
export function dumpClusters(dump: GoroutineDump): ClusterView[] {
  const found = new Map<string, ClusterView & { readonly waits: number[]; maxWaitMinutes: number }>();
  const stacks = new Map<StackIndex, StackView>();
  for (let g = 0; g < dump.count; g++) {
    const index = dump.stack[g] ?? 0;
    let stack = stacks.get(index);
    if (stack === undefined) {
      stack = stackView(dump, index);
      stacks.set(index, stack);
    }
    const state = dump.states[dump.state[g] ?? 0] ?? '';
    const { where, entry } = stack;
    const key = `${state}\0${where.function}\0${where.file}\0${where.line}\0${entry.function}`;
    let cluster = found.get(key);
    if (cluster === undefined) {
      const creator = dump.creator[g] ?? -1;
      cluster = {
        key,
        state,
        ...stack,
        creator: creator < 0 ? null : place(dump, creator),
        count: 0,
        before: null,
        maxWaitMinutes: 0,
        waits: new Array<number>(STEPS.length + 1).fill(0),
        series: null,
      };
      found.set(key, cluster);
    }
    const minutes = dump.waitMinutes[g] ?? 0;
    const step = STEPS.findIndex((end) => minutes < end);
    const row = step < 0 ? STEPS.length : step;
    cluster.waits[row] = (cluster.waits[row] ?? 0) + 1;
    cluster.maxWaitMinutes = Math.max(cluster.maxWaitMinutes, minutes);
    cluster.count++;
  }
  return [...found.values()].sort((a, b) => b.count - a.count).slice(0, MAX_CLUSTERS);
}

type StackView = Pick<ClusterView, 'where' | 'entry' | 'owned' | 'stack'>;

function stackView(dump: GoroutineDump, index: StackIndex): StackView {
  const stack: Where[] = [];
  for (let i = dump.stackOffsets[index] ?? 0; i < (dump.stackOffsets[index + 1] ?? 0); i++) {
    stack.push(place(dump, dump.stackFrames[i] ?? 0));
  }
  const frames = stack.map((frame): Frame => ({ ...frame, owner: ownerOf(frame.function, frame.file) }));
  const user = userFrame(frames);
  const at = user >= 0 ? user : frames.findIndex((frame) => !/^(runtime|internal)\b/.test(frame.function));
  const where = stack[Math.max(at, 0)] ?? { function: '', file: '', line: 0 };
  return { where: { ...where }, entry: { ...(stack.at(-1) ?? where) }, owned: user >= 0, stack };
}

function place({ frames }: GoroutineDump, index: FrameIndex): Where {
  return { function: frames.function[index] ?? '', file: frames.file[index] ?? '', line: frames.line[index] ?? 0 };
}
