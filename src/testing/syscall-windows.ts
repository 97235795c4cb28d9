/** Recordings of made-up containers, as a collector would have written them: text of a recording file. */

import { type ContainerIdentity, type SourceState, UNKNOWN_CONTAINER } from '../evidence/syscalls/recording.ts';
import { type ProcessSample, RecordingLines } from '../evidence/syscalls/write.ts';
import { randomly } from './random.ts';

export const SHOP_DIGEST = `sha256:${'3f2a9c01d4e7'.padEnd(64, '0')}`;
export const NEXT_DIGEST = `sha256:${'77b0aa5512ce'.padEnd(64, '0')}`;

export interface MadeContainer {
  readonly identity: Partial<ContainerIdentity>;
  readonly pid: number;
  readonly comm: string;
  readonly executable?: string;
  /** Mean calls per window; each window draws around it. */
  readonly calls: Readonly<Record<string, number>>;
  /** Calls on top of it, by number of the window. */
  readonly extra?: Readonly<Record<number, Readonly<Record<string, number>>>>;
}

export interface MadeRecording {
  readonly containers: readonly MadeContainer[];
  readonly windows: number;
  readonly windowMs?: number;
  /** ms since the epoch. */
  readonly from?: number;
  readonly sources?: readonly SourceState[];
  readonly seed?: number;
}

/** The container of the examples. */
export const SHOP: MadeContainer = {
  identity: {
    cgroup: '/kubepods.slice/cri-containerd-1.scope',
    id: 'c0ffee'.padEnd(64, '1'),
    name: 'api',
    pod: 'shop-7f9c4-x2x1z',
    namespace: 'prod',
    image: 'registry:5000/shop:1.4',
    digest: SHOP_DIGEST,
    from: 'cri',
  },
  pid: 4242,
  comm: 'shop',
  calls: { openat: 40, close: 52, read: 400, write: 180, futex: 900, epoll_pwait: 300, connect: 6, accept4: 30 },
};

const CALLS: SourceState = { aspect: 'calls', collected: true, source: 'tracepoint raw_syscalls:sys_enter', says: '' };

export function recordingText(made: MadeRecording): string {
  const { windows, windowMs = 60_000, from = Date.UTC(2026, 10, 22, 8), sources = [CALLS] } = made;
  const below = randomly(made.seed ?? 1);
  const random = (): number => below(1_000_000) / 1_000_000;
  const lines = new RecordingLines({
    host: { name: 'node-1', kernel: '6.1.0', arch: 'x86_64' },
    windowMs,
    sources,
  });
  let text = lines.header();
  for (let w = 0; w < windows; w++) {
    const processes = made.containers.map((container): ProcessSample => {
      const calls = new Map<string, number>();
      for (const [name, mean] of Object.entries(container.calls)) calls.set(name, draw(mean, random));
      for (const [name, more] of Object.entries(container.extra?.[w] ?? {}))
        calls.set(name, (calls.get(name) ?? 0) + more);
      return {
        process: {
          pid: container.pid,
          startedAt: from - 3_600_000,
          comm: container.comm,
          executable: container.executable ?? container.comm,
        },
        container: { ...UNKNOWN_CONTAINER, cgroup: '/', ...container.identity },
        calls,
        flows: null,
      };
    });
    const begin = from + w * windowMs;
    text += lines.window({ from: begin, to: begin + windowMs, complete: true, lost: 0, processes });
  }
  return text;
}

/** Around the mean, as counts of independent calls are: the sum of twelve uniform draws stands for a normal one. */
function draw(mean: number, random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return Math.max(0, Math.round(mean + sum * Math.sqrt(mean)));
}
