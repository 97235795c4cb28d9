/** What the webhook says of images: real HTTPS, a real registry, images that are signed, gated and attacked. */
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { container, giveVerdict, type LabKey, pod, repositoryAt, signTag } from '../../testing/admit-lab.ts';
import { admitLab, noSource, type Running } from '../../testing/admit-webhook.ts';
import { type ImageRegistry, pushTinyImage, startRegistry, withoutRegistry } from '../../testing/image-registry.ts';

const lab = admitLab();
const { dir, keys, run } = lab;
afterAll(() => lab.end());

describe.skipIf(withoutRegistry() !== null)('with images in a registry', () => {
  let registry: ImageRegistry;
  let server: Running;
  let good = '';
  /** The webhook's clock is so much ahead, ms. */
  let later = 0;
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
    await Promise.all([
      make('good', keys.release, keys.gate),
      make('unsigned', null, keys.gate),
      make('other', keys.other, keys.gate),
      make('no-verdict', keys.release, null),
      make('own-verdict', keys.release, keys.other),
      make('failed', keys.release, keys.gate, { passed: false, at: new Date() }),
      make('old', keys.release, keys.gate, { passed: true, at: new Date(Date.now() - 48 * 3_600_000) }),
    ]);
    good = images.good ?? '';
    // A signature of another image under this one's tag.
    const moved = await pushTinyImage(repository, 'moved', 'moved');
    await signTag(repository, moved, keys.release, good.replace(/^.*@/, ''));
    await giveVerdict(repository, moved, keys.gate, passed);
    images.moved = `${host()}/shop/api@${moved}`;
    server = await run('', { now: () => Date.now() + later });
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
    // A refusal is believed for refused-seconds (15).
    expect(await server.review(pod(image))).toMatchObject({ allowed: false });
    later += 15_001;
    expect(await server.review(pod(image))).toMatchObject({ allowed: true });
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
