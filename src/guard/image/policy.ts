/** Which of the vulnerabilities refuse the image. */
import { isOver } from '../gate/exceptions.ts';
import type { ScanSeverity, Vulnerability } from './scans/scan.ts';
import type { VulnerabilityPolicy } from './settings.ts';

type Exception = VulnerabilityPolicy['exceptions'][number];

export type Decision =
  /** Refuses the image. */
  | 'refused'
  /** Would refuse it, and an exception with a reason covers it, or the scanner was told to leave it out (VEX, ignore file). */
  | 'excepted'
  /** The policy lets it pass as it is. */
  | 'allowed';

export interface Decided {
  readonly vulnerability: Vulnerability;
  readonly decision: Decision;
  /** After what is not called was counted as low, and what is exploited as critical. */
  readonly severity: ScanSeverity;
  /** The exception that covers it, or that did until it ran out. */
  readonly exception: Exception | null;
  readonly expired: boolean;
}

export function decide(vulnerability: Vulnerability, policy: VulnerabilityPolicy, now: Date): Decided {
  const severity = severityUnder(policy, vulnerability);
  const when = policy.refuse[severity];
  // A report that does not speak of fixes does not say that there is none.
  const fixable = vulnerability.fixed !== null || vulnerability.fixUnsaid === true;
  const refused = when === 'always' || (when === 'fixed' && fixable);
  if (!refused) return { vulnerability, decision: 'allowed', severity, exception: null, expired: false };
  const covering = policy.exceptions.filter((one) => covers(one, vulnerability));
  const current = covering.find(({ until }) => !isOver(until, now));
  if (current !== undefined) {
    return { vulnerability, decision: 'excepted', severity, exception: current, expired: false };
  }
  if (vulnerability.suppressed !== undefined) {
    return { vulnerability, decision: 'excepted', severity, exception: null, expired: false };
  }
  const over = covering[0] ?? null;
  return { vulnerability, decision: 'refused', severity, exception: over, expired: over !== null };
}

function severityUnder(policy: VulnerabilityPolicy, { reachable, severity, exploited }: Vulnerability): ScanSeverity {
  if (reachable === false && policy.unreachable === 'low') return 'low';
  // What is known to be exploited is not waited for until somebody rates it higher.
  return exploited === true ? 'critical' : severity;
}

function covers(exception: Exception, { id, aliases, package: name }: Vulnerability): boolean {
  const wanted = exception.id.toLowerCase();
  const named = [id, ...aliases].some((one) => one.toLowerCase() === wanted);
  return named && (exception.package === undefined || exception.package === name);
}
