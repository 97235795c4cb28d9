/** What a container is made of and given: image, environment, token, memory. */
import type { Finding } from '../../../findings/model.ts';
import { isRecord, textOf } from '../../json/values.ts';
import { quantityOf } from '../../manifests/quantity.ts';
import { type Container, type Fields, fieldsAt, type PodSpec } from './pod.ts';
import { GOMEMLIMIT, IMAGE, MEMORY_LIMIT, SECRET_IN_ENV, TOKEN } from './rules.ts';
import { secretIn } from './secrets.ts';
import { sightOf } from './sight.ts';

export function checkSupply(pod: PodSpec, mountsToken: boolean | null): Finding[] {
  const out = token(pod, mountsToken);
  for (const container of pod.containers) {
    out.push(...image(pod, container), ...environment(pod, container));
    if (container.stays && container.list !== 'ephemeralContainers') out.push(...memory(pod, container));
  }
  return out;
}

/** `mountsToken`: what the service account says, null where it is not known or does not say. */
function token(pod: PodSpec, mountsToken: boolean | null): Finding[] {
  const own = pod.spec.automountServiceAccountToken;
  if (own === false || (own !== true && mountsToken === false)) return [];
  const account = textOf(pod.spec.serviceAccountName) || textOf(pod.spec.serviceAccount) || 'default';
  return [
    sightOf(TOKEN, pod, null, {
      says: `has a token of the service account ${account} mounted`,
      because: 'Whoever reads files in it can speak to the API server with the rights of the account',
      verdict: own === true || mountsToken === true ? 'confirmed' : 'suspected',
      path: [...pod.path, 'automountServiceAccountToken'],
    }),
  ];
}

function image(pod: PodSpec, container: Container): Finding[] {
  const name = textOf(container.value.image);
  if (name === '' || /@sha(256|512):[0-9a-f]{64,128}$/.test(name)) return [];
  const tag = /:([\w][\w.-]{0,127})$/.exec(name)?.[1] ?? '';
  const floating = tag === '' || tag === 'latest';
  return [
    sightOf(IMAGE, pod, container, {
      says: `takes its image by ${tag === '' ? 'no tag' : `the tag ${tag}`} and not by digest (${withoutUser(name)})`,
      because: floating
        ? 'What runs changes with every start of a pod, without a deploy'
        : 'The tag can be moved to another image after it was reviewed and signed',
      severity: floating ? 'medium' : 'low',
      path: [...container.path, 'image'],
    }),
  ];
}

/** An image name has no user information; what somebody put there is no business of a report. */
function withoutUser(name: string): string {
  const at = name.lastIndexOf('@');
  return at === -1 ? name : name.slice(at + 1);
}

function environment(pod: PodSpec, container: Container): Finding[] {
  const env: readonly unknown[] = Array.isArray(container.value.env) ? container.value.env : [];
  return env.flatMap((each, i): Finding[] => {
    if (!isRecord(each)) return [];
    const name = textOf(each.name);
    const found = secretIn(name, textOf(each.value));
    if (found === null) return [];
    return [
      sightOf(SECRET_IN_ENV, pod, container, {
        says: `has ${found.what} in the value of ${name}`,
        because:
          'Everybody who can read the repository or the workload in the cluster has it (the value is not repeated here)',
        verdict: found.sure ? 'confirmed' : 'suspected',
        severity: found.sure ? 'high' : 'medium',
        operation: name,
        path: [...container.path, 'env', i, 'value'],
      }),
    ];
  });
}

function memory(pod: PodSpec, container: Container): Finding[] {
  const podLimit = fieldsAt(pod.spec, ['resources', 'limits'])?.memory;
  const own = fieldsAt(container.value, ['resources', 'limits'])?.memory;
  const limit = quantityOf(own) ?? quantityOf(podLimit);
  if (limit === null) {
    return [
      sightOf(MEMORY_LIMIT, pod, container, {
        says: 'has no memory limit',
        because: 'A leak in it ends with the node killing what it likes, not with this container',
        path: [...container.path, 'resources', 'limits', 'memory'],
      }),
    ];
  }
  const env: readonly unknown[] = Array.isArray(container.value.env) ? container.value.env : [];
  const named = (name: string): Fields | undefined => env.filter(isRecord).find((each) => each.name === name);
  const soft = named('GOMEMLIMIT');
  const path = [...container.path, 'env', ...(soft === undefined ? [] : [env.indexOf(soft), 'value'])];
  if (soft === undefined) {
    // Only a service that is set up as a Go program is known to be one.
    if (!['GOGC', 'GOMAXPROCS', 'GODEBUG', 'GOTRACEBACK'].some((name) => named(name) !== undefined)) return [];
    return [
      sightOf(GOMEMLIMIT, pod, container, {
        says: `is a Go service with a memory limit of ${textOf(own) || limit} and no GOMEMLIMIT`,
        because: 'Its collector does not know of the limit, so garbage alone can get it killed',
        operation: 'missing',
        path,
      }),
    ];
  }
  const value = memLimitOf(textOf(soft.value));
  const whole = fieldsAt(soft, ['valueFrom', 'resourceFieldRef'])?.resource === 'limits.memory';
  if (!whole && (value === null || value < limit)) return [];
  return [
    sightOf(GOMEMLIMIT, pod, container, {
      says: `has a GOMEMLIMIT that is not below its memory limit of ${textOf(own) || limit}`,
      because:
        'The runtime collects harder only at GOMEMLIMIT, and memory outside of its heap is not counted in it: the kernel kills first',
      operation: 'too-high',
      path,
    }),
  ];
}

const UNITS: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Bytes, as the Go runtime reads GOMEMLIMIT; Infinity for `off`, null for what it would refuse. */
function memLimitOf(text: string): number | null {
  if (text === 'off') return Number.POSITIVE_INFINITY;
  const match = /^(\d{1,18})(B|KiB|MiB|GiB|TiB|)$/.exec(text);
  return match === null ? null : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
}
