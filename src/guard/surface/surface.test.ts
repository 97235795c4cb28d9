import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { manifestsOf } from '../../testing/kube-objects.ts';
import { randomly } from '../../testing/random.ts';
import type { GuardContext } from '../part.ts';
import { compareInventories, takeInventory, weightsOf } from './compare.ts';
import { surfaceSettings } from './settings.ts';
import { guardSurface } from './surface.ts';
import { writeSurfaceText } from './text.ts';
import { UNIT_KINDS } from './weights.ts';

type Objects = Parameters<typeof manifestsOf>[0];
const RBAC = 'rbac.authorization.k8s.io';

function randomObjects(random: (below: number) => number): Objects {
  const label = () => ['a', 'b'][random(2)] ?? 'a';
  const make: readonly ((i: number) => Objects[number])[] = [
    (i) => {
      const containers = [
        { name: 'c', ports: [{ containerPort: 80 + random(2), ...(random(3) === 0 ? { hostPort: 80 } : {}) }] },
      ];
      const template = { metadata: { labels: { app: label() } }, spec: { containers, hostNetwork: random(8) === 0 } };
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: `d${i}`, namespace: label() },
        spec: { replicas: random(4), template },
      };
    },
    (i) => {
      const type = ['ClusterIP', 'NodePort', 'LoadBalancer'][random(3)];
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: `s${i}`, namespace: label() },
        spec: { type, selector: { app: label() }, ports: [{ port: 80 }] },
      };
    },
    (i) => {
      const tls = random(2) === 0 ? { tls: [{ hosts: ['a.example'], secretName: 't' }] } : {};
      return {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: `i${i}`, namespace: label() },
        spec: { rules: [{ host: 'a.example' }], ...tls },
      };
    },
    (i) => {
      const rules = [
        {
          apiGroups: [''],
          resources: [['pods', 'secrets', '*'][random(3)]],
          verbs: [['get', 'create', '*'][random(3)]],
        },
      ];
      return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: `r${i % 3}` }, rules };
    },
    (i) => ({
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `b${i}` },
      roleRef: { kind: 'ClusterRole', name: `r${random(3)}` },
      subjects: [{ kind: 'ServiceAccount', name: label(), namespace: 'a' }],
    }),
    (i) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `x${i}`, namespace: label() },
      type: random(2) === 0 ? 'Opaque' : 'kubernetes.io/service-account-token',
    }),
    (i) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `n${i}`, namespace: label() },
      spec: {
        podSelector: random(2) === 0 ? {} : { matchLabels: { app: label() } },
        ingress: random(2) === 0 ? [] : [{ from: [{ podSelector: {} }] }],
      },
    }),
  ];
  const objects = Array.from({ length: 3 + random(8) }, (_, i) => make[random(make.length)]?.(i)).filter(
    (each) => each !== undefined,
  );
  // One of a name: a second ClusterRole of a name replaces the first.
  return [...new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object])).values()];
}

const WEIGHTS = weightsOf({});
const inventory = (objects: Objects) => takeInventory(manifestsOf(objects), [], WEIGHTS);

it('has differences that are after − before, in each stage, in total and by unit', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomly(seed);
    const [before, after] = [inventory(randomObjects(random)), inventory(randomObjects(random))];
    const { stages, changed } = compareInventories(before, after);
    for (const { stage, difference } of stages) {
      expect(difference, `seed ${seed}`).toBeCloseTo(after.points[stage] - before.points[stage], 6);
      const ofUnits = changed
        .filter((unit) => stage === 'total' || unit.stage === stage)
        .reduce((sum, unit) => sum + unit.difference, 0);
      expect(ofUnits, `seed ${seed}`).toBeCloseTo(difference, 6);
    }
    expect(compareInventories(after, after).changed, `seed ${seed}`).toEqual([]);
    expect(
      compareInventories(after, before).stages.map(({ difference }) => difference + 0),
      `seed ${seed}`,
    ).toEqual(stages.map(({ difference }) => 0 - difference));
  }
});

it('never grows by removing an object, and never shrinks by removing a restriction', () => {
  let smaller = 0;
  let larger = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const objects = randomObjects(randomly(seed));
    const whole = inventory(objects).points.total;
    for (const removed of objects) {
      const rest = inventory(objects.filter((object) => object !== removed)).points.total;
      if (removed.kind === 'NetworkPolicy') expect(rest, `seed ${seed}`).toBeGreaterThanOrEqual(whole);
      else expect(rest, `seed ${seed}`).toBeLessThanOrEqual(whole);
      if (rest < whole) smaller++;
      if (rest > whole) larger++;
    }
  }
  expect(smaller).toBeGreaterThan(300);
  expect(larger).toBeGreaterThan(5);
});

it('does not depend on the order of objects', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const objects = randomObjects(randomly(seed));
    const ids = (of: Objects) => inventory(of).units.map(({ id, points }) => `${id} ${points}`);
    expect(ids(objects.toReversed()), `seed ${seed}`).toEqual(ids(objects));
  }
});

it('has the weights of docs/surface.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/surface.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\w+) \| (\d+) \| (.*) \|$/gm)].map(
    ([, kind, stage, weight, why]) => ({ kind, stage, weight: Number(weight), why }),
  );
  expect(rows).toEqual(UNIT_KINDS.map((kind) => ({ ...kind })));
});

const STATE = (port: string) => `apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop}
spec:
  automountServiceAccountToken: false
  containers:
  - name: web
    ports: [{containerPort: 8080${port}}]
`;

it('reads two directories, tells what grew with its place, and blocks by budget only', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'hemostat-surface-'));
  try {
    for (const [name, text] of [
      ['before', STATE('')],
      ['after', STATE(', hostPort: 80')],
    ] as const) {
      mkdirSync(join(cwd, name));
      writeFileSync(join(cwd, name, 'pod.yaml'), text);
    }
    const http = { send: () => Promise.reject(new Error('no network')), close: () => undefined };
    const context: GuardContext = {
      http,
      cwd,
      cacheDir: cwd,
      now: () => new Date(0),
      offline: true,
      progress: () => undefined,
      env: {},
    };
    const run = (more: object) =>
      guardSurface(surfaceSettings.parse({ before: 'before', after: 'after', ...more }), context);
    const free = await run({});
    expect(free.summary).toBe('3 → 10 points (+7, +233.3 %; 1 → 1 units): network 10, api 0, credentials 0.');
    expect(free.findings.map(({ rule, severity, title }) => [rule, severity, title])).toEqual([
      ['surface-grew', 'medium', 'The network surface grew by 7 points to 10.'],
    ]);
    expect(free.findings[0]?.where.line).toBe(8);
    const held = await run({ budget: { growth: 0, total: 5 } });
    expect(held.findings.map(({ rule, severity }) => `${rule} ${severity}`).sort()).toEqual([
      'surface-grew high',
      'surface-over-budget high',
    ]);
    expect((await run({ budget: { growth: 7 } })).findings).toEqual([]);
    expect((await run({ weights: { 'port-world': 3 } })).findings).toEqual([]);
    const text = writeSurfaceText(free.facts, { width: 80, color: false, unicode: true });
    expect(text).toMatch(/network {6}\+7 \(\+233\.3 %\)\n {4}before {9}3 points {6}1 unit {3}-/);
    expect(text).toContain('The world reaches 8080/TCP of Pod/shop/api by hostPort 80.');
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});
