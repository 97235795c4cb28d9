/** What an entry says about where it comes from, before anybody is asked. Pure. */
import { type IntegrityHash, parseIntegrity } from './integrity.ts';
import { type LockEntry, MAX_LOCATION } from './lockfile.ts';

export type Source =
  /** What a registry can be asked about. */
  | { readonly kind: 'registry'; readonly hashes: readonly IntegrityHash[]; readonly tarball: TarballPlace }
  | { readonly kind: 'bundled'; readonly by: string }
  | { readonly kind: 'unpinned'; readonly says: string }
  /** Git, file, link or an address that a dependent asks for. */
  | { readonly kind: 'elsewhere'; readonly says: string }
  | { readonly kind: 'redirected'; readonly says: string }
  | { readonly kind: 'alias'; readonly says: string }
  | { readonly kind: 'malformed'; readonly says: string };

/** Where `resolved` points. */
export type TarballPlace =
  /** Not said, or where this package and version stand at its registry. */
  | { readonly kind: 'own' }
  /** The tarball of another package or version. */
  | { readonly kind: 'other-package'; readonly says: string }
  /** Another registry that .npmrc or the settings know. */
  | { readonly kind: 'other-registry'; readonly says: string }
  /** A host or path that nothing explains, unless the registry names it itself. */
  | { readonly kind: 'foreign'; readonly says: string };

/** `resolved` of a lock file that was written against the public registry is asked of the configured one (replace-registry-host). */
const PUBLIC_HOST = 'registry.npmjs.org';

/** Old names have capitals; nothing that is a path or an address can pass. */
const NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~!'()*-]*$/i;

/** semver.org 2.0.0, which is what npm lets publish. */
const VERSION = /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

export interface Surroundings {
  /** With a slash at its end. */
  readonly registry: string;
  /** Other registries of .npmrc and settings. */
  readonly known: readonly string[];
  /** Non-range specs by folder name, of the lock file and of package.json's overrides. */
  readonly specs: ReadonlyMap<string, ReadonlySet<string>>;
}

export function classify(entry: LockEntry, around: Surroundings): Source {
  if (entry.location.length > MAX_LOCATION) return malformed('its location is too long');
  if (entry.link) {
    const target = entry.resolved ?? '';
    const says = `it is a link to the directory ${quote(target)}`;
    if (asksForFile(around.specs.get(entry.folder))) return { kind: 'elsewhere', says: `${says}, which nobody signs` };
    return { kind: 'redirected', says: `${says}, and no dependent asks for that` };
  }
  if (!entry.location.includes('node_modules/')) return malformed('it is in no node_modules and no workspace');
  if (!NAME.test(entry.folder) || entry.folder.length > 214) return malformed('its folder is no name of a package');
  if (!NAME.test(entry.name) || entry.name.length > 214) return malformed('its `name` is no name of a package');
  const asked = around.specs.get(entry.folder) ?? new Set<string>();
  const elsewhere = notARegistry(entry, asked);
  if (elsewhere !== null) return elsewhere;
  if (entry.name !== entry.folder && !hasAlias(asked, entry.name)) {
    return {
      kind: 'alias',
      says: `the folder of ${entry.folder} gets the package ${entry.name}, and no dependent asks for \`npm:${entry.name}\``,
    };
  }
  if (entry.version.length > 256 || !VERSION.test(entry.version))
    return malformed('its version is no semantic version');
  const tarball = tarballPlace(entry, around);
  if (entry.integrity === null) {
    if (entry.bundledBy !== null && entry.resolved === null) return { kind: 'bundled', by: entry.bundledBy };
    if (tarball.kind === 'other-package' || tarball.kind === 'foreign')
      return { kind: 'redirected', says: tarball.says };
    return { kind: 'unpinned', says: 'it has no integrity, so the lock file pins no bytes' };
  }
  const hashes = parseIntegrity(entry.integrity);
  if (hashes === null) return malformed('its integrity is none');
  return { kind: 'registry', hashes, tarball };
}

const malformed = (says: string): Source => ({ kind: 'malformed', says });

/** Git, file and http addresses that are no registry's; null where a registry is meant. */
function notARegistry(entry: LockEntry, asked: ReadonlySet<string>): Source | null {
  const { resolved } = entry;
  if (resolved === null) return null;
  if (resolved.length > MAX_LOCATION) return malformed('its `resolved` is too long');
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(resolved)?.[1]?.toLowerCase() ?? '';
  if (scheme === 'http' || scheme === 'https') {
    const here = [...asked].some((spec) => spec === resolved || withoutHash(spec) === withoutHash(resolved));
    return here
      ? {
          kind: 'elsewhere',
          says: `a dependent asks for it by the address ${shownAddress(resolved)}, where nothing is signed`,
        }
      : null;
  }
  const git = scheme.startsWith('git') || scheme === 'ssh';
  const says = git
    ? `it comes from the Git repository ${shownAddress(resolved)}`
    : `it comes from the file ${quote(resolved)}`;
  if (!git && scheme !== 'file' && scheme !== '') return malformed('its `resolved` is no address that npm writes');
  const wanted = git ? [...asked].some(isGit) : asksForFile(asked);
  if (wanted) return { kind: 'elsewhere', says: `${says}, where nothing is signed` };
  return { kind: 'redirected', says: `${says}, and no dependent asks for that` };
}

const withoutHash = (text: string): string => text.replace(/#.*$/, '');

function asksForFile(asked: ReadonlySet<string> | undefined): boolean {
  return asked !== undefined && [...asked].some((spec) => /^(file:|link:|\.{0,2}\/|~\/)/.test(spec));
}

function isGit(spec: string): boolean {
  return /^(git|github:|gitlab:|bitbucket:|gist:|ssh:|[^@/\s:]+\/[^/\s]+$|https?:.*\.git(#|$))/.test(spec);
}

function hasAlias(asked: ReadonlySet<string>, name: string): boolean {
  for (const spec of asked) {
    if (spec === `npm:${name}` || spec.startsWith(`npm:${name}@`)) return true;
  }
  return false;
}

function tarballPlace(entry: LockEntry, around: Surroundings): TarballPlace {
  if (entry.resolved === null) return { kind: 'own' };
  if (!URL.canParse(entry.resolved)) return { kind: 'foreign', says: 'its `resolved` is no address' };
  const url = new URL(entry.resolved);
  const shown = shownAddress(entry.resolved);
  const named = namedBy(url);
  if (named !== null && named !== `${entry.name}@${entry.version}`) {
    return { kind: 'other-package', says: `it is taken from ${shown}, which is the tarball of ${named}` };
  }
  const registry = new URL(around.registry);
  if (url.username !== '' || url.password !== '') {
    return { kind: 'foreign', says: `its address ${shown} has credentials in it` };
  }
  if (named !== null && (url.host === registry.host || url.host === PUBLIC_HOST)) return { kind: 'own' };
  if (url.host !== registry.host && around.known.some((other) => new URL(other).host === url.host)) {
    return { kind: 'other-registry', says: `it is taken from ${shown}, and not from its registry ${around.registry}` };
  }
  return { kind: 'foreign', says: `it is taken from ${shown}, and not from its registry ${around.registry}` };
}

/** `name@version` in the path of a registry's tarball (`/NAME/-/BASE-VERSION.tgz`); null for other paths. */
function namedBy(url: URL): string | null {
  let path: string;
  try {
    path = decodeURIComponent(url.pathname);
  } catch {
    return null;
  }
  const match = /\/((?:@[^/]+\/)?([^/]+))\/-\/(?:@[^/]+\/)?([^/]+)\.tgz$/.exec(path);
  const [, name = '', base = '', file = ''] = match ?? [];
  if (match === null) return null;
  return file.startsWith(`${base}-`) ? `${name}@${file.slice(base.length + 1)}` : `${name} (${file}.tgz)`;
}

/** Without credentials, query and fragment; not longer than a line. */
export function shownAddress(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null) return quote(address);
  const host = url.host === '' ? '' : `//${url.host}`;
  return `${url.protocol}${host}${url.pathname}`.slice(0, 160);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}…` : text);
}
