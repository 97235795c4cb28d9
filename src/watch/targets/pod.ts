/** One pod, as the Kubernetes API tells it → an address with labels, or why not. Only what is used is looked at. */
import { z } from 'zod';

const texts = z.record(z.string(), z.string()).nullish();

/** A list page, an event's object: loose, because the API grows. */
export const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    resourceVersion: z.string().nullish(),
    deletionTimestamp: z.string().nullish(),
    labels: texts,
    annotations: texts,
  }),
  spec: z
    .object({
      nodeName: z.string().nullish(),
      containers: z
        .array(
          z.object({
            name: z.string().nullish(),
            ports: z
              .array(z.object({ name: z.string().nullish(), containerPort: z.int(), protocol: z.string().nullish() }))
              .nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
  status: z.object({ phase: z.string().nullish(), podIP: z.string().nullish() }).nullish(),
});

export type Pod = z.infer<typeof podSchema>;

export interface PodTarget {
  /** `host:port`. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

const OURS = 'hemostat.io/';
const PROMETHEUS = 'prometheus.io/';

/** Null for a pod that is not to be watched now; a sentence for one that asks to be and cannot. */
export function targetOfPod(pod: Pod, alsoPrometheus: boolean): PodTarget | string | null {
  const { metadata, status } = pod;
  const annotations = metadata.annotations ?? {};
  const asksUs = annotations[`${OURS}scrape`];
  const usual = asksUs === undefined && alsoPrometheus && annotations[`${PROMETHEUS}scrape`] === 'true';
  if (asksUs !== 'true' && !usual) return null;
  if (status?.phase !== 'Running' || metadata.deletionTimestamp) return null;
  const ip = status.podIP ?? '';
  if (!/^[0-9a-fA-F:.]+$/.test(ip)) return null;
  const who = `pod ${metadata.namespace}/${metadata.name}`;
  const annotation = (name: string) => annotations[OURS + name] ?? '';
  const wantedPort = annotation('port') || (usual ? (annotations[`${PROMETHEUS}port`] ?? '') : '');
  const port = portOf(pod, wantedPort);
  if (port === null) {
    return wantedPort === ''
      ? `${who} has no port: add the annotation ${OURS}port`
      : `${who} has no port "${wantedPort.slice(0, 40)}": the annotation ${OURS}port must be a number or the name of a container's port`;
  }
  const paths = {
    __pprof_path__: annotation('path'),
    __metrics_path__: annotation('metrics-path') || (usual ? (annotations[`${PROMETHEUS}path`] ?? '') : ''),
  };
  for (const [label, path] of Object.entries(paths))
    if (path !== '' && !/^\/[\x21-\x7e]*$/.test(path))
      return `${who} has a wrong ${label === '__pprof_path__' ? 'path' : 'metrics-path'} annotation: it must begin with /`;
  const scheme = annotation('scheme');
  if (scheme !== '' && scheme !== 'http' && scheme !== 'https')
    return `${who} has a wrong annotation ${OURS}scheme: it must be http or https`;
  const found = { ...paths, __scheme__: scheme };
  return {
    address: `${ip.includes(':') ? `[${ip}]` : ip}:${port}`,
    labels: {
      ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== '')),
      ...labelsOf(pod),
      namespace: metadata.namespace,
      pod: metadata.name,
      ...containerOf(pod, port),
    },
  };
}

/** Which of its containers listens there: the only one, or the only one that declares the port. Whose syscalls count, too. */
function containerOf(pod: Pod, port: number): { readonly container?: string } {
  const all = pod.spec?.containers ?? [];
  const declare = all.filter(({ ports }) => ports?.some(({ containerPort }) => containerPort === port));
  const [only, ...others] = all.length === 1 ? all : declare;
  return only?.name && others.length === 0 ? { container: only.name } : {};
}

/** What the pod says about its names: by annotation, and by the labels that are usual; '' where it does not. */
export function namesOfPod({ metadata }: Pod) {
  const annotations = metadata.annotations ?? {};
  const labels = metadata.labels ?? {};
  return {
    environment: annotations[`${OURS}environment`] ?? '',
    service: annotations[`${OURS}service`] ?? '',
    app: labels['app.kubernetes.io/name'] || labels.app || '',
  };
}

/** A number, the name of a container's port, or the only sensible port of the pod. */
function portOf(pod: Pod, wanted: string): number | null {
  const ports = (pod.spec?.containers ?? [])
    .flatMap((container) => container.ports ?? [])
    .filter(({ protocol }) => protocol == null || protocol === 'TCP');
  if (/^\d{1,5}$/.test(wanted)) {
    const port = Number(wanted);
    return port >= 1 && port <= 65_535 ? port : null;
  }
  if (wanted !== '') return ports.find(({ name }) => name === wanted)?.containerPort ?? null;
  const named = ports.find(({ name }) => name === 'pprof' || name === 'debug');
  return named?.containerPort ?? (ports.length === 1 ? (ports[0]?.containerPort ?? null) : null);
}

/** As Prometheus names them, so that environment_label and service_label can pick one. */
function labelsOf({ metadata, spec }: Pod): Record<string, string> {
  const found: Record<string, string> = {
    __meta_kubernetes_namespace: metadata.namespace,
    __meta_kubernetes_pod_name: metadata.name,
    __meta_kubernetes_pod_node_name: spec?.nodeName ?? '',
  };
  for (const [name, value] of Object.entries(metadata.labels ?? {}))
    found[`__meta_kubernetes_pod_label_${name.replace(/\W/g, '_')}`] = value;
  return found;
}
