/** One simulated container: learned for some time, then two days of its own future, then the same days with anomalies put in. */
import { chanceOf } from './chance.testing.ts';
import { checkWindows, emptyProfile } from './check.ts';
import { episodesOf } from './episodes.ts';
import { deviationFindings } from './findings.ts';
import { learnProfiles } from './learn.ts';
import type { BaselineProfile, Deviation } from './model.ts';
import { type Kind, recordingOf, type Simulated, simulate } from './simulate.testing.ts';

export const SIZES = [1.5, 2, 3, 4, 10] as const;
/** Windows that an anomaly lasts, and between the beginnings of two. */
const LASTS = 10;
const APART = 90;
/** Anomalies are put into syscalls with at least so many calls in the window: of two calls, three times is six. */
const BUSY = 10;

export interface Injection {
  readonly size: number;
  /** Windows until it was found, 1: in its first; null: not found. */
  readonly delay: number | null;
  readonly confirmed: boolean;
}

export interface Study {
  readonly hours: number;
  /** Alarms in the container's own future: one per syscall. */
  readonly rateAlarms: number;
  /** Those of several syscalls that begin together, as one. */
  readonly rateEvents: number;
  /** Episodes that are `confirmed`. */
  readonly rateConfirmed: number;
  readonly neverSeen: number;
  readonly neverConfirmed: number;
  readonly injections: readonly Injection[];
  /** One syscall that doubles each day: hours until it was found; null: not within the time. */
  readonly drift: number | null;
  /** A release with other rates, without a profile of its own, for six hours: alarms beside its parent's. */
  readonly deployAlarms: number;
}

/** @param learnMinutes each is learned from what lies just before the test, so that they are judged by the same future */
export function studyContainer(
  kind: Kind,
  seed: number,
  learnMinutes: readonly number[],
  testMinutes: number,
  useLoad = true,
): Study[] {
  const longest = Math.max(...learnMinutes);
  const simulated = simulate(kind, seed, longest + testMinutes);
  const injected = inject(simulated, longest, seed);
  const drifting = drift(simulated, longest, seed);
  return learnMinutes.map((minutes) => {
    const [profile] = learnProfiles([recordingOf(simulated, longest - minutes, longest)], {
      loadMetric: useLoad && simulated.load !== null ? 'requests' : null,
    });
    if (profile === undefined) throw new Error(`nothing learned of ${kind}, seed ${seed}`);
    const alarms = checkWindows(profile, recordingOf(simulated, longest, simulated.windows));
    const rates = alarms.filter((one) => one.kind === 'rate-high');
    const never = alarms.filter((one) => one.kind === 'never-seen');
    const found = checkWindows(profile, recordingOf(simulated, longest, simulated.windows, injected.calls));
    const drifted =
      drifting === null
        ? []
        : checkWindows(profile, recordingOf(simulated, longest, simulated.windows, drifting.calls));
    const start = simulated.from + longest * simulated.windowMs;
    const first = drifted.find((one) => one.syscall === drifting?.name && one.windows >= 3);
    return {
      hours: testMinutes / 60,
      rateAlarms: rates.length,
      rateEvents: episodesOf(rates).length,
      rateConfirmed: episodesOf(rates).filter(({ deviations }) => isConfirmed(deviations, profile)).length,
      neverSeen: never.length,
      neverConfirmed: never.filter((one) => isConfirmed([one], profile)).length,
      injections: injected.list.map(({ size, syscall, window }) => {
        const from = simulated.from + window * simulated.windowMs;
        const to = from + LASTS * simulated.windowMs;
        const hit = found.find((one) => one.syscall === syscall && one.to > from && one.from < to);
        return {
          size,
          delay: hit === undefined ? null : Math.max(1, Math.round((hit.from - from) / simulated.windowMs) + 1),
          confirmed: hit !== undefined && isConfirmed([hit], profile),
        };
      }),
      drift: first === undefined ? null : (first.from - start) / 3_600_000,
      deployAlarms: deploy(simulated, profile, longest, seed),
    };
  });
}

function isConfirmed(deviations: readonly Deviation[], profile: BaselineProfile): boolean {
  return deviationFindings(deviations, profile)[0]?.verdict === 'confirmed';
}

interface Injected {
  readonly calls: Float32Array;
  readonly list: readonly { size: number; syscall: string; window: number }[];
}

/** One syscall at a time becomes `size` times as frequent, for ten windows. Sizes take turns, times and syscalls are drawn. */
function inject(simulated: Simulated, from: number, seed: number): Injected {
  const chance = chanceOf(seed + 77);
  const width = simulated.syscalls.length;
  const calls = simulated.calls.slice();
  const list: { size: number; syscall: string; window: number }[] = [];
  for (let at = from + 30, turn = seed; at + LASTS < simulated.windows; at += APART, turn++) {
    const size = SIZES[turn % SIZES.length] ?? 2;
    const window = at + chance.below(APART - 3 * LASTS);
    if (window + LASTS >= simulated.windows) break;
    const busy = Array.from({ length: width }, (_, s) => s).filter(
      (s) => (simulated.expected[window * width + s] ?? 0) >= BUSY,
    );
    const s = busy[chance.below(busy.length)];
    if (s === undefined) continue;
    for (let w = window; w < window + LASTS; w++)
      calls[w * width + s] =
        (calls[w * width + s] ?? 0) + chance.poisson((size - 1) * (simulated.expected[w * width + s] ?? 0));
    list.push({ size, syscall: simulated.syscalls[s] ?? '', window });
  }
  return { calls, list };
}

/** One busy syscall that grows by its own rate a day. */
function drift(simulated: Simulated, from: number, seed: number): { calls: Float32Array; name: string } | null {
  const chance = chanceOf(seed + 99);
  const width = simulated.syscalls.length;
  const busy = Array.from({ length: width }, (_, s) => s).filter(
    (s) => (simulated.expected[from * width + s] ?? 0) >= BUSY,
  );
  const s = busy[chance.below(busy.length)];
  if (s === undefined) return null;
  const calls = simulated.calls.slice();
  for (let w = from; w < simulated.windows; w++)
    calls[w * width + s] =
      (calls[w * width + s] ?? 0) + chance.poisson(((w - from) / 1440) * (simulated.expected[w * width + s] ?? 0));
  return { calls, name: simulated.syscalls[s] ?? '' };
}

/** The next release: every rate is another by a log-normal factor (0.25), and one syscall is new. Six hours of it. */
function deploy(simulated: Simulated, parent: BaselineProfile, from: number, seed: number): number {
  const chance = chanceOf(seed + 55);
  const width = simulated.syscalls.length;
  const factors = Float64Array.from({ length: width }, () => Math.exp(0.25 * chance.normal()));
  const to = Math.min(simulated.windows, from + 360);
  const calls = simulated.calls.slice();
  for (let w = from; w < to; w++)
    for (let s = 0; s < width; s++) {
      const was = calls[w * width + s] ?? 0;
      calls[w * width + s] = Math.round(was * (factors[s] ?? 1));
    }
  const recording = recordingOf(simulated, from, to, calls);
  const digest = `sha256:${'1'.repeat(64)}`;
  const next = { ...recording, containers: recording.containers.map((container) => ({ ...container, digest })) };
  const fresh = emptyProfile({ digest, container: 'web' }, 'registry/shop:2', parent.key);
  return checkWindows(fresh, next, { parent }).filter((one) => one.kind === 'parent-rate-high').length;
}
