/** The gate over the service's repository: its Go source, its manifests, its image, and that each part of it can fail. */
import { z } from 'zod';
import { type ImageRegistry, startRegistry } from '../../src/testing/image-registry.ts';
import type { Case, Stage } from './case.ts';
import { blocking, firstSaid, progress, type Ran, reportOf } from './env.ts';
import { checkOut, type Edits, type Pushed, type Supply } from './supply.ts';

interface Attack {
  readonly name: string;
  readonly label: string;
  readonly edits: Edits;
  readonly rule: string;
  readonly says: RegExp;
  /** Steps of a chain, each with its place, that the finding must have. */
  readonly chain?: readonly RegExp[];
}

/** One of those that a reviewer reads over: whoever gives up after a second leaves the goroutine waiting to send, for ever. */
const LEAK = `package main

import (
	"context"
	"time"
)

func slowCount(count func() int) (int, error) {
	answer := make(chan int)
	go func() { answer <- count() }()
	select {
	case n := <-answer:
		return n, nil
	case <-time.After(time.Second):
		return 0, context.DeadlineExceeded
	}
}
`;

/** Each of the three looks harmless; the last one was there before. */
const THREE_HOPS = `apiVersion: v1
kind: ServiceAccount
metadata: { name: ci, namespace: build }
automountServiceAccountToken: false
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: deployer, namespace: build }
automountServiceAccountToken: false
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: ops, namespace: prod }
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: run-jobs, namespace: build }
rules:
  - { apiGroups: [batch], resources: [jobs], verbs: [create] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: ci-runs-jobs, namespace: build }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: run-jobs }
subjects: [{ kind: ServiceAccount, name: ci, namespace: build }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: acts-as-ops }
rules:
  - { apiGroups: [""], resources: [serviceaccounts], resourceNames: [ops], verbs: [impersonate] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: deployer-acts-as-ops }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: acts-as-ops }
subjects: [{ kind: ServiceAccount, name: deployer, namespace: build }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ops-is-admin }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: ops, namespace: prod }]
`;

const ATTACKS: readonly Attack[] = [
  {
    name: 'a leak in the Go source',
    label: 'leak',
    edits: { 'slow.go': [['', LEAK]] },
    rule: 'chan-send-abandoned',
    says: /^slow\.go:10:/,
  },
  {
    name: 'root file system writable',
    label: 'writable',
    edits: { 'deploy/stock.yaml': [['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false']] },
    rule: 'config-root-filesystem-writable',
    says: /^deploy\/stock\.yaml:\d+: .*[Cc]ontainer stock of Deployment shop\/stock .*root file system/,
  },
  {
    name: 'ServiceAccount that reaches cluster-admin in three hops',
    label: 'three-hops',
    edits: { 'deploy/build.yaml': [['', THREE_HOPS]] },
    rule: 'config-reaches-cluster-admin',
    says: /ServiceAccount build\/ci reaches cluster-admin in 3 hops/,
    chain: [
      /^deploy\/build\.yaml:\d+ .*Role build\/run-jobs/,
      /^deploy\/build\.yaml:\d+ .*may create jobs.*ServiceAccount build\/deployer/,
      /^deploy\/build\.yaml:\d+ .*ClusterRole acts-as-ops/,
      /^deploy\/build\.yaml:\d+ .*may impersonate .*ServiceAccount prod\/ops/,
      /^deploy\/build\.yaml:\d+ .*ClusterRole cluster-admin/,
    ],
  },
  {
    name: 'privileged container',
    label: 'privileged',
    edits: { 'deploy/stock.yaml': [['allowPrivilegeEscalation: false', 'privileged: true']] },
    rule: 'config-container-privileged',
    says: /^deploy\/stock\.yaml:\d+: .*[Cc]ontainer stock of Deployment shop\/stock/,
  },
];

export async function configStage(supply: Supply): Promise<Stage> {
  progress('starting docker-registry for the gate');
  const registry = await startRegistry();
  const image = await supply.push(registry.host, 'v1', 'v1');
  await supply.sign(image, 'release', 'sig-tag');
  const unsigned = await supply.push(registry.host, 'v2', 'gate-unsigned');
  return {
    name: 'the gate, its source and its manifests',
    parts: [],
    cases: [
      wholeGate(supply, image),
      selfTest(supply, image),
      ...ATTACKS.map((attack) => attackCase(attack, supply, image)),
      otherImage(supply, image, unsigned),
      registryAway(supply, image, registry),
    ],
    close: () => registry.stop(),
  };
}

const SELF_TEST = z.object({
  verdict: z.string(),
  controls: z.array(z.object({ part: z.string(), proof: z.string() })),
});

function gate(supply: Supply, cwd: string, image: Pushed, ...more: readonly string[]): Promise<Ran> {
  return supply.work.hemostat(['gate', '--json', '--image', `${image.name}:v1@${image.digest}`, ...more], { cwd });
}

function wholeGate(supply: Supply, image: Pushed): Case {
  return {
    name: 'hemostat gate: source, image and manifests at once',
    group: 'honest',
    exit: 0,
    says: /passed: nothing blocks in review, image, config/,
    run: async () => {
      const ran = await gate(supply, checkOut(supply, 'gate', image), image);
      return { exit: ran.exit, said: firstSaid(ran), wrong: [] };
    },
  };
}

function selfTest(supply: Supply, image: Pushed): Case {
  return {
    name: "hemostat gate --self-test with the project's settings",
    group: 'honest',
    exit: 0,
    says: /passed: with these settings review, image, config can fail/,
    run: async () => {
      const cwd = checkOut(supply, 'self-test', image);
      const args = ['gate', '--self-test', '--json', '--image', image.ref];
      const { exit, stdout } = await supply.work.hemostat(args, { cwd });
      const { verdict, controls } = SELF_TEST.parse(JSON.parse(stdout));
      const proven = new Set(controls.filter(({ proof }) => proof === 'can-fail').map(({ part }) => part));
      const wrong = ['review', 'image', 'config'].filter((part) => !proven.has(part));
      return { exit, said: verdict, wrong: wrong.map((part) => `it does not prove that ${part} can fail`) };
    },
  };
}

function attackCase(attack: Attack, supply: Supply, image: Pushed): Case {
  return {
    name: attack.name,
    group: 'config',
    exit: 1,
    says: attack.says,
    run: async () => {
      const ran = await gate(supply, checkOut(supply, attack.label, image, attack.edits), image);
      const found = blocking(reportOf(ran)).filter(({ rule }) => rule === attack.rule);
      const finding = found.find(({ title }) => attack.says.test(title)) ?? found[0];
      const wrong = finding === undefined ? [`${attack.rule} does not block`] : [];
      const others = blocking(reportOf(ran)).filter(({ rule }) => rule !== attack.rule);
      if (attack.chain === undefined && others.length > 0)
        wrong.push(`it is stopped for something else, too: ${others.map(({ rule }) => rule).join(', ')}`);
      const steps = (finding?.chain ?? []).map(({ text, where }) =>
        where == null ? text : `${where.file}:${where.line} ${text}`,
      );
      for (const [i, step] of (attack.chain ?? []).entries())
        if (!step.test(steps[i] ?? '')) wrong.push(`step ${i + 1} of the chain is ${steps[i] ?? 'not there'}`);
      const place =
        finding === undefined || finding.where.file === '' ? '' : `${finding.where.file}:${finding.where.line}: `;
      const chain = attack.chain === undefined ? '' : ` (${steps.join('; ')})`;
      return {
        exit: ran.exit,
        said: finding === undefined ? firstSaid(ran) : `${place}${finding.title.replace(/\.$/, '')}${chain}`,
        wrong,
      };
    },
  };
}

/** The manifests and the source are as they should be: only what was pushed is not. */
function otherImage(supply: Supply, image: Pushed, unsigned: Pushed): Case {
  return {
    name: 'an honest repository with an image that nobody signed',
    group: 'config',
    exit: 1,
    says: /shop\/stock has no signature in any form/,
    run: async () => {
      const cwd = checkOut(supply, 'other-image', unsigned);
      const ran = await supply.work.hemostat(['gate', '--json', '--image', `${image.name}:v2`], { cwd });
      const wrong = (reportOf(ran)?.parts ?? [])
        .filter(({ part, outcome }) => outcome !== (part === 'image' ? 'blocked' : 'passed'))
        .map(({ part, outcome }) => `${part} is ${outcome}`);
      return { exit: ran.exit, said: firstSaid(ran), wrong };
    },
  };
}

/** Last, as nothing is pushed any more. What could not be looked at does not pass. */
function registryAway(supply: Supply, image: Pushed, registry: ImageRegistry): Case {
  return {
    name: 'the registry is away',
    group: 'config',
    exit: 3,
    says: /nothing listens at/,
    run: async () => {
      const cwd = checkOut(supply, 'away', image);
      await registry.stop();
      const ran = await gate(supply, cwd, image);
      return { exit: ran.exit, said: firstSaid(ran), wrong: [] };
    },
  };
}
