import { expect, it } from 'vitest';
import { manifestsOf } from '../../../testing/kube-objects.ts';
import { rbacCheck } from './check.ts';

const GROUP = 'rbac.authorization.k8s.io';
const V1 = `${GROUP}/v1`;

function check(rules: object[], subjects: object[], kind = 'Cluster') {
  const metadata = { name: 'r', ...(kind === '' ? { namespace: 'shop' } : {}) };
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'api', namespace: 'shop' } },
    { apiVersion: V1, kind: `${kind}Role`, metadata, rules },
    {
      apiVersion: V1,
      kind: `${kind}RoleBinding`,
      metadata,
      roleRef: { apiGroup: GROUP, kind: `${kind}Role`, name: 'r' },
      subjects,
    },
  ];
  return rbacCheck
    .check({
      manifests: manifestsOf(subjects.length === 0 ? objects.slice(0, 2) : objects),
      writesNothing: new Set(),
      vault: [],
    })
    .map(({ rule, severity }) => `${rule.replace('config-', '')} ${severity}`)
    .sort();
}

const ACCOUNT = { kind: 'ServiceAccount', name: 'api', namespace: 'shop' };
const PEOPLE = { kind: 'Group', apiGroup: GROUP, name: 'admins' };
const of = (...apiGroups: string[]) => [{ apiGroups, resources: ['*'], verbs: ['*'] }];

it('tells everything for everybody once: of the account that has it, else of the role', () => {
  expect(check(of('*'), [ACCOUNT])).toEqual(['reaches-cluster-admin critical']);
  expect(check(of('*'), [PEOPLE, ACCOUNT])).toEqual(['reaches-cluster-admin critical']);
  expect(check(of('*'), [PEOPLE])).toEqual(['wildcard-role high']);
  expect(check(of('*'), [])).toEqual(['wildcard-role low']);
  expect(check(of('*'), [ACCOUNT], '')).toEqual(['wildcard-role medium']);
});

it('tells everything in a group of Kubernetes, and not in one of custom resources', () => {
  expect(check(of('custom.metrics.k8s.io'), [ACCOUNT])).toEqual(['wildcard-role low']);
  expect(check(of('monitoring.example.com'), [ACCOUNT])).toEqual([]);
  expect(check(of(''), [PEOPLE])).toEqual(['secrets-readable-cluster-wide high', 'wildcard-role medium']);
  expect(check([{ ...of('')[0], verbs: ['list'] }], [], '')).toEqual([]);
});
