/** Damaged dumps that can still be read: whatever is in them, the analysis ends, and in time. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EvidenceError } from '../../evidence/error.ts';
import { readHeapDumpFrom } from '../../evidence/heapdump/read.ts';
import { memorySource } from '../../evidence/heapdump/source.ts';
import { runHeapProgram } from '../../testing/heapdump-lab.ts';
import { analyseDump } from './analyse.ts';

/** A generator of its own, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('changed bytes: a result or one clear error, never a proof without roots', async () => {
  const run = await runHeapProgram({ program: 'kinds', toolchain: 'local', args: ['-n', '1', '-payload', '64'] });
  const whole = readFileSync(run.dump);
  let analysed = 0;
  for (let seed = 1; seed <= 120; seed++) {
    const next = random(seed);
    const bytes = new Uint8Array(whole);
    for (let i = 0; i < 1 + next() * 200; i++) {
      // Half of the changes in what comes after the objects: goroutines, frames, roots.
      const from = next() < 0.5 ? 0 : 0.6 * bytes.length;
      bytes[Math.floor(from + next() * (bytes.length - from))] = Math.floor(next() * 256);
    }
    try {
      const dump = readHeapDumpFrom(memorySource(bytes), `seed ${seed}`, { partial: true });
      const { goroutines } = await analyseDump(dump);
      if (dump.memstats === null) expect(goroutines.proven).toBe(0);
      analysed++;
    } catch (error) {
      expect(error).toBeInstanceOf(EvidenceError);
    }
  }
  expect(analysed).toBeGreaterThan(30);
}, 180_000);
