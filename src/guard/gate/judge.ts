/** From what the parts found to one verdict. Pure. */
import type { Finding } from '../../findings/model.ts';
import { sortFindings } from '../../findings/sort.ts';
import { isInexcusable } from '../inexcusable.ts';
import type { PartName, PartResult } from '../part.ts';
import type { GuardReport, JudgedFinding, JudgedPart, Outcome, Standing } from '../report/report.ts';
import { type BaselineEntry, BaselineUse } from './baseline.ts';
import { covers, exceptionFor, isOver, nameOfException } from './exceptions.ts';
import { blocks, type FailOn, limitText } from './limit.ts';
import type { ExceptionRule } from './settings.ts';

export interface Policy {
  readonly failOn: FailOn;
  readonly exceptions: readonly ExceptionRule[];
  /** null: none is used. */
  readonly baseline: { readonly file: string; readonly entries: readonly BaselineEntry[] } | null;
}

export interface Run {
  readonly command: string;
  readonly results: readonly PartResult[];
  readonly skipped: GuardReport['skipped'];
  readonly notes: readonly string[];
}

export function judge(run: Run, policy: Policy, now: Date): GuardReport {
  const use = new BaselineUse(policy.baseline?.entries ?? [], now);
  const findings: JudgedFinding[] = [];
  const parts: JudgedPart[] = [];
  for (const result of run.results) {
    const judged = sortFindings(result.findings).map((finding) => standingOf(result.part, finding, policy, use, now));
    findings.push(...judged);
    const blocking = judged.filter(({ standing }) => standing === 'blocks').length;
    const outcome: Outcome = blocking > 0 ? 'blocked' : result.failures.length > 0 ? 'unknown' : 'passed';
    const failOn = limitText(result.part, policy.failOn);
    parts.push({ ...result, outcome, failOn, blocking, findings: judged.length });
  }
  const seenWhole = new Set(parts.filter(({ failures }) => failures.length === 0).map(({ part }) => part));
  const outcome = overall(parts);
  return {
    schema: 'hemostat/guard@1',
    command: run.command,
    outcome,
    verdict: verdictOf(run.command, outcome, parts, findings),
    at: now.toISOString(),
    parts,
    skipped: run.skipped,
    findings: inOrder(findings),
    baseline:
      policy.baseline === null
        ? null
        : {
            file: policy.baseline.file,
            known: findings.filter(({ standing }) => standing === 'baseline').length,
            gone: use.gone(seenWhole).map(nameOfEntry),
            expired: use.expired().map(nameOfEntry),
          },
    notes: [...run.notes, ...(isWhole(run) ? exceptionNotes(policy.exceptions, findings, now) : [])],
  };
}

function standingOf(part: PartName, finding: Finding, policy: Policy, use: BaselineUse, now: Date): JudgedFinding {
  // Asked for every finding, so that what is below the limit is not reported as gone.
  const known = use.take(part, finding);
  const judged = (standing: Standing, excuse?: JudgedFinding['excuse']): JudgedFinding => ({
    ...finding,
    part,
    standing,
    ...(excuse === undefined ? {} : { excuse }),
  });
  if (finding.verdict === 'cleared') return judged('cleared');
  const exception = isInexcusable(part, finding) ? null : exceptionFor(finding, policy.exceptions, now);
  if (exception !== null) return judged('exception', { reason: exception.reason, until: exception.until });
  if (!blocks(part, finding, policy.failOn)) return judged('below');
  if (known === null) return judged('blocks');
  const reason = known.reason ?? `known since ${known.firstSeen}`;
  return judged('baseline', { reason, until: known.until ?? null });
}

function overall(parts: readonly JudgedPart[]): Outcome {
  if (parts.some(({ outcome }) => outcome === 'blocked')) return 'blocked';
  // A gate that looked at nothing has no answer.
  return parts.length === 0 || parts.some(({ outcome }) => outcome === 'unknown') ? 'unknown' : 'passed';
}

function verdictOf(
  command: string,
  outcome: Outcome,
  parts: readonly JudgedPart[],
  findings: readonly JudgedFinding[],
): string {
  const names = parts.map(({ part }) => part);
  const [only] = parts;
  const failures = parts.reduce((sum, { failures }) => sum + failures.length, 0);
  const unseen = failures === 0 ? '' : `; ${things(failures, 'thing')} could not be checked`;
  if (only === undefined) return 'unknown: there was nothing to look at, so nothing can pass.';
  if (outcome === 'blocked') {
    const blocking = findings.filter(({ standing }) => standing === 'blocks').length;
    const where = parts.filter((part) => part.blocking > 0).map(({ part }) => part);
    return `blocked: ${things(blocking, 'finding')} ${blocking === 1 ? 'blocks' : 'block'}${command === 'gate' ? ` (${where.join(', ')})` : ''}${unseen}.`;
  }
  if (outcome === 'unknown') {
    const where = parts.filter(({ failures }) => failures.length > 0).map(({ part }) => part);
    const [alone] = parts.flatMap(({ failures }) => failures);
    if (failures === 1 && alone !== undefined)
      return `unknown, which does not pass: ${alone.replace(/\.$/, '')}${command === 'gate' ? ` (${where.join(', ')})` : ''}.`;
    return `unknown: nothing that was seen blocks, but ${things(failures, 'thing')} could not be checked${command === 'gate' ? ` (${where.join(', ')})` : ''}, and that does not pass.`;
  }
  const excused = findings.filter(({ standing }) => standing === 'baseline' || standing === 'exception').length;
  const but = excused === 0 ? '' : `; ${things(excused, 'finding')} excused by baseline or exception`;
  return command === 'gate'
    ? `passed: nothing blocks in ${names.join(', ')}${but}.`
    : `passed: ${lowerFirst(only.summary).replace(/\.$/, '')}${but}.`;
}

/** What blocks first; within that, the order of every list of findings. */
function inOrder(findings: readonly JudgedFinding[]): JudgedFinding[] {
  const place = new Map(sortFindings(findings).map((finding, i) => [finding, i]));
  const weight = (finding: JudgedFinding): number => (finding.standing === 'blocks' ? 0 : 1);
  return [...findings].sort((a, b) => weight(a) - weight(b) || (place.get(a) ?? 0) - (place.get(b) ?? 0));
}

/** A part alone, or a gate without parts that were left out, has not seen all that an exception may be for. */
function isWhole({ command, skipped }: Run): boolean {
  return command === 'gate' && !skipped.some(({ asked }) => asked);
}

/** Exceptions that are over or cover nothing are said: what nobody needs should not stay. */
function exceptionNotes(exceptions: readonly ExceptionRule[], findings: readonly Finding[], now: Date): string[] {
  return exceptions.flatMap((one) => {
    const covered = findings.filter((finding) => covers(one, finding)).length;
    if (isOver(one.until, now)) {
      const still =
        covered === 0 ? 'covers nothing any more' : `${things(covered, 'finding')} that it covered can block`;
      return [`the exception for ${nameOfException(one)} ended on ${one.until}: ${still}`];
    }
    return covered > 0 ? [] : [`the exception for ${nameOfException(one)} covers no finding of this run`];
  });
}

function nameOfEntry({ rule, title, fingerprint }: BaselineEntry): {
  rule: string;
  title: string;
  fingerprint: string;
} {
  return { rule, title, fingerprint };
}

function things(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** A name (`API`, `Go`) keeps its letters; a sentence that begins with an article or a number goes on in small ones. */
function lowerFirst(text: string): string {
  return /^(All|No|None|Nothing|Every|Each|The|A|An) /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
