/** A review in one sentence. */
import { formatCount, formatDuration } from '../../findings/units.ts';
import type { Review } from '../report.ts';

/** `3 findings: 1 high, 2 medium`, `no findings`. */
export function verdictOf({ counts }: Review): string {
  const total = counts.high + counts.medium + counts.low;
  if (total === 0) return 'no findings';
  const parts = (['high', 'medium', 'low'] as const).flatMap((confidence) =>
    counts[confidence] === 0 ? [] : [`${formatCount(counts[confidence])} ${confidence}`],
  );
  return `${plural(total, 'finding')}: ${parts.join(', ')}`;
}

/** The last line of the text: what was found, what is not shown and why, and what was looked at. */
export function summaryOf(review: Review): string {
  const { counts, stats } = review;
  const broken = new Set(review.problems.map((problem) => problem.path)).size;
  const unsaid = [
    counts.hidden === 0 ? '' : `${formatCount(counts.hidden)} not shown (--min-confidence low shows all)`,
    counts.suppressed === 0
      ? ''
      : `${formatCount(counts.suppressed)} silenced by ${counts.suppressed === 1 ? 'a comment' : 'comments'}`,
    counts.old === 0 ? '' : `${formatCount(counts.old)} on lines that are not new`,
    broken === 0 ? '' : `${plural(broken, 'file')} with syntax errors`,
  ].filter((part) => part !== '');
  const looked = `${plural(stats.packages, 'package')}, ${plural(stats.files, 'file')}, ${formatDuration(stats.seconds)}`;
  return `${[verdictOf(review), ...unsaid].join('; ')} (${looked})`;
}

function plural(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? '' : 's'}`;
}
