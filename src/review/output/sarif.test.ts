import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FILES, ROOT, resultOf, sampleReview, sampleSources } from '../../testing/sample-review.ts';
import { sarifObjections } from '../../testing/sarif.ts';
import { writeReviewSarif } from './sarif.ts';

const objections = (text: string): string[] => sarifObjections(JSON.parse(text));

const Place = z.object({ startLine: z.number(), startColumn: z.number(), endLine: z.number(), endColumn: z.number() });
const Log = z.object({
  runs: z.tuple([
    z.object({
      results: z.array(
        z.object({
          ruleId: z.string(),
          level: z.string(),
          locations: z.tuple([z.object({ physicalLocation: z.object({ region: Place }) })]),
          fixes: z
            .tuple([
              z.object({
                description: z.object({ text: z.string() }),
                artifactChanges: z.tuple([
                  z.object({
                    replacements: z.tuple([
                      z.object({ deletedRegion: Place, insertedContent: z.object({ text: z.string() }).optional() }),
                    ]),
                  }),
                ]),
              }),
            ])
            .optional(),
          suppressions: z.tuple([z.object({ kind: z.string(), justification: z.string() })]).optional(),
        }),
      ),
    }),
  ]),
});

const Tool = z.object({
  driver: z.object({
    rules: z.array(
      z.object({
        id: z.string(),
        help: z.object({ text: z.string() }).optional(),
        defaultConfiguration: z.object({ level: z.string() }),
      }),
    ),
  }),
});

function sarif(root = ROOT): string {
  return writeReviewSarif(sampleReview(), root, sampleSources(), '0.1.0');
}

describe('writeReviewSarif', () => {
  it('matches the golden file and the official schema', async () => {
    expect(objections(sarif())).toEqual([]);
    // The help texts are pages of their own: the golden file is about the results.
    const { runs, ...rest } = z
      .looseObject({ runs: z.tuple([z.looseObject({ tool: Tool })]) })
      .parse(JSON.parse(sarif()));
    const [{ tool, ...results }] = runs;
    expect(tool.driver.rules.map((rule) => [rule.id, rule.defaultConfiguration.level])).toEqual([
      ['chan-first-wins', 'error'],
      ['pool-use-after-put', 'error'],
      ['timer-not-stopped', 'warning'],
      ['unused-suppression', 'note'],
    ]);
    expect(tool.driver.rules.at(-1)?.help?.text).toContain('## The fix');
    await expect(`${JSON.stringify({ ...rest, runs: [results] }, null, 2)}\n`).toMatchFileSnapshot(
      'testdata/review.sarif.json',
    );
    expect(objections(writeReviewSarif(sampleReview({}, resultOf()), ROOT, sampleSources(), '0.1.0'))).toEqual([]);
  });

  it('says how sure it is by its levels, and marks what a comment silences', () => {
    const { results } = Log.parse(JSON.parse(sarif())).runs[0];
    expect(results.map((r) => [r.ruleId, r.level, r.suppressions?.[0].justification])).toEqual([
      ['chan-first-wins', 'error', undefined],
      ['timer-not-stopped', 'warning', undefined],
      ['unused-suppression', 'note', undefined],
      ['pool-use-after-put', 'error', 'the caller copies it at once'],
    ]);
  });

  it('counts columns in UTF-16, and gives fixes that a reader can apply', () => {
    const { results } = Log.parse(JSON.parse(sarif())).runs[0];
    const lines = (FILES.get(`${ROOT}/quotes/first.go`) ?? '').split('\n');
    const piece = ({ startLine, startColumn, endColumn }: z.infer<typeof Place>) =>
      (lines[startLine - 1] ?? '').slice(startColumn - 1, endColumn - 1);
    const [first] = results;
    if (first === undefined) throw new Error('the sample has results');
    // `ö`, `ß` and `€` are more bytes than code units.
    expect(piece(first.locations[0].physicalLocation.region)).toBe('results <- s.Ask("größer als 5 €")');
    const change = first.fixes?.[0].artifactChanges[0].replacements[0];
    if (change === undefined) throw new Error('the first result has a fix');
    const { startLine, startColumn } = change.deletedRegion;
    expect(change.deletedRegion).toEqual({ startLine, startColumn, endLine: startLine, endColumn: startColumn });
    const line = lines[startLine - 1] ?? '';
    const fixed = line.slice(0, startColumn - 1) + change.insertedContent?.text + line.slice(startColumn - 1);
    expect(fixed.trim()).toBe('results := make(chan Quote, 2)');
    expect(results[1]?.fixes?.[0].description.text).toBe('Suggestion: stop it');
  });

  it('names files outside of the root in full', () => {
    expect(sarif('/elsewhere')).toContain('"uri": "file:///src/shop/quotes/first.go"');
    expect(sarif()).toContain('"uri": "quotes/first.go"');
  });
});
