/**
 * A recording as the statistics see it: per frame (a window, or short windows joined to the length that is asked for) and
 * instance, calls per syscall. Everything that learns and checks goes through here, so that both leave out the same.
 */
import type { ContainerIdentity, SyscallRecording, TracedProcess } from '../../evidence/syscalls/recording.ts';
import type { BaselineKey } from './model.ts';

/** A container, or a process of the host. */
export interface Instance {
  readonly name: string;
  readonly key: BaselineKey;
  readonly image: string;
  readonly container: ContainerIdentity | null;
  /** Start of the oldest process that is alive; ms since the epoch; −Infinity where it is unknown. */
  startedAt: number;
  /** Frame in which it was last alive; −1: never. */
  aliveIn: number;
  /** Why this frame of it does not count; '' where it does. */
  leftOut: '' | 'warm-up' | 'incomplete' | 'lost';
  /** Load of the frame; NaN where unknown. */
  load: number;
}

export interface Frame {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** Rows of `counts`: [first, end). */
  readonly first: number;
  readonly end: number;
  /** Indices of the instances that were alive. */
  readonly alive: readonly number[];
}

export interface FrameOptions {
  /** After the start of the oldest process; what happens then is start-up. */
  readonly warmUpMs: number;
  /** Length of the frames; null: the recording's own. */
  readonly windowMs: number | null;
}

/** How far the length of a window may be from what is asked for: timers are late. */
const LENGTH_TOLERANCE = 0.25;

export interface Frames {
  readonly windowMs: number;
  readonly instances: readonly Instance[];
  /** Index of the instance of each process. */
  readonly instanceOf: Int32Array;
  /** calls[instance * syscalls + syscall] of the frame that `walk` is at. */
  readonly calls: Float64Array;
  /** Windows that could not be made into frames, as their length is another. */
  readonly misfits: () => number;
  /** Calls `visit` for each frame, in order; state of instances and `calls` are of that frame, until it returns. */
  readonly walk: (visit: (frame: Frame) => void) => void;
}

/** Median length of the complete windows of a recording, ms; NaN where there are none. */
export function windowLength(recording: SyscallRecording): number {
  const { from, to, complete } = recording.windows;
  const lengths: number[] = [];
  for (let w = 0; w < from.length; w++) if (complete[w] === 1) lengths.push((to[w] ?? 0) - (from[w] ?? 0));
  lengths.sort((a, b) => a - b);
  return lengths.length === 0 ? Number.NaN : (lengths[lengths.length >> 1] ?? Number.NaN);
}

export function framesOf(recording: SyscallRecording, options: FrameOptions): Frames {
  const own = windowLength(recording);
  const windowMs = options.windowMs ?? own;
  const { instances, instanceOf } = instancesOf(recording);
  const width = recording.syscalls.length;
  const calls = new Float64Array(instances.length * width);
  let misfits = 0;

  const walk = (visit: (frame: Frame) => void): void => {
    const { from, to, complete, lost } = recording.windows;
    const { counts, flows } = recording;
    const touched: number[] = [];
    // Sources that know no flows say who was alive by who called something.
    const byCalls = flows.window.length === 0;
    let row = 0;
    let flow = 0;
    let index = 0;
    for (let w = 0; w < from.length; ) {
      const start = from[w] ?? 0;
      let last = w;
      // Short windows are joined while they follow one another and the next brings the frame nearer to its length.
      while (
        last + 1 < from.length &&
        Math.abs((to[last + 1] ?? 0) - start - windowMs) < Math.abs((to[last] ?? 0) - start - windowMs) &&
        (from[last + 1] ?? 0) - (to[last] ?? 0) < windowMs * LENGTH_TOLERANCE
      )
        last++;
      const end = to[last] ?? 0;
      const fits = Math.abs(end - start - windowMs) <= windowMs * LENGTH_TOLERANCE;
      if (!fits) misfits += last - w + 1;
      let whole = fits;
      let dropped = 0;
      for (let i = w; i <= last; i++) {
        if (complete[i] !== 1) whole = false;
        dropped += lost[i] ?? 0;
      }

      const alive: number[] = [];
      const live = (process: number, load: number): void => {
        const at = instanceOf[process] ?? 0;
        const instance = instances[at];
        const known = recording.processes[process];
        if (instance === undefined || known === undefined) return;
        if (instance.aliveIn !== index) {
          alive.push(at);
          begin(instance, index);
        }
        seen(instance, known);
        if (!Number.isNaN(load)) instance.load = (Number.isNaN(instance.load) ? 0 : instance.load) + load;
      };
      while (flow < flows.window.length && (flows.window[flow] ?? 0) < w) flow++;
      for (; flow < flows.window.length && (flows.window[flow] ?? 0) <= last; flow++)
        live(flows.process[flow] ?? 0, flows.load[flow] ?? Number.NaN);
      while (row < counts.window.length && (counts.window[row] ?? 0) < w) row++;
      const first = row;
      for (; row < counts.window.length && (counts.window[row] ?? 0) <= last; row++) {
        const process = counts.process[row] ?? 0;
        if (byCalls || instances[instanceOf[process] ?? 0]?.aliveIn !== index) live(process, Number.NaN);
        const cell = (instanceOf[process] ?? 0) * width + (counts.syscall[row] ?? 0);
        if (calls[cell] === 0) touched.push(cell);
        calls[cell] = (calls[cell] ?? 0) + (counts.calls[row] ?? 0);
      }
      for (const at of alive) {
        const instance = instances[at];
        if (instance === undefined) continue;
        settle(instance);
        // A start explains what it explains, also in a window that is not whole.
        if (start < instance.startedAt + options.warmUpMs) instance.leftOut = 'warm-up';
        else if (dropped > 0) instance.leftOut = 'lost';
        else if (!whole) instance.leftOut = 'incomplete';
        else instance.leftOut = '';
      }
      visit({ index, from: start, to: end, first, end: row, alive });
      for (const cell of touched) calls[cell] = 0;
      touched.length = 0;
      index++;
      w = last + 1;
    }
  };
  return { windowMs, instances, instanceOf, calls, misfits: () => misfits, walk };
}

/** Oldest process of the frame so far, per instance; settled into `startedAt` when all of them were seen. */
interface Ageing extends Instance {
  oldest: number;
}

function begin(instance: Ageing, index: number): void {
  instance.aliveIn = index;
  instance.oldest = Number.POSITIVE_INFINITY;
  instance.load = Number.NaN;
}

/** A process whose start nobody knows counts as old as the recording knows it: nothing is called a start-up that may be none. */
function seen(instance: Ageing, process: TracedProcess): void {
  instance.oldest = Math.min(
    instance.oldest,
    Number.isNaN(process.startedAt) ? Number.NEGATIVE_INFINITY : process.startedAt,
  );
}

/** A container whose oldest process is younger than the oldest was has restarted. Children come and go without one. */
function settle(instance: Ageing): void {
  if (instance.oldest > instance.startedAt) {
    instance.startedAt = instance.oldest;
  } else if (Number.isNaN(instance.startedAt)) {
    instance.startedAt = instance.oldest;
  }
}

/** One per container id, and one per process where no runtime told a container. */
function instancesOf(recording: SyscallRecording): { instances: Ageing[]; instanceOf: Int32Array } {
  const instances: Ageing[] = [];
  const byName = new Map<string, number>();
  const mainOf = mainProcesses(recording);
  const instanceOf = Int32Array.from(recording.processes, (process, index) => {
    const container = recording.containers[process.container];
    const inside = container !== undefined && container.id !== '';
    // Those that came and went within a window have no number: they are told apart by what they were called.
    const name = inside ? container.id : `pid:${process.pid}@${process.pid === 0 ? process.comm : process.startedAt}`;
    const found = byName.get(name);
    if (found !== undefined) return found;
    const main = (inside ? recording.processes[mainOf.get(container.id) ?? index] : process) ?? process;
    const digest = inside && container.digest !== '' ? container.digest : `exe:${main.executable || main.comm || '?'}`;
    byName.set(name, instances.length);
    instances.push({
      name,
      key: { digest, container: inside ? container.name : '' },
      image: inside ? container.image : '',
      container: inside ? container : null,
      startedAt: Number.NaN,
      aliveIn: -1,
      leftOut: '',
      load: Number.NaN,
      oldest: Number.NaN,
    });
    return instances.length - 1;
  });
  return { instances, instanceOf };
}

/** The oldest process of each container: what the image is for. */
function mainProcesses(recording: SyscallRecording): Map<string, number> {
  const main = new Map<string, number>();
  recording.processes.forEach((process, index) => {
    const id = recording.containers[process.container]?.id ?? '';
    if (id === '') return;
    const before = recording.processes[main.get(id) ?? -1];
    // One whose start nobody knows has come and gone: it is what the image is for where there is no other.
    if (before === undefined || process.startedAt < before.startedAt || Number.isNaN(before.startedAt))
      main.set(id, index);
  });
  return main;
}
