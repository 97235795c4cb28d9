/** The gate's verdict as others can read it: a SLSA verification summary in an in-toto statement in a DSSE envelope. */
import { createPublicKey } from 'node:crypto';
import { GuardUsageError } from '../error.ts';
import { type Envelope, IN_TOTO_PAYLOAD, preAuthEncoding } from './dsse.ts';
import { verifyBytes } from './public-key.ts';
import { GATE_PREDICATE, type GateVerdict } from './signature.ts';
import type { SigningKey } from './signing-key.ts';
import { STATEMENT_V1 } from './statement.ts';

/**
 * Statement v1 with the image's name and sha256 as the subject, VSA v1 (https://slsa.dev/spec/v1.1/verification_summary) as the
 * predicate. The same verdict gives the same payload, byte for byte.
 *
 * @throws GuardUsageError where `resource` is no `registry/name@sha256:…`, or the key's signature does not hold
 */
export async function signVerdict(verdict: GateVerdict, key: SigningKey): Promise<Envelope> {
  const payload = Buffer.from(JSON.stringify(statementOf(verdict)));
  const signed = preAuthEncoding(IN_TOTO_PAYLOAD, payload);
  const sig = await key.sign(signed);
  // A KMS with another key version, or one that hashed twice, shows here and not at admission.
  if (!verifyBytes(createPublicKey(key.publicKey), signed, sig)) {
    throw new GuardUsageError(
      `What ${key.name} signed does not hold with its public key; check that both are of one pair and that it signs SHA-256 of the bytes`,
    );
  }
  return { payloadType: IN_TOTO_PAYLOAD, payload, signatures: [{ keyid: '', sig }] };
}

function statementOf(verdict: GateVerdict): object {
  const [, name, sha256] = /^(.+)@sha256:([0-9a-f]{64})$/.exec(verdict.resource) ?? [];
  if (name === undefined || sha256 === undefined) {
    throw new GuardUsageError(
      `A verdict is about one image by its digest (registry/name@sha256:…), not about ${verdict.resource}`,
    );
  }
  return {
    _type: STATEMENT_V1,
    subject: [{ name, digest: { sha256 } }],
    predicateType: GATE_PREDICATE,
    predicate: {
      verifier: { id: verdict.verifier },
      timeVerified: verdict.verifiedAt.toISOString(),
      resourceUri: verdict.resource,
      policy: { uri: verdict.policy.uri, digest: { sha256: verdict.policy.sha256 } },
      inputAttestations: verdict.inputs.map((input) => ({ uri: input.uri, digest: { sha256: input.sha256 } })),
      verificationResult: verdict.passed ? 'PASSED' : 'FAILED',
      // Required members. No build track was looked at, and the specification has a word for that.
      verifiedLevels: [verdict.passed ? 'SLSA_BUILD_LEVEL_UNEVALUATED' : 'FAILED'],
      slsaVersion: '1.1',
    },
  };
}
