/** Abilities that give the token of a ServiceAccount, or that of a certificate: by pods, Secrets, tokens, nodes and signers. */
import type { AbilityKind } from './abilities.ts';
import { showIdentity } from './graph.ts';
import { type Actor, type Certainty, type Held, nameFits, type Search, scopeFits } from './search.ts';

export function reachAccounts(search: Search, actor: Actor, held: Held): void {
  const { ability, power } = held;
  const access = search.access;
  const get = (account: string, how: string, certainty: Certainty = 0) => {
    const identity = `sa:${account}`;
    if (search.goal !== null || search.actors.has(identity)) return;
    if (search.limits.alone && !search.limits.known.has(identity)) return;
    const text = () => `${actor.says} may ${ability.says}, ${how} ${showIdentity(identity)}`;
    const fact = search.step(text, ability.rule.at, [held.fact], certainty);
    search.become(identity, showIdentity(identity), search.graph.principals(identity), true, fact);
  };
  const all = search.whole.has('') || search.whole.has(power.scope);
  if (all && ability.kind !== 'proxy-nodes' && ability.kind !== 'change-webhooks') return;
  switch (ability.kind) {
    case 'run-pods':
      for (const account of search.accounts(power.scope)) get(account, 'and so run a pod as');
      search.whole.add(power.scope);
      break;
    case 'change-workloads':
      changeWorkloads(search, held, get);
      break;
    case 'enter-pods':
      for (const { object, namespace, spec, serviceAccount } of access.makers) {
        if (!scopeFits(power.scope, namespace)) continue;
        // Pods of a workload have names that nobody knows before.
        if (ability.names !== null && !(object.kind === 'Pod' && ability.names.includes(object.name))) continue;
        if (mountsToken(search, spec.automountServiceAccountToken, `${namespace}/${serviceAccount}`)) {
          get(`${namespace}/${serviceAccount}`, `and so act in the pod of ${object.kind} ${object.name} as`);
        }
      }
      if (search.limits.atMost < 2) break;
      for (const account of search.accounts(power.scope)) get(account, 'and so act in a pod that runs as', 2);
      search.whole.add(power.scope);
      break;
    case 'read-secrets':
      for (const secret of access.tokenSecrets) {
        if (!scopeFits(power.scope, secret.namespace) || !nameFits(ability.names, secret.name)) continue;
        get(`${secret.namespace}/${secret.account}`, `and in Secret ${secret.name} stands the token of`);
      }
      break;
    case 'make-tokens':
      for (const account of search.accounts(power.scope)) {
        if (nameFits(ability.names, account.slice(account.indexOf('/') + 1))) get(account, 'and so get a token of');
      }
      if (ability.names === null) search.whole.add(power.scope);
      break;
    case 'proxy-nodes':
      for (const { namespace, serviceAccount, spec, object } of access.makers) {
        if (!mountsToken(search, spec.automountServiceAccountToken, `${namespace}/${serviceAccount}`)) continue;
        get(`${namespace}/${serviceAccount}`, `and so by the kubelet act in the pod of ${object.name} as`);
      }
      assume(search, actor, held, 'and so by the kubelet act in every pod of every node');
      break;
    case 'change-webhooks':
      assume(search, actor, held, 'and so rewrite what administrators create');
      break;
    default:
      break;
  }
}

function assume(search: Search, actor: Actor, held: Held, how: string): void {
  search.goal ??= search.step(
    () => `${actor.says} may ${held.ability.says}, ${how}`,
    held.ability.rule.at,
    [held.fact],
    2,
  );
}

function changeWorkloads(
  search: Search,
  held: Held,
  get: (account: string, how: string, certainty?: Certainty) => void,
): void {
  const { ability, power } = held;
  const there = new Set<string>();
  for (const { resource, object, namespace } of search.access.makers) {
    if (resource === ability.resource && scopeFits(power.scope, namespace) && nameFits(ability.names, object.name)) {
      there.add(namespace);
    }
  }
  if (there.size === 0 && search.limits.atMost < 2) return;
  for (const account of search.accounts(power.scope)) {
    const known = there.has(account.slice(0, account.indexOf('/')));
    get(account, 'and so run a changed pod as', known ? 0 : 2);
  }
}

function mountsToken(search: Search, ofPod: unknown, account: string): boolean {
  if (typeof ofPod === 'boolean') return ofPod;
  return search.access.accounts.get(account)?.value.automountServiceAccountToken !== false;
}

/** A Secret of the type for tokens, made and read: the cluster puts a token into it for any ServiceAccount of its namespace. */
export function secrets(search: Search): void {
  for (const create of search.makers.values()) {
    for (const read of search.readers.values()) {
      const pair = `${create.held.power.scope} ${read.held.power.scope}`;
      if (search.paired.has(pair)) continue;
      search.paired.add(pair);
      if (!scopeFits(create.held.power.scope, read.held.power.scope) && read.held.power.scope !== '') continue;
      for (const account of search.accounts(create.held.power.scope || read.held.power.scope)) {
        const identity = `sa:${account}`;
        if (search.goal !== null || search.actors.has(identity)) continue;
        const text = () =>
          `${create.says} may ${create.held.ability.says} and ${read.says} ${read.held.ability.says}: a Secret that is made for it holds a token of ${showIdentity(identity)}`;
        const fact = search.step(text, create.held.ability.rule.at, [create.held.fact, read.held.fact]);
        search.become(identity, showIdentity(identity), search.graph.principals(identity), true, fact);
      }
    }
  }
}

const CLIENT_SIGNERS = new Set(['kubernetes.io/kube-apiserver-client', 'kubernetes.io/*']);

/** A certificate for any user and group but system:masters, where one may ask, approve and read. */
export function certificates(search: Search): void {
  const actors = [...search.actors.values()];
  const first = (kind: AbilityKind) =>
    actors.map((actor) => actor.held.get(kind)?.[0]).find((held) => held !== undefined);
  const create = first('create-requests');
  const read = first('read-requests');
  if (create === undefined || read === undefined) return;
  for (const actor of actors) {
    const approve = actor.held.get('approve-requests')?.[0];
    const signer = actor.held
      .get('approve-signer')
      ?.find(({ ability: { names } }) => names === null || names.some((name) => CLIENT_SIGNERS.has(name)));
    if (approve === undefined || signer === undefined) continue;
    const groups = search.graph.groups.filter((group) => group !== 'group:system:masters');
    for (const identity of [
      ...search.graph.users,
      ...[...search.access.accounts.keys()].map((name) => `sa:${name}`),
      'user:anyone',
    ]) {
      const text = () =>
        `${actor.says} may ${approve.ability.says} and ${signer.ability.says}, and so get a certificate as ${showIdentity(identity)}`;
      const parents = [create.fact, read.fact, approve.fact, signer.fact];
      const fact = search.step(text, approve.ability.rule.at, parents);
      const principals = [identity, ...groups, 'group:system:authenticated'];
      search.become(`${identity}+certificate`, showIdentity(identity), principals, true, fact);
    }
    return;
  }
}
