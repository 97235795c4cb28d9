/** The contract between rules about configuration and what runs them; one file a rule or family, over all objects at once. */
import type { Finding } from '../../findings/model.ts';
import type { GuardRule } from '../finding.ts';
import type { Manifests } from '../manifests/manifest.ts';

export interface ConfigInput {
  readonly manifests: Manifests;
  /** Workloads (`namespace/kind/name#container`) of which a baseline knows that they write nothing to their root file system. */
  readonly writesNothing: ReadonlySet<string>;
  /** Roles of Vault or OpenBao: exported files or a live server. */
  readonly vault: readonly VaultMount[];
}

/** An auth or secrets mount with its roles; times in seconds, 0 is "not set here". */
export interface VaultMount {
  readonly path: string;
  readonly type: string;
  readonly defaultTtl: number;
  readonly maxTtl: number;
  readonly roles: readonly VaultRole[];
  readonly origin: string;
}

export interface VaultRole {
  readonly name: string;
  readonly tokenTtl: number;
  readonly tokenMaxTtl: number;
  /** Renewable without end where set (`token_period`). */
  readonly tokenPeriod: number;
  /** The hard end of a token, renewed or not (`token_explicit_max_ttl`). */
  readonly tokenExplicitMaxTtl?: number;
  /** `batch` tokens cannot be revoked or renewed. */
  readonly tokenType?: string;
  readonly policies?: readonly string[];
  readonly file: string;
  readonly line: number;
}

/** Raises findings of the rules it lists; pure. */
export interface ConfigCheck {
  readonly rules: readonly GuardRule[];
  check(input: ConfigInput): readonly Finding[];
}
