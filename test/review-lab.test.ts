/** What source review says of the lab's services, through the real command line, beside what lab/scenarios.json declares. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listScenarios } from '../src/collect/lab.ts';

const ROOT = join(import.meta.dirname, '..');
const HEMOSTAT = join(ROOT, 'bin', 'hemostat');

/** The part of the JSON that is looked at; read as a stranger would. */
const answerSchema = z.object({
  findings: z.array(
    z.object({
      rule: z.string(),
      confidence: z.enum(['high', 'medium', 'low']),
      where: z.object({ function: z.string(), file: z.string(), line: z.number() }),
    }),
  ),
});

type Found = z.infer<typeof answerSchema>['findings'][number];

let findings: readonly Found[] = [];
const scenarios = listScenarios();
const withCause = scenarios.filter((scenario) => scenario.source !== undefined);

beforeAll(() => {
  const { stdout, stderr } = spawnSync(
    HEMOSTAT,
    ['review', './services/...', '--json', '--min-confidence', 'low', '--no-cache', '--no-config'],
    { cwd: join(ROOT, 'lab'), encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  if (stdout === '') throw new Error(`hemostat review printed nothing: ${stderr}`);
  findings = answerSchema.parse(JSON.parse(stdout)).findings;
}, 60_000);

function of(service: string): Found[] {
  return findings.filter((finding) => basename(dirname(finding.where.file)) === service);
}

function lineOf(service: string, finding: Found): string {
  const lines = readFileSync(join(ROOT, 'lab', 'services', service, basename(finding.where.file)), 'utf8').split('\n');
  return lines[finding.where.line - 1]?.trim() ?? '';
}

function shown(service: string, finding: Found): string {
  return `${finding.rule} ${finding.confidence} ${basename(finding.where.file)}: ${lineOf(service, finding)}`;
}

describe('hemostat review of the lab', () => {
  it.each(withCause.map((scenario) => scenario.name))('finds the cause of %s', (name) => {
    const scenario = scenarios.find((one) => one.name === name);
    if (scenario?.source === undefined) throw new Error(name);
    const { rules, file, line } = scenario.source;
    const wanted = rules.map((rule) => `${rule} ${file}: ${line}`);
    const found = of(scenario.service).map(
      (finding) => `${finding.rule} ${basename(finding.where.file)}: ${lineOf(scenario.service, finding)}`,
    );
    expect(
      found.filter((one) => wanted.includes(one)),
      found.join('\n'),
    ).not.toEqual([]);
  });

  it('reports nothing in healthy services with high confidence, and nothing but the cause in leaking ones', () => {
    const unwanted = scenarios.flatMap((scenario) =>
      of(scenario.service)
        .filter((finding) => finding.confidence === 'high')
        .filter((finding) => !(scenario.source?.rules.includes(finding.rule) ?? false))
        .map((finding) => `${scenario.name}: ${shown(scenario.service, finding)}`),
    );
    expect(unwanted).toEqual([]);
  });

  it('has declared a line that is there', () => {
    for (const scenario of withCause) {
      if (scenario.source === undefined) continue;
      const path = join(ROOT, 'lab', 'services', scenario.service, scenario.source.file);
      const count = readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.trim() === scenario.source?.line).length;
      expect([scenario.name, count > 0]).toEqual([scenario.name, true]);
    }
  });
});

describe('hemostat diagnose --source', () => {
  it('says where the source explains what runs', () => {
    const scenario = scenarios.find((one) => one.name === 'unbuffered-send');
    if (scenario === undefined) throw new Error('the scenario is gone');
    const json = execFileSync(
      HEMOSTAT,
      ['diagnose', `lab:${scenario.name}`, '--window', '12s', '--source', 'lab', '--json', '--fail-on', 'never'],
      { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 },
    );
    const leg = z.object({
      leg: z.literal('source'),
      says: z.string(),
      source: z.object({ rule: z.string(), where: z.object({ file: z.string(), line: z.number() }) }),
    });
    const answer = z
      .object({ findings: z.array(z.object({ rule: z.string(), evidence: z.array(z.unknown()) })) })
      .parse(JSON.parse(json));
    const first = answer.findings[0];
    expect(first?.rule).toBe('goroutine-blocked-send');
    const legs = first?.evidence.flatMap((item) => leg.safeParse(item).data ?? []) ?? [];
    expect(legs.map((one) => [one.source.rule, basename(one.source.where.file)])).toEqual([
      ['chan-send-abandoned', 'pricer.go'],
    ]);
    expect(legs[0]?.says).toContain('the source explains it');
  }, 90_000);
});
