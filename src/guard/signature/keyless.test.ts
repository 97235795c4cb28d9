/** Signatures by certificates against a trusted root from a file, in both formats, without any network. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { OCI_MANIFEST } from '../registry/oci-manifest.ts';
import { IN_TOTO_PAYLOAD, preAuthEncoding } from './dsse.ts';
import { BUNDLE_TYPE, SIMPLE_SIGNING_TYPE, signatureTag } from './find.ts';
import { inspectSignatures } from './inspect.ts';
import type { TrustPolicy, VerifiedSignature } from './signature.ts';
import { type IssueOptions, testSigstore } from './sigstore.testing.ts';
import { COSIGN_SIGN_PREDICATE } from './statement.ts';
import { memoryRepository, pushBundle, pushImage } from './testing.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const SIGNED = new Date('2026-06-01T12:05:00Z');
const SUBJECT = 'https://github.com/shop/api/.github/workflows/release.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
/** After the certificate ended. */
const LATE = new Date('2026-06-01T13:00:00Z');
const backdate = (json: string): string =>
  json.replaceAll(String(LATE.getTime() / 1000), String(SIGNED.getTime() / 1000));
const sigstore = testSigstore();
const WORKFLOW: IssueOptions = { subject: SUBJECT, issuer: ISSUER, from: new Date('2026-06-01T12:00:00Z') };

interface Case {
  readonly certificate?: Partial<IssueOptions>;
  /** When the log saw it; null: it did not. */
  readonly loggedAt?: Date | null;
  /** When a timestamp authority saw the signature; not given: none did. */
  readonly stampedAt?: Date;
  /** Of other bytes than the signature. */
  readonly stamps?: Buffer;
  readonly trust?: Partial<TrustPolicy>;
  readonly from?: ReturnType<typeof testSigstore>;
  readonly log?: ReturnType<typeof testSigstore>;
  /** Changes the log entry. */
  readonly spoil?: (json: string) => string;
}

const policy = (over: Partial<TrustPolicy> = {}): TrustPolicy => ({
  keys: [],
  identities: [{ issuer: ISSUER, subject: SUBJECT }],
  trustedRoot: sigstore.trustedRoot,
  requireLog: null,
  ...over,
});

async function bundle({
  certificate,
  loggedAt = SIGNED,
  trust,
  from = sigstore,
  log = from,
  spoil = (json) => json,
  stampedAt,
  stamps,
}: Case): Promise<VerifiedSignature> {
  const repository = memoryRepository(true);
  const image = await pushImage(repository);
  const issued = from.issue({ ...WORKFLOW, ...certificate });
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: image.digest.slice(7) } }],
    predicateType: COSIGN_SIGN_PREDICATE,
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const signed = preAuthEncoding(IN_TOTO_PAYLOAD, payload);
  const sig = sign('sha256', signed, issued.privateKey);
  const entries =
    loggedAt === null ? [] : [log.log(sig, createHash('sha256').update(signed).digest('hex'), loggedAt).entry];
  const json = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: {
      certificate: { rawBytes: issued.certificate.toString('base64') },
      tlogEntries: JSON.parse(spoil(JSON.stringify(entries))),
      ...(stampedAt === undefined
        ? {}
        : { timestampVerificationData: { rfc3161Timestamps: [stamp(from, stamps ?? sig, stampedAt)] } }),
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO_PAYLOAD,
      signatures: [{ sig: sig.toString('base64') }],
    },
  };
  await pushBundle(repository, image, Buffer.from(JSON.stringify(json)));
  return only((await inspectSignatures(repository, image, policy(trust), NOW)).signatures);
}

/** The same as cosign 1 and 2 write it: certificate and the log's promise in annotations. */
async function annotated({
  certificate,
  loggedAt = SIGNED,
  trust,
  from = sigstore,
  log = from,
  spoil = (json) => json,
  stampedAt,
  stamps,
}: Case): Promise<VerifiedSignature> {
  const repository = memoryRepository(false);
  const image = await pushImage(repository);
  const issued = from.issue({ ...WORKFLOW, ...certificate });
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': '' },
        image: { 'docker-manifest-digest': image.digest },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
  const sig = sign('sha256', payload, issued.privateKey);
  const layer = await repository.putBlob(payload, SIMPLE_SIGNING_TYPE);
  const annotations = {
    'dev.cosignproject.cosign/signature': sig.toString('base64'),
    'dev.sigstore.cosign/certificate': issued.pem,
    ...(stampedAt === undefined
      ? {}
      : {
          'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({
            SignedRFC3161Timestamp: stamp(from, stamps ?? sig, stampedAt).signedTimestamp,
          }),
        }),
    ...(loggedAt === null
      ? {}
      : {
          'dev.sigstore.cosign/bundle': spoil(
            log.log(sig, createHash('sha256').update(payload).digest('hex'), loggedAt).annotation,
          ),
        }),
  };
  const config = await repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json');
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [{ ...layer, annotations }] }),
  );
  await repository.putManifest(signatureTag(image.digest, '.sig'), bytes, OCI_MANIFEST);
  return only((await inspectSignatures(repository, image, policy(trust), NOW)).signatures);
}

function stamp(by: ReturnType<typeof testSigstore>, bytes: Buffer, at: Date): { signedTimestamp: string } {
  return { signedTimestamp: by.timestamp(bytes, at).toString('base64') };
}

function only(signatures: readonly VerifiedSignature[]): VerifiedSignature {
  const [first] = signatures;
  if (first === undefined || signatures.length !== 1) throw new Error(`${signatures.length} signatures`);
  return first;
}

const identity = (subject: string, issuer = ISSUER): Pick<Case, 'trust'> => ({
  trust: { identities: [{ issuer, subject }] },
});

describe.each([
  ['a bundle v0.3', bundle],
  ['annotations of a .sig tag', annotated],
])('%s', (_form, look) => {
  test('is valid for the identity, at the time that the log says', async () => {
    const found = await look({});
    expect([found.outcome, found.signer, found.signedAt]).toEqual(['valid', `${SUBJECT} (${ISSUER})`, SIGNED]);
  });

  test.each<[string, Case, string]>([
    ['a pattern that matches the whole', identity('/https:\\/\\/github\\.com\\/shop\\/api\\/.*/'), 'valid'],
    ['a pattern that matches a part', identity('/github\\.com\\/shop\\/api/'), 'untrusted-identity'],
    ['a pattern with a choice that matches a part', identity('/x|https:\\/\\/github\\.com/'), 'untrusted-identity'],
    ['a subject that is the beginning only', identity('https://github.com/shop/api'), 'untrusted-identity'],
    ['a subject whose dots are any sign', identity(SUBJECT.replace('github.com', 'github?com')), 'untrusted-identity'],
    ['another issuer', identity(SUBJECT, 'https://issuer.test'), 'untrusted-identity'],
    ['an issuer that is the beginning only', identity(SUBJECT, 'https://token.actions'), 'untrusted-identity'],
    ['another subject', { certificate: { subject: `${SUBJECT}.evil` } }, 'untrusted-identity'],
    ['an address of mail', { certificate: { subject: 'dev@shop.test' }, ...identity('dev@shop.test') }, 'valid'],
    ['a certificate that had ended', { loggedAt: new Date('2026-06-01T12:11:00Z') }, 'expired'],
    ['a certificate that had not begun', { loggedAt: new Date('2026-06-01T11:59:00Z') }, 'expired'],
    ['no log entry', { loggedAt: null }, 'not-in-log'],
    [
      'no log entry, and none demanded: nobody says when',
      { loggedAt: null, trust: { requireLog: false } },
      'not-in-log',
    ],
    ['another authority', { from: testSigstore(), log: sigstore }, 'untrusted-identity'],
    ['another log', { log: testSigstore() }, 'not-in-log'],
    ['a certificate that no transparency log saw', { certificate: { sct: false } }, 'untrusted-identity'],
    ['a time that the log did not sign', { loggedAt: LATE, spoil: backdate }, 'not-in-log'],
    [
      'a timestamp and no log entry, where none is demanded',
      { loggedAt: null, stampedAt: SIGNED, trust: { requireLog: false } },
      'valid',
    ],
    ['a timestamp and no log entry, where one is demanded', { loggedAt: null, stampedAt: SIGNED }, 'not-in-log'],
    [
      'a timestamp after the certificate ended',
      { loggedAt: null, stampedAt: LATE, trust: { requireLog: false } },
      'expired',
    ],
    [
      'a timestamp of something else',
      { loggedAt: null, stampedAt: SIGNED, stamps: Buffer.from('x'), trust: { requireLog: false } },
      'invalid',
    ],
    ['a log entry in time and a timestamp too late', { stampedAt: LATE }, 'expired'],
    [
      'keys that are trusted only',
      { trust: { identities: [], keys: [{ name: 'k', pem: somePublicKey() }] } },
      'untrusted-identity',
    ],
  ])('with %s', async (_what, given, wanted) => {
    const found = await look(given);
    expect([found.outcome, found.says]).toEqual([wanted, expect.any(String)]);
    expect(found.signer === '').toBe(wanted !== 'valid');
  });
});

test('an annotation that cannot be turned into a log entry is not in a log', async () => {
  for (const spoil of [
    (): string => '{',
    (): string => '{}',
    (json: string): string => json.replace('"body":"', '"body":"!'),
  ]) {
    expect((await annotated({ spoil })).outcome).toBe('not-in-log');
  }
});

describe("an entry without the log's promise (Rekor v2)", () => {
  const promiseless = (json: string): string =>
    json.replace(/"integratedTime":"\d+"/, '"integratedTime":"0"').replace(/"inclusionPromise":\{[^}]*\},/, '');

  test('is in the log by its proof, and a timestamp says when', async () => {
    expect(promiseless('"integratedTime":"17","inclusionPromise":{"a":1},"b"')).toBe('"integratedTime":"0","b"');
    expect(await bundle({ spoil: promiseless, stampedAt: SIGNED })).toMatchObject({
      outcome: 'valid',
      signedAt: SIGNED,
    });
    expect(await bundle({ spoil: promiseless })).toMatchObject({ outcome: 'not-in-log' });
  });

  test('is not in the log where the checkpoint is another one', async () => {
    const changed = (json: string): string => promiseless(json).replace('rekor.test - 1', 'rekor.test - 2');
    expect(await bundle({ spoil: changed, stampedAt: SIGNED })).toMatchObject({ outcome: 'not-in-log' });
    const proofless = (json: string): string => promiseless(json).replace(/"inclusionProof":\{.*?\}\},/, '');
    expect((await bundle({ spoil: proofless, stampedAt: SIGNED })).outcome).not.toBe('valid');
  });
});

test('a log entry of another signature does not count', async () => {
  const other = sigstore.log(Buffer.from('other'), '0'.repeat(64), SIGNED);
  expect((await bundle({ spoil: () => JSON.stringify([other.entry]) })).outcome).toBe('not-in-log');
  expect((await annotated({ spoil: () => other.annotation })).outcome).toBe('not-in-log');
});

describe('a key that ended since', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

  async function signed(
    loggedAt: Date,
    trust: Partial<TrustPolicy>,
    spoil = (json: string): string => json,
  ): Promise<VerifiedSignature> {
    const repository = memoryRepository(false);
    const image = await pushImage(repository);
    const critical = {
      identity: { 'docker-reference': '' },
      image: { 'docker-manifest-digest': image.digest },
      type: 'cosign container image signature',
    };
    const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
    const sig = sign('sha256', payload, privateKey);
    const layer = await repository.putBlob(payload, SIMPLE_SIGNING_TYPE);
    const { annotation } = sigstore.log(sig, createHash('sha256').update(payload).digest('hex'), loggedAt);
    const annotations = {
      'dev.cosignproject.cosign/signature': sig.toString('base64'),
      'dev.sigstore.cosign/bundle': spoil(annotation),
    };
    const config = await repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json');
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [{ ...layer, annotations }] };
    await repository.putManifest(
      signatureTag(image.digest, '.sig'),
      Buffer.from(JSON.stringify(manifest)),
      OCI_MANIFEST,
    );
    const keys = [{ name: 'old.pub', pem, notAfter: new Date('2026-06-01T12:30:00Z') }];
    return only(
      (await inspectSignatures(repository, image, policy({ identities: [], keys, ...trust }), NOW)).signatures,
    );
  }

  test('signed what a log saw before', async () => {
    expect(await signed(SIGNED, {})).toMatchObject({ outcome: 'valid', signer: 'old.pub', signedAt: SIGNED });
    expect(await signed(SIGNED, { requireLog: true })).toMatchObject({ outcome: 'valid' });
  });

  test('did not sign what a log saw later, or says it saw, or nobody can check', async () => {
    expect(await signed(LATE, {})).toMatchObject({ outcome: 'expired' });
    expect(await signed(LATE, {}, backdate)).toMatchObject({ outcome: 'expired' });
    expect(await signed(LATE, { requireLog: true }, backdate)).toMatchObject({ outcome: 'not-in-log' });
    expect(await signed(SIGNED, { trustedRoot: null })).toMatchObject({ outcome: 'expired' });
  });
});

function somePublicKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
}
