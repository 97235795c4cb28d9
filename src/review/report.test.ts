import { describe, expect, it } from 'vitest';
import { FILES, IDS, RESULT, ROOT, rangeIn, reportAt, resultOf, sampleReview } from '../testing/sample-review.ts';
import type { Changes } from './revision.ts';

const FIRST = `${ROOT}/quotes/first.go`;
const at = rangeIn(FIRST, 'ctx.Done()');

function prints(...reports: Parameters<typeof reportAt>[1][]): string[] {
  const result = resultOf({ reports: reports.map((over) => reportAt(at, over)) });
  return sampleReview({ minConfidence: 'low' }, result).findings.map((f) => f.fingerprint);
}

describe('fingerprints', () => {
  it('do not move with the line', () => {
    const [before] = prints({});
    expect(prints({ line: 99, endLine: 99, start: 9000, end: 9010 })).toEqual([before]);
    expect(before).toMatch(/^[0-9a-f]{16}$/);
  });

  it('tell rule, function, package and operation apart', () => {
    const main = { function: 'main.run', importPath: 'example.com/shop/cmd/a' };
    const all = [
      prints({}),
      prints({ rule: 'timer-not-stopped' }),
      prints({ function: 'example.com/shop/quotes.Second' }),
      prints({ operation: 'results <- other' }),
      prints(main),
      prints({ ...main, importPath: 'example.com/shop/cmd/b' }),
      prints({ function: '', importPath: 'example.com/shop/quotes' }),
    ].flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it('tell the same operation in two closures of a function apart', () => {
    const closures = prints(
      { function: 'example.com/shop/quotes.First.func1' },
      { function: 'example.com/shop/quotes.First.func2', line: 15 },
    );
    expect(new Set(closures).size).toBe(2);
  });

  it('tell the same operation in one function apart by its order, whatever is filtered out', () => {
    const [one, two, three] = prints({}, { line: 15 }, { line: 16 });
    expect(new Set([one, two, three]).size).toBe(3);
    const changes: Changes = { touches: (_, first) => first === 15 };
    const reports = [reportAt(at), reportAt(at, { line: 15 }), reportAt(at, { line: 16 })];
    expect(sampleReview({ changes }, resultOf({ reports })).findings.map((f) => f.fingerprint)).toEqual([two]);
  });
});

describe('reviewOf', () => {
  it('tells the most certain first, leaks before comments, then by place', () => {
    const { findings } = sampleReview({ minConfidence: 'low' });
    expect(findings.map((f) => [f.confidence, f.rule, f.where.line])).toEqual([
      ['high', 'chan-first-wins', 9],
      ['medium', 'timer-not-stopped', 14],
      ['medium', 'unused-suppression', 17],
      ['low', 'timer-not-stopped', 15],
    ]);
  });

  it('counts what it does not show', () => {
    expect(sampleReview().counts).toEqual({ high: 1, medium: 2, low: 1, hidden: 1, suppressed: 1, old: 0 });
    expect(sampleReview({ minConfidence: 'high' }).counts).toMatchObject({ medium: 2, hidden: 3 });
  });

  it('gives rules the level of the configuration, but tests no more than they have', () => {
    const levels = new Map([
      ['chan-first-wins', 'low'],
      ['timer-not-stopped', 'high'],
      ['unused-suppression', 'off'],
    ] as const);
    const { findings } = sampleReview({ levels, minConfidence: 'low' });
    expect(findings.map((f) => [f.confidence, f.rule])).toEqual([
      ['high', 'timer-not-stopped'],
      ['high', 'timer-not-stopped'],
      ['low', 'chan-first-wins'],
    ]);
    const inTest = resultOf({
      reports: [reportAt(at, { rule: 'timer-not-stopped', confidence: 'low', inTest: true })],
    });
    expect(sampleReview({ levels, minConfidence: 'low' }, inTest).findings[0]?.confidence).toBe('low');
  });

  it('leaves out what is excluded, with its comments and problems', () => {
    const review = sampleReview({ excluded: (path) => path.endsWith('pool.go') });
    expect(review.findings.map((f) => f.rule)).toEqual(['chan-first-wins', 'timer-not-stopped']);
    expect(review.suppressed).toEqual([]);
    expect(sampleReview({ excluded: () => true })).toMatchObject({ findings: [], suppressed: [], problems: [] });
  });

  it('with a revision, shows what is on a new line or has a step there', () => {
    // Line 7 makes the channel: the send below it leaks since that line changed.
    const changes: Changes = { touches: (path, first, last) => path === FIRST && first <= 7 && last >= 7 };
    const { findings, suppressed, counts } = sampleReview({ changes });
    expect(findings.map((f) => f.rule)).toEqual(['chan-first-wins']);
    expect(suppressed).toEqual([]);
    expect(counts).toMatchObject({ high: 1, medium: 0, low: 0, suppressed: 0, old: 3 });
  });

  it('keeps every fact of a report', () => {
    const [finding] = sampleReview().findings;
    const [report] = RESULT.reports;
    expect(finding).toMatchObject({
      verdict: 'suspected',
      severity: 'high',
      title: report?.message,
      subject: { service: 'example.com/shop', instance: 'example.com/shop/quotes' },
      where: { function: 'example.com/shop/quotes.First', file: FIRST, line: 9 },
      region: { line: 9, column: 15 },
      fix: { text: report?.advice, safe: true, title: 'make(chan Quote, 2)' },
    });
    expect(finding?.chain.map((step) => step.region?.line)).toEqual([7, 8, 12]);
    expect([...FILES.keys()]).toHaveLength(2);
    expect(IDS).toContain(finding?.rule);
  });
});
