import type { Finding } from '../findings/model.ts';
import type { PartName } from './part.ts';

/** Findings of these rules say that the bytes are not what somebody vouched for, or that a lock file contradicts itself. */
export const INEXCUSABLE: readonly string[] = [
  'deps-integrity-mismatch',
  'deps-tarball-redirected',
  'deps-invalid-signature',
  'deps-invalid-attestation',
  'deps-sum-mismatch',
  'deps-sum-malformed',
  'deps-sumdb-fork',
  'deps-sumdb-signature',
  'deps-module-cache-changed',
  'deps-vendor-changed',
];

/**
 * What no baseline and no exception of the gate covers: a signature, checksum or log that contradicts what is there. Somebody changed
 * the bytes, and accepting that is what the gate is there to prevent.
 */
export function isInexcusable(part: PartName, finding: Finding): boolean {
  if (part !== 'deps' && part !== 'image') return false;
  const isProven = finding.verdict === 'proven' && finding.evidence.some(({ leg }) => leg === 'supply');
  return isProven || INEXCUSABLE.includes(finding.rule);
}
