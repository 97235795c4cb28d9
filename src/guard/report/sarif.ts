/**
 * The report as SARIF 2.1.0. What an exception covers is a suppressed result, what the baseline knows is an unchanged one; what a
 * policy allows is none.
 */
import { pathToFileURL } from 'node:url';
import type { Region } from '../../findings/model.ts';
import { rulePage } from '../../findings/pages.ts';
import { isLocated, levelOf, reportingDescriptor, SARIF_SCHEMA, uriOf } from '../../findings/sarif.ts';
import { columnOf, type Places, pathFromRepository } from './places.ts';
import type { GuardReport, JudgedFinding } from './report.ts';

const ROOT = '%SRCROOT%';

export interface SarifOptions extends Places {
  readonly version: string;
}

export function writeGuardSarif(report: GuardReport, options: SarifOptions): string {
  const shown = report.findings.filter(({ standing }) => standing !== 'cleared');
  const rules = [...new Set(shown.map(({ rule }) => rule))].sort();
  const log = {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'hemostat',
            version: options.version,
            rules: rules.map((rule) => descriptor(rule, shown)),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { uri: `${pathToFileURL(options.repository).href.replace(/\/$/, '')}/` } },
        invocations: [invocation(report)],
        results: shown.map((f) => result(f, rules.indexOf(f.rule), report, options)),
        // A gate and a part of it are not compared with one another.
        automationDetails: { id: `hemostat/${report.command.replaceAll(' ', '-')}/` },
        properties: { verdict: report.verdict, outcome: report.outcome, skipped: report.skipped },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** GitHub's scale for `security-severity`. */
const SCORE = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '0.0' } as const;
const WEIGHT = ['info', 'low', 'medium', 'high', 'critical'] as const;

function descriptor(rule: string, findings: readonly JudgedFinding[]): object {
  const own = findings.filter((f) => f.rule === rule);
  const worst = WEIGHT.findLast((severity) => own.some((f) => f.severity === severity)) ?? 'info';
  const isLeak = own.every((f) => f.part === 'review');
  return {
    ...reportingDescriptor(rule, rulePage(rule)),
    defaultConfiguration: {
      level: worst === 'critical' || worst === 'high' ? 'error' : worst === 'medium' ? 'warning' : 'note',
    },
    properties: isLeak
      ? { tags: ['memory-leak', 'reliability'] }
      : { tags: ['security', 'supply-chain'], 'security-severity': SCORE[worst] },
  };
}

/** A run that could not look at everything was not successful, and says at what. */
function invocation({ parts, notes, outcome }: GuardReport): object {
  const notifications = [
    ...parts.flatMap(({ part, failures }) =>
      failures.map((text) => ({ level: 'error', message: { text: `${part}: ${text}` } })),
    ),
    ...parts.flatMap((part) =>
      part.notes.map((text) => ({ level: 'note', message: { text: `${part.part}: ${text}` } })),
    ),
    ...notes.map((text) => ({ level: 'note', message: { text } })),
  ];
  return {
    executionSuccessful: outcome !== 'unknown' && parts.every(({ failures }) => failures.length === 0),
    ...(notifications.length === 0 ? {} : { toolExecutionNotifications: notifications }),
  };
}

function result(f: JudgedFinding, ruleIndex: number, report: GuardReport, options: SarifOptions): object {
  const steps = f.chain.map((step) => ({
    location: {
      ...(step.region !== undefined
        ? { physicalLocation: physical(step.region, options) }
        : step.where !== undefined && isLocated(step.where)
          ? {
              physicalLocation: {
                artifactLocation: artifact(step.where.file, options),
                region: { startLine: step.where.line },
              },
            }
          : {}),
      message: { text: step.text },
    },
  }));
  return {
    ruleId: f.rule,
    ruleIndex,
    level: f.part === 'review' ? REVIEW_LEVEL[f.confidence ?? 'low'] : levelOf(f),
    message: {
      text: [f.title, ...f.evidence.map((e) => e.says), f.fix.text].filter((text) => text !== '').join('\n\n'),
    },
    locations: [location(f, options)],
    ...(steps.length === 0 ? {} : { codeFlows: [{ threadFlows: [{ locations: steps }] }] }),
    partialFingerprints: { 'hemostat/v1': f.fingerprint },
    ...(report.baseline === null ? {} : { baselineState: f.standing === 'baseline' ? 'unchanged' : 'new' }),
    ...(f.standing !== 'exception'
      ? {}
      : {
          suppressions: [{ kind: 'external', status: 'accepted', justification: f.excuse?.reason ?? '' }],
        }),
    properties: {
      part: f.part,
      standing: f.standing,
      verdict: f.verdict,
      severity: f.severity,
      subject: f.subject,
      ...(f.confidence === undefined ? {} : { confidence: f.confidence }),
    },
  };
}

const REVIEW_LEVEL = { high: 'error', medium: 'warning', low: 'note' } as const;

/** A finding of a cluster or a registry has no file: what it is about is a logical location. */
function location(f: JudgedFinding, options: SarifOptions): object {
  const name = f.where.function === '' ? f.subject.instance : f.where.function;
  const logical =
    name === ''
      ? {}
      : { logicalLocations: [{ fullyQualifiedName: name, kind: f.where.function === '' ? 'resource' : 'function' }] };
  if (f.region !== undefined) return { physicalLocation: physical(f.region, options), ...logical };
  if (f.where.file === '') return logical;
  const region = f.where.line >= 1 ? { region: { startLine: f.where.line } } : {};
  return { physicalLocation: { artifactLocation: artifact(f.where.file, options), ...region }, ...logical };
}

function physical(region: Region, options: SarifOptions): object {
  return {
    artifactLocation: artifact(region.file, options),
    region: {
      startLine: region.line,
      startColumn: columnOf(region, region.line, region.column, options),
      endLine: region.endLine,
      endColumn: columnOf(region, region.endLine, region.endColumn, options),
    },
  };
}

function artifact(file: string, options: SarifOptions): object {
  const path = pathFromRepository(file, options);
  return path.startsWith('/') || /^[a-z]:/i.test(path) ? { uri: uriOf(path) } : { uri: uriOf(path), uriBaseId: ROOT };
}
