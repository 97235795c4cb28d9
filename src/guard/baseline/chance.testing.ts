/** Random numbers for simulated services, the same for the same seed. */
import { logGamma } from '../../stats/tails.ts';

export interface Chance {
  /** In [0, 1). */
  uniform(): number;
  /** Between `low` and `high`, evenly on a logarithmic scale. */
  between(low: number, high: number): number;
  below(count: number): number;
  normal(): number;
  poisson(mean: number): number;
  /** Mean 1, with this coefficient of variation. */
  gamma(cv: number): number;
}

/** Mulberry32 (public domain, Ettinger 2017), 2³² states: some 10⁸ numbers of each are drawn here. */
export function chanceOf(seed: number): Chance {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    normal,
    between: (low, high) => low * Math.exp(uniform() * Math.log(high / low)),
    below: (count) => Math.floor(uniform() * count),
    poisson: (mean) => (mean < 30 ? smallPoisson(mean, uniform) : largePoisson(mean, uniform)),
    gamma: (cv) => (cv <= 0 ? 1 : gammaOf(1 / (cv * cv), uniform, normal) * cv * cv),
  };
}

/** By inversion. */
function smallPoisson(mean: number, uniform: () => number): number {
  if (mean <= 0) return 0;
  let left = uniform();
  let p = Math.exp(-mean);
  let k = 0;
  while (left > p && k < 1000) {
    left -= p;
    k++;
    p *= mean / k;
  }
  return k;
}

/** Hörmann's PTRS (1993): exact in the tails, which are what the limits are about. */
function largePoisson(mean: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const alpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= k * Math.log(mean) - mean - logGamma(k + 1)) return k;
  }
}

/** Marsaglia & Tsang 2000. */
function gammaOf(shape: number, uniform: () => number, normal: () => number): number {
  if (shape < 1) return gammaOf(shape + 1, uniform, normal) * (1 - uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
