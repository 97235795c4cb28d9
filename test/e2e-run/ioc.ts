/** Policies that `guard ioc` writes, in a real kube-apiserver: taken, and asked of real pods. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IocFinding, SyscallFact } from '../../src/guard/ioc/finding.ts';
import { type FORMATS, rulesFor } from '../../src/guard/ioc/table.ts';
import { parseManifests } from '../../src/guard/manifests/parse.ts';
import { type Cluster, poll, startCluster } from '../../src/testing/kube-cluster.ts';
import { SHOP_DIGEST } from '../../src/testing/syscall-windows.ts';
import { openChecks } from './checks.ts';

const PROGRAM = join(import.meta.dirname, '../../.cache/tools/bin/kube-apiserver');
const IMAGE = `registry:5000/shop@${SHOP_DIGEST}`;
const NAMESPACE = 'shop';

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`;

const DEMANDS: readonly (readonly [string, object])[] = [
  ['config-root-filesystem-writable', { readOnlyRootFilesystem: true }],
  ['config-seccomp-not-set', { seccompProfile: { type: 'RuntimeDefault' } }],
  ['config-container-privileged', { privileged: false }],
  ['config-privilege-escalation-allowed', { allowPrivilegeEscalation: false }],
  ['config-runs-as-root', { runAsNonRoot: true }],
];

const FACT: SyscallFact = {
  syscall: 'connect',
  kind: 'never-seen',
  digest: SHOP_DIGEST,
  container: 'api',
  image: 'registry:5000/shop:1.4',
  namespace: NAMESPACE,
  pod: 'shop-1',
  comm: 'shop',
  normal: null,
};

const checks = openChecks();
const dir = mkdtempSync(join(tmpdir(), 'hemostat-ioc-'));
const children: ChildProcess[] = [];
try {
  if (existsSync(PROGRAM)) await run(await startCluster(PROGRAM, dir, children));
  else
    checks.skip(
      'policies in a real API server',
      'kube-apiserver is not built: node scripts/guard-apiserver.ts --build (6 minutes, once)',
    );
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}
process.exitCode = checks.exitCode;

async function run(cluster: Cluster): Promise<void> {
  await made(cluster, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await checks.check('pods of the image that called what it never did need a filter of the node', async () => {
    const installed = await load(cluster, finding('syscall-never-seen', 'shop', 1, FACT));
    const refused = await refusal(cluster, installed, pod([{ name: 'api', image: IMAGE }]));
    await admitted(
      cluster,
      pod([{ name: 'api', image: IMAGE }], { seccompProfile: { type: 'Localhost', localhostProfile: 'api.json' } }),
    );
    await admitted(cluster, pod([{ name: 'other', image: 'other:1' }]));
    return refused;
  });
  await checks.check('an image is refused by its digest', async () => {
    const installed = await load(cluster, finding('image-vulnerability', `mirror/shop@${SHOP_DIGEST}`, 2));
    return refusal(
      cluster,
      installed,
      pod([{ name: 'api', image: IMAGE }], { seccompProfile: { type: 'Localhost', localhostProfile: 'api.json' } }),
    );
  });
  for (const [i, [rule, good]] of DEMANDS.entries())
    await checks.check(`what a workload lacks is demanded of new pods: ${rule}`, async () => {
      const installed = await load(cluster, finding(rule, `apps/Deployment/${NAMESPACE}/api#container/web`, 3 + i));
      const bad = rule === 'config-container-privileged' ? { privileged: true } : {};
      const refused = await refusal(cluster, installed, pod([{ name: 'web', image: 'other:1', securityContext: bad }]));
      await admitted(cluster, pod([{ name: 'web', image: 'other:1', securityContext: good }]));
      for (const path of installed) {
        const { status, body } = await cluster.call('DELETE', path);
        if (status !== 200) throw new Error(`${path} could not be taken away: ${body.slice(0, 200)}`);
      }
      return refused;
    });
  await checks.check('network policies are taken', async () => {
    const paths = [
      ...(await load(cluster, finding('syscall-never-seen', 'shop', 20, FACT), ['networkpolicy'])),
      ...(await load(cluster, finding('config-no-default-deny', `Namespace/${NAMESPACE}`, 21), ['networkpolicy'])),
    ];
    return `${paths.length} taken by ${cluster.version}`;
  });
  cluster.close();
}

function finding(rule: string, subject: string, number: number, syscall: SyscallFact | null = null): IocFinding {
  const fingerprint = number.toString(16).padStart(8, '0').padEnd(16, '0');
  return {
    rule,
    verdict: 'confirmed',
    severity: 'high',
    title: 'A test.',
    fingerprint,
    subject,
    service: 'api',
    syscall,
  };
}

/** Objects as `guard ioc` writes them; gives their addresses. */
async function load(
  cluster: Cluster,
  of: IocFinding,
  formats: readonly (typeof FORMATS)[number][] = ['cel'],
): Promise<string[]> {
  const options = { formats, selector: { app: 'shop' }, allow: [{ cidr: '10.0.0.0/8', port: 5432 }] };
  const paths: string[] = [];
  for (const answer of rulesFor(of, options)) {
    if (answer.text === null) throw new Error(`no ${answer.format}: ${answer.why}`);
    for (const { kind, name, namespace, value } of parseManifests('ioc', answer.text).objects) {
      const path =
        kind === 'NetworkPolicy'
          ? `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`
          : `/apis/admissionregistration.k8s.io/v1/${kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings'}`;
      await made(cluster, `${path}?fieldValidation=Strict`, value);
      paths.push(`${path}/${name}`);
    }
  }
  return paths;
}

async function made(cluster: Cluster, path: string, body: object): Promise<void> {
  const answer = await cluster.call('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path} was answered ${answer.status}: ${answer.body.slice(0, 400)}`);
}

function pod(containers: readonly object[], securityContext: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'p-', namespace: NAMESPACE },
    spec: { containers, securityContext },
  };
}

/** A new policy takes the server a moment; gives what it says of the pod. */
async function refusal(cluster: Cluster, [path = '']: readonly string[], body: object): Promise<string> {
  const policy = `ValidatingAdmissionPolicy '${path.split('/').at(-1)}'`;
  let says = '';
  await poll('the policy to refuse the pod', async () => {
    const answer = await cluster.call('POST', PODS, body);
    const value: unknown = JSON.parse(answer.body);
    says = typeof value === 'object' && value !== null && 'message' in value ? String(value.message) : '';
    // Another policy, which was taken away, may hold for a moment yet.
    return (answer.status === 403 || answer.status === 422) && says.includes(policy);
  });
  return says.replace(/^.*denied request: /, '').slice(0, 110);
}

/** A policy that was taken away holds for a moment yet. */
async function admitted(cluster: Cluster, body: object): Promise<void> {
  let says = '';
  await poll('the pod that is fine', async () => {
    const answer = await cluster.call('POST', PODS, body);
    says = answer.body;
    return answer.status === 201;
  }).catch(() => {
    throw new Error(`a pod that is fine was refused: ${says.slice(0, 400)}`);
  });
}
