/** What `guard image` may raise. */
import type { GuardRule } from '../finding.ts';

export const VULNERABILITY: GuardRule = {
  id: 'image-vulnerability',
  summary: 'A scanner found a vulnerability in the image that the policy refuses.',
  severity: 'high',
  fix: 'Update the package to a version that has the fix and build the image again; where that cannot be, write an exception with its reason and a day.',
};
export const QUARANTINED: GuardRule = {
  id: 'image-quarantined',
  summary: 'The refused digest has a quarantine tag, so that it is kept, found and not taken for released.',
  severity: 'info',
  fix: 'Nothing has to be done for this: no other tag was moved and nothing was removed.',
};
export const UNSIGNED: GuardRule = {
  id: 'image-unsigned',
  summary: 'Nothing signed lies beside the image.',
  severity: 'high',
  fix: 'Sign the digest right after the push: cosign sign --key cosign.key NAME@sha256:…',
};
export const SIGNATURE_INVALID: GuardRule = {
  id: 'image-signature-invalid',
  summary: 'The image has signatures, and none of them holds by whom we trust.',
  severity: 'critical',
  fix: 'Find out who signed it and why; sign the digest that was built with the key that is trusted, and release nothing until then.',
};
export const SIGNATURE_UNREADABLE: GuardRule = {
  id: 'image-signature-unreadable-by-admission',
  summary: 'The image is signed, but not in a form that admission reads: it would be refused at deployment.',
  severity: 'high',
  fix: 'Sign in the form that is missing, or let admission read the one that is there.',
};
export const TAG_MOVED: GuardRule = {
  id: 'image-tag-moved',
  summary: 'The tag of a reference points to another digest than the one beside it.',
  severity: 'high',
  fix: 'Find out who pushed what the tag points to now; refer to the digest that was built and gated.',
};
export const REPORT_MISMATCH: GuardRule = {
  id: 'image-report-mismatch',
  summary: 'A scan report is about another image than this one.',
  severity: 'high',
  fix: 'Scan this digest (NAME@sha256:…) and give that report.',
};
export const REPORT_STALE: GuardRule = {
  id: 'image-report-stale',
  summary: 'A scan report is too old, or does not say when it was made.',
  severity: 'high',
  fix: 'Scan the digest again with a fresh vulnerability database.',
};
export const REPORT_MISSING: GuardRule = {
  id: 'image-report-missing',
  summary: 'A scan that is needed for an answer is not there: nothing was found because nothing was looked for.',
  severity: 'high',
  fix: 'Scan the digest (trivy image --format json --output trivy.json NAME@sha256:…), and give the report with --report trivy.json or gate.image.reports.',
};
export const EXCEPTION_EXPIRED: GuardRule = {
  id: 'image-exception-expired',
  summary: 'An exception for a vulnerability that is still there has run out.',
  severity: 'medium',
  fix: 'Fix the vulnerability, or decide again and write a new day and reason.',
};

export const IMAGE_RULES: readonly GuardRule[] = [
  VULNERABILITY,
  QUARANTINED,
  UNSIGNED,
  SIGNATURE_INVALID,
  SIGNATURE_UNREADABLE,
  TAG_MOVED,
  REPORT_MISMATCH,
  REPORT_STALE,
  REPORT_MISSING,
  EXCEPTION_EXPIRED,
];
