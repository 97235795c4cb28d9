/** Findings about what can be reached over the network. */
import type { Finding } from '../../../findings/model.ts';
import { guardFinding } from '../../finding.ts';
import { listOf, lookUp, mapOf, textOf } from '../../json/values.ts';
import type { ConfigCheck } from '../rule.ts';
import { selects } from '../selectors.ts';
import { behind, type Network, readNetwork, type Workload } from './model.ts';
import { type Opening, openings } from './openings.ts';
import { allowsWorld } from './policy.ts';
import {
  EXPOSED_SERVICE,
  NETWORK_RULES,
  NO_DEFAULT_DENY,
  OPEN_WITHOUT_TLS,
  POLICY_OPEN,
  POLICY_SELECTS_NOTHING,
} from './rules.ts';

export const networkCheck: ConfigCheck = {
  rules: NETWORK_RULES,
  check: ({ manifests: { objects, complete } }) => {
    const network = readNetwork(objects);
    return [
      ...defaultDeny(network),
      ...openings(objects).flatMap((opening) => withoutTls(opening, objects)),
      ...exposed(network),
      ...selectNothing(network, complete),
      ...allowWorld(network),
    ];
  },
};

/** Namespaces of the system have their own ways. */
const SYSTEM = /^kube-(?:system|public|node-lease)$/;

function defaultDeny({ workloads, policies, policySet }: Network): Finding[] {
  const byNamespace = new Map<string, Workload[]>();
  for (const workload of workloads) {
    if (SYSTEM.test(workload.namespace)) continue;
    const list = byNamespace.get(workload.namespace);
    if (list === undefined) byNamespace.set(workload.namespace, [workload]);
    else list.push(workload);
  }
  return [...byNamespace].flatMap(([namespace, pods]): Finding[] => {
    const denies = policies.some(
      (policy) => policy.namespace === namespace && policy.ingress !== null && policy.pods.requirements.length === 0,
    );
    if (denies) return [];
    // On the network of the node no policy holds, and there is nothing to select.
    const open = pods.filter((pod) => !pod.hostNetwork && !policySet.of(pod).some(({ ingress }) => ingress !== null));
    const [first] = open;
    if (first === undefined) return [];
    const names = open.slice(0, 5).map(({ maker }) => `${maker.object.kind} ${maker.object.name}`);
    const more = open.length > 5 ? ` and ${open.length - 5} more` : '';
    return [
      guardFinding(NO_DEFAULT_DENY, {
        verdict: 'confirmed',
        title: `${open.length} of ${pods.length} workloads of namespace ${namespace} take connections from everywhere: no NetworkPolicy selects them.`,
        identity: `Namespace/${namespace}`,
        operation: 'ingress',
        at: first.maker.object.at([]),
        service: namespace,
        count: open.length,
        evidence: [
          {
            leg: 'config',
            says: `No policy for ingress selects ${names.join(', ')}${more}.`,
            numbers: [],
            captures: [],
          },
        ],
      }),
    ];
  });
}

function withoutTls(opening: Opening, objects: Network['objects']): Finding[] {
  if (opening.tls === 'renewed') return [];
  const { object } = opening;
  if (opening.tls === 'none' && object.kind === 'Gateway' && onlyRedirects(opening, objects)) return [];
  const none = opening.tls === 'none';
  return [
    guardFinding(OPEN_WITHOUT_TLS, {
      verdict: none ? 'confirmed' : 'suspected',
      severity: none ? 'high' : 'low',
      title: none
        ? `${object.kind} ${object.namespace}/${object.name} serves ${opening.host} without TLS.`
        : `${object.kind} ${object.namespace}/${object.name} serves ${opening.host} with a certificate that cert-manager does not renew.`,
      identity: opening.identity,
      operation: opening.host,
      at: opening.at,
      service: object.name,
      evidence: [
        {
          leg: 'config',
          says: none
            ? `No TLS entry covers ${opening.host}.`
            : `${opening.secret === '' ? 'No Secret is named' : `The certificate is in Secret ${opening.secret}`}; there is no issuer annotation and no Certificate with that secretName.`,
          numbers: [],
          captures: [],
        },
      ],
    }),
  ];
}

/** An HTTP listener whose routes do nothing but redirect to HTTPS is what one wants. */
function onlyRedirects({ object, at }: Opening, objects: Network['objects']): boolean {
  const listeners = listOf(lookUp(object.value, ['spec', 'listeners'])).map(mapOf);
  const listener = listeners.find((_, index) => object.at(['spec', 'listeners', index])?.line === at?.line);
  const routes = objects.filter(
    ({ kind, value, namespace }) =>
      kind === 'HTTPRoute' &&
      listOf(lookUp(value, ['spec', 'parentRefs'])).some((each) => {
        const parent = mapOf(each);
        const section = textOf(parent.sectionName);
        return (
          parent.name === object.name &&
          (textOf(parent.namespace) || namespace) === object.namespace &&
          (section === '' || section === textOf(listener?.name))
        );
      }),
  );
  return (
    routes.length > 0 &&
    routes.every(({ value }) =>
      listOf(lookUp(value, ['spec', 'rules'])).every((rule) =>
        listOf(mapOf(rule).filters).some((filter) => lookUp(filter, ['requestRedirect', 'scheme']) === 'https'),
      ),
    )
  );
}

function exposed({ services, workloads }: Network): Finding[] {
  return services.flatMap((service): Finding[] => {
    if (service.exposedBy === '') return [];
    const ports = service.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(', ');
    const pods = behind(service, workloads).map(({ identity }) => identity);
    return [
      guardFinding(EXPOSED_SERVICE, {
        verdict: 'confirmed',
        severity: service.limited ? 'low' : 'medium',
        title: `Service ${service.namespace}/${service.name} opens ${ports} by ${service.exposedBy}${service.limited ? ' to the ranges that it names' : ''}.`,
        identity: service.identity,
        operation: service.exposedBy,
        at: service.object.at(['spec', service.exposedBy === 'externalIPs' ? 'externalIPs' : 'type']),
        service: service.name,
        evidence: [
          {
            leg: 'config',
            says: pods.length === 0 ? 'No workload in what was given is behind it.' : `Behind it: ${pods.join(', ')}.`,
            numbers: [],
            captures: [],
          },
        ],
      }),
    ];
  });
}

/** Files claim it only where they have workloads in that namespace: those that select may be alone in them. */
function selectNothing({ services, policies, workloads }: Network, complete: boolean): Finding[] {
  const inhabited = new Set(workloads.map(({ namespace }) => namespace));
  const findings: Finding[] = [];
  const add = (object: Network['objects'][number], identity: string, path: string[], what: string) => {
    findings.push(
      guardFinding(POLICY_SELECTS_NOTHING, {
        verdict: complete ? 'confirmed' : 'suspected',
        ...(object.kind === 'Service' ? { severity: 'low' as const } : {}),
        title: `${object.kind} ${object.namespace}/${object.name} selects no pod: ${what}.`,
        identity,
        operation: 'selector',
        at: object.at(path),
        service: object.name,
        evidence: [
          {
            leg: 'config',
            says: `None of the pod templates of namespace ${object.namespace} has the labels that it asks for.`,
            numbers: [],
            captures: [],
          },
        ],
      }),
    );
  };
  for (const policy of policies) {
    if (!inhabited.has(policy.namespace) || policy.pods.requirements.length === 0) continue;
    const hit = workloads.some((pod) => pod.namespace === policy.namespace && selects(policy.pods, pod.labels));
    if (!hit) add(policy.object, policy.identity, ['spec', 'podSelector'], 'it protects nothing');
  }
  for (const service of services) {
    if (service.selector === null || !inhabited.has(service.namespace)) continue;
    if (behind(service, workloads).length === 0)
      add(service.object, service.identity, ['spec', 'selector'], 'it sends nowhere');
  }
  return findings;
}

function allowWorld({ policies }: Network): Finding[] {
  return policies.flatMap((policy) =>
    (policy.ingress ?? []).filter(allowsWorld).map((rule, index) =>
      guardFinding(POLICY_OPEN, {
        verdict: 'confirmed',
        severity: rule.ports === null ? 'medium' : 'low',
        title: `NetworkPolicy ${policy.namespace}/${policy.name} allows ${rule.ports === null ? 'every port' : 'its ports'} from every address.`,
        identity: policy.identity,
        operation: `ingress ${index}`,
        at: rule.at,
        service: policy.name,
        evidence: [
          {
            leg: 'config',
            says:
              rule.peers === null
                ? 'The rule has no from, so it allows everybody.'
                : 'An ipBlock of the rule takes in addresses of the world.',
            numbers: [],
            captures: [],
          },
        ],
      }),
    ),
  );
}
