/** All rules of `guard deps`. */
import type { GuardRule } from '../finding.ts';
import { GO_RULES } from './go/rules.ts';
import { npmRules } from './npm/rules.ts';

export const depsRules: readonly GuardRule[] = [...npmRules, ...GO_RULES];
