/**
 * Opens a record: what bytes were signed, by which signatures, and what they say about which digest, before anybody is believed.
 * cosign's old annotations are turned into a sigstore bundle, so that one library checks certificates, logs and timestamps of all.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { type Bundle, bundleFromJSON, ValidationError } from '@sigstore/bundle';
import { HashAlgorithm } from '@sigstore/protobuf-specs';
import { z } from 'zod';
import { decodeBase64, IN_TOTO_PAYLOAD, parseEnvelope, preAuthEncoding } from './dsse.ts';
import type { SignatureRecord } from './signature.ts';
import { parseSimpleSigning, type SimpleSigning } from './simple-signing.ts';
import { COSIGN_SIGN_PREDICATE, parseStatement, type Statement } from './statement.ts';
import { parseStrictJson, SignatureFormatError } from './strict-json.ts';

/** Log entries and timestamps in one bundle: one or two are usual, each costs a signature check. */
const MAX_WITNESSES = 8;
/** Characters of a certificate or of a log's bundle in an annotation. */
const MAX_ANNOTATION = 64 << 10;

export interface SignedMaterial {
  /** The bytes that every one of `signatures` is over. */
  readonly signed: Buffer;
  readonly signatures: readonly Buffer[];
  readonly says:
    | { readonly kind: 'statement'; readonly statement: Statement }
    | { readonly kind: 'simple-signing'; readonly payload: SimpleSigning }
    /** The manifest itself was signed; `digest` is of the manifest that was signed, as the bundle claims. */
    | { readonly kind: 'manifest'; readonly digest: string };
  /** Of the key, as the bundle claims; null where it claims nothing. */
  readonly hint: string | null;
  /** DER of the signer's certificate. */
  readonly certificate: Buffer | null;
  /** What the library checks; null where there is neither certificate nor log entry nor timestamp. */
  readonly bundle: Bundle | null;
  /** Why certificate, log entry or timestamp cannot be checked, a clause; null where they can. */
  readonly unwitnessed: string | null;
}

/** `signature` or the predicate type that it claims. */
export function claimsOf(material: SignedMaterial): string {
  if (material.says.kind !== 'statement') return 'signature';
  const { predicateType } = material.says.statement;
  return predicateType === COSIGN_SIGN_PREDICATE ? 'signature' : predicateType;
}

/**
 * @param manifest the image's manifest, which a message signature is over
 * @throws SignatureFormatError and nothing else
 */
export function openRecord(record: Pick<SignatureRecord, 'form' | 'raw'>, manifest: Buffer): SignedMaterial {
  if ('bundle' in record.raw) return openBundle(record.raw.bundle, manifest);
  return record.form === 'att-tag' ? openAttestation(record.raw) : openSimpleSigning(record.raw);
}

export function openBundle(bytes: Uint8Array, manifest: Buffer): SignedMaterial {
  const bundle = readBundle(parseStrictJson(bytes, 'the bundle'));
  const common = { bundle: needsLibrary(bundle) ? bundle : null, unwitnessed: null, ...signerOf(bundle) };
  if (bundle.content.$case === 'messageSignature') {
    const { messageDigest, signature } = bundle.content.messageSignature;
    if (messageDigest.algorithm !== HashAlgorithm.SHA2_256) {
      throw new SignatureFormatError('the bundle signs a digest that is not SHA-256');
    }
    const says = { kind: 'manifest' as const, digest: `sha256:${messageDigest.digest.toString('hex')}` };
    return { signed: manifest, signatures: [signature], says, ...common };
  }
  const { payloadType, payload, signatures } = bundle.content.dsseEnvelope;
  return { ...openDsse(payloadType, payload), signatures: signatures.map(({ sig }) => sig), ...common };
}

type Annotated = Exclude<SignatureRecord['raw'], { readonly bundle: Buffer }>;

function openSimpleSigning(raw: Annotated): SignedMaterial {
  const payload = parseSimpleSigning(raw.payload);
  if (raw.signature === '') throw new SignatureFormatError('the layer has no signature in its annotations');
  const signature = decodeBase64(raw.signature, 'the signature of the layer');
  const content = {
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(raw.payload).digest('base64') },
      signature: signature.toString('base64'),
    },
  };
  return {
    signed: raw.payload,
    signatures: [signature],
    says: { kind: 'simple-signing', payload },
    hint: null,
    ...witnesses(raw, content),
  };
}

function openAttestation(raw: Annotated): SignedMaterial {
  const envelope = parseEnvelope(raw.payload);
  const signatures = envelope.signatures.map(({ sig }) => sig);
  const content = {
    dsseEnvelope: {
      payload: envelope.payload.toString('base64'),
      payloadType: envelope.payloadType,
      signatures: signatures.map((sig) => ({ sig: sig.toString('base64'), keyid: '' })),
    },
  };
  return { ...openDsse(envelope.payloadType, envelope.payload), signatures, hint: null, ...witnesses(raw, content) };
}

function openDsse(payloadType: string, payload: Buffer): Pick<SignedMaterial, 'signed' | 'says'> {
  if (payloadType !== IN_TOTO_PAYLOAD) {
    throw new SignatureFormatError(
      `the DSSE envelope holds ${JSON.stringify(payloadType.slice(0, 100))}, only ${IN_TOTO_PAYLOAD} says something about an image`,
    );
  }
  const statement = parseStatement(payload);
  return { signed: preAuthEncoding(payloadType, payload), says: { kind: 'statement', statement } };
}

/** The library's own checks of shape; its errors name members, its TypeErrors of hostile shapes nothing. */
function readBundle(json: unknown): Bundle {
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(json);
  } catch (error) {
    const what = error instanceof ValidationError ? `: ${error.fields.slice(0, 3).join(', ')}` : '';
    throw new SignatureFormatError(`the bundle is not a sigstore bundle that can be read${what}`);
  }
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  if (tlogEntries.length + (timestampVerificationData?.rfc3161Timestamps.length ?? 0) > MAX_WITNESSES) {
    throw new SignatureFormatError(`the bundle has more than ${MAX_WITNESSES} log entries and timestamps`);
  }
  return bundle;
}

function needsLibrary({ verificationMaterial }: Bundle): boolean {
  const { content, tlogEntries, timestampVerificationData } = verificationMaterial;
  return (
    content.$case !== 'publicKey' ||
    tlogEntries.length > 0 ||
    (timestampVerificationData?.rfc3161Timestamps.length ?? 0) > 0
  );
}

function signerOf({ verificationMaterial: { content } }: Bundle): Pick<SignedMaterial, 'hint' | 'certificate'> {
  if (content.$case === 'publicKey') return { hint: content.publicKey.hint || null, certificate: null };
  const certificate =
    content.$case === 'certificate' ? content.certificate : content.x509CertificateChain.certificates[0];
  return { hint: null, certificate: certificate === undefined ? null : Buffer.from(certificate.rawBytes) };
}

const REKOR = z.object({
  SignedEntryTimestamp: z.string(),
  Payload: z.object({
    body: z.string(),
    integratedTime: z.int().nonnegative(),
    logIndex: z.int().nonnegative(),
    logID: z.string().regex(/^[0-9a-f]{64}$/i),
  }),
});
const REKOR_BODY = z.object({ kind: z.string(), apiVersion: z.string() });
const TIMESTAMP = z.object({ SignedRFC3161Timestamp: z.string() });

/** A bundle v0.1 (the version that takes a log's promise without a proof) out of cosign's annotations. */
function witnesses(raw: Annotated, content: object): Pick<SignedMaterial, 'certificate' | 'bundle' | 'unwitnessed'> {
  const certificate = readCertificate(raw.certificate);
  const timestamp = raw.timestamp ?? null;
  if (certificate === null && raw.rekor === null && timestamp === null) {
    return { certificate: null, bundle: null, unwitnessed: null };
  }
  try {
    const bundle = readBundle({
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
      verificationMaterial: {
        ...(certificate === null
          ? { publicKey: { hint: '' } }
          : { x509CertificateChain: { certificates: [{ rawBytes: certificate.toString('base64') }] } }),
        tlogEntries: raw.rekor === null ? [] : [logEntry(raw.rekor)],
        ...(timestamp === null ? {} : { timestampVerificationData: { rfc3161Timestamps: [readTimestamp(timestamp)] } }),
      },
      ...content,
    });
    return { certificate, bundle, unwitnessed: null };
  } catch (error) {
    if (!(error instanceof SignatureFormatError)) throw error;
    return { certificate, bundle: null, unwitnessed: error.message };
  }
}

function readCertificate(pem: string | null): Buffer | null {
  if (pem === null) return null;
  if (pem.length > MAX_ANNOTATION) throw new SignatureFormatError('the certificate of the layer is too long');
  try {
    return new X509Certificate(pem).raw;
  } catch {
    throw new SignatureFormatError('the certificate of the layer is not one in PEM');
  }
}

function logEntry(annotation: string): object {
  const { SignedEntryTimestamp, Payload } = readAnnotation(REKOR, annotation, 'log entry (dev.sigstore.cosign/bundle)');
  const body = decodeBase64(Payload.body, 'the body of the log entry');
  const kind = REKOR_BODY.safeParse(parseStrictJson(body, 'the body of the log entry'));
  if (!kind.success) throw new SignatureFormatError('the body of the log entry has no kind and version');
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
    kindVersion: { kind: kind.data.kind, version: kind.data.apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  };
}

function readTimestamp(annotation: string): object {
  const { SignedRFC3161Timestamp } = readAnnotation(
    TIMESTAMP,
    annotation,
    'timestamp (dev.sigstore.cosign/rfc3161timestamp)',
  );
  return { signedTimestamp: SignedRFC3161Timestamp };
}

function readAnnotation<T>(schema: z.ZodType<T>, annotation: string, what: string): T {
  if (annotation.length > MAX_ANNOTATION) throw new SignatureFormatError(`the ${what} is too long`);
  const read = schema.safeParse(parseStrictJson(Buffer.from(annotation), `the ${what}`));
  if (!read.success)
    throw new SignatureFormatError(`the ${what} lacks ${read.error.issues[0]?.path.join('.') ?? 'its members'}`);
  return read.data;
}
