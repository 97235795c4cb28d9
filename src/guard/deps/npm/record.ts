/** What a registry says of a package: the version document (`/name/version`) and the packument (`/name`). Both are hostile input. */
import { GuardEvidenceError } from '../../error.ts';
import { INSTALLED } from './lockfile.ts';

export interface RegistrySignature {
  readonly keyid: string;
  /** Base64 of the DER signature. */
  readonly sig: string;
}

/** One version as the registry has it; nothing in it is signed but what the signatures cover. */
export interface VersionRecord {
  readonly integrity: string | null;
  readonly shasum: string | null;
  readonly tarball: string | null;
  readonly signatures: readonly RegistrySignature[];
  /** Only its path is used: attestations are asked of the registry itself. */
  readonly attestations: string | null;
  /** What it depends on (dev left out): name and spec. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** Whether it bundles other packages into its tarball. */
  readonly bundles: boolean;
}

/** An earlier version that had provenance. */
export interface EarlierProvenance {
  readonly version: string;
  readonly integrity: string | null;
  readonly attestations: string;
}

export interface History {
  /** Ms; when the registry says that the version was published; not signed. */
  readonly published: number | null;
  /** The last version before this one (by time) that had provenance; null where none had, or times are not known. */
  readonly lastProvenance: EarlierProvenance | null;
  /** How many versions were published between the two. */
  readonly since: number;
}

/** Of one version that are looked at; the registry gives one or two. */
const MAX_SIGNATURES = 16;

/**
 * @param what names the document in errors
 * @throws GuardEvidenceError where it is no document of exactly this package and version
 */
export function readVersion(document: unknown, name: string, version: string, what: string): VersionRecord {
  if (textAt(document, 'name') !== name || textAt(document, 'version') !== version) {
    throw new GuardEvidenceError(`${what} answers with a document that is not ${name}@${version}.`);
  }
  const dist = at(document, 'dist');
  const list = at(dist, 'signatures');
  const signatures = (Array.isArray(list) ? list.slice(0, MAX_SIGNATURES) : []).flatMap((item: unknown) => {
    const keyid = textAt(item, 'keyid');
    const sig = textAt(item, 'sig');
    return keyid === null || sig === null ? [] : [{ keyid, sig }];
  });
  const bundled = at(document, 'bundleDependencies') ?? at(document, 'bundledDependencies');
  return {
    integrity: textAt(dist, 'integrity'),
    shasum: textAt(dist, 'shasum'),
    tarball: textAt(dist, 'tarball'),
    signatures,
    attestations: textAt(at(dist, 'attestations'), 'url'),
    dependencies: dependenciesOf(document),
    bundles: bundled === true || (Array.isArray(bundled) && bundled.length > 0),
  };
}

function dependenciesOf(document: unknown): Map<string, string> {
  const found = new Map<string, string>();
  for (const kind of INSTALLED) {
    const wanted = at(document, kind);
    if (typeof wanted !== 'object' || wanted === null) continue;
    for (const [name, spec] of Object.entries(wanted)) found.set(name, typeof spec === 'string' ? spec : '');
  }
  return found;
}

/** The version's document inside a packument; null where the packument has no such version. */
export function versionIn(packument: unknown, version: string): unknown {
  return at(at(packument, 'versions'), version) ?? null;
}

/** What the packument's (unsigned) times and earlier versions say of this one. */
export function readHistory(packument: unknown, version: string): History {
  const time = at(packument, 'time');
  const versions = at(packument, 'versions');
  const published = timeAt(time, version);
  if (published === null || typeof versions !== 'object' || versions === null) {
    return { published, lastProvenance: null, since: 0 };
  }
  let last: { at: number; found: EarlierProvenance } | null = null;
  const times: number[] = [];
  for (const [other, document] of Object.entries(versions)) {
    const when = timeAt(time, other);
    if (other === version || when === null || when >= published) continue;
    times.push(when);
    const dist = at(document, 'dist');
    const url = textAt(at(dist, 'attestations'), 'url');
    const hasProvenance = url !== null && at(at(dist, 'attestations'), 'provenance') !== undefined;
    if (hasProvenance && (last === null || when > last.at)) {
      last = { at: when, found: { version: other, integrity: textAt(dist, 'integrity'), attestations: url } };
    }
  }
  const after = last?.at ?? 0;
  return {
    published,
    lastProvenance: last?.found ?? null,
    since: last === null ? 0 : times.filter((when) => when > after).length,
  };
}

/** JSON of an answer. @throws GuardEvidenceError */
export function parseDocument(body: Buffer, what: string): unknown {
  try {
    const document: unknown = JSON.parse(body.toString('utf8'));
    return document;
  } catch {
    throw new GuardEvidenceError(`${what} answers with what is not JSON.`);
  }
}

/** An own property of an object; never what the prototype has. */
export function at(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const found: unknown = Reflect.get(value, key);
  return found;
}

export function textAt(value: unknown, key: string): string | null {
  const found = at(value, key);
  return typeof found === 'string' ? found : null;
}

function timeAt(times: unknown, version: string): number | null {
  const ms = Date.parse(textAt(times, version) ?? '');
  return Number.isFinite(ms) ? ms : null;
}
