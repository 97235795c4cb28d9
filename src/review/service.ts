/** `diagnose --source DIR`: the review of a tree, in the form that the diagnosis joins with what it measured. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SourceReview } from '../diagnose/with-source.ts';
import { UsageError } from './exit.ts';

/** Asked before the window begins: nobody should wait five minutes to learn of a typing error. */
export function checkSourceDirectory(dir: string): void {
  const found = statSync(dir, { throwIfNoEntry: false });
  if (found === undefined)
    throw new UsageError(`--source ${dir}: there is no such directory; give the root of the Go module`);
  if (!found.isDirectory()) throw new UsageError(`--source ${dir} is not a directory; give the root of the Go module`);
}

/** Reviews all packages below `dir` without their tests: a service is built without them. */
export async function reviewForDiagnosis(dir: string): Promise<SourceReview> {
  const { review } = await import('../review/review.ts');
  const { reports, problems, notes, files } = await review(['./...'], { cwd: resolve(dir), tests: false });
  const broken =
    problems.length === 0
      ? []
      : [
          `The source has ${problems.length} syntax ${problems.length === 1 ? 'error' : 'errors'}; the rest was reviewed.`,
        ];
  return { dir, files: files.length, reports, notes: [...notes, ...broken] };
}
