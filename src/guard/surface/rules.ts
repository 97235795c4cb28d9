/** Rules about the size of the attack surface. */
import type { GuardRule } from '../finding.ts';

export const SURFACE_GREW: GuardRule = {
  id: 'surface-grew',
  summary: 'The attack surface is larger than it was: more ports, grants or credentials than before.',
  severity: 'medium',
  fix: 'Look at the units that appeared; take away what is not needed, or raise the budget with a reason.',
};

export const SURFACE_OVER_BUDGET: GuardRule = {
  id: 'surface-over-budget',
  summary: 'The attack surface has more points than its budget allows.',
  severity: 'high',
  fix: 'Begin with the heaviest units of the stage; --json lists them all.',
};

export const SURFACE_RULES: readonly GuardRule[] = [SURFACE_GREW, SURFACE_OVER_BUDGET];
