/** Stage 2: API versions that are served, and who may do what by them. */
import { apiServers, listFlag } from '../config/apiserver/flags.ts';
import { readRuntimeConfig, serves } from '../config/apiserver/runtime-config.ts';
import { groupOf } from '../config/pod-templates.ts';
import { showIdentity } from '../config/rbac/graph.ts';
import { type Binding, type PolicyRule, type Role, readAccess } from '../config/rbac/model.ts';
import { listOf, lookUp, mapOf, textOf } from '../json/values.ts';
import { identityOf } from '../manifests/identity.ts';
import type { KubeObject, Manifests } from '../manifests/manifest.ts';
import type { Unit } from './unit.ts';
import { CLUSTER_WIDE, NAMED } from './weights.ts';

export function apiUnits(manifests: Manifests): Unit[] {
  return [...servedUnits(manifests.objects), ...grantUnits(manifests)];
}

/** What kube-apiserver 1.34 can serve (pkg/controlplane/instance.go), core first. */
const KNOWN_VERSIONS: readonly string[] = [
  'v1',
  'admissionregistration.k8s.io/v1',
  'admissionregistration.k8s.io/v1beta1',
  'admissionregistration.k8s.io/v1alpha1',
  'apiextensions.k8s.io/v1',
  'apiregistration.k8s.io/v1',
  'apps/v1',
  'authentication.k8s.io/v1',
  'authorization.k8s.io/v1',
  'autoscaling/v1',
  'autoscaling/v2',
  'batch/v1',
  'certificates.k8s.io/v1',
  'certificates.k8s.io/v1beta1',
  'certificates.k8s.io/v1alpha1',
  'coordination.k8s.io/v1',
  'coordination.k8s.io/v1beta1',
  'coordination.k8s.io/v1alpha2',
  'discovery.k8s.io/v1',
  'events.k8s.io/v1',
  'flowcontrol.apiserver.k8s.io/v1',
  'internal.apiserver.k8s.io/v1alpha1',
  'networking.k8s.io/v1',
  'networking.k8s.io/v1beta1',
  'node.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
  'resource.k8s.io/v1',
  'resource.k8s.io/v1beta1',
  'resource.k8s.io/v1beta2',
  'resource.k8s.io/v1alpha3',
  'scheduling.k8s.io/v1',
  'storage.k8s.io/v1',
  'storage.k8s.io/v1beta1',
  'storage.k8s.io/v1alpha1',
  'storagemigration.k8s.io/v1alpha1',
];

function servedUnits(objects: readonly KubeObject[]): Unit[] {
  const units: Unit[] = [];
  for (const server of apiServers(objects)) {
    const { values, at } = listFlag(server, 'runtime-config');
    const config = readRuntimeConfig(values);
    const single = [...config.settings.keys()].filter((key) => !key.startsWith('api/') && key.split('/').length <= 2);
    for (const version of new Set([...KNOWN_VERSIONS, ...single])) {
      if (!serves(config, version)) continue;
      units.push({
        id: `api ${server.identity} ${version}`,
        stage: 'api',
        kind: stageOf(version),
        says: `kube-apiserver serves ${version}${config.settings.has(version) ? ', as --runtime-config says' : ''}.`,
        times: 1,
        at: at ?? server.at,
      });
    }
  }
  for (const object of objects) {
    if (object.kind !== 'CustomResourceDefinition' || groupOf(object.apiVersion) !== 'apiextensions.k8s.io') continue;
    for (const [index, value] of listOf(lookUp(object.value, ['spec', 'versions'])).entries()) {
      const version = mapOf(value);
      if (version.served === false) continue;
      units.push({
        id: `api ${identityOf(object)} ${textOf(version.name)}`,
        stage: 'api',
        kind: stageOf(textOf(version.name)),
        says: `${object.name} is served in ${textOf(version.name)}.`,
        times: 1,
        at: object.at(['spec', 'versions', index]),
      });
    }
  }
  return units;
}

function stageOf(version: string): string {
  return version.includes('alpha') ? 'api-alpha' : version.includes('beta') ? 'api-beta' : 'api-stable';
}

/** Subject × verb × resource, by every binding but those that come with the cluster. */
function grantUnits(manifests: Manifests): Unit[] {
  const access = readAccess(manifests);
  const units: Unit[] = [];
  for (const binding of access.bindings) {
    const role = access.roles.get(binding.role);
    if (role === undefined || binding.standard || binding.object === null) continue;
    const pairs = pairsOf(role);
    for (const { identity, at } of binding.subjects) {
      for (const pair of pairs) units.push(grantUnit(binding, role, identity, at, pair));
    }
  }
  return units;
}

interface Pair {
  readonly verb: string;
  readonly resource: string;
  readonly names: readonly string[];
}

function pairsOf(role: Role): Pair[] {
  return role.rules.flatMap((rule) => [...ruleUnits(rule)]);
}

function* ruleUnits(rule: PolicyRule): Generator<Pair> {
  for (const verb of rule.verbs) {
    for (const group of rule.groups) {
      for (const resource of rule.resources) {
        yield {
          verb,
          resource: group === '' || (group === '*' && resource === '*') ? resource : `${resource}.${group}`,
          names: rule.names,
        };
      }
    }
    for (const url of rule.urls) yield { verb, resource: `path ${url}`, names: [] };
  }
}

function grantUnit(binding: Binding, role: Role, identity: string, at: Unit['at'], pair: Pair): Unit {
  const { verb, resource, names } = pair;
  const where = binding.scope === '' ? 'the whole cluster' : `namespace ${binding.scope}`;
  const named = names.length > 0;
  const of = named ? ` (${names.join(', ')})` : '';
  return {
    id: `api ${identity} ${verb} ${resource}${of}@${binding.scope}`,
    stage: 'api',
    kind: grantKind(verb, resource),
    says: `${showIdentity(identity)} may ${verb === '*' ? 'do everything to' : verb} ${resource}${of} in ${where}, by ${binding.key} and ${role.key}.`,
    times: (binding.scope === '' ? CLUSTER_WIDE : 1) * (named ? NAMED : 1),
    at,
  };
}

const READING = new Set(['get', 'list', 'watch']);
const POWER_VERBS = new Set(['*', 'escalate', 'bind', 'impersonate', 'approve', 'sign']);
const POWER_RESOURCES = /^(?:\*|pods\/(?:exec|attach|ephemeralcontainers)|serviceaccounts\/token|nodes\/proxy)(?:\.|$)/;

function grantKind(verb: string, resource: string): string {
  if (resource.startsWith('path ')) return verb === 'get' || verb === 'head' ? 'grant-read' : 'grant-write';
  if (verb === '*' && resource === '*') return 'grant-everything';
  if (POWER_VERBS.has(verb) || POWER_RESOURCES.test(resource)) return 'grant-power';
  if (!READING.has(verb)) return 'grant-write';
  return resource === 'secrets' ? 'grant-secret' : 'grant-read';
}
