/** Every rule that a part of guard may raise. A test holds them and the pages of docs/rules together. */
import { BASELINE_RULES } from './baseline/rules.ts';
import { CONFIG_RULES } from './config/rules.ts';
import { depsRules } from './deps/rules.ts';
import type { GuardRule } from './finding.ts';
import { IMAGE_RULES } from './image/rules.ts';
import { SURFACE_RULES } from './surface/rules.ts';

export const GUARD_RULES: readonly GuardRule[] = [
  ...depsRules,
  ...IMAGE_RULES,
  ...CONFIG_RULES,
  ...SURFACE_RULES,
  ...BASELINE_RULES,
];
