/** Whoever may push to a repository: each attack on its signatures is named, and none is believed. */
import { describe, expect, test } from 'vitest';
import { OCI_INDEX, OCI_MANIFEST, sha256Of } from '../registry/oci-manifest.ts';
import type { StoredManifest } from '../registry/registry.ts';
import { bundleOf } from './attach.ts';
import { IN_TOTO_PAYLOAD, serializeEnvelope } from './dsse.ts';
import { BUNDLE_TYPE, DSSE_ENVELOPE_TYPE, MAX_MANIFESTS, signatureTag } from './find.ts';
import { inspectSignatures } from './inspect.ts';
import { GATE_PREDICATE } from './signature.ts';
import {
  envelope,
  newKey,
  outcomes,
  pushLayers,
  pushSimple,
  signStatement,
  simplePayload,
  trusting,
} from './signed.testing.ts';
import { memoryRepository, pushBundle, pushImage } from './testing.ts';

const NOW = new Date('2026-11-23T12:00:00Z');

describe('an attacker who may push', () => {
  const key = newKey();
  const trust = trusting(key.publicKey);

  async function bundleOutcome(make: (image: StoredManifest) => Promise<Buffer>): Promise<[string, string]> {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    await pushBundle(repository, image, await make(image));
    const report = await inspectSignatures(repository, image, trust, NOW);
    const [first, second] = [...report.signatures, ...report.attestations];
    expect(second).toBeUndefined();
    expect(Object.values(report.readableIn).includes(true)).toBe(
      first?.outcome === 'valid' && report.signatures.length === 1,
    );
    return [first?.outcome ?? 'none', first?.says ?? ''];
  }

  test('the bundle that the other cases change is valid', async () => {
    const [outcome] = await bundleOutcome(async ({ digest }) =>
      bundleOf(await envelope(key, signStatement(digest)), key),
    );
    expect(outcome).toBe('valid');
  });

  test('a statement without a predicate is what cosign 3.0 signed', async () => {
    const [outcome] = await bundleOutcome(async ({ digest }) =>
      bundleOf(await envelope(key, { ...signStatement(digest), predicate: undefined }), key),
    );
    expect(outcome).toBe('valid');
  });

  test('cuts a bundle off', async () => {
    const [outcome, says] = await bundleOutcome(async ({ digest }) =>
      bundleOf(await envelope(key, signStatement(digest)), key).subarray(0, 300),
    );
    expect(outcome).toBe('unreadable');
    expect(says).toContain('cut off');
  });

  test('signs with another key and claims ours', async () => {
    const [outcome, says] = await bundleOutcome(async ({ digest }) =>
      bundleOf(await envelope(newKey(), signStatement(digest)), key),
    );
    expect(outcome).toBe('invalid');
    expect(says).toContain('names the key key0.pub, but that key did not make it');
  });

  test('signs with another key', async () => {
    const other = newKey();
    const [outcome] = await bundleOutcome(async ({ digest }) =>
      bundleOf(await envelope(other, signStatement(digest)), other),
    );
    expect(outcome).toBe('wrong-key');
  });

  test('has the same bytes signed as another type', async () => {
    const [outcome, says] = await bundleOutcome(async ({ digest }) =>
      bundleOf(await envelope(key, signStatement(digest), 'application/vnd.other+json'), key),
    );
    expect(outcome).toBe('unreadable');
    expect(says).toContain('application/vnd.other+json');
    const [relabelled] = await bundleOutcome(async ({ digest }) => {
      const signed = await envelope(key, signStatement(digest), 'application/vnd.other+json');
      return bundleOf({ ...signed, payloadType: IN_TOTO_PAYLOAD }, key);
    });
    expect(relabelled).toBe('invalid');
  });

  test('gives an envelope without signatures', async () => {
    const [outcome] = await bundleOutcome(async ({ digest }) =>
      bundleOf({ ...(await envelope(key, signStatement(digest))), signatures: [] }, key),
    );
    expect(outcome).toBe('unreadable');
  });

  test('has a statement signed in which a key stands twice', async () => {
    const [outcome, says] = await bundleOutcome(async ({ digest }) => {
      const twice = JSON.stringify(signStatement(`sha256:${'0'.repeat(64)}`)).replace(
        '"predicateType"',
        `"Subject":[{"digest":{"sha256":"${digest.slice(7)}"}}],"predicateType"`,
      );
      return bundleOf(await envelope(key, twice), key);
    });
    expect(outcome).toBe('unreadable');
    expect(says).toContain('has the key "Subject" twice');
  });

  test('passes an attestation off as a signature of the image', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    await pushBundle(
      repository,
      image,
      bundleOf(await envelope(key, signStatement(image.digest, GATE_PREDICATE)), key),
    );
    const report = await inspectSignatures(repository, image, trust, NOW);
    expect(outcomes(report)).toEqual(['bundle-referrer valid']);
    expect(report.signatures).toEqual([]);
    expect(report.readableIn['bundle-referrer']).toBe(false);
  });

  test('writes line breaks and escapes where types and references stand', async () => {
    const [outcome, says] = await bundleOutcome(async ({ digest }) =>
      bundleOf(await envelope(key, signStatement(digest, 'https://x.test/\n\u001b[2Jall is well\u202e')), key),
    );
    expect(outcome).toBe('valid');
    expect(says).toBe(
      `The attestation (https://x.test/��[2Jall is well�) in the referrer ${says.slice(says.indexOf('sha256:'))}`,
    );
  });

  test('signs a manifest as a message', async () => {
    const message = async (signed: Buffer, digest: string): Promise<Buffer> => {
      const messageDigest = { algorithm: 'SHA2_256', digest: Buffer.from(digest.slice(7), 'hex').toString('base64') };
      const messageSignature = { messageDigest, signature: (await key.sign(signed)).toString('base64') };
      return Buffer.from(
        JSON.stringify({
          mediaType: BUNDLE_TYPE,
          verificationMaterial: { publicKey: { hint: key.hint } },
          messageSignature,
        }),
      );
    };
    expect((await bundleOutcome((image) => message(image.bytes, image.digest)))[0]).toBe('valid');
    expect((await bundleOutcome((image) => message(Buffer.from('other'), image.digest)))[0]).toBe('invalid');
    const other = Buffer.from('other');
    expect((await bundleOutcome(() => message(other, sha256Of(other))))[0]).toBe('wrong-digest');
  });

  test('writes simple signing payloads of every kind but a right one', async () => {
    const cases: [string, (image: StoredManifest) => Promise<[string, Buffer | string]>][] = [
      ['valid', async ({ digest }) => [simplePayload(digest), await key.sign(Buffer.from(simplePayload(digest)))]],
      [
        'wrong-key',
        async ({ digest }) => [`${simplePayload(digest)} `, await key.sign(Buffer.from(simplePayload(digest)))],
      ],
      [
        'wrong-digest',
        async () => {
          const other = simplePayload(`sha256:${'1'.repeat(64)}`);
          return [other, await key.sign(Buffer.from(other))];
        },
      ],
      [
        'unreadable',
        async ({ digest }) => {
          const other = simplePayload(digest, 'something else');
          return [other, await key.sign(Buffer.from(other))];
        },
      ],
      [
        'unreadable',
        async ({ digest }) => {
          const twice = simplePayload(`sha256:${'1'.repeat(64)}`).replace(
            '"type"',
            `"image":{"docker-manifest-digest":"${digest}"},"type"`,
          );
          return [twice, await key.sign(Buffer.from(twice))];
        },
      ],
      ['unreadable', async ({ digest }) => [simplePayload(digest), '']],
      ['unreadable', async ({ digest }) => [simplePayload(digest), 'MEUC!!']],
    ];
    for (const [wanted, make] of cases) {
      const repository = memoryRepository(false);
      const image = await pushImage(repository);
      await pushSimple(repository, image, ...(await make(image)));
      const report = await inspectSignatures(repository, image, trust, NOW);
      expect(outcomes(report)).toEqual([`sig-tag ${wanted}`]);
      expect(report.readableIn['sig-tag']).toBe(wanted === 'valid');
    }
  });

  test('lists referrers that are not there or that refer elsewhere', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    const other = await pushImage(repository, 'other');
    const elsewhere = await pushBundle(
      repository,
      other,
      bundleOf(await envelope(key, signStatement(image.digest)), key),
    );
    const gone = `sha256:${'2'.repeat(64)}`;
    for (const digest of [elsewhere, gone])
      repository.lies.push({ mediaType: OCI_MANIFEST, digest, size: 1, artifactType: BUNDLE_TYPE });
    const report = await inspectSignatures(repository, image, trust, NOW);
    expect(report.signatures).toEqual([]);
    expect(report.complete).toBe(false);
    expect(report.notes.join('\n')).toContain(
      `${elsewhere} is listed as a referrer of ${image.digest} but refers to ${other.digest}`,
    );
    expect(report.notes.join('\n')).toContain(`${gone} is listed as a referrer of ${image.digest} but is not there`);
  });

  test('serves other bytes than were asked for', async () => {
    const repository = memoryRepository(false);
    const image = await pushImage(repository);
    const forged = `sha256:${'3'.repeat(64)}`;
    repository.manifests.set(forged, { bytes: image.bytes, mediaType: OCI_MANIFEST });
    const list = { mediaType: OCI_MANIFEST, size: 1, artifactType: BUNDLE_TYPE, digest: forged };
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [list] }));
    await repository.putManifest(signatureTag(image.digest, ''), index, OCI_INDEX);
    const report = await inspectSignatures(repository, image, trust, NOW);
    expect([report.complete, report.notes]).toEqual([false, [`${forged} is served with other bytes`]]);
  });

  test('buries the signature under thousands of others: the work is bounded and it is said', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    for (let at = 0; at < 3000; at++) {
      const digest = sha256Of(Buffer.from(String(at)));
      repository.lies.push({ mediaType: OCI_MANIFEST, digest, size: 1, artifactType: BUNDLE_TYPE });
    }
    const report = await inspectSignatures(repository, image, trust, NOW);
    expect(repository.requests).toBeLessThan(2 * MAX_MANIFESTS);
    expect(report.notes[0]).toContain(`lists 3000 bundles`);
    expect(report.complete).toBe(false);
  });

  test('makes attestations huge', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    const layer = { mediaType: DSSE_ENVELOPE_TYPE, digest: `sha256:${'4'.repeat(64)}`, size: 2 ** 40 };
    await pushLayers(repository, signatureTag(image.digest, '.att'), [layer]);
    const report = await inspectSignatures(repository, image, trust, NOW);
    expect(report.notes[0]).toContain('1099511627776 bytes, more than');
  });

  test('adds a signature of their own to an envelope: one that is trusted is enough', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    const ours = await envelope(key, signStatement(image.digest, GATE_PREDICATE));
    const theirs = await envelope(newKey(), signStatement(image.digest, GATE_PREDICATE));
    const both = { ...ours, signatures: [...theirs.signatures, ...ours.signatures] };
    const layer = await repository.putBlob(serializeEnvelope(both), DSSE_ENVELOPE_TYPE);
    await pushLayers(repository, signatureTag(image.digest, '.att'), [layer]);
    expect(outcomes(await inspectSignatures(repository, image, trust, NOW))).toEqual(['att-tag valid']);
  });
});
