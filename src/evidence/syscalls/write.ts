/**
 * Lines of a recording file, `hemostat/syscalls@1`: JSON, one line each, only ever appended.
 *
 *   {"schema":"hemostat/syscalls@1","host":{…},"windowMs":60000,"sources":[…]}   first, and again wherever a collector began
 *   {"container":{…}}                                          the next index of `containers`; before its first process
 *   {"process":{"pid":…,"startedAt":…,"comm":…,"executable":…,"container":0}}  the next index of `processes`
 *   {"syscalls":["read","openat"]}                             the next indices of `syscalls`
 *   {"window":{"from":…,"to":…,"complete":true,"lost":0},
 *    "counts":[[process,syscall,calls,syscall,calls,…],…],
 *    "flows":[[process,fdsOpened,fdsClosed,…],…]}              columns as FLOW_FIELDS; null: not collected
 *   {"note":"…"}
 *
 * Indices begin at 0 again after a header, so that files can be joined with `cat`. docs/syscalls.md has the format for users.
 */
import { MAX_NAMES, type WindowTimes } from './build.ts';
import { FLOW_FIELDS, type Flows } from './flows.ts';
import type { ContainerIdentity, SourceState, SyscallRecording, TracedProcess } from './recording.ts';

export const SCHEMA = 'hemostat/syscalls@1';

export interface RecordingHeader {
  readonly host: SyscallRecording['host'];
  /** Planned length of a window, ms. */
  readonly windowMs: number;
  readonly sources: readonly SourceState[];
}

/** What one process did in one window, with names instead of indices. */
export interface ProcessSample {
  readonly process: Omit<TracedProcess, 'container'>;
  readonly container: ContainerIdentity;
  /** By the kernel's name of the syscall. */
  readonly calls: ReadonlyMap<string, number>;
  /** Null where no flow was collected of it. */
  readonly flows: Flows | null;
}

export interface WindowSample extends WindowTimes {
  readonly processes: readonly ProcessSample[];
}

/**
 * Processes that are remembered, here and by whoever follows the file. Machines start thousands an hour, for months: after so many
 * the file has a header again, and says anew who is who.
 */
const MOST_PROCESSES = 20_000;

/** Knows what the file has said already. Each line ends in a newline. */
export class RecordingLines {
  readonly #header: RecordingHeader;
  readonly #containers = new Map<string, number>();
  readonly #processes = new Map<string, number>();
  readonly #syscalls = new Map<string, number>();

  constructor(header: RecordingHeader) {
    this.#header = header;
  }

  /** The first line of a file; what follows it begins with nothing known. */
  header(): string {
    this.#containers.clear();
    this.#processes.clear();
    this.#syscalls.clear();
    return line({ schema: SCHEMA, ...this.#header });
  }

  note(sentence: string): string {
    return line({ note: sentence });
  }

  /** The window's line, after the lines of what appears in it for the first time. */
  window(sample: WindowSample): string {
    let text = this.#processes.size >= MOST_PROCESSES ? this.header() : '';
    const names: string[] = [];
    const counts: number[][] = [];
    const flows: (number | null)[][] = [];
    for (const { process, container, calls, flows: flow } of sample.processes) {
      const containerKey = Object.values(container).join('\0');
      let at = this.#containers.get(containerKey);
      if (at === undefined) {
        at = this.#containers.size;
        this.#containers.set(containerKey, at);
        text += line({ container });
      }
      const { pid, startedAt, comm, executable } = process;
      const processKey = `${pid} ${startedAt} ${at} ${comm}\0${executable}`;
      let index = this.#processes.get(processKey);
      if (index === undefined) {
        index = this.#processes.size;
        this.#processes.set(processKey, index);
        text += line({ process: { pid, startedAt: finite(startedAt), comm, executable, container: at } });
      }
      const row = [index];
      for (const [name, count] of calls) {
        let syscall = this.#syscalls.get(name);
        if (syscall === undefined) {
          if (this.#syscalls.size >= MAX_NAMES) continue;
          syscall = this.#syscalls.size;
          this.#syscalls.set(name, syscall);
          names.push(name);
        }
        row.push(syscall, count);
      }
      if (row.length > 1) counts.push(row);
      if (flow !== null) flows.push([index, ...FLOW_FIELDS.map((field) => finite(flow[field] ?? Number.NaN))]);
    }
    if (names.length > 0) text += line({ syscalls: names });
    const { from, to, complete, lost } = sample;
    return text + line({ window: { from, to, complete, lost }, counts, flows });
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
