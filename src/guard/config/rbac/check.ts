/** Findings about RBAC: who reaches cluster-admin, and roles and bindings that give more than a workload can need. */
import type { ChainStep, Finding, Region, Verdict } from '../../../findings/model.ts';
import { type GuardSighting, guardFinding } from '../../finding.ts';
import { identityOf } from '../../manifests/identity.ts';
import type { ConfigCheck, ConfigInput } from '../rule.ts';
import { chainsToClusterAdmin } from './chains.ts';
import { AccessGraph, groupsOf, showIdentity, showRole } from './graph.ts';
import {
  type Access,
  allows,
  allowsEverything,
  type Binding,
  type Identity,
  type PolicyRule,
  type Role,
  readAccess,
} from './model.ts';
import {
  ANONYMOUS_BOUND,
  DEFAULT_ACCOUNT_BOUND,
  ESCALATE_BIND_IMPERSONATE,
  EVERYBODY_BOUND,
  RBAC_RULES,
  REACHES_CLUSTER_ADMIN,
  SECRETS_CLUSTER_WIDE,
  WILDCARD_ROLE,
} from './rules.ts';
import type { Chain, Step } from './search.ts';

export const rbacCheck: ConfigCheck = {
  rules: RBAC_RULES,
  check: (input: ConfigInput): readonly Finding[] => {
    const access = readAccess(input.manifests);
    const reach = reachFindings(access);
    return [...reach.values(), ...roleFindings(access, new Set(reach.keys())), ...bindingFindings(access)];
  },
};

const ANONYMOUS: ReadonlySet<Identity> = new Set(['group:system:unauthenticated', 'user:system:anonymous']);
const EVERYBODY = /^group:system:(?:authenticated|serviceaccounts(?::.*)?)$/;

/** ServiceAccounts, and the groups that all of them are in; people and groups of people may be administrators. */
function reachFindings(access: Access): ReadonlyMap<Identity, Finding> {
  const graph = new AccessGraph(access);
  const shared = [...graph.bindingsOf.keys()].filter((identity) => ANONYMOUS.has(identity) || EVERYBODY.test(identity));
  const accounts = [...access.accounts.keys()].map((account): Identity => `sa:${account}`);
  const own = accounts.filter((start) => !isStandardAccount(graph, start));
  const chains = surestChains(graph, [...shared.sort(), ...own.sort()]);
  const findings = new Map<Identity, Finding>();
  for (const [start, chain] of chains) {
    // One finding for the group says it for all of its members, but for those that get there by a surer or shorter way.
    const told = groupsOf(start).some((group) => {
      const shared = chains.get(group);
      if (shared === undefined || shared.rounds > chain.rounds) return false;
      return certaintyOf(shared.steps) <= certaintyOf(chain.steps);
    });
    if (!told) findings.set(start, reachFinding(graph, start, chain.steps));
  }
  return findings;
}

/** By what was given, else by what every cluster has, else by what may be there. */
function surestChains(graph: AccessGraph, starts: readonly Identity[]): ReadonlyMap<Identity, Chain> {
  // Least demanding first: who has no chain with all assumptions has none at all.
  const assumed = chainsToClusterAdmin(graph, starts, 2);
  const weak = [...assumed].filter(([, { steps }]) => certaintyOf(steps) > 0).map(([start]) => start);
  const chains = new Map(assumed);
  const given = chainsToClusterAdmin(graph, weak, 0);
  const standard = chainsToClusterAdmin(
    graph,
    weak.filter((start) => !given.has(start)),
    1,
  );
  for (const [start, chain] of [...given, ...standard]) chains.set(start, chain);
  return chains;
}

function certaintyOf(chain: readonly Step[]): 0 | 1 | 2 {
  if (chain.some(({ certainty }) => certainty === 2)) return 2;
  return chain.some(({ certainty }) => certainty === 1) ? 1 : 0;
}

/** The controllers of kube-system have their rights from bindings that come with the cluster. */
function isStandardAccount(graph: AccessGraph, start: Identity): boolean {
  if (!start.startsWith('sa:kube-system/')) return false;
  const bound = graph.bindingsOf.get(start) ?? [];
  return bound.length > 0 && bound.every(({ binding }) => binding.standard);
}

const VERDICTS: readonly Verdict[] = ['proven', 'confirmed', 'suspected'];

function reachFinding(graph: AccessGraph, start: Identity, steps: readonly Step[]): Finding {
  const certainty = certaintyOf(steps);
  const first = graph.bindingsOf.get(start)?.[0];
  const at = steps.find((step) => step.at !== null)?.at ?? first?.binding.at ?? null;
  // Who acts as whom or takes what, and the binding at the end.
  const moves = steps.filter(({ move }) => move).length + 1;
  const hops = moves === 1 ? '1 hop' : `${moves} hops`;
  const assumption = steps.find((step) => step.certainty === 2)?.text;
  const how =
    certainty === 0
      ? `${hops}, all of them in the files`
      : certainty === 1
        ? `${hops}, with roles that every cluster has`
        : `${hops}, of which one depends on what runs in the cluster: ${assumption ?? ''}`;
  return guardFinding(REACHES_CLUSTER_ADMIN, {
    verdict: VERDICTS[certainty] ?? 'suspected',
    title: `${showIdentity(start)} reaches cluster-admin in ${hops}${certainty === 2 ? ', if a step that the files do not show is there' : ''}.`,
    identity: start.startsWith('sa:') ? `ServiceAccount/${start.slice('sa:'.length)}` : start,
    operation: '',
    at,
    service: start.startsWith('sa:') ? start.slice('sa:'.length) : start,
    evidence: [
      { leg: 'config', says: `From its token to everything in the cluster: ${how}.`, numbers: [], captures: [] },
    ],
    chain: steps.map(grantStep),
    fix: { text: fixFor(steps) },
  });
}

function grantStep({ text, at, certainty }: Step): ChainStep {
  const note = certainty === 2 ? ' (assumed)' : certainty === 1 ? ' (every cluster has it)' : '';
  return {
    kind: 'grant',
    text: `${text}${note}`,
    ...(at === null ? {} : { where: { function: '', file: at.file, line: at.line }, region: at }),
  };
}

function fixFor(steps: readonly Step[]): string {
  const [first] = steps;
  if (steps.length <= 2 || first === undefined) {
    return 'Bind a role that lists what the workload uses, instead of one that may do everything.';
  }
  return `Break the chain at the step that is needed least; the first is: ${first.text}.`;
}

function config(says: string): GuardSighting['evidence'] {
  return [{ leg: 'config', says, numbers: [], captures: [] }];
}

/** Where every role is bound, and to whom: one look over the bindings. */
function bindingsByRole(access: Access): ReadonlyMap<string, readonly Binding[]> {
  const map = new Map<string, Binding[]>();
  for (const binding of access.bindings) {
    const list = map.get(binding.role);
    if (list === undefined) map.set(binding.role, [binding]);
    else list.push(binding);
  }
  return map;
}

/** `reaching`: of whom it is told that they reach cluster-admin. */
function roleFindings(access: Access, reaching: ReadonlySet<Identity>): Finding[] {
  const findings: Finding[] = [];
  const bound = bindingsByRole(access);
  for (const role of access.roles.values()) {
    if (role.object === null || role.standard || role.name.startsWith('system:') || role.name === 'cluster-admin')
      continue;
    const bindings = bound.get(role.key) ?? [];
    const uses = bindings.length;
    // That somebody has everything by this role is told of them, with the way: one cause, one finding.
    let told = bindings.some(
      ({ scope, subjects }) => scope === '' && subjects.some(({ identity }) => reaching.has(identity)),
    );
    const unused = uses === 0 ? ' It is not bound in what was given.' : '';
    for (const rule of role.rules) {
      if (rule.from !== role.key) continue;
      if (allowsEverything(rule) && !told) {
        told = true;
        findings.push(
          guardFinding(WILDCARD_ROLE, {
            verdict: 'confirmed',
            severity: uses === 0 ? 'low' : role.namespace === '' ? 'high' : 'medium',
            title: `${showRole(role)} allows every verb on every resource${role.namespace === '' ? '' : ' of its namespace'}.`,
            identity: identityOf(role.object),
            operation: '*',
            at: rule.at,
            service: role.name,
            evidence: config(`verbs, resources and apiGroups are all "*".${unused}`),
          }),
        );
      }
      const groups = rule.groups.filter(isBuiltIn);
      if (!allowsEverything(rule) && isWild(rule) && groups.length > 0) {
        findings.push(
          guardFinding(WILDCARD_ROLE, {
            verdict: 'confirmed',
            severity: uses > 0 && groups.includes('') ? 'medium' : 'low',
            title: `${showRole(role)} allows every verb on every resource of ${groups.map(showGroup).join(', ')}${role.namespace === '' ? '' : ' in its namespace'}.`,
            identity: identityOf(role.object),
            operation: `* of ${groups.join(', ')}`,
            at: rule.at,
            service: role.name,
            evidence: config(`verbs and resources are "*".${unused}`),
          }),
        );
      }
      for (const [verb, resource] of STEPPING_OVER) {
        if (!rule.verbs.includes(verb) || !rule.resources.some((each) => each === resource || each === '*')) continue;
        const of = rule.names.length === 0 ? `any of ${resource}` : `${resource} ${rule.names.join(', ')}`;
        findings.push(
          guardFinding(ESCALATE_BIND_IMPERSONATE, {
            verdict: 'confirmed',
            severity: uses === 0 ? 'low' : rule.names.length > 0 || role.namespace !== '' ? 'medium' : 'high',
            title: `${showRole(role)} may ${verb} ${of}.`,
            identity: identityOf(role.object),
            operation: `${verb} ${resource}`,
            at: rule.at,
            service: role.name,
            evidence: config(`${SAYS[verb] ?? ''}${unused}`),
          }),
        );
      }
    }
  }
  return findings;
}

/** Every verb on every resource of its groups. */
function isWild({ verbs, resources, names }: PolicyRule): boolean {
  return names.length === 0 && verbs.includes('*') && resources.includes('*');
}

/** A program may well do everything with custom resources of its own. */
function isBuiltIn(group: string): boolean {
  return !group.includes('.') || group === 'k8s.io' || group.endsWith('.k8s.io');
}

function showGroup(group: string): string {
  return group === '' ? 'the core group' : group === '*' ? 'all groups' : group;
}

const STEPPING_OVER: readonly (readonly [string, string])[] = [
  ['escalate', 'clusterroles'],
  ['escalate', 'roles'],
  ['bind', 'clusterroles'],
  ['bind', 'roles'],
  ['impersonate', 'users'],
  ['impersonate', 'groups'],
  ['impersonate', 'serviceaccounts'],
];

const SAYS: Readonly<Record<string, string>> = {
  escalate: 'With escalate, roles can be given rules that the writer does not have.',
  bind: 'With bind, roles can be bound whose rules the writer does not have.',
  impersonate: 'With impersonate, requests are made as somebody else.',
};

function bindingFindings(access: Access): Finding[] {
  const findings: Finding[] = [];
  for (const binding of access.bindings) {
    if (binding.object === null || binding.standard || binding.name.startsWith('system:')) continue;
    const role = access.roles.get(binding.role);
    const what = role === undefined ? binding.role.replace('/', ' ') : showRole(role);
    const where = binding.scope === '' ? 'the whole cluster' : `namespace ${binding.scope}`;
    for (const { identity, at } of binding.subjects) {
      const seen = {
        verdict: 'confirmed' as const,
        identity: identityOf(binding.object),
        operation: identity,
        at,
        service: binding.name,
        evidence: config(`${binding.key.replace('/', ' ')} gives ${showIdentity(identity)} ${what} in ${where}.`),
      };
      const title = `${showIdentity(identity)} has ${what} in ${where}`;
      if (ANONYMOUS.has(identity)) {
        findings.push(guardFinding(ANONYMOUS_BOUND, { ...seen, title: `${title}: requests without credentials.` }));
      } else if (EVERYBODY.test(identity)) {
        findings.push(guardFinding(EVERYBODY_BOUND, { ...seen, title: `${title}: far more than one workload.` }));
      } else if (identity.startsWith('sa:') && identity.endsWith('/default')) {
        findings.push(
          guardFinding(DEFAULT_ACCOUNT_BOUND, { ...seen, title: `${title}: every pod that names no other.` }),
        );
      }
    }
    if (binding.scope === '' && role !== undefined) findings.push(...secretFindings(binding, role));
  }
  return findings;
}

/** One for each binding; who may do everything is told by other rules. */
function secretFindings(binding: Binding, role: Role): Finding[] {
  if (role.rules.some(allowsEverything)) return [];
  const subjects = binding.subjects.filter(({ identity }) => identity !== 'group:system:masters');
  const reads = role.rules.find(
    (rule) => rule.names.length === 0 && ['get', 'list', 'watch'].some((verb) => allows(rule, verb, '', 'secrets')),
  );
  if (reads === undefined || subjects.length === 0) return [];
  const who = subjects.map(({ identity }) => showIdentity(identity));
  const at: Region | null = binding.at;
  return [
    guardFinding(SECRETS_CLUSTER_WIDE, {
      verdict: 'confirmed',
      title: `${who.slice(0, 3).join(', ')}${who.length > 3 ? ` and ${who.length - 3} more` : ''} may read the Secrets of all namespaces.`,
      identity: binding.object === null ? binding.key : identityOf(binding.object),
      operation: role.key,
      at,
      service: binding.name,
      count: subjects.length,
      evidence: config(
        `${binding.key.replace('/', ' ')} binds ${showRole(role)}, which allows ${reads.verbs.join(', ')} on secrets.`,
      ),
      chain: [
        grantStep({
          text: `${binding.key.replace('/', ' ')} gives ${showRole(role)} in the whole cluster`,
          at,
          certainty: 0,
          move: false,
        }),
        grantStep({
          text: `${showRole(role)} allows ${reads.verbs.join(', ')} on secrets`,
          at: reads.at,
          certainty: 0,
          move: false,
        }),
      ],
    }),
  ];
}
