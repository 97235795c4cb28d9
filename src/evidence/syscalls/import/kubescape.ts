/**
 * Profiles that Kubescape's node agent learned: `ApplicationProfile` (one per workload, with its containers) and
 * `ContainerProfile`, group spdx.softwarecomposition.kubescape.io, as `kubectl get … -o yaml|json` prints them.
 *
 *   metadata.annotations  kubescape.io/completion: complete (watched from the container's start) | partial
 *                         kubescape.io/status: learning | ready | completed | too-large | …
 *                         kubescape.io/instance-id: …/namespace-web/kind-Pod/name-shop/containerName-shop
 *   metadata.labels       kubescape.io/workload-kind, -name, -namespace, -container-name
 *   spec.containers[], initContainers[], ephemeralContainers[]: name, syscalls[], imageID, imageTag
 *   (ContainerProfile: spec.syscalls[], imageID, imageTag)
 *
 * Fields: kubescape/storage, pkg/apis/softwarecomposition/v1beta1/types.go.
 */
import { z } from 'zod';
import { EvidenceError } from '../../error.ts';
import { digestIn, imageName } from '../containers.ts';
import { importedIdentity, SetBuilder } from './collect.ts';
import type { ImportedSet } from './set.ts';

const TOOL = 'kubescape';
const GROUP = 'spdx.softwarecomposition.kubescape.io/';

const text = z.string().max(4096).catch('');
const words = z.array(z.string()).nullish().catch(null);
const strings = z.record(z.string(), text).nullish().catch(null);
const CONTAINER = z.object({ name: text, syscalls: words, imageID: text, imageTag: text });
const CONTAINERS = z.array(CONTAINER).nullish().catch(null);
const METADATA = z
  .object({ name: text, namespace: text, creationTimestamp: text, labels: strings, annotations: strings })
  .catch({ name: '', namespace: '', creationTimestamp: '', labels: null, annotations: null });
const APPLICATION = z.object({
  apiVersion: z.string().startsWith(GROUP),
  kind: z.literal('ApplicationProfile'),
  metadata: METADATA,
  spec: z
    .object({ containers: CONTAINERS, initContainers: CONTAINERS, ephemeralContainers: CONTAINERS })
    .nullish()
    .catch(null),
});
const SINGLE = z.object({
  apiVersion: z.string().startsWith(GROUP),
  kind: z.literal('ContainerProfile'),
  metadata: METADATA,
  spec: CONTAINER.omit({ name: true }).nullish().catch(null),
});
const LIST = z.object({ kind: z.string().regex(/List$/), items: z.array(z.unknown()) });

type Metadata = z.infer<typeof METADATA>;
type Container = z.infer<typeof CONTAINER>;

export function isKubescape(value: unknown): boolean {
  const list = LIST.safeParse(value);
  const one = list.success ? list.data.items[0] : value;
  const kind = z.object({ apiVersion: z.string().startsWith(GROUP) });
  return kind.safeParse(one).success || (list.success && kind.safeParse(value).success);
}

/**
 * @param values documents of the file
 * @throws EvidenceError where no profile in it has syscalls
 */
export function readKubescape(values: readonly unknown[], what: string): ImportedSet[] {
  const sets: ImportedSet[] = [];
  let profiles = 0;
  for (const value of values.flatMap(itemsOf)) {
    const application = APPLICATION.safeParse(value);
    const single = SINGLE.safeParse(value);
    if (application.success) {
      profiles++;
      const { metadata, spec } = application.data;
      for (const some of [spec?.containers, spec?.initContainers, spec?.ephemeralContainers])
        for (const container of some ?? []) sets.push(setOf(metadata, container));
    } else if (single.success) {
      profiles++;
      const { metadata, spec } = single.data;
      if (spec) sets.push(setOf(metadata, { ...spec, name: containerName(metadata) }));
    }
  }
  if (profiles === 0)
    throw new EvidenceError(
      'kubescape profile',
      `${what} has no ApplicationProfile and no ContainerProfile; get them with: kubectl get applicationprofile NAME -o yaml`,
    );
  const seen = sets.filter((set) => set.syscalls.length > 0);
  if (seen.length === 0)
    throw new EvidenceError(
      'kubescape profile',
      `${what} has no system calls in ${profiles === 1 ? 'its profile' : `its ${profiles} profiles`}: Kubescape leaves them out of lists, so get each by its name, with -o yaml`,
    );
  return seen;
}

function itemsOf(value: unknown): readonly unknown[] {
  const list = LIST.safeParse(value);
  return list.success ? list.data.items : [value];
}

function setOf(metadata: Metadata, container: Container): ImportedSet {
  const { labels, annotations, namespace } = metadata;
  const completion = annotations?.['kubescape.io/completion'] ?? '';
  const status = annotations?.['kubescape.io/status'] ?? '';
  const kind = labels?.['kubescape.io/workload-kind'] ?? '';
  const name = labels?.['kubescape.io/workload-name'] ?? '';
  const set = new SetBuilder({
    container: importedIdentity({
      name: container.name,
      pod: kind.toLowerCase() === 'pod' ? name : '',
      namespace: labels?.['kubescape.io/workload-namespace'] ?? namespace,
      image: imageName(container.imageTag) || imageName(container.imageID),
      digest: digestIn(container.imageID) || digestIn(container.imageTag),
    }),
    workload: kind === '' || name === '' ? '' : `${kind}/${name}`,
    tool: TOOL,
    fromStart: completion === 'complete' ? true : completion === 'partial' ? false : null,
  });
  for (const word of container.syscalls ?? []) set.add(word);
  set.seenAt(Date.parse(metadata.creationTimestamp));
  if (completion === 'partial') set.note('Kubescape began to watch after the container had started');
  if (status !== '' && status !== 'completed' && status !== 'ready')
    set.note(`Kubescape had not finished this profile: its status is ${status.slice(0, 40)}`);
  if (annotations?.['kubescape.io/managed-by'] === 'User') set.note('a person wrote this profile or changed it');
  return set.build();
}

function containerName({ labels, annotations }: Metadata): string {
  const inInstance = /\/containerName-([^/]+)/.exec(annotations?.['kubescape.io/instance-id'] ?? '')?.[1];
  return labels?.['kubescape.io/workload-container-name'] ?? inInstance ?? '';
}
