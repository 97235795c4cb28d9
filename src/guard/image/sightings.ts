/** Findings out of what was seen; the sentences of `guard image`. */
import type { Finding, Severity } from '../../findings/model.ts';
import { type GuardRule, guardFinding } from '../finding.ts';
import type { Decided } from './policy.ts';
import * as rules from './rules.ts';
import type { Vulnerability } from './scans/scan.ts';

/** What all findings of one image have in common. */
export interface Place {
  /** `registry/name`: a baseline has to hold for the next build, too. */
  readonly name: string;
  readonly digest: string;
}

export interface Sighting {
  readonly rule: GuardRule;
  readonly title: string;
  readonly operation: string;
  readonly verdict: Finding['verdict'];
  readonly severity?: Severity;
  readonly says: string;
  readonly leg: 'supply' | 'scan';
  readonly captures?: readonly string[];
  readonly fix?: string;
}

export function sighting(place: Place, seen: Sighting): Finding {
  return guardFinding(seen.rule, {
    verdict: seen.verdict,
    ...(seen.severity === undefined ? {} : { severity: seen.severity }),
    title: seen.title,
    identity: place.name,
    operation: seen.operation,
    at: null,
    service: place.name,
    evidence: [
      { leg: seen.leg, says: seen.says, numbers: [], captures: seen.captures ?? [] },
      { leg: 'supply', says: `The image is ${place.name}@${place.digest}.`, numbers: [], captures: [] },
    ],
    ...(seen.fix === undefined ? {} : { fix: { text: seen.fix } }),
  });
}

/** What is refused or excepted; null for what the policy allows. */
export function vulnerabilityFinding(place: Place, decided: Decided): Finding | null {
  const { vulnerability: found, decision, exception } = decided;
  if (decision === 'allowed') return null;
  const what = named(found);
  const by = found.scanners.join(' and ');
  const unfixed = found.fixUnsaid === true ? 'the report does not say what has the fix' : 'no fixed version is known';
  const because = [
    ...(found.reachable === null ? [] : [found.reachable ? 'its code is called' : 'nothing calls its code']),
    ...(found.exploited === true ? ['it is exploited in the wild (CISA KEV)'] : []),
  ].join(', and ');
  const says = `${by} found ${[found.id, ...found.aliases].join(', ')} of severity ${found.severity} in ${what}${because === '' ? '' : `: ${because}`}; ${
    found.fixed === null ? unfixed : `fixed in ${found.fixed}`
  }.`;
  const common = { rule: rules.VULNERABILITY, operation: `${found.id} ${found.package}`, leg: 'scan', says } as const;
  if (decision === 'excepted') {
    return sighting(place, {
      ...common,
      verdict: 'cleared',
      title:
        exception === null
          ? `${found.id} (${found.severity}) in ${what}: ${found.suppressed}.`
          : `${found.id} in ${what} is accepted until ${exception.until}: ${exception.reason}`,
    });
  }
  return sighting(place, {
    ...common,
    verdict: 'confirmed',
    // What the policy refuses blocks, whatever the scanner calls it.
    severity: decided.severity === 'critical' ? 'critical' : 'high',
    title: `${found.id} (${found.severity}) in ${what} is refused by the policy${
      because === '' ? '' : `: ${because}`
    }; ${found.fixed === null ? unfixed : `${found.fixed} has the fix`}.`,
    ...(found.fixed === null ? {} : { fix: fixFor(found.package, found.fixed) }),
  });
}

function fixFor(name: string, fixed: string): string {
  if (name === 'stdlib' || name === 'std')
    return `Build with Go ${fixed.replace(/^v|^go/, '')} and build the image again.`;
  const version = fixed.startsWith('v') ? fixed : `v${fixed}`;
  // A module path has a host; packages of a distribution have none.
  return /^[^/\s]+\.[^/\s]+\/[^\s,]+$/.test(name) && /^v\d+\.\d+\.\d+\S*$/.test(version)
    ? `Update ${name} to ${version} (go get ${name}@${version}) and build the image again.`
    : `Update ${name} to ${fixed} and build the image again.`;
}

/** An exception that ran out while what it covered is still there. */
export function expiredFinding(place: Place, { vulnerability, exception }: Decided): Finding | null {
  if (exception === null) return null;
  return sighting(place, {
    rule: rules.EXCEPTION_EXPIRED,
    verdict: 'confirmed',
    operation: `${exception.id} ${vulnerability.package}`,
    title: `The exception for ${exception.id} ran out on ${exception.until}, and ${named(vulnerability)} still has it.`,
    leg: 'scan',
    says: `Its reason was: ${exception.reason}`,
  });
}

const named = (found: Vulnerability): string =>
  found.version === '' ? found.package : `${found.package} ${found.version}`;
