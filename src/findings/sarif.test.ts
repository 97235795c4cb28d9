import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EMPTY, FULL, LEAK } from '../testing/diagnosis.ts';
import { sarifObjections } from '../testing/sarif.ts';
import type { Diagnosis, Where } from './model.ts';
import { writeSarif } from './sarif.ts';

const Log = z.object({
  runs: z.tuple([
    z.object({
      tool: z.object({
        driver: z.object({
          rules: z.array(z.looseObject({ id: z.string(), help: z.object({ text: z.string() }).optional() })),
        }),
      }),
      results: z.array(
        z.object({
          ruleId: z.string(),
          ruleIndex: z.number(),
          level: z.string(),
          locations: z.tuple([
            z.object({
              physicalLocation: z.object({
                artifactLocation: z.object({ uri: z.string() }),
                region: z.object({ startLine: z.number() }),
              }),
            }),
          ]),
          partialFingerprints: z.record(z.string(), z.string()),
          codeFlows: z.array(z.unknown()).optional(),
        }),
      ),
    }),
  ]),
});

function run(d: Diagnosis): z.infer<typeof Log>['runs'][0] {
  const log: unknown = JSON.parse(writeSarif(d, '0.1.0'));
  expect(sarifObjections(log)).toEqual([]);
  return Log.parse(log).runs[0];
}

describe('writeSarif', () => {
  it('matches the golden file and the official schema', async () => {
    const text = writeSarif(FULL, '0.1.0');
    expect(sarifObjections(JSON.parse(text))).toEqual([]);
    // The help texts are pages of their own: the golden file is about the results.
    const { runs, ...rest } = z
      .looseObject({ runs: z.tuple([z.looseObject({ tool: z.unknown() })]) })
      .parse(JSON.parse(text));
    const [{ tool, ...results }] = runs;
    expect(tool).toBeDefined();
    await expect(`${JSON.stringify({ ...rest, runs: [results] }, null, 2)}\n`).toMatchFileSnapshot(
      'testdata/full.sarif.json',
    );
  });

  it('has a result for each finding that is open and has a place', () => {
    const { results, tool } = run(FULL);
    expect(results.map((r) => r.ruleId)).toEqual(['goroutine-blocked-send', 'heap-site-growth']);
    expect(tool.driver.rules.map((r) => r.id)).toEqual(['goroutine-blocked-send', 'heap-site-growth']);
    expect(results.map((r) => r.ruleIndex)).toEqual([0, 1]);
    expect(tool.driver.rules[0]?.help?.text).toContain('## The fix');
    expect(results[0]?.partialFingerprints).toEqual({ 'hemostat/v1': LEAK.fingerprint });
    expect(results[0]?.codeFlows).toHaveLength(1);
    expect(run(EMPTY).results).toEqual([]);
  });

  it('lets a suspicion be at most a warning', () => {
    const levels = (['proven', 'confirmed', 'suspected', 'cleared'] as const).map(
      (verdict) => run({ ...EMPTY, findings: [{ ...LEAK, verdict }] }).results[0]?.level,
    );
    expect(levels).toEqual(['error', 'error', 'warning', undefined]);
  });

  it.each([
    ['example.com/mod@v1.2.3/a b.go', 'example.com/mod@v1.2.3/a%20b.go'],
    ['/home/x/a#b.go', 'file:///home/x/a%23b.go'],
    ['C:\\src\\a.go', 'file:///C:/src/a.go'],
    ['C:/src/a.go', 'file:///C:/src/a.go'],
    ['größe.go', 'gr%C3%B6%C3%9Fe.go'],
  ])('turns the file %s into the URI %s', (file, uri) => {
    const where: Where = { function: '', file, line: 3 };
    const [result] = run({ ...EMPTY, findings: [{ ...LEAK, where, rule: 'not-documented' }] }).results;
    expect(result?.locations[0].physicalLocation).toEqual({ artifactLocation: { uri }, region: { startLine: 3 } });
  });

  it('is checked by a schema that can say no', () => {
    expect(sarifObjections({ version: '2.1.0', runs: [{ tool: {} }] })).not.toEqual([]);
    expect(sarifObjections({ version: '2.0.0', runs: [] })).not.toEqual([]);
  });
});
