/** What real cosign wrote is read and believed, for what it says and for nothing else. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OCI_INDEX, sha256Of } from '../registry/oci-manifest.ts';
import { attachVerdict } from './attach.ts';
import { contractTest } from './contract-test.ts';
import { SIMPLE_SIGNING_TYPE, signatureTag } from './find.ts';
import { inspectSignatures } from './inspect.ts';
import { GATE_PREDICATE, SIGNATURE_FORMS, type SignatureReport, type TrustPolicy } from './signature.ts';
import { envelope, newKey, outcomes, pushSimple, signStatement, simplePayload, trusting } from './signed.testing.ts';
import {
  type MemoryRepository,
  memoryRepository,
  pushBundle,
  pushImage,
  pushIndex,
  recorded,
  stored,
} from './testing.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

describe('what real cosign wrote', () => {
  test.each(['p256', 'p384', 'ed25519', 'rsa'])('is valid in every form (%s)', async (kind) => {
    const { repository, digest, publicKey } = recorded(`cosign-${kind}`, true);
    const report = await inspectSignatures(repository, await stored(repository, digest), trusting(publicKey), NOW);
    expect(outcomes(report).toSorted()).toEqual([
      'att-tag valid',
      'bundle-fallback-tag valid',
      'bundle-fallback-tag valid',
      'bundle-referrer valid',
      'bundle-referrer valid',
      'sig-tag valid',
    ]);
    expect(report.readableIn).toEqual(Object.fromEntries(SIGNATURE_FORMS.map((form) => [form, true])));
    expect([report.notes, report.complete]).toEqual([[], true]);
    const [attestation] = report.attestations;
    expect(attestation?.statement?.predicateType).toBe(GATE_PREDICATE);
    expect(attestation?.signer).toBe('key0.pub');
    expect(contractTest(report, SIGNATURE_FORMS)).toMatchObject({ passed: true });
  });

  test('is made by another key for whom trusts another one', async () => {
    const { repository, digest } = recorded('cosign-p256');
    const report = await inspectSignatures(
      repository,
      await stored(repository, digest),
      trusting(newKey().publicKey),
      NOW,
    );
    expect(new Set(report.signatures.map(({ outcome }) => outcome))).toEqual(new Set(['wrong-key']));
    expect(Object.values(report.readableIn)).toEqual([false, false, false, false]);
    expect(report.attestations.every(({ statement, signer }) => statement === null && signer === '')).toBe(true);
  });

  test('counts for no other image that it is copied to', async () => {
    const { repository, digest, publicKey } = recorded('cosign-p256');
    const other = await pushImage(repository, 'other');
    for (const suffix of ['.sig', '.att'] as const) {
      const { bytes, mediaType } = await stored(repository, signatureTag(digest, suffix));
      await repository.putManifest(signatureTag(other.digest, suffix), bytes, mediaType);
    }
    const { manifest } = await stored(repository, signatureTag(digest, ''));
    for (const { digest: of } of manifest.manifests) {
      const { manifest: bundle } = await stored(repository, of);
      const layer = bundle.layers[0];
      if (layer !== undefined) await pushBundle(repository, other, await repository.blob(layer, 1 << 20));
    }
    const copy = memoryRepository(true);
    for (const [reference, found] of repository.manifests) copy.manifests.set(reference, found);
    for (const [reference, found] of repository.blobs) copy.blobs.set(reference, found);
    const report = await inspectSignatures(copy, other, trusting(publicKey), NOW);
    expect(outcomes(report).toSorted()).toEqual([
      'att-tag wrong-digest',
      'bundle-referrer wrong-digest',
      'bundle-referrer wrong-digest',
      'sig-tag wrong-digest',
    ]);
    expect(report.signatures[0]?.says).toContain(`but is about ${digest}, not about ${other.digest}`);
    expect(report.attestations.every(({ statement }) => statement === null)).toBe(true);
  });

  test('is counted once the key has ended only where somebody trusted says it is older', async () => {
    const { repository, digest, publicKey } = recorded('cosign-p256');
    const image = await stored(repository, digest);
    const ending = (notAfter: Date): TrustPolicy => ({
      ...trusting(),
      keys: [{ name: 'old.pub', pem: publicKey, notAfter }],
    });
    const before = await inspectSignatures(repository, image, ending(new Date(NOW.getTime() + 1000)), NOW);
    expect(before.signatures[0]?.outcome).toBe('valid');
    const after = await inspectSignatures(repository, image, ending(new Date(NOW.getTime() - 1000)), NOW);
    expect(outcomes(after).every((outcome) => outcome.endsWith(' expired'))).toBe(true);
    expect(after.signatures[0]?.says).toContain('whose key ended at 2026-11-23T11:59:59.000Z');
  });

  test('has no entry in a log, where one is demanded', async () => {
    const { repository, digest, publicKey } = recorded('cosign-p256');
    const trust = { ...trusting(publicKey), requireLog: true };
    const report = await inspectSignatures(repository, await stored(repository, digest), trust, NOW);
    expect(outcomes(report).every((outcome) => outcome.endsWith(' not-in-log'))).toBe(true);
  });

  test('holds for the reference that it was made for', async () => {
    const { repository, digest, publicKey } = recorded('cosign-p256');
    const image = await stored(repository, digest);
    const trust = { ...trusting(publicKey), reference: 'registry.test/elsewhere' };
    const report = await inspectSignatures(repository, image, trust, NOW);
    const sig = report.signatures.find(({ record }) => record.form === 'sig-tag');
    expect(sig?.outcome).toBe('wrong-digest');
    expect(sig?.says).toContain('registry.test/elsewhere is demanded');
  });

  test('holds in no form once a byte of it was changed', async () => {
    const { repository, digest, publicKey } = recorded('cosign-p256', true);
    const image = await stored(repository, digest);
    // Where the attacker owns the registry: each blob with one character of its base64 or JSON changed, under its new digest.
    const report = await inspectSignatures(await tampered(repository), image, trusting(publicKey), NOW);
    expect(report.signatures.length + report.attestations.length).toBe(6);
    expect(outcomes(report).filter((outcome) => outcome.endsWith(' valid'))).toEqual([]);
  });
});

/** Every manifest's layers, changed in the middle and listed by their new digests. */
async function tampered(from: MemoryRepository): Promise<MemoryRepository> {
  const to = memoryRepository(true);
  const renamed = new Map<string, string>();
  for (const [reference, { bytes, mediaType }] of from.manifests) {
    let text = bytes.toString('utf8');
    const { manifest } = await stored(from, reference);
    for (const layer of manifest.layers) {
      const blob = Buffer.from(await from.blob(layer, 1 << 20));
      const at = blob.indexOf(layer.mediaType === SIMPLE_SIGNING_TYPE ? 'docker-manifest-digest' : '"payload":"') + 60;
      blob[at] = blob[at] === 0x41 ? 0x42 : 0x41;
      text = text.replace(layer.digest, (await to.putBlob(blob, layer.mediaType)).digest);
    }
    const changed = Buffer.from(text);
    if (reference.startsWith('sha256:')) renamed.set(reference, sha256Of(changed));
    const name = reference.startsWith('sha256:') ? sha256Of(changed) : reference;
    to.manifests.set(name, { bytes: changed, mediaType });
  }
  for (const [reference, { bytes, mediaType }] of to.manifests) {
    if (mediaType !== OCI_INDEX) continue;
    let text = bytes.toString('utf8');
    for (const [old, now] of renamed) text = text.replace(old, now);
    to.manifests.set(reference, { bytes: Buffer.from(text), mediaType });
  }
  return to;
}

test('an index is signed as such, and its manifests are not signed by that', async () => {
  const key = newKey();
  const repository = memoryRepository(true);
  const child = await pushImage(repository);
  const index = await pushIndex(repository, child);
  await attachVerdict(repository, index, await envelope(key, signStatement(index.digest)), key, ['bundle-referrer']);
  const trust = trusting(key.publicKey);
  expect((await inspectSignatures(repository, index, trust, NOW)).readableIn['bundle-referrer']).toBe(true);
  expect((await inspectSignatures(repository, child, trust, NOW)).signatures).toEqual([]);
});

test('P-384 keys may sign with the hash of their curve, too, and with no weaker one', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const trust = trusting(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  for (const [hash, wanted] of [
    ['sha256', 'valid'],
    ['sha384', 'valid'],
    ['sha1', 'wrong-key'],
  ] as const) {
    const repository = memoryRepository(false);
    const image = await pushImage(repository);
    const payload = simplePayload(image.digest);
    await pushSimple(repository, image, payload, sign(hash, Buffer.from(payload), privateKey));
    expect(outcomes(await inspectSignatures(repository, image, trust, NOW))).toEqual([`sig-tag ${wanted}`]);
  }
});

test('a policy that cannot be used is the mistake of who wrote it', async () => {
  const repository = memoryRepository(false);
  const image = await pushImage(repository);
  const look = (trust: TrustPolicy): Promise<SignatureReport> => inspectSignatures(repository, image, trust, NOW);
  await expect(look(trusting())).rejects.toThrow('No key and no identity is trusted');
  await expect(look(trusting('nonsense'))).rejects.toThrow('key0.pub is not a public key in PEM');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await expect(look(trusting(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()))).rejects.toThrow(
    'holds a private key',
  );
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' });
  await expect(look(trusting(weak.toString()))).rejects.toThrow('RSA of 2048 bits');
  const identities = [{ issuer: 'https://issuer.test', subject: '/(/' }];
  await expect(look({ ...trusting(), identities })).rejects.toThrow('no trusted root is given');
  await expect(look({ ...trusting(), identities, trustedRoot: '{}' })).rejects.toThrow('is not a regular expression');
  const rootless = { ...trusting(), identities: [{ issuer: 'https://issuer.test', subject: 'a' }], trustedRoot: '{}' };
  await expect(look(rootless)).rejects.toThrow('is not a sigstore trusted_root.json');
});

test('a registry that cannot be read at all is evidence that is missing, one place of it is a note', async () => {
  const { repository, digest, publicKey } = recorded('cosign-p256');
  const image = await stored(repository, digest);
  const broken = {
    ...repository,
    referrers: () =>
      repository.blob({ mediaType: '', digest: 'gone', size: 0 }, 0).then(() => repository.referrers(digest)),
  };
  const report = await inspectSignatures(broken, image, trusting(publicKey), NOW);
  expect(report.readableIn['sig-tag']).toBe(true);
  expect([report.complete, report.notes.length]).toEqual([false, 1]);
  const fails = (): Promise<never> =>
    repository.blob({ mediaType: '', digest: 'gone', size: 0 }, 0).then(() => Promise.reject(new Error()));
  const dead = { ...broken, manifest: fails };
  await expect(inspectSignatures(dead, image, trusting(publicKey), NOW)).rejects.toThrow('cannot be read');
});
