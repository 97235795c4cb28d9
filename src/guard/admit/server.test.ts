/** The webhook as a whole: real HTTPS, a real registry, images that are signed, gated and attacked. */
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type ClientOptions,
  container,
  giveVerdict,
  LAB_POLICY,
  type LabClient,
  type LabKey,
  labClient,
  makeCertificate,
  makeKey,
  pod,
  repositoryAt,
  reviewOf,
  signTag,
} from '../../testing/admit-lab.ts';
import { type ImageRegistry, pushTinyImage, startRegistry, withoutRegistry } from '../../testing/image-registry.ts';
import { GuardEvidenceError } from '../error.ts';
import { type AdmitEnvironment, type RunningAdmit, startAdmit } from './admit.ts';
import { parseAdmitConfig } from './config.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-admit-'));
const tls = makeCertificate(dir, 'server');
const answerSchema = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  response: z.object({
    uid: z.string(),
    allowed: z.boolean(),
    status: z.object({ code: z.number(), message: z.string() }).optional(),
    warnings: z.array(z.string()).optional(),
  }),
});

interface Running extends RunningAdmit {
  readonly client: LabClient;
  readonly said: string[];
  readonly audit: Record<string, unknown>[];
  review(
    object: unknown,
    changes?: Readonly<Record<string, unknown>>,
  ): Promise<z.infer<typeof answerSchema>['response']>;
}

const POLICIES = `
trust: {release: {keys: [release.pub]}, gate: {keys: [gate.pub]}}
policies:
  - name: tags
    match: {namespaces: [tags]}
    digest: resolve
    signature: {trust: release}
    verdict: off
  - name: soft
    match: {namespaces: [soft]}
    mode: warn
    signature: {trust: release}
    verdict: off
  - name: shop
    signature: {trust: release}
    verdict: {trust: gate, policy: ${LAB_POLICY}, max-age-hours: 24}
`;

const ended: (() => Promise<void>)[] = [];

async function run(
  extra: string,
  around: Partial<AdmitEnvironment> = {},
  who: ClientOptions = { ca: tls.certificate },
): Promise<Running> {
  const head = /^tls:/m.test(extra) ? '' : 'tls: {certificate: server.crt, key: server.key}\n';
  const text = `${head}listen: 127.0.0.1:0\nmetrics: {listen: 127.0.0.1:0}\ndrain-seconds: 0\n${extra}${POLICIES}`;
  const said: string[] = [];
  const audit: Record<string, unknown>[] = [];
  const running = await startAdmit(parseAdmitConfig(text, join(dir, 'admit.yaml')), {
    env: {},
    say: (level, says) => said.push(`${level}: ${says}`),
    auditTo: { write: (line) => audit.push(z.record(z.string(), z.unknown()).parse(JSON.parse(line))) },
    ...around,
  });
  const client = labClient(running.url, who);
  ended.push(async () => {
    client.close();
    await running.stop();
  });
  return {
    ...running,
    client,
    said,
    audit,
    async review(object, changes) {
      const asked = reviewOf(object, changes);
      const { status, body } = await client.post('/validate?timeout=10s', JSON.stringify(asked));
      expect(status).toBe(200);
      const { response } = answerSchema.parse(JSON.parse(body));
      expect(asked).toMatchObject({ request: { uid: response.uid } });
      return response;
    },
  };
}

afterAll(async () => {
  for (const end of ended) await end();
  rmSync(dir, { recursive: true, force: true });
});

const noSource = {
  digestOf: () => Promise.reject(new GuardEvidenceError('registry.example does not answer.')),
  inspect: () => Promise.reject(new GuardEvidenceError('registry.example does not answer.')),
};
const HEX = 'a'.repeat(64);
const keys: Record<'release' | 'gate' | 'other', LabKey> = {
  release: makeKey(dir, 'release'),
  gate: makeKey(dir, 'gate'),
  other: makeKey(dir, 'other'),
};

describe.skipIf(withoutRegistry() !== null)('with images in a registry', () => {
  let registry: ImageRegistry;
  let server: Running;
  let good = '';
  const images: Record<string, string> = {};
  const host = () => registry.host;

  beforeAll(async () => {
    registry = await startRegistry();
    const repository = repositoryAt(host(), 'shop/api');
    const passed = { passed: true, at: new Date() };
    const make = async (tag: string, key: LabKey | null, gate: LabKey | null, verdict = passed): Promise<void> => {
      const digest = await pushTinyImage(repository, tag, tag);
      if (key !== null) await signTag(repository, digest, key);
      if (gate !== null) await giveVerdict(repository, digest, gate, verdict);
      images[tag] = `${host()}/shop/api@${digest}`;
    };
    await make('good', keys.release, keys.gate);
    await make('unsigned', null, keys.gate);
    await make('other', keys.other, keys.gate);
    await make('no-verdict', keys.release, null);
    await make('own-verdict', keys.release, keys.other);
    await make('failed', keys.release, keys.gate, { passed: false, at: new Date() });
    await make('old', keys.release, keys.gate, { passed: true, at: new Date(Date.now() - 48 * 3_600_000) });
    good = images.good ?? '';
    // A signature of another image under this one's tag.
    const moved = await pushTinyImage(repository, 'moved', 'moved');
    await signTag(repository, moved, keys.release, good.replace(/^.*@/, ''));
    await giveVerdict(repository, moved, keys.gate, passed);
    images.moved = `${host()}/shop/api@${moved}`;
    server = await run('cache: {refused-seconds: 1}\n');
  });
  afterAll(() => registry.stop());

  test('lets in what is pinned, signed and passed', async () => {
    expect(await server.review(pod(good))).toMatchObject({ allowed: true });
  });

  test.each([
    ['unsigned', /not signed by anybody whom "release" trusts/],
    ['other', /not signed by anybody whom "release" trusts/],
    ['moved', /not signed by anybody whom "release" trusts/],
    ['no-verdict', /No gate verdict .* counts/],
    ['own-verdict', /No gate verdict .* counts/],
    ['failed', /refused sha256:/],
    ['old', /48 h ago, and 24 h are allowed/],
  ])('refuses %s with one sentence', async (name, says) => {
    const { allowed, status } = await server.review(pod(images[name] ?? ''));
    expect(allowed).toBe(false);
    expect(status?.message).toMatch(says);
    expect(status?.message).toContain(`Pod shop/api: container "api" with image ${images[name]?.slice(0, -52)}…`);
    expect(status?.message).not.toContain('\n');
  });

  test('finds the bad image wherever it hides', async () => {
    const bad = images.unsigned ?? '';
    const places = [
      { initContainers: [container(bad, 'init')] },
      { ephemeralContainers: [container(bad, 'debug')] },
      { volumes: [{ name: 'files', image: { reference: bad } }] },
      { containers: [container(good), container(bad, 'side')] },
    ];
    for (const place of places) expect(await server.review(pod(good, place))).toMatchObject({ allowed: false });
    const template = { metadata: { labels: {} }, spec: pod(bad).spec };
    const kinds: [string, string, object][] = [
      ['apps', 'Deployment', { template }],
      ['apps', 'ReplicaSet', { template }],
      ['apps', 'StatefulSet', { template }],
      ['apps', 'DaemonSet', { template }],
      ['batch', 'Job', { template }],
      ['batch', 'CronJob', { jobTemplate: { spec: { template } } }],
      ['', 'ReplicationController', { template }],
    ];
    for (const [group, kind, spec] of kinds) {
      const object = { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, metadata: { name: 'x' }, spec };
      expect(await server.review(object, { kind: { group, version: 'v1', kind } }), kind).toMatchObject({
        allowed: false,
      });
    }
  });

  test('refuses a good image in a pod that a rule objects to', async () => {
    const { allowed, status } = await server.review(pod(good, { hostPID: true }));
    expect(allowed).toBe(false);
    expect(status?.message).toMatch(/rule config-host-namespace-shared/);
  });

  test('refuses tags, and where they are resolved says what was checked', async () => {
    const { status } = await server.review(pod(`${host()}/shop/api:good`));
    expect(status?.message).toMatch(/not pinned by digest; write .*shop\/api@sha256:…/);
    const resolved = await server.review(pod(`${host()}/shop/api:good`), { namespace: 'tags' });
    expect(resolved.allowed).toBe(true);
    expect(resolved.warnings?.[0]).toContain('may pull');
    expect(await server.review(pod(`${host()}/shop/api:unsigned`), { namespace: 'tags' })).toMatchObject({
      allowed: false,
    });
    expect(await server.review(pod(`${host()}/shop/api:none`), { namespace: 'tags' })).toMatchObject({
      allowed: false,
    });
  });

  test('only warns where the policy says so', async () => {
    const { allowed, warnings } = await server.review(pod(images.unsigned ?? ''), { namespace: 'soft' });
    expect(allowed).toBe(true);
    expect(warnings?.[0]).toContain('not signed by anybody');
  });

  test('lets an image in that was signed after it was refused', async () => {
    const repository = repositoryAt(host(), 'shop/late');
    const digest = await pushTinyImage(repository, 'late', 'late');
    const image = `${host()}/shop/late@${digest}`;
    expect(await server.review(pod(image))).toMatchObject({ allowed: false });
    await signTag(repository, digest, keys.release);
    await giveVerdict(repository, digest, keys.gate, { passed: true, at: new Date() });
    await expect.poll(async () => (await server.review(pod(image))).allowed).toBe(true);
  });

  test('writes one line per decision, without objects', async () => {
    const secret = { ...container(good), env: [{ name: 'PASSWORD', value: 'hunter2' }] };
    await server.review(pod(good, { containers: [secret] }), { name: 'audited', dryRun: true });
    const line = server.audit.find(({ object }) => object === 'Pod/shop/audited');
    expect(line).toMatchObject({ user: 'ann', operation: 'CREATE', dryRun: true, namespace: 'shop' });
    expect(line).toMatchObject({
      images: [{ image: good, digest: good.replace(/^.*@/, ''), policy: 'shop', signers: ['release.pub'] }],
    });
    expect(JSON.stringify(server.audit)).not.toContain('hunter2');
  });

  test('is warm after a restart, and its file is read by nobody else', async () => {
    const directory = join(dir, 'cache');
    const settings = `cache: {directory: ${directory}}\n`;
    const before = await run(settings);
    expect(await before.review(pod(good))).toMatchObject({ allowed: true });
    expect(await before.review(pod(images.unsigned ?? ''))).toMatchObject({ allowed: false });
    await before.stop();
    const file = join(directory, 'admit-facts.jsonl');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const after = await run(settings, { source: noSource });
    expect(await after.review(pod(good))).toMatchObject({ allowed: true });
    // A refusal is not kept, and so the registry is asked.
    expect((await after.review(pod(images.unsigned ?? ''))).status?.message).toContain('does not answer');
    await after.stop();
    chmodSync(file, 0o666);
    const open = await run(settings, { source: noSource });
    expect(open.said.join()).toContain('may be written by others');
    expect(await open.review(pod(good))).toMatchObject({ allowed: false });
  });
});

describe('without a registry', () => {
  const image = `registry.example/shop/api@sha256:${HEX}`;

  test('refuses what it cannot look up', async () => {
    const server = await run('', { source: noSource });
    const { allowed, status } = await server.review(pod(image));
    expect(allowed).toBe(false);
    expect(status?.message).toContain('registry.example does not answer');
    const metrics = await fetch(`${server.metricsUrl}/metrics`).then((response) => response.text());
    expect(metrics).toMatch(/hemostat_admit_reasons_total\{reason="unreachable",effect="refused"\} 1/);
  });

  test('answers in time though the registry does not', async () => {
    const never = { digestOf: () => new Promise<never>(() => {}), inspect: () => new Promise<never>(() => {}) };
    const server = await run('timeout-ms: 100\n', { source: never });
    const { status } = await server.review(pod(image));
    expect(status?.message).toContain('did not answer in time');
  });

  test('answers what it does not check', async () => {
    const server = await run('', { source: noSource });
    expect(await server.review(null, { operation: 'DELETE', oldObject: pod(image) })).toMatchObject({ allowed: true });
    expect(await server.review(pod(image), { namespace: 'kube-system' })).toMatchObject({ allowed: true });
    expect(
      await server.review({ kind: 'Thing' }, { kind: { group: 'x.io', version: 'v1', kind: 'Thing' } }),
    ).toMatchObject({ allowed: true });
    expect(server.audit.map(({ because }) => because)).toEqual(['operation', 'exempt-namespace', 'no-pod']);
  });

  test('takes no other requests, and bounds those it takes', async () => {
    const server = await run('', { source: noSource });
    const old = JSON.stringify({ ...reviewOf(pod(image)), apiVersion: 'admission.k8s.io/v1beta1' });
    expect(await server.client.post('/validate', old)).toMatchObject({
      status: 400,
      body: expect.stringContaining('admissionReviewVersions'),
    });
    expect(await server.client.post('/validate', '{"kind":')).toMatchObject({ status: 400 });
    expect(await server.client.post('/validate', Buffer.alloc(8 * 1024 * 1024, 0x20))).toMatchObject({ status: 413 });
    expect(await server.client.get('/validate')).toMatchObject({ status: 405 });
    expect(await server.client.get('/metrics')).toMatchObject({ status: 404 });
    expect(await server.client.get('/readyz')).toMatchObject({ status: 200 });
    // Chunked, so that no length gives it away.
    expect(
      await server.client
        .post('/validate', Buffer.alloc(8 * 1024 * 1024, 0x20), {
          'transfer-encoding': 'chunked',
          'content-length': '',
        })
        .catch(() => ({ status: 413 })),
    ).toMatchObject({ status: 413 });
    const old11 = labClient(server.url, { ca: tls.certificate, maxVersion: 'TLSv1.1' });
    await expect(old11.get('/healthz')).rejects.toThrow();
    old11.close();
  });

  test('answers 429 where too many are under way', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    const server = await run('most-reviews: 1\n', { source: { digestOf: () => promise, inspect: () => promise } });
    const first = server.review(pod(image));
    await expect
      .poll(async () => (await server.client.post('/validate', JSON.stringify(reviewOf(pod(image))))).status)
      .toBe(429);
    resolve(null);
    expect(await first).toMatchObject({ allowed: false });
  });

  test('finishes what runs before it ends', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    const server = await run('', { source: { digestOf: () => promise, inspect: () => promise } });
    const review = server.review(pod(image));
    await expect
      .poll(() => fetch(`${server.metricsUrl}/metrics`).then((r) => r.text()))
      .toContain('hemostat_admit_running_reviews 1');
    const stopped = server.stop();
    expect(await fetch(`${server.metricsUrl}/readyz`).then((r) => r.status)).toBe(503);
    resolve(null);
    expect(await review).toMatchObject({ allowed: false });
    await stopped;
  });

  test('asks for a client certificate where it is told to', async () => {
    const own = makeCertificate(dir, 'apiserver');
    const text = 'tls: {certificate: server.crt, key: server.key, client-ca: apiserver.crt}\n';
    const server = await run(text, { source: noSource }, { ca: tls.certificate, cert: own.certificate, key: own.key });
    expect(await server.review(pod(image))).toMatchObject({ allowed: false });
    const stranger = labClient(server.url, { ca: tls.certificate });
    expect(await stranger.post('/validate', JSON.stringify(reviewOf(pod(image))))).toMatchObject({ status: 403 });
    expect(await stranger.get('/readyz')).toMatchObject({ status: 200 });
    stranger.close();
  });

  test('takes a new certificate while it runs, and keeps the old one if the new one is broken', async () => {
    for (const part of ['crt', 'key']) copyFileSync(join(dir, `server.${part}`), join(dir, `live.${part}`));
    const server = await run('tls: {certificate: live.crt, key: live.key}\n', { source: noSource });
    const commonName = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(
          { port: Number(new URL(server.url).port), host: '127.0.0.1', rejectUnauthorized: false },
          () => {
            resolve(String(socket.getPeerCertificate().subject.CN));
            socket.destroy();
          },
        );
        socket.on('error', reject);
      });
    expect(await commonName()).toBe('server');
    writeFileSync(join(dir, 'live.crt'), 'nothing');
    server.reopen();
    expect(server.said.join()).toContain('the old one stays');
    expect(await commonName()).toBe('server');
    const next = makeCertificate(dir, 'next');
    renameSync(next.certificate, join(dir, 'live.crt'));
    // The pair does not fit yet.
    server.reopen();
    renameSync(next.key, join(dir, 'live.key'));
    server.reopen();
    expect(await commonName()).toBe('next');
  });

  test('opens its audit log again', async () => {
    const file = join(dir, 'audit.log');
    const server = await run(`audit: {file: ${file}}\n`, { source: noSource });
    await server.review(pod(image), { name: 'one' });
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('Pod/shop/one');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    renameSync(file, `${file}.1`);
    server.reopen();
    await server.review(pod(image), { name: 'two' });
    await expect
      .poll(() => {
        try {
          return readFileSync(file, 'utf8');
        } catch {
          return '';
        }
      })
      .toContain('Pod/shop/two');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is not disturbed by what speaks no TLS', async () => {
    const server = await run('', { source: noSource });
    await new Promise<void>((resolve) => {
      const socket = connectPlain(Number(new URL(server.url).port), '127.0.0.1', () =>
        socket.write('GET / HTTP/1.0\r\n\r\n'),
      );
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
    });
    expect(await server.client.get('/healthz')).toMatchObject({ status: 200 });
  });
});
