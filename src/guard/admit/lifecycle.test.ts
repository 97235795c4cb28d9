/** What changes while the webhook runs: its configuration, what lies in the registry, and how fast that answers. A real registry. */
import { createHash, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { giveVerdict, pod, putSignature, repositoryAt, signTag } from '../../testing/admit-lab.ts';
import { admitLab, LAB_POLICIES } from '../../testing/admit-webhook.ts';
import { type ImageRegistry, pushTinyImage, startRegistry, withoutRegistry } from '../../testing/image-registry.ts';
import { type SlowProxy, startSlowProxy } from '../../testing/slow-proxy.ts';
import { testSigstore } from '../signature/sigstore.testing.ts';

const lab = admitLab();
const { dir, keys, run, configOf, textOf } = lab;
afterAll(() => lab.end());

describe.skipIf(withoutRegistry() !== null)('with images in a registry', () => {
  let registry: ImageRegistry;
  let proxy: SlowProxy;
  const at = (digest: string) => `${proxy.host}/shop/api@${digest}`;
  const repository = () => repositoryAt(registry.host, 'shop/api');

  beforeAll(async () => {
    registry = await startRegistry();
    proxy = await startSlowProxy(registry.host);
  });
  afterAll(async () => {
    await proxy.stop();
    await registry.stop();
  });

  async function gated(name: string): Promise<string> {
    const digest = await pushTinyImage(repository(), name, name);
    await signTag(repository(), digest, keys.release);
    await giveVerdict(repository(), digest, keys.gate, { passed: true, at: new Date() });
    return digest;
  }

  test('SIGHUP takes policies and trust over, says what needs a start, and keeps the old where the new is broken', async () => {
    const image = at(await gated('reload'));
    let text = textOf('');
    const server = await run('', { readConfig: () => configOf(text) });
    expect(await server.review(pod(image))).toMatchObject({ allowed: true });

    text = textOf('', LAB_POLICIES.replace('[release.pub]', '[other.pub]'));
    server.reload();
    expect((await server.review(pod(image))).status?.message).toContain('not signed by anybody whom "release" trusts');

    text = textOf('', LAB_POLICIES.replace('[release.pub]', '[nothing.pub]'));
    server.reload();
    expect(server.said.join('\n')).toMatch(
      /error: the configuration cannot be used, so the old one stays: .*nothing\.pub is not there/,
    );
    expect(await server.review(pod(image))).toMatchObject({ allowed: false });

    const exempt = 'exempt: {namespaces: [{namespace: free, reason: a test}]}\n';
    text = textOf(`timeout-ms: 200\n${exempt}`);
    server.reload();
    expect(server.said.at(-1)).toBe('warn: timeout-ms changed as well, which only a new start takes over');
    expect(await server.review(pod(image))).toMatchObject({ allowed: true });
    expect(await server.review(pod('x:1'), { namespace: 'free' })).toMatchObject({ allowed: true });
    // What is exempt now replaces what was, kube-system as well.
    expect(await server.review(pod('x:1'), { namespace: 'kube-system' })).toMatchObject({ allowed: false });
    const metrics = await server.metrics();
    expect(metrics).toContain('hemostat_admit_config_reloads_total{outcome="taken"} 2');
    expect(metrics).toContain('hemostat_admit_config_reloads_total{outcome="broken"} 1');
  });

  test('lets in what an identity signed by certificate, and nothing that another one signed', async () => {
    const sigstore = testSigstore();
    writeFileSync(join(dir, 'trusted_root.json'), sigstore.trustedRoot);
    const issuer = 'https://token.actions.githubusercontent.com';
    const subject = 'https://github.com/shop/api/.github/workflows/release.yml@refs/heads/main';
    const keyless = async (name: string, who: string, from = sigstore): Promise<string> => {
      const digest = await pushTinyImage(repository(), name, name);
      const signedAt = new Date('2026-06-01T12:05:00Z');
      const issued = from.issue({ subject: who, issuer, from: new Date('2026-06-01T12:00:00Z') });
      await putSignature(repository(), digest, digest, (payload) => {
        const signature = sign('sha256', payload, issued.privateKey);
        const hash = createHash('sha256').update(payload).digest('hex');
        return {
          'dev.cosignproject.cosign/signature': signature.toString('base64'),
          'dev.sigstore.cosign/certificate': issued.pem,
          'dev.sigstore.cosign/bundle': from.log(signature, hash, signedAt).annotation,
        };
      });
      return at(digest);
    };
    const identity = `{issuer: "${issuer}", subject: "${subject}"}`;
    const server = await run(
      '',
      {},
      undefined,
      `
trust: {ci: {identities: [${identity}], trusted-root: trusted_root.json}}
policies: [{name: ci, signature: {trust: ci}, verdict: off}]
`,
    );
    const image = await keyless('keyless', subject);
    expect(await server.review(pod(image))).toMatchObject({ allowed: true });
    expect(server.audit.at(-1)).toMatchObject({
      images: [{ signers: [`${subject} (${issuer})`], forms: ['sig-tag'] }],
    });
    const refused = async (name: string, who: string, from = sigstore) =>
      (await server.review(pod(await keyless(name, who, from)))).status?.message;
    expect(await refused('other-workflow', subject.replace('release', 'test'))).toContain('whom "ci" trusts');
    expect(await refused('other-authority', subject, testSigstore())).toContain('whom "ci" trusts');
    // Nor by a key, which this set names none of.
    expect((await server.review(pod(at(await gated('keyed'))))).allowed).toBe(false);
  });

  test('looks again in the background, and a signature that was taken away counts no longer', async () => {
    let later = 0;
    const server = await run('cache: {fresh-seconds: 60, stale-seconds: 120}\n', { now: () => Date.now() + later });
    const kept = await gated('kept');
    const revoked = await gated('revoked');
    for (const digest of [kept, revoked]) expect(await server.review(pod(at(digest)))).toMatchObject({ allowed: true });
    for (const digest of [kept, revoked]) expect(await server.review(pod(at(digest)))).toMatchObject({ allowed: true });
    await repository().putManifest(
      `${revoked.replace(':', '-')}.sig`,
      Buffer.from(
        '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]}',
      ),
      'application/vnd.oci.image.manifest.v1+json',
    );
    // 90 % of fresh-seconds: everything in use is looked at again within a second, before it is old; nobody asks meanwhile.
    later = 55_000;
    const asked = proxy.asked;
    await expect.poll(() => server.metrics(), { timeout: 20_000 }).toMatch(/refreshes_total\{outcome="renewed"\} 3/);
    await expect.poll(() => server.metrics(), { timeout: 20_000 }).toMatch(/refreshes_total\{outcome="refused"\} 1/);
    expect(proxy.asked).toBeGreaterThan(asked);
    const before = proxy.asked;
    expect(await server.review(pod(at(kept)))).toMatchObject({ allowed: true });
    expect(proxy.asked).toBe(before);
    expect(await server.review(pod(at(revoked)))).toMatchObject({ allowed: false });
  });

  test('with a registry that takes too long, known digests are let in, and others refused in time', async () => {
    const known = await gated('known');
    const fresh = await gated('fresh');
    const server = await run('timeout-ms: 300\n');
    expect(await server.review(pod(at(known)))).toMatchObject({ allowed: true });
    proxy.slowMs = 60_000;
    try {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => server.review(pod(at(i % 8 === 0 ? fresh : known)))),
      );
      expect(answers.map(({ allowed }) => allowed)).toEqual(answers.map((_, i) => i % 8 !== 0));
      expect(answers[0]?.status?.message).toContain('did not answer in time');
      const from = server.audit.flatMap(({ images }) => JSON.stringify(images).match(/"from":"\w+"/) ?? []);
      expect(from.filter((one) => one.includes('known'))).toHaveLength(35);
    } finally {
      proxy.slowMs = 0;
    }
  });
});
