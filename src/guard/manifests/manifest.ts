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
  /** The text it stands in, for patches; absent for a live object. */
  readonly source?: ManifestSource;
}

/** The document of a file that holds an object. */
export interface ManifestSource {
  readonly file: string;
  /** The whole document, line breaks as they are. */
  readonly text: string;
  /** Where the document begins in the text of the file (UTF-16 units, after a byte order mark was taken off). */
  readonly offset: number;
  /** Path of the object in the document; empty unless it is an item of a list. */
  readonly prefix: readonly (string | number)[];
  /** The chart's template that Helm says it made the document from; empty where it does not. */
  readonly template: string;
}

export interface Manifests {
  readonly objects: readonly KubeObject[];
  /** Everything else that was given and that rules may know: kube-apiserver command lines, Vault roles as exported. */
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  /** Whether this is all that the cluster has, so that "there is none" may be claimed. Files: only within their namespaces. */
  readonly complete: boolean;
}
