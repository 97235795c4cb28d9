/** Fuzz targets of `guard config`: manifests with all that YAML has, and kubeconfigs. */

import { EvidenceError } from '../src/evidence/error.ts';
import { setValue } from '../src/guard/config/fix/set-value.ts';
import { WORKLOAD_CHECK } from '../src/guard/config/workload/check.ts';
import { parseKubeconfig } from '../src/guard/manifests/kubeconfig.ts';
import { decodeText } from '../src/guard/manifests/parse.ts';
import { manifestsOf } from '../src/guard/manifests/read.ts';
import { splitStream } from '../src/guard/manifests/split.ts';
import { comparePlain } from '../src/testing/plain-yaml.ts';
import { type FuzzTarget, refusing, textOf, utf8 } from './target.ts';

const MIB = 1024 * 1024;

/**
 * A YAML document is a tree of nodes and tokens, of some hundred bytes each, for every few bytes; it is made once for its values
 * and again for its places and fixes. Aliases may add 200,000 values, which share their objects.
 */
const YAML_ALLOWANCE = (size: number): number => 96 * MIB + 32_768 * size;

const MANIFEST = `# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: &l {app: web}}
spec:
  template:
    metadata: {labels: *l}
    spec:
      hostNetwork: yes
      securityContext: &s {runAsUser: 0}
      volumes: [{name: v, hostPath: {path: /var/run/docker.sock}}]
      containers:
      - name: web
        image: "r/web:1"
        env: [{name: DB_PASSWORD, value: hunter2}, {name: GOMEMLIMIT, value: 1GiB}]
        resources: {limits: {memory: 512Mi}}
        securityContext:
          <<: *s
          capabilities: {add: [SYS_ADMIN]}
      - {name: side, volumeMounts: [{name: v, mountPath: /v}], ports: [{hostPort: 80}]}
---
{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": []}}]}
`;

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: lab
contexts: [{name: lab, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: QUJD}}]
users: [{name: u, user: {exec: {command: x, args: [a]}}}]
`;

export const manifests: FuzzTarget = {
  name: 'manifests',
  seeds: () => [
    utf8(MANIFEST),
    Buffer.from(MANIFEST, 'utf16le'),
    utf8('a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\napiVersion: v1\nkind: X\n'),
    utf8('apiVersion: v1\nkind: X\n? {a: b}\n: |+\n  text\n\n--- >-\n folded\n...\n%YAML 1.2\n---\n!!binary aGk=\n'),
  ],
  allowance: YAML_ALLOWANCE,
  // Nothing in a file makes reading throw; what is wrong with it is said.
  run: (input) => {
    const read = manifestsOf([{ file: 'f.yaml', bytes: input, named: true, chart: '' }]);
    WORKLOAD_CHECK.check({ manifests: read, writesNothing: new Set(), vault: [] });
    for (const { source } of read.objects)
      if (source !== undefined) setValue(source.text, [...source.prefix, 'spec', 'hostIPC'], false);
    if (read.objects.length === 0) throw new EvidenceError('answer', read.failures[0] ?? 'no object');
  },
};

const PLAIN = `a: b
c:
  - d: 'e'
    f: "g\\n" # h
  - [i, {j: -k}, "l"]
  -
m: |
  n

   o
p: >-
  q
  r
s:
- t u
  v
`;

/** The small YAML reader beside the library: a difference is a crash. */
export const plainYaml: FuzzTarget = {
  name: 'plain-yaml',
  seeds: () => [utf8(PLAIN), utf8(MANIFEST), utf8('a:\n  b: c\n\n# d\n  e: [f, g]\nh: ~\n')],
  allowance: YAML_ALLOWANCE,
  run: (input) => {
    let read = 0;
    for (const { text } of splitStream(decodeText(input))) {
      const compared = comparePlain(text);
      if (compared.difference !== null) throw new Error(compared.difference);
      if (compared.read) read++;
    }
    if (read === 0) throw new EvidenceError('answer', 'nothing that the small reader reads');
  },
};

export const kubeconfig: FuzzTarget = {
  name: 'kubeconfig',
  seeds: () => [utf8(KUBECONFIG)],
  allowance: YAML_ALLOWANCE,
  run: (input) => refusing('GuardUsageError', () => parseKubeconfig([{ file: 'config', text: textOf(input) }])),
};
