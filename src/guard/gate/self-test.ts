/** The positive control: what was planted must block with the user's own settings; where it does not, the setting is named. Pure. */
import type { GatePart } from '../part.ts';
import type { GuardReport, JudgedFinding } from '../report/report.ts';
import { blocks, DEFAULT_LIMIT, type FailOn } from './limit.ts';
import type { Plant } from './plants.ts';

/** `can-fail`: it blocked. `cannot-fail`: it let the bad thing pass. `not-proven`: nothing could be tried. */
export type Proof = 'can-fail' | 'cannot-fail' | 'not-proven';

export interface Control {
  readonly part: GatePart;
  readonly what: string;
  readonly proof: Proof;
  /** One sentence: what blocked it, or which setting let it pass. */
  readonly says: string;
}

export interface SelfTestReport {
  readonly schema: 'hemostat/self-test@1';
  readonly outcome: 'passed' | 'failed' | 'unknown';
  readonly verdict: string;
  readonly controls: readonly Control[];
}

const DEFAULTS: FailOn = {
  limits: { deps: DEFAULT_LIMIT, image: DEFAULT_LIMIT, config: DEFAULT_LIMIT, surface: DEFAULT_LIMIT },
  review: 'high',
};

export function controlOf(plant: Plant, whole: GuardReport, failOn: FailOn): Control {
  const { part, what, rules } = plant;
  const report =
    rules === undefined ? whole : { ...whole, findings: whole.findings.filter(({ rule }) => rules.includes(rule)) };
  const blocking = report.findings.find(({ standing }) => standing === 'blocks');
  if (blocking !== undefined)
    return { part, what, proof: 'can-fail', says: `blocked by ${blocking.rule}: ${sentence(blocking.title)}` };
  const failures = report.parts.flatMap((one) => one.failures);
  if (report.findings.length === 0 && failures.length > 0)
    return { part, what, proof: 'not-proven', says: `it could not be tried: ${sentence(failures[0] ?? '')}` };
  return { part, what, proof: 'cannot-fail', says: why(part, report, failOn) };
}

/** Which setting it was, by what would have blocked without it. */
function why(part: GatePart, { findings }: GuardReport, failOn: FailOn): string {
  const key = `gate.fail-on.${part}`;
  const limit = part === 'review' ? failOn.review : failOn.limits[part];
  if (limit === 'never') return `${key} (or --fail-on) is never: nothing that this part finds can block.`;
  if (findings.length === 0)
    return part === 'review'
      ? 'nothing was found: review.rules turns off what would see it, or review.exclude leaves everything out.'
      : `nothing was found: the settings under gate.${part} leave out what would see it.`;
  const excused = findings.find(({ standing }) => standing === 'exception');
  if (excused !== undefined)
    return `the exception with the reason ${JSON.stringify(excused.excuse?.reason ?? '')} in gate.exceptions covers ${excused.rule} on things that nobody has seen: narrow its subject.`;
  if (findings.some(({ standing }) => standing === 'baseline'))
    return 'the baseline knows it: that is an entry that nobody can have written by hand.';
  const cleared = findings.find(({ standing }) => standing === 'cleared');
  if (cleared !== undefined)
    return `gate.${part} allows it: ${cleared.rule} is cleared (${cleared.evidence.at(-1)?.says ?? 'by a policy'}). Narrow what is allowed.`;
  if (part === 'surface')
    return 'gate.surface.budget sets no limit that this exceeds (growth, or points in total): what grows is told and blocks nothing.';
  const lowered = findings.find((finding) => !blocks(part, finding, failOn) && blocks(part, finding, DEFAULTS));
  if (lowered !== undefined && typeof limit === 'object')
    return `${key} blocks from ${limit.verdict} and ${limit.severity} on, and ${lowered.rule} is ${lowered.verdict} and ${lowered.severity}.`;
  if (lowered !== undefined && typeof limit === 'string')
    return `review.fail-on (or ${key}) blocks from ${limit} confidence on, and ${lowered.rule} has ${lowered.confidence ?? 'none'}.`;
  return `${describe(findings)}: the settings of gate.${part} (or review.rules) weigh it so low that it does not block.`;
}

function describe(findings: readonly JudgedFinding[]): string {
  const [worst] = findings;
  return worst === undefined
    ? 'nothing was found'
    : `the worst finding is ${worst.rule} (${worst.verdict}, ${worst.severity})`;
}

export function selfTestReport(controls: readonly Control[]): SelfTestReport {
  const bad = [...new Set(controls.filter(({ proof }) => proof === 'cannot-fail').map(({ part }) => part))];
  const open = [...new Set(controls.filter(({ proof }) => proof === 'not-proven').map(({ part }) => part))];
  const outcome = bad.length > 0 ? 'failed' : open.length > 0 || controls.length === 0 ? 'unknown' : 'passed';
  const parts = [...new Set(controls.map(({ part }) => part))];
  const verdict =
    outcome === 'passed'
      ? `passed: with these settings ${parts.join(', ')} can fail: ${controls.length === 1 ? '1 known-bad thing was tried, and it was' : `${controls.length} known-bad things were tried, and all were`} blocked.`
      : outcome === 'failed'
        ? `failed: ${bad.join(', ')} let known-bad input pass with these settings.`
        : `unknown: ${open.length === 0 ? 'no part is configured' : `it was not proven that ${open.join(', ')} can fail`}.`;
  return { schema: 'hemostat/self-test@1', outcome, verdict, controls };
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
