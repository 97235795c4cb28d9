/** One report in every form, held against the published schemas, and text of hostile strings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Finding } from '../../findings/model.ts';
import { emptyReport, found, fullReport, NOW, POLICY, resultOf } from '../../testing/guard-report.ts';
import { sarifObjections } from '../../testing/sarif.ts';
import { judge } from '../gate/judge.ts';
import { writeGuardGithub } from './github.ts';
import { groupFindings, repeats, shortenList } from './groups.ts';
import { writeGuardJson } from './json.ts';
import { writeGuardMarkdown } from './markdown.ts';
import type { GuardReport } from './report.ts';
import { writeGuardSarif } from './sarif.ts';
import { tallyText, tellsTally, writeGuardText } from './text.ts';

const ROOT = '/repo/service';
const PLACES = { root: ROOT, repository: '/repo' };
const PLAIN = { width: 80, color: false, unicode: true };

const SCHEMA = join(import.meta.dirname, '..', '..', '..', 'docs', 'schema', 'guard.schema.json');
const published = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
formats.default(published);
const schema = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(SCHEMA, 'utf8')));
const isReport = published.compile(schema);

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
    expect(sarifObjections(JSON.parse(sarif(report)))).toEqual([]);
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

  it('folds forty findings that say the same: one heading, the count, ten places, the fix once', () => {
    const at = (i: number) => ({ file: `deploy/svc${i}.yaml`, line: 10, column: 11, endLine: 10, endColumn: 20 });
    const many = Array.from({ length: 40 }, (_, i) => found(`svc${i + 1}`, {}, at(i + 1)));
    const other = found('api', {
      title: 'The account of api is cluster-admin by three hops.',
      fix: { text: 'Bind less.' },
    });
    const low = Array.from({ length: 7 }, (_, i) => found(`low${i}`, { severity: 'low' }));
    const results = [resultOf('config', [...many, other, ...low])];
    const report = judge({ command: 'gate', results, skipped: [], notes: [] }, POLICY, NOW);
    const text = writeGuardText(report, PLAIN);
    expect(text).toContain('CONFIRMED config-container-privileged (critical) × 40\n   Container … is privileged.\n');
    // In the order of people, not of letters, and the eleventh only counted.
    expect(text).toMatch(/deploy\/svc9\.yaml:10:11,\s+deploy\/svc10\.yaml:10:11 and 30 more; --all/);
    expect(text).not.toContain('svc11');
    expect(text.match(/Take privileged: true out/g)).toHaveLength(1);
    expect(text).toContain('7 findings below what blocks (--all lists them)\n  7 config-container-privileged (low)\n');
    expect(text).toContain('hemostat gate --baseline .hemostat-baseline.json --write-baseline');
    const everything = writeGuardText(report, PLAIN, { all: true });
    expect(everything).toContain('deploy/svc40.yaml:10:11');
    expect(everything).not.toContain('--all');
    const markdown = writeGuardMarkdown(report, PLACES);
    expect(markdown).toContain('- **config-container-privileged** × 40 (config, confirmed, critical): Container … is');
    expect(markdown).toContain('`service/deploy/svc10.yaml:10:11` and 30 more');
    // The tools get every one.
    expect(writeGuardJson(report)).toContain('svc39.yaml');
    expect(sarif(report)).toContain('svc39.yaml');
  });

  it('groups neither other sentences nor other severities, verdicts and excuses', () => {
    const titles = (...findings: readonly Finding[]): string[] => {
      const results = [resultOf('config', findings)];
      const report = judge({ command: 'gate', results, skipped: [], notes: [] }, POLICY, NOW);
      return groupFindings(report.findings).map(({ title, findings: members }) => `${members.length} ${title}`);
    };
    expect(titles(found('a'), found('b'), found('c'))).toEqual(['3 Container … is privileged.']);
    expect(titles(found('a'), found('b', { severity: 'high' }))).toHaveLength(2);
    expect(titles(found('a'), found('b', { verdict: 'proven' }))).toHaveLength(2);
    expect(titles(found('a'), found('b', { title: 'Its account may delete pods.' }))).toHaveLength(2);
    expect(titles(found('a'), found('b', { rule: 'config-host-path' }))).toHaveLength(2);
  });

  it('says nothing a second time: evidence that repeats the title, and enumerations beyond ten', () => {
    const title = '29 entries have no integrity, so the lock file pins no bytes; they are optional';
    expect(repeats('The lock file: it has no integrity, so the lock file pins no bytes.', title)).toBe(true);
    expect(repeats('The registry serves sha512-abc for it.', title)).toBe(false);
    const names = Array.from({ length: 29 }, (_, i) => `p${i + 1}@1.0.0`);
    expect(shortenList(`These are ${names.join(', ')}.`)).toBe(
      'These are p1@1.0.0, p2@1.0.0, p3@1.0.0, p4@1.0.0, p5@1.0.0, p6@1.0.0, p7@1.0.0, p8@1.0.0, p9@1.0.0, p10@1.0.0 and 19 more.',
    );
    expect(shortenList('One, two and three.')).toBe('One, two and three.');
  });

  it('leaves out sums that the sentence has, and keeps those that it has not', () => {
    const tally = [
      { name: 'with a finding', count: 40 },
      { name: 'without', count: 20 },
    ];
    expect(tellsTally({ summary: '60 objects read, 40 with a finding.', tally })).toBe(true);
    expect(tellsTally({ summary: '40 objects with a finding.', tally })).toBe(false);
    expect(
      tellsTally({
        summary: '1,060 objects read, 1,040 with a finding.',
        tally: [
          { name: 'x', count: 40 },
          { name: 'y', count: 20 },
        ],
      }),
    ).toBe(false);
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
    for (const command of ['::stop-commands::x', '##vso[task.complete]', '##[group]x']) {
      // Some word of it begins a line.
      const title = Array.from({ length: 40 }, () => command).join(' ');
      const results = [
        resultOf('config', [found('x', { title, fix: { text: title } })], { failures: [title], notes: [title] }),
      ];
      const report = judge({ command: 'gate', results, skipped: [], notes: [title] }, POLICY, NOW);
      const text = writeGuardText(report, PLAIN);
      expect(text).toMatch(/^ +\\(::|##)/m);
      expect(text).not.toMatch(/^\s*(::|##)/m);
    }
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
    const words = (i: number): string => Array.from({ length: 60 }, (_, k) => `w${i}x${k}`).join(' ');
    const many = Array.from({ length: 4000 }, (_, i) => found(`c${i}`, { severity: 'low', title: words(i) }));
    const report = judge(
      { command: 'gate', results: [resultOf('config', [...many, found('bad')])], skipped: [], notes: [] },
      POLICY,
      NOW,
    );
    const markdown = writeGuardMarkdown(report, PLACES);
    expect(Buffer.byteLength(markdown)).toBeLessThan(1024 * 1024);
    expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
    const listed = markdown.split('\n').filter((line) => line.startsWith('- config-container-privileged (')).length;
    expect(markdown).toContain(`${4000 - listed} more entries did not fit here`);
    expect(markdown).toContain('### What blocks');
  });
});
