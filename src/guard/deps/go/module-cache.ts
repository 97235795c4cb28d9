/** The module cache against go.sum: what a build takes is there, and go looks at no more than a file beside the zip that says its hash. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../../findings/model.ts';
import { reasonOf } from '../../error.ts';
import { guardFinding } from '../../finding.ts';
import { differences, directoryHashes, hash1, isDirectory, sha256, withFile, zipHashes } from './dirhash.ts';
import type { JudgedLine } from './entries.ts';
import { downloadCache } from './environment.ts';
import { MODULE_CACHE_CHANGED } from './rules.ts';
import { readMaybe } from './store.ts';
import { escapeModule } from './sum-file.ts';
import { evidence, lineRegion } from './sum-findings.ts';
import { ZipError } from './zip.ts';

export interface CacheCheck {
  readonly findings: readonly Finding[];
  /** Lines whose module is changed in the cache, with why. */
  readonly changed: ReadonlyMap<JudgedLine, string>;
  readonly notes: readonly string[];
  readonly failures: readonly string[];
}

/** Places of one module version in the cache, and its file names' prefix in hashes. */
function places(modCache: string, path: string, version: string): { base: string; directory: string; prefix: string } {
  const [escaped, escapedVersion] = [escapeModule(path), escapeModule(version)];
  return {
    base: join(downloadCache(modCache), escaped, '@v', escapedVersion),
    directory: join(modCache, `${escaped}@${escapedVersion}`),
    prefix: `${path}@${version}/`,
  };
}

/** Looks at every module version that a well-formed line names and that is in the cache. */
export async function checkModuleCache(
  lines: readonly JudgedLine[],
  modCache: string,
  progress: (says: string) => void,
): Promise<CacheCheck> {
  const findings: Finding[] = [];
  const changed = new Map<JudgedLine, string>();
  const failures: string[] = [];
  const seen = new Set<string>();
  let looked = 0;
  for (const judged of lines) {
    const { line } = judged;
    const key = `${line.path}@${line.version} ${line.goMod} ${line.hash}`;
    if (line.problem !== '' || !line.hash.startsWith('h1:') || seen.has(key)) continue;
    seen.add(key);
    let found: { says: string[]; looked: boolean };
    try {
      found = line.goMod ? await checkGoMod(judged, modCache) : await checkZip(judged, modCache);
    } catch (error) {
      failures.push(
        `${line.path}@${line.version} in the module cache (${modCache}) cannot be read: ${reasonOf(error)}`,
      );
      continue;
    }
    if (found.looked) {
      looked++;
      if (looked % 25 === 0) progress(`${looked} modules of the module cache held against go.sum`);
    }
    if (found.says.length === 0) continue;
    changed.set(judged, `the module cache differs: ${found.says[0]}`);
    findings.push(cacheFinding(judged, found.says));
  }
  const notes = [
    looked === 0
      ? `nothing of go.sum is in the module cache (${modCache}): it was not held against anything`
      : `${looked} files and directories of the module cache were held against go.sum`,
  ];
  return { findings, changed, notes, failures };
}

function cacheFinding({ line, entry }: JudgedLine, says: readonly string[]): Finding {
  return guardFinding(MODULE_CACHE_CHANGED, {
    verdict: 'proven',
    title: `The module cache holds other bytes for ${line.path}@${line.version} than ${entry.file} pins: ${says[0]}.`,
    identity: `go:${line.path}@${line.version}`,
    operation: line.goMod ? 'go.mod' : 'zip',
    at: lineRegion(entry.file, entry.line),
    service: line.path,
    evidence: says.map(evidence),
    chain: [
      { kind: 'link', text: `${entry.file}:${entry.line} pins ${line.hash}` },
      ...says.map((text) => ({ kind: 'link' as const, text })),
    ],
  });
}

async function checkGoMod({ line }: JudgedLine, modCache: string): Promise<{ says: string[]; looked: boolean }> {
  const { base } = places(modCache, line.path, line.version);
  const data = await readMaybe(`${base}.mod`);
  if (data === null) return { says: [], looked: false };
  const hash = hash1(new Map([['go.mod', sha256(data)]]), '');
  return { says: hash === line.hash ? [] : [`${base}.mod hashes to ${hash}`], looked: true };
}

async function checkZip({ line }: JudgedLine, modCache: string): Promise<{ says: string[]; looked: boolean }> {
  const { base, directory, prefix } = places(modCache, line.path, line.version);
  const says: string[] = [];
  const said = (await readMaybe(`${base}.ziphash`))?.toString('utf8').trim();
  if (said !== undefined && said !== line.hash) says.push(`${base}.ziphash says ${said.slice(0, 60)}`);
  const zip = existsSync(`${base}.zip`) ? readZipHashes(`${base}.zip`, prefix) : null;
  const zipSays = zip === null ? '' : typeof zip === 'string' ? zip : hash1(zip, prefix);
  if (zip !== null && zipSays !== line.hash)
    says.push(typeof zip === 'string' ? `${base}.zip is no zip of it: ${zip}` : `${base}.zip hashes to ${zipSays}`);
  const extracted = await isDirectory(directory);
  if (extracted) {
    const files = await directoryHashes(directory);
    const hash = hash1(files, prefix);
    if (hash !== line.hash) {
      // Names can be told where the zip is what go.sum says.
      const names = zip !== null && zipSays === line.hash && typeof zip !== 'string' ? differences(zip, files) : [];
      says.unshift(names.length > 0 ? `in ${directory} ${names.join(', ')}` : `${directory} hashes to ${hash}`);
    }
  }
  return { says, looked: extracted || zip !== null || said !== undefined };
}

/** Hashes of a zip's files, or why it is no zip of the module. */
export function readZipHashes(path: string, prefix: string): Map<string, string> | string {
  try {
    return withFile(path, (source) => zipHashes(source, prefix));
  } catch (error) {
    if (error instanceof ZipError) return error.message;
    throw error;
  }
}

export function cachedZip(modCache: string, path: string, version: string): string {
  return `${places(modCache, path, version).base}.zip`;
}
