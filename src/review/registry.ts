/** All rules, by id. One import and one line in the list for each; a test holds the list against docs/rules. */
import type { Rule } from './rule.ts';
import { bodyNotClosed } from './rules/body-not-closed.ts';
import { contextCancelLost } from './rules/context-cancel-lost.ts';
import { lockNotReleased } from './rules/lock-not-released.ts';
import { rowsNotClosed } from './rules/rows-not-closed.ts';

export const RULES: readonly Rule[] = [bodyNotClosed, contextCancelLost, lockNotReleased, rowsNotClosed];
