/** Whether an API server would take a ValidatingAdmissionPolicy or a NetworkPolicy, and whether it would do anything. Pure. */
import { z } from 'zod';
import { runCel } from '../../config/policy/cel.ts';
import { listOf, mapOf, textOf } from '../../json/values.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import type { RuleCheck } from './check-rule.ts';

const ACTIONS = ['Deny', 'Warn', 'Audit'];

export function checkPolicy(policy: KubeObject, all: readonly KubeObject[]): RuleCheck {
  const called = `the ValidatingAdmissionPolicy ${policy.name}`;
  if (policy.apiVersion !== 'admissionregistration.k8s.io/v1')
    return {
      ok: false,
      says: `${called} has the apiVersion ${policy.apiVersion}, and admissionregistration.k8s.io/v1 is what servers take`,
    };
  const spec = mapOf(policy.value.spec);
  const rules = listOf(mapOf(spec.matchConstraints).resourceRules);
  if (rules.length === 0) return { ok: false, says: `${called} names no resourceRules: it would look at nothing` };
  const bindings = all
    .filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')
    .map(({ value }) => mapOf(value.spec))
    .filter(({ policyName }) => policyName === policy.name);
  if (bindings.length === 0) return { ok: false, says: `${called} comes without a binding: it would not be asked` };
  for (const { validationActions } of bindings) {
    const actions = listOf(validationActions).map(textOf);
    if (actions.length === 0 || actions.some((action) => !ACTIONS.includes(action)))
      return { ok: false, says: `the binding of ${policy.name} needs validationActions (${ACTIONS.join(', ')})` };
    if (actions.includes('Deny') && actions.includes('Warn'))
      return { ok: false, says: `the binding of ${policy.name} has Deny and Warn, which no server takes together` };
  }
  // Without objects, expressions are only compiled.
  const { failures } = runCel(
    { type: 'cel', file: '', name: policy.name, spec: policy.value.spec, bindings, others: [] },
    [],
  );
  const [failure] = failures;
  if (failure !== undefined) return { ok: false, says: `${called} ${failure}` };
  const count = listOf(spec.validations).length;
  return {
    ok: true,
    says: `ValidatingAdmissionPolicy ${policy.name}: ${count} CEL ${count === 1 ? 'expression compiles' : 'expressions compile'}, and it is bound`,
  };
}

const Labels = z.record(z.string(), z.string());
const Selector = z.strictObject({
  matchLabels: Labels.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string().min(1),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});
const Peer = z.strictObject({
  podSelector: Selector.optional(),
  namespaceSelector: Selector.optional(),
  ipBlock: z
    .strictObject({ cidr: z.union([z.cidrv4(), z.cidrv6()]), except: z.array(z.string()).optional() })
    .optional(),
});
const Port = z.strictObject({
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
  port: z.union([z.int().min(1).max(65_535), z.string().min(1)]).optional(),
  endPort: z.int().optional(),
});
const NetworkPolicySpec = z.strictObject({
  podSelector: Selector.optional(),
  policyTypes: z.array(z.enum(['Ingress', 'Egress'])).optional(),
  ingress: z.array(z.strictObject({ from: z.array(Peer).optional(), ports: z.array(Port).optional() })).optional(),
  egress: z.array(z.strictObject({ to: z.array(Peer).optional(), ports: z.array(Port).optional() })).optional(),
});

export function checkNetworkPolicy(policy: KubeObject): RuleCheck {
  const called = `the NetworkPolicy ${policy.name}`;
  if (policy.apiVersion !== 'networking.k8s.io/v1')
    return {
      ok: false,
      says: `${called} has the apiVersion ${policy.apiVersion}, and networking.k8s.io/v1 is what servers take`,
    };
  const parsed = NetworkPolicySpec.safeParse(policy.value.spec);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? 'spec' : `spec.${issue.path.join('.')}`;
    return { ok: false, says: `${called}: ${at}: ${issue?.message ?? 'is wrong'}` };
  }
  const { policyTypes, ingress, egress } = parsed.data;
  // The server's defaults: Ingress always, Egress where there is any.
  const types = policyTypes ?? (egress === undefined ? ['Ingress'] : ['Ingress', 'Egress']);
  const open = [
    types.includes('Ingress') && ingress?.some(({ from, ports }) => from === undefined && ports === undefined) === true,
    types.includes('Egress') && egress?.some(({ to, ports }) => to === undefined && ports === undefined) === true,
  ];
  const closes = types.length - open.filter(Boolean).length;
  if (closes === 0) return { ok: false, says: `${called} allows everything that it is about, and detects nothing` };
  return {
    ok: true,
    says: `NetworkPolicy ${policy.namespace}/${policy.name}: limits ${types.join(' and ').toLowerCase()}`,
  };
}
