/** Kubernetes objects made by hand for tests: places are lines of a made-up file, one line a path. */
import type { KubeObject, Manifests } from '../guard/manifests/manifest.ts';

interface Given {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<Record<string, unknown>>;
}

const CLUSTER_WIDE = /^(?:Cluster|Namespace$|Node$|ValidatingWebhook|MutatingWebhook|ValidatingAdmissionPolicy)/;

/** The object, said to stand in `file`; line is 10 × its index + the depth of the path, so that places can be told apart. */
export function kubeObject(
  value: Given & Readonly<Record<string, unknown>>,
  index = 0,
  file = 'test.yaml',
): KubeObject {
  return {
    apiVersion: value.apiVersion,
    kind: value.kind,
    name: value.metadata.name,
    namespace: CLUSTER_WIDE.test(value.kind) ? '' : (value.metadata.namespace ?? 'default'),
    value,
    origin: { kind: 'file', file },
    at: (path) => ({
      file,
      line: 10 * index + path.length + 1,
      column: 1,
      endLine: 10 * index + path.length + 1,
      endColumn: 2,
    }),
  };
}

export function manifestsOf(
  values: readonly (Given & Readonly<Record<string, unknown>>)[],
  complete = true,
): Manifests {
  return { objects: values.map((value, index) => kubeObject(value, index)), notes: [], failures: [], complete };
}
