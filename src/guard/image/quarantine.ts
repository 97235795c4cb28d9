/** A refused digest gets a tag of its own. Nothing is removed, and no tag that is there is moved. */
import { GuardEvidenceError } from '../error.ts';
import type { Repository, StoredManifest } from '../registry/registry.ts';

export interface Quarantined {
  readonly tag: string;
  /** false: it was there already, or nothing is to be written. */
  readonly written: boolean;
}

/** Hexadecimal digits of the digest in the tag where another digest has the plain one. */
const SHORT = 12;

/**
 * `quarantine-<policy>`; where another digest has that one already, `quarantine-<policy>-<12 digits>`, so that both are kept from
 * being collected.
 * @throws GuardEvidenceError
 */
export async function quarantine(
  repository: Repository,
  image: StoredManifest,
  policy: string,
  dryRun: boolean,
): Promise<Quarantined> {
  const plain = `quarantine-${policy}`;
  const hex = image.digest.slice(image.digest.indexOf(':') + 1);
  for (const tag of [plain, `${plain}-${hex.slice(0, SHORT)}`, `${plain}-${hex}`.slice(0, 128)]) {
    const has = await repository.digestOf(tag);
    if (has === image.digest) return { tag, written: false };
    if (has !== null) continue;
    if (dryRun) return { tag, written: false };
    await repository.putManifest(tag, image.bytes, image.mediaType);
    return { tag, written: true };
  }
  throw new GuardEvidenceError(
    `every quarantine tag for ${image.digest} (${plain}…) points to something else: look who pushes these tags`,
  );
}
