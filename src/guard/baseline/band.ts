/**
 * A band out of the counts of many windows. The limit is where the tail of what was learned meets a goal that is set for all
 * syscalls of a container together: so many false alarms per container-hour. With 60 syscalls in windows of a minute and one
 * alarm in 1,000 hours, that is a probability of 3e-7 per count, far beyond what was observed, so a model has to carry it there:
 *
 * - negative binomial with the mean and the variance learned, both at their upper bounds, as counts of a few minutes say little;
 *   neighbouring windows that are alike count as fewer windows;
 * - where the largest count contradicts that (jobs once an hour, heavy tails), Weissman's extrapolation of the largest counts
 *   (1978) with Hill's estimate of the tail's index, at several cuts, of which the lowest is taken: a job that is always alike
 *   has a thin tail of its own, once the cut is among its own counts;
 * - for calls too rare for either, a bound on how often they come (Garwood 1936) times a bound on how many come at once.
 */
import { countAtLeast, countLimit, poissonMeanBound } from '../../stats/tails.ts';
import { WINDOWS_OF_LEVEL } from './level.ts';
import type { Band } from './model.ts';
import { CountSketch } from './sketch.ts';

/** One false alarm in 1,000 container-hours, over all syscalls of a container. */
export const FALSE_ALARMS_PER_HOUR = 1 / 1000;

/** With calls in fewer windows than this, there is no quantile to speak of. */
const RARE = 20;

/** A rise by less than half of what is normal is no anomaly, however steady the service: it may be a busier day. */
const LEAST_RISE = 1.5;

/** The chance per window and syscall that the goal leaves. */
export function chancePerWindow(windowMs: number, syscalls: number, falseAlarmsPerHour: number): number {
  return falseAlarmsPerHour / ((3_600_000 / windowMs) * Math.max(1, syscalls));
}

/** @param windows how many were learned, those without the call included. @param chance per window that a count reaches the limit */
export function bandOf(
  sketch: CountSketch,
  windows: number,
  windowMs: number,
  chance: number,
): Pick<Band, 'normal' | 'anomalous' | 'by'> & { readonly hasShocks: boolean } {
  const perMinute = 60_000 / windowMs;
  const { low, high, limit, by, hasShocks } =
    sketch.present < RARE ? rare(sketch, windows, chance) : usual(sketch, windows, chance);
  // In windows of a few seconds a call or two more are a large share of little.
  const anomalous = Math.max(limit, Math.ceil(high * LEAST_RISE), Math.floor(high) + 2);
  return {
    normal: [round(low * perMinute), round(high * perMinute)],
    anomalous: round(anomalous * perMinute),
    by,
    hasShocks,
  };
}

interface Counts {
  readonly low: number;
  readonly high: number;
  /** Calls in a window from which on it is an anomaly. */
  readonly limit: number;
  readonly by: Band['by'];
  /** Its largest counts are not explained by what most windows are like. */
  readonly hasShocks: boolean;
}

function rare(sketch: CountSketch, windows: number, chance: number): Counts {
  const most = poissonMeanBound(sketch.present, 0.025) / windows;
  // How many come at once is as unknown as how often: the next batch may be larger, the more so the fewer were seen.
  const batch = Math.ceil(sketch.max + Math.max(3, sketch.max) / Math.sqrt(sketch.present) + 1);
  const limit = countLimit(chance, most, 1) * batch;
  return { low: 0, high: sketch.max, limit, by: 'poisson', hasShocks: false };
}

function usual(sketch: CountSketch, windows: number, chance: number): Counts {
  const mean = sketch.sum / windows;
  const variance = Math.max(0, (sketch.sumOfSquares - windows * mean * mean) / Math.max(1, windows - 1));
  const alike = alikeness(sketch, windows, mean, variance);
  const independent = independentWindows(windows, alike);
  const surelyBelow = mean + 2 * Math.sqrt(variance / independent);
  const spread = Math.max(1, (variance / mean) * varianceBound(independent - 1));
  const low = sketch.at(Math.floor(0.01 * (windows - 1)), windows);
  // The 99 % quantile of few windows is their largest; the model knows what the next ones may bring.
  const high = Math.max(
    sketch.at(Math.ceil(0.99 * (windows - 1)), windows),
    windows < 500 ? countLimit(0.01, surelyBelow, spread) - 1 : 0,
  );
  let limit = Math.max(countLimit(chance, surelyBelow, spread), Math.ceil(sketch.max * 1.1));
  // Rates that wander have been to few places, and go by factors: further than counts do that stray by themselves.
  const wanders = alike >= SLOW;
  if (wanders) limit = Math.max(limit, Math.ceil(logNormalLimit(chance, surelyBelow, (spread - 1) / surelyBelow)));
  const body = bodyOf(sketch, windows);
  const hasTail = contradicts(sketch.max, windows, body.mean, body.spread);
  if (hasTail) limit = Math.max(limit, Math.ceil(beyondModel(sketch, windows, chance, body.ends)));
  return { low, high, limit, by: 'quantile', hasShocks: hasTail && !wanders };
}

/** Neighbouring windows that share more than this of their variance are steps of a walk. */
const SLOW = 0.5;

/** What a log-normal variable with this mean and squared coefficient of variation exceeds with that chance. */
function logNormalLimit(chance: number, mean: number, squaredVariation: number): number {
  const variance = Math.log(1 + Math.max(0, squaredVariation));
  return mean * Math.exp(normalLimit(chance) * Math.sqrt(variance) - variance / 2);
}

/** What a normal variable exceeds with a chance below a half; to 0.0005 (Abramowitz & Stegun 26.2.23). */
function normalLimit(chance: number): number {
  const t = Math.sqrt(-2 * Math.log(chance));
  return t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
}

/** The largest count is none that the model brings in so many windows, but for one time in fifty. */
function contradicts(max: number, windows: number, mean: number, spread: number): boolean {
  return countAtLeast(Math.ceil(max), mean, spread) * windows < 0.02;
}

/**
 * The limit of a tail of which the model knows nothing. Its own counts are those from `bodyEnds` on: extrapolated, and beyond the
 * largest by as much as so few let expect: twice after one, a quarter more after sixteen.
 */
function beyondModel(sketch: CountSketch, windows: number, chance: number, bodyEnds: number): number {
  const beyond = Math.max(1, sketch.atLeast(bodyEnds));
  return Math.max(tailLimit(sketch, windows, chance, beyond), sketch.max * Math.max(1.25, 1 + 1 / Math.sqrt(beyond)));
}

/**
 * What most windows are like, by quantiles: jobs and shocks hardly move these, while mean and variance are full of them, so that
 * a model made of those explains every shock by the others. `ends`: what such windows exceed once in as many.
 */
function bodyOf(sketch: CountSketch, windows: number): { mean: number; spread: number; ends: number } {
  const median = sketch.at(Math.floor(windows / 2), windows);
  const quarter = sketch.at(Math.floor(0.75 * windows), windows) - median;
  const { mean: below, variance } = sketch.momentsBelow(0.95, windows);
  const mean = Math.max(median, below, 1 / windows);
  // Quartiles of a few calls are steps, not widths.
  const spread = Math.max(1, (median < 10 ? variance : (quarter / 0.6745) ** 2) / mean);
  return { mean, spread, ends: countLimit(1 / windows, mean, spread) };
}

/** How counts leave the level of the windows before them: collected while learning, for syscalls with some calls per window. */
export class Leaving {
  /** Times the level × 100, of all windows. */
  readonly #times = new CountSketch();
  #windows = 0;
  #levels = 0;
  #squares = 0;
  #excess = 0;

  add(calls: number, level: number): void {
    if (!(level >= LEAST_LEVEL)) return;
    this.#windows++;
    this.#levels += level;
    this.#squares += level * level;
    // What the level itself strays, as a mean of so many windows, is taken off with the Poisson noise.
    this.#excess += (calls - level) ** 2 / (1 + 1 / WINDOWS_OF_LEVEL) - level;
    // Without Poisson's part, which is a large part of a small level and says nothing of bursts.
    const beyond = Math.round((100 * (calls - 3 * Math.sqrt(level))) / level);
    if (beyond > 0) this.#times.add(beyond, 0);
  }

  /** undefined where too little was learned, and where shocks are among the counts, which come at any level. */
  limit(chance: number, hasShocks: boolean): Band['recent'] {
    if (this.#windows < FEWEST_FOR_RECENT || hasShocks) return undefined;
    const noise = Math.sqrt(Math.max(0, this.#excess / this.#squares) * varianceBound(this.#windows / 4));
    const level = this.#levels / this.#windows;
    const most = this.#times.max / 100;
    let times = Math.max(LEAST_RISE, 1.25 * most);
    const width =
      (this.#times.at(Math.floor(0.75 * this.#windows), this.#windows) -
        this.#times.at(Math.floor(this.#windows / 2), this.#windows)) /
      67.45;
    const spread = Math.max(1, width * width * level);
    if (contradicts(most * level, this.#windows, level, spread)) {
      const ends = (100 * countLimit(1 / this.#windows, level, spread)) / level;
      times = Math.max(times, beyondModel(this.#times, this.#windows, chance, ends) / 100);
    }
    return { times: Math.ceil(times * 100) / 100, noise: Math.ceil(noise * 1000) / 1000 };
  }
}

/** Calls in a window below which a level is too small to be left by any number of times. */
export const LEAST_LEVEL = 5;
const FEWEST_FOR_RECENT = 200;

/** Variance over mean at that level: noise that grows with the level, besides Poisson's. */
export function spreadAt(level: number, noise: number): number {
  return 1 + noise * noise * level;
}

/**
 * Calls of a window that leave the level before it by more than chance does; Infinity where `calls` do not, or there is too little
 * to leave. The exact limit takes some microseconds, and few windows come near it.
 */
export function limitBeside(level: number, calls: number, recent: NonNullable<Band['recent']>, chance: number): number {
  if (!(level >= LEAST_LEVEL) || calls < recent.times * level) return Number.POSITIVE_INFINITY;
  const spread = spreadAt(level, recent.noise);
  // The level itself strays, and more windows than one tail are asked: a quarter of the chance is for this.
  const surelyBelow = level + 3 * Math.sqrt((level * spread) / WINDOWS_OF_LEVEL);
  if (countAtLeast(Math.ceil(calls), surelyBelow, spread) > chance / 4) return Number.POSITIVE_INFINITY;
  return Math.max(Math.ceil(recent.times * level), countLimit(chance / 4, surelyBelow, spread));
}

/** What neighbouring windows share of their variance, 0 to 0.99. */
function alikeness(sketch: CountSketch, windows: number, mean: number, variance: number): number {
  if (variance === 0) return 0;
  return Math.min(0.99, Math.max(0, (sketch.products / windows - mean * mean) / variance));
}

/** How many independent windows say as much: neighbours that are alike repeat one another. */
function independentWindows(windows: number, alike: number): number {
  return Math.max(Math.min(windows, 10), (windows * (1 - alike)) / (1 + alike));
}

/** By how much the variance may be above its estimate from so many degrees of freedom, at 95 % (Wilson & Hilferty 1931). */
export function varianceBound(degrees: number): number {
  const part = 2 / (9 * degrees);
  return 1 / Math.max(0.05, (1 - part - 1.645 * Math.sqrt(part)) ** 3);
}

/**
 * Extrapolates the `beyond` largest counts. Where their logarithms spread as those of a Pareto tail do, or where so few cannot
 * show that they do not: the limit that the next count meets with that chance, what is not known of the tail's index included
 * (the excess of a new count over the mean of k seen is F-distributed, so that P(X > from · e^(t · mean)) = (1 + t/k)^−k).
 * Where they lie closer together than that, as those of a job do that is always alike: Weissman's extrapolation at cuts of 8,
 * 16, 32, … and at their smallest, of which the lowest. 0: too few for either.
 */
function tailLimit(sketch: CountSketch, windows: number, chance: number, beyond: number): number {
  const top = sketch.largest(beyond + 1);
  const k = Math.min(beyond, top.length - 1);
  if (k < FEWEST_OF_A_TAIL || windows < FEWEST_WINDOWS_OF_A_TAIL) return 0;
  const from = Math.max(1, top[k] ?? 1);
  const logs = top.slice(0, k).map((count) => Math.log(Math.max(1, count) / from));
  const mean = logs.reduce((sum, log) => sum + log, 0) / k;
  const spread = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / k;
  if (mean <= 0 || spread < mean * mean * leastSpread(k)) return thinLimit(top, windows, chance);
  const t = k * ((k / (windows * chance)) ** (1 / k) - 1);
  return Math.ceil(Math.min(from * Math.exp(mean * t), sketch.max * MOST_BEYOND));
}

/** The squared coefficient of variation that so many exponential numbers fall below one time in twenty; by simulation, to 10 %. */
function leastSpread(k: number): number {
  return k < 6 ? 0.03 : Math.exp(-3.6 / Math.sqrt(k));
}

function thinLimit(top: readonly number[], windows: number, chance: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  let logs = 0;
  let cut = FEWEST;
  for (let k = 1; k < top.length; k++) {
    logs += Math.log(top[k - 1] ?? 1);
    if (k !== cut && (k !== top.length - 1 || k < 2)) continue;
    cut *= 2;
    const from = Math.max(1, top[k] ?? 1);
    // At its upper bound: Hill's estimate strays by itself over the root of the counts.
    const index = Math.max(0, logs / k - Math.log(from)) * (1 + 2 / Math.sqrt(k));
    lowest = Math.min(lowest, from * (k / (windows * chance)) ** index);
  }
  return Number.isFinite(lowest) ? Math.ceil(lowest) : 0;
}

/** Fewer shocks than this have no spread to speak of. */
const FEWEST_OF_A_TAIL = 4;
/** The quartiles of fewer windows are off by so much that an ordinary largest count looks like a shock. */
const FEWEST_WINDOWS_OF_A_TAIL = 200;
/** A limit beyond this is as good as none, and no number should claim otherwise. */
const MOST_BEYOND = 1000;

/** Cuts of fewer say nothing where there are more. */
const FEWEST = 8;

/** More digits than these no band knows, and nobody wants to read. Small rates keep one decimal. */
function round(rate: number): number {
  if (rate >= 1000) return Number(rate.toPrecision(4));
  return rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10;
}

/** Below this a number would be claimed to be known that nobody can know. */
export const LEAST_CHANCE = 1e-9;

/**
 * Roughly the chance of such a rate in a window: the tail between the end of the normal band (1 %) and the limit, drawn on as a
 * straight line of its logarithm.
 */
export function chanceOf(rate: number, band: Pick<Band, 'normal' | 'anomalous' | 'by'>, chance: number): number | null {
  const [, high] = band.normal;
  if (band.by === 'manual' || band.anomalous <= high) return null;
  const beyond = (rate - high) / (band.anomalous - high);
  return Math.min(1, Math.max(LEAST_CHANCE, Math.exp(Math.log(0.01) + beyond * (Math.log(chance) - Math.log(0.01)))));
}
