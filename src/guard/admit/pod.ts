/** Where the pod is in what the API server asks about, and which images it runs. */
import { POD_MAKERS } from '../config/pod-templates.ts';
import { isRecord } from '../json/values.ts';

/** `group/Kind` and the way to the pod or template (with metadata and spec). PodTemplates run nothing, but are there to be copied. */
const PODS: ReadonlyMap<string, readonly string[]> = new Map([
  ...POD_MAKERS.map(({ group, kind, template }) => [`${group}/${kind}`, template] as const),
  ['/PodTemplate', ['template']],
]);

/** Subresources whose object has a pod in it that can be another than before. */
const SUBRESOURCES: ReadonlyMap<string, readonly string[]> = new Map([['/Pod', ['ephemeralcontainers', 'resize']]]);

/** An image that a pod would run, or mount. */
export interface PodImage {
  readonly kind: 'container' | 'init container' | 'ephemeral container' | 'volume';
  readonly container: string;
  /** As it is written. */
  readonly image: string;
}

export interface PodPart {
  readonly labels: Readonly<Record<string, string>>;
  readonly images: readonly PodImage[];
  /** What has the wrong shape, one sentence each. The API server lets none through, so these are refused. */
  readonly problems: readonly string[];
}

/** Whether a pod is in such an object at all; others are left alone. */
export function holdsPod(group: string, kind: string, subResource: string): boolean {
  const name = `${group}/${kind}`;
  return PODS.has(name) && (subResource === '' || (SUBRESOURCES.get(name)?.includes(subResource) ?? false));
}

/** `object`: of a kind that holds a pod. */
export function podOf(group: string, kind: string, object: Readonly<Record<string, unknown>>): PodPart {
  let at: unknown = object;
  for (const key of PODS.get(`${group}/${kind}`) ?? []) at = isRecord(at) ? at[key] : undefined;
  const none: PodPart = { labels: {}, images: [], problems: [] };
  // ReplicationControllers may do without a template.
  if (kind === 'ReplicationController' && at == null) return none;
  if (!isRecord(at) || !isRecord(at.spec)) return { ...none, problems: [`the ${kind} has no pod spec`] };
  const images: PodImage[] = [];
  const problems: string[] = [];
  const lists = [
    ['containers', 'container'],
    ['initContainers', 'init container'],
    ['ephemeralContainers', 'ephemeral container'],
  ] as const;
  for (const [key, what] of lists) {
    const list: unknown = at.spec[key] ?? [];
    if (!Array.isArray(list)) {
      problems.push(`${key} is no list`);
      continue;
    }
    for (const [i, one] of list.entries()) {
      const container = isRecord(one) && typeof one.name === 'string' ? one.name : `[${i}]`;
      const image = isRecord(one) ? one.image : undefined;
      if (typeof image === 'string' && image !== '') images.push({ kind: what, container, image });
      else problems.push(`the ${what} ${container} names no image`);
    }
  }
  images.push(...volumeImages(at.spec.volumes));
  return { labels: labelsOf(at.metadata), images, problems };
}

/** Volumes of type `image` bring files of an image into a pod: code as well. */
function volumeImages(volumes: unknown): PodImage[] {
  if (!Array.isArray(volumes)) return [];
  return volumes.flatMap((volume: unknown): PodImage[] => {
    if (!isRecord(volume) || !isRecord(volume.image) || typeof volume.image.reference !== 'string') return [];
    return [{ kind: 'volume', container: String(volume.name), image: volume.image.reference }];
  });
}

function labelsOf(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata) || !isRecord(metadata.labels)) return {};
  return Object.fromEntries(
    Object.entries(metadata.labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
