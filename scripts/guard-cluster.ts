/**
 * Holds `hemostat guard config cluster` to a real kube-apiserver: node scripts/guard-cluster.ts [--apiserver PROGRAM]
 *
 * Starts the API server on loopback (built by scripts/guard-apiserver.ts --build), makes some hundred objects in it, and reads it
 * as an administrator, as ServiceAccounts with more and fewer rights, and with a token that nobody knows. One line per case; exits
 * 1 where one came out otherwise, and 3 where the API server is not built.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { findTool } from '../src/testing/image-registry.ts';
import { type Cluster, end, startCluster } from '../src/testing/kube-cluster.ts';

const ROOT = join(import.meta.dirname, '..');
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** More than two pages of the reader. */
const CONFIG_MAPS = 1100;
const PASSWORD = 'hunter2-of-the-lab';

const Report = z.object({
  parts: z.tuple([
    z.object({
      failures: z.array(z.string()),
      notes: z.array(z.string()),
      // Empty where nothing could be read.
      facts: z.object({
        complete: z.boolean().optional(),
        kinds: z.array(z.object({ kind: z.string(), count: z.number() })).optional(),
      }),
    }),
  ]),
  findings: z.array(z.object({ rule: z.string(), title: z.string() })),
});

interface Reading {
  readonly exit: number | null;
  readonly text: string;
  readonly report: z.infer<typeof Report>;
}

function readAs(cluster: Cluster, dir: string, token: string): Reading {
  const file = join(dir, 'kubeconfig.yaml');
  const user = { name: 'u', user: { token } };
  const config = {
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: cluster.url, 'certificate-authority': cluster.certificate } }],
    users: [user],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const args = ['guard', 'config', 'cluster', '--kubeconfig', file, '--json', '--no-config'];
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'bin/hemostat'), args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  return { exit: status, text: stdout + stderr, report: Report.parse(JSON.parse(stdout)) };
}

async function make(cluster: Cluster, path: string, object: object): Promise<string> {
  const { status, body } = await cluster.call('POST', path, object);
  if (status !== 201) throw new Error(`${path} answered ${status}: ${body.slice(0, 300)}`);
  return body;
}

/** What is read, and the tokens of two ServiceAccounts: one may list everything but Secrets, the other pods alone. */
async function fill(cluster: Cluster): Promise<{ auditor: string; reader: string }> {
  await make(cluster, '/api/v1/namespaces', { metadata: { name: 'shop' } });
  for (let i = 0; i < CONFIG_MAPS; i += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, k) =>
        make(cluster, '/api/v1/namespaces/shop/configmaps', { metadata: { name: `c${i + k}` }, data: { a: 'b' } }),
      ),
    );
  await make(cluster, '/api/v1/namespaces/shop/secrets', { metadata: { name: 's' }, stringData: { PASSWORD } });
  const spec = { hostPID: true, containers: [{ name: 'web', image: 'r.example/web:1' }] };
  await make(cluster, '/api/v1/namespaces/shop/pods', { metadata: { name: 'bad' }, spec });
  const roles: Record<string, object[]> = {
    reader: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    auditor: [
      { apiGroups: [''], resources: ['namespaces', 'pods', 'services', 'serviceaccounts', 'nodes'], verbs: ['list'] },
      { apiGroups: [''], resources: ['configmaps', 'persistentvolumes', 'podtemplates'], verbs: ['list'] },
      { apiGroups: [''], resources: ['replicationcontrollers', 'limitranges', 'resourcequotas'], verbs: ['list'] },
      {
        apiGroups: ['apps', 'batch', 'policy', 'networking.k8s.io', 'rbac.authorization.k8s.io'],
        resources: ['*'],
        verbs: ['list'],
      },
      {
        apiGroups: ['admissionregistration.k8s.io', 'apiregistration.k8s.io', 'apiextensions.k8s.io'],
        resources: ['*'],
        verbs: ['list'],
      },
    ],
  };
  const tokens: Record<string, string> = {};
  for (const [name, rules] of Object.entries(roles)) {
    await make(cluster, '/api/v1/namespaces/shop/serviceaccounts', { metadata: { name } });
    await make(cluster, `${RBAC}/clusterroles`, { metadata: { name }, rules });
    await make(cluster, `${RBAC}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'shop' }],
    });
    const answer = await make(cluster, `/api/v1/namespaces/shop/serviceaccounts/${name}/token`, { spec: {} });
    tokens[name] = z.object({ status: z.object({ token: z.string() }) }).parse(JSON.parse(answer)).status.token;
  }
  // In two hops: whoever may bind cluster-admin may bind it to itself.
  await make(cluster, '/api/v1/namespaces/shop/serviceaccounts', { metadata: { name: 'ci' } });
  await make(cluster, `${RBAC}/clusterroles`, {
    metadata: { name: 'ci' },
    rules: [
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterrolebindings'], verbs: ['create'] },
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['bind'] },
    ],
  });
  await make(cluster, `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'ci' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'ci' },
    subjects: [{ kind: 'ServiceAccount', name: 'ci', namespace: 'shop' }],
  });
  return { auditor: tokens.auditor ?? '', reader: tokens.reader ?? '' };
}

async function tryAll(cluster: Cluster, dir: string): Promise<[string, boolean][]> {
  const { auditor, reader } = await fill(cluster);
  const all = readAs(cluster, dir, cluster.token);
  const [read] = all.report.parts;
  const found = (reading: Reading, rule: string, says: string): boolean =>
    reading.report.findings.some((finding) => finding.rule === rule && finding.title.includes(says));
  const most = readAs(cluster, dir, auditor);
  const few = readAs(cluster, dir, reader);
  const none = readAs(cluster, dir, 'nobody');
  const [{ failures: refused }] = few.report.parts;
  return [
    ['an administrator reads all of it', read.facts.complete === true && read.failures.length === 0],
    [
      'in pages',
      (read.facts.kinds?.find(({ kind }) => kind === 'ConfigMap')?.count ?? 0) >= CONFIG_MAPS && all.exit === 1,
    ],
    ['a pod with hostPID is found', found(all, 'config-host-namespace-shared', 'Pod shop/bad')],
    ['a way to cluster-admin is found', found(all, 'config-reaches-cluster-admin', 'ServiceAccount shop/ci reaches')],
    ['no data of a Secret and no token stands in the report', ![all, most].some(holdsSecret(cluster.token, auditor))],
    [
      'without Secrets the rest is read, and it is said',
      most.report.parts[0].failures.length === 0 &&
        most.report.parts[0].facts.complete === false &&
        most.report.parts[0].notes.some((note) => note.startsWith('secrets may not be listed')) &&
        found(most, 'config-reaches-cluster-admin', 'ServiceAccount shop/ci reaches'),
    ],
    [
      'with pods alone the bad one is found, and one sentence says what was not read',
      few.exit === 1 && refused.length === 1 && /clusterroles.*may not be listed/.test(refused[0] ?? ''),
    ],
    [
      'a token that nobody knows reads nothing',
      none.exit === 3 && /does not know this user/.test(none.report.parts[0].failures.join(' ')),
    ],
  ];
}

function holdsSecret(...tokens: readonly string[]): (reading: Reading) => boolean {
  const encoded = Buffer.from(PASSWORD).toString('base64');
  return ({ text }) => [PASSWORD, encoded, ...tokens].some((each) => text.includes(each));
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { apiserver: { type: 'string' } } });
  const program = values.apiserver ?? findTool('kube-apiserver');
  if (program === null) {
    process.stderr.write('guard-cluster: kube-apiserver is not built: node scripts/guard-apiserver.ts --build\n');
    return 3;
  }
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-cluster-'));
  const children: ChildProcess[] = [];
  try {
    const cluster = await startCluster(program, dir, children);
    const cases = await tryAll(cluster, dir).finally(() => cluster.close());
    for (const [name, passed] of cases) process.stdout.write(`${passed ? 'ok  ' : 'FAIL'} ${name}\n`);
    process.stdout.write(`${cases.length} cases, on Kubernetes ${cluster.version}\n`);
    return cases.every(([, passed]) => passed) ? 0 : 1;
  } finally {
    await Promise.all(children.map(end));
    rmSync(dir, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`guard-cluster: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 3;
}
