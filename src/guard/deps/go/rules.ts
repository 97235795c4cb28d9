/** What `guard deps` may raise about Go modules; docs/rules/<id>.md says the rest. */
import type { GuardRule } from '../../finding.ts';

export const SUM_MISMATCH: GuardRule = {
  id: 'deps-sum-mismatch',
  summary: 'A line of go.sum disagrees with the checksum database.',
  severity: 'critical',
  fix: 'Do not build. Find out where the line came from (git log -S), then remove it and let go mod download write it again with GOSUMDB on.',
};
export const SUM_UNLISTED: GuardRule = {
  id: 'deps-sum-unlisted',
  summary: 'A line of go.sum is of a module version that the checksum database does not know.',
  severity: 'high',
  fix: 'If the module is private, name its path in GONOSUMDB; else take a version that is public, or find out who wrote the line.',
};
export const SUM_MALFORMED: GuardRule = {
  id: 'deps-sum-malformed',
  summary: 'A line of go.sum cannot be read, or contradicts another line.',
  severity: 'high',
  fix: 'Remove the line and run go mod tidy with GOSUMDB on.',
};
export const SUM_MISSING: GuardRule = {
  id: 'deps-sum-missing',
  summary: 'A module that go.mod requires has no line in go.sum.',
  severity: 'medium',
  fix: 'Run go mod tidy with GOSUMDB on and commit go.sum.',
};
export const SUMDB_FORK: GuardRule = {
  id: 'deps-sumdb-fork',
  summary: 'The checksum database signed two logs that contradict each other.',
  severity: 'critical',
  fix: 'Build nothing with what it says. Keep both notes: they are proof; report them to who runs the database.',
};
export const SUMDB_TILE: GuardRule = {
  id: 'deps-sumdb-tile',
  summary: 'What the checksum database served is not in the log that it signed.',
  severity: 'critical',
  fix: 'Ask the database without a proxy between (GOSUMDB with its address). If that is right, the proxy changes answers.',
};
export const SUMDB_SIGNATURE: GuardRule = {
  id: 'deps-sumdb-signature',
  summary: 'A tree head of the checksum database has a wrong signature, or one by a key that is not known.',
  severity: 'critical',
  fix: 'Ask the database without a proxy between, and compare its key with the one that it publishes.',
};
export const SUMDB_OFF: GuardRule = {
  id: 'deps-sumdb-off',
  summary: 'The checksum database is switched off, so nothing but the first download vouches for modules.',
  severity: 'high',
  fix: 'Unset GOSUMDB, and name what is private in GONOSUMDB by its path.',
};
export const PRIVATE_TOO_BROAD: GuardRule = {
  id: 'deps-private-too-broad',
  summary: 'GOPRIVATE, GONOSUMDB or GOINSECURE covers more than what is private.',
  severity: 'high',
  fix: "Name your own organisation's path, e.g. GOPRIVATE=github.com/acme/*.",
};
export const REPLACE: GuardRule = {
  id: 'deps-replace',
  summary: 'A replace builds another module than the one that go.mod requires.',
  severity: 'medium',
  fix: 'Require the other module under its own path, or release the change and drop the replace.',
};
export const MODULE_CACHE_CHANGED: GuardRule = {
  id: 'deps-module-cache-changed',
  summary: 'The module cache holds other bytes than go.sum pins.',
  severity: 'critical',
  fix: 'Run go clean -modcache and download again; find out what wrote to the cache.',
};
export const VENDOR_CHANGED: GuardRule = {
  id: 'deps-vendor-changed',
  summary: 'A vendored file is not the one of the module that go.sum pins.',
  severity: 'critical',
  fix: 'Run go mod vendor again and commit it; a change of your own belongs into a fork that go.mod names.',
};
export const VENDOR_STALE: GuardRule = {
  id: 'deps-vendor-stale',
  summary: 'vendor/modules.txt disagrees with go.mod.',
  severity: 'medium',
  fix: 'Run go mod vendor and commit it.',
};
export const GO_RULES: readonly GuardRule[] = [
  SUM_MISMATCH,
  SUM_UNLISTED,
  SUM_MALFORMED,
  SUM_MISSING,
  SUMDB_FORK,
  SUMDB_TILE,
  SUMDB_SIGNATURE,
  SUMDB_OFF,
  PRIVATE_TOO_BROAD,
  REPLACE,
  MODULE_CACHE_CHANGED,
  VENDOR_CHANGED,
  VENDOR_STALE,
];
