import { expect, it } from 'vitest';
import { manifestsOf } from '../../../testing/kube-objects.ts';
import { webhookCheck } from './check.ts';

const RULES = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
const NOT_OWN = {
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['guard', 'kube-system'] }],
};
const SOUND = {
  name: 'pods.guard.example',
  rules: RULES,
  failurePolicy: 'Fail',
  sideEffects: 'None',
  timeoutSeconds: 5,
  namespaceSelector: NOT_OWN,
  clientConfig: { caBundle: 'Q0E=', service: { namespace: 'guard', name: 'guard' } },
};

function check(hook: object, apiVersion = 'admissionregistration.k8s.io/v1', annotations = {}) {
  const object = {
    apiVersion,
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'guard', annotations },
    webhooks: [hook],
  };
  return webhookCheck
    .check({ manifests: manifestsOf([object]), writesNothing: new Set(), vault: [] })
    .map(({ rule, severity, region }) => `${region?.line} ${rule} ${severity}`);
}

it('says nothing about a sound webhook, nor about one that guards nothing and fails open', () => {
  expect(check(SOUND)).toEqual([]);
  expect(check({ ...SOUND, failurePolicy: 'Ignore', rules: [{ resources: ['events'] }] })).toEqual([]);
});

it.each([
  [{ failurePolicy: 'Ignore' }, ['4 config-webhook-fails-open high']],
  [{ namespaceSelector: {} }, ['4 config-webhook-locks-up high', '4 config-webhook-locks-up medium']],
  [{ timeoutSeconds: 30 }, ['4 config-webhook-unsound medium']],
  [{ clientConfig: { service: { namespace: 'guard' } } }, ['4 config-webhook-unsound medium']],
  [{ sideEffects: 'Unknown' }, ['4 config-webhook-unsound low']],
])('tells %j', (change, expected) => {
  expect(check({ ...SOUND, ...change })).toEqual(expected);
});

it('knows the defaults of v1beta1, and that cert-manager puts the authority in', () => {
  const { failurePolicy, timeoutSeconds, sideEffects, ...bare } = SOUND;
  expect([failurePolicy, timeoutSeconds, sideEffects]).toEqual(['Fail', 5, 'None']);
  expect(check(bare)).toEqual([]);
  expect(check(bare, 'admissionregistration.k8s.io/v1beta1')).toHaveLength(3);
  const injected = { ...SOUND, clientConfig: { service: { namespace: 'guard' } } };
  expect(check(injected, 'admissionregistration.k8s.io/v1', { 'cert-manager.io/inject-ca-from': 'guard/x' })).toEqual(
    [],
  );
});

it('tells once for a configuration that no authority is named, and is sure of it in a live cluster', () => {
  const hook = (name: string) => ({ ...SOUND, name, clientConfig: { service: { namespace: 'guard' } } });
  const { objects, ...rest } = manifestsOf([
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'guard' },
      webhooks: [SOUND, hook('a.guard.example'), hook('b.guard.example')],
    },
  ]);
  const told = (read: typeof objects) =>
    webhookCheck
      .check({ manifests: { ...rest, objects: read }, writesNothing: new Set(), vault: [] })
      .map(({ verdict, count, title }) => [verdict, count, title]);
  expect(told(objects)).toEqual([
    ['suspected', 2, '2 webhooks of guard name no authority for their certificates, if nothing puts it in later.'],
  ]);
  const live = objects.map((object) => ({ ...object, origin: { kind: 'cluster' as const, server: 'https://s' } }));
  expect(told(live)).toEqual([['confirmed', 2, '2 webhooks of guard name no authority for their certificates.']]);
});

it('tells a policy binding that does not deny', () => {
  const bind = (...validationActions: string[]) =>
    webhookCheck.check({
      manifests: manifestsOf([
        {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingAdmissionPolicyBinding',
          metadata: { name: 'b' },
          spec: { policyName: 'p', validationActions },
        },
      ]),
      writesNothing: new Set(),
      vault: [],
    });
  expect(bind('Deny', 'Audit')).toEqual([]);
  expect(bind('Warn', 'Audit').map(({ rule }) => rule)).toEqual(['config-webhook-fails-open']);
});
