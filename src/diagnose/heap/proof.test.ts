/** Real dumps of programs that know by construction which of their goroutines are leaked. No false proof, ever. */
import { describe, expect, test } from 'vitest';
import { openExecutable } from '../../evidence/binary/executable.ts';
import { readHeapDump } from '../../evidence/heapdump/read.ts';
import { type HeapProgramRun, hasToolchain, runHeapProgram } from '../../testing/heapdump-lab.ts';
import { leakedHeap } from './leaked.ts';
import { type Proof, prove } from './proof.ts';

const TOOLCHAINS = ['go1.19.13', 'go1.23.4', 'go1.26.8', 'go1.27.1'];

/** Ids of goroutines that the program says are leaked and the proof does not have, and the other way round. */
function compare(run: HeapProgramRun, { dump, verdicts, why }: Proof) {
  const truth = new Map(run.truth.goroutines.map((goroutine) => [goroutine.id, goroutine]));
  const missed: string[] = [];
  const falsely: string[] = [];
  let right = 0;
  for (let g = 0; g < dump.goroutines.count; g++) {
    const known = truth.get(dump.goroutines.id[g] ?? 0);
    const leaked = known?.leaked === true;
    const proven = verdicts[g] === 'proven';
    if (leaked && proven) right++;
    else if (leaked) missed.push(`${known?.kind}, ${known?.why}: ${verdicts[g]}, ${why[g]}`);
    else if (proven) falsely.push(`${known?.kind ?? 'not registered'}, ${known?.why}`);
  }
  return { missed, falsely, right, leaked: run.truth.goroutines.filter(({ leaked }) => leaked).length };
}

function proofOf(run: HeapProgramRun, withBinary: boolean): Proof {
  const dump = readHeapDump(run.dump);
  if (!withBinary) return prove(dump);
  const executable = openExecutable(run.binary);
  try {
    return prove(dump, executable);
  } finally {
    executable.close();
  }
}

describe.each(TOOLCHAINS.filter((toolchain) => hasToolchain(toolchain)))('%s', (toolchain) => {
  test('every kind of wait: all leaked goroutines are proven and no other', async () => {
    const run = await runHeapProgram({ program: 'kinds', toolchain });
    for (const withBinary of [true, false]) {
      const proof = proofOf(run, withBinary);
      const { missed, falsely, right, leaked } = compare(run, proof);
      expect(falsely).toEqual([]);
      expect(leaked).toBeGreaterThan(150);
      // This program has cleanups where Go has them; then garbage that a conservatively scanned stack keeps may leave
      // one or two open, which must be said.
      const open = missed.filter((text) => text.includes('unknown, only objects that nothing refers to'));
      expect(missed.filter((text) => !open.includes(text))).toEqual([]);
      expect(open.length).toBeLessThanOrEqual(/1\.2[4-9]/.test(toolchain) ? 3 : 0);
      expect(right).toBe(leaked - open.length);
      expect(proof.proven).toBe(right);
    }
  }, 300_000);

  test('held bytes are what the program allocated for them, within 1 %', async () => {
    const run = await runHeapProgram({ program: 'kinds', toolchain });
    const proof = proofOf(run, true);
    const { clusters, held } = leakedHeap(proof);
    const payload = (run.truth.heldBytes / compare(run, proof).leaked) * proof.proven;
    expect(Math.abs(held.bytes - payload)).toBeLessThan(0.01 * payload);
    expect(clusters.reduce((sum, { goroutines }) => sum + goroutines.length, 0)).toBe(proof.proven);
    expect(clusters.reduce((sum, { own }) => sum + own.bytes, 0)).toBeLessThanOrEqual(held.bytes);
  }, 300_000);

  test('1000 random graphs: exactly the truth with the executable, nothing false without', async () => {
    const args = ['-cases', '1000', '-seed', '11'];
    const run = await runHeapProgram({ program: 'random', toolchain, args });
    expect(run.truth.cases).toBe(1000);
    const exact = compare(run, proofOf(run, true));
    expect(exact.leaked).toBeGreaterThan(1000);
    expect(exact.falsely).toEqual([]);
    expect(exact.missed).toEqual([]);
    const rough = compare(run, proofOf(run, false));
    expect(rough.falsely).toEqual([]);
    expect(rough.right).toBeGreaterThan(0.5 * rough.leaked);
  }, 300_000);
});
