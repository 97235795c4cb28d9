/** What real cosign wrote is read and believed, and each attack on it is named. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OCI_INDEX, OCI_MANIFEST, sha256Of } from '../registry/oci-manifest.ts';
import type { Repository, StoredManifest } from '../registry/registry.ts';
import { attachVerdict, bundleOf } from './attach.ts';
import { contractTest } from './contract-test.ts';
import { type Envelope, IN_TOTO_PAYLOAD, preAuthEncoding, serializeEnvelope } from './dsse.ts';
import { BUNDLE_TYPE, DSSE_ENVELOPE_TYPE, MAX_MANIFESTS, SIMPLE_SIGNING_TYPE, signatureTag } from './find.ts';
import { inspectSignatures } from './inspect.ts';
import { GATE_PREDICATE, SIGNATURE_FORMS, type SignatureReport, type TrustPolicy } from './signature.ts';
import { openSigningKey, type SigningKey } from './signing-key.ts';
import { COSIGN_SIGN_PREDICATE } from './statement.ts';
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

function trusting(...pems: string[]): TrustPolicy {
  return {
    keys: pems.map((pem, at) => ({ name: `key${at}.pub`, pem })),
    identities: [],
    trustedRoot: null,
    requireLog: null,
  };
}

function newKey(name = 'ours'): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return openSigningKey(name, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), null);
}

async function envelope(key: SigningKey, statement: object | string, payloadType = IN_TOTO_PAYLOAD): Promise<Envelope> {
  const payload = Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement));
  return {
    payloadType,
    payload,
    signatures: [{ keyid: '', sig: await key.sign(preAuthEncoding(payloadType, payload)) }],
  };
}

function signStatement(digest: string, predicateType = COSIGN_SIGN_PREDICATE): object {
  const subject = [{ digest: { sha256: digest.slice(7) } }];
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate: {} };
}

async function pushLayers(repository: Repository, tag: string, layers: readonly object[]): Promise<void> {
  const config = await repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json');
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
  await repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST);
}

async function pushSimple(
  repository: Repository,
  image: StoredManifest,
  payload: string,
  signature: Buffer | string,
): Promise<void> {
  const layer = await repository.putBlob(Buffer.from(payload), SIMPLE_SIGNING_TYPE);
  const text = typeof signature === 'string' ? signature : signature.toString('base64');
  const annotations = { 'dev.cosignproject.cosign/signature': text };
  await pushLayers(repository, signatureTag(image.digest, '.sig'), [{ ...layer, annotations }]);
}

function simplePayload(digest: string, type = 'cosign container image signature'): string {
  const critical = {
    identity: { 'docker-reference': 'registry.test/shop/api' },
    image: { 'docker-manifest-digest': digest },
    type,
  };
  return JSON.stringify({ critical, optional: null });
}

const outcomes = (report: SignatureReport): string[] =>
  [...report.signatures, ...report.attestations].map(({ record, outcome }) => `${record.form} ${outcome}`);

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
