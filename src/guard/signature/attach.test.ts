/** Verdicts: signed, attached beside what others attached, read again; keys of every kind. */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startRegistry, withoutRegistry } from '../../testing/image-registry.ts';
import { createHttp } from '../http/create.ts';
import { anonymous } from '../registry/credentials.ts';
import { OCI_INDEX, OCI_MANIFEST, sha256Of } from '../registry/oci-manifest.ts';
import { openRepository } from '../registry/open.ts';
import { parseImageReference } from '../registry/reference.ts';
import type { Descriptor } from '../registry/registry.ts';
import { attachVerdict } from './attach.ts';
import { contractTest } from './contract-test.ts';
import { preAuthEncoding, serializeEnvelope } from './dsse.ts';
import { verifyEd25519ph } from './ed25519ph.ts';
import {
  BUNDLE_TYPE,
  DSSE_ENVELOPE_TYPE,
  MAX_LAYERS,
  MAX_MANIFESTS,
  SIMPLE_SIGNING_TYPE,
  signatureTag,
} from './find.ts';
import { inspectSignatures } from './inspect.ts';
import { readVerdict } from './read-verdict.ts';
import { signVerdict } from './sign-verdict.ts';
import { GATE_PREDICATE, type GateVerdict, type SignatureReport, type TrustPolicy } from './signature.ts';
import { externalKey, loadSigningKey, openSigningKey, type SigningKey } from './signing-key.ts';
import { KEPT_VERDICTS } from './supersede.ts';
import { memoryRepository, pushImage, recorded, stored } from './testing.ts';
import { trustsKey } from './trust.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const POLICY = { uri: 'https://example.com/policy', maxAgeMs: 24 * 3_600_000, now: NOW };
const COSIGN_KEY = readFileSync(join(import.meta.dirname, 'testdata/cosign.key'), 'utf8');

function newKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return openSigningKey('ours', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), null);
}

const trusting = (key: { publicKey: string }): TrustPolicy => ({
  keys: [{ name: 'ours', pem: key.publicKey }],
  identities: [],
  trustedRoot: null,
  requireLog: null,
});

function verdict(digest: string, passed = true, verifiedAt = NOW): GateVerdict {
  return {
    verifier: 'https://example.com/hemostat',
    verifiedAt,
    resource: `registry.test/shop/api@${digest}`,
    policy: { uri: POLICY.uri, sha256: 'a'.repeat(64) },
    inputs: [{ uri: 'trivy.json', sha256: 'b'.repeat(64) }],
    passed,
  };
}

test('the bytes that are signed are those of the DSSE specification', () => {
  // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#test-vectors
  expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString('latin1')).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
  expect(preAuthEncoding('é', Buffer.from([0, 255])).toString('latin1')).toBe('DSSEv1 2 Ã© 2 \0ÿ');
});

test('Ed25519ph holds for the vector of RFC 8032 section 7.3, and for nothing near it', () => {
  const spki = `302a300506032b6570032100${'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf'}`;
  const key = createPublicKey({ key: Buffer.from(spki, 'hex'), format: 'der', type: 'spki' });
  const signature = Buffer.from(
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
    'hex',
  );
  expect(verifyEd25519ph(key, Buffer.from('abc'), signature)).toBe(true);
  expect(verifyEd25519ph(key, Buffer.from('abd'), signature)).toBe(false);
  expect(verifyEd25519ph(key, Buffer.from('abc'), signature.subarray(1))).toBe(false);
  for (const at of [0, 31, 32, 63]) {
    const changed = Buffer.from(signature);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(verifyEd25519ph(key, Buffer.from('abc'), changed)).toBe(false);
  }
  // The same s with the group's order added, which lax checks take for a second signature.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
  const malleated = Buffer.concat([
    signature.subarray(0, 32),
    Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(),
  ]);
  expect(verifyEd25519ph(key, Buffer.from('abc'), malleated)).toBe(false);
});

describe('a verdict', () => {
  test('is a SLSA verification summary of the digest', async () => {
    const digest = `sha256:${'c'.repeat(64)}`;
    const { payload, payloadType } = await signVerdict(verdict(digest), newKey());
    expect(payloadType).toBe('application/vnd.in-toto+json');
    expect(JSON.parse(payload.toString())).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'registry.test/shop/api', digest: { sha256: 'c'.repeat(64) } }],
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: {
        verifier: { id: 'https://example.com/hemostat' },
        timeVerified: '2026-11-23T12:00:00.000Z',
        resourceUri: `registry.test/shop/api@${digest}`,
        policy: { uri: POLICY.uri, digest: { sha256: 'a'.repeat(64) } },
        inputAttestations: [{ uri: 'trivy.json', digest: { sha256: 'b'.repeat(64) } }],
        verificationResult: 'PASSED',
        verifiedLevels: ['SLSA_BUILD_LEVEL_UNEVALUATED'],
        slsaVersion: '1.1',
      },
    });
    await expect(signVerdict(verdict('v1'), newKey())).rejects.toThrow('is about one image by its digest');
  });

  test('is attached where the registry has the referrers API, once', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    const key = newKey();
    const first = await attachVerdict(repository, image, await signVerdict(verdict(image.digest), key), key, [
      'bundle-referrer',
    ]);
    expect(first).toMatchObject([{ form: 'bundle-referrer', written: true }]);
    expect(repository.manifests.has(signatureTag(image.digest, ''))).toBe(false);
    // ECDSA signs differently each time; the verdict is the same.
    const again = await attachVerdict(repository, image, await signVerdict(verdict(image.digest), key), key, [
      'bundle-referrer',
    ]);
    expect(again).toEqual([{ ...first[0], written: false }]);
    const report = await inspectSignatures(repository, image, trusting(key), NOW);
    expect(report.attestations.map(({ record, outcome }) => [record.form, outcome])).toEqual([
      ['bundle-referrer', 'valid'],
    ]);
    expect(contractTest(report, ['bundle-referrer'], GATE_PREDICATE).passed).toBe(true);
    const asked = contractTest(report, ['bundle-referrer', 'att-tag'], GATE_PREDICATE);
    expect(asked.passed).toBe(false);
    expect(asked.forms[1]?.says).toBe(
      'There is no attestation in att-tag, though there is a valid one in bundle-referrer; it is read by hemostat guard admit, cosign 3, cosign 2, Kyverno (type Cosign), sigstore policy-controller. Attest with `cosign attest --new-bundle-format=false` (cosign 3) or cosign 2.',
    );
  });

  test('of the same bytes under another key is another one', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    for (const key of [newKey(), newKey()]) {
      const envelope = await signVerdict(verdict(image.digest), key);
      const [attached] = await attachVerdict(repository, image, envelope, key, ['bundle-referrer']);
      expect(attached?.written).toBe(true);
    }
  });

  test('is added to what cosign wrote, and loses nothing of it', async () => {
    const { repository, digest, publicKey } = recorded('cosign-p256');
    const image = await stored(repository, digest);
    const key = newKey();
    const envelope = await signVerdict(verdict(digest), key);
    const forms = ['bundle-referrer', 'att-tag'] as const;
    const attached = await attachVerdict(repository, image, envelope, key, forms);
    expect(attached.map(({ form, written }) => [form, written])).toEqual([
      ['bundle-fallback-tag', true],
      ['att-tag', true],
    ]);
    const theirs = await inspectSignatures(repository, image, trusting({ publicKey }), NOW);
    expect(theirs.readableIn).toEqual({
      'sig-tag': true,
      'bundle-referrer': false,
      'bundle-fallback-tag': true,
      'att-tag': true,
    });
    const ours = await inspectSignatures(repository, image, trusting(key), NOW);
    expect(ours.attestations.filter(({ outcome }) => outcome === 'valid').map(({ record }) => record.form)).toEqual([
      'att-tag',
      'bundle-fallback-tag',
    ]);
    const before = await stored(repository, signatureTag(digest, '.att'));
    expect((await attachVerdict(repository, image, envelope, key, forms)).every(({ written }) => !written)).toBe(true);
    expect((await stored(repository, signatureTag(digest, '.att'))).bytes.equals(before.bytes)).toBe(true);
  });

  test('loses no entry where others write the same tag at the same time', async () => {
    const repository = memoryRepository(false);
    const image = await pushImage(repository);
    const keys = Array.from({ length: 6 }, newKey);
    // Everybody reads before anybody writes: each write loses the others' entries until all have looked again.
    let waiting: (() => void)[] = [];
    repository.beforePut = () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        setImmediate(() => {
          const all = waiting;
          waiting = [];
          for (const go of all) go();
        });
      });
    await Promise.all(
      keys.map(async (key) =>
        attachVerdict(repository, image, await signVerdict(verdict(image.digest), key), key, [
          'bundle-referrer',
          'att-tag',
        ]),
      ),
    );
    for (const key of keys) {
      const report = await inspectSignatures(repository, image, trusting(key), NOW);
      expect(report.attestations.filter(({ outcome }) => outcome === 'valid').map(({ record }) => record.form)).toEqual(
        ['att-tag', 'bundle-fallback-tag'],
      );
    }
  });

  test('does not overwrite a tag that is something else', async () => {
    const repository = memoryRepository(false);
    const image = await pushImage(repository);
    const key = newKey();
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
    await repository.putManifest(signatureTag(image.digest, '.att'), index, OCI_INDEX);
    await repository.putManifest(signatureTag(image.digest, ''), image.bytes, image.mediaType);
    const envelope = await signVerdict(verdict(image.digest), key);
    await expect(attachVerdict(repository, image, envelope, key, ['att-tag'])).rejects.toThrow(
      'it was not overwritten',
    );
    await expect(attachVerdict(repository, image, envelope, key, ['bundle-fallback-tag'])).rejects.toThrow(
      'it was not overwritten',
    );
    await expect(attachVerdict(repository, image, envelope, key, ['sig-tag'])).rejects.toThrow('not sig-tag');
  });

  test.skipIf(withoutRegistry() !== null)(
    'lies beside an image in a real registry without the referrers API',
    async () => {
      const registry = await startRegistry();
      const http = createHttp();
      try {
        const repository = openRepository(http, parseImageReference(`${registry.host}/shop/api`), anonymous);
        const image = await pushImage(repository);
        const key = newKey();
        const envelope = await signVerdict(verdict(image.digest), key);
        const forms = ['bundle-referrer', 'att-tag'] as const;
        const attached = await attachVerdict(repository, image, envelope, key, forms);
        expect(attached.map(({ form }) => form)).toEqual(['bundle-fallback-tag', 'att-tag']);
        expect((await attachVerdict(repository, image, envelope, key, forms)).every(({ written }) => !written)).toBe(
          true,
        );
        const report = await inspectSignatures(repository, image, trusting(key), NOW);
        expect(readVerdict(report, POLICY).result).toBe('passed');
        expect(report.notes).toEqual([]);
      } finally {
        http.close();
        await registry.stop();
      }
    },
  );
});

describe('of several verdicts', () => {
  const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);

  async function report(verdicts: readonly [passed: boolean, at: Date][]): Promise<SignatureReport> {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    const key = newKey();
    for (const [passed, at] of verdicts) {
      await attachVerdict(repository, image, await signVerdict(verdict(image.digest, passed, at), key), key, [
        'bundle-referrer',
      ]);
    }
    return inspectSignatures(repository, image, trusting(key), NOW);
  }

  test.each<[string, [boolean, Date][], string]>([
    ['none', [], 'missing'],
    ['the one that passed', [[true, hoursAgo(1)]], 'passed'],
    [
      'a newer one that failed',
      [
        [true, hoursAgo(2)],
        [false, hoursAgo(1)],
      ],
      'failed',
    ],
    [
      'a newer one that passed',
      [
        [false, hoursAgo(2)],
        [true, hoursAgo(1)],
      ],
      'passed',
    ],
    [
      'the failed one of one moment',
      [
        [true, hoursAgo(1)],
        [false, hoursAgo(1)],
      ],
      'failed',
    ],
    ['one that is too old', [[true, hoursAgo(25)]], 'stale'],
    ['none from the future that passed', [[true, hoursAgo(-1)]], 'missing'],
    [
      'one from the future that failed',
      [
        [true, hoursAgo(1)],
        [false, hoursAgo(-1)],
      ],
      'failed',
    ],
    ['one a little from the future', [[true, hoursAgo(-0.05)]], 'passed'],
  ])('%s counts', async (_what, verdicts, wanted) => {
    expect(readVerdict(await report(verdicts), POLICY)).toMatchObject({ result: wanted });
  });

  test('the newest is read where there are more than are read', async () => {
    const repository = memoryRepository(false);
    const image = await pushImage(repository);
    const key = newKey();
    const older = Array.from({ length: MAX_MANIFESTS + 6 }, (_unused, at) => ({
      mediaType: OCI_MANIFEST,
      digest: sha256Of(Buffer.from(String(at))),
      size: 1,
      artifactType: BUNDLE_TYPE,
      annotations: { 'org.opencontainers.image.created': hoursAgo(at + 1).toISOString() },
    }));
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: older }));
    await repository.putManifest(signatureTag(image.digest, ''), index, OCI_INDEX);
    // It is added at the end, where the first 64 would not have it.
    const envelope = await signVerdict(verdict(image.digest, false, hoursAgo(0.5)), key);
    await attachVerdict(repository, image, envelope, key, ['bundle-fallback-tag']);
    const found = await inspectSignatures(repository, image, trusting(key), NOW);
    expect([found.complete, found.notes[0]]).toEqual([
      false,
      expect.stringContaining(`lists ${MAX_MANIFESTS + 7} bundles`),
    ]);
    expect(readVerdict(found, POLICY).result).toBe('failed');
  });

  test('the last layers of an .att tag are read where there are more', async () => {
    const repository = memoryRepository(false);
    const image = await pushImage(repository);
    const key = newKey();
    const layers: object[] = [];
    for (let ago = MAX_LAYERS + 5; ago > 0; ago--) {
      const envelope = await signVerdict(verdict(image.digest, ago > 1, hoursAgo(ago)), key);
      layers.push(await repository.putBlob(serializeEnvelope(envelope), DSSE_ENVELOPE_TYPE));
    }
    const config = await repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json');
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
    await repository.putManifest(
      signatureTag(image.digest, '.att'),
      Buffer.from(JSON.stringify(manifest)),
      OCI_MANIFEST,
    );
    const found = await inspectSignatures(repository, image, trusting(key), NOW);
    expect(found.attestations).toHaveLength(MAX_LAYERS);
    expect(readVerdict(found, POLICY).result).toBe('failed');
  });

  test('our own older verdicts make room in the shared tags, and nothing else does', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    const [key, other] = [newKey(), newKey()];
    const layers: object[] = [];
    const sign = async (by: SigningKey, ago: number, uri: string, passed: boolean) => {
      const said = { ...verdict(image.digest, passed, hoursAgo(ago)), policy: { uri, sha256: 'a'.repeat(64) } };
      return signVerdict(said, by);
    };
    const put = async (by: SigningKey, ago: number, uri = POLICY.uri, passed = true): Promise<void> => {
      const envelope = await sign(by, ago, uri, passed);
      await attachVerdict(repository, image, envelope, by, ['bundle-referrer']);
      layers.push(await repository.putBlob(serializeEnvelope(envelope), DSSE_ENVELOPE_TYPE));
    };
    await put(other, 99);
    await put(key, 98, 'https://example.com/other', false);
    for (let ago = KEPT_VERDICTS + 4; ago > 1; ago--) await put(key, ago);
    // What was written so far lies in the shared tags of a registry without the API.
    const { api } = await repository.referrers(image.digest);
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: api.descriptors };
    await repository.putManifest(signatureTag(image.digest, ''), Buffer.from(JSON.stringify(index)), OCI_INDEX);
    const config = await repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json');
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
    const bytes = Buffer.from(JSON.stringify(manifest));
    await repository.putManifest(signatureTag(image.digest, '.att'), bytes, OCI_MANIFEST);
    const forms = ['bundle-fallback-tag', 'att-tag'] as const;
    await attachVerdict(repository, image, await sign(key, 1, POLICY.uri, false), key, forms);

    const seen = await inspectSignatures(repository, image, trusting(key), NOW);
    for (const form of forms)
      expect(seen.attestations.filter(({ record }) => record.form === form)).toHaveLength(KEPT_VERDICTS + 2);
    const inTags = {
      ...seen,
      attestations: seen.attestations.filter(({ record }) => record.form !== 'bundle-referrer'),
    };
    expect(readVerdict(inTags, POLICY).result).toBe('failed');
    const any = { ...POLICY, maxAgeMs: null };
    expect(readVerdict(inTags, { ...any, uri: 'https://example.com/other' }).result).toBe('failed');
    const theirs = await inspectSignatures(repository, image, trusting(other), NOW);
    expect(readVerdict(theirs, any).result).toBe('passed');
  });

  test.each([true, false])(
    'one that refuses cannot be hidden by a replay of one that passed (referrers API: %s)',
    async (api) => {
      const repository = memoryRepository(api);
      const image = await pushImage(repository);
      const key = newKey();
      const put = async (passed: boolean, ago: number): Promise<string> => {
        const envelope = await signVerdict(verdict(image.digest, passed, hoursAgo(ago)), key);
        const [attached] = await attachVerdict(repository, image, envelope, key, ['bundle-referrer']);
        return attached?.manifest ?? '';
      };
      const passed = await put(true, 2);
      await put(false, 1);
      // Whoever may push: the old bundle in a new manifest that claims to be the newest, and much that claims the same.
      const { bytes } = await stored(repository, passed);
      const annotations = { 'org.opencontainers.image.created': '9999-01-01T00:00:00Z' };
      const last = { 'org.opencontainers.image.created': '9999-12-31T00:00:00Z' };
      const replayed = Buffer.from(JSON.stringify({ ...JSON.parse(bytes.toString('utf8')), annotations: last }));
      const again = await repository.putManifest(sha256Of(replayed), replayed, OCI_MANIFEST);
      const entries: Descriptor[] = [
        { mediaType: OCI_MANIFEST, artifactType: BUNDLE_TYPE, digest: again, size: replayed.length, annotations: last },
      ];
      for (let at = 0; at < MAX_MANIFESTS; at++) {
        const digest = sha256Of(Buffer.from(String(at)));
        entries.push({ mediaType: OCI_MANIFEST, artifactType: BUNDLE_TYPE, digest, size: 1, annotations });
      }
      const tag = await repository.manifest(signatureTag(image.digest, ''));
      const manifests = [...entries, ...(tag?.manifest.manifests ?? [])];
      if (api) repository.lies.push(...entries);
      else {
        const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
        await repository.putManifest(signatureTag(image.digest, ''), index, OCI_INDEX);
      }
      const found = await inspectSignatures(repository, image, trusting(key), NOW);
      expect(found.attestations.map(({ outcome }) => outcome)).toContain('valid');
      expect(readVerdict(found, POLICY)).toMatchObject({
        result: 'missing',
        says: expect.stringContaining('a newer verdict that refuses may be there'),
      });
    },
  );

  test('a .sig tag with more than is read hides no verdict', async () => {
    const repository = memoryRepository(false);
    const image = await pushImage(repository);
    const key = newKey();
    await attachVerdict(repository, image, await signVerdict(verdict(image.digest), key), key, ['bundle-referrer']);
    const payload = await repository.putBlob(Buffer.from('{}'), SIMPLE_SIGNING_TYPE);
    const layers = Array.from({ length: MAX_LAYERS + 1 }, () => payload);
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: payload, layers };
    await repository.putManifest(
      signatureTag(image.digest, '.sig'),
      Buffer.from(JSON.stringify(manifest)),
      OCI_MANIFEST,
    );
    const found = await inspectSignatures(repository, image, trusting(key), NOW);
    expect([found.complete, readVerdict(found, POLICY).result]).toEqual([false, 'passed']);
  });

  test('only that of the policy, its text and the verifier counts', async () => {
    const found = await report([[true, hoursAgo(1)]]);
    expect(
      readVerdict(found, { ...POLICY, sha256: 'a'.repeat(64), verifier: 'https://example.com/hemostat' }).result,
    ).toBe('passed');
    expect(readVerdict(found, { ...POLICY, uri: 'https://example.com/other' }).result).toBe('missing');
    expect(readVerdict(found, { ...POLICY, sha256: 'c'.repeat(64) }).result).toBe('missing');
    expect(readVerdict(found, { ...POLICY, verifier: 'https://evil.test' }).result).toBe('missing');
    expect(readVerdict(found, { ...POLICY, maxAgeMs: null, now: hoursAgo(-1000) }).result).toBe('passed');
  });

  test('that of a key that is not trusted does not count, and is named', async () => {
    const repository = memoryRepository(true);
    const image = await pushImage(repository);
    const key = newKey();
    await attachVerdict(repository, image, await signVerdict(verdict(image.digest), key), key, ['bundle-referrer']);
    const read = readVerdict(await inspectSignatures(repository, image, trusting(newKey()), NOW), POLICY);
    expect(read.result).toBe('missing');
    expect(read.says).toContain('was not made by a trusted key (ours)');
  });
});

describe('a private key', () => {
  const bytes = Buffer.from('x');

  test('of cosign is not opened without its password', () => {
    expect(() => openSigningKey('cosign.key', COSIGN_KEY, 'wrong')).toThrow(
      'the password is wrong, or the file was changed',
    );
    expect(() => openSigningKey('cosign.key', COSIGN_KEY, null)).toThrow(
      'give its password in COSIGN_PASSWORD or in a file',
    );
    expect(() => openSigningKey('cosign.key', COSIGN_KEY.replace('eyJ', 'eyK'), 'x')).toThrow(
      'is not an encrypted private key',
    );
  });

  test('is read from files, with the password from the environment or a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hemostat-key-'));
    try {
      const [file, password] = [join(folder, 'cosign.key'), join(folder, 'password')];
      await writeFile(file, COSIGN_KEY);
      await writeFile(password, 'for tests only\n');
      const byFile = await loadSigningKey(file, { COSIGN_PASSWORD: 'wrong' }, password);
      const byEnv = await loadSigningKey(file, { COSIGN_PASSWORD: 'for tests only' });
      const { publicKey } = recorded('cosign-p256');
      expect([byFile.publicKey, byEnv.publicKey]).toEqual([publicKey, publicKey]);
      await expect(loadSigningKey(file, {})).rejects.toThrow('is encrypted');
      await expect(loadSigningKey(join(folder, 'gone'), {})).rejects.toThrow('cannot be read');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('that asks for all memory is refused', () => {
    const parts = {
      kdf: { name: 'scrypt', params: { N: 2 ** 30, r: 8, p: 1 }, salt: '' },
      cipher: { name: 'nacl/secretbox', nonce: '' },
      ciphertext: '',
    };
    const body = Buffer.from(JSON.stringify(parts)).toString('base64');
    const pem = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${body}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
    expect(() => openSigningKey('big.key', pem, 'x')).toThrow('asks for more than 512 MiB');
  });

  test('that signs verdicts is told from one that signs images', () => {
    const [images, verdicts] = [newKey(), newKey()];
    expect(trustsKey(trusting(images), images)).toBe(true);
    expect(trustsKey(trusting(images), verdicts)).toBe(false);
  });

  test('may lie elsewhere, and what it signs is checked', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const good = externalKey('kms', pem, async (signed) => sign('sha256', signed, pair.privateKey));
    const digest = `sha256:${'c'.repeat(64)}`;
    expect((await signVerdict(verdict(digest), good)).signatures).toHaveLength(1);
    const bad = externalKey('kms', pem, async () => sign('sha256', bytes, pair.privateKey));
    await expect(signVerdict(verdict(digest), bad)).rejects.toThrow('does not hold with its public key');
  });
});
