/** What `guard respond open` is given: a diagnosis, a report of guard or the gate, or a finding as watch's API gives it. Pure. */
import { z } from 'zod';
import type { Finding, Severity, Verdict } from '../../findings/model.ts';
import { atLeast, severityAtLeast } from '../../findings/sort.ts';
import { GuardUsageError } from '../error.ts';
import { findingSchema } from './event-schema.ts';
import { incidentId } from './identity.ts';
import type { IncidentId } from './model.ts';

export interface Intake {
  /** In words, for `found`. */
  readonly source: string;
  readonly findings: readonly { readonly incident: IncidentId; readonly finding: Finding }[];
  /** When what was looked at began, ms: what was looked at before an incident was closed does not open it again. */
  readonly seenFrom: number;
  /** How long was watched, s; null: nothing was watched, or that is not known. */
  readonly seconds: number | null;
  /** Findings that were below the limit, or known and excused. */
  readonly left: number;
}

export interface Limit {
  readonly severity: Severity;
  readonly verdict: Verdict;
}

const text = z.string().max(64 * 1024);
const MOST = 100_000;
const instant = z.string().refine((value) => !Number.isNaN(Date.parse(value)), { error: 'must be a time' });

export const diagnosisSchema = z.object({
  schema: z.literal('hemostat/diagnosis@1'),
  target: z.object({ service: text, instance: text }),
  window: z.object({ start: instant, seconds: z.number().min(0), snapshots: z.int() }),
  findings: z.array(findingSchema).max(MOST),
  /** What was measured over the window; only what a check asks of it. */
  series: z
    .array(z.object({ name: text, value: z.array(z.number()) }))
    .max(MOST)
    .default([]),
});

const guardSchema = z.object({
  schema: z.literal('hemostat/guard@1'),
  command: text,
  at: instant,
  parts: z.array(z.object({ part: text, subject: text })).max(100),
  findings: z.array(z.looseObject({ part: text, standing: text })).max(MOST),
});

/** `captures` is all that the API leaves out. */
const watchFinding = z.preprocess(
  (value) => (isObject(value) ? { ...value, evidence: withCaptures(value.evidence) } : value),
  z.looseObject({ environment: text, service: text, lastSeen: z.number(), from: z.number(), to: z.number() }),
);

/**
 * @param json the file's text
 * @param shown its name in sentences
 * @throws GuardUsageError where it is none of these
 */
export function readIntake(json: string, shown: string, limit: Limit): Intake {
  const value = parsed(json, shown);
  const schema = isObject(value) ? value.schema : undefined;
  if (schema === 'hemostat/diagnosis@1') return ofDiagnosis(checked(diagnosisSchema, value, shown), limit);
  if (schema === 'hemostat/guard@1') return ofReport(checked(guardSchema, value, shown), shown, limit);
  const list = isObject(value)
    ? (value.findings ?? (value.finding === undefined ? undefined : [value.finding]))
    : undefined;
  if (Array.isArray(list)) return ofWatch(list, shown, limit);
  throw new GuardUsageError(
    `${shown} is neither a diagnosis (hemostat diagnose --json), nor a report of guard or the gate (--json), nor a finding of watch (/api/findings/ID)`,
  );
}

/** A diagnosis that shows whether a finding is gone. @throws GuardUsageError */
export function readDiagnosis(json: string, shown: string): z.infer<typeof diagnosisSchema> {
  return checked(diagnosisSchema, parsed(json, shown), shown);
}

function ofDiagnosis({ target, window, findings }: z.infer<typeof diagnosisSchema>, limit: Limit): Intake {
  const origin = `service ${target.service}`;
  const wanted = findings.filter((finding) => reaches(finding, limit));
  return {
    source: `diagnosis of ${target.service}${target.instance === '' ? '' : ` (${target.instance})`}`,
    findings: unique(wanted.map((finding) => ({ incident: incidentId(origin, finding.fingerprint), finding }))),
    seenFrom: Date.parse(window.start),
    seconds: window.seconds,
    left: findings.length - wanted.length,
  };
}

function ofReport({ command, at, parts, findings }: z.infer<typeof guardSchema>, shown: string, limit: Limit): Intake {
  const subjects = new Map(parts.map(({ part, subject }) => [part, subject]));
  const opened = findings.flatMap(({ part, standing, ...rest }) => {
    // What is known, excepted or cleared was decided about; what is below the gate's limit may be above this one.
    if (standing !== 'blocks' && standing !== 'below') return [];
    const finding = checked(findingSchema, rest, shown);
    if (!reaches(finding, limit)) return [];
    return [{ incident: incidentId(`${part} ${subjects.get(part) ?? ''}`, finding.fingerprint), finding }];
  });
  return {
    source: `hemostat ${command}`,
    findings: unique(opened),
    seenFrom: Date.parse(at),
    seconds: null,
    left: findings.length - opened.length,
  };
}

function ofWatch(list: readonly unknown[], shown: string, limit: Limit): Intake {
  const all = list.map((each) => {
    const { environment, service, lastSeen, from, to, ...rest } = checked(watchFinding, each, shown);
    const finding = checked(findingSchema, rest, shown);
    const name = `${environment}/${service}`;
    return {
      incident: incidentId(`watch ${name}`, finding.fingerprint),
      finding,
      lastSeen,
      seconds: (to - from) / 1000,
      name,
    };
  });
  const wanted = all.filter(({ finding }) => reaches(finding, limit));
  return {
    source: `watch ${[...new Set(all.map(({ name }) => name))].sort().join(', ')}`,
    findings: unique(wanted.map(({ incident, finding }) => ({ incident, finding }))),
    seenFrom: Math.min(...all.map(({ lastSeen }) => lastSeen), Number.MAX_SAFE_INTEGER),
    // Of several, the shortest: longer is not asked than was watched.
    seconds: wanted.length === 0 ? null : Math.min(...wanted.map(({ seconds }) => Math.max(0, seconds))),
    left: all.length - wanted.length,
  };
}

/** The same finding of several instances is one incident, as bad as the worst. */
function unique(all: readonly Intake['findings'][number][]): Intake['findings'] {
  const byId = new Map<IncidentId, Intake['findings'][number]>();
  for (const one of all) {
    const before = byId.get(one.incident);
    if (before === undefined || !severityAtLeast(before.finding.severity, one.finding.severity))
      byId.set(one.incident, one);
  }
  return [...byId.values()];
}

function reaches({ severity, verdict }: Finding, limit: Limit): boolean {
  return verdict !== 'cleared' && atLeast(verdict, limit.verdict) && severityAtLeast(severity, limit.severity);
}

function parsed(json: string, shown: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new GuardUsageError(`${shown} is not JSON; give what --json printed`);
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, shown: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new GuardUsageError(
    `${shown} is not what this hemostat writes${where}: ${issue?.message ?? 'wrong shape'}; give what --json printed`,
  );
}

function withCaptures(evidence: unknown): unknown {
  return Array.isArray(evidence)
    ? evidence.map((each: unknown) => (isObject(each) ? { captures: [], ...each } : each))
    : evidence;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
