/**
 * package-lock.json and npm-shrinkwrap.json, lockfileVersion 2 and 3, as npm 7 and later write and read them:
 * `packages` maps a location (`node_modules/a/node_modules/b`) to what is installed there.
 *
 * What counts as an entry: every location but the project itself (``), its workspaces, and links to these. A link to any
 * other directory counts, once, at the link.
 */
import { GuardEvidenceError } from '../../error.ts';
import { isTrue, type JsonMember, type JsonNode, member, Places, readJson, stringAt } from '../../json/json-nodes.ts';
import { type LockProblem, legacyProblems, repeatedKeys } from './lock-problems.ts';
import { isWorkspace, workspacePatterns } from './workspaces.ts';

/** Bytes; the largest public lock files have a few MB. */
const MAX_SIZE = 64 << 20;

/** Of a location, UTF-16 units; longer ones are nothing that npm writes, and are looked at no closer. */
export const MAX_LOCATION = 4096;

export interface LockEntry {
  /** e.g. `node_modules/a/node_modules/@s/b` */
  readonly location: string;
  /** The package that is asked for by the dependents: the folder's name. */
  readonly folder: string;
  /** The package that the registry is asked for: `name` where it is an alias, else the folder's. */
  readonly name: string;
  /** Empty where the entry has none. */
  readonly version: string;
  readonly resolved: string | null;
  /** As written; may be several hashes. */
  readonly integrity: string | null;
  /** A link to a directory that is not one of the project's workspaces. */
  readonly link: boolean;
  /** npm takes it out of the tarball of the location that is named here. */
  readonly bundledBy: string | null;
  readonly hasInstallScript: boolean;
  /** What npm takes it to depend on (dev left out): name and spec. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly optional: boolean;
  readonly dev: boolean;
  readonly peer: boolean;
  /** Of the key; 1-based, columns in bytes. */
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

export interface LockFile {
  readonly version: 2 | 3;
  readonly entries: readonly LockEntry[];
  /** Locations of the project's own packages, the root left out. */
  readonly workspaces: readonly string[];
  /** What somebody in the file asks for by an address or alias and not by a range: folder name to the specs. */
  readonly specs: ReadonlyMap<string, ReadonlySet<string>>;
  readonly problems: readonly LockProblem[];
}

/**
 * @param bytes the file as it is
 * @param file names it in errors
 * @throws GuardEvidenceError where it is no lock file that can be read
 */
export function readLockFile(bytes: Uint8Array, file: string): LockFile {
  const text = decode(bytes, file);
  const places = new Places(text);
  const root = readJson(text, file);
  if (root.kind !== 'object') throw new GuardEvidenceError(`${file} is no lock file: it holds no object.`);
  const version = lockVersion(root, file);
  const packages = member(root, 'packages');
  if (packages?.kind !== 'object') {
    throw new GuardEvidenceError(
      `${file} has no \`packages\`, so nothing in it can be checked: run \`npm install --package-lock-only\`.`,
    );
  }
  const last = lastOfEach(packages.members);
  const patterns = workspacePatterns(last.get('')?.value);
  const own = new Set<string>();
  for (const [location, { value }] of last) {
    // What is downloaded is no package of the project, wherever it stands.
    if (location !== '' && !isDownloaded(value) && isWorkspace(location, patterns)) own.add(location);
  }
  const targets = linkTargets(last);
  const entries: LockEntry[] = [];
  for (const [location, found] of last) {
    if (location === '' || own.has(location)) continue;
    if (isOwnLink(location, found.value, own, last)) continue;
    if (targets.has(location) && lastFolder(location) === null && !isDownloaded(found.value)) continue;
    entries.push(entryOf(location, found, last, places));
  }
  return {
    version,
    entries,
    workspaces: [...own].sort(),
    specs: specsOf(last),
    problems: [...repeatedKeys(root, text, places), ...(version === 2 ? legacyProblems(root, packages, places) : [])],
  };
}

function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > MAX_SIZE) {
    throw new GuardEvidenceError(`${file} has ${bytes.length} bytes; more than ${MAX_SIZE} are not read.`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new GuardEvidenceError(
      `${file} is not UTF-8; npm would read other characters than an editor shows: write it again with \`npm install --package-lock-only\`.`,
    );
  }
  if (/^(?:<{7}|={7}|>{7})(?: |$)/m.test(text)) {
    throw new GuardEvidenceError(`${file} has the marks of a merge conflict: run \`npm install --package-lock-only\`.`);
  }
  return text;
}

function lockVersion(root: JsonNode, file: string): 2 | 3 {
  const found = member(root, 'lockfileVersion');
  const version = found?.kind === 'number' ? found.text : 'none';
  if (version === '2') return 2;
  if (version === '3') return 3;
  if (version === '1' || (version === 'none' && member(root, 'packages') === undefined)) {
    throw new GuardEvidenceError(
      `${file} has lockfileVersion 1, which npm 6 wrote and which is not read here: run \`npm install --package-lock-only --lockfile-version 3\` with npm 7 or later and review the difference.`,
    );
  }
  throw new GuardEvidenceError(`${file} has lockfileVersion ${version.slice(0, 20)}; 2 and 3 are read here.`);
}

/** By key; where one stands more than once the last counts, at the place of the last. */
function lastOfEach(members: readonly JsonMember[]): Map<string, JsonMember> {
  const last = new Map<string, JsonMember>();
  for (const found of members) {
    last.delete(found.key);
    last.set(found.key, found);
  }
  return last;
}

function isDownloaded(entry: JsonNode): boolean {
  return member(entry, 'resolved') !== undefined || member(entry, 'integrity') !== undefined;
}

/** A link to a workspace under the workspace's own name; under another name it would stand in for another package. */
function isOwnLink(
  location: string,
  entry: JsonNode,
  own: ReadonlySet<string>,
  all: ReadonlyMap<string, JsonMember>,
): boolean {
  const target = stringAt(entry, 'resolved') ?? '';
  if (!isTrue(entry, 'link') || !own.has(target)) return false;
  const name = stringAt(all.get(target)?.value, 'name') ?? target.slice(target.lastIndexOf('/') + 1);
  return lastFolder(location) === name;
}

/** Directories that links point to (`../x`, `lib/x`): counted at the link. */
function linkTargets(all: ReadonlyMap<string, JsonMember>): Set<string> {
  const targets = new Set<string>();
  for (const { value } of all.values()) {
    if (isTrue(value, 'link')) targets.add(stringAt(value, 'resolved') ?? '');
  }
  return targets;
}

/** What follows the last `node_modules/`, with its scope; null where the location is not below one. */
function lastFolder(location: string): string | null {
  const at = location.lastIndexOf('node_modules/');
  if (at < 0 || (at > 0 && location[at - 1] !== '/')) return null;
  return location.slice(at + 'node_modules/'.length);
}

function entryOf(location: string, found: JsonMember, all: ReadonlyMap<string, JsonMember>, places: Places): LockEntry {
  const { value } = found;
  const folder = lastFolder(location) ?? location;
  const { line, column } = places.at(found.at);
  const end = places.at(found.at + found.key.length + 2);
  return {
    location,
    folder,
    name: stringAt(value, 'name') ?? folder,
    version: stringAt(value, 'version') ?? '',
    resolved: stringAt(value, 'resolved') ?? null,
    integrity: stringAt(value, 'integrity') ?? null,
    link: isTrue(value, 'link'),
    bundledBy: isTrue(value, 'inBundle') ? bundler(location, all) : null,
    hasInstallScript: isTrue(value, 'hasInstallScript'),
    dependencies: dependenciesOf(value),
    optional: isTrue(value, 'optional') || isTrue(value, 'devOptional'),
    dev: isTrue(value, 'dev') || isTrue(value, 'devOptional'),
    peer: isTrue(value, 'peer'),
    line,
    column,
    endColumn: end.line === line ? end.column : column,
  };
}

/**
 * The nearest location above that is not itself from a bundle and has `bundleDependencies`: that is where npm looks for
 * the bytes (`Node.getBundler` of arborist). `inBundle` alone means nothing to npm, so it must not mean anything here.
 */
function bundler(location: string, all: ReadonlyMap<string, JsonMember>): string | null {
  if (location.length > MAX_LOCATION) return null;
  let above = location;
  for (;;) {
    const at = above.lastIndexOf('/node_modules/');
    if (at <= 0) return null;
    above = above.slice(0, at);
    const parent = all.get(above)?.value;
    if (parent === undefined || isTrue(parent, 'inBundle')) continue;
    const bundled = member(parent, 'bundleDependencies') ?? member(parent, 'bundledDependencies');
    if (bundled?.kind === 'array' && bundled.items.length > 0) return above;
    if (bundled?.kind === 'boolean' && bundled.value) return above;
    return null;
  }
}

function dependenciesOf(entry: JsonNode): Map<string, string> {
  const found = new Map<string, string>();
  for (const kind of INSTALLED) {
    const wanted = member(entry, kind);
    if (wanted?.kind !== 'object') continue;
    for (const { key, value } of wanted.members) found.set(key, value.kind === 'string' ? value.value : '');
  }
  return found;
}

/** Kinds of dependencies that npm installs for a dependent. */
export const INSTALLED = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const;
const DEPENDENCIES = [...INSTALLED, 'devDependencies'];

/** Only specs with a colon or slash are kept (`npm:`, `file:`, `git+ssh:`, `https:`, `owner/repo`); ranges are not needed. */
function specsOf(all: ReadonlyMap<string, JsonMember>): Map<string, Set<string>> {
  const specs = new Map<string, Set<string>>();
  for (const { value } of all.values()) {
    for (const kind of DEPENDENCIES) {
      const wanted = member(value, kind);
      if (wanted?.kind !== 'object') continue;
      for (const { key, value: spec } of wanted.members) {
        if (spec.kind === 'string' && /[:/]/.test(spec.value)) addSpec(specs, key, spec.value);
      }
    }
  }
  return specs;
}

export function addSpec(specs: Map<string, Set<string>>, name: string, spec: string): void {
  const known = specs.get(name);
  if (known === undefined) specs.set(name, new Set([spec]));
  else known.add(spec);
}
