/**
 * Reading a stack as a person does: where is the user's line, what did it call, and how is a parked goroutine parked.
 * A stack is leaf first; inlined calls are frames of their own.
 */
import { type FrameView, functionFile, functionName } from '../evidence/pprof/frames.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import type { Where } from '../findings/model.ts';
import { type Owner, outerFunction, ownerOf } from './packages.ts';

export interface Frame extends Where {
  readonly owner: Owner;
}

/** Frames of one profile, each distinct (function, line) made once. */
export interface FrameSource {
  readonly stackCount: number;
  /** Frames of stack i, leaf first. */
  frames(stack: number): readonly Frame[];
}

/** Flyweights over the columns of a profile: a Frame per distinct (function, line), shared by all stacks. */
export function frameSource(profile: Profile, view: FrameView): FrameSource {
  const owners = new Map<number, { name: string; file: string; owner: Owner }>();
  const made = new Map<number, Map<number, Frame>>();
  const frameOf = (fn: number, line: number): Frame => {
    let byLine = made.get(fn);
    if (byLine === undefined) {
      byLine = new Map();
      made.set(fn, byLine);
    }
    let frame = byLine.get(line);
    if (frame === undefined) {
      let known = owners.get(fn);
      if (known === undefined) {
        const name = fn < 0 ? '' : functionName(profile, fn);
        const file = fn < 0 ? '' : functionFile(profile, fn);
        known = { name, file, owner: ownerOf(name, file) };
        owners.set(fn, known);
      }
      frame = { function: known.name, file: known.file, line, owner: known.owner };
      byLine.set(line, frame);
    }
    return frame;
  };
  return {
    stackCount: view.frameOffsets.length - 1,
    frames: (stack) => {
      const frames: Frame[] = [];
      for (let i = view.frameOffsets[stack] ?? 0; i < (view.frameOffsets[stack + 1] ?? 0); i++)
        frames.push(frameOf(view.frameFunction[i] ?? -1, view.frameLine[i] ?? 0));
      return frames;
    },
  };
}

/**
 * Index of the frame to blame: the leaf-most frame of the user's module, else of a dependency, else -1. A cache from a
 * library is held by whoever called it.
 */
export function userFrame(frames: readonly Frame[]): number {
  const user = frames.findIndex((frame) => frame.owner === 'user');
  return user >= 0 ? user : frames.findIndex((frame) => frame.owner === 'dependency');
}

/** Is this stack our own looking: a profile being written, whoever mounted the handler? It must not be diagnosed. */
export function isProfiling(frames: readonly Frame[]): boolean {
  return frames.some(({ function: name }) => name.startsWith('runtime/pprof.') || name.startsWith('net/http/pprof.'));
}

/** Functions that are not the standard library's, closures counted to the function that they are written in. */
export function userFunctions(frames: readonly Frame[]): ReadonlySet<string> {
  const functions = new Set<string>();
  for (const frame of frames) if (frame.owner !== 'std') functions.add(outerFunction(frame.function));
  return functions;
}

export type ParkState =
  | 'chan send'
  | 'chan receive'
  | 'select'
  | 'lock'
  | 'wait'
  | 'io'
  | 'sleep'
  | 'body'
  | 'syscall'
  | 'running';

/**
 * How a goroutine waits, from the runtime functions at the leaf of its stack. The names are those of runtime/chan.go,
 * select.go, sema.go, time.go and netpoll.go from Go 1.10 to 1.27; `body` is a select of net/http's readLoop itself,
 * which waits there only until somebody reads or closes the response body (net/http/transport.go).
 */
export function parkState(frames: readonly Frame[]): ParkState {
  for (const [i, { function: name, owner }] of frames.entries()) {
    if (owner !== 'std') return 'running';
    switch (name) {
      case 'runtime.chansend':
      case 'runtime.chansend1':
        return 'chan send';
      case 'runtime.chanrecv':
      case 'runtime.chanrecv1':
      case 'runtime.chanrecv2':
        return 'chan receive';
      case 'runtime.selectgo':
        return frames[i + 1]?.function === 'net/http.(*persistConn).readLoop' ? 'body' : 'select';
      case 'runtime.block':
        return 'select';
      case 'time.Sleep':
      case 'runtime.timeSleep':
        return 'sleep';
      case 'sync.runtime_notifyListWait':
      case 'sync.runtime_SemacquireWaitGroup':
        return 'wait';
      case 'internal/sync.runtime_SemacquireMutex':
      case 'sync.runtime_SemacquireMutex':
      case 'sync.runtime_SemacquireRWMutexR':
      case 'sync.runtime_SemacquireRWMutex':
        return 'lock';
      case 'sync.runtime_Semacquire':
        // WaitGroup.Wait before Go 1.25 and RWMutex before 1.20 both come through here; the caller tells.
        return frames[i + 1]?.function.startsWith('sync.(*RWMutex)') ? 'lock' : 'wait';
      case 'internal/poll.runtime_pollWait':
      case 'runtime.netpollblock':
        return 'io';
      case 'syscall.Syscall':
      case 'syscall.Syscall6':
      case 'syscall.RawSyscall':
      case 'runtime.cgocall':
        return 'syscall';
    }
  }
  return 'running';
}

/** As a person says it. */
export const PARKED: Readonly<Record<ParkState, string>> = {
  'chan send': 'parked in a channel send',
  'chan receive': 'parked in a channel receive',
  select: 'parked in a select',
  lock: 'waiting for a lock',
  wait: 'waiting for a WaitGroup, Cond or semaphore',
  io: 'waiting for network I/O',
  sleep: 'sleeping',
  body: 'waiting for somebody to read or close a response body',
  syscall: 'in a system call',
  running: 'running or runnable',
};
