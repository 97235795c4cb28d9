import { expect, it } from 'vitest';
import { manifestsOf as parse } from '../../manifests/read.ts';
import { apiserverCheck } from './check.ts';
import { readRuntimeConfig, serves } from './runtime-config.ts';

function check(text: string) {
  const bytes = Buffer.from(text);
  const manifests = parse([{ file: 'kube-apiserver.yaml', bytes, named: true, chart: '' }]);
  return apiserverCheck.check({ manifests, writesNothing: new Set(), vault: [] });
}

const pod = (...args: string[]) => `apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver, namespace: kube-system}
spec:
  containers:
  - name: kube-apiserver
    image: registry.k8s.io/kube-apiserver:v1.34.1
    command:
    - kube-apiserver
${args.map((arg) => `    - ${arg}`).join('\n')}
`;

/** What a hardened static pod has. */
const SOUND = [
  '--anonymous-auth=false',
  '--authorization-mode=Node,RBAC',
  '--kubelet-certificate-authority=/pki/ca.crt',
  '--client-ca-file=/pki/ca.crt',
  '--profiling=false',
  '--audit-policy-file=/etc/audit.yaml',
  '--audit-log-path=/var/log/audit.log',
  '--encryption-provider-config=/etc/encryption.yaml',
  '--enable-admission-plugins=NodeRestriction',
  '--service-account-issuer=https://issuer.example',
  '--service-account-extend-token-expiration=false',
];

it('says nothing about a sound command line', () => {
  expect(check(pod(...SOUND)).map(({ title }) => title)).toEqual([]);
  expect(check(pod(...SOUND, '--runtime-config=api/alpha=false,api/beta=false'))).toEqual([]);
});

it('tells the trap at its flag, with the proposal', () => {
  const [found, ...others] = check(pod(...SOUND, '--runtime-config=api/all=false,apps/v1=true'));
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    rule: 'config-apiserver-api-all-false',
    severity: 'critical',
    where: { file: 'kube-apiserver.yaml', line: 10 + SOUND.length },
    fix: { text: expect.stringContaining('api/alpha=false,api/beta=false') },
  });
  expect(found?.title).toContain('turns off v1, rbac.authorization.k8s.io/v1');
});

it.each([
  ['--anonymous-auth=true', 'answers anonymous requests.'],
  ['--authorization-mode=AlwaysAllow', 'allows everything (AlwaysAllow).'],
  ['--authorization-mode=RBAC', 'decides without Node.'],
  ['--insecure-port=8080', 'on port 8080.'],
  ['--token-auth-file=/etc/tokens.csv', 'takes tokens from a file'],
  ['--enable-admission-plugins=AlwaysPullImages', 'NodeRestriction is not enabled.'],
  ['--disable-admission-plugins=PodSecurity', 'has turned off PodSecurity.'],
  ['--service-account-lookup=false', 'that were deleted.'],
  ['--tls-min-version=VersionTLS10', 'speaks TLS 1.0.'],
  ['--profiling', 'serves profiles.'],
])('tells %s, which comes last and counts, at its line', (flag, says) => {
  const found = check(pod(...SOUND, flag));
  expect(found.map(({ where }) => where.line)).toEqual([10 + SOUND.length]);
  expect(found[0]?.title).toContain(says);
});

it.each(SOUND)('misses %s where it is not given', (flag) => {
  expect(check(pod(...SOUND.filter((each) => each !== flag)))).not.toEqual([]);
});

it('reads extraArgs of kubeadm in both forms, and only suspects what is not given', () => {
  const old = check(`apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
apiServer:
  extraArgs:
    anonymous-auth: "true"
`);
  const now = check(`apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs:
  - name: anonymous-auth
    value: "true"
`);
  for (const found of [old, now]) {
    expect(
      found.filter(({ verdict }) => verdict === 'confirmed').map(({ title, where }) => [title, where.line]),
    ).toEqual([['kube-apiserver answers anonymous requests.', 5]]);
    expect(found.some(({ verdict }) => verdict === 'suspected')).toBe(true);
  }
});

it('evaluates --runtime-config as kube-apiserver does: single versions, then stages, then all', () => {
  const served = (text: string, version: string) => serves(readRuntimeConfig(text.split(',')), version);
  expect(served('api/all=false', 'v1')).toBe(false);
  expect(served('api/all=false,api/ga=true', 'v1')).toBe(true);
  expect(served('api/all=true,api/beta=false', 'node.k8s.io/v1beta1')).toBe(false);
  expect(served('apps/v1=true,api/all=false', 'apps/v1')).toBe(true);
  expect(served('', 'batch/v1beta1')).toBe(false);
});
