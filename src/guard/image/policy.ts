/** Which of the vulnerabilities refuse the image. */
import { isOver } from '../gate/exceptions.ts';
import type { ScanSeverity, Vulnerability } from './scans/scan.ts';
import type { VulnerabilityPolicy } from './settings.ts';

type Exception = VulnerabilityPolicy['exceptions'][number];

export type Decision =
  /** Refuses the image. */
  | 'refused'
  /** Would refuse it, and an exception with a reason covers it. */
  | 'excepted'
  /** The policy lets it pass as it is. */
  | 'allowed';

export interface Decided {
  readonly vulnerability: Vulnerability;
  readonly decision: Decision;
  /** After what is not called was counted as low. */
  readonly severity: ScanSeverity;
  /** The exception that covers it, or that did until it ran out. */
  readonly exception: Exception | null;
  readonly expired: boolean;
}

export function decide(vulnerability: Vulnerability, policy: VulnerabilityPolicy, now: Date): Decided {
  const severity = vulnerability.reachable === false && policy.unreachable === 'low' ? 'low' : vulnerability.severity;
  const when = policy.refuse[severity];
  const refused = when === 'always' || (when === 'fixed' && vulnerability.fixed !== null);
  if (!refused) return { vulnerability, decision: 'allowed', severity, exception: null, expired: false };
  const covering = policy.exceptions.filter((one) => covers(one, vulnerability));
  const current = covering.find(({ until }) => !isOver(until, now));
  if (current !== undefined) {
    return { vulnerability, decision: 'excepted', severity, exception: current, expired: false };
  }
  const over = covering[0] ?? null;
  return { vulnerability, decision: 'refused', severity, exception: over, expired: over !== null };
}

function covers(exception: Exception, { id, aliases, package: name }: Vulnerability): boolean {
  const wanted = exception.id.toLowerCase();
  const named = [id, ...aliases].some((one) => one.toLowerCase() === wanted);
  return named && (exception.package === undefined || exception.package === name);
}
