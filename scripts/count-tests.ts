/**
 * Prints `N passed, N failed` from vitest's JSON report: `node scripts/count-tests.ts REPORT`. Exits 1 where a test
 * failed, none ran, or there is no report.
 */

import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Report = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/** What the tests of one run said. */
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts the tests in `json`. A file that failed before its first test (a syntax error, say) counts as one failure. */
export function countTests(json: string): Counts {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const file of Report.parse(JSON.parse(json)).testResults) {
    let failedHere = 0;
    for (const { status } of file.assertionResults) {
      if (status === 'passed') passed++;
      else if (status === 'failed') failedHere++;
      else skipped++;
    }
    if (file.status === 'failed' && failedHere === 0) failedHere = 1;
    failed += failedHere;
  }
  return { passed, failed, skipped };
}

function main(path: string | undefined): void {
  let counts: Counts;
  try {
    counts = countTests(readFileSync(path ?? '', 'utf8'));
  } catch {
    process.stderr.write(
      `count-tests: no test report at ${path ?? '(no path given)'}: the tests did not run to the end\n`,
    );
    counts = { passed: 0, failed: 1, skipped: 0 };
  }
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  if (counts.failed > 0 || counts.passed === 0) process.exitCode = 1;
}

if (import.meta.main) main(process.argv[2]);
