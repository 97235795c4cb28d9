/** Findings about ValidatingWebhookConfiguration, MutatingWebhookConfiguration and ValidatingAdmissionPolicyBinding. */
import type { Finding, Severity } from '../../../findings/model.ts';
import { type GuardRule, guardFinding } from '../../finding.ts';
import { listOf, lookUp, mapOf, stringsOf, textOf, textsOf, type Value } from '../../json/values.ts';
import { identityOf } from '../../manifests/identity.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import type { ConfigCheck } from '../rule.ts';
import { type Labels, readSelector, selects } from '../selectors.ts';
import { WEBHOOK_FAILS_OPEN, WEBHOOK_LOCKS_UP, WEBHOOK_RULES, WEBHOOK_UNSOUND } from './rules.ts';

export const webhookCheck: ConfigCheck = {
  rules: WEBHOOK_RULES,
  check: ({ manifests: { objects } }) => {
    const namespaces = new Map<string, Labels>();
    for (const object of objects) {
      if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') continue;
      namespaces.set(object.name, stringsOf(lookUp(object.value, ['metadata', 'labels'])));
    }
    return objects.flatMap((object) => {
      if (!object.apiVersion.startsWith('admissionregistration.k8s.io/')) return [];
      if (object.kind === 'ValidatingAdmissionPolicyBinding') return policyBinding(object);
      if (!/^(?:Validating|Mutating)WebhookConfiguration$/.test(object.kind)) return [];
      const hooks = listOf(object.value.webhooks).map(mapOf);
      return [...hooks.flatMap((hook, index) => webhook(object, hook, index, namespaces)), ...authority(object, hooks)];
    });
  },
};

/** Resources whose admission guards the cluster: what runs, who may do what, and secrets. */
const GUARDED = new Set([
  'pods',
  'deployments',
  'daemonsets',
  'statefulsets',
  'replicasets',
  'jobs',
  'cronjobs',
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
  'secrets',
  'serviceaccounts',
  'namespaces',
  'networkpolicies',
  'ingresses',
  '*',
  '*/*',
  'pods/*',
  'pods/ephemeralcontainers',
  'pods/exec',
]);

function webhook(object: KubeObject, hook: Value, index: number, namespaces: ReadonlyMap<string, Labels>): Finding[] {
  const findings: Finding[] = [];
  const identity = `${identityOf(object)}#webhook/${textOf(hook.name)}`;
  const path = ['webhooks', index];
  const add = (
    rule: GuardRule,
    operation: string,
    key: string,
    title: string,
    evidence: string,
    severity?: Severity,
  ) => {
    findings.push(
      guardFinding(rule, {
        verdict: 'confirmed',
        ...(severity === undefined ? {} : { severity }),
        title: `Webhook ${textOf(hook.name)} of ${object.name} ${title}.`,
        identity,
        operation,
        at: object.at([...path, key]),
        service: object.name,
        evidence: [{ leg: 'config', says: evidence, numbers: [], captures: [] }],
      }),
    );
  };
  const resources = [...new Set(listOf(hook.rules).flatMap((rule) => textsOf(mapOf(rule).resources)))];
  const guarded = resources.filter((resource) => GUARDED.has(resource));
  // admissionregistration.k8s.io/v1: Fail where nothing is said; v1beta1: Ignore.
  const beta = object.apiVersion.endsWith('/v1beta1');
  const policy = textOf(hook.failurePolicy) || (beta ? 'Ignore' : 'Fail');
  const validating = object.kind.startsWith('Validating');
  if (policy === 'Ignore' && guarded.length > 0) {
    add(
      WEBHOOK_FAILS_OPEN,
      'failurePolicy',
      'failurePolicy',
      `fails open: when it does not answer, ${guarded.join(', ')} pass unseen`,
      `failurePolicy is Ignore${hook.failurePolicy === undefined ? ' by default of v1beta1' : ''}; it is asked about ${resources.join(', ')}.`,
      validating ? 'high' : 'medium',
    );
  }
  if (policy === 'Fail') lockUps(hook, namespaces, guarded, add);
  const timeout = hook.timeoutSeconds;
  const seconds = typeof timeout === 'number' ? timeout : beta ? 30 : 10;
  if (seconds > 10) {
    add(
      WEBHOOK_UNSOUND,
      'timeoutSeconds',
      'timeoutSeconds',
      `may hold each request for ${seconds} s`,
      'Requests to the API server time out as a whole; more than 10 s is felt by everybody.',
    );
  }
  const sideEffects = textOf(hook.sideEffects);
  if (sideEffects === 'Unknown' || sideEffects === 'Some' || (sideEffects === '' && beta)) {
    add(
      WEBHOOK_UNSOUND,
      'sideEffects',
      'sideEffects',
      'has side effects that it does not answer for',
      `sideEffects is ${sideEffects || 'not given'}, so dry runs (kubectl diff, --dry-run=server) are refused.`,
      'low',
    );
  }
  return findings;
}

/** One for a configuration: whoever puts the authority in does it for all of its webhooks. */
function authority(object: KubeObject, hooks: readonly Value[]): Finding[] {
  const annotations = stringsOf(lookUp(object.value, ['metadata', 'annotations']));
  if ([...annotations.keys()].some((key) => /^cert-manager\.io\/inject-|inject-cabundle$/.test(key))) return [];
  const without = hooks.filter((hook) => {
    const client = mapOf(hook.clientConfig);
    return textOf(client.caBundle) === '' && client.service !== undefined;
  });
  const [first] = without;
  if (first === undefined) return [];
  const one = without.length === 1;
  const live = object.origin.kind === 'cluster';
  const title = one
    ? `Webhook ${textOf(first.name)} of ${object.name} names no authority for its certificate`
    : `${without.length} webhooks of ${object.name} name no authority for their certificates`;
  return [
    guardFinding(WEBHOOK_UNSOUND, {
      // Many programs put the authority of their certificate in when they start, and their files have none.
      verdict: live ? 'confirmed' : 'suspected',
      title: `${title}${live ? '' : ', if nothing puts it in later'}.`,
      identity: identityOf(object),
      operation: 'caBundle',
      at: object.at(['webhooks', hooks.indexOf(first), 'clientConfig']),
      service: object.name,
      count: without.length,
      evidence: [
        {
          leg: 'config',
          says: 'There is neither a caBundle nor an annotation by which cert-manager puts one in; a Service has no publicly trusted certificate, so every call fails.',
          numbers: [],
          captures: [],
        },
      ],
    }),
  ];
}

/** With failurePolicy Fail: a webhook that guards the pods it runs in, or those of the control plane, cannot come back. */
function lockUps(
  hook: Value,
  namespaces: ReadonlyMap<string, Labels>,
  guarded: readonly string[],
  add: (rule: GuardRule, operation: string, key: string, title: string, evidence: string, severity?: Severity) => void,
): void {
  const starts = guarded.filter((each) =>
    ['pods', 'deployments', 'daemonsets', 'replicasets', '*', '*/*'].includes(each),
  );
  if (starts.length === 0 || listOf(hook.matchConditions).length > 0) return;
  const selector = readSelector(hook.namespaceSelector);
  const objects = readSelector(hook.objectSelector);
  if (objects.requirements.length > 0) return;
  const asked = (namespace: string): boolean =>
    selects(selector, new Map([...(namespaces.get(namespace) ?? []), ['kubernetes.io/metadata.name', namespace]]));
  const own = textOf(lookUp(hook, ['clientConfig', 'service', 'namespace']));
  if (own !== '' && asked(own)) {
    add(
      WEBHOOK_LOCKS_UP,
      'own',
      'namespaceSelector',
      `is asked about its own namespace ${own}: once down, it keeps itself from starting`,
      `failurePolicy is Fail, it is asked about ${starts.join(', ')}, and its namespaceSelector takes in ${own}.`,
    );
  }
  if (asked('kube-system')) {
    add(
      WEBHOOK_LOCKS_UP,
      'kube-system',
      'namespaceSelector',
      'is asked about kube-system: once down, DNS and network pods do not start',
      `failurePolicy is Fail, it is asked about ${starts.join(', ')}, and its namespaceSelector takes in kube-system.`,
      'medium',
    );
  }
}

function policyBinding(object: KubeObject): Finding[] {
  const actions = textsOf(lookUp(object.value, ['spec', 'validationActions']));
  if (actions.includes('Deny')) return [];
  return [
    guardFinding(WEBHOOK_FAILS_OPEN, {
      verdict: 'confirmed',
      severity: 'medium',
      title: `ValidatingAdmissionPolicyBinding ${object.name} does not deny: what breaks ${textOf(lookUp(object.value, ['spec', 'policyName']))} is let in.`,
      identity: identityOf(object),
      operation: 'validationActions',
      at: object.at(['spec', 'validationActions']),
      service: object.name,
      evidence: [
        { leg: 'config', says: `validationActions is ${actions.join(', ') || 'empty'}.`, numbers: [], captures: [] },
      ],
    }),
  ];
}
