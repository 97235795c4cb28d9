/**
 * A window of syscall counts as a row. What series are made of is packed columns (which syscalls, how many calls); who
 * called what is one compressed blob of JSON, read only by those who go on learning.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { perFlow } from '../../../evidence/syscalls/flows.ts';
import type {
  ContainerIdentity,
  SourceState,
  SyscallRecording,
  TracedProcess,
} from '../../../evidence/syscalls/recording.ts';
import type { SyscallWindow } from '../../model.ts';

/** NaN is null in JSON. */
type Cells = readonly (number | null)[];

interface Cold {
  readonly host: SyscallRecording['host'];
  readonly sources: readonly SourceState[];
  readonly containers: readonly ContainerIdentity[];
  readonly processes: readonly (Omit<TracedProcess, 'startedAt'> & { readonly startedAt: number | null })[];
  readonly syscalls: readonly string[];
  readonly complete: number;
  readonly lost: number;
  readonly process: readonly number[];
  readonly syscall: readonly number[];
  readonly calls: readonly number[];
  /** Columns of flows by name; `process` among them. */
  readonly flows: Readonly<Record<string, Cells>>;
  readonly notes: readonly string[];
}

export function packWindow({ recording }: SyscallWindow): Uint8Array {
  const { host, sources, containers, processes, syscalls, windows, counts, flows, notes } = recording;
  const cold: Cold = {
    ...{ host, sources, containers, syscalls, notes },
    processes: processes.map((one) => ({ ...one, startedAt: orNull(one.startedAt) })),
    complete: windows.complete[0] ?? 0,
    lost: windows.lost[0] ?? 0,
    process: [...counts.process],
    syscall: [...counts.syscall],
    calls: [...counts.calls],
    flows: {
      process: [...flows.process],
      ...perFlow((field) => Array.from(flows[field], orNull)),
    },
  };
  return zstdCompressSync(Buffer.from(JSON.stringify(cold), 'utf8'));
}

export function unpackWindow(target: string, at: number, until: number, packed: Uint8Array): SyscallWindow {
  const cold: Cold = JSON.parse(zstdDecompressSync(packed).toString('utf8'));
  const { host, sources, containers, syscalls, notes } = cold;
  const column = (name: string): Float64Array =>
    Float64Array.from(cold.flows[name] ?? [], (value) => value ?? Number.NaN);
  const process = Uint32Array.from(cold.flows.process ?? [], (value) => value ?? 0);
  const recording: SyscallRecording = {
    ...{ host, sources, containers, syscalls, notes },
    processes: cold.processes.map((one) => ({ ...one, startedAt: one.startedAt ?? Number.NaN })),
    windows: {
      from: Float64Array.of(at),
      to: Float64Array.of(until),
      complete: Uint8Array.of(cold.complete),
      lost: Float64Array.of(cold.lost),
    },
    counts: {
      window: new Uint32Array(cold.process.length),
      process: Uint32Array.from(cold.process),
      syscall: Uint16Array.from(cold.syscall),
      calls: Float64Array.from(cold.calls),
    },
    flows: {
      window: new Uint32Array(process.length),
      process,
      ...perFlow(column),
    },
  };
  return { target, at, until, recording };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
