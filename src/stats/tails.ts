/**
 * Tails of the distributions that counts have: Poisson, and the negative binomial for counts that spread more than Poisson.
 * Regularised incomplete gamma and beta functions by their series and continued fractions (Abramowitz & Stegun 6.5.29, 6.5.31,
 * 26.5.8; Lentz's way of evaluating fractions); relative error below 1e-9 where tests compare them with SciPy.
 */

const TINY = 1e-300;
const EPSILON = 1e-14;
const STEPS = 2000;

/** Stirling's series beyond 10, after recurrence below it; absolute error below 1e-12. x > 0. */
export function logGamma(x: number): number {
  let shift = 0;
  let y = x;
  while (y < 10) {
    shift += Math.log(y);
    y += 1;
  }
  const r = 1 / (y * y);
  const series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / y;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** P(a, x): the probability that a gamma variable of shape a and scale 1 is at most x. */
function gammaP(a: number, x: number): number {
  if (x <= 0) return 0;
  return x < a + 1 ? gammaSeries(a, x) : 1 - gammaFraction(a, x);
}

/** Q(a, x) = 1 − P(a, x), exact where it is tiny. */
function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1;
  return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x);
}

function gammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  // Near x = a some √a terms count.
  const most = STEPS + 20 * Math.sqrt(a);
  for (let n = 1; n < most; n++) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * EPSILON) break;
  }
  return sum * Math.exp(a * Math.log(x) - x - logGamma(a));
}

function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  const most = STEPS + 20 * Math.sqrt(a);
  for (let i = 1; i < most; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / nonZero(an * d + b);
    c = nonZero(b + an / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < EPSILON) break;
  }
  return h * Math.exp(a * Math.log(x) - x - logGamma(a));
}

/** I_x(a, b), the regularised incomplete beta function; 0 ≤ x ≤ 1. */
function betaI(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(a, b, x)) / a : 1 - (front * betaFraction(b, a, 1 - x)) / b;
}

function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  const most = STEPS + 20 * Math.sqrt(Math.max(a, b));
  for (let m = 1; m < most; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < EPSILON) break;
  }
  return h;
}

function nonZero(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}

/** P(X ≥ k) of a Poisson variable with that mean; k is a whole number. */
export function poissonAtLeast(k: number, mean: number): number {
  if (k <= 0) return 1;
  return mean <= 0 ? 0 : gammaP(k, mean);
}

/**
 * P(X ≥ k) of counts with this mean and `spread` = variance / mean: negative binomial above 1, Poisson at 1 or below. k is a
 * whole number.
 */
export function countAtLeast(k: number, mean: number, spread: number): number {
  if (k <= 0) return 1;
  if (mean <= 0) return 0;
  // So near to Poisson the beta function's arguments lose their digits.
  if (spread <= 1 + 1e-6) return poissonAtLeast(k, mean);
  // size r = mean / (spread − 1), success probability 1 / spread: P(X ≥ k) = I_{1 − 1/spread}(k, r).
  return betaI(k, mean / (spread - 1), 1 - 1 / spread);
}

/** The smallest k with P(X ≥ k) ≤ p. 0 < p < 1. */
export function countLimit(p: number, mean: number, spread: number): number {
  let high = Math.max(2, Math.ceil(mean + 6 * Math.sqrt(mean * Math.max(1, spread)) + 4));
  while (countAtLeast(high, mean, spread) > p) high *= 2;
  let low = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (countAtLeast(middle, mean, spread) > p) low = middle;
    else high = middle;
  }
  return high;
}

/** The mean of a Poisson variable of which a count of k or less has probability p: a one-sided bound on the mean (Garwood 1936). */
export function poissonMeanBound(k: number, p: number): number {
  let low = 0;
  let high = k + 10 + 10 * Math.sqrt(k + 1);
  // gammaQ(k + 1, mean) = P(X ≤ k).
  while (gammaQ(k + 1, high) > p) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (gammaQ(k + 1, middle) > p) low = middle;
    else high = middle;
  }
  return high;
}
