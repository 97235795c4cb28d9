/**
 * What container runtimes and Kubernetes tell of a container, each in its own words:
 *
 *   crictl inspect ID            CRI v1 ContainerStatusResponse as JSON
 *   docker inspect ID, its API   object or list of one; podman inspect ID likewise, with an ImageDigest
 *   config.json of an OCI bundle annotations of containerd's CRI plugin and of CRI-O
 *   kubectl get pods -A -o json  v1 PodList
 *
 * Only the manifest's digest is a digest here. Runtimes also give the digest of the image's configuration (`sha256:…` alone),
 * which names the same content, but is not what images are pulled, signed and admitted by.
 */
import { z } from 'zod';

/** Strings are empty where nothing told them. */
export interface ContainerFacts {
  readonly name: string;
  readonly pod: string;
  readonly namespace: string;
  readonly image: string;
  readonly digest: string;
}

export interface PodContainer extends ContainerFacts {
  readonly id: string;
}

/** More containers than Kubernetes allows in a cluster of its largest size; what comes after is left out. */
const MAX_CONTAINERS = 300_000;

const MAX_TEXT = 4096;
const text = z.string().max(MAX_TEXT).catch('');
/** Annotations of any length may be there (the last applied configuration is); of those that are read, the beginning is. */
const labels = z
  .record(
    z.string(),
    z.string().transform((value) => value.slice(0, MAX_TEXT)),
  )
  .nullish()
  .catch(undefined);

const CRI = z.object({
  status: z.object({
    metadata: z.object({ name: text }).catch({ name: '' }),
    image: z.object({ image: text, userSpecifiedImage: text }).partial().catch({}),
    imageRef: text,
    labels,
    annotations: labels,
  }),
});

/** `crictl inspect`. Null where the text is something else. */
export function fromCri(json: string): ContainerFacts | null {
  const parsed = CRI.safeParse(jsonOf(json));
  if (!parsed.success) return null;
  const { metadata, image, imageRef, labels: of } = parsed.data.status;
  return {
    name: of?.['io.kubernetes.container.name'] ?? metadata.name,
    pod: of?.['io.kubernetes.pod.name'] ?? '',
    namespace: of?.['io.kubernetes.pod.namespace'] ?? '',
    image: imageName(image.userSpecifiedImage ?? '') || imageName(image.image ?? ''),
    digest: digestIn(imageRef),
  };
}

const DOCKER = z.object({
  Name: text,
  /** Configuration's digest; the manifest's where images are stored by containerd. */
  Image: text,
  /** podman: of the manifest. */
  ImageDigest: text.optional(),
  ImageName: text.optional(),
  /** Since API 1.48, with the containerd image store. */
  ImageManifestDescriptor: z.object({ digest: text }).nullish().catch(undefined),
  Config: z.object({ Image: text, Labels: labels }).catch({ Image: '', Labels: {} }),
});

export interface DockerFacts extends ContainerFacts {
  /** To ask for its RepoDigests, where `digest` is empty. */
  readonly imageId: string;
}

/** `docker inspect`, `GET /containers/ID/json`, `podman inspect`. Null where the text is something else. */
export function fromDocker(json: string): DockerFacts | null {
  const value = jsonOf(json);
  const parsed = DOCKER.safeParse(Array.isArray(value) ? value[0] : value);
  if (!parsed.success) return null;
  const { Name, Image, ImageDigest, ImageName, ImageManifestDescriptor, Config } = parsed.data;
  if (Name === '' && Image === '') return null;
  const of = Config.Labels;
  return {
    name: of?.['io.kubernetes.container.name'] ?? Name.replace(/^\//, ''),
    pod: of?.['io.kubernetes.pod.name'] ?? '',
    namespace: of?.['io.kubernetes.pod.namespace'] ?? '',
    image: imageName(ImageName ?? '') || imageName(Config.Image),
    digest:
      onlyDigest(ImageDigest ?? '') || onlyDigest(ImageManifestDescriptor?.digest ?? '') || digestIn(Config.Image),
    imageId: onlyDigest(Image.startsWith('sha256:') ? Image : `sha256:${Image}`),
  };
}

const IMAGE = z.object({ RepoDigests: z.array(z.string()).nullish() });

/**
 * The digest of `docker image inspect` and `GET /images/ID/json`; empty for an image that was never pushed or pulled.
 * @param image the name that the container was started by: an image may have come from several repositories
 */
export function repoDigest(json: string, image: string): string {
  const value = jsonOf(json);
  const parsed = IMAGE.safeParse(Array.isArray(value) ? value[0] : value);
  const all = (parsed.success && parsed.data.RepoDigests) || [];
  const repository = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const own = all.find((one) => repository !== '' && one.startsWith(`${repository}@`));
  return digestIn(own ?? all[0] ?? '');
}

const BUNDLE = z.object({ annotations: labels });

/** The config.json of an OCI bundle. Null where it says nothing of who it is. */
export function fromBundle(json: string): ContainerFacts | null {
  const parsed = BUNDLE.safeParse(jsonOf(json));
  const of = parsed.success ? parsed.data.annotations : null;
  if (!of) return null;
  const image = of['io.kubernetes.cri.image-name'] ?? of['io.kubernetes.cri-o.ImageName'] ?? '';
  const facts: ContainerFacts = {
    name:
      of['io.kubernetes.cri.container-name'] ??
      of['io.kubernetes.container.name'] ??
      (isSandbox(of) ? 'POD' : (of['nerdctl/name'] ?? '')),
    pod: of['io.kubernetes.cri.sandbox-name'] ?? of['io.kubernetes.pod.name'] ?? '',
    namespace: of['io.kubernetes.cri.sandbox-namespace'] ?? of['io.kubernetes.pod.namespace'] ?? '',
    image: imageName(image),
    // CRI-O: `ImageRef` is the configuration's digest up to 1.30 and the manifest's by repository after it.
    digest: digestIn(image) || digestIn(of['io.kubernetes.cri-o.ImageRef'] ?? ''),
  };
  return Object.values(facts).every((value) => value === '') ? null : facts;
}

/** The container that only holds the pod's namespaces; kubelet and CRI-O call it POD. */
function isSandbox(of: Readonly<Record<string, string>>): boolean {
  return [of['io.kubernetes.cri.container-type'], of['io.kubernetes.cri-o.ContainerType']].includes('sandbox');
}

const STATUS = z.object({ name: text, image: text, imageID: text, containerID: text });
const STATUSES = z.array(STATUS).nullish().catch([]);
const SPECS = z
  .array(z.object({ name: text, image: text }))
  .nullish()
  .catch([]);
const POD = z.object({
  metadata: z.object({ name: text, namespace: text }),
  spec: z
    .object({ containers: SPECS, initContainers: SPECS, ephemeralContainers: SPECS })
    .partial()
    .nullish()
    .catch({}),
  status: z
    .object({ containerStatuses: STATUSES, initContainerStatuses: STATUSES, ephemeralContainerStatuses: STATUSES })
    .partial()
    .nullish()
    .catch({}),
});
const LIST = z.object({
  kind: z.enum(['List', 'PodList']),
  metadata: z.object({ continue: text }).partial().catch({}),
  items: z.array(z.unknown()),
});

export interface PodContainers {
  readonly containers: readonly PodContainer[];
  /** Where the next page begins; empty at the end. */
  readonly next: string;
}

/**
 * Containers that run in pods, from a PodList, a List or one Pod.
 * @returns null where the text is none of them
 */
export function fromPods(json: string): PodContainers | null {
  const value = jsonOf(json);
  const list = LIST.safeParse(value);
  const pods = list.success
    ? list.data.items
    : z.object({ kind: z.literal('Pod') }).safeParse(value).success
      ? [value]
      : null;
  if (pods === null) return null;
  const found: PodContainer[] = [];
  for (const item of pods) {
    const pod = POD.safeParse(item);
    if (!pod.success) continue;
    const { metadata, spec, status } = pod.data;
    const specs = [spec?.containers, spec?.initContainers, spec?.ephemeralContainers].flatMap((some) => some ?? []);
    const all = [status?.containerStatuses, status?.initContainerStatuses, status?.ephemeralContainerStatuses];
    for (const one of all.flatMap((some) => some ?? [])) {
      const id = /^[a-z-]+:\/\/(.+)$/.exec(one.containerID)?.[1];
      if (id === undefined || found.length >= MAX_CONTAINERS) continue;
      found.push({
        id,
        name: one.name,
        pod: metadata.name,
        namespace: metadata.namespace,
        // The status may have a name that the image got elsewhere, or its digest alone.
        image: imageName(specs.find((other) => other.name === one.name)?.image ?? '') || imageName(one.image),
        digest: digestIn(one.imageID) || digestIn(one.image),
      });
    }
  }
  return { containers: found, next: list.success ? (list.data.metadata.continue ?? '') : '' };
}

/** `sha256:…` of `registry/name@sha256:…`, also after `docker-pullable://`; empty of a digest alone. */
export function digestIn(reference: string): string {
  const at = reference.lastIndexOf('@');
  return at <= 0 ? '' : onlyDigest(reference.slice(at + 1));
}

function onlyDigest(value: string): string {
  return /^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(value) ? value : '';
}

/** A reference without its digest; empty where it is nothing but one. */
export function imageName(reference: string): string {
  const name = reference.replace(/^[a-z-]+:\/\//, '').replace(/@sha(256|512):[0-9a-f]+$/, '');
  return /^(sha(256|512):)?[0-9a-f]{64,}$/.test(name) ? '' : name;
}

function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
