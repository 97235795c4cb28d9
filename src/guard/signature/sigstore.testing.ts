/**
 * For tests: a sigstore of one's own, i.e. a certificate authority as Fulcio (RFC 5280, and Fulcio's own OIDs), a certificate
 * transparency log (RFC 6962), a transparency log as Rekor v1 and a timestamp authority (RFC 3161), each with one key, and the trusted root that names them.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface Issued {
  readonly privateKey: KeyObject;
  /** DER. */
  readonly certificate: Buffer;
  readonly pem: string;
}

export interface IssueOptions {
  readonly subject: string;
  readonly issuer: string;
  /** Valid for ten minutes from then. */
  readonly from: Date;
  /** Without: no certificate transparency log has seen it. */
  readonly sct?: boolean;
}

/** What a log says of one signature: the entry of a bundle and of cosign's annotation. */
export interface Logged {
  readonly entry: object;
  readonly annotation: string;
}

export interface TestSigstore {
  readonly trustedRoot: string;
  issue(options: IssueOptions): Issued;
  /** @param signedDigest hex SHA-256 of the bytes that the signature is over */
  log(signature: Buffer, signedDigest: string, at: Date): Logged;
  /** An RFC 3161 answer about the signature's bytes, DER. */
  timestamp(signature: Buffer, at: Date): Buffer;
}

const START = new Date('2026-01-01T00:00:00Z');
const TEN_MINUTES = 10 * 60_000;

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const seq = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
const time = (date: Date): Buffer => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+Z/g, '')}Z`));
const TRUE = der(0x01, Buffer.from([0xff]));

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

const ECDSA_SHA256 = seq(oid('1.2.840.10045.4.3.2'));
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const keyId = (key: KeyObject): Buffer => createHash('sha1').update(spkiOf(key)).digest();
const named = (name: string): Buffer => seq(der(0x31, seq(oid('2.5.4.3'), utf8(name))));
const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  seq(oid(id), ...(critical ? [TRUE] : []), octets(value));

interface Tbs {
  readonly subject: Buffer;
  readonly key: KeyObject;
  readonly from: Date;
  readonly to: Date;
  readonly extensions: readonly Buffer[];
}

let serial = 1;

function tbs({ subject, key, from, to, extensions }: Tbs, number: number): Buffer {
  return seq(
    der(0xa0, der(0x02, Buffer.from([2]))),
    serialNumber(number),
    ECDSA_SHA256,
    named('test fulcio'),
    seq(time(from), time(to)),
    subject,
    spkiOf(key),
    der(0xa3, seq(...extensions)),
  );
}

const serialNumber = (number: number): Buffer => der(0x02, Buffer.from([1, number >> 8, number & 255]));

function certify(bytes: Buffer, by: KeyObject): Buffer {
  return seq(bytes, ECDSA_SHA256, der(0x03, Buffer.from([0]), sign('sha256', bytes, by)));
}

const pair = (): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' });

export function testSigstore(): TestSigstore {
  const ca = pair();
  const ct = pair();
  const rekor = pair();
  const tsa = pair();
  const to = new Date('2036-01-01T00:00:00Z');
  const rootExtensions = [
    extension('2.5.29.19', seq(TRUE), true),
    extension('2.5.29.15', der(0x03, Buffer.from([1, 0x06])), true),
    extension('2.5.29.14', octets(keyId(ca.publicKey))),
  ];
  const root = tbs(
    { subject: named('test fulcio'), key: ca.publicKey, from: START, to, extensions: rootExtensions },
    serial++,
  );
  const rootCertificate = { rawBytes: certify(root, ca.privateKey).toString('base64') };
  const tsaSerial = serial++;
  const tsaExtensions = [extension('2.5.29.35', seq(der(0x80, keyId(ca.publicKey))))];
  const tsaShape = { subject: named('test tsa'), key: tsa.publicKey, from: START, to, extensions: tsaExtensions };
  const tsaCertificate = { rawBytes: certify(tbs(tsaShape, tsaSerial), ca.privateKey).toString('base64') };
  const validFor = { start: START.toISOString() };
  const instance = (url: string, key: KeyObject): object => ({
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: spkiOf(key).toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: sha256(spkiOf(key)).toString('base64') },
  });
  return {
    trustedRoot: JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [instance('https://rekor.test', rekor.publicKey)],
      certificateAuthorities: [
        {
          subject: { organization: 'test', commonName: 'test fulcio' },
          uri: 'https://fulcio.test',
          certChain: { certificates: [rootCertificate] },
          validFor,
        },
      ],
      ctlogs: [instance('https://ct.test', ct.publicKey)],
      timestampAuthorities: [
        {
          subject: { organization: 'test', commonName: 'test tsa' },
          uri: 'https://tsa.test',
          certChain: { certificates: [tsaCertificate, rootCertificate] },
          validFor,
        },
      ],
    }),
    issue: (options) => issue(options, ca, ct),
    log: (signature, signedDigest, at) => logged(rekor, signature, signedDigest, at),
    timestamp: (signature, at) => timestamped(tsa, tsaSerial, signature, at),
  };
}

type Pair = ReturnType<typeof pair>;

function issue({ subject, issuer, from, sct }: IssueOptions, ca: Pair, ct: Pair): Issued {
  const own = pair();
  // A name by its kind: [1] an address of mail, [6] a URI.
  const name = der(subject.startsWith('https://') ? 0x86 : 0x81, Buffer.from(subject));
  const extensions = [
    extension('2.5.29.15', der(0x03, Buffer.from([7, 0x80])), true),
    extension('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.3'))),
    extension('2.5.29.35', seq(der(0x80, keyId(ca.publicKey)))),
    extension('2.5.29.17', seq(name), true),
    extension('1.3.6.1.4.1.57264.1.8', utf8(issuer)),
  ];
  const number = serial++;
  const shape = { subject: seq(), key: own.publicKey, from, to: new Date(from.getTime() + TEN_MINUTES), extensions };
  const list = sct === false ? [] : [sctExtension(tbs(shape, number), ca, ct, from)];
  const certificate = certify(tbs({ ...shape, extensions: [...extensions, ...list] }, number), ca.privateKey);
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  return { privateKey: own.privateKey, certificate, pem };
}

/** RFC 6962 sections 3.2 and 3.3: the log signs the certificate as it is without this extension. */
function sctExtension(precertificate: Buffer, ca: Pair, ct: Pair, at: Date): Buffer {
  const uint = (value: number | bigint, bytes: number): Buffer =>
    Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
  const when = uint(at.getTime(), 8);
  const signed = Buffer.concat([
    Buffer.from([0, 0]),
    when,
    uint(1, 2),
    sha256(spkiOf(ca.publicKey)),
    uint(precertificate.length, 3),
    precertificate,
    uint(0, 2),
  ]);
  const signature = sign('sha256', signed, ct.privateKey);
  const logId = sha256(spkiOf(ct.publicKey));
  const stamp = Buffer.concat([
    Buffer.from([0]),
    logId,
    when,
    uint(0, 2),
    Buffer.from([4, 3]),
    uint(signature.length, 2),
    signature,
  ]);
  const list = Buffer.concat([uint(stamp.length + 2, 2), uint(stamp.length, 2), stamp]);
  return extension('1.3.6.1.4.1.11129.2.4.2', octets(list));
}

/** The only entry of a tree: its root is the hash of the leaf. */
function logged(rekor: Pair, signature: Buffer, signedDigest: string, at: Date): Logged {
  const body = Buffer.from(
    JSON.stringify({
      apiVersion: '0.0.1',
      kind: 'hashedrekord',
      spec: {
        data: { hash: { algorithm: 'sha256', value: signedDigest } },
        signature: { content: signature.toString('base64'), publicKey: { content: '' } },
      },
    }),
  );
  const logId = sha256(spkiOf(rekor.publicKey));
  const integratedTime = Math.floor(at.getTime() / 1000);
  // Keys in order: Rekor signs the canonical JSON.
  const payload = { body: body.toString('base64'), integratedTime, logID: logId.toString('hex'), logIndex: 0 };
  const promise = sign('sha256', Buffer.from(JSON.stringify(payload)), rekor.privateKey).toString('base64');
  const rootHash = sha256(Buffer.concat([Buffer.from([0]), body])).toString('base64');
  const note = `rekor.test - 1\n1\n${rootHash}\n`;
  const noteSignature = Buffer.concat([logId.subarray(0, 4), sign('sha256', Buffer.from(note), rekor.privateKey)]);
  return {
    entry: {
      logIndex: '0',
      logId: { keyId: logId.toString('base64') },
      kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
      integratedTime: String(integratedTime),
      inclusionPromise: { signedEntryTimestamp: promise },
      inclusionProof: {
        logIndex: '0',
        rootHash,
        treeSize: '1',
        hashes: [],
        checkpoint: { envelope: `${note}\n\u2014 rekor.test ${noteSignature.toString('base64')}\n` },
      },
      canonicalizedBody: body.toString('base64'),
    },
    annotation: JSON.stringify({ SignedEntryTimestamp: promise, Payload: payload }),
  };
}

const SHA256 = seq(oid('2.16.840.1.101.3.4.2.1'));
const TST_INFO = oid('1.2.840.113549.1.9.16.1.4');

/** RFC 3161 section 2.4.2, in a CMS SignedData (RFC 5652 section 5) whose one signer is named by issuer and serial number. */
function timestamped(tsa: Pair, number: number, signature: Buffer, at: Date): Buffer {
  const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));
  const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts);
  const info = seq(integer(1), oid('1.2.3.4'), seq(SHA256, octets(sha256(signature))), integer(1), time(at));
  const attributes = [
    seq(oid('1.2.840.113549.1.9.3'), set(TST_INFO)),
    seq(oid('1.2.840.113549.1.9.4'), set(octets(sha256(info)))),
  ];
  // Signed as a SET, carried under the tag [0].
  const signed = sign('sha256', set(...attributes), tsa.privateKey);
  const signer = seq(
    integer(1),
    seq(named('test fulcio'), serialNumber(number)),
    SHA256,
    der(0xa0, ...attributes),
    ECDSA_SHA256,
    octets(signed),
  );
  const data = seq(integer(3), set(SHA256), seq(TST_INFO, der(0xa0, octets(info))), set(signer));
  return seq(seq(integer(0)), seq(oid('1.2.840.113549.1.7.2'), der(0xa0, data)));
}
