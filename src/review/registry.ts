/** All rules, by id. One import and one line in the list for each; a test holds the list against docs/rules. */
import type { Rule } from './rule.ts';

export const RULES: readonly Rule[] = [];
