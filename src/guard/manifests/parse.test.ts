import { describe, expect, it } from 'vitest';
import { parse as referenceParse } from 'yaml';
import { decodeText } from './parse.ts';
import { manifestsOf } from './read.ts';

const DEPLOYMENT = `# Source: shop/templates/deploy.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web # the shop
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: wéb
          image: "r/web:1"
          env: [{name: A, value: b}]
          securityContext:
            privileged: yes
`;

function read(text: string, file = 'a.yaml') {
  return manifestsOf([{ file, bytes: Buffer.from(text), named: true, chart: '' }]);
}

describe('places', () => {
  it('names the line and column of every value of a later document', () => {
    const { objects, failures } = read(`apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n${DEPLOYMENT}`);
    expect(failures).toEqual([]);
    const [space, web] = objects;
    expect([space?.name, space?.namespace, web?.namespace]).toEqual(['shop', '', 'shop']);
    const container = ['spec', 'template', 'spec', 'containers', 0];
    expect(web?.at([...container, 'image'])).toMatchObject({ file: 'a.yaml', line: 16, column: 18, endColumn: 27 });
    expect(web?.at([...container, 'env', 0, 'value'])).toMatchObject({ line: 17, column: 34 });
    expect(web?.at([...container, 'securityContext', 'privileged'])).toMatchObject({ line: 19, column: 25 });
    expect(web?.at([...container, 'securityContext', 'missing'])).toMatchObject({ line: 18, column: 11 });
    expect(web?.at(container)).toMatchObject({ line: 15, column: 11 });
    expect(web?.at([])).toMatchObject({ line: 6, column: 1 });
    expect(web?.source?.template).toBe('shop/templates/deploy.yaml');
  });

  it('reads CRLF, a byte order mark, UTF-16, and --- with content', () => {
    const crlf = DEPLOYMENT.replaceAll('\n', '\r\n');
    expect(read(`\uFEFF${crlf}`).objects[0]?.at(['metadata', 'name'])).toMatchObject({
      line: 5,
      column: 9,
      endColumn: 12,
    });
    expect(decodeText(Buffer.from(`\uFEFF${DEPLOYMENT}`, 'utf16le'))).toBe(DEPLOYMENT);
    expect(decodeText(Buffer.from(DEPLOYMENT, 'utf16le').swap16())).toBe(DEPLOYMENT);
    const flow = read('--- {apiVersion: v1, kind: Namespace, metadata: {name: x}}\n...\n---\n# nothing\n').objects;
    expect(flow[0]?.at(['kind'])).toMatchObject({ line: 1, column: 28 });
    expect(flow.length).toBe(1);
  });

  it('counts columns in bytes', () => {
    const { objects } = read('apiVersion: v1\nkind: Secret\nmetadata: {labels: {é: x}, name: s}\n');
    expect(objects[0]?.at(['metadata', 'name'])).toMatchObject({ line: 3, column: 35 });
  });

  it('follows aliases and merge keys', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: p}
base: &base
  privileged: true
spec:
  containers:
  - name: a
    securityContext:
      <<: *base
      runAsUser: 0
  - name: b
    securityContext: *base
`;
    const [pod] = read(text).objects;
    expect(pod?.value.spec).toMatchObject({
      containers: [{ securityContext: { privileged: true, runAsUser: 0 } }, { securityContext: { privileged: true } }],
    });
    expect(pod?.at(['spec', 'containers', 0, 'securityContext', 'privileged'])?.line).toBe(5);
    expect(pod?.at(['spec', 'containers', 1, 'securityContext', 'privileged'])?.line).toBe(5);
  });
});

describe('lists and what is no object', () => {
  it('opens lists, and gives items the kind of their list', () => {
    const text = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'PodList', items: [{ metadata: { name: 'a' } }] },
        { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'r' } },
      ],
    });
    const { objects } = read(text, 'all.json');
    expect(objects.map((o) => [o.apiVersion, o.kind, o.namespace, o.name])).toEqual([
      ['v1', 'Pod', 'default', 'a'],
      ['rbac.authorization.k8s.io/v1', 'ClusterRole', '', 'r'],
    ]);
    expect(objects[0]?.at(['metadata', 'name'])).toMatchObject({ line: 1, column: text.indexOf('"a"') + 1 });
  });

  it('passes over what is no object and counts it, but not in a file that was named alone', () => {
    const values = { file: 'values.yaml', bytes: Buffer.from('replicas: 3\n'), named: false, chart: '' };
    const web = { file: 'a.yaml', bytes: Buffer.from(DEPLOYMENT), named: false, chart: '' };
    expect(manifestsOf([values, web])).toMatchObject({
      failures: [],
      notes: [expect.stringContaining('1 YAML or JSON document is no')],
    });
    expect(manifestsOf([values]).failures).toEqual([expect.stringContaining('No Kubernetes object')]);
    expect(manifestsOf([{ ...values, named: true }]).failures).toEqual([
      expect.stringContaining('values.yaml holds no'),
    ]);
  });

  it('says how to render a chart and a kustomization', () => {
    const template = {
      file: 'c/templates/a.yaml',
      bytes: Buffer.from('a: {{ .Values.a }}\n'),
      named: false,
      chart: 'c',
    };
    const kustomization = {
      file: 'k/kustomization.yaml',
      bytes: Buffer.from('apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n'),
      named: false,
      chart: '',
    };
    const { notes, objects } = manifestsOf([template, template, kustomization]);
    expect(objects).toEqual([]);
    expect(notes.filter((note) => note.includes('helm template c'))).toHaveLength(1);
    expect(notes.filter((note) => note.includes('kustomize build k'))).toHaveLength(1);
  });
});

describe('mistakes and attacks', () => {
  const OBJECT = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n';

  it.each([
    [
      'a key that stands twice',
      `${OBJECT}spec:\n  hostPID: true\n  hostPID: false\n`,
      /^a\.yaml:6:3 has the key "hostPID" twice/,
    ],
    ['tabs', `${OBJECT}spec:\n\thostPID: true\n`, /^a\.yaml:\d+:\d+ is no valid YAML: /],
    ['an alias without an anchor', `${OBJECT}spec: *nowhere\n`, /^a\.yaml:4:7 .*nowhere/],
    [
      'more aliases than anybody writes',
      `${OBJECT}a: &a x\nb: [${'*a, '.repeat(10_001)}]\n`,
      /has more than 10000 aliases/,
    ],
    ['an alias inside of its own anchor', `${OBJECT}spec: &a\n  b: *a\n`, /^a\.yaml:5:6 has the alias \*a/],
    ['a merge of a text', `${OBJECT}spec:\n  <<: text\n`, /^a\.yaml:5:3 merges/],
    ['a map as a key', `${OBJECT}? {a: b}\n: c\n`, /^a\.yaml:4:3 has a key/],
    ['brackets without end', `${OBJECT}spec: ${'['.repeat(100_000)}\n`, /opens too many brackets/],
    ['a template', `${OBJECT}spec: {{ .Values.spec }}\n`, /render the template first/],
    [
      'a list in a list in a list …',
      `${OBJECT}spec:\n${Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}- `).join('\n')}x\n`,
      /deep|valid/,
    ],
  ])('refuses %s', (_, text, says) => {
    const { failures, objects } = read(`${text}\n---\n${DEPLOYMENT}`);
    expect(failures).toEqual([expect.stringMatching(says)]);
    // The document after it is read all the same.
    expect(objects.map(({ name }) => name)).toEqual(['web']);
  });

  it('refuses aliases that multiply, with values and with merges', () => {
    let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 9; i++)
      text += `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]\n`;
    const { failures } = read(`${OBJECT}${text}`);
    expect(failures).toEqual([expect.stringContaining('has aliases that make more than')]);
  });

  it('does not let a key become a prototype', () => {
    const { objects } = read(`${OBJECT}__proto__: {polluted: true}\n`);
    expect(Object.hasOwn({}, 'polluted')).toBe(false);
    expect(Object.getPrototypeOf(objects[0]?.value)).toBe(Object.prototype);
  });
});

it('reads scalars as go-yaml does: yes is true, 0644 is octal, dates and 80:30 stay text', () => {
  const { objects } = read(
    `apiVersion: v1\nkind: X\nv: [yes, off, 0644, 2024-01-01, 80:30, 1e3, "yes", ~, !!str 5, 0x1f, 1_000]\n`,
  );
  expect(objects[0]?.value.v).toEqual([true, false, 0o644, '2024-01-01', '80:30', 1000, 'yes', null, '5', 31, 1000]);
  // The library alone thinks otherwise of the latter two.
  expect(referenceParse('80:30', { version: '1.1' })).toBe(4830);
});

it('reads ten thousand keys of one map without comparing each with each', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `  k${i}: v`).join('\n');
  const before = performance.now();
  expect(read(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n${keys}\n`).objects).toHaveLength(1);
  // Each with each is 2e8 comparisons of nodes, tens of seconds.
  expect(performance.now() - before).toBeLessThan(8000);
});

it('does not read on for long after a mistake', () => {
  const rest = '}hop, labels: &l {app: web}'.repeat(40_000);
  const before = performance.now();
  const { objects, failures } = read(`apiVersion: v1\nkind: Pod\nmetadata: {name: web${rest}}\n`);
  expect({ objects, failures: failures.length }).toEqual({ objects: [], failures: 1 });
  // An error for each of half a million tokens takes ten seconds and more.
  expect(performance.now() - before).toBeLessThan(4000);
});
