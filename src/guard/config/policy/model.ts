/** Policies of the user and what they say; plain data, as it goes to the thread that runs them and back. */

/** An object as a policy sees it, by its number in the set. */
export interface PolicyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly value: unknown;
}

export type Policy = CelPolicy | RegoPolicy;

/** A ValidatingAdmissionPolicy. */
export interface CelPolicy {
  readonly type: 'cel';
  readonly file: string;
  readonly name: string;
  /** Its `spec`, as it stands. */
  readonly spec: unknown;
  /** Specs of the ValidatingAdmissionPolicyBindings that name it; without any it holds everywhere. */
  readonly bindings: readonly unknown[];
  /** Objects of the policy files, where parameters are looked for. */
  readonly others: readonly PolicyObject[];
}

/** Rego compiled to Wasm. */
export interface RegoPolicy {
  readonly type: 'rego';
  readonly file: string;
  readonly name: string;
  readonly wasm: Uint8Array;
}

/** What a policy says about one object. */
export interface Violation {
  /** Index in the set of objects; -1 where it is about all of them. */
  readonly object: number;
  readonly says: string;
  /** What it is about in the object; may be empty. */
  readonly path: readonly (string | number)[];
  /** Tells the validations of a policy apart. */
  readonly operation: string;
  /** Bound with Warn or Audit only. */
  readonly warns: boolean;
}

export interface PolicyAnswer {
  readonly violations: readonly Violation[];
  /** Objects that it was asked about. */
  readonly evaluated: number;
  /** What could not be evaluated: never a pass. Go on after the policy's name. */
  readonly failures: readonly string[];
  readonly notes: readonly string[];
}
