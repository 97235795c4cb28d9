/** NetworkPolicies for findings. Pure. */
import type { IocFinding } from './finding.ts';
import { commentOf, kubeName, kubeText, type Written } from './written.ts';

/** What a workload may reach: addresses, and a port where only that is meant. */
export interface EgressTarget {
  readonly cidr: string;
  readonly port: number | null;
}

const DNS = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

const ADDITIVE =
  'Network policies add up: another policy that allows more still does, and the network plugin has to enforce them.';

/** Names are looked up in kube-system, and nothing else is reached but what the person declares. */
export function limitEgress(
  finding: IocFinding,
  namespace: string,
  selector: Readonly<Record<string, string>>,
  allow: readonly EgressTarget[],
): Written {
  const declared = allow.map(({ cidr, port }) => ({
    to: [{ ipBlock: { cidr } }],
    ...(port === null ? {} : { ports: [{ protocol: 'TCP', port }] }),
  }));
  const text = kubeText(
    [...commentOf(finding), ADDITIVE],
    [
      networkPolicy(finding, namespace, {
        podSelector: { matchLabels: selector },
        policyTypes: ['Egress'],
        egress: [DNS, ...declared],
      }),
    ],
  );
  return { text, does: `lets these pods reach DNS${allow.length === 0 ? ' only' : ` and ${allow.length} declared`}` };
}

/** Nothing comes into or goes out of the namespace but look-ups of names. */
export function denyNamespace(finding: IocFinding, namespace: string): Written {
  const text = kubeText(
    [...commentOf(finding), ADDITIVE, 'Add policies for what has to be reached before you load this.'],
    [networkPolicy(finding, namespace, { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [DNS] })],
  );
  return { text, does: `closes ${namespace} but for DNS` };
}

function networkPolicy(finding: IocFinding, namespace: string, spec: object): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: kubeName(finding), namespace, labels: { 'app.kubernetes.io/managed-by': 'hemostat' } },
    spec,
  };
}
