/** The rules of `guard config`; docs/rules/<id>.md has a page for each. */
import type { GuardRule } from '../finding.ts';
import { CONFIG_CHECKS } from './checks.ts';
import { POLICY_RULES } from './policy/rules.ts';

export const CONFIG_RULES: readonly GuardRule[] = [...CONFIG_CHECKS.flatMap(({ rules }) => rules), ...POLICY_RULES];
