/**
 * What source review finds in programs that were written apart from its rules, before anybody had looked at how the rules
 * work. docs/accuracy.md has the numbers of the first run and of now. Missing one that is found today is a step back, and
 * so is a false alarm.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { type KernelResults, kernelTable, reviewKernels } from '../src/testing/review-kernels.ts';

/** Marked leaks that no rule finds yet, by program. Take out what is found; nothing may be added. */
const MISSED: readonly string[] = [
  'backoff',
  'boxedbytes',
  'broadcast',
  'importrows',
  'lanes',
  'lockedhelper',
  'newshub',
  'pendingcalls',
  'titles',
  'unmade',
  'valuestruct',
];

let results: KernelResults;

beforeAll(async () => {
  results = await reviewKernels('kernels');
}, 60_000);

describe('hemostat review, on programs written apart from the rules', () => {
  it('reports nothing in what is right, but with low confidence', () => {
    expect(results.falseAlarms.filter((alarm) => alarm.confidence !== 'low')).toEqual([]);
  });

  it('finds every marked leak but those that are listed', () => {
    const missed = results.expected
      .filter((one) => one.rules.length > 0 && (one.found === 'missed' || one.found === 'rule'))
      .map((one) => one.at.replace(/^.*\/|\.go:\d+$/g, ''));
    expect(missed.filter((name) => !MISSED.includes(name))).toEqual([]);
  });

  it('reports at the marked line where it reports', () => {
    const found = results.expected.filter((one) => one.found === 'line' || one.found === 'elsewhere');
    const atLine = found.filter((one) => one.found === 'line');
    expect(found.length).toBeGreaterThan(80);
    expect(atLine.length / found.length).toBeGreaterThan(0.9);
  });

  it('prints a row for each rule', () => {
    const table = kernelTable(results);
    for (const one of results.expected) expect(table).toContain(`| ${one.rules[0] ?? 'none yet'} |`);
  });
});
