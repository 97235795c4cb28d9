/** The report of a recorded bundle: what it carries, that no string can break out of it, and how it gets to disk. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ZodType } from 'zod';
import { readTimeline } from '../../collect/bundle.ts';
import { diagnose } from '../../diagnose/diagnose.ts';
import type { Timeline } from '../../evidence/timeline.ts';
import type { Diagnosis } from '../../findings/model.ts';
import { compare, findingDetail, findings, flame, goroutines, service } from '../api/contract.ts';
import { diagnosisReport } from './diagnosis-report.ts';
import { fillReport, type ReportData } from './page.ts';
import { checkReport, writeReport } from './write.ts';

const BUNDLE = join(import.meta.dirname, '../../../lab/recorded/closure-drags-heap');
const work = mkdtempSync(join(tmpdir(), 'hemostat-report-'));
let timeline: Timeline;
let diagnosis: Diagnosis;
let report: ReportData;

beforeAll(async () => {
  timeline = await readTimeline(BUNDLE);
  diagnosis = diagnose(timeline);
  report = await diagnosisReport({ timeline, diagnosis, heap: null, source: null });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const SCHEMAS: readonly (readonly [RegExp, ZodType])[] = [
  [/^api\/services\/-\/[^/]+$/, service],
  [/\/goroutines$/, goroutines],
  [/^api\/findings$/, findings],
  [/^api\/findings\/[0-9a-f]{16}$/, findingDetail],
  [/^api\/flame\?/, flame],
  [/^api\/compare\?/, compare],
];

function answer<T>(schema: ZodType<T>, path: string): T {
  return schema.parse(report.answers[path]);
}

describe('the answers', () => {
  it('have the shape that the API’s have, and survive JSON as they are', () => {
    for (const [path, value] of Object.entries(report.answers)) {
      const schema = SCHEMAS.find(([pattern]) => pattern.test(path))?.[1];
      expect(schema, path).toBeDefined();
      expect(schema?.parse(JSON.parse(JSON.stringify(value))), path).toEqual(value);
    }
  });

  it('are those of the diagnosis', () => {
    const { findings: found } = answer(findings, 'api/findings');
    expect(found.map(({ rule, title, window }) => ({ rule, title, window }))).toEqual(
      diagnosis.findings.map(({ rule, title }) => ({ rule, title, window: 'whole' })),
    );
    expect(report.says).toEqual([diagnosis.verdict, ...diagnosis.notes]);
    const detail = answer(findingDetail, `api/findings/${found[0]?.id}`);
    expect(new Set(detail.plots.map(({ leg }) => leg))).toEqual(new Set(['goroutine', 'heap', 'gc', 'load']));
    for (const { series } of detail.plots) expect(series.at.length).toBe(timeline.snapshots.length);
  });

  it('have the ledger with terms that sum to RSS, and RSS between the visits', () => {
    const view = answer(service, `api/services/-/${timeline.service}`);
    for (const [i, rss] of view.ledger.rss.entries())
      expect(view.ledger.terms.reduce((sum, { value }) => sum + (value[i] ?? 0), 0)).toBeCloseTo(rss ?? -1, 0);
    const rss = view.series.find(({ name }) => name === 'rss');
    expect(rss?.at.length).toBe(timeline.snapshots.length + (timeline.rssSamples?.at.length ?? 0));
    expect(rss?.at).toEqual(rss?.at.toSorted((a, b) => a - b));
  });

  it('have flame graphs of the two ends, by every type that can be chosen there', () => {
    const ends = 'api/flame?head=visit-006&base=visit-001';
    const target = report.same[ends] ?? '';
    const view = answer(flame, target);
    expect(view.sampleTypes.map(({ type }) => type).sort()).toEqual(['alloc_space', 'inuse_objects', 'inuse_space']);
    for (const { type } of view.sampleTypes) expect(answer(flame, `${ends}&type=${type}`).sampleType).toBe(type);
    const last = timeline.snapshots.at(-1)?.heap?.data;
    const inuse = last?.samples.values[last.sampleTypes.findIndex(({ type }) => type === 'inuse_space')];
    expect(view.head_cum[0]).toBe(inuse?.reduce((sum, value) => sum + value, 0));
    expect(answer(flame, `${ends}&part=goroutine`).unit).toBe('count');
  });

  it('of a window with one visit, and of one without any profile, are whole as well', async () => {
    const one = { ...timeline, snapshots: timeline.snapshots.slice(0, 1), end: timeline.start };
    const first = await diagnosisReport({ timeline: one, diagnosis: diagnose(one), heap: null, source: null });
    expect(flame.parse(first.answers['api/flame?head=visit-001&type=inuse_space']).base).toBeNull();
    expect(Object.keys(first.answers).some((path) => path.startsWith('api/compare'))).toBe(false);
    expect(first.range?.to).toBeGreaterThan(first.range?.from ?? 0);
    const bare = { ...one, snapshots: one.snapshots.map(({ at }) => ({ at })) };
    const none = await diagnosisReport({ timeline: bare, diagnosis: diagnose(bare), heap: null, source: null });
    expect(none.pages.map(({ name }) => name)).toEqual(['Findings']);
    expect(Object.keys(none.answers).filter((path) => path.startsWith('api/flame'))).toEqual([]);
  });
});

const TEMPLATE = `<!doctype html>
<html><head>
    <meta charset="utf-8" />
    <style>body { color: red }</style>
</head><body><div id="app"></div><script type="module">const page = '</bo' + 'dy>';\r\nrun(page)</script>
  </body></html>
`;

describe('the page', () => {
  const HOSTILE = '</script><script>alert(1)</script><!--<script>]]>&lt;\u2028';
  const data: ReportData = {
    start: '#/',
    says: [HOSTILE],
    pages: [],
    range: null,
    answers: { [HOSTILE]: { [HOSTILE]: HOSTILE } },
    same: {},
  };

  it('cannot be left by a string, and gives it back as it was', () => {
    const html = fillReport(TEMPLATE, data);
    expect(html.match(/<\/?script/gi)).toEqual(['<script', '</script', '<script', '</script']);
    const json = /<script type="application\/json" id="hemostat-report">([^<]*)<\/script>/.exec(html)?.[1] ?? '';
    expect(JSON.parse(json)).toEqual(data);
  });

  it('runs only what was built, and asks no network', () => {
    const html = fillReport(TEMPLATE, data);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    const script = /<script type="module">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
    const digest = createHash('sha256').update(script).digest('base64');
    expect(script).not.toContain('\r');
    expect(policy).toContain(`script-src 'sha256-${digest}'`);
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toMatch(/unsafe|https?:|\*|connect-src/);
    // Before anything that it is to hold for.
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
  });

  it('is not made of what is no page', () => {
    expect(() => fillReport('<html></html>', data)).toThrow('build it again');
  });
});

describe('on disk', () => {
  const home = join(import.meta.dirname, '../../..');
  const built = existsSync(join(home, 'ui/dist/report.html'));

  it.runIf(built)('is whole, for nobody else to read, and below 3 MB', async () => {
    const path = join(work, 'report.html');
    writeFileSync(path, 'older, and readable by all', { mode: 0o644 });
    const { bytes } = await writeReport(home, path, report);
    expect(statSync(path)).toMatchObject({ size: bytes, mode: 0o100600 });
    expect(bytes).toBeLessThan(3 * 1024 * 1024);
    expect(readFileSync(path, 'utf8')).toContain('visit-006');
    expect(readdirSync(work)).toEqual(['report.html']);
  });

  it.runIf(built)('cannot be where there is a directory: one sentence, and nothing is left behind', async () => {
    const path = join(work, 'there');
    const before = readdirSync(work);
    await expect(checkReport(home, join(path, 'x.html'))).rejects.toThrow(
      /^--html .*the directory .*there is not there/,
    );
    await expect(writeReport(home, join(work, '.'), report)).rejects.toThrow(/^the report cannot be written to /);
    expect(readdirSync(work)).toEqual(before);
  });

  it('needs the page: the sentence says how to build it', async () => {
    const none = join(work, 'report.html');
    await expect(checkReport(work, none)).rejects.toThrow(
      'the page for --html is not built in this checkout; run make setup (or npm run build:ui)',
    );
  });
});
