/** One review under way: which package is next, what it is told, and what is known of each so far. */
import type { SourcePackage } from '../golang/module.ts';
import { compare } from './analyse.ts';
import { hashOf } from './cache-key.ts';
import type { ReviewPackages } from './packages.ts';
import type { ReviewResult } from './result.ts';
import { createReviewer, type PackageAnswer, type PackageTask, type ReviewerSetup } from './reviewer.ts';
import { createSchedule, type PackageIndex, type Schedule } from './schedule.ts';

/** What the rules may take for a package: a base and more for each megabyte. The largest of the standard library takes under one second. */
const BASE_MS = 10_000;
const MS_PER_MB = 10_000;

export class Run {
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
      factsOnly: this.#found.asked[index] !== true,
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

  #package(index: PackageIndex): SourcePackage {
    const pkg = this.#found.packages[index];
    if (pkg === undefined) throw new RangeError(`there is no package ${index}`);
    return pkg;
  }
}

/** Since a time of performance.now(). */
export function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
