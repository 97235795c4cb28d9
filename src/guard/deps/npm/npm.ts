/** Verifies every entry of npm lock files: what they pin against what registries sign. Nothing of a package is downloaded or run. */
import { dirname, join, resolve } from 'node:path';
import type { Finding } from '../../../findings/model.ts';
import { GuardEvidenceError } from '../../error.ts';
import type { GuardContext } from '../../part.ts';
import { VerifiedCache } from '../cache.ts';
import { asksForPackages } from '../manifest.ts';
import type { DepsSettings } from '../settings.ts';
import type { DepsEntry, EcosystemResult } from '../verdict.ts';
import { type Answer, Asker, OFFLINE_GROUP } from './ask.ts';
import { classify, type Source } from './classify.ts';
import { RegistryClient } from './client.ts';
import { addOverrides, findLocks, type NpmrcBeside, npmrcBeside, readLock, shown } from './files.ts';
import { chosenRegistries, findingsOf, type Judged, problemFindings } from './findings.ts';
import { type Judgement, judgement, type Question, type Raised, supply } from './judge.ts';
import { type LockEntry, type LockFile, readLockFile } from './lockfile.ts';
import { knownRegistries, registryOf } from './npmrc.ts';
import { eachLimited } from './pool.ts';
import * as rules from './rules.ts';
import { Trust } from './trust.ts';

/** That are told one by one. */
const MOST_FAILURES = 10;

interface Part {
  readonly file: string;
  readonly entry: LockEntry;
  readonly source: Source;
  readonly registry: string;
}

/** @throws GuardUsageError where a setting or a named file is wrong */
export async function npmEntries(settings: DepsSettings, context: GuardContext): Promise<EcosystemResult> {
  const cache = await VerifiedCache.open(context.cacheDir);
  const notes: string[] = [];
  const failures: string[] = [];
  const findings: Finding[] = [];
  const members = new Map<Finding, readonly string[]>();
  const entries: DepsEntry[] = [];
  const unasked: DepsEntry[] = [];
  const files: { file: string; kind: string; entries: number }[] = [];
  for (const path of await locksOf(settings, context, notes, failures)) {
    const file = shown(context.cwd, path);
    let lock: LockFile;
    try {
      lock = readLockFile(await readLock(path, context.cwd), file);
    } catch (error) {
      if (!(error instanceof GuardEvidenceError)) throw error;
      failures.push(error.message);
      continue;
    }
    const npmrc = await npmrcBeside(path, context);
    const judged = await judgeLock(path, file, lock, npmrc, settings, context, cache, notes, failures);
    findings.push(...chosenRegistries(judged, npmrc, settings.npm));
    findings.push(...problemFindings(lock.problems, file), ...findingsOf(judged, file, settings.allow, members));
    for (const { entry, judgement } of judged) {
      const made = entryOf(entry, file, judgement.verdict, judgement.says);
      entries.push(made);
      if (judgement.raised.some(({ group }) => group?.name.startsWith(OFFLINE_GROUP))) unasked.push(made);
    }
    files.push({ file, kind: `npm lock file, version ${lock.version}`, entries: lock.entries.length });
    if (lock.workspaces.length > 0) {
      notes.push(`${file}: ${lock.workspaces.length} workspaces are the project's own and count as no entries.`);
    }
  }
  const unkept = await cache.save();
  if (unkept !== '') notes.push(unkept);
  return { entries, findings, members, notes, failures, unasked, files };
}

async function locksOf(
  settings: DepsSettings,
  context: GuardContext,
  notes: string[],
  failures: string[],
): Promise<string[]> {
  const named = settings['lock-files'];
  if (named !== undefined) return named.map((path) => resolve(context.cwd, path));
  const found = await findLocks(context.cwd);
  if (found.cutShort)
    failures.push(
      `${context.cwd} has more directories than are looked through: name the lock files with \`lock-files\`.`,
    );
  for (const directory of found.unreadable)
    failures.push(`${directory || context.cwd} cannot be listed: lock files below it are not known.`);
  for (const other of found.others)
    failures.push(
      `${other} was not read: of JavaScript only npm's lock files are. Name the lock files that count (go.sum, too) with \`lock-files\`.`,
    );
  if (!found.locks.some((path) => dirname(path) === context.cwd)) {
    const asked = await asksForPackages(join(context.cwd, 'package.json'));
    if (asked > 0)
      failures.push(
        `package.json asks for ${asked === 1 ? '1 package' : `${asked} packages`}, and no lock file beside it says what they are: write one with \`npm install --package-lock-only\` and commit it.`,
      );
  }
  for (const file of found.shadowed)
    notes.push(`${file} was not read: npm-shrinkwrap.json stands beside it, and npm takes that.`);
  return [...found.locks];
}

function entryOf(entry: LockEntry, file: string, verdict: DepsEntry['verdict'], says: string): DepsEntry {
  return { ecosystem: 'npm', name: entry.name, version: entry.version, file, line: entry.line, verdict, says };
}

async function judgeLock(
  path: string,
  file: string,
  lock: LockFile,
  { npmrc }: NpmrcBeside,
  settings: DepsSettings,
  context: GuardContext,
  cache: VerifiedCache,
  notes: string[],
  failures: string[],
): Promise<Judged[]> {
  const { registries } = settings.npm;
  const known = knownRegistries(npmrc, registries);
  const specs = await addOverrides(path, lock.specs);
  const problems = new Set<string>();
  const parts = lock.entries.map((entry): Part => {
    const { url: registry, problem } = registryOf(entry.name, npmrc, registries);
    if (problem !== null) problems.add(problem);
    return { file, entry, registry, source: classify(entry, { registry, known, specs }) };
  });
  for (const problem of problems)
    failures.push(`.npmrc beside ${file}: ${problem}; the public registry was asked instead.`);
  const client = new RegistryClient(context, npmrc);
  const asker = new Asker(settings.npm, context, client, new Trust(settings.npm, context, client), cache);
  const answers = await askAll(parts, asker, settings, context);
  const failed = [...asker.failures].map(([says, times]) => (times === 1 ? says : `${says} (${times} times)`));
  failures.push(...failed.slice(0, MOST_FAILURES));
  if (failed.length > MOST_FAILURES) failures.push(`${file}: ${failed.length - MOST_FAILURES} more requests failed.`);
  if (context.offline && asker.fromCache > 0) {
    notes.push(
      `${file}: ${asker.fromCache} entries were verified before; ages, unpublished versions and revoked keys were not looked at without the network.`,
    );
  }
  return judgeAll(parts, answers);
}

/** Answers by the key of the question. */
async function askAll(
  parts: readonly Part[],
  asker: Asker,
  settings: DepsSettings,
  context: GuardContext,
): Promise<ReadonlyMap<string, Answer>> {
  const groups = new Map<string, Map<string, Question>>();
  for (const part of parts) {
    const question = questionOf(part);
    if (question === null) continue;
    const group = JSON.stringify([part.registry, part.entry.name]);
    const questions = groups.get(group) ?? new Map<string, Question>();
    questions.set(keyOf(question), question);
    groups.set(group, questions);
  }
  const answers = new Map<string, Answer>();
  let done = 0;
  await eachLimited([...groups.values()], settings.npm.connections, async (group) => {
    const questions = [...group.values()];
    for (const [i, answer] of (await asker.ask(questions)).entries()) {
      const question = questions[i];
      if (question !== undefined) answers.set(keyOf(question), answer);
    }
    done++;
    if (done % 20 === 0) context.progress(`npm: ${done} of ${groups.size} packages`);
  });
  return answers;
}

function questionOf({ entry, source, registry }: Part): Question | null {
  if (source.kind !== 'registry') return null;
  return {
    name: entry.name,
    version: entry.version,
    registry,
    hashes: source.hashes,
    integrity: (entry.integrity ?? '').trim(),
    resolved: entry.resolved,
    tarball: source.tarball,
    dependencies: entry.dependencies,
  };
}

function keyOf(question: Question): string {
  const { registry, name, version, integrity, resolved, dependencies } = question;
  return JSON.stringify([registry, name, version, integrity, resolved, [...dependencies]]);
}

function judgeAll(parts: readonly Part[], answers: ReadonlyMap<string, Answer>): Judged[] {
  const byLocation = new Map<string, { judgement: Judgement; bundles: boolean | null; part: Part }>();
  for (const part of parts) {
    const question = questionOf(part);
    const answer = question === null ? undefined : answers.get(keyOf(question));
    const judged = answer?.judgement ?? local(part);
    byLocation.set(part.entry.location, { judgement: judged, bundles: answer?.bundles ?? null, part });
  }
  return parts.map((part) => {
    const own = byLocation.get(part.entry.location);
    if (part.source.kind !== 'bundled') return { entry: part.entry, judgement: own?.judgement ?? local(part) };
    const by = byLocation.get(part.source.by);
    return { entry: part.entry, judgement: bundled(part.source.by, by?.judgement ?? null, by?.bundles ?? null) };
  });
}

/** Its bytes are in the tarball of another entry, so they are as good as that is. */
function bundled(by: string, parent: Judgement | null, bundles: boolean | null): Judgement {
  if (parent === null) return malformed(`it is in the bundle of ${by}, which is no entry`);
  if (bundles === false)
    return malformed(`it is in the bundle of ${by}, and the registry says that this bundles nothing`);
  return judgement(parent.verdict, `it comes in the tarball of ${by}, which is ${parent.verdict}`);
}

function malformed(says: string): Judgement {
  return judgement('invalid', says, [
    { rule: rules.malformedEntry, verdict: 'confirmed', says, evidence: [supply(`The lock file: ${says}.`)] },
  ]);
}

/** npm writes optional packages of other platforms without a hash where the registry did not have them: many at once, one cause. */
function unpinned(optional: boolean, says: string): Pick<Raised, 'says' | 'group'> {
  const many = 'have no integrity, so the lock file pins no bytes';
  const then = 'optional, and installed unchecked where the platform fits';
  return optional
    ? {
        says: `${says}; it is ${then}`,
        group: { name: 'unpinned optional', many: `${many}; they are ${then}`, closed: true },
      }
    : { says, group: { name: 'unpinned', many, closed: true } };
}

/** Verdicts that need nobody. */
function local({ source, entry }: Part): Judgement {
  if (source.kind === 'malformed') return malformed(source.says);
  if (source.kind === 'registry' || source.kind === 'bundled')
    return judgement('unverifiable-source', 'it was not asked for');
  const { says } = source;
  const evidence = [supply(`The lock file: ${says}.`)];
  switch (source.kind) {
    case 'elsewhere':
      return judgement('unverifiable-source', says, [
        { rule: rules.unverifiableSource, verdict: 'confirmed', says, evidence },
      ]);
    case 'redirected':
      return judgement('invalid', says, [{ rule: rules.tarballRedirected, verdict: 'confirmed', says, evidence }]);
    case 'alias':
      return judgement('invalid', says, [{ rule: rules.undeclaredAlias, verdict: 'confirmed', says, evidence }]);
    case 'unpinned':
      return judgement('unverifiable-source', says, [
        { rule: rules.missingIntegrity, verdict: 'confirmed', ...unpinned(entry.optional, says), evidence },
      ]);
  }
}
