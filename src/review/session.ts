/**
 * Review for an editor: one file again and again, with text that is not saved. The packages that it imports are reviewed
 * once, for their facts, mostly from the cache; after that an edit costs its own package.
 */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { SourceFile, SourcePackage } from '../golang/module.ts';
import { type ReviewPackages, reviewPackages } from './packages.ts';
import type { Session, SessionOptions, SessionResult } from './result.ts';
import { loadOptions, setupOf } from './review.ts';
import { createReviewer, type PackageAnswer, type PackageTask } from './reviewer.ts';
import { Run } from './run.ts';
import type { PackageIndex } from './schedule.ts';

/** Tests of a larger package are left out while another file of it is edited: parsing them is most of the time. */
const MANY_BYTES = 512 * 1024;
/** How long what is on disk is taken for unchanged without looking. */
const FRESH_MS = 5000;
/** Names and types of a thread only grow: it starts afresh after so many reviews. */
const MAX_REVIEWS = 2000;

/** A directory with all that its packages import, loaded and reviewed. */
interface Opened {
  readonly run: Run;
  readonly found: ReviewPackages;
  readonly told: Set<PackageIndex>;
  checkedMs: number;
}

export function createSession(options: SessionOptions): Session {
  const notes: string[] = [];
  const setup = setupOf(options, notes);
  const contents = new Map<string, Uint8Array>();
  const opened = new Map<string, Opened>();
  /** Of imported packages, by directory and import path, with what they were made from. */
  const answers = new Map<string, { readonly madeFrom: string; readonly answer: PackageAnswer }>();
  let headers: ReviewPackages['headers'] = new Map();
  let reviewer = createReviewer(setup);
  let reviews = 0;
  /** One at a time: what comes in between waits. */
  let queue: Promise<unknown> = Promise.resolve();

  const open = async (directory: string): Promise<Opened> => {
    const known = opened.get(directory);
    if (known !== undefined && isFresh(known)) return known;
    const found = reviewPackages([directory], { ...loadOptions(options), headers });
    headers = found.headers;
    const next: Opened = { run: new Run(found, setup, () => {}), found, told: new Set(), checkedMs: Date.now() };
    await reviewImports(next, directory, (task) => reviewOnce(task, found));
    opened.set(directory, next);
    return next;
  };

  /** An imported package is reviewed again only if its files or what it imports have changed. */
  const reviewOnce = (task: PackageTask, { stats }: ReviewPackages): PackageAnswer => {
    const { pkg } = task;
    const key = `${pkg.dir}\0${pkg.importPath}`;
    const times = pkg.files.flatMap(({ path, size }) => [path, size, stats.get(path)?.mtimeMs]);
    const madeFrom = JSON.stringify([task.importsDigest, times]);
    const known = answers.get(key);
    if (known?.madeFrom === madeFrom) return known.answer;
    const answer = reviewer.review(task);
    answers.set(key, { madeFrom, answer });
    return answer;
  };

  const reviewNow = async (path: string): Promise<SessionResult> => {
    if (++reviews > MAX_REVIEWS) {
      reviews = 0;
      opened.clear();
      answers.clear();
      reviewer = createReviewer(setup);
    }
    const directory = dirname(path);
    const known = await open(directory);
    const index = indexOf(known.found, path, contents.get(path));
    if (index < 0) {
      return {
        reports: [],
        problems: [],
        notes: [`${path}: no package that is built here has this file`],
        comments: [],
      };
    }
    const task = known.run.task(index, known.told);
    const pkg = withoutFarTests(withFile(task.pkg, path, contents.get(path)), path);
    const answer = reviewer.review({ ...task, pkg }, contents);
    return of(path, answer);
  };

  return {
    reviewFile(path, text) {
      const review = queue.then(() => {
        if (text === null) contents.delete(path);
        else contents.set(path, new TextEncoder().encode(text));
        return reviewNow(path);
      });
      queue = review.catch(() => {});
      return review;
    },
    forget(path) {
      contents.delete(path);
      // Saved: packages that import this one may see something else now.
      opened.clear();
    },
    async close() {
      await queue;
      opened.clear();
      contents.clear();
    },
  };
}

/** Everything but the directory's own packages, and of those the one that an external test imports. */
async function reviewImports(
  opened: Opened,
  directory: string,
  review: (task: PackageTask) => PackageAnswer,
): Promise<void> {
  const { run, found, told } = opened;
  const { schedule } = run;
  for (let index = schedule.next(); index >= 0; index = schedule.next()) {
    const own = found.packages[index]?.dir === directory;
    const needed = found.packages.some(
      (pkg, other) => other !== index && pkg.dir === directory && schedule.visibleFrom(other).includes(index),
    );
    if (!own || needed) {
      const began = performance.now();
      run.answer(index, review(run.task(index, told)));
      // Other requests, and the editor's next keystroke, get their turn.
      if (performance.now() - began > 1) await setImmediate();
    }
    schedule.finish(index);
  }
}

/** By stat, at most every few seconds. */
function isFresh(opened: Opened): boolean {
  if (Date.now() - opened.checkedMs < FRESH_MS) return true;
  for (const { path, mtimeMs } of opened.found.stats.values()) {
    if (statSync(path, { throwIfNoEntry: false })?.mtimeMs !== mtimeMs) return false;
  }
  opened.checkedMs = Date.now();
  return true;
}

/** The package that the file is in, or would be in once it is saved; -1: none. */
function indexOf({ packages, asked }: ReviewPackages, path: string, text: Uint8Array | undefined): PackageIndex {
  const index = packages.findIndex((pkg) => pkg.files.some((file) => file.path === path));
  if (index >= 0 || text === undefined) return index;
  const name = /^\s*package\s+(\w+)/m.exec(new TextDecoder().decode(text))?.[1];
  return packages.findIndex((pkg, at) => asked[at] === true && pkg.dir === dirname(path) && pkg.name === name);
}

function withFile(pkg: SourcePackage, path: string, text: Uint8Array | undefined): SourcePackage {
  if (text === undefined || pkg.files.some((file) => file.path === path)) return pkg;
  const file: SourceFile = { path, size: text.length, test: basename(path).endsWith('_test.go'), cgo: false };
  return { ...pkg, files: [...pkg.files, file].sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function withoutFarTests(pkg: SourcePackage, path: string): SourcePackage {
  const bytes = pkg.files.reduce((sum, file) => sum + file.size, 0);
  if (bytes <= MANY_BYTES || path.endsWith('_test.go')) return pkg;
  return { ...pkg, files: pkg.files.filter((file) => !file.test) };
}

function of(path: string, answer: PackageAnswer): SessionResult {
  return {
    reports: answer.reports.filter((report) => report.path === path),
    problems: answer.problems.filter((problem) => problem.path === path),
    comments: answer.comments.filter((comment) => comment.path === path),
    notes: answer.notes,
  };
}
