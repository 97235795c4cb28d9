/**
 * A sigstore of our own for tests: a certificate authority like Fulcio, a certificate transparency log and a transparency log
 * like Rekor, all in memory, with the trusted root that belongs to them. What it makes, the real verifier accepts.
 */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
const STATEMENT_TYPE = 'application/vnd.in-toto+json';
const DAY_MS = 86_400_000;

interface Log {
  readonly key: KeyObject;
  readonly id: Buffer;
  readonly spki: Buffer;
}

/** Who a certificate is for. */
export interface Identity {
  /** Subject alternative name, e.g. `https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1`. */
  readonly workflow: string;
  /** Source Repository URI. */
  readonly repository: string;
  readonly issuer?: string;
}

export interface FakeSigstore {
  /** The JSON of a trusted root. */
  readonly trustedRoot: object;
  /** A bundle around a statement, signed with a certificate. */
  certified(statement: object, identity: Identity, at: Date): object;
  /** A bundle around a statement, signed with a key that is known by its id. */
  keyed(statement: object, key: KeyObject, keyid: string, at: Date): object;
}

export function makeFakeSigstore(): FakeSigstore {
  const ca = newKey();
  const rekor = newLog();
  const ctlog = newLog();
  const root = rootCertificate(ca.key, ca.spki);
  const since = '2020-01-01T00:00:00.000Z';
  const logOf = ({ id, spki }: Log, baseUrl: string) => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: spki.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: { start: since } },
    logId: { keyId: id.toString('base64') },
  });
  const authority = {
    subject: { organization: 'test', commonName: 'test' },
    uri: 'https://fulcio.test.invalid',
    certChain: { certificates: [{ rawBytes: root.toString('base64') }] },
    validFor: { start: since },
  };
  return {
    trustedRoot: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [logOf(rekor, 'https://rekor.test.invalid')],
      certificateAuthorities: [authority],
      ctlogs: [logOf(ctlog, 'https://ct.test.invalid')],
      timestampAuthorities: [],
    },
    certified(statement, identity, at) {
      const leaf = newKey();
      const certificate = leafCertificate(leaf.spki, ca, ctlog, identity, at);
      const material = { x509CertificateChain: { certificates: [{ rawBytes: certificate.toString('base64') }] } };
      return bundle(statement, leaf.key, '', material, rekor, at);
    },
    keyed(statement, key, keyid, at) {
      return bundle(statement, key, keyid, { publicKey: { hint: keyid } }, rekor, at);
    },
  };
}

function bundle(statement: object, key: KeyObject, keyid: string, material: object, rekor: Log, at: Date): object {
  const payload = Buffer.from(JSON.stringify(statement));
  const encoded = Buffer.concat([
    Buffer.from(`DSSEv1 ${STATEMENT_TYPE.length} ${STATEMENT_TYPE} ${payload.length} `),
    payload,
  ]);
  const signature = sign('sha256', encoded, key).toString('base64');
  const body = {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      payloadHash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') },
      signatures: [{ signature, verifier: '' }],
    },
  };
  const canonicalizedBody = Buffer.from(JSON.stringify(body)).toString('base64');
  const integratedTime = Math.floor(at.getTime() / 1000);
  // The keys are in canonical order already.
  const promised = { body: canonicalizedBody, integratedTime, logID: rekor.id.toString('hex'), logIndex: 1 };
  const signedEntryTimestamp = sign('sha256', Buffer.from(JSON.stringify(promised)), rekor.key).toString('base64');
  return {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: {
      ...material,
      tlogEntries: [
        {
          logIndex: '1',
          logId: { keyId: rekor.id.toString('base64') },
          kindVersion: { kind: 'dsse', version: '0.0.1' },
          integratedTime: String(integratedTime),
          inclusionPromise: { signedEntryTimestamp },
          canonicalizedBody,
        },
      ],
      timestampVerificationData: { rfc3161Timestamps: [] },
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: STATEMENT_TYPE,
      signatures: [{ sig: signature, keyid }],
    },
  };
}

function newKey(): { key: KeyObject; spki: Buffer } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { key: privateKey, spki: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }) };
}

function newLog(): Log {
  const made = newKey();
  return { ...made, id: createHash('sha256').update(made.spki).digest() };
}

// X.509 (RFC 5280) in DER: tag, length, content.

function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);
const octets = (content: Uint8Array): Buffer => der(0x04, content);
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const digits = [part & 127];
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 127) | 128);
    bytes.push(...digits);
  }
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime: years 1950 to 2049. */
function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([255]))] : []), octets(value));
}

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const ROOT_NAME = sequence(der(0x31, sequence(oid('2.5.4.3'), utf8('test root'))));

function certificate(tbs: Buffer, key: KeyObject): Buffer {
  return sequence(tbs, ECDSA_SHA256, der(0x03, Buffer.from([0]), sign('sha256', tbs, key)));
}

function tbsCertificate(subject: Buffer, spki: Buffer, from: Date, to: Date, extensions: readonly Buffer[]): Buffer {
  const serial = randomBytes(8);
  serial[0] = 1;
  return sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_SHA256,
    ROOT_NAME,
    sequence(time(from), time(to)),
    subject,
    spki,
    der(0xa3, sequence(...extensions)),
  );
}

function rootCertificate(key: KeyObject, spki: Buffer): Buffer {
  const extensions = [
    extension('2.5.29.15', der(0x03, Buffer.from([1, 0x06])), true),
    extension('2.5.29.19', sequence(der(0x01, Buffer.from([255]))), true),
  ];
  const tbs = tbsCertificate(ROOT_NAME, spki, new Date('2020-01-01'), new Date('2049-01-01'), extensions);
  return certificate(tbs, key);
}

function leafCertificate(
  spki: Buffer,
  ca: { key: KeyObject; spki: Buffer },
  ctlog: Log,
  identity: Identity,
  at: Date,
): Buffer {
  const from = new Date(at.getTime() - 60_000);
  const to = new Date(at.getTime() + DAY_MS / 144);
  const extensions = [
    extension('2.5.29.15', der(0x03, Buffer.from([7, 0x80])), true),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.3'))),
    extension('2.5.29.17', sequence(der(0x86, Buffer.from(identity.workflow))), true),
    extension('1.3.6.1.4.1.57264.1.8', utf8(identity.issuer ?? 'https://token.actions.githubusercontent.com')),
    extension('1.3.6.1.4.1.57264.1.12', utf8(identity.repository)),
  ];
  // The serial number is part of what the log signs, so the same bytes are used for both.
  const precertificate = tbsCertificate(sequence(), spki, from, to, extensions);
  const stamp = extension('1.3.6.1.4.1.11129.2.4.2', octets(timestampList(precertificate, ca.spki, ctlog, at)));
  return certificate(withExtension(precertificate, extensions, stamp), ca.key);
}

/** The same certificate with one more extension at the end. */
function withExtension(tbs: Buffer, extensions: readonly Buffer[], added: Buffer): Buffer {
  const old = der(0xa3, sequence(...extensions));
  const content = tbs.subarray(tbs[1] === 0x82 ? 4 : tbs[1] === 0x81 ? 3 : 2);
  return der(0x30, content.subarray(0, content.length - old.length), der(0xa3, sequence(...extensions, added)));
}

/** RFC 6962, 3.2 and 3.3: a list with one signed certificate timestamp. */
function timestampList(tbs: Buffer, issuer: Buffer, log: Log, at: Date): Buffer {
  const when = Buffer.alloc(8);
  when.writeBigUInt64BE(BigInt(at.getTime()));
  const length = Buffer.from([tbs.length >> 16, (tbs.length >> 8) & 255, tbs.length & 255]);
  const issuerHash = createHash('sha256').update(issuer).digest();
  const signed = Buffer.concat([
    Buffer.from([0, 0]),
    when,
    Buffer.from([0, 1]),
    issuerHash,
    length,
    tbs,
    Buffer.from([0, 0]),
  ]);
  const signature = sign('sha256', signed, log.key);
  const head = Buffer.from([0, 0, 4, 3, signature.length >> 8, signature.length & 255]);
  const one = Buffer.concat([Buffer.from([0]), log.id, when, head, signature]);
  const both = Buffer.alloc(4);
  both.writeUInt16BE(one.length + 2, 0);
  both.writeUInt16BE(one.length, 2);
  return Buffer.concat([both, one]);
}
