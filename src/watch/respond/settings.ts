/** Who answers for findings, as the configuration says it. */
import type { Severity } from '../../findings/model.ts';
import type { Matrix, Role } from '../../guard/respond/model.ts';

export interface RespondSettings {
  /** Off: no incident is started, and nobody is reminded. Those that there are stay on the page. */
  readonly enabled: boolean;
  readonly matrix: Matrix;
  /** Findings below start no incident. */
  readonly minSeverity: Severity;
  readonly minVerdict: 'proven' | 'confirmed' | 'suspected';
  /** Names of receivers of alerts, told where the matrix says `role`; empty: nobody is reminded of what that role owes. */
  readonly receivers: Readonly<Record<Role, readonly string[]>>;
  readonly checks: CheckSettings;
}

/** How answers are checked here. */
export interface CheckSettings {
  /** Absolute; in it are the plans and rules that may be attached, by their names. Null: none can be checked here. */
  readonly artefacts: string | null;
  /** Tests of a fix are run without and with it: that runs code of the service's repository. */
  readonly runTests: boolean;
  /** Of each of the two runs. */
  readonly testTimeoutMs: number;
  /** Files with public keys whose signatures of a rollback's digest count. */
  readonly keys: readonly string[];
  /** Plain HTTP to a registry that is not on this machine. */
  readonly insecureRegistry: boolean;
}
