import { expect, it } from 'vitest';
import { EMPTY, FULL, LEAK } from '../testing/diagnosis.ts';
import { exceeds } from './gate.ts';
import type { Finding, Severity, Verdict } from './model.ts';
import { atLeast, sortFindings } from './sort.ts';

function finding(verdict: Verdict, severity: Severity, perHour: number | null, rule = 'a'): Finding {
  const growth = perHour === null ? null : { perHour, low: 0, high: 0, pValue: null, timeToLimit: null, limit: null };
  return { ...LEAK, rule, verdict, severity, growth, holds: null, count: null };
}

it('orders by certainty, then severity, then bytes per hour, then name', () => {
  const right = [
    finding('proven', 'low', null),
    finding('confirmed', 'critical', 1),
    finding('confirmed', 'high', 900),
    finding('confirmed', 'high', 100),
    finding('confirmed', 'high', 100, 'b'),
    finding('confirmed', 'high', null),
    finding('confirmed', 'high', -5),
    finding('suspected', 'critical', 1e9),
    finding('cleared', 'info', 1e12),
  ];
  for (let turn = 0; turn < right.length; turn++) {
    const mixed = [...right.slice(turn), ...right.slice(0, turn)].reverse();
    expect(sortFindings(mixed)).toEqual(right);
  }
});

it('does not let NaN disturb the order', () => {
  const sorted = sortFindings([finding('confirmed', 'high', Number.NaN), finding('confirmed', 'high', 5)]);
  expect(sorted.map((f) => f.growth?.perHour)).toEqual([5, Number.NaN]);
});

it('compares certainty', () => {
  expect(atLeast('proven', 'confirmed')).toBe(true);
  expect(atLeast('confirmed', 'confirmed')).toBe(true);
  expect(atLeast('suspected', 'confirmed')).toBe(false);
});

it('fails a gate from the asked certainty on', () => {
  expect(exceeds(FULL, 'proven')).toBe(false);
  expect(exceeds(FULL, 'confirmed')).toBe(true);
  expect(exceeds({ ...FULL, findings: FULL.findings.slice(1) }, 'confirmed')).toBe(false);
  expect(exceeds({ ...FULL, findings: FULL.findings.slice(1) }, 'suspected')).toBe(true);
  expect(exceeds(EMPTY, 'cleared')).toBe(false);
});
