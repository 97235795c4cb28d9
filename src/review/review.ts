/** Source review as the command line uses it: patterns to reports, with threads and a cache. */
import { availableParallelism } from 'node:os';
import type { LoadOptions } from '../golang/load.ts';
import { readEnvironment } from '../golang/load-environment.ts';
import { compare } from './analyse.ts';
import { cacheDirectory, makeCacheDirectory } from './cache-directory.ts';
import { hashOf, toolDigest } from './cache-key.ts';
import { type Manifest, makeManifest, manifestHolds } from './cache-manifest.ts';
import { type CacheStore, openCacheStore, pruneCache } from './cache-store.ts';
import { type ReviewPackages, reviewPackages } from './packages.ts';
import { runPool } from './pool.ts';
import { RULES } from './registry.ts';
import type { ReviewOptions, ReviewResult, Session, SessionOptions } from './result.ts';
import { createReviewer, type PackageAnswer, type PackageTask, type ReviewerSetup } from './reviewer.ts';
import { createSchedule, type PackageIndex, type Schedule } from './schedule.ts';

/** More threads share memory bandwidth rather than add to it, and each has a heap of its own. */
const MAX_WORKERS = 8;
/** What the rules may take for a package: a base and more for each megabyte. The largest of the standard library takes under one second. */
const BASE_MS = 10_000;
const MS_PER_MB = 10_000;

/**
 * Reviews the packages that `patterns` name (`./...`, `./cart`, a directory, a file); none: the one in `cwd`.
 * @throws UsageError (by name) when a pattern names nothing; the reason of `options.signal` when that aborts
 */
export async function review(patterns: readonly string[], options: ReviewOptions): Promise<ReviewResult> {
  const beganMs = Date.now();
  const began = performance.now();
  options.signal?.throwIfAborted();
  const notes: string[] = [];
  const setup = setupOf(options, notes);
  const directory = setup.cacheDirectory;
  const store = directory === null ? null : openCacheStore(directory);
  const key = hashOf(['whole', setup.setupDigest, ...patterns]);

  const known = store === null ? null : unchanged(store, key);
  if (known !== null) {
    const { packages } = known.stats;
    options.onProgress?.(packages, packages);
    return { ...known, stats: { ...known.stats, fromCache: packages, seconds: secondsSince(began) } };
  }

  const found = reviewPackages(patterns, loadOptions(options));
  const run = new Run(found, setup, options.onProgress ?? (() => {}));
  const workers = Math.min(options.workers ?? Math.min(availableParallelism(), MAX_WORKERS), found.packages.length);
  if (workers <= 0) run.inThisThread(options.signal);
  else await runPool(run, { setup, workers, signal: options.signal });
  const result = run.result([...notes, ...found.notes], began);
  if (store !== null && directory !== null && run.complete) {
    // A review of one moment: made before anything was read, it does not hold if something was written meanwhile.
    const manifest = makeManifest(found.stats.values(), beganMs);
    if (manifest !== null) store.write(key, JSON.stringify({ manifest, result } satisfies Whole));
    pruneCache(directory);
  }
  return result;
}

/** A whole review as it is remembered. */
interface Whole {
  readonly manifest: Manifest;
  readonly result: ReviewResult;
}

function unchanged(store: CacheStore, key: string): ReviewResult | null {
  const text = store.read(key);
  if (text === null) return null;
  const whole: Whole = JSON.parse(text);
  return manifestHolds(whole.manifest) ? whole.result : null;
}

export function loadOptions(options: Omit<ReviewOptions, 'cache'>): LoadOptions {
  return {
    cwd: options.cwd,
    tests: options.tests ?? true,
    ...(options.goos === undefined ? {} : { goos: options.goos }),
    ...(options.goarch === undefined ? {} : { goarch: options.goarch }),
    ...(options.tags === undefined ? {} : { tags: options.tags }),
  };
}

export function setupOf(options: ReviewOptions, notes: string[]): ReviewerSetup {
  const rules = options.rules ?? RULES.map((rule) => rule.id);
  const load = loadOptions(options);
  let directory = options.cache === 'off' ? null : cacheDirectory(process.env, process.platform);
  if (directory !== null && !makeCacheDirectory(directory)) {
    notes.push(`${directory} cannot be made, so nothing is remembered; set HEMOSTAT_CACHE to a directory, or to off.`);
    directory = null;
  }
  const environment = readEnvironment(process.env);
  const setupDigest = hashOf([toolDigest(), JSON.stringify(load), JSON.stringify(environment), ...[...rules].sort()]);
  return { load, rules, cacheDirectory: directory, setupDigest };
}

/** One review under way: what is known of each package so far. */
class Run {
  readonly schedule: Schedule;
  /** Every package gave its whole answer. */
  complete = true;
  readonly #found: ReviewPackages;
  readonly #setup: ReviewerSetup;
  readonly #answers: (PackageAnswer | undefined)[] = [];
  readonly #failures = new Map<PackageIndex, string>();
  readonly #progress: (done: number, total: number) => void;

  constructor(found: ReviewPackages, setup: ReviewerSetup, progress: (done: number, total: number) => void) {
    this.#found = found;
    this.#setup = setup;
    this.#progress = progress;
    this.schedule = createSchedule(
      found.packages.map((pkg) => ({
        importPath: pkg.importPath,
        imports: pkg.imports,
        bytes: pkg.files.reduce((sum, file) => sum + file.size, 0),
      })),
    );
  }

  task(index: PackageIndex, told: Set<PackageIndex>): PackageTask {
    const pkg = this.#package(index);
    const visible = this.schedule.visibleFrom(index);
    const facts: [string, string][] = [];
    const paths: string[] = [];
    for (const other of visible) {
      const answer = this.#answers[other];
      if (answer === undefined || answer.facts === '{}') continue;
      const path = this.#package(other).importPath;
      paths.push(path);
      if (told.has(other)) continue;
      told.add(other);
      facts.push([path, answer.facts]);
    }
    const megabytes = pkg.files.reduce((sum, file) => sum + file.size, 0) / 2 ** 20;
    return {
      pkg,
      importsDigest: this.#importsDigest(index),
      visible: paths,
      facts,
      milliseconds: BASE_MS + MS_PER_MB * megabytes,
    };
  }

  answer(index: PackageIndex, answer: PackageAnswer): void {
    this.#answers[index] = answer;
    if (answer.notes.length > 0) this.complete = false;
    this.#progress(this.schedule.packages - this.schedule.left + 1, this.schedule.packages);
  }

  failed(index: PackageIndex, why: string): void {
    this.#failures.set(index, why);
    this.complete = false;
    this.#progress(this.schedule.packages - this.schedule.left + 1, this.schedule.packages);
  }

  inThisThread(signal: AbortSignal | undefined): void {
    const reviewer = createReviewer(this.#setup);
    const told = new Set<PackageIndex>();
    for (let index = this.schedule.next(); index >= 0; index = this.schedule.next()) {
      signal?.throwIfAborted();
      this.answer(index, reviewer.review(this.task(index, told)));
      this.schedule.finish(index);
    }
  }

  result(notes: readonly string[], began: number): ReviewResult {
    const { packages, asked, files } = this.#found;
    const indices = packages.flatMap((_, index) => (asked[index] === true ? [index] : []));
    const answers = indices.flatMap((index) => this.#answers[index] ?? []);
    const wanted = <T extends { readonly path: string }>(list: readonly T[]): readonly T[] =>
      files === null ? list : list.filter((item) => files.has(item.path));
    const paths = indices.flatMap((index) => this.#package(index).files.map((file) => file.path));
    return {
      reports: wanted(answers.flatMap((answer) => answer.reports)).toSorted(
        (a, b) =>
          compare(a.path, b.path) || a.start - b.start || compare(a.rule, b.rule) || compare(a.message, b.message),
      ),
      problems: wanted(answers.flatMap((answer) => answer.problems)).toSorted(
        (a, b) => compare(a.path, b.path) || a.line - b.line || a.column - b.column,
      ),
      comments: wanted(answers.flatMap((answer) => answer.comments)).toSorted(
        (a, b) => compare(a.path, b.path) || a.start - b.start,
      ),
      notes: [...notes, ...answers.flatMap((answer) => answer.notes), ...this.#failureNotes()],
      files: [...new Set(files === null ? paths : paths.filter((path) => files.has(path)))].sort(),
      stats: {
        packages: indices.length,
        files: files === null ? paths.length : files.size,
        bytes: answers.reduce((sum, answer) => sum + answer.bytes, 0),
        seconds: secondsSince(began),
        fromCache: answers.filter((answer) => answer.fromCache).length,
      },
    };
  }

  /** What the package sees of others: the digests of what it imports here, and which packages its other imports are. */
  #importsDigest(index: PackageIndex): string {
    const pkg = this.#package(index);
    const parts = [this.#found.externals[index] ?? ''];
    for (const other of this.schedule.imports[index] ?? []) {
      const { importPath } = this.#package(other);
      const answer = this.#answers[other];
      const tested = `${importPath}_test` === pkg.importPath;
      parts.push(importPath, (tested ? answer?.testDigest : answer?.digest) ?? 'failed');
    }
    return hashOf(parts);
  }

  #failureNotes(): string[] {
    return [...this.#failures]
      .sort(([a], [b]) => a - b)
      .map(([index, why]) => {
        const { importPath, dir } = this.#package(index);
        return `${importPath} (${dir}): the review ${why}; the package is left out.`;
      });
  }

  #package(index: PackageIndex): ReviewPackages['packages'][number] {
    const pkg = this.#found.packages[index];
    if (pkg === undefined) throw new RangeError(`there is no package ${index}`);
    return pkg;
  }
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}

/** A session for an editor over one directory. */
export function createSession(_options: SessionOptions): Session {
  throw new Error('not there yet');
}
