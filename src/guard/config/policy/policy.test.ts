import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestsOf } from '../../manifests/read.ts';
import { runCel } from './cel.ts';
import { kubernetesCel } from './kubernetes-cel.ts';
import { resourceOf } from './match.ts';
import type { PolicyObject } from './model.ts';
import { runPolicies } from './run.ts';
import { LIMITS } from './thread.ts';

const SHIPPED = join(import.meta.dirname, '../../../../docs/policies');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hemostat-policy-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OBJECTS = manifestsOf([
  {
    file: 'all.yaml',
    named: true,
    chart: '',
    bytes: Buffer.from(`apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
        - name: web
          securityContext: {readOnlyRootFilesystem: true}
          resources: {limits: {memory: 8Gi}}
        - name: side
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ci}
roleRef: {kind: ClusterRole, name: cluster-admin}
subjects:
  - {kind: User, name: ann}
  - {kind: ServiceAccount, name: ci, namespace: build}
`),
  },
]).objects;

const context = (cwd: string) => ({ cwd, progress: () => undefined });

describe('policies that are shipped', () => {
  it('find what they are about, at its place, as Rego and as CEL', async () => {
    const run = await runPolicies(['.'], OBJECTS, context(SHIPPED));
    expect(run.failures).toEqual([]);
    expect(run.findings.map(({ title, region }) => `${region?.line} ${title}`).sort()).toEqual([
      '1 Deployment shop/web breaks the policy memory-limits: more than 4Gi for one container.',
      '1 Deployment shop/web breaks the policy memory-limits: no memory limit: side.',
      '11 Deployment shop/web breaks the policy read_only_root: container side may write its root file system.',
      '19 ClusterRoleBinding ci breaks the policy no_cluster_admin: ServiceAccount build/ci is bound to cluster-admin.',
    ]);
    expect(new Set(run.findings.map(({ fingerprint }) => fingerprint)).size).toBe(4);
    expect(run.facts.map(({ name, evaluated, violations }) => [name, evaluated, violations])).toEqual(
      expect.arrayContaining([
        ['memory-limits', 1, 2],
        ['no_cluster_admin', 2, 1],
        ['read_only_root', 2, 1],
      ]),
    );
  });
});

const object = (value: object, kind = 'Deployment', namespace = 'shop'): PolicyObject => ({
  apiVersion: 'apps/v1',
  kind,
  name: 'web',
  namespace,
  value,
});
const policy = (spec: object, bindings: object[] = [], others: PolicyObject[] = []) => ({
  type: 'cel' as const,
  file: 'p.yaml',
  name: 'p',
  spec,
  bindings,
  others,
});
const valid = (expression: string) => ({ validations: [{ expression }] });

describe('CEL', () => {
  it.each([
    ['object.spec.replicas <= 5', true],
    ['object.spec.replicas + 1 == 4', true],
    ['object.spec.ratio == 0.5', true],
    ["object.metadata.labels['a.b/c'] == 'z'", true],
    ["object.metadata.name.find('[0-9]+') == '42'", true],
    ["quantity('1Gi').compareTo(quantity('1024Mi')) == 0", true],
    ["quantity('100m').isLessThan(quantity('0.2'))", true],
    ["isQuantity('1GiB')", false],
    ["cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.1.2.3'))", true],
    ["cidr('10.0.0.0/8').containsCIDR('10.2.0.0/16') && !cidr('10.2.0.0/16').containsCIDR('10.0.0.0/8')", true],
    ["ip('::1').isLoopback() && ip('::1').family() == 6", true],
    ["url('https://x.y:8443/a').getPort() == '8443'", true],
    ['[3, 1, 2].max() == 3 && [1, 2].sum() == 3 && [1, 2].isSorted()', true],
    ["object.?spec.?nothing.orValue('x') == 'x'", true],
    ['oldObject == null && request.operation == "CREATE" && request.resource.resource == "deployments"', true],
    ['has(object.spec.nothing)', false],
  ])('%s is %s', (expression, expected) => {
    const value = { metadata: { name: 'web42', labels: { 'a.b/c': 'z' } }, spec: { replicas: 3, ratio: 0.5 } };
    const answer = runCel(policy(valid(expression)), [object(value)]);
    expect(answer.failures).toEqual([]);
    expect(answer.violations.length === 0).toBe(expected);
  });

  it.each([
    ['object.spec.nothing == 1', /^could not be evaluated for Deployment shop\/web: No such key: nothing/],
    ["authorizer.group('').resource('pods').check('get').allowed()", /cannot be evaluated here/],
    ['object.spec.(', /^has a validation \(number 1\) that cannot be evaluated here/],
    ["quantity('many').sign() == 1", /is no quantity/],
    ['object.spec', /gives no bool/],
  ])('what cannot be evaluated is a failure and no pass: %s', (expression, says) => {
    const answer = runCel(policy(valid(expression)), [object({ spec: {} })]);
    expect(answer.violations).toEqual([]);
    expect(answer.failures).toEqual([expect.stringMatching(says)]);
  });

  it('asks only about what is matched', () => {
    const rules = (rule: object, more: object = {}) => ({
      ...valid('false'),
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['*'], operations: ['CREATE'], resources: ['deployments'], ...rule },
        ],
        ...more,
      },
    });
    const count = (
      spec: object,
      bindings: object[] = [],
      objects = [object({ metadata: { labels: { tier: 'front' } } })],
    ) => {
      const { violations, failures } = runCel(policy(spec, bindings), objects);
      return failures.length > 0 ? failures : violations.length;
    };
    expect(count(rules({}))).toBe(1);
    expect(count(rules({ resources: ['pods'] }))).toBe(0);
    expect(count(rules({ operations: ['DELETE'] }))).toBe(0);
    expect(count(rules({ apiGroups: [''] }))).toBe(0);
    expect(count(rules({}, { objectSelector: { matchLabels: { tier: 'front' } } }))).toBe(1);
    expect(
      count(
        rules({}, { objectSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] } }),
      ),
    ).toBe(0);
    expect(
      count(
        rules(
          {},
          { excludeResourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }] },
        ),
      ),
    ).toBe(0);
    const inSpace = (key: string, value: string) => rules({}, { namespaceSelector: { matchLabels: { [key]: value } } });
    expect(count(inSpace('kubernetes.io/metadata.name', 'shop'))).toBe(1);
    expect(count(inSpace('kubernetes.io/metadata.name', 'bank'))).toBe(0);
    expect(count(inSpace('env', 'prod'))).toEqual([expect.stringContaining('labels of namespace shop are not known')]);
    const space = {
      apiVersion: 'v1',
      kind: 'Namespace',
      name: 'shop',
      namespace: '',
      value: { metadata: { labels: { env: 'prod' } } },
    };
    expect(count(inSpace('env', 'prod'), [], [object({}), space])).toBe(1);
    expect(count({ ...rules({}), matchConditions: [{ name: 'not web', expression: "request.name != 'web'" }] })).toBe(
      0,
    );
    expect(count(rules({}), [{ matchResources: { objectSelector: { matchLabels: { tier: 'back' } } } }])).toBe(0);
  });

  it('takes parameters from the files, and fails where they are not there', () => {
    const spec = { ...valid('object.spec.replicas <= params.max'), paramKind: { apiVersion: 'x/v1', kind: 'Limit' } };
    const limit = { apiVersion: 'x/v1', kind: 'Limit', name: 'l', namespace: 'shop', value: { max: 2 } };
    const binding = { paramRef: { name: 'l' }, validationActions: ['Warn'] };
    expect(runCel(policy(spec, [binding], [limit]), [object({ spec: { replicas: 3 } })]).violations).toMatchObject([
      { warns: true },
    ]);
    expect(runCel(policy(spec, [binding]), [object({ spec: { replicas: 3 } })]).failures).toEqual([
      expect.stringContaining('Limit l'),
    ]);
  });

  it('knows plurals', () => {
    expect(['Ingress', 'NetworkPolicy', 'Gateway', 'Endpoints', 'Pod'].map(resourceOf)).toEqual([
      'ingresses',
      'networkpolicies',
      'gateways',
      'endpoints',
      'pods',
    ]);
    expect(kubernetesCel().evaluate("matches('web-1', '-[0-9]$')")).toBe(true);
  });
});

describe('policies that misbehave', () => {
  const run = (name: string, content: string | Uint8Array, limits = LIMITS) => {
    writeFileSync(join(folder, name), content);
    return runPolicies([name], OBJECTS, context(folder), limits);
  };
  const vap = (expression: string) =>
    JSON.stringify({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'p' },
      spec: valid(expression),
    });

  it('are ended when they take too long', async () => {
    const slow = await run('slow.json', vap(`'${'a'.repeat(60)}!'.matches('^(a+)+$')`), {
      ...LIMITS,
      milliseconds: 1500,
    });
    expect(slow).toMatchObject({ findings: [], failures: [expect.stringContaining('took longer than 1.5 s')] });
  });

  it('fail where they are no Wasm, or another program', async () => {
    expect((await run('bad.wasm', 'no wasm')).failures).toEqual([expect.stringContaining('could not be run')]);
    expect((await run('empty.wasm', new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))).failures).toEqual([
      expect.stringContaining('could not be run'),
    ]);
  });

  it('are said to be what they are', async () => {
    await expect(run('a.rego', 'package a')).rejects.toThrow('a.rego is Rego: compile it');
    await expect(run('c.yaml', 'apiVersion: v1\nkind: ConfigMap\n')).rejects.toThrow(
      'c.yaml holds no ValidatingAdmissionPolicy',
    );
    await expect(run('d.yaml', 'a: [')).rejects.toThrow(/d\.yaml:1:\d+ is no valid YAML/);
    await expect(runPolicies(['none'], OBJECTS, context(folder))).rejects.toThrow('There is no policy none');
  });
});
