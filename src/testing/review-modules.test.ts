import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Judgement,
  type ModuleReports,
  moduleTable,
  parseJudgements,
  parseReports,
  unjudged,
} from './review-modules.ts';

const report = (line: number, confidence: 'high' | 'medium'): object => ({
  rule: 'body-not-closed',
  title: 'left open',
  where: { file: 'a.go', line },
  fingerprint: String(line).padStart(4, '0'),
  confidence,
  chain: [{ text: 'made here', where: { file: 'a.go', line } }],
});

const reports = (...findings: object[]): ModuleReports =>
  parseReports('example.com/m@v1.0.0', JSON.stringify({ findings, stats: { files: 3 } }));

const judged = (line: number, right: boolean, read: 'high' | 'medium' = 'high'): Judgement => ({
  module: 'example.com/m@v1.0.0',
  rule: 'body-not-closed',
  at: `a.go:${line}`,
  fingerprint: 'x',
  read,
  reading: 1,
  right,
  reason: `reason ${line}`,
});

describe('judging what source review says about modules', () => {
  it('asks for what has high confidence, twenty of a module', () => {
    const all = [reports(report(1, 'high'), report(2, 'medium'), report(3, 'high'))];
    expect(unjudged(all, [judged(1, true)]).map(({ at }) => at)).toEqual(['a.go:3']);
    const many = reports(...Array.from({ length: 30 }, (_, line) => report(line + 1, 'high')));
    expect(unjudged([many], [])).toHaveLength(20);
  });

  it('counts what was right at first, what is now, and what got lost', () => {
    const all = [reports(report(1, 'high'), report(2, 'medium'))];
    const judgements = [judged(1, true), judged(2, false), judged(3, true)];
    const table = moduleTable(all, judgements);
    expect(table).toContain('| example.com/m@v1.0.0 | 3 | 1: body-not-closed | 1: body-not-closed | 0 |');
    expect(table).toContain('| body-not-closed | 2 of 3 | 1 of 1 |  | 0 of 1 | 1 |');
    expect(table).toContain('wrong: example.com/m@v1.0.0 a.go:2 (body-not-closed; medium now): reason 2');
    expect(table).toContain('right: example.com/m@v1.0.0 a.go:3 (body-not-closed; no longer reported): reason 3');
  });

  it('has a reason for each judgement, of a module on the list', () => {
    const path = join(import.meta.dirname, '..', '..', 'scripts', 'review-modules.json');
    const plan = parseJudgements(readFileSync(path, 'utf8'));
    const modules = new Set(plan.modules);
    expect(plan.judged.filter(({ module }) => !modules.has(module))).toEqual([]);
    const keys = plan.judged.map(({ module, rule, at }) => `${module} ${rule} ${at}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
