/** Fuzz targets of the checks about access, network, API server, webhooks and surface, and of exports of Vault roles. */
import { EvidenceError } from '../src/evidence/error.ts';
import { apiserverCheck } from '../src/guard/config/apiserver/check.ts';
import { networkCheck } from '../src/guard/config/network/check.ts';
import { rbacCheck } from '../src/guard/config/rbac/check.ts';
import { vaultCheck } from '../src/guard/config/vault/check.ts';
import { parseVaultExport } from '../src/guard/config/vault/read.ts';
import { webhookCheck } from '../src/guard/config/webhook/check.ts';
import { isRecord } from '../src/guard/json/values.ts';
import type { KubeObject } from '../src/guard/manifests/manifest.ts';
import { takeInventory, weightsOf } from '../src/guard/surface/compare.ts';
import { type FuzzTarget, refusing, textOf } from './target.ts';

const MIB = 1024 * 1024;
const NONE = { objects: [], notes: [], failures: [], complete: false };
const utf8 = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const RBAC = 'rbac.authorization.k8s.io/v1';

/** Exports of Vault roles: values of a JSON text, and a line for each of its keys. */
export const vaultExport: FuzzTarget = {
  name: 'guard-vault',
  seeds: () => [
    utf8({ data: { token_ttl: 60, token_policies: ['root'] } }),
    utf8({
      mounts: { 'a/': { type: 'jwt', config: {} } },
      roles: { 'auth/a/role/b': { data: { token_ttl: '1h30m' } } },
    }),
  ],
  allowance: (size) => 16 * MIB + 1024 * size,
  run: (input) =>
    refusing('GuardEvidenceError', () => {
      const vault = parseVaultExport('roles.json', textOf(input));
      vaultCheck.check({ manifests: NONE, writesNothing: new Set(), vault });
    }),
};

/**
 * Objects with anything in them, as JSON lists: every check has to take what is of another type for absent. Who can become whom is
 * quadratic in the worst case, so the allowance is for inputs of some kilobytes.
 */
export const accessChecks: FuzzTarget = {
  name: 'guard-access',
  seeds: () => [
    utf8([
      {
        apiVersion: RBAC,
        kind: 'ClusterRole',
        metadata: { name: 'r' },
        rules: [{ apiGroups: ['*'], resources: ['pods'], verbs: ['create'] }],
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
      },
      {
        apiVersion: RBAC,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'b' },
        roleRef: { kind: 'ClusterRole', name: 'r' },
        subjects: [{ kind: 'ServiceAccount', name: 's', namespace: 'n' }],
      },
    ]),
    utf8([
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'p' },
        spec: {
          podSelector: {},
          ingress: [
            { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['::1/128'] } }], ports: [{ port: 'web', endPort: 9 }] },
          ],
        },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        spec: {
          replicas: 2,
          template: {
            metadata: { labels: { a: 'b' } },
            spec: {
              containers: [
                {
                  name: 'c',
                  ports: [{ containerPort: 80 }],
                  command: ['kube-apiserver', '--runtime-config=api/all=false'],
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        spec: { type: 'NodePort', selector: { a: 'b' }, ports: [{ port: 1, targetPort: 'web' }] },
      },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'i' },
        spec: { rules: [{ host: 'h', http: { paths: [{ path: '/' }] } }], tls: [{ hosts: ['*.h'] }] },
      },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'w' },
        webhooks: [{ name: 'x', rules: [{ resources: ['pods'] }], failurePolicy: 'Ignore' }],
      },
    ]),
  ],
  allowance: (size) => 64 * MIB + 16 * 1024 * size,
  run: (input) => {
    let value: unknown;
    try {
      value = JSON.parse(textOf(input));
    } catch {
      throw new EvidenceError('objects', 'no JSON');
    }
    const objects = (Array.isArray(value) ? value : [value]).filter(isRecord).map((each): KubeObject => {
      const metadata = isRecord(each.metadata) ? each.metadata : {};
      return {
        apiVersion: String(each.apiVersion),
        kind: String(each.kind),
        name: typeof metadata.name === 'string' ? metadata.name : '',
        namespace: typeof metadata.namespace === 'string' ? metadata.namespace : 'default',
        value: each,
        origin: { kind: 'file', file: 'x.json' },
        at: () => null,
      };
    });
    const manifests = { ...NONE, objects };
    const given = { manifests, writesNothing: new Set<string>(), vault: [] };
    for (const { check } of [rbacCheck, networkCheck, apiserverCheck, webhookCheck]) check(given);
    takeInventory(manifests, [], weightsOf({}));
  },
};
