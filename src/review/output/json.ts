import { canonicalFinding } from '../../findings/canonical.ts';
import type { Review } from '../report.ts';
import { shownPath, withPaths } from './paths.ts';
import { verdictOf } from './summary.ts';

/** The review as JSON (docs/schema/review.schema.json), with files relative to `root`; a newline at the end. */
export function writeReviewJson(review: Review, root: string): string {
  const show = (path: string): string => shownPath(path, root);
  const { counts, stats } = review;
  const written = {
    schema: 'hemostat/review@1',
    verdict: verdictOf(review),
    findings: review.findings.map((f) => canonicalFinding(withPaths(f, show))),
    suppressed: review.suppressed.map((f) => canonicalFinding(withPaths(f, show))),
    counts: {
      high: counts.high,
      medium: counts.medium,
      low: counts.low,
      hidden: counts.hidden,
      suppressed: counts.suppressed,
      old: counts.old,
    },
    problems: review.problems.map((p) => ({
      file: show(p.path),
      line: p.line,
      column: p.column,
      message: p.message,
    })),
    notes: [...review.notes],
    stats: {
      packages: stats.packages,
      files: stats.files,
      bytes: stats.bytes,
      seconds: stats.seconds,
      fromCache: stats.fromCache,
    },
  };
  return `${JSON.stringify(written, null, 2)}\n`;
}
