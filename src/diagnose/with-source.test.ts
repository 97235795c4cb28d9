import { describe, expect, it } from 'vitest';
import type { Finding } from '../findings/model.ts';
import type { SourceReport } from '../findings/source-review.ts';
import { withSource } from './with-source.ts';

const finding: Finding = {
  rule: 'goroutine-blocked-send',
  verdict: 'suspected',
  severity: 'medium',
  title: '40 goroutines parked in a channel send',
  where: { function: 'main.(*pricer).price', file: '/build/shop/quotes/pricer.go', line: 62 },
  subject: { service: 'quotes', instance: 'pid 7' },
  count: 40,
  growth: null,
  holds: null,
  chain: [
    {
      kind: 'created-by',
      text: 'main.(*server).handleQuote',
      where: { function: 'main.(*server).handleQuote', file: '/build/shop/quotes/main.go', line: 53 },
    },
  ],
  evidence: [{ leg: 'goroutine', says: '0 → 40', numbers: [], captures: [] }],
  fix: { text: 'Give every send a way out, or room.' },
  fingerprint: '0123456789abcdef',
};

const report: SourceReport = {
  rule: 'chan-send-abandoned',
  confidence: 'high',
  path: '/home/me/checkout/quotes/pricer.go',
  line: 62,
  message: 'nobody receives when the deadline comes first',
  advice: 'Make the channel with room for one',
  function: 'main.(*pricer).price',
  steps: [{ path: '/home/me/checkout/quotes/main.go', line: 52, says: 'made here' }],
};

function join(
  reports: readonly SourceReport[],
  one: Finding = finding,
): { finding: Finding; notes: readonly string[] } {
  const joined = withSource([one], { dir: 'shop', files: 12, reports, notes: [] });
  const [first] = joined.findings;
  if (first === undefined) throw new Error('the finding is gone');
  return { finding: first, notes: joined.notes };
}

describe('a report on the line of the finding', () => {
  it('is its source leg, confirms it and comes first in the fix', () => {
    const { finding: found, notes } = join([report]);
    expect(found.verdict).toBe('confirmed');
    expect(found.evidence.at(-1)).toEqual({
      leg: 'source',
      says: 'the source explains it: chan-send-abandoned (high confidence) at pricer.go:62: nobody receives when the deadline comes first',
      numbers: [],
      captures: [],
      source: {
        rule: 'chan-send-abandoned',
        confidence: 'high',
        where: { function: 'main.(*pricer).price', file: '/home/me/checkout/quotes/pricer.go', line: 62 },
      },
    });
    expect(found.fix.text).toBe('Make the channel with room for one. Give every send a way out, or room.');
    expect(notes).toEqual(['The source in shop was reviewed (12 files); it explains one finding.']);
  });

  it('is found by the line that started the goroutine, and by a step of the report', () => {
    const atStart = {
      ...report,
      path: '/home/me/checkout/quotes/main.go',
      line: 53,
      function: 'main.(*server).handleQuote',
    };
    expect(join([atStart]).finding.verdict).toBe('confirmed');
    const byStep = { ...report, line: 40, steps: [{ path: '/x/quotes/pricer.go', line: 62, says: 'waits here' }] };
    expect(join([byStep]).finding.evidence.at(-1)?.says).toMatch(/^the source explains it/);
  });

  it('is found in the root of a module, whose folder may have any name, by the function', () => {
    const trimmed = { ...finding, where: { ...finding.where, file: 'example.com/shop/pricer.go' } };
    expect(join([report], trimmed).finding.verdict).toBe('confirmed');
  });

  it('does not confirm what may only be warming up', () => {
    const [found] = withSource([finding], { dir: 'shop', files: 1, reports: [report], notes: [] }, false).findings;
    expect(found?.verdict).toBe('suspected');
    expect(found?.evidence.at(-1)?.leg).toBe('source');
  });

  it('leaves the verdict alone when it is not sure', () => {
    const { finding: found } = join([{ ...report, confidence: 'medium' }]);
    expect(found.verdict).toBe('suspected');
    expect(found.evidence.at(-1)?.leg).toBe('source');
  });

  it('stands beside others, the surest and likeliest first', () => {
    const reports = (['chan-double-send', 'chan-first-wins', 'chan-unbounded-producer'] as const).map(
      (rule): SourceReport => ({ ...report, confidence: 'low', rule }),
    );
    const { finding: found } = join([...reports, report]);
    expect(found.evidence.slice(1).map((item) => item.source?.rule)).toEqual([
      'chan-send-abandoned',
      'chan-first-wins',
      'chan-double-send',
    ]);
    expect(found.verdict).toBe('confirmed');
  });
});

describe('a report elsewhere', () => {
  it('in the same function is told, and is no second leg', () => {
    const { finding: found, notes } = join([{ ...report, line: 70, steps: [] }]);
    expect(notes).toEqual([
      'The source in shop was reviewed (12 files) and has nothing at the lines that were measured, but something in the same functions.',
    ]);
    expect(found.verdict).toBe('suspected');
    expect(found.evidence.at(-1)?.says).toMatch(/^in the same function, not on the same line/);
    expect(found.fix).toEqual(finding.fix);
  });

  it.each([
    [
      'in another file of the same name',
      { ...report, path: '/home/me/checkout/offers/pricer.go', function: 'shop/offers.price', steps: [] },
    ],
    ['by a rule that cannot cause it', { ...report, rule: 'pool-put-unbounded' }],
    ['on another line of another function', { ...report, line: 9, function: 'main.other', steps: [] }],
  ])('%s is not its leg', (_, other) => {
    const { finding: found, notes } = join([other]);
    expect(found).toEqual(finding);
    expect(notes).toEqual([
      'The source in shop was reviewed (12 files) and has nothing at the lines that were measured. 1 report of high confidence elsewhere: hemostat review shows it.',
    ]);
  });

  it('says nothing of a finding that was cleared', () => {
    const cleared: Finding = { ...finding, verdict: 'cleared' };
    const joined = join([report], cleared);
    expect(joined.finding).toEqual(cleared);
    expect(joined.notes[0]).toContain('was reviewed (12 files). 1 report of high');
  });
});
