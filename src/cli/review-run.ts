/** From the request to what is printed and the exit code. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shownPath } from '../review/output/paths.ts';
import { isAtLeast, type Review, reviewOf } from '../review/report.ts';
import { Sources } from '../review/report-sources.ts';
import type { FileProblem, ReviewResult } from '../review/result.ts';
import { type Changes, changesSince, mergeBase } from '../review/revision.ts';
import { EXIT, UsageError } from './exit.ts';
import { allRules, type RawReviewOptions, type Request, requestOf } from './review-options.ts';
import { reviewProgress } from './review-progress.ts';

/** Lines about one file's syntax at most: the first is what matters. */
const PROBLEMS_PER_FILE = 3;

export async function run(words: readonly string[], raw: RawReviewOptions): Promise<number> {
  const cwd = process.cwd();
  const request = requestOf(words, raw, cwd);
  const reviewedAt = Date.now();
  let sources = new Sources();
  let review = await reviewNow(request, raw, cwd, sources);
  if (typeof review === 'number') return review;
  if (raw.diff || raw.fix) {
    const { fixOrShow } = await import('./review-fix.ts');
    const fixed = await fixOrShow(review.findings, { reviewedAt, cwd, write: raw.fix === true });
    if (raw.diff) return EXIT.ok;
    if (fixed > 0) {
      // What is left stands on other lines now.
      sources = new Sources();
      review = await reviewNow(request, raw, cwd, sources);
      if (typeof review === 'number') return review;
    }
  }
  return print(review, request, raw, cwd, sources);
}

/** The review, or the exit code where nothing could be read. */
async function reviewNow(
  request: Request,
  raw: RawReviewOptions,
  cwd: string,
  sources: Sources,
): Promise<Review | number> {
  const changes = await changesOf(raw, cwd);
  const result = await reviewed(request);
  if (result.files.length === 0) return nothingRead(result, request, cwd);
  return reviewOf(result, sources, {
    ids: allRules().map(({ id }) => id),
    ran: request.ran,
    levels: request.levels,
    minConfidence: request.minConfidence,
    excluded: request.excluded,
    changes,
    root: cwd,
  });
}

async function changesOf(raw: RawReviewOptions, cwd: string): Promise<Changes | null> {
  if (raw.newFromRev !== undefined) return changesSince(cwd, raw.newFromRev);
  if (raw.newFromMergeBase !== undefined) return changesSince(cwd, await mergeBase(cwd, raw.newFromMergeBase));
  return null;
}

async function reviewed(request: Request): Promise<ReviewResult> {
  const { review } = await import('../review/review.ts');
  const progress = reviewProgress();
  try {
    return await review(request.patterns, { ...request.review, onProgress: progress.show });
  } finally {
    progress.clear();
  }
}

/** Exit 3: there is no answer, and why. */
function nothingRead(result: ReviewResult, request: Request, cwd: string): number {
  const [note] = result.notes;
  const [problem] = result.problems;
  const none = `there is none for this GOOS, GOARCH and tags${request.review.tests === false ? ', but for tests, which are left out' : ''}`;
  const why = note ?? (problem === undefined ? none : said(problem, cwd));
  process.stderr.write(`hemostat: no Go file could be read for ${request.patterns.join(' ')}: ${why}\n`);
  return EXIT.evidence;
}

async function print(
  review: Review,
  request: Request,
  raw: RawReviewOptions,
  cwd: string,
  sources: Sources,
): Promise<number> {
  // In JSON and SARIF they are part of the answer.
  const structured = raw.json === true || request.sarif === null;
  if (!structured) complain(review, cwd);
  if (request.sarif !== undefined) {
    const { writeReviewSarif } = await import('../review/output/sarif.ts');
    const { version } = await import('./version.ts');
    const text = writeReviewSarif(review, repositoryOf(cwd), sources, version());
    if (request.sarif === null) process.stdout.write(text);
    else save(request.sarif, text);
  }
  if (raw.json) {
    const { writeReviewJson } = await import('../review/output/json.ts');
    process.stdout.write(writeReviewJson(review, cwd));
  } else if (raw.github) {
    const { writeGithub } = await import('../review/output/github.ts');
    process.stdout.write(writeGithub(review, repositoryOf(cwd), sources));
  } else if (request.sarif !== null) {
    const { writeReviewText } = await import('../review/output/text.ts');
    const { terminal } = await import('./terminal.ts');
    const details = raw.details ?? process.stdout.isTTY === true;
    process.stdout.write(writeReviewText(review, { terminal: terminal(), details, root: cwd, sources }));
  }
  return exitCode(review, request);
}

/** All that is new and not silenced counts, shown or not. */
function exitCode({ counts }: Review, { failOn }: Request): number {
  if (failOn === 'never') return EXIT.ok;
  const failing = (['high', 'medium', 'low'] as const).some((c) => counts[c] > 0 && isAtLeast(c, failOn));
  return failing ? EXIT.findings : EXIT.ok;
}

/** Syntax problems and notes, on stderr: one line each. */
function complain(review: Review, cwd: string): void {
  for (const [path, problems] of Map.groupBy(review.problems, (problem) => problem.path)) {
    for (const problem of problems.slice(0, PROBLEMS_PER_FILE)) process.stderr.write(`${said(problem, cwd)}\n`);
    const more = problems.length - PROBLEMS_PER_FILE;
    if (more > 0) process.stderr.write(`${shownPath(path, cwd)}: ${more} more syntax error${more === 1 ? '' : 's'}\n`);
  }
  for (const note of review.notes) process.stderr.write(`hemostat: ${note}\n`);
}

function said({ path, line, column, message }: FileProblem, cwd: string): string {
  return `${shownPath(path, cwd)}:${line}:${column}: syntax error: ${message}`;
}

function save(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UsageError(`--sarif: ${file} cannot be written (${code})`);
  }
}

/** The root of the repository around `dir`, which code hosts take paths from; without one, `dir`. */
function repositoryOf(dir: string): string {
  for (let at = dir; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return dir;
  }
}
