/** Recordings for tests, from who called what in which window. */
import { RecordingBuilder } from '../../evidence/syscalls/build.ts';
import { type ContainerIdentity, type SyscallRecording, UNKNOWN_CONTAINER } from '../../evidence/syscalls/recording.ts';

export const HOST: ContainerIdentity = { ...UNKNOWN_CONTAINER, cgroup: '/', from: 'cgroup path' };
export const WEB: ContainerIdentity = {
  cgroup: '/kubepods.slice/web',
  id: 'a'.repeat(64),
  name: 'web',
  pod: 'web-7f',
  namespace: 'shop',
  image: 'registry/shop:1.4',
  digest: `sha256:${'1'.repeat(64)}`,
  from: 'kubernetes',
};
/** 08:00 of a day. */
export const EIGHT = Date.UTC(2026, 10, 23, 8);

export interface MadeProcess {
  readonly pid: number;
  readonly comm: string;
  /** ms since the epoch; an hour before the first window unless said. */
  readonly startedAt?: number;
  readonly container?: ContainerIdentity;
  /** Calls in window `w`; null where it was not alive. */
  readonly calls: (w: number) => Readonly<Record<string, number>> | null;
  readonly load?: (w: number) => number;
}

export interface Made {
  readonly windows: number;
  readonly windowMs?: number;
  readonly from?: number;
  readonly processes: readonly MadeProcess[];
  readonly incomplete?: readonly number[];
  readonly lost?: readonly number[];
  /** Windows that end only after so many ms more; the next begins then. */
  readonly late?: Readonly<Record<number, number>>;
  /** Leaves out who was alive, as sources do that know no flows. */
  readonly withoutFlows?: boolean;
}

export function made({ windows, windowMs = 60_000, from = EIGHT, ...rest }: Made): SyscallRecording {
  const builder = new RecordingBuilder({ name: 'node-1', kernel: '6.1', arch: 'x86_64' });
  builder.source({ aspect: 'calls', collected: true, source: 'tracepoint raw_syscalls:sys_enter', says: '' });
  const processes = rest.processes.map((process) => ({
    ...process,
    index: builder.process({
      pid: process.pid,
      startedAt: process.startedAt ?? from - 3_600_000,
      comm: process.comm,
      executable: process.comm,
      container: builder.container(process.container ?? WEB),
    }),
  }));
  let start = from;
  for (let w = 0; w < windows; w++) {
    const end = start + windowMs + (rest.late?.[w] ?? 0);
    builder.window({
      from: start,
      to: end,
      complete: rest.incomplete?.includes(w) !== true,
      lost: rest.lost?.includes(w) === true ? 3 : 0,
    });
    start = end;
    for (const { index, calls, load } of processes) {
      const called = calls(w);
      if (called === null) continue;
      for (const [name, count] of Object.entries(called)) builder.count(index, builder.syscall(name), count);
      if (rest.withoutFlows !== true) builder.flow(index, load === undefined ? {} : { load: load(w) });
    }
  }
  return builder.build();
}
