import { describe, expect, it } from 'vitest';
import { fuzz, type Options, type Outcome } from '../fuzz/engine.ts';
import { inputOf, randomFrom } from '../fuzz/mutate.ts';
import { allTargets } from '../fuzz/run.ts';

/** A short version of `make fuzz`. An input that is read for a minute hangs, on any machine. */
const SHORT: Pick<Options, 'runs' | 'seed' | 'timeoutMs' | 'maxFailures'> = {
  runs: 2000,
  seed: 1,
  timeoutMs: 60_000,
  maxFailures: 5,
};

describe('every reader', () => {
  it('has targets', async () => {
    expect((await allTargets()).length).toBeGreaterThan(1);
  });

  it('survives mutated inputs', { timeout: 300_000 }, async () => {
    for (const { module, name } of await allTargets()) {
      const { failures, runs } = await fuzz({ ...SHORT, module, target: name });
      expect(failures.map((f) => `${name} ${f.number}: ${f.problem}`)).toEqual([]);
      expect(runs).toBe(SHORT.runs);
    }
  });
});

describe('the engine', () => {
  const module = new URL('./fuzz-self.ts', import.meta.url).href;
  const run = (target: string, options: Partial<Options> = {}): Promise<Outcome> =>
    fuzz({ ...SHORT, module, target, ...options });

  it('counts what is read and what is refused', async () => {
    const outcome = await run('steady');
    expect(outcome.failures).toEqual([]);
    expect(outcome.accepted + outcome.rejected).toBe(SHORT.runs);
    expect(Math.min(outcome.accepted, outcome.rejected)).toBeGreaterThan(100);
  });

  it('reports other errors with the input that makes them, and stops after enough', async () => {
    const { failures } = await run('throws');
    expect(failures).toHaveLength(SHORT.maxFailures);
    for (const { input, problem } of failures) {
      expect(problem).toContain('TypeError: not an EvidenceError');
      expect(input.length).toBeGreaterThan(20);
    }
  });

  it('stops a hang, reports it and goes on', async () => {
    const { failures, runs } = await run('hangs', { timeoutMs: 1000, maxFailures: 2 });
    expect(failures.map((f) => [f.problem, f.input[0]])).toEqual([
      ['hangs: not done after 1000 ms', 0xff],
      ['hangs: not done after 1000 ms', 0xff],
    ]);
    expect(runs).toBeLessThanOrEqual(SHORT.runs);
  });

  it('reports what allocates too much', async () => {
    const { failures } = await run('greedy', { maxFailures: 1 });
    expect(failures.map((f) => f.input.length)).toEqual([0]);
    expect(failures[0]?.problem).toMatch(/^allocated \d+ bytes for 0 bytes of input/);
  });
});

describe('the mutations', () => {
  const seeds = [Buffer.from('goroutine 1 [running]:\nmain.main()\n'), Buffer.from([1, 2, 3, 0x80, 1])];

  it('are the same for the same numbers, and differ otherwise', () => {
    const first = Array.from({ length: 500 }, (_, n) => Buffer.from(inputOf(seeds, 'x', 1, n)).toString('hex'));
    const again = Array.from({ length: 500 }, (_, n) => Buffer.from(inputOf(seeds, 'x', 1, n)).toString('hex'));
    expect(again).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(300);
    expect(inputOf(seeds, 'x', 1, 0)).toEqual(seeds[0]);
  });

  it('draw numbers evenly', () => {
    const random = randomFrom('even', 1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const drawn = random(10);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });

  it('stay within their size', () => {
    for (let n = 0; n < 2000; n++) expect(inputOf(seeds, 'size', 7, n).length).toBeLessThanOrEqual(256 * 1024);
  });
});
