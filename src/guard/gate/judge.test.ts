import { describe, expect, it } from 'vitest';
import type { Finding } from '../../findings/model.ts';
import { found, NOW, POLICY, resultOf } from '../../testing/guard-report.ts';
import { INEXCUSABLE } from '../inexcusable.ts';
import type { PartName, PartResult } from '../part.ts';
import { GUARD_RULES } from '../rules.ts';
import { type BaselineEntry, baselineOf, parseBaseline, writeBaseline } from './baseline.ts';
import { judge, type Policy } from './judge.ts';
import { blocks } from './limit.ts';

function judged(results: readonly PartResult[], policy: Partial<Policy> = {}): ReturnType<typeof judge> {
  return judge({ command: 'gate', results, skipped: [], notes: [] }, { ...POLICY, ...policy }, NOW);
}

function standings(findings: readonly Finding[], policy: Partial<Policy>, part: PartName = 'config'): string[] {
  return judged([resultOf(part, findings)], policy).findings.map(
    ({ subject, standing }) => `${subject.instance.split('/').at(-1)} ${standing}`,
  );
}

function entry(finding: Finding, changes: Partial<BaselineEntry> = {}): BaselineEntry {
  const { rule, fingerprint, title } = finding;
  return { part: 'config', rule, fingerprint, count: 1, title, firstSeen: '2026-01-01', ...changes };
}

describe('what blocks', () => {
  it('is confirmed and high, and more, where nothing else is said', () => {
    const sure = (['proven', 'confirmed', 'suspected', 'cleared'] as const).map((verdict) =>
      blocks('config', found('a', { verdict }), POLICY.failOn),
    );
    expect(sure).toEqual([true, true, false, false]);
    const severe = (['critical', 'high', 'medium', 'low', 'info'] as const).map((severity) =>
      blocks('deps', found('a', { severity }), POLICY.failOn),
    );
    expect(severe).toEqual([true, true, false, false, false]);
  });

  it('goes by confidence for the review, whose findings are all suspected', () => {
    const at = (confidence: 'high' | 'medium' | 'low', review: Policy['failOn']['review']): boolean =>
      blocks('review', found('a', { verdict: 'suspected', confidence }), { ...POLICY.failOn, review });
    expect([at('high', 'high'), at('medium', 'high'), at('medium', 'medium'), at('high', 'never')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('a verdict', () => {
  it('never passes over what could not be looked at', () => {
    const failed = resultOf('deps', [], { failures: ['it did not answer.'] });
    expect(judged([resultOf('config', []), failed])).toMatchObject({
      outcome: 'unknown',
      verdict: 'unknown, which does not pass: it did not answer (deps).',
    });
    expect(judged([]).outcome).toBe('unknown');
    // What blocks is known, whatever else was not seen; both are said.
    expect(judged([resultOf('config', [found('a')]), failed])).toMatchObject({
      outcome: 'blocked',
      verdict: 'blocked: 1 finding blocks (config); 1 thing could not be checked.',
    });
    expect(judged([resultOf('config', [found('a', { severity: 'low' })])])).toMatchObject({
      outcome: 'passed',
      verdict: 'passed: nothing blocks in config.',
    });
  });

  it('has every finding once, whatever its standing', () => {
    const findings = [found('a'), found('b', { severity: 'low' }), found('c', { verdict: 'cleared' })];
    const report = judged([resultOf('config', findings), resultOf('deps', [found('d')])]);
    expect(report.findings).toHaveLength(4);
    expect(report.parts.map(({ findings, blocking }) => [findings, blocking])).toEqual([
      [3, 1],
      [1, 1],
    ]);
    expect(report.findings.slice(0, 2).every(({ standing }) => standing === 'blocks')).toBe(true);
  });
});

describe('an exception', () => {
  const until = (day: string, subject = '*/a') => ({
    exceptions: [{ rule: 'config-container-privileged', subject, reason: 'why', until: day }],
  });

  it('excuses what it names through its last day', () => {
    expect(standings([found('a'), found('b')], until('2026-11-20'))).toEqual(['b blocks', 'a exception']);
    expect(standings([found('a')], until('2026-11-19'))).toEqual(['a blocks']);
    expect(judged([resultOf('config', [found('a')])], until('2026-11-19')).notes).toEqual([
      'the exception for rule config-container-privileged, subject */a ended on 2026-11-19: 1 finding that it covered can block',
    ]);
    expect(judged([resultOf('config', [])], until('2026-12-01')).notes).toEqual([
      expect.stringContaining('covers no finding of this run'),
    ]);
  });

  it('knows * only, and takes any pattern', () => {
    expect(standings([found('a.b')], until('2026-12-01', 'apps/*/shop/a?b'))).toEqual(['a.b blocks']);
    expect(standings([found('ab')], until('2026-12-01', 'apps/*b*ab'))).toEqual(['ab blocks']);
    expect(standings([found('ab')], until('2026-12-01', '*a*b*'))).toEqual(['ab exception']);
    // Ends: what backtracks would not.
    expect(standings([found('a'.repeat(20_000))], until('2026-12-01', `${'*a'.repeat(2000)}*z`))).toEqual([
      expect.stringContaining('blocks'),
    ]);
  });

  it('excuses nothing that contradicts what somebody vouched for', () => {
    const changed = found('a', { rule: 'deps-integrity-mismatch', verdict: 'confirmed' });
    const all = { rule: '*', subject: '*', reason: 'why', until: '2027-01-01' };
    const policy = { exceptions: [all], baseline: { file: 'b', entries: [entry(changed, { part: 'deps' })] } };
    expect(standings([changed], policy, 'deps')).toEqual(['a blocks']);
    const supply = [{ leg: 'supply' as const, says: 's', numbers: [], captures: [] }];
    expect(standings([found('a', { verdict: 'proven', evidence: supply })], policy, 'image')).toEqual(['a blocks']);
    // A chain of grants is proven, too, and a house may live with it for a while.
    expect(standings([found('a', { verdict: 'proven' })], { exceptions: [all] })).toEqual(['a exception']);
    expect(INEXCUSABLE.filter((id) => !GUARD_RULES.some((rule) => rule.id === id))).toEqual([]);
  });
});

describe('a baseline', () => {
  const of = (...entries: BaselineEntry[]): Partial<Policy> => ({ baseline: { file: 'b.json', entries } });

  it('excuses as many as it counted, for as long as it says', () => {
    const [a, b] = [found('a'), found('b')];
    expect(standings([a, b], of(entry(a)))).toEqual(['b blocks', 'a baseline']);
    expect(standings([a, a], of(entry(a)))).toEqual(['a blocks', 'a baseline']);
    expect(standings([a], of(entry(a, { part: 'deps' })))).toEqual(['a blocks']);
    expect(standings([a], of(entry(a, { until: '2026-11-20' })))).toEqual(['a baseline']);
    const expired = judged([resultOf('config', [a])], of(entry(a, { until: '2026-11-19' }), entry(b)));
    expect(expired).toMatchObject({
      outcome: 'blocked',
      baseline: { known: 0, expired: [{ title: a.title }], gone: [{ title: b.title }] },
    });
    // What was not seen is not gone.
    const blind = judged([resultOf('config', [], { failures: ['no.'] })], of(entry(b)));
    expect(blind.baseline?.gone).toEqual([]);
    // Below the limit is not gone either.
    expect(judged([resultOf('config', [{ ...b, severity: 'low' }])], of(entry(b))).baseline?.gone).toEqual([]);
  });

  it('is written sorted, keeps what people wrote, and leaves out what cannot be excused', () => {
    const [a, b] = [found('a'), found('b')];
    const bad = found('c', { rule: 'deps-sum-mismatch' });
    const old = [
      entry(a, { until: '2027-01-01', reason: 'ticket 7' }),
      entry(found('gone')),
      entry(found('unseen'), { part: 'image' }),
    ];
    const all = [b, a, b, found('d', { verdict: 'cleared' })].map((finding) => ({ part: 'config' as const, finding }));
    const now = baselineOf([...all, { part: 'deps', finding: bad }], old, new Set(['config', 'deps']), NOW);
    expect(now).toEqual([
      entry(b, { count: 2, firstSeen: '2026-11-20' }),
      entry(a, { until: '2027-01-01', reason: 'ticket 7' }),
      entry(found('unseen'), { part: 'image' }),
    ]);
    const text = writeBaseline(now);
    expect(writeBaseline([...now].reverse())).toBe(text);
    expect(parseBaseline(text, 'b.json')).toEqual(expect.arrayContaining(now));
    expect(standings([a, b, b], of(...parseBaseline(text, 'b.json')))).not.toContainEqual(
      expect.stringContaining('blocks'),
    );
  });

  it.each([
    ['{', /^b\.json is not JSON; write it with /],
    ['{"schema":"hemostat/baseline@2","entries":[]}', /^b\.json is not a baseline of this version at schema: /],
    ['{"schema":"hemostat/baseline@1","entries":[{}]}', /at entries\.0\.part/],
    ['[]', /not a baseline of this version/],
  ])('says what is wrong with %s', (text, says) => {
    expect(() => parseBaseline(text, 'b.json')).toThrow(
      expect.objectContaining({ name: 'GuardUsageError', message: expect.stringMatching(says) }),
    );
  });
});
