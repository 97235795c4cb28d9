/** Findings as SARIF 2.1.0, for code scanning pages and editors. */

import { pathToFileURL } from 'node:url';
import { canonical } from './canonical.ts';
import type { Diagnosis, Finding, Severity, Where } from './model.ts';
import { type RulePage, rulePage, sectionOf } from './pages.ts';

export const SARIF_SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

type Level = 'error' | 'warning' | 'note';

const LEVEL: Readonly<Record<Severity, Level>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/**
 * One SARIF run with a result for each finding that has a file and a line. What was cleared is no result: a scanner page
 * would show it as a defect. The help texts of the rules come from docs/rules.
 */
export function writeSarif(d: Diagnosis, version: string): string {
  const clean = canonical(d);
  const located = clean.findings.filter((f) => f.verdict !== 'cleared' && isLocated(f.where));
  const rules = [...new Set(located.map((f) => f.rule))];
  const log = {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'hemostat',
            version,
            rules: rules.map((rule) => reportingDescriptor(rule, rulePage(rule))),
          },
        },
        results: located.map((f) => result(f, rules.indexOf(f.rule))),
        properties: { verdict: clean.verdict, target: clean.target, window: clean.window, notes: clean.notes },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** A rule with its page of docs/rules as help. */
export function reportingDescriptor(rule: string, page: RulePage | null): object {
  if (page === null) return { id: rule, shortDescription: { text: rule } };
  return {
    id: rule,
    shortDescription: { text: page.summary },
    fullDescription: { text: sectionOf(page.markdown, 'What it means') || page.summary },
    // `text` is what is shown where Markdown is not; our pages read well as they are.
    help: { text: page.markdown, markdown: page.markdown },
    defaultConfiguration: { level: 'warning' },
  };
}

function result(f: Finding, ruleIndex: number): object {
  const steps = f.chain.filter((step) => step.where !== undefined && isLocated(step.where));
  return {
    ruleId: f.rule,
    ruleIndex,
    level: levelOf(f),
    message: {
      text: [f.title, ...f.evidence.map((e) => e.says), f.fix.text].filter((text) => text !== '').join('\n\n'),
    },
    locations: [location(f.where)],
    ...(steps.length === 0 ? {} : { codeFlows: [{ threadFlows: [{ locations: steps.map(threadFlowLocation) }] }] }),
    partialFingerprints: { 'hemostat/v1': f.fingerprint },
    properties: {
      verdict: f.verdict,
      severity: f.severity,
      subject: f.subject,
      count: f.count,
      growth: f.growth,
      holds: f.holds,
      legs: [...new Set(f.evidence.map((e) => e.leg))],
    },
  };
}

/** A suspicion is at most a warning, however severe it would be. */
export function levelOf(f: Finding): Level {
  const level = LEVEL[f.severity];
  return f.verdict === 'suspected' && level === 'error' ? 'warning' : level;
}

function threadFlowLocation(step: Finding['chain'][number]): object {
  const where = step.where ?? { function: '', file: '', line: 0 };
  return { location: { ...location(where), message: { text: `${step.kind.replaceAll('-', ' ')}: ${step.text}` } } };
}

function location(where: Where): object {
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(where.file) }, region: { startLine: where.line } },
    ...(where.function === '' ? {} : { logicalLocations: [{ fullyQualifiedName: where.function, kind: 'function' }] }),
  };
}

/** Absolute paths become file URLs; relative ones (-trimpath) stay relative, with what a URI may not hold escaped. */
export function uriOf(file: string): string {
  if (file.startsWith('/')) return pathToFileURL(file, { windows: false }).href;
  if (/^[a-z]:[\\/]/i.test(file)) return pathToFileURL(file, { windows: true }).href;
  return file
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll('%40', '@'))
    .join('/');
}

export function isLocated(where: Where): boolean {
  return where.file !== '' && where.line >= 1;
}
