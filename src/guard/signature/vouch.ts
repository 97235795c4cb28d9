/** Who vouches for signed bytes: a trusted key, or a certificate whose identity is trusted; and since when, by whose clock. */
import { X509Certificate } from 'node:crypto';
import type { Bundle } from '@sigstore/bundle';
import { type SignedEntity, type TrustMaterial, toSignedEntity, VerificationError, Verifier } from '@sigstore/verify';
import type { SignedMaterial } from './material.ts';
import { type PublicKey, verifyBytes } from './public-key.ts';
import type { SignatureOutcome } from './signature.ts';
import type { Trust } from './trust.ts';

export interface Vouched {
  readonly outcome: SignatureOutcome;
  /** A clause that goes on "The signature …". */
  readonly says: string;
  readonly signer: string;
  readonly signedAt: Date | null;
}

/** Says nothing about what was signed; the caller compares that with the digest. */
export function vouch(material: SignedMaterial, trust: Trust, now: Date): Vouched {
  const key = signingKey(material, trust.keys);
  if (key !== null) return vouchedByKey(material, key, trust, now);
  if (material.certificate !== null) return vouchedByCertificate(material, material.certificate, trust);
  const claimed = trust.keys.find(({ hint }) => hint === material.hint);
  if (claimed !== undefined) {
    return no(
      'invalid',
      `names the key ${claimed.name}, but that key did not make it: it or what it signs was changed`,
    );
  }
  if (trust.keys.length === 0) return no('wrong-key', 'was made with a bare key, and only identities are trusted');
  const names = trust.keys.map(({ name }) => name).join(', ');
  return no('wrong-key', `was not made by a trusted key (${names}) over what is there now`);
}

function signingKey(material: SignedMaterial, keys: readonly PublicKey[]): PublicKey | null {
  for (const signature of material.signatures) {
    const key = keys.find((candidate) => verifyBytes(candidate.key, material.signed, signature));
    if (key !== undefined) return key;
  }
  return null;
}

/** The signature itself was checked; what is left is time and log. */
function vouchedByKey(material: SignedMaterial, key: PublicKey, trust: Trust, now: Date): Vouched {
  const log = witnessed(material, key, trust);
  const by = { signer: key.name, signedAt: log.at };
  if (trust.requireLog === true && !log.inLog) {
    return {
      ...by,
      outcome: 'not-in-log',
      says: `was made by ${key.name}, but an entry in a transparency log is demanded and ${log.why}`,
    };
  }
  if (key.notAfter !== null && (log.at ?? now) > key.notAfter) {
    const until = key.notAfter.toISOString();
    const when =
      log.at === null
        ? 'and nothing that is trusted shows that it was made before'
        : `and it was made at ${log.at.toISOString()}`;
    return { ...by, outcome: 'expired', says: `was made by ${key.name}, whose key ended at ${until}, ${when}` };
  }
  return { ...by, outcome: 'valid', says: `was made by ${key.name}` };
}

interface Witnessed {
  readonly inLog: boolean;
  readonly at: Date | null;
  /** A clause: why there is no log entry that counts. */
  readonly why: string;
}

function witnessed(material: SignedMaterial, key: PublicKey, trust: Trust): Witnessed {
  const nothing = (why: string): Witnessed => ({ inLog: false, at: null, why });
  if (material.bundle === null) return nothing(material.unwitnessed ?? 'there is none');
  if (trust.root === null) return nothing('no trusted root is given to check it with');
  try {
    const entity = toSignedEntity(withKeyHint(material.bundle), material.signed);
    const root: TrustMaterial = {
      ...trust.root,
      publicKey: () => ({ publicKey: key.key, validFor: () => true }),
    };
    new Verifier(root, { tlogThreshold: 0, timestampThreshold: 0, ctlogThreshold: 0 }).verify(
      withSignatureOf(entity, material, key),
    );
    return { inLog: entity.tlogEntries.length > 0, at: earliest(entity), why: 'there is none' };
  } catch (error) {
    return nothing(`the one there does not hold (${reason(error)})`);
  }
}

/** The key was chosen here: a certificate that lies beside a key's signature says nothing about it. */
function withKeyHint(bundle: Bundle): Bundle {
  return {
    ...bundle,
    verificationMaterial: { ...bundle.verificationMaterial, content: { $case: 'publicKey', publicKey: { hint: '' } } },
  };
}

/** The library knows one hash for a key, and was not needed to check this one. */
function withSignatureOf(entity: SignedEntity, material: SignedMaterial, key: PublicKey): SignedEntity {
  const { signature } = entity;
  return {
    ...entity,
    signature: {
      signature: signature.signature,
      compareSignature: (other) => signature.compareSignature(other),
      compareDigest: (other) => signature.compareDigest(other),
      compareSignedDigest: (other) => signature.compareSignedDigest(other),
      verifySignature: () => verifyBytes(key.key, material.signed, signature.signature),
    },
  };
}

function vouchedByCertificate(material: SignedMaterial, certificate: Buffer, trust: Trust): Vouched {
  if (trust.identities.length === 0) {
    return no('untrusted-identity', 'was made with a certificate, and no identity is trusted but only keys');
  }
  if (trust.root === null) return no('untrusted-identity', 'was made with a certificate, and no trusted root is given');
  if (material.bundle === null) {
    return no(
      'not-in-log',
      `was made with a certificate whose time cannot be checked: ${material.unwitnessed ?? 'there is no log entry'}`,
    );
  }
  const logDemanded = trust.requireLog ?? true;
  let entity: SignedEntity;
  try {
    entity = toSignedEntity(material.bundle, material.signed);
  } catch (error) {
    return no('unreadable', `has a certificate or timestamp that cannot be read (${reason(error)})`);
  }
  if (logDemanded && entity.tlogEntries.length === 0) {
    return no('not-in-log', 'was made with a certificate, and has no entry in a transparency log');
  }
  try {
    const signer = new Verifier(trust.root, {
      tlogThreshold: logDemanded ? 1 : 0,
      // Without a time that somebody trusted says, a certificate of ten minutes proves nothing, log or not.
      timestampThreshold: 1,
      // A root that lists no certificate transparency log has none to ask for (private deployments).
      ctlogThreshold: trust.root.ctlogs.length > 0 ? 1 : 0,
    }).verify(entity);
    const subject = signer.identity?.subjectAlternativeName ?? '';
    const issuer = signer.identity?.extensions?.issuer ?? '';
    const name = `${subject} (${issuer})`;
    const signedAt = earliest(entity);
    if (subject !== '' && issuer !== '' && trust.identities.some((identity) => identity.matches(subject, issuer))) {
      return { outcome: 'valid', says: `was made by ${name}`, signer: name, signedAt };
    }
    const wanted = trust.identities.map(({ text }) => text).join(', ');
    return {
      outcome: 'untrusted-identity',
      says: `was made by ${name}, and trusted is ${wanted}`,
      signer: '',
      signedAt,
    };
  } catch (error) {
    return refused(error, entity, certificate);
  }
}

function refused(error: unknown, entity: SignedEntity, certificate: Buffer): Vouched {
  const why = reason(error);
  const code = error instanceof VerificationError ? error.code : '';
  if (code === 'CERTIFICATE_ERROR' && outlived(entity, certificate)) {
    return no('expired', 'was made outside the time for which its certificate was valid');
  }
  if (code === 'CERTIFICATE_ERROR')
    return no('untrusted-identity', `has a certificate that the trusted root does not vouch for (${why})`);
  if (code.startsWith('TLOG_')) return no('not-in-log', `has no log entry that holds (${why})`);
  if (code === 'TIMESTAMP_ERROR' && entity.timestamps.length === 0) {
    return no('not-in-log', 'was made with a certificate, and nobody trusted says when');
  }
  return no('invalid', `does not hold (${why})`);
}

function outlived(entity: SignedEntity, der: Buffer): boolean {
  const times = timesOf(entity);
  try {
    const { validFromDate, validToDate } = new X509Certificate(der);
    return times.some((time) => time < validFromDate || time > validToDate);
  } catch {
    return false;
  }
}

/** Only what the verifier counts as a time: a log's entry with its signed promise, and a timestamp. */
function timesOf(entity: SignedEntity): Date[] {
  return entity.timestamps.flatMap((stamp) => {
    if (stamp.$case === 'timestamp-authority') return [stamp.timestamp.signingTime];
    return stamp.tlogEntry.inclusionPromise === undefined
      ? []
      : [new Date(Number(stamp.tlogEntry.integratedTime) * 1000)];
  });
}

/** After the verifier accepted all of them. */
function earliest(entity: SignedEntity): Date | null {
  const times = timesOf(entity).map((time) => time.getTime());
  return times.length === 0 ? null : new Date(Math.min(...times));
}

function no(outcome: SignatureOutcome, says: string): Vouched {
  return { outcome, says, signer: '', signedAt: null };
}

/** The library's own words for what it refused; what it fell over is not worth repeating. */
function reason(error: unknown): string {
  if (!(error instanceof VerificationError)) return 'malformed';
  return error.cause instanceof Error && error.cause instanceof VerificationError ? error.cause.message : error.message;
}
