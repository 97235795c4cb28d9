/** Fuzz targets of what lies beside images: whatever it is, it is refused in one sentence, and nothing changed counts. */
import { createHash, sign } from 'node:crypto';
import type { StoredManifest } from '../src/guard/registry/registry.ts';
import { IN_TOTO_PAYLOAD, parseEnvelope, preAuthEncoding, serializeEnvelope } from '../src/guard/signature/dsse.ts';
import { openRecord } from '../src/guard/signature/material.ts';
import { readVerdict } from '../src/guard/signature/read-verdict.ts';
import { GATE_PREDICATE, type SignatureRecord, type VerifiedSignature } from '../src/guard/signature/signature.ts';
import { testSigstore } from '../src/guard/signature/sigstore.testing.ts';
import { parseSimpleSigning } from '../src/guard/signature/simple-signing.ts';
import { COSIGN_SIGN_PREDICATE, parseStatement } from '../src/guard/signature/statement.ts';
import { parseStrictJson } from '../src/guard/signature/strict-json.ts';
import { recorded } from '../src/guard/signature/testing.ts';
import { prepareTrust } from '../src/guard/signature/trust.ts';
import { verifyRecord } from '../src/guard/signature/verify.ts';
import { type FuzzTarget, refusing, textOf } from './target.ts';

const MIB = 1024 * 1024;
const NOW = new Date('2026-11-23T12:00:00Z');
const SIGNED = new Date('2026-06-01T12:05:00Z');
const IDENTITY = { subject: 'https://shop.test/release', issuer: 'https://issuer.test' };
const sigstore = testSigstore();
const cosign = recorded('cosign-p256');
const trust = prepareTrust({
  keys: [{ name: 'cosign.pub', pem: cosign.publicKey }],
  identities: [IDENTITY],
  trustedRoot: sigstore.trustedRoot,
  requireLog: null,
});

/** Of JSON and what zod and the library copy of it. */
const allowance = (size: number): number => 32 * MIB + 4096 * size;

function image(): StoredManifest {
  const found = cosign.repository.manifests.get(cosign.digest);
  if (found === undefined) throw new Error('the recorded image is not there');
  const manifest = { kind: 'image', mediaType: found.mediaType, artifactType: null, config: null } as const;
  const lists = { layers: [], manifests: [], subject: null, annotations: {} };
  return { digest: cosign.digest, ...found, manifest: { ...manifest, ...lists } };
}

const blobs = (begins: string): Buffer[] =>
  [...cosign.repository.blobs.values()].filter((blob) => blob.toString('utf8').startsWith(begins));
const bundles = (): Buffer[] => [...blobs('{"mediaType"'), keyless()];
const envelopes = (): Buffer[] => blobs('{"payload"');
const payloads = (): Buffer[] => blobs('{"critical"');

function keyless(): Buffer {
  const issued = sigstore.issue({ ...IDENTITY, from: new Date('2026-06-01T12:00:00Z') });
  const subject = [{ digest: { sha256: cosign.digest.slice(7) } }];
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject,
      predicateType: COSIGN_SIGN_PREDICATE,
      predicate: {},
    }),
  );
  const signed = preAuthEncoding(IN_TOTO_PAYLOAD, payload);
  const sig = sign('sha256', signed, issued.privateKey);
  const { entry } = sigstore.log(sig, createHash('sha256').update(signed).digest('hex'), SIGNED);
  const material = { certificate: { rawBytes: issued.certificate.toString('base64') }, tlogEntries: [entry] };
  const dsseEnvelope = {
    payload: payload.toString('base64'),
    payloadType: IN_TOTO_PAYLOAD,
    signatures: [{ sig: sig.toString('base64') }],
  };
  return Buffer.from(
    JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: material,
      dsseEnvelope,
    }),
  );
}

/** What counts is about the image, whatever was changed around what was signed. */
function look(raw: SignatureRecord['raw'], form: SignatureRecord['form']): void {
  const manifest = `sha256:${'a'.repeat(64)}`;
  const result = verifyRecord({ form, manifest, layer: 0, claims: 'signature', raw }, image(), trust, NOW);
  if (result.says.includes('\n') || !result.says.endsWith('.')) throw new Error('not one sentence');
  if (result.outcome !== 'valid') return;
  const { says } = openRecord(result.record, image().bytes);
  const about =
    says.kind === 'statement'
      ? says.statement.subjects.map((hex) => `sha256:${hex}`)
      : [says.kind === 'manifest' ? says.digest : says.payload.digest];
  if (!about.includes(cosign.digest)) throw new Error(`valid, and about ${about.join(', ')}`);
}

/** Signatures and payload in one input, at the first line break. */
function annotated(input: Uint8Array): {
  payload: Buffer;
  signature: string;
  certificate: string;
  chain: null;
  rekor: string;
} {
  const [signature = '', certificate = '', rekor = '', ...rest] = textOf(input).split('\0');
  return { payload: Buffer.from(rest.join('\0')), signature, certificate, chain: null, rekor };
}

function annotatedSeeds(): Buffer[] {
  return payloads().map((payload) => {
    const issued = sigstore.issue({ ...IDENTITY, from: new Date('2026-06-01T12:00:00Z') });
    const sig = sign('sha256', payload, issued.privateKey);
    const { annotation } = sigstore.log(sig, createHash('sha256').update(payload).digest('hex'), SIGNED);
    return Buffer.from([sig.toString('base64'), issued.pem, annotation, payload.toString('utf8')].join('\0'));
  });
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'signed-json',
    seeds: () => [...bundles(), Buffer.from('{"a":[{"b":"\\u0041"},[]],"A ":1}'), Buffer.from('{"a":1,"A":2}')],
    run: (input) =>
      refusing('SignatureFormatError', () => {
        const read = parseStrictJson(input, 'the input');
        if (JSON.stringify(read) !== JSON.stringify(JSON.parse(textOf(input))))
          throw new Error('read as something else');
      }),
    allowance,
  },
  {
    name: 'signature-bundle',
    seeds: bundles,
    run: (input) => look({ bundle: Buffer.from(input) }, 'bundle-referrer'),
    allowance,
  },
  {
    name: 'signature-annotations',
    seeds: annotatedSeeds,
    run: (input) => look(annotated(input), 'sig-tag'),
    allowance,
  },
  {
    name: 'simple-signing',
    seeds: payloads,
    run: (input) => refusing('SignatureFormatError', () => void parseSimpleSigning(input)),
    allowance,
  },
  {
    name: 'dsse',
    seeds: envelopes,
    run(input) {
      look({ payload: Buffer.from(input), signature: '', certificate: null, chain: null, rekor: null }, 'att-tag');
      refusing('SignatureFormatError', () => {
        const read = parseEnvelope(input);
        const again = parseEnvelope(serializeEnvelope(read));
        if (!again.payload.equals(read.payload) || again.payloadType !== read.payloadType)
          throw new Error('another envelope');
      });
    },
    allowance,
  },
  {
    name: 'gate-verdict',
    seeds: () => envelopes().map((bytes) => parseEnvelope(bytes).payload),
    run: (input) =>
      refusing('SignatureFormatError', () => {
        const { predicateType, predicate } = parseStatement(input);
        const raw = { bundle: Buffer.from(input) };
        const record: SignatureRecord = {
          form: 'bundle-referrer',
          manifest: '',
          layer: 0,
          claims: GATE_PREDICATE,
          raw,
        };
        const attestation: VerifiedSignature = {
          record,
          outcome: 'valid',
          says: 'It holds.',
          signer: 'cosign.pub',
          signedAt: null,
          statement: { predicateType, predicate },
        };
        const readableIn = {
          'sig-tag': false,
          'bundle-referrer': false,
          'bundle-fallback-tag': false,
          'att-tag': false,
        };
        const report = {
          digest: cosign.digest,
          image: '',
          signatures: [],
          attestations: [attestation],
          readableIn,
          notes: [],
          complete: true,
          attestationsComplete: true,
        };
        const verdict = readVerdict(report, { uri: 'gate', maxAgeMs: null, now: NOW });
        if (verdict.says.includes('\n')) throw new Error('not one sentence');
      }),
    allowance,
  },
];
