/** One record beside one image: opened, vouched for, and compared with the digest. Never throws for what is in the record. */
import type { StoredManifest } from '../registry/registry.ts';
import { claimsOf, openRecord, type SignedMaterial } from './material.ts';
import type { SignatureOutcome, SignatureRecord, VerifiedSignature } from './signature.ts';
import { isAbout } from './statement.ts';
import { SignatureFormatError } from './strict-json.ts';
import type { Trust } from './trust.ts';
import { vouch } from './vouch.ts';

/** @param found a record whose `claims` is a guess of the finder; the one in the answer is what its content claims */
export function verifyRecord(
  found: SignatureRecord,
  image: StoredManifest,
  trust: Trust,
  now: Date,
): VerifiedSignature {
  const verified = checked(found, image, trust, now);
  return { ...verified, says: printable(verified.says), signer: printable(verified.signer) };
}

/** Types, references and names are the attacker's: no line breaks, no terminal's escapes, no text that runs backwards. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

function checked(found: SignatureRecord, image: StoredManifest, trust: Trust, now: Date): VerifiedSignature {
  let material: SignedMaterial;
  try {
    material = openRecord(found, image.bytes);
  } catch (error) {
    if (!(error instanceof SignatureFormatError)) throw error;
    return failed(found, 'unreadable', `${place(found)} cannot be read: ${error.message}.`);
  }
  const record = { ...found, claims: claimsOf(material) };
  const thing = record.claims === 'signature' ? 'The signature' : `The attestation (${record.claims.slice(0, 200)})`;
  const about = comparison(material, image.digest, trust.reference);
  // The manifest itself is what was signed: with another digest the signature cannot hold, which says less.
  if (material.says.kind === 'manifest' && about !== null) {
    return failed(record, 'wrong-digest', `${thing} in ${where(record)} ${about}.`);
  }
  const vouched = vouch(material, trust, now);
  const says = `${thing} in ${where(record)} ${vouched.says}`;
  if (vouched.outcome !== 'valid')
    return { ...failed(record, vouched.outcome, `${says}.`), signedAt: vouched.signedAt };
  const { signer, signedAt } = vouched;
  if (about !== null) {
    return { record, outcome: 'wrong-digest', says: `${says}, but ${about}.`, signer, signedAt, statement: null };
  }
  const statement =
    material.says.kind === 'statement' && record.claims !== 'signature'
      ? { predicateType: material.says.statement.predicateType, predicate: material.says.statement.predicate }
      : null;
  return { record, outcome: 'valid', says: `${says}.`, signer, signedAt, statement };
}

/** null where it is about this image; otherwise a clause that says what it is about. */
function comparison({ says }: SignedMaterial, digest: string, reference: string | null): string | null {
  if (says.kind === 'statement') {
    if (isAbout(says.statement, digest)) return null;
    const other = says.statement.subjects[0];
    return `is about ${other === undefined ? 'no digest at all' : `sha256:${other.slice(0, 64)}`}, not about ${digest}`;
  }
  if (says.kind === 'manifest') return says.digest === digest ? null : `is about ${says.digest}, not about ${digest}`;
  if (says.payload.digest !== digest) return `is about ${says.payload.digest.slice(0, 80)}, not about ${digest}`;
  if (reference !== null && says.payload.reference !== reference) {
    return `was made for ${JSON.stringify(says.payload.reference.slice(0, 200))}, and ${reference} is demanded`;
  }
  return null;
}

function failed(record: SignatureRecord, outcome: SignatureOutcome, says: string): VerifiedSignature {
  return { record, outcome, says, signer: '', signedAt: null, statement: null };
}

function place(record: SignatureRecord): string {
  return `What lies in ${where(record)}`;
}

/** e.g. `sha256-….sig (layer 2)`; manifests are named by the beginning of their digest */
function where({ form, manifest, layer }: SignatureRecord): string {
  const names = {
    'sig-tag': 'the .sig tag',
    'att-tag': 'the .att tag',
    'bundle-referrer': `the referrer ${manifest.slice(0, 19)}`,
    'bundle-fallback-tag': `${manifest.slice(0, 19)} under the fallback tag`,
  };
  return layer === 0 ? names[form] : `${names[form]} (layer ${layer + 1})`;
}
