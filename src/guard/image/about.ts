/** Whether a report speaks of this image: by the digest of its manifest, of the index that lists it, or of its configuration. */
import { GuardEvidenceError } from '../error.ts';
import type { Descriptor, Repository, StoredManifest } from '../registry/registry.ts';
import type { ScanReport } from './scans/scan.ts';

export interface Platform {
  /** `linux/amd64`; of an image that is no index `image`. */
  readonly name: string;
  /** Of the manifest. */
  readonly digest: string;
  /** Of the configuration, which scanners call the image's id. */
  readonly config: string | null;
}

/** An image's platforms: itself where it is no index. */
export interface Subject {
  readonly image: StoredManifest;
  readonly platforms: readonly Platform[];
}

/** No honest index has more. */
const MOST_PLATFORMS = 64;

/** @throws GuardEvidenceError */
export async function subjectOf(repository: Repository, image: StoredManifest): Promise<Subject> {
  if (image.manifest.kind === 'image') {
    const config = image.manifest.config?.digest ?? null;
    return { image, platforms: [{ name: 'image', digest: image.digest, config }] };
  }
  const children = image.manifest.manifests.filter(isRun);
  const name = `${repository.registry}/${repository.repository}@${image.digest}`;
  if (children.length > MOST_PLATFORMS) {
    throw new GuardEvidenceError(
      `${name} lists ${children.length} images, more than the ${MOST_PLATFORMS} that are read`,
    );
  }
  const platforms = await Promise.all(
    children.map(async ({ digest, platform }) => {
      const found = await repository.manifest(digest);
      if (found === null) throw new GuardEvidenceError(`${name} lists ${digest}, which the registry does not have`);
      const variant = platform?.variant === undefined ? '' : `/${platform.variant}`;
      return {
        name: platform === undefined ? digest : `${platform.os}/${platform.architecture}${variant}`,
        digest,
        config: found.manifest.config?.digest ?? null,
      };
    }),
  );
  return { image, platforms };
}

/** BuildKit lists its attestations as images of an unknown platform; nobody runs them. */
function isRun({ platform, annotations }: Descriptor): boolean {
  return (
    annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest' &&
    !(platform?.os === 'unknown' && platform.architecture === 'unknown')
  );
}

/**
 * The platforms that a report covers: none where it is about another image. A report that names only the index of several
 * platforms covers none of them for certain: scanners look at one.
 */
export function coveredBy(report: ScanReport, { image, platforms }: Subject): readonly Platform[] {
  const named = new Set(report.digests);
  const exact = platforms.filter(({ digest, config }) => named.has(digest) || (config !== null && named.has(config)));
  if (exact.length > 0) return exact;
  return named.has(image.digest) && platforms.length === 1 ? platforms : [];
}

/** Whether it is about this image at all, though it may not say about which of its platforms. */
export function isAbout(report: ScanReport, subject: Subject): boolean {
  return report.digests.includes(subject.image.digest) || coveredBy(report, subject).length > 0;
}
