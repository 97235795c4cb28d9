/** What one unit of the attack surface weighs; docs/surface.md has the same table, and a test holds the two together. */

export type Stage = 'network' | 'api' | 'credentials';

export const STAGES: readonly Stage[] = ['network', 'api', 'credentials'];

export interface UnitKind {
  readonly kind: string;
  readonly stage: Stage;
  readonly weight: number;
  /** What one is, and why it weighs that. */
  readonly why: string;
}

/**
 * Weights are relative: a port that only its own namespace reaches is 1, and so is one permission to read one resource of one
 * namespace. They are a choice, not a measurement; settings can override each.
 */
export const UNIT_KINDS: readonly UnitKind[] = [
  { kind: 'port-world', stage: 'network', weight: 10, why: 'a port that the world reaches' },
  { kind: 'port-cluster', stage: 'network', weight: 3, why: 'a port that pods of other namespaces reach' },
  { kind: 'port-namespace', stage: 'network', weight: 1, why: 'a port that only its own namespace reaches' },
  { kind: 'path-plain', stage: 'network', weight: 8, why: 'a host and path open to the world without TLS' },
  { kind: 'path-tls', stage: 'network', weight: 4, why: 'a host and path open to the world behind TLS' },
  { kind: 'api-alpha', stage: 'api', weight: 5, why: 'an API version that may change or vanish, tested least' },
  { kind: 'api-beta', stage: 'api', weight: 3, why: 'an API version that is not final' },
  { kind: 'api-stable', stage: 'api', weight: 1, why: 'a served API version' },
  { kind: 'grant-everything', stage: 'api', weight: 50, why: 'every verb on every resource' },
  { kind: 'grant-power', stage: 'api', weight: 10, why: 'escalate, bind, impersonate, exec, tokens, or a wildcard' },
  { kind: 'grant-secret', stage: 'api', weight: 5, why: 'reading Secrets' },
  { kind: 'grant-write', stage: 'api', weight: 2, why: 'changing one resource' },
  { kind: 'grant-read', stage: 'api', weight: 1, why: 'reading one resource' },
  { kind: 'credential-hour', stage: 'credentials', weight: 1, why: 'an hour that one holder can use a credential for' },
  { kind: 'credential-endless', stage: 'credentials', weight: 100, why: 'a credential that never ends by itself' },
  { kind: 'secret', stage: 'credentials', weight: 2, why: 'a Secret that is kept in the cluster' },
];

/** A grant in the whole cluster counts as many times as one in a namespace. */
export const CLUSTER_WIDE = 5;

/** A grant that names its objects counts as this much of one that does not. */
export const NAMED = 0.5;
