/** What policies of the user raise. */
import type { GuardRule } from '../../finding.ts';

export const POLICY_VIOLATED: GuardRule = {
  id: 'config-policy-violated',
  summary: 'An object breaks a policy of your own (CEL or Rego).',
  severity: 'high',
  fix: 'Change the object as the policy asks, or change the policy where it is wrong.',
};

export const POLICY_RULES: readonly GuardRule[] = [POLICY_VIOLATED];
