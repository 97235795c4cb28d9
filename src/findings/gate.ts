import type { Diagnosis, Verdict } from './model.ts';
import { atLeast } from './sort.ts';

/** Whether a CI gate fails: some finding is at least as certain as `failOn`. */
export function exceeds(d: Diagnosis, failOn: Verdict): boolean {
  return d.findings.some((finding) => atLeast(finding.verdict, failOn));
}
