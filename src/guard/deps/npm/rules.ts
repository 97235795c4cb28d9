/** What is said about entries of npm lock files. */
import type { GuardRule } from '../../finding.ts';

const REINSTALL =
  'Remove the entry from the lock file, run `npm install --package-lock-only`, and find out who changed it.';

export const integrityMismatch: GuardRule = {
  id: 'deps-integrity-mismatch',
  summary: 'The lock file pins other bytes than the registry has for this package and version.',
  severity: 'critical',
  fix: REINSTALL,
};

export const tarballRedirected: GuardRule = {
  id: 'deps-tarball-redirected',
  summary: 'The lock file takes the package from an address that is not its place at the registry.',
  severity: 'critical',
  fix: REINSTALL,
};

export const undeclaredAlias: GuardRule = {
  id: 'deps-undeclared-alias',
  summary: 'The lock file puts another package into the folder of this one, and no dependent asked for an alias.',
  severity: 'critical',
  fix: REINSTALL,
};

export const undeclaredDependency: GuardRule = {
  id: 'deps-undeclared-dependency',
  summary: 'The lock file gives a package a dependency that the package does not have.',
  severity: 'critical',
  fix: REINSTALL,
};

export const invalidSignature: GuardRule = {
  id: 'deps-invalid-signature',
  summary: "The registry's signature is not over the bytes that the lock file pins.",
  severity: 'critical',
  fix: 'Do not install it. Compare the package with another copy and tell the registry.',
};

export const invalidAttestation: GuardRule = {
  id: 'deps-invalid-attestation',
  summary: 'An attestation of the package does not verify, or is about other bytes.',
  severity: 'critical',
  fix: 'Do not install it. Compare the package with another copy and tell the registry.',
};

export const unsigned: GuardRule = {
  id: 'deps-unsigned',
  summary: 'Nobody signed the bytes that the lock file pins.',
  severity: 'high',
  fix: 'Take a version that is signed, or allow this one with a reason.',
};

export const noKeys: GuardRule = {
  id: 'deps-no-keys',
  summary: 'The package is signed, and none of the keys that are trusted can tell whether the signature is right.',
  severity: 'high',
  fix: 'Pin the keys of the registry with `keys-file`, or find out why the key id is not known.',
};

export const expiredKey: GuardRule = {
  id: 'deps-expired-key',
  summary: 'The package was signed with a key that had expired when the package was published.',
  severity: 'high',
  fix: 'Take a version that is signed with a current key.',
};

export const unverifiableSource: GuardRule = {
  id: 'deps-unverifiable-source',
  summary: 'The package comes from a place that signs nothing, or that could not be asked.',
  severity: 'medium',
  fix: 'Publish it to a registry that signs, or allow it with a reason.',
};

export const projectRegistry: GuardRule = {
  id: 'deps-project-registry',
  summary:
    "The project's own .npmrc chooses the registry, which then also chooses the keys that its packages are verified with.",
  severity: 'high',
  fix: 'Name the registry in `gate.deps.npm.registries`, pin its keys with `keys-file`, or configure it where the pipeline is.',
};

export const missingIntegrity: GuardRule = {
  id: 'deps-missing-integrity',
  summary: 'The lock file pins no bytes for this package: whatever is served will be installed.',
  severity: 'high',
  fix: 'Remove the entry and run `npm install --package-lock-only`, which writes the integrity.',
};

export const weakIntegrity: GuardRule = {
  id: 'deps-weak-integrity',
  summary: 'The lock file pins the package by SHA-1 only, for which different files of one hash can be made.',
  severity: 'medium',
  fix: 'Remove the entry and run `npm install --package-lock-only`, which writes SHA-512.',
};

export const malformedEntry: GuardRule = {
  id: 'deps-malformed-entry',
  summary: 'The lock file has an entry that npm does not write.',
  severity: 'high',
  fix: REINSTALL,
};

export const duplicateEntry: GuardRule = {
  id: 'deps-duplicate-entry',
  summary:
    'The lock file says two different things about one package: npm takes the one, a reviewer may read the other.',
  severity: 'high',
  fix: REINSTALL,
};

export const provenanceDowngrade: GuardRule = {
  id: 'deps-provenance-downgrade',
  summary: 'An earlier version says where it was built, and this one does not.',
  severity: 'high',
  fix: 'Find out how this version was published before installing it; a stolen token publishes without provenance.',
};

export const sourceChanged: GuardRule = {
  id: 'deps-source-changed',
  summary: 'The version was built from another repository or workflow than the one before it.',
  severity: 'high',
  fix: 'Look at the new repository; if the move is announced, allow it with a reason.',
};

export const coolDown: GuardRule = {
  id: 'deps-cool-down',
  summary: 'The version is so young that nobody may have looked at it.',
  severity: 'medium',
  fix: 'Wait until it is older, or allow it with a reason.',
};

export const installScript: GuardRule = {
  id: 'deps-install-script',
  summary: 'The package runs a script when it is installed.',
  severity: 'info',
  fix: 'Install with `--ignore-scripts`, and allow the few scripts that are needed.',
};

export const npmRules: readonly GuardRule[] = [
  integrityMismatch,
  tarballRedirected,
  undeclaredAlias,
  undeclaredDependency,
  invalidSignature,
  invalidAttestation,
  unsigned,
  noKeys,
  expiredKey,
  unverifiableSource,
  projectRegistry,
  missingIntegrity,
  weakIntegrity,
  malformedEntry,
  duplicateEntry,
  provenanceDowngrade,
  sourceChanged,
  coolDown,
  installScript,
];
