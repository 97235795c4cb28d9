/** The two distributions that the intervals need, by published approximations with a stated error. */

/**
 * Standard normal distribution function. Abramowitz & Stegun 7.1.26 by way of erfc (W. J. Cody's form is not needed):
 * absolute error below 1.5e-7, far inside what a p value of six snapshots means.
 */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * poly * Math.exp(-x * x);
  return z >= 0 ? 1 - tail : tail;
}

/** 97.5 % quantile of the standard normal: the half width of a 95 % interval. */
export const Z95 = 1.959963984540054;

/** 97.5 % quantiles of Student's t for 1 … 30 degrees of freedom (any statistics table). */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const;

/** 97.5 % quantile of Student's t. Beyond 30 degrees of freedom Cornish–Fisher's first term is exact to 0.001. */
export function t95(degreesOfFreedom: number): number {
  const tabled = T95[Math.max(1, Math.floor(degreesOfFreedom)) - 1];
  return tabled ?? Z95 + (Z95 ** 3 + Z95) / (4 * degreesOfFreedom);
}
