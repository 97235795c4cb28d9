/**
 * Pieces of recordings put together as one, column by column: a node with hundreds of containers has tens of thousands of rows a
 * window, and the builder looks every process of every row up by name. Only what the rows use comes along.
 */
import { FLOW_FIELDS, perFlow } from '../../evidence/syscalls/flows.ts';
import type {
  ContainerIdentity,
  SourceState,
  SyscallRecording,
  TracedProcess,
} from '../../evidence/syscalls/recording.ts';

/** Windows [from, to) of a recording. */
export interface Piece {
  readonly recording: SyscallRecording;
  readonly from: number;
  readonly to: number;
  /** Indices of rows in these windows, in order; null: all of these windows. */
  readonly counts: readonly number[] | null;
  readonly flows: readonly number[] | null;
}

export function wholeOf(recording: SyscallRecording): Piece {
  return { recording, from: 0, to: recording.windows.from.length, counts: null, flows: null };
}

/** In the order of the pieces, which is that of time; null where there is no piece. Notes are left out. */
export function gather(pieces: readonly Piece[]): SyscallRecording | null {
  const [first] = pieces;
  if (first === undefined) return null;
  const names = new Names();
  const windows = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
  const countRows = pieces.reduce((sum, piece) => sum + countOf(piece, 'counts'), 0);
  const flowRows = pieces.reduce((sum, piece) => sum + countOf(piece, 'flows'), 0);
  const into = {
    windows: {
      from: new Float64Array(windows),
      to: new Float64Array(windows),
      complete: new Uint8Array(windows),
      lost: new Float64Array(windows),
    },
    counts: {
      window: new Uint32Array(countRows),
      process: new Uint32Array(countRows),
      syscall: new Uint16Array(countRows),
      calls: new Float64Array(countRows),
    },
    flows: {
      window: new Uint32Array(flowRows),
      process: new Uint32Array(flowRows),
      ...perFlow(() => new Float64Array(flowRows)),
    },
  };
  let window = 0;
  let count = 0;
  let flow = 0;
  for (const piece of pieces) {
    const { recording, from, to } = piece;
    const { counts, flows } = recording;
    for (const state of recording.sources) names.source(state);
    const processOf = names.processesOf(recording);
    const syscallOf = names.syscallsOf(recording);
    const copyCount = (row: number): void => {
      into.counts.window[count] = (counts.window[row] ?? 0) - from + window;
      into.counts.process[count] = processOf(counts.process[row] ?? 0);
      into.counts.syscall[count] = syscallOf(counts.syscall[row] ?? 0);
      into.counts.calls[count++] = counts.calls[row] ?? 0;
    };
    const copyFlow = (row: number): void => {
      into.flows.window[flow] = (flows.window[row] ?? 0) - from + window;
      into.flows.process[flow] = processOf(flows.process[row] ?? 0);
      for (const field of FLOW_FIELDS) into.flows[field][flow] = flows[field][row] ?? Number.NaN;
      flow++;
    };
    forEachRow(piece, 'counts', copyCount);
    forEachRow(piece, 'flows', copyFlow);
    into.windows.from.set(recording.windows.from.subarray(from, to), window);
    into.windows.to.set(recording.windows.to.subarray(from, to), window);
    into.windows.complete.set(recording.windows.complete.subarray(from, to), window);
    into.windows.lost.set(recording.windows.lost.subarray(from, to), window);
    window += to - from;
  }
  const { sources, containers, processes, syscalls } = names;
  return { host: first.recording.host, sources, containers, processes, syscalls, ...into, notes: [] };
}

/** All windows of a recording as one: what was called is summed by process and syscall. */
export function asOneWindow(recording: SyscallRecording): SyscallRecording {
  const { windows, counts, flows } = recording;
  const width = recording.syscalls.length;
  const calls = new Map<number, number>();
  for (const [row, process] of counts.process.entries()) {
    const cell = process * width + (counts.syscall[row] ?? 0);
    calls.set(cell, (calls.get(cell) ?? 0) + (counts.calls[row] ?? 0));
  }
  const cells = [...calls.keys()].sort((a, b) => a - b);
  const alive = [...new Set(flows.process)].sort((a, b) => a - b);
  const rowOf = new Map(alive.map((process, row) => [process, row]));
  const sums = perFlow(() => new Float64Array(alive.length).fill(Number.NaN));
  for (const [row, process] of flows.process.entries()) {
    const at = rowOf.get(process) ?? 0;
    for (const field of FLOW_FIELDS) {
      const value = flows[field][row] ?? Number.NaN;
      const before = sums[field][at] ?? Number.NaN;
      // What was counted in one of the windows alone is a lower bound, and better than nothing.
      if (!Number.isNaN(value)) sums[field][at] = (Number.isNaN(before) ? 0 : before) + value;
    }
  }
  return {
    ...recording,
    windows: {
      from: windows.from.slice(0, 1),
      to: windows.to.slice(-1),
      complete: Uint8Array.of(windows.complete.every((one) => one === 1) ? 1 : 0),
      lost: Float64Array.of(windows.lost.reduce((sum, one) => sum + one, 0)),
    },
    counts: {
      window: new Uint32Array(cells.length),
      process: Uint32Array.from(cells, (cell) => Math.floor(cell / width)),
      syscall: Uint16Array.from(cells, (cell) => cell % width),
      calls: Float64Array.from(cells, (cell) => calls.get(cell) ?? 0),
    },
    flows: { window: new Uint32Array(alive.length), process: Uint32Array.from(alive), ...sums },
  };
}

type Table = 'counts' | 'flows';

function countOf(piece: Piece, table: Table): number {
  const { window } = piece.recording[table];
  return piece[table]?.length ?? firstAt(window, piece.to) - firstAt(window, piece.from);
}

function forEachRow(piece: Piece, table: Table, visit: (row: number) => void): void {
  const rows = piece[table];
  if (rows !== null) {
    for (const row of rows) visit(row);
    return;
  }
  const { window } = piece.recording[table];
  const end = firstAt(window, piece.to);
  for (let row = firstAt(window, piece.from); row < end; row++) visit(row);
}

/** The first row of a window that is `wanted` or later. */
function firstAt(window: Uint32Array, wanted: number): number {
  let low = 0;
  let high = window.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((window[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Who and what of several recordings, each once. */
class Names {
  readonly sources: SourceState[] = [];
  readonly containers: ContainerIdentity[] = [];
  readonly processes: TracedProcess[] = [];
  readonly syscalls: string[] = [];
  readonly #containers = new Map<string, number>();
  readonly #processes = new Map<string, number>();
  readonly #syscalls = new Map<string, number>();

  /** As the builder has it: what was collected once stays so. */
  source(state: SourceState): void {
    const at = this.sources.findIndex(({ aspect }) => aspect === state.aspect);
    if (at < 0) this.sources.push(state);
    else if (state.collected || this.sources[at]?.collected !== true) this.sources[at] = state;
  }

  processesOf({ processes, containers }: SyscallRecording): (index: number) => number {
    const known = new Int32Array(processes.length).fill(-1);
    return (index) => {
      const found = known[index] ?? -1;
      if (found >= 0) return found;
      const process = processes[index];
      const identity = containers[process?.container ?? -1];
      if (process === undefined || identity === undefined) throw new RangeError(`no process ${index} in the recording`);
      const container = intern(this.containers, this.#containers, identity, Object.values(identity).join('\0'));
      const { pid, startedAt, comm, executable } = process;
      const key = `${pid} ${startedAt} ${container} ${comm}\0${executable}`;
      const made = intern(this.processes, this.#processes, { ...process, container }, key);
      known[index] = made;
      return made;
    };
  }

  syscallsOf({ syscalls }: SyscallRecording): (index: number) => number {
    const known = new Int32Array(syscalls.length).fill(-1);
    return (index) => {
      const found = known[index] ?? -1;
      if (found >= 0) return found;
      const name = syscalls[index] ?? '';
      const made = intern(this.syscalls, this.#syscalls, name, name);
      known[index] = made;
      return made;
    };
  }
}

function intern<T>(list: T[], index: Map<string, number>, item: T, key: string): number {
  const known = index.get(key);
  if (known !== undefined) return known;
  const at = list.push(item) - 1;
  index.set(key, at);
  return at;
}
