/** DSSE envelopes (https://github.com/secure-systems-lab/dsse, protocol 1.0 and JSON envelope 1.0). */
import { z } from 'zod';
import { parseStrictJson, SignatureFormatError } from './strict-json.ts';

/** The only payload type that counts: another one, though well signed, was signed to be read as something else. */
export const IN_TOTO_PAYLOAD = 'application/vnd.in-toto+json';

/** More than any tool writes into one envelope. */
const MAX_SIGNATURES = 16;

export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  /** In the order of the envelope; at least one. */
  readonly signatures: readonly { readonly keyid: string; readonly sig: Buffer }[];
}

const ENVELOPE = z.object({
  payloadType: z.string().max(256),
  payload: z.string(),
  signatures: z.array(z.object({ keyid: z.string().nullish(), sig: z.string() })),
});

/**
 * The bytes that are signed: `DSSEv1 SP LEN(type) SP type SP LEN(body) SP body`, lengths in bytes as decimal ASCII.
 * Since both lengths stand in it, no other pair of type and body has the same encoding.
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

/** @throws SignatureFormatError and nothing else */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const read = ENVELOPE.safeParse(parseStrictJson(bytes, 'the DSSE envelope'));
  if (!read.success) throw new SignatureFormatError(`the DSSE envelope lacks ${firstPath(read.error)}`);
  const { payloadType, payload, signatures } = read.data;
  if (signatures.length === 0) throw new SignatureFormatError('the DSSE envelope has no signatures');
  if (signatures.length > MAX_SIGNATURES) {
    throw new SignatureFormatError(
      `the DSSE envelope has ${signatures.length} signatures, at most ${MAX_SIGNATURES} are read`,
    );
  }
  return {
    payloadType,
    payload: decodeBase64(payload, 'the payload of the DSSE envelope'),
    signatures: signatures.map(({ keyid, sig }) => ({
      keyid: keyid ?? '',
      sig: decodeBase64(sig, 'a signature of the DSSE envelope'),
    })),
  };
}

/** As cosign writes it: no key id, one signature or more. */
export function serializeEnvelope(envelope: Envelope): Buffer {
  return Buffer.from(
    JSON.stringify({
      payload: envelope.payload.toString('base64'),
      payloadType: envelope.payloadType,
      signatures: envelope.signatures.map(({ keyid, sig }) => ({
        ...(keyid === '' ? {} : { keyid }),
        sig: sig.toString('base64'),
      })),
    }),
  );
}

/** Standard or URL-safe base64 (both are allowed by the specification); Buffer.from alone would skip what is neither. */
export function decodeBase64(text: string, what: string): Buffer {
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/.test(text)) throw new SignatureFormatError(`${what} is not base64`);
  return Buffer.from(text, 'base64');
}

function firstPath(error: z.ZodError): string {
  const path = error.issues[0]?.path.join('.') ?? '';
  return path === '' ? 'its members' : `a usable ${path}`;
}
