/** Is the truth true? The programs compute it by construction; where Go has a leak profile, the runtime is asked too. */
import { describe, expect, test } from 'vitest';
import { hasToolchain, runHeapProgram } from './heapdump-lab.ts';

const NEWEST = 'go1.27.1';

describe.skipIf(!hasToolchain(NEWEST))('the truth of the programs, beside the goroutineleak profile of Go 1.27', () => {
  test('kinds', async () => {
    const { truth } = await runHeapProgram({ program: 'kinds', toolchain: NEWEST });
    expect(truth.runtimeAsked).toBe(true);
    const differ = truth.goroutines.filter((g) => g.leaked !== g.runtimeLeaked);
    // The profile comes after the dump, and its collections empty the pool: what only that held is leaked by then.
    expect(differ.filter((g) => g.why !== 'the object is held by a sync.Pool')).toEqual([]);
    expect(truth.goroutines.filter((g) => g.leaked).length).toBeGreaterThan(150);
    expect(truth.goroutines.filter((g) => !g.leaked).length).toBeGreaterThan(120);
  });

  test.each([1, 2, 3, 4])('random graphs of seed %i', async (seed) => {
    const { truth } = await runHeapProgram({ program: 'random', toolchain: NEWEST, args: ['-seed', String(seed)] });
    expect(truth.cases).toBe(50);
    expect(truth.goroutines.filter((g) => g.leaked !== g.runtimeLeaked)).toEqual([]);
    const leaked = truth.goroutines.filter((g) => g.leaked).length;
    expect(leaked).toBeGreaterThan(50);
    expect(truth.goroutines.length - leaked).toBeGreaterThan(50);
  });
});
