/** Stage 3: credentials, by the hours that a stolen one can be used and how many hold one. */
import { groupOf, type PodMaker, podMakers } from '../config/pod-templates.ts';
import type { VaultMount } from '../config/rule.ts';
import { duration } from '../config/vault/check.ts';
import { effectiveTtl } from '../config/vault/ttl.ts';
import { listOf, lookUp, mapOf, textOf } from '../json/values.ts';
import { identityOf } from '../manifests/identity.ts';
import type { KubeObject } from '../manifests/manifest.ts';
import type { Unit } from './unit.ts';

/** Seconds of the token that the kubelet mounts (plugin/pkg/admission/serviceaccount: 3607). */
const MOUNTED_TOKEN = 3607;

export function credentialUnits(objects: readonly KubeObject[], vault: readonly VaultMount[]): Unit[] {
  return [...secretUnits(objects), ...podUnits(objects), ...vaultUnits(vault)];
}

function secretUnits(objects: readonly KubeObject[]): Unit[] {
  return objects.flatMap((object): Unit[] => {
    if (object.kind !== 'Secret' || groupOf(object.apiVersion) !== '') return [];
    const identity = identityOf(object);
    const endless = object.value.type === 'kubernetes.io/service-account-token';
    return [
      {
        id: `credentials ${identity}`,
        stage: 'credentials',
        kind: endless ? 'credential-endless' : 'secret',
        says: endless
          ? `${identity} holds a ServiceAccount's token that never ends.`
          : `${identity} is kept in the cluster.`,
        times: 1,
        at: object.at(endless ? ['type'] : []),
      },
    ];
  });
}

function podUnits(objects: readonly KubeObject[]): Unit[] {
  const accounts = new Map<string, KubeObject>();
  for (const object of objects) {
    if (object.kind === 'ServiceAccount') accounts.set(`${object.namespace}/${object.name}`, object);
  }
  return podMakers(objects).flatMap((maker): Unit[] => {
    const identity = identityOf(maker.object);
    const holders = replicas(maker);
    const units: Unit[] = [];
    const own = maker.spec.automountServiceAccountToken;
    const account = accounts.get(`${maker.namespace}/${maker.serviceAccount}`);
    const mounts = typeof own === 'boolean' ? own : account?.value.automountServiceAccountToken !== false;
    if (mounts) {
      units.push({
        id: `credentials ${identity} token`,
        stage: 'credentials',
        kind: 'credential-hour',
        says: `${holders === 1 ? 'A pod' : `${holders} pods`} of ${identity} ${holders === 1 ? 'holds' : 'hold'} the token of ServiceAccount ${maker.serviceAccount}, for ${duration(MOUNTED_TOKEN)}${holders === 1 ? '' : ' each'}.`,
        times: (holders * MOUNTED_TOKEN) / 3600,
        at: maker.object.at([...maker.specPath, 'serviceAccountName']),
      });
    }
    for (const [index, volume] of listOf(maker.spec.volumes).entries()) {
      for (const [position, source] of listOf(lookUp(volume, ['projected', 'sources'])).entries()) {
        const token = mapOf(source).serviceAccountToken;
        if (token === undefined) continue;
        const given = mapOf(token).expirationSeconds;
        const seconds = typeof given === 'number' ? given : 3600;
        units.push({
          id: `credentials ${identity} ${textOf(mapOf(volume).name)} ${position}`,
          stage: 'credentials',
          kind: 'credential-hour',
          says: `${identity} mounts a token for ${textOf(mapOf(token).audience) || 'the API server'}, for ${duration(seconds)} in each of ${holders} pods.`,
          times: (holders * seconds) / 3600,
          at: maker.object.at([...maker.specPath, 'volumes', index]),
        });
      }
    }
    return units;
  });
}

/** Of a DaemonSet it is not known how many nodes there are: 1. */
function replicas({ object }: PodMaker): number {
  const given = lookUp(object.value, ['spec', 'replicas']) ?? lookUp(object.value, ['spec', 'parallelism']);
  return typeof given === 'number' && given >= 0 ? given : 1;
}

function vaultUnits(vault: readonly VaultMount[]): Unit[] {
  return vault.flatMap((mount) =>
    mount.roles.map((role): Unit => {
      const { ttl, life } = effectiveTtl(role, mount);
      const path = `${mount.path}/role/${role.name}`;
      const endless = life === Number.POSITIVE_INFINITY;
      return {
        id: `credentials vault:${path}`,
        stage: 'credentials',
        kind: endless ? 'credential-endless' : 'credential-hour',
        says: `A token of ${path} lives ${duration(ttl)}${endless ? ' and can be renewed without end' : ''}.`,
        times: endless ? 1 : ttl / 3600,
        at: role.file === '' ? null : { file: role.file, line: role.line, column: 1, endLine: role.line, endColumn: 1 },
      };
    }),
  );
}
