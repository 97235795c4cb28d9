/**
 * Puts a recording together row by row, whoever counted: the collector's file, tables of perf trace and strace, imports.
 * Containers, processes and names that come again are the same ones; windows come in order of time.
 */
import { FLOW_FIELDS, type FlowField, type Flows, perFlow } from './flows.ts';
import type { ContainerIdentity, SourceState, SyscallRecording, TracedProcess } from './recording.ts';

/** Index into `SyscallRecording.containers`. */
export type ContainerIndex = number;
/** Index into `SyscallRecording.processes`. */
export type ProcessIndex = number;
/** Index into `SyscallRecording.windows`. */
export type WindowIndex = number;

/** A column of 16 bits holds them; the kernel has some 400. */
export const MAX_NAMES = 65_535;

export interface WindowTimes {
  /** ms since the epoch, [from, to). */
  readonly from: number;
  readonly to: number;
  readonly complete: boolean;
  readonly lost: number;
}

export class RecordingBuilder {
  readonly #host: SyscallRecording['host'];
  readonly #sources: SourceState[] = [];
  readonly #containers: ContainerIdentity[] = [];
  readonly #containerIndex = new Map<string, ContainerIndex>();
  readonly #processes: TracedProcess[] = [];
  readonly #processIndex = new Map<string, ProcessIndex>();
  readonly #names: string[] = [];
  readonly #nameIndex = new Map<string, number>();
  readonly #notes = new Set<string>();
  readonly #windows: WindowTimes[] = [];
  readonly #counts = {
    window: [] as number[],
    process: [] as number[],
    syscall: [] as number[],
    calls: [] as number[],
  };
  readonly #flowWindow: number[] = [];
  readonly #flowProcess: number[] = [];
  /** Row after row, FLOW_FIELDS.length numbers each. */
  readonly #flowCells: number[] = [];

  constructor(host: SyscallRecording['host']) {
    this.#host = host;
  }

  /** An aspect that was collected once stays so; where it was not, the last reason stands. */
  source(state: SourceState): void {
    const at = this.#sources.findIndex((other) => other.aspect === state.aspect);
    if (at < 0) this.#sources.push(state);
    else if (state.collected || this.#sources[at]?.collected !== true) this.#sources[at] = state;
  }

  note(sentence: string): void {
    if (this.#notes.size < 200) this.#notes.add(sentence);
  }

  container(identity: ContainerIdentity): ContainerIndex {
    return intern(this.#containers, this.#containerIndex, identity, Object.values(identity).join('\0'));
  }

  process(process: TracedProcess): ProcessIndex {
    const { pid, startedAt, comm, executable, container } = process;
    const key = `${pid} ${startedAt} ${container} ${comm}\0${executable}`;
    return intern(this.#processes, this.#processIndex, process, key);
  }

  /** -1 where there are more names than a kernel can have. */
  syscall(name: string): number {
    if (this.#names.length >= MAX_NAMES && !this.#nameIndex.has(name)) return -1;
    return intern(this.#names, this.#nameIndex, name, name);
  }

  /** End of the last window, ms; -Infinity before the first. */
  get lastEnd(): number {
    return this.#windows.at(-1)?.to ?? Number.NEGATIVE_INFINITY;
  }

  /** Rows that follow belong to it. It must begin at `lastEnd` or later. */
  window(times: WindowTimes): WindowIndex {
    return this.#windows.push(times) - 1;
  }

  /** Calls in the newest window. */
  count(process: ProcessIndex, syscall: number, calls: number): void {
    this.#counts.window.push(this.#windows.length - 1);
    this.#counts.process.push(process);
    this.#counts.syscall.push(syscall);
    this.#counts.calls.push(calls);
  }

  /** A process that was alive in the newest window, with what flowed. */
  flow(process: ProcessIndex, flows: Flows): void {
    this.#flowWindow.push(this.#windows.length - 1);
    this.#flowProcess.push(process);
    for (const field of FLOW_FIELDS) this.#flowCells.push(flows[field] ?? Number.NaN);
  }

  build(): SyscallRecording {
    const width = FLOW_FIELDS.length;
    const column = (field: FlowField): Float64Array => {
      const at = FLOW_FIELDS.indexOf(field);
      return Float64Array.from(this.#flowWindow, (_, row) => this.#flowCells[row * width + at] ?? Number.NaN);
    };
    return {
      host: this.#host,
      sources: this.#sources,
      containers: this.#containers,
      processes: this.#processes,
      syscalls: this.#names,
      windows: {
        from: Float64Array.from(this.#windows, ({ from }) => from),
        to: Float64Array.from(this.#windows, ({ to }) => to),
        complete: Uint8Array.from(this.#windows, ({ complete }) => (complete ? 1 : 0)),
        lost: Float64Array.from(this.#windows, ({ lost }) => lost),
      },
      counts: {
        window: Uint32Array.from(this.#counts.window),
        process: Uint32Array.from(this.#counts.process),
        syscall: Uint16Array.from(this.#counts.syscall),
        calls: Float64Array.from(this.#counts.calls),
      },
      flows: {
        window: Uint32Array.from(this.#flowWindow),
        process: Uint32Array.from(this.#flowProcess),
        ...perFlow(column),
      },
      notes: [...this.#notes],
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
