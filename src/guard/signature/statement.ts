/** in-toto statements v1 and v0.1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md): who says what about which digests. */
import { z } from 'zod';
import { parseStrictJson, SignatureFormatError } from './strict-json.ts';

/** What cosign 3 signs to say "this is the image": a statement with an empty predicate. */
export const COSIGN_SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';
export const STATEMENT_V1 = 'https://in-toto.io/Statement/v1';
/** cosign's `attest` still writes this one (seen in 3.1.3). */
const STATEMENT_V01 = 'https://in-toto.io/Statement/v0.1';

/** A statement is about a few artefacts; a list without end would only cost time. */
const MAX_SUBJECTS = 1024;

export interface Statement {
  readonly predicateType: string;
  readonly predicate: unknown;
  /** Lower-case hex SHA-256 of every subject that has one. */
  readonly subjects: readonly string[];
}

const STATEMENT = z.object({
  _type: z.enum([STATEMENT_V1, STATEMENT_V01]),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })).max(MAX_SUBJECTS),
  predicateType: z.string().min(1).max(512),
  // cosign 3.0 left it out of its signatures (https://github.com/sigstore/cosign/issues/4634).
  predicate: z.unknown().optional(),
});

/** @throws SignatureFormatError and nothing else */
export function parseStatement(payload: Uint8Array): Statement {
  const read = STATEMENT.safeParse(parseStrictJson(payload, 'the in-toto statement'));
  if (!read.success) {
    const path = read.error.issues[0]?.path.join('.') ?? '';
    throw new SignatureFormatError(
      `the payload is no in-toto statement v1 or v0.1 (${path === '' ? 'not an object' : path})`,
    );
  }
  const { subject, predicateType, predicate } = read.data;
  const subjects = subject.flatMap(({ digest }) => (digest.sha256 === undefined ? [] : [digest.sha256.toLowerCase()]));
  return { predicateType, predicate: predicate ?? null, subjects };
}

/** @param digest `sha256:<hex>` */
export function isAbout(statement: Statement, digest: string): boolean {
  return statement.subjects.some((hex) => `sha256:${hex}` === digest);
}
