/** A trust policy made ready: keys read, patterns compiled, the sigstore root parsed. Done once for a policy, not for each image. */
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { z } from 'zod';
import { GuardUsageError } from '../error.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';
import type { TrustPolicy } from './signature.ts';

export interface Trust {
  readonly keys: readonly PublicKey[];
  readonly identities: readonly Identity[];
  readonly root: TrustMaterial | null;
  readonly requireLog: boolean | null;
  readonly reference: string | null;
}

export interface Identity {
  /** As written in the policy, for messages. */
  readonly text: string;
  matches(subject: string, issuer: string): boolean;
}

const prepared = new WeakMap<TrustPolicy, Trust>();

/**
 * Kept for as long as the policy object is: reading keys and a trusted root takes milliseconds, a check of one signature a tenth.
 * @throws GuardUsageError where a key, a pattern or the root cannot be used, or nobody is trusted
 */
export function prepareTrust(policy: TrustPolicy): Trust {
  const known = prepared.get(policy);
  if (known !== undefined) return known;
  if (policy.keys.length === 0 && policy.identities.length === 0) {
    throw new GuardUsageError(
      'No key and no identity is trusted, so no signature could count; name a public key or an identity',
    );
  }
  if (policy.identities.length > 0 && policy.trustedRoot === null) {
    throw new GuardUsageError(
      "Identities are trusted but no trusted root is given, so no certificate could be checked; name a trusted_root.json (`cosign trusted-root create`, or sigstore's from its TUF repository)",
    );
  }
  const trust: Trust = {
    keys: policy.keys.map(({ name, pem, notAfter }) => readPublicKey(name, pem, notAfter ?? null)),
    identities: policy.identities.map(readIdentity),
    root: policy.trustedRoot === null ? null : readTrustedRoot(policy.trustedRoot),
    requireLog: policy.requireLog,
    reference: policy.reference ?? null,
  };
  prepared.set(policy, trust);
  return trust;
}

/**
 * Whether a key that signs verdicts also counts for signatures of images. It should not: cosign 3's `verify` takes any attestation
 * for a signature (seen in 3.1.3), so that even a verdict that refuses an image would make it a signed one for that reader.
 */
export function trustsKey(policy: TrustPolicy, key: { readonly hint: string }): boolean {
  return prepareTrust(policy).keys.some(({ hint }) => hint === key.hint);
}

function readIdentity({ issuer, subject }: { readonly issuer: string; readonly subject: string }): Identity {
  const matchesIssuer = matcher(issuer, 'issuer');
  const matchesSubject = matcher(subject, 'subject');
  return {
    text: `${subject} (${issuer})`,
    matches: (theirSubject, theirIssuer) => matchesSubject(theirSubject) && matchesIssuer(theirIssuer),
  };
}

/** A pattern has to match the whole: `/github.com/` that matched anywhere would let `https://evil.example/github.com` in. */
function matcher(wanted: string, what: string): (value: string) => boolean {
  if (wanted === '')
    throw new GuardUsageError(`An identity has an empty ${what}; write it as it stands in the certificate`);
  if (wanted.length < 2 || !wanted.startsWith('/') || !wanted.endsWith('/')) return (value) => value === wanted;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:${wanted.slice(1, -1)})$`, 'u');
  } catch {
    throw new GuardUsageError(
      `The ${what} ${wanted} of an identity is not a regular expression; correct it, or write the value without slashes`,
    );
  }
  return (value) => pattern.test(value);
}

const ROOT = z.looseObject({ mediaType: z.string().regex(/^application\/vnd\.dev\.sigstore\.trustedroot/) });

function readTrustedRoot(text: string): TrustMaterial {
  try {
    const json: unknown = JSON.parse(text);
    // Without this, any object would be a root that trusts nobody.
    ROOT.parse(json);
    // Bundles name keys by a hint; which key is tried is decided in vouch.ts, never by the bundle.
    return toTrustMaterial(TrustedRoot.fromJSON(json), () => {
      throw new Error('keys are not looked up by hint');
    });
  } catch {
    throw new GuardUsageError(
      "The trusted root is not a sigstore trusted_root.json; give the file that `cosign trusted-root create` or sigstore's TUF repository has",
    );
  }
}
