/** The review of the tree that a service is built from, in the form that a diagnosis joins with what it measured. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SourceReview } from '../findings/source-review.ts';
import type { ReviewOptions } from './result.ts';
import { review } from './review.ts';

/** One sentence why `dir` cannot be reviewed, null where it is a directory. `name` is what to call it: `--source lab`. */
export function objectionTo(dir: string, name: string): string | null {
  const found = statSync(dir, { throwIfNoEntry: false });
  if (found === undefined) return `${name}: there is no such directory; give the root of the Go module`;
  return found.isDirectory() ? null : `${name} is not a directory; give the root of the Go module`;
}

/** Reviews all packages below `dir` without their tests: a service is built without them. */
export async function reviewService(dir: string, options: Pick<ReviewOptions, 'workers'> = {}): Promise<SourceReview> {
  const { reports, problems, notes, files } = await review(['./...'], { ...options, cwd: resolve(dir), tests: false });
  const broken =
    problems.length === 0
      ? []
      : [
          `The source has ${problems.length} syntax ${problems.length === 1 ? 'error' : 'errors'}; the rest was reviewed.`,
        ];
  return {
    dir,
    files: files.length,
    reports: reports.map(({ rule, confidence, path, line, message, advice, function: name, steps }) => ({
      ...{ rule, confidence, path, line, message, advice, function: name },
      steps: steps.map(({ path: file, line: at, says }) => ({ path: file, line: at, says })),
    })),
    notes: [...notes, ...broken],
  };
}
