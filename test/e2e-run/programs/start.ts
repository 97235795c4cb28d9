/** Starts the programs beside this file, whose calls are known, and reads of a recording what it says of one process. */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FLOW_FIELDS } from '../../../src/evidence/syscalls/flows.ts';
import { readRecording } from '../../../src/evidence/syscalls/read.ts';
import type { SyscallRecording } from '../../../src/evidence/syscalls/recording.ts';

export interface Started {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly pid: number;
}

/** Path of the compiled program. */
export function compile(name: string, directory: string): string {
  const program = join(directory, name);
  execFileSync('cc', ['-O1', '-o', program, join(import.meta.dirname, `${name}.c`)]);
  return program;
}

export function start(program: string, args: readonly (string | number)[]): Started {
  const child = spawn(program, args.map(String), { stdio: ['pipe', 'pipe', 'ignore'] });
  if (child.pid === undefined) throw new Error(`${program} cannot be started`);
  return { child, pid: child.pid };
}

/** Resolves when it waits in read(2) for its byte. */
export async function waiting(pid: number): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (readFileSync(`/proc/${pid}/syscall`, 'utf8').startsWith('0 ')) return;
    await sleep(20);
  }
  throw new Error('the program does not come to its end');
}

export interface Sums {
  readonly calls: ReadonlyMap<string, number>;
  /** NaN where a window has none. */
  readonly flows: ReadonlyMap<string, number>;
}

/** Over all windows. */
export function sums({ counts, flows, processes, syscalls }: SyscallRecording, pid: number): Sums {
  const calls = new Map<string, number>();
  for (const [row, process] of counts.process.entries()) {
    if (processes[process]?.pid !== pid) continue;
    const name = syscalls[counts.syscall[row] ?? 0] ?? '';
    calls.set(name, (calls.get(name) ?? 0) + (counts.calls[row] ?? 0));
  }
  const flow = new Map<string, number>();
  for (const [row, process] of flows.process.entries()) {
    if (processes[process]?.pid !== pid) continue;
    for (const field of FLOW_FIELDS) flow.set(field, (flow.get(field) ?? 0) + (flows[field][row] ?? Number.NaN));
  }
  return { calls, flows: flow };
}

export function recordingAt(path: string): SyscallRecording {
  return readRecording(readFileSync(path), path);
}
