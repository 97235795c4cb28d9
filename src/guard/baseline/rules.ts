/** Rules about how a container behaves beside its baseline. */
import type { GuardRule } from '../finding.ts';

export const SYSCALL_RATE_ANOMALY: GuardRule = {
  id: 'syscall-rate-anomaly',
  summary: 'A container calls a syscall far more often per minute than its baseline allows.',
  severity: 'medium',
  fix: 'Look at what the named process did in that time (its log, a deploy, a job); if it is right, learn the baseline again or raise `anomalous` of the syscall in the profile.',
};

export const SYSCALL_NEVER_SEEN: GuardRule = {
  id: 'syscall-never-seen',
  summary: 'A container calls a syscall that was never seen while its baseline was learned.',
  severity: 'medium',
  fix: 'Find out why the named process does this; if it belongs there, add the syscall to `allowed` in the profile, else forbid it with the seccomp profile that the baseline exports.',
};

export const BASELINE_RULES: readonly GuardRule[] = [SYSCALL_RATE_ANOMALY, SYSCALL_NEVER_SEEN];
