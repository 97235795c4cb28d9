/** Rules about admission webhooks and policies. */
import type { GuardRule } from '../../finding.ts';

export const WEBHOOK_FAILS_OPEN: GuardRule = {
  id: 'config-webhook-fails-open',
  summary: 'An admission webhook or policy that guards something lets it pass where it cannot be asked, or only warns.',
  severity: 'high',
  fix: 'Set failurePolicy: Fail (for a policy binding, validationActions: [Deny]) and keep the webhook out of its own namespace and of kube-system.',
};

export const WEBHOOK_LOCKS_UP: GuardRule = {
  id: 'config-webhook-locks-up',
  summary: 'A webhook that is down keeps the cluster, or itself, from starting pods again.',
  severity: 'high',
  fix: 'Except kube-system and the namespace of the webhook with a namespaceSelector on kubernetes.io/metadata.name.',
};

export const WEBHOOK_UNSOUND: GuardRule = {
  id: 'config-webhook-unsound',
  summary:
    'An admission webhook waits too long, names no authority for its certificate, or has side effects on dry runs.',
  severity: 'medium',
  fix: 'Set what the finding names: timeoutSeconds of at most 10, caBundle (or cert-manager’s injection), sideEffects: None.',
};

export const WEBHOOK_RULES: readonly GuardRule[] = [WEBHOOK_FAILS_OPEN, WEBHOOK_LOCKS_UP, WEBHOOK_UNSOUND];
