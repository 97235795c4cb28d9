import { describe, expect, it } from 'vitest';
import { countAtLeast, countLimit, logGamma, poissonAtLeast, poissonMeanBound } from './tails.ts';

/** Relative, as tails are tiny. */
function near(found: number, wanted: number, relative = 1e-9): void {
  expect(Math.abs(found / wanted - 1), `${found} is not ${wanted}`).toBeLessThan(relative);
}

// Reference values: SciPy 1.17.1 (special.gammaln, stats.poisson.sf, stats.nbinom.sf, isf, stats.chi2.isf).
describe('agrees with SciPy', () => {
  it.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [3.7, 1.428072326665388],
    [10, 12.801827480081469],
    [123.4, 469.3360974421906],
    [1e5, 1051287.7089736569],
  ])('logGamma(%d)', (x, wanted) => near(logGamma(x), wanted, 1e-12));

  it.each([
    [1, 0.01, 0.009950166250831952],
    [3, 0.004, 1.0634717809826525e-8],
    [10, 2, 4.649807501726386e-5],
    [90, 50, 2.293182960554874e-7],
    [150, 50, 3.530612225414933e-30],
    [100, 100, 0.5132987982791487],
    [1200, 1000, 4.684203855872292e-10],
    [11000, 10000, 3.9112258050929854e-23],
  ])('P(X ≥ %d), Poisson of mean %d', (k, mean, wanted) => near(poissonAtLeast(k, mean), wanted));

  it.each([
    [1, 0.5, 2, 0.2928932188134525],
    [20, 5, 3, 0.00489978551563918],
    [100, 50, 1.5, 6.250990638857702e-7],
    [200, 50, 5, 1.472692940270019e-9],
    [500, 100, 20, 2.231984738676047e-7],
    [2000, 1000, 10, 1.0558582270473205e-15],
    [3, 0.2, 1.2, 0.004629629629629627],
    [60000, 50000, 100, 1.2205303955752162e-5],
  ])('P(X ≥ %d), mean %d, variance %d times that', (k, mean, spread, wanted) =>
    near(countAtLeast(k, mean, spread), wanted, 1e-8),
  );

  it.each([
    [2.8e-7, 50, 1, 90],
    [2.8e-7, 50, 3, 133],
    [1e-9, 0.5, 1, 10],
    [0.01, 20, 2, 38],
    [2.8e-7, 1000, 10, 1580],
    [2.8e-7, 100000, 50, 111591],
  ])('the count that has chance %d, mean %d, spread %d', (p, mean, spread, wanted) =>
    expect(countLimit(p, mean, spread)).toBe(wanted),
  );

  it.each([
    [0, 0.05, 2.9957322735539913],
    [1, 0.025, 5.571643390938898],
    [7, 0.025, 14.422675361702382],
    [19, 0.025, 29.6708535715856],
  ])('the bound on the mean of %d at %d', (k, p, wanted) => near(poissonMeanBound(k, p), wanted));
});

it('knows the ends', () => {
  expect(countAtLeast(0, 5, 2)).toBe(1);
  expect(countAtLeast(3, 0, 2)).toBe(0);
  expect(poissonAtLeast(1, 0)).toBe(0);
  // From Poisson to barely more than Poisson there is no step.
  near(countAtLeast(90, 50, 1 + 2e-6), poissonAtLeast(90, 50), 1e-4);
});
