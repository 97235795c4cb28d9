/** All checks of configuration, in the order in which they run. */
import { apiserverCheck } from './apiserver/check.ts';
import { networkCheck } from './network/check.ts';
import { rbacCheck } from './rbac/check.ts';
import type { ConfigCheck } from './rule.ts';
import { vaultCheck } from './vault/check.ts';
import { webhookCheck } from './webhook/check.ts';
import { WORKLOAD_CHECK } from './workload/check.ts';

export const CONFIG_CHECKS: readonly ConfigCheck[] = [
  WORKLOAD_CHECK,
  rbacCheck,
  networkCheck,
  apiserverCheck,
  webhookCheck,
  vaultCheck,
];
