/**
 * Whether a report speaks of this image: by the digest of its manifest, of the index that lists it, or of its configuration. Where an
 * image was scanned as an archive the configuration may have been written anew, as skopeo does from OCI to Docker: then by its layers,
 * which are all that scanners look into.
 */
import { z } from 'zod';
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
  /** Digests of its uncompressed layers, in order; empty where they were not asked for, or it has none. */
  readonly layers: readonly string[];
}

/** An image's platforms: itself where it is no index. */
export interface Subject {
  readonly image: StoredManifest;
  readonly platforms: readonly Platform[];
}

/** No honest index has more. */
const MOST_PLATFORMS = 64;

/** bytes; registries take manifests of 4 MiB, and a configuration lists no more than its layers and what made them. */
const CONFIG_LIMIT = 8 * 1024 * 1024;
const configuration = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });

/** @param reports configurations are read where one of these names layers and no digest of the image. @throws GuardEvidenceError */
export async function subjectOf(
  repository: Repository,
  image: StoredManifest,
  reports: readonly ScanReport[] = [],
): Promise<Subject> {
  const subject = await named(repository, image);
  if (!reports.some((report) => report.layers.length > 0 && !isAbout(report, subject))) return subject;
  const platforms = await Promise.all(
    subject.platforms.map(async (platform) => ({ ...platform, layers: await layersOf(repository, platform, image) })),
  );
  return { image, platforms };
}

/** Empty of what is no image of files. */
async function layersOf(repository: Repository, platform: Platform, image: StoredManifest): Promise<readonly string[]> {
  const manifest = platform.digest === image.digest ? image : await repository.manifest(platform.digest);
  const config = manifest?.manifest.config ?? null;
  if (config === null || config.size > CONFIG_LIMIT) return [];
  const bytes = await repository.blob(config, CONFIG_LIMIT);
  try {
    const read = configuration.safeParse(JSON.parse(bytes.toString('utf8')));
    return read.success ? read.data.rootfs.diff_ids : [];
  } catch {
    return [];
  }
}

async function named(repository: Repository, image: StoredManifest): Promise<Subject> {
  if (image.manifest.kind === 'image') {
    const config = image.manifest.config?.digest ?? null;
    return { image, platforms: [{ name: 'image', digest: image.digest, config, layers: [] }] };
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
        layers: [],
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
  const exact = platforms.filter(
    ({ digest, config, layers }) =>
      named.has(digest) || (config !== null && named.has(config)) || sameLayers(report.layers, layers),
  );
  if (exact.length > 0) return exact;
  return named.has(image.digest) && platforms.length === 1 ? platforms : [];
}

/** Of images without any nothing is the same. */
function sameLayers(of: readonly string[], layers: readonly string[]): boolean {
  return of.length > 0 && of.length === layers.length && of.every((digest, i) => digest === layers[i]);
}

/** Whether it is about this image at all, though it may not say about which of its platforms. */
export function isAbout(report: ScanReport, subject: Subject): boolean {
  return report.digests.includes(subject.image.digest) || coveredBy(report, subject).length > 0;
}
