/** The review as a part of the gate: the same rules, suppressions and limits as `hemostat review`. */
import type { PartRunner } from '../guard/gate/gate.ts';
import type { FailOn } from '../guard/gate/limit.ts';
import type { ReviewSettings } from '../guard/gate/settings.ts';
import type { PartResult } from '../guard/part.ts';
import { shownPath, withPaths } from '../review/output/paths.ts';
import { summaryOf, verdictOf } from '../review/output/summary.ts';
import { type Review, reviewOf } from '../review/report.ts';
import { Sources } from '../review/report-sources.ts';
import { review } from '../review/review.ts';
import { type Changes, changesSince, mergeBase } from '../review/revision.ts';
import { allRules, type RawReviewOptions, requestOf } from './review-options.ts';

export interface ReviewPart {
  readonly runner: PartRunner;
  readonly failOn: FailOn['review'];
  /** Reads the files of findings, whose columns are bytes. */
  readonly sources: Sources;
}

export function reviewPart(root: string, settings: ReviewSettings, config: string | false | undefined): ReviewPart {
  const raw: RawReviewOptions = { cache: true, ...(config === undefined ? {} : { config }) };
  const request = requestOf(settings.patterns, raw, root);
  const sources = new Sources();
  const subject = request.patterns.join(' ');
  const run: PartRunner['run'] = async ({ progress }) => {
    const changes = await changesOf(settings, root);
    const show = (done: number, total: number): void => progress(`reviewing: ${done} of ${total} packages`);
    const result = await review(request.patterns, { ...request.review, onProgress: show });
    const shown = reviewOf(result, sources, {
      ids: allRules().map(({ id }) => id),
      ran: request.ran,
      levels: request.levels,
      minConfidence: request.minConfidence,
      excluded: request.excluded,
      changes,
      root,
    });
    return resultOf(shown, result.files.length, subject, root);
  };
  return { runner: { part: 'review', subject, run }, failOn: request.failOn, sources };
}

async function changesOf(settings: ReviewSettings, root: string): Promise<Changes | null> {
  const { 'new-from-rev': rev, 'new-from-merge-base': branch } = settings;
  if (rev !== undefined) return changesSince(root, rev);
  return branch === undefined ? null : changesSince(root, await mergeBase(root, branch));
}

function resultOf(shown: Review, files: number, subject: string, root: string): PartResult {
  const syntax = shown.problems.map(
    ({ path, line, column, message }) => `${shownPath(path, root)}:${line}:${column}: syntax error: ${message}`,
  );
  const failures = files > 0 ? [] : [shown.notes[0] ?? syntax[0] ?? `no Go file could be read for ${subject}`];
  const { stats, counts } = shown;
  return {
    part: 'review',
    subject,
    summary: files > 0 ? `${upperFirst(summaryOf(shown))}.` : 'no Go file could be read.',
    findings: shown.findings.map((finding) => withPaths(finding, (path) => shownPath(path, root))),
    tally: [],
    notes: files > 0 ? [...syntax, ...shown.notes] : [],
    failures,
    facts: { verdict: verdictOf(shown), counts, stats },
  };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
