/** Signatures of the image against whom the settings trust, and against the forms that admission reads. */
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Finding } from '../../findings/model.ts';
import { GuardUsageError } from '../error.ts';
import type { Repository, StoredManifest } from '../registry/registry.ts';
import { advice, contractTest } from '../signature/contract-test.ts';
import { inspectSignatures } from '../signature/inspect.ts';
import { SIGNATURE_FORMS, type SignatureForm, type SignatureReport, type TrustPolicy } from '../signature/signature.ts';
import * as rules from './rules.ts';
import type { ImageSettings } from './settings.ts';
import { type Place, sighting } from './sightings.ts';

export interface SignaturesSeen {
  readonly findings: readonly Finding[];
  readonly failures: readonly string[];
  readonly notes: readonly string[];
  readonly facts: SignatureFacts;
}

export interface SignatureFacts {
  readonly valid: number;
  readonly seen: number;
  /** Forms in which a valid signature of the image can be read. */
  readonly readableIn: readonly SignatureForm[];
  readonly signers: readonly string[];
}

type SignatureSettings = NonNullable<ImageSettings['signature']>;

/** @throws GuardUsageError where a file cannot be read, GuardEvidenceError where the registry cannot */
export async function lookAtSignatures(
  repository: Repository,
  image: StoredManifest,
  settings: SignatureSettings,
  cwd: string,
  place: Place,
  now: Date,
): Promise<SignaturesSeen> {
  const report = await inspectSignatures(repository, image, await trustOf(settings, cwd), now);
  const valid = report.signatures.filter(({ outcome }) => outcome === 'valid');
  const facts = {
    valid: valid.length,
    seen: report.signatures.length,
    readableIn: SIGNATURE_FORMS.filter((form) => valid.some(({ record }) => record.form === form)),
    signers: [...new Set(valid.map(({ signer }) => signer))],
  };
  const findings = findingsOf(report, settings, place);
  // What could not be read may be what is missing: then nothing is claimed, and nothing passes.
  const unknown = findings.length > 0 && !report.complete;
  return {
    findings: unknown ? [] : findings,
    failures: unknown ? report.notes : [],
    notes: unknown ? [] : report.notes,
    facts,
  };
}

export async function trustOf(settings: SignatureSettings, cwd: string): Promise<TrustPolicy> {
  const keys = await Promise.all(
    settings.keys.map(async (key) => {
      const { file, 'not-after': until } = typeof key === 'string' ? { file: key } : key;
      const pem = await text(resolve(cwd, file), file);
      return { name: basename(file), pem, ...(until === undefined ? {} : { notAfter: new Date(until) }) };
    }),
  );
  const root = settings['trusted-root'];
  return {
    keys,
    identities: settings.identities,
    trustedRoot: root === undefined ? null : await text(resolve(cwd, root), root),
    requireLog: settings['require-log'] ?? null,
  };
}

function findingsOf(report: SignatureReport, settings: SignatureSettings, place: Place): Finding[] {
  if (report.signatures.length === 0) {
    return [
      sighting(place, {
        rule: rules.UNSIGNED,
        verdict: 'confirmed',
        operation: '',
        title: `${place.name} has no signature in any form that is known.`,
        leg: 'supply',
        says: `Looked for in ${SIGNATURE_FORMS.join(', ')}.`,
      }),
    ];
  }
  if (report.signatures.every(({ outcome }) => outcome !== 'valid')) {
    const first = report.signatures[0]?.says ?? '';
    const count = report.signatures.length;
    // Cryptography shows these; the others depend on whom we trust and what a log says.
    const proven = report.signatures.some(({ outcome }) => outcome === 'wrong-digest' || outcome === 'invalid');
    return [
      sighting(place, {
        rule: rules.SIGNATURE_INVALID,
        verdict: proven ? 'proven' : 'confirmed',
        operation: '',
        title:
          count === 1
            ? `The only signature of ${place.name} does not hold: ${first}`
            : `None of the ${count} signatures of ${place.name} holds: ${first}`,
        leg: 'supply',
        says: report.signatures
          .slice(0, 8)
          .map(({ record, outcome }) => `${record.form}: ${outcome}`)
          .join('; '),
      }),
    ];
  }
  if (settings.forms === undefined) return [];
  const valid = SIGNATURE_FORMS.filter((form) => form !== 'att-tag' && report.readableIn[form]);
  return contractTest(report, settings.forms)
    .forms.filter(({ readable }) => !readable)
    .map(({ form, says }) =>
      sighting(place, {
        rule: rules.SIGNATURE_UNREADABLE,
        verdict: 'confirmed',
        operation: form,
        title: `Admission reads ${form}, and ${place.name} has a valid signature only in ${valid.join(', ')}.`,
        leg: 'supply',
        says,
        fix: advice(form, 'signature'),
      }),
    );
}

async function text(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new GuardUsageError(`${name} cannot be read; name the file of a public key or of a trusted root`);
  }
}
