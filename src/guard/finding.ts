/** Makes findings of the one model out of what the parts of guard see. */
import { fingerprint } from '../findings/fingerprint.ts';
import type { ChainStep, EvidenceItem, Finding, Fix, Region, Severity, Verdict } from '../findings/model.ts';

/** What the parts may raise, with what is always the same about it; docs/rules/<id>.md says the rest. */
export interface GuardRule {
  /** kebab-case, final: baselines and policies refer to it. */
  readonly id: string;
  /** One line for lists and SARIF. */
  readonly summary: string;
  /** Unless the place says otherwise. */
  readonly severity: Severity;
  /** What to do about it, one or two sentences, where the finding does not know better. */
  readonly fix: string;
}

/** What one place adds to a rule. */
export interface GuardSighting {
  /**
   * `proven`: cryptography or a complete chain of records shows it. `confirmed`: it stands in the evidence. `suspected`: it
   * depends on what the evidence does not hold. `cleared`: a policy or an exception with a reason allows it.
   */
  readonly verdict: Verdict;
  readonly severity?: Severity;
  /** One sentence with the names: what is wrong, and what follows. */
  readonly title: string;
  /** What it is about, e.g. `npm:left-pad@1.3.0`, `apps/Deployment/shop/api#container/web`, `registry/shop@sha256:…`. Part of the identity. */
  readonly identity: string;
  /** What tells two sightings of one rule and identity apart (a verb, a port, a CVE); may be empty. Part of the identity. */
  readonly operation: string;
  /** Where it stands; null where there is no file (a live cluster, a registry). */
  readonly at: Region | null;
  /** The service, module or workload. */
  readonly service: string;
  readonly evidence: readonly EvidenceItem[];
  readonly chain?: readonly ChainStep[];
  readonly count?: number;
  readonly fix?: Fix;
}

/** The finding; its fingerprint has no line numbers, digests belong into `identity` only where they are the identity. */
export function guardFinding(rule: GuardRule, seen: GuardSighting): Finding {
  return {
    rule: rule.id,
    verdict: seen.verdict,
    severity: seen.verdict === 'cleared' ? 'info' : (seen.severity ?? rule.severity),
    title: seen.title,
    where: { function: '', file: seen.at?.file ?? '', line: seen.at?.line ?? 0 },
    subject: { service: seen.service, instance: seen.identity },
    count: seen.count ?? null,
    growth: null,
    holds: null,
    chain: seen.chain ?? [],
    evidence: seen.evidence,
    fix: seen.fix ?? { text: rule.fix },
    fingerprint: fingerprint(rule.id, seen.identity, seen.operation),
    ...(seen.at === null ? {} : { region: seen.at }),
  };
}
