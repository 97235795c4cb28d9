/**
 * Which of our own verdicts a newer one replaces in the tags that are shared: one for every run of a gate would pile up until a look
 * beside the image is no longer whole, and then nothing passes.
 */
import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { sha256Of } from '../registry/oci-manifest.ts';
import type { StoredManifest } from '../registry/registry.ts';
import { openRecord } from './material.ts';
import { verifyBytes } from './public-key.ts';
import { GATE_PREDICATE, type SignatureForm, type SignatureRecord } from './signature.ts';
import { isAbout } from './statement.ts';
import { SignatureFormatError } from './strict-json.ts';

/** Of each policy, the new one included: what was said lately can still be looked up. */
export const KEPT_VERDICTS = 8;

const VERDICT = z.object({ policy: z.object({ uri: z.string() }), timeVerified: z.iso.datetime({ offset: true }) });

/** What has to be known of the envelope that is added. */
export interface Newer {
  readonly predicate: unknown;
}

/**
 * Digests of entries of the form's tag: verdicts of the same policy on this image that this key signed, older than the new one, but
 * for the newest of them. What others signed, or what shares its manifest with something else, stays.
 */
export function superseded(
  records: readonly SignatureRecord[],
  form: Extract<SignatureForm, 'bundle-fallback-tag' | 'att-tag'>,
  image: StoredManifest,
  newer: Newer,
  publicKey: string,
): ReadonlySet<string> {
  const own = VERDICT.safeParse(newer.predicate);
  if (!own.success) return new Set();
  const { policy, timeVerified } = own.data;
  const inForm = records.filter((record) => record.form === form);
  const older = inForm.flatMap((record) => {
    const alone = form === 'att-tag' || inForm.filter(({ manifest }) => manifest === record.manifest).length === 1;
    const at = alone ? timeOf(record, image, policy.uri, publicKey) : null;
    return at === null || at >= Date.parse(timeVerified) ? [] : [{ digest: entryOf(record), at }];
  });
  older.sort((a, b) => b.at - a.at);
  return new Set(older.slice(KEPT_VERDICTS - 1).map(({ digest }) => digest));
}

/** When the verdict says that it was made, ms; null where it is none of ours. */
function timeOf(record: SignatureRecord, image: StoredManifest, uri: string, publicKey: string): number | null {
  try {
    const { says, signed, signatures } = openRecord(record, image.bytes);
    if (says.kind !== 'statement' || says.statement.predicateType !== GATE_PREDICATE) return null;
    const read = VERDICT.safeParse(says.statement.predicate);
    if (!read.success || read.data.policy.uri !== uri || !isAbout(says.statement, image.digest)) return null;
    const key = createPublicKey(publicKey);
    return signatures.some((one) => verifyBytes(key, signed, one)) ? Date.parse(read.data.timeVerified) : null;
  } catch (error) {
    if (error instanceof SignatureFormatError) return null;
    throw error;
  }
}

/** As the tag lists it: the manifest of a bundle, or the layer. */
function entryOf({ manifest, raw }: SignatureRecord): string {
  return 'bundle' in raw ? manifest : sha256Of(raw.payload);
}
