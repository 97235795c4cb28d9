/** Recordings as files, for tests: what a collector writes, line for line. */
import { type ContainerIdentity, UNKNOWN_CONTAINER } from '../../evidence/syscalls/recording.ts';
import { RecordingLines } from '../../evidence/syscalls/write.ts';

export const HOST = { name: 'node-1', kernel: '6.12.0', arch: 'amd64' };

export function container(name: string, over: Partial<ContainerIdentity> = {}): ContainerIdentity {
  return {
    ...UNKNOWN_CONTAINER,
    ...{
      cgroup: `/kubepods/${name}`,
      id: name.padEnd(64, '0'),
      name,
      image: `registry/${name}:1`,
      digest: `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0')}`,
    },
    ...over,
  };
}

export interface Sample {
  readonly pid: number;
  readonly executable?: string;
  readonly startedAt?: number;
  readonly container?: ContainerIdentity;
  readonly calls: Readonly<Record<string, number>>;
  readonly opened?: number;
}

export class TestRecording {
  readonly #lines = new RecordingLines({
    host: HOST,
    windowMs: 1000,
    sources: [{ aspect: 'calls', collected: true, source: 'tracepoint raw_syscalls:sys_enter', says: '' }],
  });

  header(): string {
    return this.#lines.header();
  }

  window(from: number, samples: readonly Sample[], ms = 1000): string {
    return this.#lines.window({
      ...{ from, to: from + ms, complete: true, lost: 0 },
      processes: samples.map(({ pid, executable = 'shop', startedAt = 0, calls, opened, ...rest }) => ({
        process: { pid, startedAt, comm: executable.slice(0, 15), executable },
        container: rest.container ?? UNKNOWN_CONTAINER,
        calls: new Map(Object.entries(calls)),
        flows: opened === undefined ? {} : { fdsOpened: opened },
      })),
    });
  }
}
