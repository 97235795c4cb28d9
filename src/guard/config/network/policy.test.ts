/**
 * NetworkPolicies against a simulator that reads the raw objects by itself, sentence by sentence of the API's documentation, and
 * answers for one connection at a time.
 */
import { expect, it } from 'vitest';
import { kubeObject, manifestsOf } from '../../../testing/kube-objects.ts';
import { randomly } from '../../../testing/random.ts';
import { isPrivate, readAddress, readBlock } from './address.ts';
import { networkCheck } from './check.ts';
import { type PodEnd, PolicySet, readPolicy } from './policy.ts';

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}
interface RawPeer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface RawRule {
  readonly from?: readonly RawPeer[];
  readonly to?: readonly RawPeer[];
  readonly ports?: readonly {
    readonly protocol?: string;
    readonly port?: number | string;
    readonly endPort?: number;
  }[];
}
interface RawPolicy {
  readonly namespace: string;
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly RawRule[];
    readonly egress?: readonly RawRule[];
  };
}
interface Pod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}
const NAMESPACES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  x: { team: 'a' },
  y: { team: 'b' },
  z: {},
};
/** Every pod has the port 80 called web, and 81 called admin. */
const PORT_NAMES: Readonly<Record<string, number>> = { web: 80, admin: 81 };

function matches(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const has = key in labels;
    const within = has && values.includes(labels[key] ?? '');
    if (operator === 'In' && !within) return false;
    if (operator === 'NotIn' && within) return false;
    if (operator === 'Exists' && !has) return false;
    if (operator === 'DoesNotExist' && has) return false;
  }
  return true;
}

/** By the binary digits, written out. */
function inBlock(cidr: string, address: string): boolean {
  const digits = (text: string) =>
    text
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  const [base = '', length = '0'] = cidr.split('/');
  return digits(base).slice(0, Number(length)) === digits(address).slice(0, Number(length));
}

function peerMatches(peer: RawPeer, other: Pod | string, namespace: string): boolean {
  if (peer.ipBlock !== undefined) {
    if (typeof other !== 'string' || !inBlock(peer.ipBlock.cidr, other)) return false;
    return !(peer.ipBlock.except ?? []).some((cidr) => inBlock(cidr, other));
  }
  if (typeof other === 'string') return false;
  const space =
    peer.namespaceSelector === undefined
      ? other.namespace === namespace
      : matches(peer.namespaceSelector, {
          ...NAMESPACES[other.namespace],
          'kubernetes.io/metadata.name': other.namespace,
        });
  return space && (peer.podSelector === undefined || matches(peer.podSelector, other.labels));
}

function connects(
  policies: readonly RawPolicy[],
  from: Pod | string,
  to: Pod | string,
  protocol: string,
  port: number,
): boolean {
  const passes = (pod: Pod, other: Pod | string, direction: 'Ingress' | 'Egress') => {
    const isolating = policies.filter(({ namespace, spec }) => {
      const types = spec.policyTypes ?? ((spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress']);
      return namespace === pod.namespace && matches(spec.podSelector, pod.labels) && types.includes(direction);
    });
    if (isolating.length === 0) return true;
    for (const { namespace, spec } of isolating) {
      for (const rule of (direction === 'Ingress' ? spec.ingress : spec.egress) ?? []) {
        const peers = (direction === 'Ingress' ? rule.from : rule.to) ?? [];
        if (peers.length > 0 && !peers.some((peer) => peerMatches(peer, other, namespace))) continue;
        const ports = rule.ports ?? [];
        const fits = ports.some((each) => {
          if ((each.protocol ?? 'TCP') !== protocol) return false;
          if (each.port === undefined) return true;
          // Names are those of the pod that is connected to.
          if (typeof each.port === 'string')
            return typeof to !== 'string' && PORT_NAMES[each.port] === port && protocol === 'TCP';
          return each.port <= port && port <= (each.endPort ?? each.port);
        });
        if (ports.length === 0 || fits) return true;
      }
    }
    return false;
  };
  if (typeof from !== 'string' && !passes(from, to, 'Egress')) return false;
  return typeof to === 'string' || passes(to, from, 'Ingress');
}

function randomPolicies(random: (below: number) => number): RawPolicy[] {
  const one = <T>(...list: readonly T[]): T => {
    const found = list[random(list.length)];
    if (found === undefined) throw new Error('an empty list');
    return found;
  };
  const selector = (key: string): Selector =>
    one<() => Selector>(
      () => ({}),
      () => ({ matchLabels: { [key]: one('a', 'b') } }),
      () => ({ matchExpressions: [{ key, operator: one('In', 'NotIn'), values: one(['a'], ['a', 'b'], ['c']) }] }),
      () => ({ matchExpressions: [{ key, operator: one('Exists', 'DoesNotExist') }] }),
    )();
  const peer = (): RawPeer =>
    one<() => RawPeer>(
      () => ({ podSelector: selector('app') }),
      () => ({ namespaceSelector: selector('team') }),
      () => ({ namespaceSelector: selector('team'), podSelector: selector('app') }),
      () => ({
        ipBlock: {
          cidr: one('0.0.0.0/0', '203.0.113.0/24', '203.0.113.128/25'),
          except: one([], ['203.0.113.7/32'], ['203.0.113.0/28']),
        },
      }),
    )();
  const rule = (key: 'from' | 'to'): RawRule => ({
    ...(random(4) === 0 ? {} : { [key]: Array.from({ length: random(3) }, peer) }),
    ...(random(2) === 0
      ? {}
      : {
          ports: Array.from({ length: random(3) }, () =>
            one(
              { port: 80 },
              { port: 'web' },
              { port: 'admin' },
              { protocol: 'UDP' },
              { port: 79, endPort: 80 },
              { protocol: 'UDP', port: 80 },
              {},
            ),
          ),
        }),
  });
  return Array.from(
    { length: 1 + random(3) },
    (): RawPolicy => ({
      namespace: one('x', 'y', 'z'),
      spec: {
        podSelector: selector('app'),
        ...one<Pick<RawPolicy['spec'], 'policyTypes'>>(
          {},
          { policyTypes: ['Ingress'] },
          { policyTypes: ['Egress'] },
          { policyTypes: ['Ingress', 'Egress'] },
        ),
        ...(random(3) === 0 ? {} : { ingress: Array.from({ length: random(3) }, () => rule('from')) }),
        ...(random(2) === 0 ? {} : { egress: Array.from({ length: random(3) }, () => rule('to')) }),
      },
    }),
  );
}

it('allows what a simulator of the documentation allows, for every pair of pods and addresses', () => {
  const pods: Pod[] = Object.keys(NAMESPACES).flatMap((namespace) =>
    [{}, { app: 'a' }, { app: 'b' }].map((labels) => ({ namespace, labels })),
  );
  const ends: readonly (Pod | string)[] = [...pods, '203.0.113.7', '203.0.113.200', '198.51.100.1'];
  const pod = ({ namespace, labels }: Pod): PodEnd => ({
    namespace,
    labels: new Map(Object.entries(labels)),
    namespaceLabels: new Map([
      ...Object.entries(NAMESPACES[namespace] ?? {}),
      ['kubernetes.io/metadata.name', namespace],
    ]),
    ports: Object.entries(PORT_NAMES).map(([name, port]) => ({ name, port, protocol: 'TCP' })),
  });
  const end = (each: Pod | string) => {
    if (typeof each !== 'string') return { pod: pod(each) };
    const address = readAddress(each);
    if (address === null) throw new Error(each);
    return { address };
  };
  const peers = ends.map(end);
  let allowed = 0;
  let asked = 0;
  for (let seed = 1; seed <= 250; seed++) {
    const policies = randomPolicies(randomly(seed));
    const set = new PolicySet(
      policies.map(({ namespace, spec }, index) =>
        readPolicy(
          kubeObject({
            apiVersion: 'networking.k8s.io/v1',
            kind: 'NetworkPolicy',
            metadata: { name: `p${index}`, namespace },
            spec,
          }),
        ),
      ),
    );
    const wrong: unknown[] = [];
    for (const [i, from] of ends.entries()) {
      for (const [j, to] of ends.entries()) {
        const [a, b] = [peers[i], peers[j]];
        if (a === undefined || b === undefined) continue;
        for (const [protocol, port] of [
          ['TCP', 80],
          ['TCP', 81],
          ['UDP', 80],
        ] as const) {
          const truth = connects(policies, from, to, protocol, port);
          asked++;
          if (truth) allowed++;
          if (set.allows(a, b, protocol, port) !== truth) wrong.push({ from, to, protocol, port, truth });
        }
      }
    }
    expect({ seed, wrong: wrong.slice(0, 3) }).toEqual({ seed, wrong: [] });
  }
  expect(allowed / asked).toBeGreaterThan(0.2);
  expect(allowed / asked).toBeLessThan(0.9);
});

it('reads IPv6 blocks, and tells private ranges from the world', () => {
  const block = (text: string) => {
    const read = readBlock(text);
    if (read === null) throw new Error(text);
    return isPrivate(read);
  };
  expect(['10.1.0.0/16', 'fd00::/8', '::1/128', '192.168.1.1/32'].map(block)).toEqual([true, true, true, true]);
  expect(['0.0.0.0/0', '8.0.0.0/8', '::/0', '2001:db8::/32', '10.0.0.0/7'].map(block)).toEqual(Array(5).fill(false));
  expect(readBlock('10.0.0.0/33')).toBeNull();
  expect(readBlock('::ffff:10.0.0.1/128')?.value).toBe(0xffff0a000001n);
});

it('tells namespaces without default deny, hosts without TLS, Services that open and policies that select nothing', () => {
  const template = {
    metadata: { labels: { app: 'api' } },
    spec: { containers: [{ name: 'web', ports: [{ containerPort: 8080 }] }] },
  };
  const objects: Parameters<typeof manifestsOf>[0] = [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'api', namespace: 'shop' }, spec: { template } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'api', namespace: 'shop' },
      spec: { type: 'NodePort', selector: { app: 'api' }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'old', namespace: 'shop' },
      spec: { podSelector: { matchLabels: { app: 'was' } } },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'shop', namespace: 'shop', annotations: { 'cert-manager.io/issuer': 'ca' } },
      spec: {
        rules: [{ host: 'shop.example' }, { host: 'a.b.example' }],
        tls: [{ hosts: ['shop.example'], secretName: 'tls' }],
      },
    },
  ];
  const titles = (more: typeof objects) =>
    networkCheck
      .check({ manifests: manifestsOf([...objects, ...more]), writesNothing: new Set(), vault: [] })
      .map(({ rule, verdict }) => `${rule} ${verdict}`);
  expect(titles([])).toEqual([
    'config-no-default-deny confirmed',
    'config-open-without-tls confirmed',
    'config-exposed-service confirmed',
    'config-policy-selects-nothing confirmed',
  ]);
  const deny = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny', namespace: 'shop' },
    spec: { podSelector: {} },
  };
  expect(titles([deny])).not.toContain('config-no-default-deny confirmed');
});
