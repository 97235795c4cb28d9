import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../findings/model.ts';
import { manifestsOf } from '../../manifests/read.ts';
import { checkWorkload, WORKLOAD_CHECK } from './check.ts';
import { secretIn } from './secrets.ts';

const DIGEST = `r/web@sha256:${'0'.repeat(64)}`;

/** Nothing is said about it. */
const GOOD_CONTAINER = {
  name: 'web',
  image: DIGEST,
  securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  resources: { limits: { memory: '512Mi' } },
};
const GOOD_POD = {
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [GOOD_CONTAINER],
};

function findingsOf(spec: object, metadata: object = {}): Finding[] {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ...metadata }, spec };
  const { objects } = manifestsOf([
    { file: 'p.json', bytes: Buffer.from(JSON.stringify(pod, null, 1)), named: true, chart: '' },
  ]);
  return objects.flatMap((object) => checkWorkload(object));
}

/** `rule severity verdict` of what the pod has with these changes. */
function said(pod: object, container: object = {}, metadata: object = {}): string[] {
  const findings = findingsOf({ ...GOOD_POD, containers: [{ ...GOOD_CONTAINER, ...container }], ...pod }, metadata);
  return findings.map(({ rule, severity, verdict }) => `${rule.replace('config-', '')} ${severity} ${verdict}`);
}

const context = (more: object): object => ({ securityContext: { ...GOOD_CONTAINER.securityContext, ...more } });
const volume = (path: string, readOnly = false): [object, object] => [
  { volumes: [{ name: 'v', hostPath: { path } }] },
  { volumeMounts: [{ name: 'v', mountPath: '/v', readOnly }] },
];

describe('one thing that is wrong gives one finding', () => {
  const cases: [string, object, object, string[]][] = [
    ['nothing', {}, {}, []],
    ['privileged', {}, context({ privileged: true }), ['container-privileged critical confirmed']],
    ['hostNetwork', { hostNetwork: true }, {}, ['host-namespace-shared high confirmed']],
    ['hostPID', { hostPID: true }, {}, ['host-namespace-shared high confirmed']],
    ['hostIPC', { hostIPC: true }, {}, ['host-namespace-shared medium confirmed']],
    [
      'hostPort',
      {},
      { ports: [{ containerPort: 80, hostPort: 80 }, { containerPort: 81 }] },
      ['host-port-open medium confirmed'],
    ],
    ['docker.sock, read-only', ...volume('/var//run/./docker.sock', true), ['host-path-mounted critical confirmed']],
    ['/', ...volume('/'), ['host-path-mounted critical confirmed']],
    ['/ by ..', ...volume('/var/..'), ['host-path-mounted critical confirmed']],
    ['/etc/kubernetes/pki, read-only', ...volume('/etc/kubernetes/pki', true), ['host-path-mounted high confirmed']],
    ['/data', ...volume('/data'), ['host-path-mounted high confirmed']],
    ['the lock of iptables', ...volume('/run/xtables.lock'), ['host-path-mounted low confirmed']],
    ['/var/log, read-only', ...volume('/var/log', true), ['host-path-mounted medium confirmed']],
    [
      'a host path nobody mounts',
      { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
      {},
      ['host-path-mounted low confirmed'],
    ],
    ['root', {}, context({ runAsUser: 0 }), ['runs-as-root medium confirmed']],
    [
      'an unknown user',
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
      {},
      ['runs-as-root medium suspected'],
    ],
    [
      'a user, on the container',
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
      context({ runAsUser: 7 }),
      [],
    ],
    [
      'runAsNonRoot undone by the container',
      { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } },
      context({ runAsNonRoot: false }),
      ['runs-as-root medium suspected'],
    ],
    ['root in a user namespace', { hostUsers: false }, context({ runAsUser: 0 }), []],
    ['escalation', {}, context({ allowPrivilegeEscalation: true }), ['privilege-escalation-allowed medium confirmed']],
    [
      'SYS_ADMIN',
      {},
      context({ capabilities: { drop: ['ALL'], add: ['CAP_SYS_ADMIN'] } }),
      ['capabilities-added critical confirmed'],
    ],
    [
      'NET_ADMIN',
      {},
      context({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }),
      ['capabilities-added high confirmed'],
    ],
    ['NET_BIND_SERVICE', {}, context({ capabilities: { drop: ['all'], add: ['NET_BIND_SERVICE'] } }), []],
    ['no drop', {}, context({ capabilities: {} }), ['capabilities-kept low confirmed']],
    ['seccomp not set', { securityContext: { runAsNonRoot: true } }, {}, ['seccomp-not-set low suspected']],
    [
      'seccomp off on the container',
      {},
      context({ seccompProfile: { type: 'Unconfined' } }),
      ['confinement-weakened high confirmed'],
    ],
    ['AppArmor off', {}, context({ appArmorProfile: { type: 'Unconfined' } }), ['confinement-weakened high confirmed']],
    ['SELinux type', {}, context({ seLinuxOptions: { type: 'spc_t' } }), ['confinement-weakened high confirmed']],
    ['SELinux level', {}, context({ seLinuxOptions: { level: 's0:c1' } }), []],
    ['/proc', {}, context({ procMount: 'Unmasked' }), ['confinement-weakened high confirmed']],
    [
      'sysctl',
      {
        securityContext: {
          ...GOOD_POD.securityContext,
          sysctls: [{ name: 'kernel.msgmax' }, { name: 'net.ipv4.tcp_syncookies' }],
        },
      },
      {},
      ['confinement-weakened high confirmed'],
    ],
    ['a writable root', {}, context({ readOnlyRootFilesystem: false }), ['root-filesystem-writable high confirmed']],
    ['a token', { automountServiceAccountToken: true }, {}, ['token-automounted low confirmed']],
    ['a token, perhaps', { automountServiceAccountToken: undefined }, {}, ['token-automounted low suspected']],
    ['a tag', {}, { image: 'localhost:5000/web:1.2' }, ['image-not-pinned low confirmed']],
    ['no tag', {}, { image: 'localhost:5000/web' }, ['image-not-pinned medium confirmed']],
    ['latest', {}, { image: 'web:latest' }, ['image-not-pinned medium confirmed']],
    ['a tag and a digest', {}, { image: `web:1@sha256:${'a'.repeat(64)}` }, []],
    ['no memory limit', {}, { resources: {} }, ['memory-limit-missing low confirmed']],
    ['a limit of the pod', { resources: { limits: { memory: '1Gi' } } }, { resources: {} }, []],
    ['GOMEMLIMIT above', {}, { env: [{ name: 'GOMEMLIMIT', value: '600MiB' }] }, ['gomemlimit-unfit low confirmed']],
    ['GOMEMLIMIT below', {}, { env: [{ name: 'GOMEMLIMIT', value: '450MiB' }] }, []],
    [
      'GOMEMLIMIT is the limit',
      {},
      { env: [{ name: 'GOMEMLIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } }] },
      ['gomemlimit-unfit low confirmed'],
    ],
    ['a Go service without one', {}, { env: [{ name: 'GOGC', value: '50' }] }, ['gomemlimit-unfit low confirmed']],
    ['a password', {}, { env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] }, ['secret-in-env medium suspected']],
    [
      'a host process',
      { os: { name: 'windows' }, securityContext: { windowsOptions: { hostProcess: true } } },
      { securityContext: {} },
      ['container-privileged critical confirmed'],
    ],
    ['Windows', { os: { name: 'windows' }, securityContext: {} }, { securityContext: {} }, []],
  ];
  it.each(cases)('%s', (_, pod, container, expected) => {
    expect(said(pod, container)).toEqual(expected);
  });

  it('looks at init and ephemeral containers, where it makes sense', () => {
    const bare = { name: 'b', image: DIGEST };
    const rules = (list: string): string[] =>
      findingsOf({ ...GOOD_POD, [list]: [bare] }).map(({ rule }) => rule.replace('config-', ''));
    const common = ['privilege-escalation-allowed', 'capabilities-kept'];
    expect(rules('initContainers')).toEqual([...common, 'root-filesystem-writable']);
    expect(rules('ephemeralContainers')).toEqual(common);
  });
});

it('points at the value, and does not give a credential away', () => {
  const [found] = findingsOf({
    ...GOOD_POD,
    containers: [{ ...GOOD_CONTAINER, env: [{ name: 'URL', value: 'postgres://shop:hunter2@db/shop' }] }],
  });
  expect(found).toMatchObject({
    rule: 'config-secret-in-env',
    severity: 'high',
    verdict: 'confirmed',
    subject: { instance: 'Pod/default/p#container/web' },
  });
  expect(JSON.stringify(found)).not.toContain('hunter2');
  expect(found?.region?.line).toBeGreaterThan(20);
});

it.each([
  ['DB_PASSWORD_FILE', '/run/secrets/db', false],
  ['TOKEN', '$(OTHER)', false],
  ['API_KEY', 'vault:secret/data/x#key', false],
  ['TOKEN_TTL', '15m', false],
  ['ALLOW_EMPTY_PASSWORD', 'true', false],
  ['AWS', `AKIA${'A'.repeat(16)}`, true],
  ['redisPassword', 'abc', true],
  ['DATABASE_URL', 'postgres://u:$(PASSWORD)@db', false],
  ['MONKEY', 'see', false],
])('%s=%s', (name, value, expected) => {
  expect(secretIn(name, value) !== null).toBe(expected);
});

it('joins with the baseline, with service accounts, and with what made a pod', () => {
  const container = {
    ...GOOD_CONTAINER,
    securityContext: { ...GOOD_CONTAINER.securityContext, readOnlyRootFilesystem: false },
  };
  const template = {
    spec: { ...GOOD_POD, automountServiceAccountToken: undefined, serviceAccountName: 'web', containers: [container] },
  };
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'shop' }, spec: { template } },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web-0', namespace: 'shop', ownerReferences: [{ kind: 'ReplicaSet', name: 'web' }] },
        spec: template.spec,
      },
      {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'web', namespace: 'shop' },
        automountServiceAccountToken: false,
      },
    ],
  };
  const manifests = manifestsOf([{ file: 'l', bytes: Buffer.from(JSON.stringify(list)), named: true, chart: '' }]);
  const check = (known: string[]): string[] =>
    WORKLOAD_CHECK.check({ manifests, writesNothing: new Set(known), vault: [] }).map(
      ({ rule, severity, title }) => `${rule.replace('config-', '')} ${severity} ${title}`,
    );
  expect(check([])).toEqual([
    'root-filesystem-writable high Container web of ReplicaSet shop/web may write its root file system.',
  ]);
  expect(check(['shop/ReplicaSet/web#web'])).toEqual([
    expect.stringMatching(/^root-filesystem-writable high .*as its baseline shows/),
  ]);
});

it('takes what is no pod, or none that an API server would take, without falling over', () => {
  for (const spec of [
    null,
    5,
    [],
    { containers: {} },
    { containers: [null, 5, {}], volumes: [null], securityContext: 'x' },
  ]) {
    expect(() => findingsOf({ ...(typeof spec === 'object' ? spec : {}) })).not.toThrow();
  }
  const odd = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { labels: 5 },
    spec: { template: { spec: { containers: [{ env: {}, ports: 'x', volumeMounts: 3, securityContext: [] }] } } },
  };
  const { objects } = manifestsOf([{ file: 'o', bytes: Buffer.from(JSON.stringify(odd)), named: true, chart: '' }]);
  expect(objects.flatMap((object) => checkWorkload(object)).map(({ rule }) => rule.replace('config-', ''))).toContain(
    'root-filesystem-writable',
  );
});
