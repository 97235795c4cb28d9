import { describe, expect, it } from 'vitest';
import { random } from '../watch/analyse/simulate.ts';
import { type Site, samplingVariance } from './sites.ts';
import { mayWander } from './wander.ts';

const RATE = 512 * 1024;

/** Objects of one size as a profile shows them; `born` counts every object ever allocated. */
function siteOf(size: number, alive: readonly number[], born: readonly number[]): Site {
  const where = { function: 'main.keep', file: 'main.go', line: 1 };
  const p = 1 - Math.exp(-size / RATE);
  const bytes = Float64Array.from(alive, (n) => (n * size) / p);
  const objects = Float64Array.from(alive, (n) => n / p);
  return {
    ...{ key: 'k', kind: 'heap', where, owned: true, via: '', allocator: '', functions: new Set<string>() },
    ...{ poolUsers: [], stack: [], bytes, objects },
    variance: objects.map((n, i) => samplingVariance(bytes[i] ?? 0, n, RATE)),
    allocBytes: Float64Array.from(born, (n) => (n * size) / p),
  };
}

describe('growth that may be chance', () => {
  it('is what a few births more than deaths make', () => {
    expect(mayWander(siteOf(32_768, [100, 128], [500, 580]), 0, 1)).toBe(true);
  });
  it('is not what a site gains that lets nothing go, however little', () => {
    expect(mayWander(siteOf(1 << 20, [0, 5], [0, 5]), 0, 1)).toBe(false);
  });
  it('is not what a leak adds to objects that come and go', () => {
    expect(mayWander(siteOf(32_768, [100, 250], [500, 710]), 0, 1)).toBe(false);
  });
  it('is not one buffer that is allocated anew and larger each time', () => {
    const site = siteOf(1 << 20, [1, 1], [1, 9]);
    const grown = { ...site, bytes: Float64Array.from(site.bytes, (n, i) => n * (i === 0 ? 1 : 8)) };
    expect(mayWander(grown, 0, 1)).toBe(false);
  });
  it('is left to the test for trends where each capture shows other objects than the one before', () => {
    expect(mayWander(siteOf(32_768, [100, 128], [500, 5000]), 0, 1)).toBe(false);
  });
  it('is every walk by chance that rises by a quarter', () => {
    const next = random(7);
    let rises = 0;
    let caught = 0;
    for (let walk = 0; walk < 2000; walk++) {
      let [alive, born] = [40, 40];
      const seen: [number, number][] = [];
      for (let step = 0; step <= 54; step++) {
        if (step % 6 === 0) seen.push([alive, born]);
        let deaths = 0;
        for (let i = 0; i < alive; i++) if (next() < 0.03) deaths++;
        // Forty tries at 3 %: as many births as deaths in the long run.
        let births = 0;
        for (let i = 0; i < 40; i++) if (next() < 0.03) births++;
        alive += births - deaths;
        born += births;
      }
      const [first, last] = [seen[0]?.[0] ?? 0, seen.at(-1)?.[0] ?? 0];
      if (last - first < 10) continue;
      rises++;
      const site = siteOf(
        RATE,
        seen.map(([n]) => n),
        seen.map(([, n]) => n),
      );
      if (mayWander(site, 0, seen.length - 1)) caught++;
    }
    expect(rises).toBeGreaterThan(20);
    expect(caught).toBe(rises);
  });
});
