/** vendor/: modules.txt against go.mod, and every vendored file against the zip that go.sum pins. */
import { join } from 'node:path';
import type { Finding } from '../../../findings/model.ts';
import { codeOf, reasonOf } from '../../error.ts';
import { guardFinding } from '../../finding.ts';
import { HttpError } from '../../http/http.ts';
import { directoryHashes, type FileHashes, hash1, zipHashes } from './dirhash.ts';
import type { JudgedLine } from './entries.ts';
import type { GoRules } from './environment.ts';
import type { Fetcher } from './fetch.ts';
import { cachedZip } from './module-cache.ts';
import { type ModulesTxt, parseModulesTxt, type VendoredModule } from './modules-txt.ts';
import type { GoModule, GoProject, GoWorkspace } from './project.ts';
import { VENDOR_CHANGED, VENDOR_STALE } from './rules.ts';
import { readMaybe } from './store.ts';
import { escapeModule } from './sum-file.ts';
import { evidence, lineRegion } from './sum-findings.ts';
import { vendorDisagreements } from './vendor-consistency.ts';
import { bytesSource, MAX_MODULE, readEntry, readZip, ZipError } from './zip.ts';

/** Files of all modules together. */
const MOST_VENDORED = 1_000_000;

export interface VendorCheck {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
}

interface Options {
  readonly rules: GoRules;
  readonly fetcher: Fetcher;
  /** Whether zips that the module cache does not have may be fetched. */
  readonly download: boolean;
}

export async function checkVendor(
  project: GoProject,
  lines: readonly JudgedLine[],
  options: Options,
): Promise<VendorCheck> {
  const findings: Finding[] = [];
  const notes: string[] = [];
  const failures: string[] = [];
  for (const place of [...project.modules, ...project.workspaces]) {
    if (place.vendor === null) continue;
    const file = `${place.directory === '' ? '' : `${place.directory}/`}vendor/modules.txt`;
    const txt = parseModulesTxt(place.vendor);
    findings.push(...consistency(place, txt, file));
    try {
      const checked = await checkTree(project, place, { txt, file }, lines, options);
      findings.push(...checked.findings);
      notes.push(...checked.notes);
      failures.push(...checked.failures);
    } catch (error) {
      if (codeOf(error) === '' && !(error instanceof ZipError)) throw error;
      failures.push(`the directory of ${file} cannot be read: ${reasonOf(error)}`);
    }
  }
  return { findings, notes, failures };
}

function consistency(place: GoModule | GoWorkspace, txt: ModulesTxt, file: string): Finding[] {
  const stale = (identity: string, operation: string, line: number, says: string): Finding =>
    guardFinding(VENDOR_STALE, {
      verdict: 'confirmed',
      title: `${file} disagrees with ${place.file}: ${says}.`,
      identity,
      operation,
      at: lineRegion(file, Math.max(1, line)),
      service: identity.replace(/^go:/, ''),
      evidence: [evidence(`${says}.`)],
    });
  const found = txt.problems.map((problem) => stale(`go:${file}`, problem, Number(/\d+/.exec(problem)?.[0]), problem));
  // The modules of a workspace have their requirements in many files: only go itself joins them.
  if (!('mod' in place) || txt.workspace) return found;
  for (const { path, version, line, says } of vendorDisagreements(txt, place.mod))
    found.push(stale(`go:${path}@${version}`, 'modules.txt', line, says));
  return found;
}

async function checkTree(
  project: GoProject,
  place: GoModule | GoWorkspace,
  { txt, file }: { readonly txt: ModulesTxt; readonly file: string },
  lines: readonly JudgedLine[],
  options: Options,
): Promise<VendorCheck> {
  const findings: Finding[] = [];
  const unknown: string[] = [];
  const failures: string[] = [];
  const files = await directoryHashes(join(project.root, place.directory, 'vendor'), MOST_VENDORED);
  const owners = filesByModule(files, txt);
  let compared = 0;
  for (const [module, there] of owners) {
    if (module === null) {
      const code = [...there.keys()].filter((name) =>
        /\.(go|s|S|c|cc|cpp|cxx|m|h|hh|hpp|f|F|for|f90|syso|swig)$/.test(name),
      );
      if (code.length > 0)
        findings.push(
          vendorFinding(file, 1, 'of no module', `go:${file}`, [`${code.slice(0, 5).join(', ')} was added`]),
        );
      continue;
    }
    const source = module.by ?? module;
    const name = `${source.path}@${source.version}`;
    const pin = lines.find(({ line }) => line.path === source.path && line.version === source.version && !line.goMod);
    if (source.version === '') unknown.push(`${module.path} is replaced by the directory ${source.path}`);
    else if (pin === undefined) unknown.push(`${name} has no line in go.sum`);
    else {
      try {
        const zip = await loadZip(source, pin.line.hash, options);
        if (typeof zip === 'string') unknown.push(`${name}: ${zip}`);
        else {
          compared++;
          const says = vendorDifferences(zip, there, module);
          if (says.length > 0) findings.push(vendorFinding(file, module.line, name, `go:${name}`, says));
        }
      } catch (error) {
        if (!(error instanceof ZipError) && !(error instanceof HttpError)) throw error;
        failures.push(`the zip of ${name} that ${file} needs could not be read: ${error.message}`);
      }
    }
  }
  const modules = [...owners.keys()].filter((module) => module !== null).length;
  const notes = [
    `${compared} of ${modules} modules below ${file.slice(0, -'/modules.txt'.length)} were held against the zips that go.sum pins`,
  ];
  const [first] = unknown;
  if (first !== undefined) notes.push(`${unknown.length} of them could not be: ${first}`);
  return { findings, notes, failures };
}

function vendorFinding(file: string, line: number, what: string, identity: string, says: readonly string[]): Finding {
  return guardFinding(VENDOR_CHANGED, {
    verdict: 'proven',
    title: `${file.slice(0, -'/modules.txt'.length)} has other files of ${what} than go.sum pins: ${says[0]}.`,
    identity,
    operation: 'vendor',
    at: lineRegion(file, line),
    service: identity.replace(/^go:/, '').replace(/@.*/, ''),
    count: says.length,
    evidence: says.slice(0, 10).map((text) => evidence(`${text}.`)),
  });
}

/** Vendored files by the module whose path is the longest above them; names are relative to the module. Null: of no module. */
function filesByModule(files: FileHashes, txt: ModulesTxt): Map<VendoredModule | null, Map<string, string>> {
  const byPath = new Map(
    txt.modules.filter(({ packages }) => packages.length > 0).map((module) => [module.path, module]),
  );
  const found = new Map<VendoredModule | null, Map<string, string>>();
  for (const module of byPath.values()) found.set(module, new Map());
  for (const [name, hash] of files) {
    if (name === 'modules.txt') continue;
    let end = name.lastIndexOf('/');
    while (end > 0 && !byPath.has(name.slice(0, end))) end = name.lastIndexOf('/', end - 1);
    const owner = end > 0 ? (byPath.get(name.slice(0, end)) ?? null) : null;
    const kept = found.get(owner) ?? new Map<string, string>();
    found.set(owner, kept.set(owner === null ? name : name.slice(end + 1), hash));
  }
  return found;
}

interface ModuleZip {
  readonly hashes: FileHashes;
  content(name: string): string;
}

/** The zip whose hash go.sum pins, or why there is none. @throws ZipError, HttpError */
async function loadZip(
  module: { readonly path: string; readonly version: string },
  hash: string,
  { rules, fetcher, download }: Options,
): Promise<ModuleZip | string> {
  const cached = await readMaybe(cachedZip(rules.modCache, module.path, module.version));
  const bytes = cached ?? (await fetchZip(module, rules, fetcher, download));
  if (bytes === null) return 'its zip is not in the module cache';
  const source = bytesSource(bytes);
  const prefix = `${module.path}@${module.version}/`;
  const hashes = zipHashes(source, prefix);
  if (hash1(hashes, prefix) !== hash) return 'its zip is not the one that go.sum pins';
  return {
    hashes,
    content(name) {
      const entry = readZip(source).find((e) => e.name === prefix + name);
      return entry === undefined ? '' : readEntry(source, entry).toString('latin1');
    },
  };
}

async function fetchZip(
  { path, version }: { readonly path: string; readonly version: string },
  rules: GoRules,
  fetcher: Fetcher,
  download: boolean,
): Promise<Buffer | null> {
  if (rules.privateBy(path) !== null) return null;
  for (const { url } of rules.proxies) {
    if (!/^[a-z]+:/.test(url) || (!download && !url.startsWith('file:'))) continue;
    const { status, body } = await fetcher.get(
      `${url}/${escapeModule(path)}/@v/${escapeModule(version)}.zip`,
      MAX_MODULE,
    );
    if (status === 200) return body;
  }
  return null;
}

/** Every vendored file has to be in the zip as it is, and no Go file of a vendored package may be left out. */
function vendorDifferences(zip: ModuleZip, there: FileHashes, module: VendoredModule): string[] {
  const says: string[] = [];
  for (const [name, hash] of there) {
    const wanted = zip.hashes.get(name);
    if (wanted === undefined) says.push(`${module.path}/${name} was added`);
    else if (wanted !== hash) says.push(`${module.path}/${name} was changed`);
  }
  const folders = new Set(module.packages.map((path) => path.slice(module.path.length).replace(/^\//, '')));
  for (const name of zip.hashes.keys()) {
    const slash = name.lastIndexOf('/');
    if (!name.endsWith('.go') || name.endsWith('_test.go') || there.has(name)) continue;
    if (!folders.has(slash < 0 ? '' : name.slice(0, slash))) continue;
    // go mod vendor leaves out what no build takes (//go:build ignore): only files without a condition are surely missing.
    if (!/^\/\/(go:build| ?\+build)/m.test(zip.content(name))) says.push(`${module.path}/${name} is missing`);
  }
  return says.sort();
}
