/**
 * Simulated containers with known truth: what bands and limits are judged by. The kinds were written down before any limit was
 * tuned, after what services do: they follow the day, other services, caches and jobs, and are seldom Poisson.
 */
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';
import { type Chance, chanceOf } from './chance.testing.ts';

export const KINDS = [
  'poisson',
  'over-dispersed',
  'diurnal',
  'follows load',
  'wanders',
  'hourly job',
  'daily job',
  'heavy tail',
  'restarts',
  'rare calls',
] as const;
/** Written after the limits were tuned on those above, and not looked at until the tables were made. */
export const HELD_OUT = ['on and off', 'compaction'] as const;
export type Kind = (typeof KINDS)[number] | (typeof HELD_OUT)[number];

export interface Simulated {
  readonly kind: Kind;
  readonly windowMs: number;
  readonly windows: number;
  /** ms since the epoch. */
  readonly from: number;
  readonly syscalls: readonly string[];
  /** calls[window * syscalls + syscall]. */
  readonly calls: Float32Array;
  /** What the calls of that window were drawn around, without jobs and shocks. */
  readonly expected: Float32Array;
  /** Requests per window; null where nothing counts them. */
  readonly load: Float32Array | null;
  /** Windows in which a new process began, ascending; the first is before the first window. */
  readonly starts: readonly number[];
}

const NAMES =
  'openat close read write fstat newfstatat epoll_pwait epoll_ctl futex nanosleep accept4 connect getsockopt setsockopt getpeername getsockname socket bind sendto recvfrom sendmsg recvmsg mmap munmap madvise tgkill rt_sigreturn sched_yield getdents64 fcntl pread64 pwrite64 lseek unlinkat renameat ftruncate fsync readlinkat uname sysinfo statfs flock prlimit64 eventfd2 pipe2 ioctl dup3 mprotect wait4 clone3'.split(
    ' ',
  );
/** Syscalls of the start-up, which no later window has. */
const START_UP = ['execve', 'arch_prctl', 'set_tid_address'];
const SYSCALLS = 30;
const DAY = 1440;

/** A container of one kind, `minutes` long in windows of a minute, beginning at any minute of a week. */
export function simulate(kind: Kind, seed: number, minutes: number): Simulated {
  const chance = chanceOf(seed);
  const rare = kind === 'rare calls' ? 12 : 2;
  // Calls per minute, from once in two days over once a second to a thousand a second.
  const base = Float64Array.from({ length: SYSCALLS }, (_, s) =>
    s >= SYSCALLS - rare ? chance.between(1 / (2 * DAY), 1 / 60) : chance.between(0.5, 5000),
  );
  const syscalls = [...NAMES.slice(0, SYSCALLS), ...START_UP];
  const width = syscalls.length;
  const calls = new Float32Array(minutes * width);
  const expected = new Float32Array(minutes * width);
  const offset = chance.below(7 * DAY);
  const level = levels(kind, chance, minutes, offset);
  const load = kind === 'follows load' ? new Float32Array(minutes) : null;
  const perRequest = 20 * chance.uniform() + 5;
  // How each syscall takes part in what the container as a whole does; a fifth does not.
  const share = Float64Array.from({ length: SYSCALLS }, () => (chance.uniform() < 0.2 ? 0 : 1));
  const noise = noiseOf(kind, chance);
  const job = jobOf(kind, chance, base);
  const starts = startsOf(kind, chance, minutes);
  const phase = phasesOf(kind, seed, minutes);
  let startedIn = -1;
  for (let w = 0; w < minutes; w++) {
    if (starts.includes(w)) startedIn = w;
    const common = level[w] ?? 1;
    const requests = load === null ? 0 : chance.poisson(common * perRequest * 10);
    if (load !== null) load[w] = requests;
    const shared = noise.shared > 0 ? chance.gamma(noise.shared) : 1;
    const jobs = job.at(w + offset) ? 0.8 + 0.4 * chance.uniform() : 0;
    for (let s = 0; s < SYSCALLS; s++) {
      const rate = base[s] ?? 0;
      const steered = load === null ? common * shared : (requests / (perRequest * 10)) * shared;
      const mean = rate * (share[s] === 1 && s < SYSCALLS - rare ? steered : 1);
      expected[w * width + s] = mean;
      let drawn = chance.poisson(mean * (noise.own > 0 ? chance.gamma(noise.own) : 1) * phase(w, s));
      // Rare calls come a few at a time.
      if (s >= SYSCALLS - rare && drawn > 0) drawn += chance.poisson(2);
      if (jobs > 0) drawn += chance.poisson((job.calls[s] ?? 0) * jobs);
      if (noise.shock > 0 && share[s] === 1 && chance.uniform() < 0.05)
        drawn = Math.round(drawn * (1 - chance.uniform()) ** (-1 / noise.shock));
      calls[w * width + s] = drawn;
    }
    // Two minutes of start-up: caches, configuration, connections.
    if (startedIn >= 0 && w - startedIn < 2) {
      for (let s = 0; s < SYSCALLS; s++) {
        const at = w * width + s;
        calls[at] = (calls[at] ?? 0) + chance.poisson(50 + 20 * (base[s] ?? 0));
      }
      if (w === startedIn) for (let s = SYSCALLS; s < width; s++) calls[w * width + s] = 1;
    }
  }
  const from = Date.UTC(2026, 0, 5) + offset * 60_000;
  return { kind, windowMs: 60_000, windows: minutes, from, syscalls, calls, expected, load, starts: [-60, ...starts] };
}

/** What the container as a whole does, around 1. */
function levels(kind: Kind, chance: Chance, minutes: number, offset: number): Float64Array {
  const level = new Float64Array(minutes).fill(1);
  const daily = kind === 'diurnal' || kind === 'follows load' || kind === 'restarts';
  const peak = 14 * 60 + chance.below(6 * 60);
  // Trough to peak 1 : 4, weekends at 60 %.
  const swing = daily ? 0.6 : 0;
  const wander = kind === 'wanders' ? 0.3 : kind === 'follows load' ? 0.15 : daily ? 0.05 : 0;
  const keep = kind === 'wanders' ? 0.99 : 0.95;
  let state = chance.normal() * wander;
  for (let w = 0; w < minutes; w++) {
    const at = (w + offset) % (7 * DAY);
    const weekend = daily && at >= 5 * DAY ? 0.6 : 1;
    state = keep * state + Math.sqrt(1 - keep * keep) * wander * chance.normal();
    level[w] = (1 + swing * Math.cos((2 * Math.PI * (at - peak)) / DAY)) * weekend * Math.exp(state);
  }
  return level;
}

interface Noise {
  /** Coefficient of variation of what all syscalls share, per window. */
  readonly shared: number;
  /** … and of what each has of its own. */
  readonly own: number;
  /** Index of Pareto shocks that one window in twenty has; 0: none. */
  readonly shock: number;
}

function noiseOf(kind: Kind, chance: Chance): Noise {
  switch (kind) {
    case 'poisson':
    case 'rare calls':
      return { shared: 0, own: 0, shock: 0 };
    case 'over-dispersed':
      return { shared: 0.15, own: chance.between(0.15, 0.5), shock: 0 };
    case 'heavy tail':
      return { shared: 0.1, own: 0.1, shock: chance.between(2, 4) };
    default:
      return { shared: 0.08, own: 0.08, shock: 0 };
  }
}

/** Once an hour or a day, for a minute or three, a dozen syscalls many times as often. */
function jobOf(
  kind: Kind,
  chance: Chance,
  base: Float64Array,
): { at: (minute: number) => boolean; calls: Float64Array } {
  const period = kind === 'hourly job' ? 60 : kind === 'daily job' ? DAY : 0;
  const start = chance.below(Math.max(1, period - 3));
  const lasts = 1 + chance.below(3);
  const calls = base.map((rate) => (chance.uniform() < 0.4 ? 20 + rate * chance.between(5, 40) : 0));
  return { at: (minute) => period > 0 && minute % period >= start && minute % period < start + lasts, calls };
}

/**
 * How many times as often a syscall is called in what the container does besides its work; drawn from numbers of their own, so that
 * the other kinds stay as they are.
 *
 * - on and off: a partner that comes and goes (Markov, 20 minutes there, three hours not); while it is there, a third of the
 *   syscalls come 2 to 6 times as often, log-normally from window to window (σ = 0.6).
 * - compaction: every 5 to 40 hours, a fifth early or late, a third of the syscalls rise to 2 to 8 times as often over 10 to 40
 *   minutes and fall again; a small collection every 20 minutes or so doubles a few of them for one window.
 */
function phasesOf(kind: Kind, seed: number, minutes: number): (window: number, syscall: number) => number {
  if (kind !== 'on and off' && kind !== 'compaction') return () => 1;
  const chance = chanceOf(seed + 31_337);
  const takesPart = Float64Array.from({ length: SYSCALLS }, () => (chance.uniform() < 1 / 3 ? 1 : 0));
  const times = Float64Array.from({ length: SYSCALLS }, () => chance.between(2, kind === 'compaction' ? 8 : 6));
  /** 0: not at all, 1: as far as it goes. */
  const depth = new Float64Array(minutes);
  const small = new Uint8Array(minutes);
  if (kind === 'on and off') {
    let isOn = chance.uniform() < 0.1;
    for (let w = 0; w < minutes; w++) {
      depth[w] = isOn ? Math.exp(0.6 * chance.normal()) : 0;
      if (chance.uniform() < 1 / (isOn ? 20 : 180)) isOn = !isOn;
    }
  } else {
    const period = chance.between(5 * 60, 40 * 60);
    const lasts = chance.between(10, 40);
    for (let at = chance.uniform() * period; at < minutes; at += period * (0.8 + 0.4 * chance.uniform()))
      for (let w = Math.ceil(at); w < Math.min(minutes, at + lasts); w++)
        depth[w] = Math.sin((Math.PI * (w - at)) / lasts) * (0.9 + 0.2 * chance.uniform());
    for (let at = 0; at < minutes; at += 10 + chance.below(20)) small[at] = 1;
  }
  return (w, s) => {
    if (takesPart[s] !== 1) return 1;
    const collects = small[w] === 1 && s % 3 === 0 ? 2 : 1;
    return collects * (1 + ((times[s] ?? 1) - 1) * (depth[w] ?? 0));
  };
}

/** A new process every twelve hours or so. */
function startsOf(kind: Kind, chance: Chance, minutes: number): number[] {
  const starts: number[] = [];
  if (kind !== 'restarts') return starts;
  for (let at = chance.below(DAY); at < minutes; at += 120 + chance.below(DAY - 120)) starts.push(at);
  return starts;
}

/** Windows [from, to) as a recording of one container; `calls` in place of those simulated. */
export function recordingOf(
  simulated: Simulated,
  from: number,
  to: number,
  calls: Float32Array = simulated.calls,
): SyscallRecording {
  const { syscalls, windowMs, starts, load } = simulated;
  const width = syscalls.length;
  const windows = to - from;
  let rows = 0;
  for (let at = from * width; at < to * width; at++) if ((calls[at] ?? 0) > 0) rows++;
  const counts = {
    window: new Uint32Array(rows),
    process: new Uint32Array(rows),
    syscall: new Uint16Array(rows),
    calls: new Float64Array(rows),
  };
  const none = new Float64Array(windows).fill(Number.NaN);
  const process = new Uint32Array(windows);
  let row = 0;
  let current = 0;
  for (let w = from; w < to; w++) {
    while (current + 1 < starts.length && (starts[current + 1] ?? 0) <= w) current++;
    process[w - from] = current;
    for (let s = 0; s < width; s++) {
      const value = calls[w * width + s] ?? 0;
      if (value === 0) continue;
      counts.window[row] = w - from;
      counts.process[row] = current;
      counts.syscall[row] = s;
      counts.calls[row] = value;
      row++;
    }
  }
  const time = (w: number): number => simulated.from + w * windowMs;
  return {
    host: { name: 'simulated', kernel: '', arch: 'x86_64' },
    sources: [{ aspect: 'calls', collected: true, source: 'tracepoint raw_syscalls:sys_enter', says: '' }],
    containers: [
      {
        cgroup: '/simulated',
        id: 'c'.repeat(64),
        name: 'web',
        pod: 'web-1',
        namespace: 'shop',
        image: 'registry/shop:1',
        digest: `sha256:${'0'.repeat(64)}`,
        from: 'cgroup path',
      },
    ],
    processes: starts.map((start, index) => ({
      pid: 1000 + index,
      startedAt: time(start),
      comm: 'shop',
      executable: 'shop',
      container: 0,
    })),
    syscalls,
    windows: {
      from: Float64Array.from({ length: windows }, (_, w) => time(from + w)),
      to: Float64Array.from({ length: windows }, (_, w) => time(from + w + 1)),
      complete: new Uint8Array(windows).fill(1),
      lost: new Float64Array(windows),
    },
    counts,
    flows: {
      window: Uint32Array.from({ length: windows }, (_, w) => w),
      process,
      fdsOpened: none,
      fdsClosed: none,
      filesOpened: none,
      mappedBytes: none,
      unmappedBytes: none,
      connects: none,
      connectFailures: none,
      sentBytes: none,
      receivedBytes: none,
      connected: none,
      load: load === null ? none : Float64Array.from(load.subarray(from, to)),
    },
    notes: [],
  };
}
