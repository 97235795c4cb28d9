/** For tests: keys, and what is signed with them as cosign writes it, right or wrong in one point. */
import { generateKeyPairSync } from 'node:crypto';
import { OCI_MANIFEST } from '../registry/oci-manifest.ts';
import type { Repository, StoredManifest } from '../registry/registry.ts';
import { type Envelope, IN_TOTO_PAYLOAD, preAuthEncoding } from './dsse.ts';
import { SIMPLE_SIGNING_TYPE, signatureTag } from './find.ts';
import type { SignatureReport, TrustPolicy } from './signature.ts';
import { openSigningKey, type SigningKey } from './signing-key.ts';
import { COSIGN_SIGN_PREDICATE } from './statement.ts';

export function trusting(...pems: string[]): TrustPolicy {
  return {
    keys: pems.map((pem, at) => ({ name: `key${at}.pub`, pem })),
    identities: [],
    trustedRoot: null,
    requireLog: null,
  };
}

export function newKey(name = 'ours'): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return openSigningKey(name, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), null);
}

export async function envelope(
  key: SigningKey,
  statement: object | string,
  payloadType = IN_TOTO_PAYLOAD,
): Promise<Envelope> {
  const payload = Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement));
  return {
    payloadType,
    payload,
    signatures: [{ keyid: '', sig: await key.sign(preAuthEncoding(payloadType, payload)) }],
  };
}

export function signStatement(digest: string, predicateType = COSIGN_SIGN_PREDICATE): object {
  const subject = [{ digest: { sha256: digest.slice(7) } }];
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate: {} };
}

export async function pushLayers(repository: Repository, tag: string, layers: readonly object[]): Promise<void> {
  const config = await repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json');
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
  await repository.putManifest(tag, Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST);
}

export async function pushSimple(
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

export function simplePayload(digest: string, type = 'cosign container image signature'): string {
  const critical = {
    identity: { 'docker-reference': 'registry.test/shop/api' },
    image: { 'docker-manifest-digest': digest },
    type,
  };
  return JSON.stringify({ critical, optional: null });
}

export const outcomes = (report: SignatureReport): string[] =>
  [...report.signatures, ...report.attestations].map(({ record, outcome }) => `${record.form} ${outcome}`);
