/** One report in every form, held against the published schemas, and text of hostile strings. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { emptyReport, found, fullReport, NOW, POLICY, resultOf } from '../../testing/guard-report.ts';
import { judge } from '../gate/judge.ts';
import { writeGuardGithub } from './github.ts';
import { writeGuardJson } from './json.ts';
import { writeGuardMarkdown } from './markdown.ts';
import type { GuardReport } from './report.ts';
import { writeGuardSarif } from './sarif.ts';
import { tallyText, writeGuardText } from './text.ts';

const ROOT = '/repo/service';
const PLACES = { root: ROOT, repository: '/repo' };
const PLAIN = { width: 80, color: false, unicode: true };

const SCHEMA = join(import.meta.dirname, '..', '..', '..', 'docs', 'schema', 'guard.schema.json');
const published = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
formats.default(published);
const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(SCHEMA, 'utf8')));
const isReport = published.compile(schema);

/** The schema of SARIF as it is published (draft 4); only the name of `id` differs in what it uses. */
function sarifSchema(): Record<string, unknown> {
  const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const { id, $schema, ...rest } = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
  expect($schema).toBe('http://json-schema.org/draft-04/schema#');
  return { $id: id, ...rest };
}
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
formats.default(ajv);
const isSarif = ajv.compile(sarifSchema());

function sarif(report: GuardReport): string {
  return writeGuardSarif(report, { ...PLACES, version: '0.0.0' });
}

/** A finding whose every string is what somebody else chose. */
function hostile(): GuardReport {
  const bad = '\u001b[31m</details> <script>`|`@everyone ::error::x\n- [a](http://evil) \u202e';
  const finding = found('x', { title: bad, fix: { text: bad }, subject: { service: bad, instance: bad } });
  return judge({ command: 'gate', results: [resultOf('config', [finding])], skipped: [], notes: [bad] }, POLICY, NOW);
}

describe('a report as JSON', () => {
  it.each([
    ['full', fullReport()],
    ['empty', emptyReport()],
    ['hostile', hostile()],
  ])('follows the published schema: %s', (_, report) => {
    expect(isReport(JSON.parse(writeGuardJson(report))), JSON.stringify(isReport.errors)).toBe(true);
  });

  it('has findings with why each blocks or does not', () => {
    const { findings } = z
      .object({ findings: z.array(z.object({ standing: z.string() })) })
      .parse(JSON.parse(writeGuardJson(fullReport())));
    expect(findings.map(({ standing }) => standing)).toEqual([
      'blocks',
      'blocks',
      'exception',
      'baseline',
      'below',
      'cleared',
    ]);
  });

  it.each([
    ['another outcome', { outcome: 'fine' }],
    ['an unknown field', { extra: 1 }],
    ['a missing field', { notes: undefined }],
  ])('is refused by the schema with %s', (_, change) => {
    const value: unknown = JSON.parse(writeGuardJson(emptyReport()));
    expect(isReport(JSON.parse(JSON.stringify({ ...z.looseObject({}).parse(value), ...change })))).toBe(false);
  });
});

describe('a report as SARIF', () => {
  it.each([
    ['full', fullReport()],
    ['empty', emptyReport()],
    ['hostile', hostile()],
  ])('follows the schema of SARIF 2.1.0: %s', (_, report) => {
    expect(isSarif(JSON.parse(sarif(report))), JSON.stringify(isSarif.errors)).toBe(true);
  });

  it('names files from the repository, suppresses exceptions, knows the baseline, and admits that it failed', () => {
    const Result = z.object({
      baselineState: z.string(),
      suppressions: z.array(z.object({ kind: z.string(), justification: z.string() })).optional(),
      locations: z.array(z.looseObject({})),
    });
    const log = z
      .object({
        runs: z.array(
          z.object({ invocations: z.array(z.object({ executionSuccessful: z.boolean() })), results: z.array(Result) }),
        ),
      })
      .parse(JSON.parse(sarif(fullReport())));
    const [run] = log.runs;
    expect(run?.invocations).toEqual([{ executionSuccessful: false }]);
    expect(run?.results.map(({ baselineState }) => baselineState)).toEqual(['new', 'new', 'new', 'unchanged', 'new']);
    expect(run?.results.flatMap(({ suppressions }) => suppressions ?? [])).toEqual([
      { kind: 'external', justification: 'it is turned off in March' },
    ]);
    const [web, live] = [run?.results[0]?.locations[0], run?.results[1]?.locations[0]];
    expect([web, live]).toContainEqual(
      expect.objectContaining({
        physicalLocation: {
          artifactLocation: { uri: 'service/deploy/api.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 12, startColumn: 9, endLine: 12, endColumn: 25 },
        },
      }),
    );
    // In no file: a logical location alone.
    expect([web, live]).toContainEqual({
      logicalLocations: [{ fullyQualifiedName: 'apps/Deployment/shop/live', kind: 'resource' }],
    });
  });
});

describe('a report for people', () => {
  it('reads as it did', async () => {
    await expect(writeGuardText(fullReport(), PLAIN)).toMatchFileSnapshot('testdata/full.txt');
    await expect(writeGuardText(emptyReport(), PLAIN)).toMatchFileSnapshot('testdata/empty.txt');
    await expect(writeGuardMarkdown(fullReport(), PLACES)).toMatchFileSnapshot('testdata/full.md');
    await expect(writeGuardGithub(fullReport(), PLACES)).toMatchFileSnapshot('testdata/full.github');
  });

  it('is no wider than the terminal, and ASCII where only that can be shown', () => {
    const text = writeGuardText(fullReport(), { width: 60, color: false, unicode: false });
    expect(text.split('\n').filter((line) => line.length > 60)).toEqual([]);
    expect(text).toMatch(/^[\n -~]*$/);
  });

  it('sums what was looked at', () => {
    expect(
      tallyText([
        { name: 'verified', count: 1180 },
        { name: 'unsigned', count: 20 },
        { name: 'invalid', count: 0 },
      ]),
    ).toBe('1,200 in all: 1,180 verified, 20 unsigned');
  });

  it('lets nothing of a hostile string through to terminal, page or runner', () => {
    expect(writeGuardText(hostile(), PLAIN)).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u);
    const markdown = writeGuardMarkdown(hostile(), PLACES);
    expect(markdown).not.toMatch(/<script|[^\\]\[a\]|\p{Bidi_Control}|(?!\n)\p{Cc}|@everyone/u);
    expect(markdown.match(/<\/?details>/g) ?? []).toEqual([]);
    // Each command of the runner stands at the beginning of a line: ours alone do.
    const commands = writeGuardGithub(hostile(), PLACES)
      .split('\n')
      .filter((line) => line.startsWith('::'));
    expect(commands.every((line) => line.startsWith('::error file=service/') || line.startsWith('::notice::'))).toBe(
      true,
    );
  });

  it('keeps the summary under the limit of GitHub, with every fold closed and what is missing counted', () => {
    const many = Array.from({ length: 4000 }, (_, i) => found(`c${i}`, { severity: 'low', title: 'x'.repeat(500) }));
    const report = judge(
      { command: 'gate', results: [resultOf('config', [...many, found('bad')])], skipped: [], notes: [] },
      POLICY,
      NOW,
    );
    const markdown = writeGuardMarkdown(report, PLACES);
    expect(Buffer.byteLength(markdown)).toBeLessThan(1024 * 1024);
    expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
    const listed = markdown.split('\n').filter((line) => line.startsWith('- config-container-privileged (')).length;
    expect(markdown).toContain(`${4000 - listed} more did not fit here`);
    expect(markdown).toContain('### What blocks');
  });
});
