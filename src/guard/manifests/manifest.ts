/** Kubernetes objects as they stand in files or in a cluster, with the place of every value. */
import type { Region } from '../../findings/model.ts';

/** Where an object is from: a file (with positions) or a live API server. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'cluster'; readonly server: string };

/** One object. `value` is plain data as JSON would give it; aliases and merge keys are resolved. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Empty for what is cluster-wide; `default` where a namespaced object names none. */
  readonly namespace: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly origin: Origin;
  /** The place of a value by its path, as near as the document goes (a missing key gives its parent); null for a live object. */
  at(path: readonly (string | number)[]): Region | null;
}

export interface Manifests {
  readonly objects: readonly KubeObject[];
  /** Everything else that was given and that rules may know: kube-apiserver command lines, Vault roles as exported. */
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  /** Whether this is all that the cluster has, so that "there is none" may be claimed. Files: only within their namespaces. */
  readonly complete: boolean;
}
