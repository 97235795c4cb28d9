/** Of scripts/guard-apiserver.ts: the webhook beside other means of the API server and of kubectl, under load, and killed. */
import { type ChildProcess, execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { pod } from '../src/testing/admit-lab.ts';
import { type Cluster, poll, startWebhook, type Webhook } from '../src/testing/kube-cluster.ts';

export interface Case {
  readonly name: string;
  readonly passed: boolean;
  readonly says: string;
}

const PODS = '/api/v1/namespaces/shop/pods';
const run = promisify(execFile);

function named(name: string, of: Record<string, unknown>, labels: Record<string, string> = { app: 'api' }): object {
  return { ...of, metadata: { name, namespace: 'shop', labels } };
}

/** A ValidatingAdmissionPolicy (CEL in the API server) beside the webhook: each refuses what is its own. */
export async function withPolicy({ call }: Cluster, good: string, bad: string): Promise<Case[]> {
  const group = '/apis/admissionregistration.k8s.io/v1';
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] };
  const validation = {
    expression: '!has(object.metadata.labels) || !("forbidden" in object.metadata.labels)',
    message: 'the label forbidden is not allowed',
  };
  const spec = {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [rule] },
    validations: [validation],
  };
  const policy = await call('POST', `${group}/validatingadmissionpolicies`, { metadata: { name: 'beside' }, spec });
  const binding = await call('POST', `${group}/validatingadmissionpolicybindings`, {
    metadata: { name: 'beside' },
    spec: { policyName: 'beside', validationActions: ['Deny'] },
  });
  if (policy.status !== 201 || binding.status !== 201) throw new Error(`${policy.body} ${binding.body}`);
  const make = (name: string, image: string, labels: Record<string, string>) =>
    call('POST', `${PODS}?dryRun=All`, named(name, pod(image), labels));
  const marked = { app: 'api', forbidden: 'yes' };
  await poll('the policy to be asked', async () => (await make('probe', good, marked)).status === 422);
  const theirs = await make('theirs', good, marked);
  const both = await make('both', bad, marked);
  const ours = await make('ours', bad, { app: 'api' });
  const fine = await make('fine', good, { app: 'api' });
  return [
    {
      name: 'beside a ValidatingAdmissionPolicy, a good image with a label that the policy forbids is refused by it',
      passed: theirs.status === 422 && theirs.body.includes(validation.message),
      says: `HTTP ${theirs.status}`,
    },
    {
      name: 'what both refuse is refused',
      passed: both.status === 422 || both.status === 403,
      says: `HTTP ${both.status}`,
    },
    {
      name: 'what only the webhook refuses is refused by it',
      passed: ours.status === 403 && ours.body.includes('not signed by anybody whom'),
      says: `HTTP ${ours.status}`,
    },
    { name: 'and what neither refuses is let in', passed: fine.status === 201, says: `HTTP ${fine.status}` },
  ];
}

type Shell = (program: string, ...args: string[]) => Promise<{ readonly code: number; readonly text: string }>;

/** Runs programs that find the cluster as kubectl does. */
function shellFor(cluster: Cluster, dir: string): Shell {
  const kubeconfig = join(dir, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    clusters: [{ name: 'lab', cluster: { server: cluster.url, 'certificate-authority': cluster.certificate } }],
    users: [{ name: 'lab', user: { token: cluster.token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab', namespace: 'shop' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const env = { PATH: process.env.PATH, HOME: dir, KUBECONFIG: kubeconfig };
  return async (program, ...args) => {
    try {
      const { stdout, stderr } = await run(program, args, { env });
      return { code: 0, text: `${stdout}${stderr}` };
    } catch (error) {
      const failed = z.looseObject({ code: z.unknown(), stdout: z.string(), stderr: z.string() }).parse(error);
      if (failed.code === 'ENOENT') throw error;
      return { code: Number(failed.code), text: `${failed.stdout}${failed.stderr}` };
    }
  };
}

/** kubectl as people use it. */
export async function withKubectl(cluster: Cluster, dir: string, good: string, bad: string): Promise<Case[]> {
  const shell = shellFor(cluster, dir);
  const apply = async (name: string, image: string) => {
    const file = join(dir, `${name}.json`);
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...named(name, pod(image)) }));
    return shell('kubectl', 'apply', '--dry-run=server', '-f', file);
  };
  const allowed = await apply('kubectl-good', good);
  const refused = await apply('kubectl-bad', bad);
  return [
    {
      name: 'kubectl apply --dry-run=server of a signed image is let in',
      passed: allowed.code === 0 && allowed.text.includes('(server dry run)'),
      says: allowed.text.trim(),
    },
    {
      name: 'and of an unsigned one refused, and kubectl shows why',
      passed: refused.code === 1 && refused.text.includes('not signed by anybody whom'),
      says: refused.text.trim(),
    },
  ];
}

/** docs/examples/admit/make-certificate.sh. From then on the API server believes another certificate than a webhook here has. */
export async function withCertificate(cluster: Cluster, dir: string): Promise<Case> {
  await cluster.call('POST', '/api/v1/namespaces', { metadata: { name: 'hemostat-admit' } });
  const script = join(import.meta.dirname, '../docs/examples/admit/make-certificate.sh');
  return certificateCase(cluster, await shellFor(cluster, dir)('sh', script, '7'));
}

async function certificateCase({ call }: Cluster, made: { code: number; text: string }): Promise<Case> {
  const name = 'make-certificate.sh makes a pair for the Service that fits, and the webhook is to believe it';
  if (made.code !== 0) return { name, passed: false, says: made.text };
  const secret = z
    .object({ data: z.object({ 'tls.crt': z.string(), 'tls.key': z.string() }) })
    .parse(JSON.parse((await call('GET', '/api/v1/namespaces/hemostat-admit/secrets/hemostat-admit-tls')).body));
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hemostat-admit';
  const { webhooks } = z
    .object({ webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string() }) })) })
    .parse(JSON.parse((await call('GET', path)).body));
  const certificate = new X509Certificate(Buffer.from(secret.data['tls.crt'], 'base64'));
  const passed =
    webhooks.every(({ clientConfig }) => clientConfig.caBundle === secret.data['tls.crt']) &&
    certificate.checkHost('hemostat-admit.hemostat-admit.svc') !== undefined &&
    certificate.checkPrivateKey(createPrivateKey(Buffer.from(secret.data['tls.key'], 'base64')));
  return { name, passed, says: passed ? '' : certificate.toString() };
}

const RATE = 40;
const SECONDS = 10;

/**
 * Pods with `dryRun=All` through the API server, half of them unsigned. Without `kill` it tells what the API server measured; with it,
 * the webhook is killed after a third of the time and started again: until then nothing may come in, and then what was known before.
 */
export async function underLoad(
  cluster: Cluster,
  dir: string,
  webhook: Webhook,
  children: ChildProcess[],
  { good, bad, kill }: { readonly good: string; readonly bad: string; readonly kill: boolean },
): Promise<{ readonly cases: Case[]; readonly webhook: Webhook }> {
  const before = await histogram(cluster);
  const seen = { good: new Map<number, number>(), bad: new Map<number, number>() };
  const one = async (i: number): Promise<void> => {
    const which = i % 2 === 0 ? 'good' : 'bad';
    const image = which === 'good' ? good : bad;
    const { status } = await cluster.call('POST', `${PODS}?dryRun=All`, named(`load-${i}`, pod(image)));
    seen[which].set(status, (seen[which].get(status) ?? 0) + 1);
  };
  const running: Promise<unknown>[] = [];
  const began = performance.now();
  let now = webhook;
  for (let i = 0; i < RATE * SECONDS; i++) {
    const early = began + (i * 1000) / RATE - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    if (kill && i === Math.round((RATE * SECONDS) / 3)) {
      webhook.child.kill('SIGKILL');
      running.push(
        startWebhook(dir, new URL(webhook.url).host, children).then((next) => {
          now = next;
        }),
      );
    }
    running.push(one(i));
  }
  await Promise.all(running);
  const lastGood = (await cluster.call('POST', `${PODS}?dryRun=All`, named('load-last', pod(good)))).status;
  const shown = (which: ReadonlyMap<number, number>) =>
    [...which].map(([status, n]) => `HTTP ${status}: ${n}`).join(', ');
  const says = `signed: ${shown(seen.good)}; unsigned: ${shown(seen.bad)}`;
  const heldBack = !seen.bad.has(201);
  if (!kill) {
    const name = `${RATE} pods a second for ${SECONDS} s through the API server, all answered right`;
    const right = seen.good.size === 1 && seen.good.has(201) && seen.bad.size === 1 && seen.bad.has(403);
    const took = quantiles(before, await histogram(cluster));
    return { cases: [{ name, passed: right, says: `${says}\n       ${took}` }], webhook: now };
  }
  const log = readFileSync(join(dir, 'webhook.log'), 'utf8');
  const warm = /(\d+) digests are known from before/.exec(log)?.[0] ?? '';
  return {
    cases: [
      { name: 'killed under load, it lets nothing in that is not signed', passed: heldBack, says },
      {
        name: 'and after its new start signed images again, warm from its file',
        passed: lastGood === 201 && warm !== '',
        says: warm,
      },
    ],
    webhook: now,
  };
}

/** Until what is known was written to disk: that happens every 10 s. */
export async function untilSaved(dir: string, image: string): Promise<void> {
  const file = join(dir, 'facts/admit-facts.jsonl');
  const digest = image.replace(/^.*@/, '');
  await poll('the cache to be written', async () => existsSync(file) && readFileSync(file, 'utf8').includes(digest));
}

type Buckets = ReadonlyMap<string, number>;

/** Of our webhook, in all: upper bound in s to how many were at most that. */
async function histogram({ call }: Cluster): Promise<Buckets> {
  const { body } = await call('GET', '/metrics');
  const buckets = new Map<string, number>();
  const pattern = /^apiserver_admission_webhook_admission_duration_seconds_bucket\{([^}]*)\} (\d+)$/gm;
  for (const [, labels = '', count] of body.matchAll(pattern)) {
    if (!labels.includes('name="admit.hemostat.dev"')) continue;
    const bound = /le="([^"]+)"/.exec(labels)?.[1] ?? '';
    buckets.set(bound, (buckets.get(bound) ?? 0) + Number(count));
  }
  return buckets;
}

function quantiles(before: Buckets, after: Buckets): string {
  const between = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const);
  const all = between.find(([bound]) => bound === '+Inf')?.[1] ?? 0;
  const whole = between.findIndex(([, count]) => count === all);
  const shares = between
    .slice(0, whole + 1)
    .map(([bound, count]) => `≤ ${bound} s: ${((count / Math.max(1, all)) * 100).toFixed(1)} %`);
  return `apiserver_admission_webhook_admission_duration_seconds, n ${all}: ${shares.join(', ')}`;
}
