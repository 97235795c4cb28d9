/** The pods that an object makes, and their containers. */

import { isRecord, textOf } from '../../json/values.ts';
import type { KubeObject } from '../../manifests/manifest.ts';

export type Path = readonly (string | number)[];
export type Fields = Readonly<Record<string, unknown>>;

export interface PodSpec {
  readonly object: KubeObject;
  readonly spec: Fields;
  /** Of the spec in the object. */
  readonly path: Path;
  /** Metadata of the pod, for annotations. */
  readonly metadata: Fields;
  readonly windows: boolean;
  readonly containers: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly value: Fields;
  readonly path: Path;
  /** `containers`, `initContainers`, `ephemeralContainers` */
  readonly list: string;
  /** Runs as long as the pod: everything but init containers that end. */
  readonly stays: boolean;
}

/** Path of the pod template by kind; what is not listed is looked for where most kinds have it. */
const TEMPLATES: Readonly<Record<string, Path>> = {
  Pod: [],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
  PodTemplate: ['template'],
};
const USUAL: Path = ['spec', 'template'];
const LISTS = ['containers', 'initContainers', 'ephemeralContainers'];

/** null where the object makes no pods. Custom kinds that hold a pod template where a Deployment has it are workloads too. */
export function podOf(object: KubeObject): PodSpec | null {
  const known = Object.hasOwn(TEMPLATES, object.kind) ? TEMPLATES[object.kind] : undefined;
  const path = known ?? USUAL;
  const template = fieldsAt(object.value, path);
  const spec = template === null ? null : fieldsAt(template, ['spec']);
  if (template === null || spec === null || !Array.isArray(spec.containers)) return null;
  const os = fieldsAt(spec, ['os']);
  const containers: Container[] = [];
  for (const list of LISTS) {
    const items = spec[list];
    if (!Array.isArray(items)) continue;
    items.forEach((value: unknown, i) => {
      if (!isRecord(value)) return;
      const stays = list !== 'initContainers' || value.restartPolicy === 'Always';
      containers.push({ name: textOf(value.name), value, path: [...path, 'spec', list, i], list, stays });
    });
  }
  return {
    object,
    spec,
    path: [...path, 'spec'],
    metadata: fieldsAt(template, ['metadata']) ?? {},
    windows: os?.name === 'windows',
    containers,
  };
}

export function fieldsAt(value: Fields, path: Path): Fields | null {
  let at: unknown = value;
  for (const key of path) at = isRecord(at) ? at[key] : undefined;
  return isRecord(at) ? at : null;
}

/** A field of the securityContext that a container takes from its pod where it does not set it itself. */
export function inherited(pod: PodSpec, container: Container, field: string): { value: unknown; path: Path } {
  const own = fieldsAt(container.value, ['securityContext']);
  const ownPath = [...container.path, 'securityContext', field];
  if (own !== null && own[field] !== undefined && own[field] !== null) return { value: own[field], path: ownPath };
  const shared = fieldsAt(pod.spec, ['securityContext']);
  if (shared !== null && shared[field] !== undefined && shared[field] !== null)
    return { value: shared[field], path: [...pod.path, 'securityContext', field] };
  return { value: undefined, path: ownPath };
}

/** Names in a list of strings. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
