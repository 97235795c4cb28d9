/**
 * What source review finds in programs that were written apart from its rules, before anybody had looked at how the rules
 * work. docs/accuracy.md has the numbers of the first run and of now. Missing one that is found today is a step back, and
 * so is a false alarm.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type KernelResults, kernelTable, reviewKernels } from '../src/testing/review-kernels.ts';

interface Known {
  readonly set: 'kernels' | 'kernels2';
  /** Marked leaks that no rule finds yet, by program. Take out what is found; nothing may be added. */
  readonly missed: readonly string[];
  /** Programs with a false alarm of high or medium confidence. Nothing may be added. */
  readonly alarmed: readonly string[];
  /** Marked leaks that are found, at least. */
  readonly found: number;
}

const SETS: readonly Known[] = [
  {
    set: 'kernels',
    missed: [
      'backoff',
      'boxedbytes',
      'broadcast',
      'importrows',
      'lanes',
      'lockedhelper',
      'newshub',
      'titles',
      'unmade',
      'valuestruct',
    ],
    alarmed: [],
    found: 80,
  },
  { set: 'kernels2', missed: ['ingest', 'reflect', 'seenpods'], alarmed: ['miner'], found: 30 },
];

describe.each(SETS)('hemostat review, on programs written apart from the rules: $set', (known) => {
  let results: KernelResults;

  beforeAll(async () => {
    results = await reviewKernels(known.set);
  }, 60_000);

  const nameOf = (one: { at: string }): string => one.at.replace(/^.*\/|\.go:\d+$/g, '');

  it('reports nothing in what is right, but with low confidence', () => {
    const sure = results.falseAlarms.filter((alarm) => alarm.confidence !== 'low');
    expect(sure.filter((alarm) => !known.alarmed.includes(nameOf(alarm)))).toEqual([]);
  });

  it('finds every marked leak but those that are listed', () => {
    const missed = results.expected
      .filter((one) => one.rules.length > 0 && (one.found === 'missed' || one.found === 'rule'))
      .map(nameOf);
    expect(missed.filter((name) => !known.missed.includes(name))).toEqual([]);
  });

  it('reports at the marked line where it reports', () => {
    const found = results.expected.filter((one) => one.found === 'line' || one.found === 'elsewhere');
    const atLine = found.filter((one) => one.found === 'line');
    expect(found.length).toBeGreaterThan(known.found);
    expect(atLine.length / found.length).toBeGreaterThan(0.9);
  });

  it('prints a row for each rule', () => {
    const table = kernelTable(results);
    for (const one of results.expected) expect(table).toContain(`| ${one.rules[0] ?? 'none yet'} |`);
  });
});
