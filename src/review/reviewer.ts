/** Reviews packages one after the other in this thread, from the cache where it knows the answer. Workers and sessions use it. */
import { readFileSync } from 'node:fs';
import type { SourcePackage } from '../golang/module.ts';
import { analysePackage, type FileSource, type PackageResult } from './analyse.ts';
import { hashBytes, hashOf } from './cache-key.ts';
import { type CacheStore, openCacheStore } from './cache-store.ts';
import { factView, type PackageFacts } from './facts.ts';
import { createFrontEnd, type FrontEndOptions } from './front-end.ts';
import { FACT_RULES, RULES } from './registry.ts';
import type { FileComment, FileProblem, FileReport } from './result.ts';

/** Plain data: it goes to workers. */
export interface ReviewerSetup extends FrontEndOptions {
  /** Ids of the rules to run. */
  readonly rules: readonly string[];
  /** Null: no cache. */
  readonly cacheDirectory: string | null;
  /** Hash of the tool and of every option that answers depend on. */
  readonly setupDigest: string;
}

export interface PackageTask {
  readonly pkg: SourcePackage;
  /** Hash of what the package sees of others: digests of the reviewed packages that it imports, identities of the others. */
  readonly importsDigest: string;
  /** Import paths whose facts it may see. */
  readonly visible: readonly string[];
  /** Facts as JSON by import path, those that this reviewer was not yet told. */
  readonly facts: readonly (readonly [string, string])[];
  /** Nobody asks for its reports. */
  readonly factsOnly: boolean;
  /** For the rules; reading and parsing come on top. */
  readonly milliseconds: number;
}

export interface PackageAnswer {
  readonly reports: readonly FileReport[];
  readonly problems: readonly FileProblem[];
  readonly comments: readonly FileComment[];
  readonly notes: readonly string[];
  /** JSON of PackageFacts. */
  readonly facts: string;
  /** What importers see of it: declarations, facts, and what it sees itself. */
  readonly digest: string;
  /** What its external test package sees. */
  readonly testDigest: string;
  readonly bytes: number;
  readonly fromCache: boolean;
}

export interface Reviewer {
  review(task: PackageTask, contents?: ReadonlyMap<string, Uint8Array>): PackageAnswer;
}

/** A file beyond this is data; offsets of a package are 32 bits. */
const MAX_FILE_BYTES = 64 * 2 ** 20;
/** Of one package. */
const MAX_PACKAGE_BYTES = 512 * 2 ** 20;

export function createReviewer(setup: ReviewerSetup): Reviewer {
  const wanted = new Set(setup.rules);
  const rules = RULES.filter((rule) => wanted.has(rule.id));
  const factRules = rules.filter((rule) => FACT_RULES.has(rule.id));
  const frontEnd = createFrontEnd(setup);
  const store = setup.cacheDirectory === null ? null : openCacheStore(setup.cacheDirectory);
  const factTexts = new Map<string, string>();
  const parsedFacts = new Map<string, PackageFacts>();

  const factsOf = (path: string): PackageFacts | undefined => {
    const known = parsedFacts.get(path);
    const text = factTexts.get(path);
    if (known !== undefined || text === undefined) return known;
    const facts: PackageFacts = JSON.parse(text);
    parsedFacts.set(path, facts);
    return facts;
  };

  return {
    review(task, contents) {
      const { pkg } = task;
      for (const [path, text] of task.facts) {
        factTexts.set(path, text);
        parsedFacts.delete(path);
      }
      const { sources, notes, bytes } = readSources(pkg, contents);
      const whole = store === null ? '' : answerKey(setup.setupDigest, task, sources);
      const key = task.factsOnly ? hashOf(['facts', whole]) : whole;
      // An answer with a file missing is none to remember, and neither is one of an editor's text.
      const memorable = notes.length === 0 && contents === undefined;
      const cached = memorable ? (recall(store, whole) ?? (task.factsOnly ? recall(store, key) : null)) : null;
      if (cached !== null) return { ...cached, bytes, fromCache: true };
      const visible = new Set(task.visible);
      const view = factView({ get: (path) => (visible.has(path) ? factsOf(path) : undefined) });
      const result = attempt(pkg, () =>
        analysePackage(frontEnd, pkg, sources, task.factsOnly ? factRules : rules, view, task.milliseconds),
      );
      const facts = JSON.stringify(result.facts);
      const answer: StoredAnswer = {
        reports: result.reports,
        problems: result.problems,
        comments: result.comments,
        notes: [...notes, ...result.notes],
        facts,
        digest: hashOf([result.declarations.exported, facts, task.importsDigest]),
        testDigest: hashOf([result.declarations.withTests, facts, task.importsDigest]),
      };
      if (result.complete && memorable) store?.write(key, JSON.stringify(answer));
      return { ...answer, bytes, fromCache: false };
    },
  };
}

/** What the rules cannot be blamed for is caught here: the package is lost, the thread is not. */
function attempt(pkg: SourcePackage, analyse: () => PackageResult): PackageResult {
  try {
    return analyse();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const note = `${pkg.importPath} (${pkg.dir}): it could not be analysed (${reason}) and is left out; please report this.`;
    const nothing = {
      reports: [],
      problems: [],
      comments: [],
      facts: {},
      declarations: { exported: '', withTests: '' },
    };
    return { ...nothing, notes: [note], complete: false };
  }
}

type StoredAnswer = Omit<PackageAnswer, 'bytes' | 'fromCache'>;

function recall(store: CacheStore | null, key: string): StoredAnswer | null {
  const text = store?.read(key) ?? null;
  // The store has verified the hash of the text, so it is what was written under this key.
  if (text === null) return null;
  const answer: StoredAnswer = JSON.parse(text);
  return answer;
}

function readSources(
  pkg: SourcePackage,
  contents: ReadonlyMap<string, Uint8Array> | undefined,
): { sources: FileSource[]; notes: string[]; bytes: number } {
  const sources: FileSource[] = [];
  const notes: string[] = [];
  let bytes = 0;
  for (const { path } of pkg.files) {
    try {
      const content = contents?.get(path) ?? readFileSync(path);
      if (content.length > MAX_FILE_BYTES) {
        notes.push(`${path}: ${Math.round(content.length / 2 ** 20)} MB is too much for a source file; it is left out`);
      } else if (bytes + content.length > MAX_PACKAGE_BYTES) {
        notes.push(`${path}: the package ${pkg.importPath} is over ${MAX_PACKAGE_BYTES / 2 ** 20} MB; it is left out`);
      } else {
        sources.push({ path, bytes: content });
        bytes += content.length;
      }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
      notes.push(`${path}: cannot be read (${code}); it is left out`);
    }
  }
  return { sources, notes, bytes };
}

function answerKey(setupDigest: string, task: PackageTask, sources: readonly FileSource[]): string {
  const { pkg } = task;
  const parts = [setupDigest, task.importsDigest, pkg.importPath, pkg.name, pkg.dir, pkg.module.path, pkg.module.dir];
  return hashOf([
    ...parts,
    ...pkg.module.go,
    ...pkg.files.flatMap((file) => [file.path, file.test, file.cgo]),
    ...sources.flatMap((source) => [source.path, hashBytes(source.bytes)]),
  ]);
}
