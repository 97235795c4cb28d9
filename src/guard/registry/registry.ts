/** Images in a registry by the OCI distribution API, as the parts of guard see them. */

/** `[registry/]name[:tag][@digest]`; `docker.io/library/` is filled in as Docker does. */
export interface ImageReference {
  /** Host and port, e.g. `127.0.0.1:5000`. */
  readonly registry: string;
  /** e.g. `shop/api` */
  readonly repository: string;
  /** null where only a digest was given. */
  readonly tag: string | null;
  /** `sha256:…` or null. */
  readonly digest: string | null;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** bytes */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

/** A manifest as it was served; `digest` was computed from `bytes`, never believed. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly manifest: OciManifest;
}

/** An image manifest or an index, checked in shape; unknown members are left out. */
export interface OciManifest {
  readonly kind: 'image' | 'index';
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly config: Descriptor | null;
  readonly layers: readonly Descriptor[];
  /** Of an index. */
  readonly manifests: readonly Descriptor[];
  readonly subject: Descriptor | null;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Where the list of referrers came from: registries without the API have it in a tag `sha256-<hex>`. */
export interface Referrers {
  readonly from: 'api' | 'fallback-tag' | 'none';
  readonly descriptors: readonly Descriptor[];
}

/** One repository of one registry. Methods throw GuardEvidenceError where the registry cannot be read, null is "not there". */
export interface Repository {
  readonly registry: string;
  readonly repository: string;
  /** By tag or digest; a digest that does not match its bytes is an error. */
  manifest(reference: string): Promise<StoredManifest | null>;
  /** The digest of a tag as it is now, without its body where the registry allows; null where there is no such tag. */
  digestOf(tag: string): Promise<string | null>;
  /** Checked against the digest. */
  blob(descriptor: Descriptor, limit: number): Promise<Buffer>;
  /** What refers to a digest, by the API and by the fallback tag: both are asked, since readers differ in which they read. */
  referrers(digest: string): Promise<{ readonly api: Referrers; readonly fallbackTag: Referrers }>;
  /** @returns the digest. Pushing the same bytes again changes nothing. */
  putBlob(bytes: Uint8Array, mediaType: string): Promise<Descriptor>;
  putManifest(reference: string, bytes: Uint8Array, mediaType: string): Promise<string>;
  tags(): Promise<readonly string[]>;
}
