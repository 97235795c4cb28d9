/** All checks of configuration, in the order in which they run. */
import { rbacCheck } from './rbac/check.ts';
import type { ConfigCheck } from './rule.ts';
import { WORKLOAD_CHECK } from './workload/check.ts';

export const CONFIG_CHECKS: readonly ConfigCheck[] = [WORKLOAD_CHECK, rbacCheck];
