/**
 * Holds a real kube-apiserver to `hemostat guard admit`: node scripts/guard-apiserver.ts [--apiserver PROGRAM] [--build]
 *
 * Starts the API server (with etcd in it), a registry and the webhook on loopback, installs docs/examples/admit/webhook.yaml, and
 * makes pods: allowed, refused, warned of, beside a ValidatingAdmissionPolicy, through kubectl, under load, and with the webhook
 * killed or the registry away. One line per case; exits 1 where one was answered otherwise, and 3 where something is not installed
 * (docker-registry, kubectl). `--build` builds the API server first (test/guard/kube-apiserver;
 * 6 minutes on two cores, 103 MiB, and 2 GiB of Go's caches).
 */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Answer,
  container,
  giveVerdict,
  LAB_POLICY,
  makeCertificate,
  makeKey,
  pod,
  repositoryAt,
  signTag,
} from '../src/testing/admit-lab.ts';
import {
  findTool,
  type ImageRegistry,
  pushTinyImage,
  startRegistry,
  withoutRegistry,
} from '../src/testing/image-registry.ts';
import {
  type Cluster,
  end,
  installWebhook,
  poll,
  startCluster,
  startWebhook,
  type Webhook,
} from '../src/testing/kube-cluster.ts';
import {
  type Case,
  underLoad,
  untilSaved,
  withCertificate,
  withKubectl,
  withPolicy,
} from './guard-apiserver-beside.ts';

const ROOT = join(import.meta.dirname, '..');
const MODULE = join(ROOT, 'test/guard/kube-apiserver');
const BUILT = join(ROOT, '.cache/tools/bin/kube-apiserver');

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { apiserver: { type: 'string' }, build: { type: 'boolean', default: false } },
  });
  if (values.build && values.apiserver === undefined && !existsSync(BUILT)) build();
  const program = values.apiserver ?? findTool('kube-apiserver');
  const missing =
    withoutRegistry() ??
    (program === null ? 'kube-apiserver is not built: node scripts/guard-apiserver.ts --build' : null) ??
    (findTool('kubectl') === null ? 'kubectl is not installed' : null);
  if (missing !== null || program === null) {
    process.stderr.write(`guard-apiserver: ${missing}\n`);
    return 3;
  }
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-apiserver-'));
  const children: ChildProcess[] = [];
  const registry = await startRegistry();
  try {
    const cluster = await startCluster(program, dir, children);
    const cases = await tryAll(cluster, registry, dir, children).finally(() => cluster.close());
    for (const { name, passed, says } of cases)
      process.stdout.write(`${passed ? 'ok  ' : 'FAIL'} ${name}${says === '' ? '' : `\n       ${says}`}\n`);
    const failed = cases.filter(({ passed }) => !passed).length;
    process.stdout.write(
      `${cases.length - failed} of ${cases.length} as they should be, on Kubernetes ${cluster.version}\n`,
    );
    return failed === 0 ? 0 : 1;
  } finally {
    await Promise.all(children.map(end));
    await registry.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function build(): void {
  mkdirSync(join(BUILT, '..'), { recursive: true });
  const version = /k8s\.io\/kubernetes (v[\d.]+)/.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))?.[1] ?? '';
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`;
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', BUILT, '.'];
  execFileSync('go', args, { cwd: MODULE, stdio: 'inherit' });
}

async function tryAll(
  cluster: Cluster,
  registry: ImageRegistry,
  dir: string,
  children: ChildProcess[],
): Promise<Case[]> {
  const { call } = cluster;
  const release = makeKey(dir, 'release');
  const gate = makeKey(dir, 'gate');
  const tls = makeCertificate(dir, 'webhook');
  const repository = repositoryAt(registry.host, 'shop/api');
  const image = async (tag: string, signed: boolean): Promise<string> => {
    const digest = await pushTinyImage(repository, tag, tag);
    if (signed) await signTag(repository, digest, release);
    await giveVerdict(repository, digest, gate, { passed: true, at: new Date() });
    return `${registry.host}/shop/api@${digest}`;
  };
  const good = await image('good', true);
  const second = await image('second', true);
  const never = await image('never', true);
  const bad = await image('bad', false);
  writeFileSync(
    join(dir, 'admit.yaml'),
    `
metrics: {listen: 127.0.0.1:0}
tls: {certificate: webhook.crt, key: webhook.key}
drain-seconds: 0
trust: {release: {keys: [release.pub]}, gate: {keys: [gate.pub]}}
cache: {directory: facts, refused-seconds: 1}
audit: {file: audit.jsonl}
policies:
  - {name: soft, match: {namespaces: [soft]}, mode: warn, signature: {trust: release}, verdict: 'off'}
  - {name: shop, signature: {trust: release}, verdict: {trust: gate, policy: ${LAB_POLICY}}}
`,
  );
  const first = await startWebhook(dir, '127.0.0.1:0', children);
  for (const name of ['shop', 'soft']) await call('POST', '/api/v1/namespaces', { metadata: { name } });
  await installWebhook(cluster, first.url, tls.certificate);

  const cases: Case[] = [];
  const expectCase = (name: string, answer: Answer, status: number, says = ''): void => {
    const heard = `${answer.body} ${String(answer.headers.warning ?? '')}`;
    const passed = answer.status === status && heard.includes(says);
    const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(answer.body)?.[1] ?? String(answer.headers.warning ?? '');
    cases.push({
      name,
      passed,
      says: passed ? message : `HTTP ${answer.status} and not ${status}: ${message || heard.slice(0, 300)}`,
    });
  };
  const named = (name: string, of: Record<string, unknown>, namespace = 'shop') => ({
    ...of,
    metadata: { name, namespace, labels: { app: 'api' } },
  });
  const pods = (namespace: string, query = '') => `/api/v1/namespaces/${namespace}/pods${query}`;
  // The API server takes a webhook up some moments after it was made.
  await poll(
    'the webhook to be asked',
    async () => (await call('POST', pods('shop', '?dryRun=All'), named('probe', pod(bad)))).status === 403,
  );

  expectCase('a signed and gated image is let in', await call('POST', pods('shop'), named('good', pod(good))), 201);
  expectCase(
    'an unsigned image is refused',
    await call('POST', pods('shop'), named('bad', pod(bad))),
    403,
    'not signed by anybody whom',
  );
  expectCase(
    'a tag is refused',
    await call('POST', pods('shop'), named('tag', pod(`${registry.host}/shop/api:good`))),
    403,
    'not pinned by digest',
  );
  expectCase(
    'a privileged pod is refused',
    await call('POST', pods('shop'), named('host', pod(good, { hostPID: true }))),
    403,
    'rule config-host-namespace-shared',
  );
  expectCase(
    'a dry run is answered the same',
    await call('POST', pods('shop', '?dryRun=All'), named('dry', pod(bad))),
    403,
    'not signed by anybody whom',
  );
  expectCase(
    'in a namespace with a policy that warns, it is let in with a warning',
    await call('POST', pods('soft'), named('soft', pod(bad), 'soft')),
    201,
    'not signed by anybody whom',
  );
  expectCase(
    'kube-system is exempt',
    await call('POST', pods('kube-system'), named('system', pod(bad), 'kube-system')),
    201,
  );

  const deployment = (name: string, of: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'api' } },
      template: { metadata: { labels: { app: 'api' } }, spec: pod(of).spec },
    },
  });
  const deployments = '/apis/apps/v1/namespaces/shop/deployments';
  expectCase('a Deployment of a signed image is let in', await call('POST', deployments, deployment('api', good)), 201);
  expectCase(
    'a Deployment of an unsigned image is refused',
    await call('POST', deployments, deployment('bad', bad)),
    403,
    'Deployment shop/bad: container',
  );
  const patch = 'application/strategic-merge-patch+json';
  const to = (of: string) => ({ spec: { template: { spec: { containers: [{ name: 'api', image: of }] } } } });
  expectCase(
    'a roll-out of an unsigned image is refused',
    await call('PATCH', `${deployments}/api`, to(bad), patch),
    403,
    'not signed by anybody whom',
  );
  expectCase(
    'a roll-out of another signed image is let in',
    await call('PATCH', `${deployments}/api`, to(second), patch),
    200,
  );
  const cron = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly', namespace: 'shop' },
    spec: {
      schedule: '0 3 * * *',
      jobTemplate: { spec: { template: { spec: { ...(pod(bad).spec ?? {}), restartPolicy: 'Never' } } } },
    },
  };
  expectCase(
    'a CronJob of an unsigned image is refused',
    await call('POST', '/apis/batch/v1/namespaces/shop/cronjobs', cron),
    403,
    'CronJob shop/nightly',
  );

  expectCase(
    'the image of a pod is not changed to an unsigned one',
    await call('PATCH', `${pods('shop')}/good`, { spec: { containers: [{ name: 'api', image: bad }] } }, patch),
    403,
    'not signed by anybody whom',
  );
  const debug = (of: string) => ({
    spec: {
      ephemeralContainers: [container(of, 'debug')].map(({ name, image: ref, securityContext }) => ({
        name,
        image: ref,
        securityContext,
      })),
    },
  });
  expectCase(
    'an unsigned image does not come in as an ephemeral container',
    await call('PATCH', `${pods('shop')}/good/ephemeralcontainers`, debug(bad), patch),
    403,
    'ephemeral container',
  );
  expectCase(
    'a signed one does',
    await call('PATCH', `${pods('shop')}/good/ephemeralcontainers`, debug(second), patch),
    200,
  );
  const before = await reviewsOf(first);
  expectCase(
    'a label is changed',
    await call('PATCH', `${pods('shop')}/good`, { metadata: { labels: { tier: 'one' } } }, patch),
    200,
  );
  cases.push({
    name: 'for which the webhook is not asked (matchConditions)',
    passed: before > 0 && (await reviewsOf(first)) === before,
    says: '',
  });
  expectCase('a pod is deleted', await call('DELETE', `${pods('shop')}/good?gracePeriodSeconds=0`), 200);

  cases.push(...(await withPolicy(cluster, good, bad)), ...(await withKubectl(cluster, dir, good, bad)));
  const calm = await underLoad(cluster, dir, first, children, { good, bad, kill: false });
  await untilSaved(dir, good);
  const killed = await underLoad(cluster, dir, first, children, { good, bad, kill: true });
  cases.push(...calm.cases, ...killed.cases);

  await registry.stop();
  expectCase(
    'with the registry away, a known digest is let in',
    await call('POST', pods('shop'), named('known', pod(good))),
    201,
  );
  expectCase(
    'and an unknown one refused',
    await call('POST', pods('shop'), named('unknown', pod(never))),
    403,
    'could not be read',
  );

  await end(killed.webhook.child);
  expectCase(
    'with the webhook away, nothing is let in',
    await call('POST', pods('shop'), named('away', pod(good))),
    500,
    'failed calling webhook',
  );
  expectCase(
    'but in the exempt namespaces',
    await call('POST', pods('kube-system'), named('away', pod(bad), 'kube-system')),
    201,
  );
  await startWebhook(dir, new URL(first.url).host, children);
  expectCase(
    'after its restart a digest that was known is let in, still without the registry',
    await call('POST', pods('shop'), named('warm', pod(good))),
    201,
  );
  cases.push(await withCertificate(cluster, dir));
  return cases;
}

/** How many reviews the webhook has answered. */
async function reviewsOf({ metricsUrl }: Webhook): Promise<number> {
  const text = await fetch(`${metricsUrl}/metrics`).then((response) => response.text());
  return [...text.matchAll(/^hemostat_admit_reviews_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`guard-apiserver: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 3;
}
