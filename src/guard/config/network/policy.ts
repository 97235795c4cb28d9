/**
 * NetworkPolicy as the API describes it (networking.k8s.io/v1):
 * - a pod that a policy selects takes, in the directions of its policyTypes, only what some policy allows; others take everything
 * - policyTypes that are not given: Ingress always, Egress where there are egress rules
 * - a rule without `from` (`to`) allows every peer, one without `ports` every port; an empty list is as none given
 * - podSelector alone: pods of the policy's namespace; namespaceSelector alone: all pods of those namespaces; both: both hold
 * - ipBlock: addresses outside of the cluster (those of pods by their IP are left to pod selectors, as most plug-ins do)
 * - a port may be a name, which is looked up at the pod that is connected to, or reach to `endPort`; the protocol is TCP where none is
 *   given
 */
import type { Region } from '../../../findings/model.ts';
import { listOf, lookUp, mapOf, textOf, textsOf, type Value } from '../../json/values.ts';
import { identityOf } from '../../manifests/identity.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import { type LabelSelector, type Labels, readSelector, selects } from '../selectors.ts';
import { type Address, type Block, contains, isPrivate, readBlock } from './address.ts';

export interface NamedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** One end of a connection in the cluster. */
export interface PodEnd {
  readonly namespace: string;
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
  readonly ports: readonly NamedPort[];
}

export type Peer = { readonly pod: PodEnd } | { readonly address: Address };

interface PortRule {
  readonly protocol: string;
  /** Null: all. */
  readonly port: number | string | null;
  readonly endPort: number | null;
}

type PeerRule =
  | { readonly pods: LabelSelector | null; readonly namespaces: LabelSelector | null }
  | { readonly block: Block | null; readonly except: readonly Block[] };

interface Rule {
  /** Null: everybody. */
  readonly peers: readonly PeerRule[] | null;
  readonly ports: readonly PortRule[] | null;
  readonly at: Region | null;
}

export interface NetworkPolicy {
  readonly identity: string;
  readonly name: string;
  readonly namespace: string;
  readonly pods: LabelSelector;
  /** Null: the policy does not speak of the direction. */
  readonly ingress: readonly Rule[] | null;
  readonly egress: readonly Rule[] | null;
  readonly object: KubeObject;
}

export function readPolicy(object: KubeObject): NetworkPolicy {
  const spec = mapOf(object.value.spec);
  const given = textsOf(spec.policyTypes);
  const egress = listOf(spec.egress);
  const types = given.length > 0 ? given : egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  return {
    identity: identityOf(object),
    name: object.name,
    namespace: object.namespace,
    pods: readSelector(spec.podSelector),
    ingress: types.includes('Ingress') ? readRules(object, 'ingress', 'from') : null,
    egress: types.includes('Egress') ? readRules(object, 'egress', 'to') : null,
    object,
  };
}

function readRules(object: KubeObject, key: string, peersKey: string): Rule[] {
  return listOf(lookUp(object.value, ['spec', key])).map((value, index): Rule => {
    const rule = mapOf(value);
    const peers = listOf(rule[peersKey]);
    const ports = listOf(rule.ports);
    return {
      peers: peers.length === 0 ? null : peers.map((peer) => readPeer(mapOf(peer))),
      ports: ports.length === 0 ? null : ports.map((port) => readPort(mapOf(port))),
      at: object.at(['spec', key, index]),
    };
  });
}

function readPeer(peer: Value): PeerRule {
  if (peer.ipBlock !== undefined) {
    const block = mapOf(peer.ipBlock);
    return {
      block: readBlock(textOf(block.cidr)),
      except: textsOf(block.except).flatMap((text) => readBlock(text) ?? []),
    };
  }
  const selector = (key: string) => (peer[key] === undefined || peer[key] === null ? null : readSelector(peer[key]));
  return { pods: selector('podSelector'), namespaces: selector('namespaceSelector') };
}

function readPort(port: Value): PortRule {
  const value = port.port;
  const end = port.endPort;
  return {
    protocol: textOf(port.protocol) || 'TCP',
    port: typeof value === 'number' || typeof value === 'string' ? value : null,
    endPort: typeof end === 'number' ? end : null,
  };
}

/** Policies by namespace. */
export class PolicySet {
  readonly #byNamespace = new Map<string, NetworkPolicy[]>();

  constructor(policies: readonly NetworkPolicy[]) {
    for (const policy of policies) {
      const list = this.#byNamespace.get(policy.namespace);
      if (list === undefined) this.#byNamespace.set(policy.namespace, [policy]);
      else list.push(policy);
    }
  }

  of(pod: Pick<PodEnd, 'namespace' | 'labels'>): NetworkPolicy[] {
    return (this.#byNamespace.get(pod.namespace) ?? []).filter((policy) => selects(policy.pods, pod.labels));
  }

  /** Whether a connection gets out of `from` and into `to`; an address outside has no policies of its own. */
  allows(from: Peer, to: Peer, protocol: string, port: number): boolean {
    const target = 'pod' in to ? to.pod : null;
    if ('pod' in from && !this.#passes(from.pod, 'egress', to, target, protocol, port)) return false;
    return target === null || this.#passes(target, 'ingress', from, target, protocol, port);
  }

  #passes(
    pod: PodEnd,
    direction: 'ingress' | 'egress',
    peer: Peer,
    target: PodEnd | null,
    protocol: string,
    port: number,
  ): boolean {
    const rules = this.of(pod).flatMap((policy) => {
      const list = policy[direction];
      return list === null ? [] : [{ namespace: policy.namespace, list }];
    });
    if (rules.length === 0) return true;
    return rules.some(({ namespace, list }) =>
      list.some(
        (rule) =>
          (rule.peers === null || rule.peers.some((each) => peerFits(each, peer, namespace))) &&
          (rule.ports === null || rule.ports.some((each) => portFits(each, target, protocol, port))),
      ),
    );
  }

  /** Whether the world gets in at a port: some address that is not private does. */
  openToWorld(pod: PodEnd, protocol: string, port: number): boolean {
    const speaking = this.of(pod).flatMap((policy) => (policy.ingress === null ? [] : [policy.ingress]));
    if (speaking.length === 0) return true;
    return speaking.some((rules) =>
      rules.some(
        (rule) =>
          allowsWorld(rule) && (rule.ports === null || rule.ports.some((each) => portFits(each, pod, protocol, port))),
      ),
    );
  }

  /** Whether pods of other namespaces get in at a port: any that is not of its own. */
  openToOthers(pod: PodEnd, others: readonly PodEnd[], protocol: string, port: number): boolean {
    return others.some((other) => this.allows({ pod: other }, { pod }, protocol, port));
  }
}

/** A rule that lets addresses of the world in. */
export function allowsWorld(rule: Rule): boolean {
  return (
    rule.peers === null || rule.peers.some((peer) => 'block' in peer && peer.block !== null && !isPrivate(peer.block))
  );
}

function peerFits(rule: PeerRule, peer: Peer, namespace: string): boolean {
  if ('block' in rule) {
    if (!('address' in peer) || rule.block === null) return false;
    return contains(rule.block, peer.address) && !rule.except.some((block) => contains(block, peer.address));
  }
  if (!('pod' in peer)) return false;
  if (rule.namespaces === null && peer.pod.namespace !== namespace) return false;
  if (rule.namespaces !== null && !selects(rule.namespaces, peer.pod.namespaceLabels)) return false;
  return rule.pods === null || selects(rule.pods, peer.pod.labels);
}

function portFits(rule: PortRule, target: PodEnd | null, protocol: string, port: number): boolean {
  if (rule.protocol !== protocol) return false;
  if (rule.port === null) return true;
  if (typeof rule.port === 'string') {
    const { port: name } = rule;
    return (target?.ports ?? []).some((each) => each.name === name && each.protocol === protocol && each.port === port);
  }
  return rule.endPort === null ? port === rule.port : port >= rule.port && port <= rule.endPort;
}
