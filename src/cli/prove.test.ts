/** The command as a user types it: its output against the schema, its exit codes, and one sentence for every mistake. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type HeapProgramRun, runHeapProgram } from '../testing/heapdump-lab.ts';
import { findingDetail, findings, heapGraph } from '../watch/api/contract.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const work = mkdtempSync(join(tmpdir(), 'hemostat-prove-'));
let run: HeapProgramRun;

beforeAll(async () => {
  run = await runHeapProgram({ program: 'kinds', toolchain: 'local', args: ['-n', '1'] });
}, 300_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

function hemostat(...args: string[]) {
  const result = spawnSync(process.execPath, [join(ROOT, 'src', 'cli', 'main.ts'), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

function readSchema(name: string): Record<string, unknown> {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(join(ROOT, 'docs', 'schema', name), 'utf8')));
}

const Output = z.object({
  goroutines: z.object({ total: z.number(), parked: z.number(), proven: z.number() }),
  heap: z.object({ objects: z.number(), bytes: z.number(), reachable: z.number() }),
  findings: z.array(z.object({ rule: z.string(), verdict: z.string(), title: z.string() })),
  notes: z.array(z.string()),
});

const Report = z.object({ start: z.string(), answers: z.record(z.string(), z.unknown()) });

describe('hemostat prove', () => {
  test('--json follows the published schema, and scripts find what they rely on', () => {
    const { code, out } = hemostat('prove', run.dump, '--binary', run.binary, '--json');
    expect(code).toBe(1);
    const document: unknown = JSON.parse(out);
    const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
    ajv.addSchema(readSchema('diagnosis.schema.json'));
    const validate = ajv.compile(readSchema('proof.schema.json'));
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    const { goroutines, heap, findings } = Output.parse(document);
    expect(goroutines.proven).toBeGreaterThan(40);
    expect(goroutines.total).toBeGreaterThan(goroutines.parked);
    expect(heap.reachable).toBeLessThanOrEqual(heap.bytes);
    expect(findings[0]?.verdict).toBe('proven');
  });

  test.runIf(existsSync(join(ROOT, 'ui', 'dist', 'report.html')))('--html writes a page beside the text', () => {
    const file = join(work, 'proof.html');
    const { code, out, err } = hemostat('prove', run.dump, '--binary', run.binary, '--html', file);
    expect(code).toBe(1);
    expect(out).toMatch(/^\d+ goroutines can never run again/);
    expect(err).toContain(`report written to ${file} (`);
    const json = /id="hemostat-report">([^<]*)</.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    const { start, answers } = Report.parse(JSON.parse(json));
    expect(start).toBe('#/heap?capture=dump');
    expect(heapGraph.parse(answers['api/heap?capture=dump']).goroutines.proven).toBeGreaterThan(40);
    const { findings: found } = findings.parse(answers['api/findings']);
    for (const { id, where } of found)
      expect(findingDetail.parse(answers[`api/findings/${id}`]).finding.where).toEqual(where);
    expect(found[0]?.verdict).toBe('proven');
  });

  test('text begins with the answer', () => {
    const { out } = hemostat('prove', run.dump, '--binary', run.binary);
    expect(out).toMatch(/^\d+ goroutines can never run again and hold [\d.]+ MiB/);
    expect(out).toMatch(/1\. PROVEN goroutine-blocked-/);
    expect(out).not.toMatch(/snapshot/);
  });

  test('--sarif has located results', () => {
    const { out } = hemostat('prove', run.dump, '--binary', run.binary, '--sarif');
    const Sarif = z.object({ runs: z.array(z.object({ results: z.array(z.object({ ruleId: z.string() })) })) });
    expect(Sarif.parse(JSON.parse(out)).runs[0]?.results.length).toBeGreaterThan(10);
  });

  test('--fail-on never is 0', () => {
    expect(hemostat('prove', run.dump, '--fail-on', 'never').code).toBe(0);
  });

  test('show and diff take dumps', () => {
    const shown = hemostat('show', run.dump, '--binary', run.binary, '-n', '3');
    expect(shown.out).toMatch(/retained by\n +[\d.]+ [KM]iB /);
    expect(shown.code).toBe(0);
    const changed = hemostat('diff', run.dump, run.dump);
    expect(changed.out).toMatch(/\(0 B|\+0 B|unchanged|±0/);
    expect(changed.code).toBe(0);
  });

  test.each<[string, () => string[], RegExp]>([
    ['a missing file', () => [join(work, 'none')], /none: it does not exist/],
    ['an executable', () => [run.binary], /ELF|executable/],
    ['an empty file', () => [file('empty', '')], /empty/],
    ['a dump of something else', () => [file('text', 'hello\n')], /text file, not a heap dump/],
    ['a cut dump', () => [cut(0.5)], /cut short/],
    ['a directory', () => [work], /directory/],
    ['the executable of another program', () => [run.dump, '--binary', process.execPath], /Go/],
    ['a binary that is not there', () => [run.dump, '--binary', join(work, 'none')], /does not exist/],
  ])('%s: one sentence and exit 3', (_, args, sentence) => {
    const { code, out, err } = hemostat('prove', ...args());
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(out).toBe('');
    expect(code).toBe(3);
  });

  test('--partial reads a cut dump, proves nothing, and says why', () => {
    const { code, out } = hemostat('prove', cut(0.5), '--partial', '--json');
    const { goroutines, notes } = Output.parse(JSON.parse(out));
    expect(goroutines.proven).toBe(0);
    expect(notes.join(' ')).toMatch(/cut before the end of the roots/);
    expect(code).toBe(0);
  });

  test('a mistyped option is exit 2', () => {
    expect(hemostat('prove', run.dump, '--binry', 'x').code).toBe(2);
  });
});

function file(name: string, text: string): string {
  const path = join(work, name);
  writeFileSync(path, text);
  return path;
}

function cut(part: number): string {
  const bytes = readFileSync(run.dump);
  const path = join(work, `cut-${part}`);
  writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * part)));
  return path;
}
