/** Calls of other packages that start or run the function that they are given. */
import { Kind } from '../../golang/nodes.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';

export interface Spawn {
  /** Argument that is the function. */
  readonly fun: NodeIndex;
  /** start: in a goroutine of its own. group: so, and counted by the receiver. run: at once, before the call returns. */
  readonly how: 'start' | 'group' | 'run';
}

const SPAWNERS: Readonly<Record<string, readonly [Spawn['how'], number]>> = {
  'sync.WaitGroup.Go': ['group', 0],
  'golang.org/x/sync/errgroup.Group.Go': ['group', 0],
  'sync.Once.Do': ['run', 0],
  'time.AfterFunc': ['start', 1],
  'context.AfterFunc': ['start', 1],
};
const NAMES = new Set(['Go', 'Do', 'AfterFunc']);

/** What a call starts or runs besides its callee; null if it is a usual call. */
export function spawnOf(pass: Pass, call: NodeIndex): Spawn | null {
  const { tree } = pass;
  const fun = tree.a[call] ?? 0;
  if (tree.kind[fun] !== Kind.SelectorExpr) return null;
  if (!NAMES.has(tree.names.text(tree.data[tree.b[fun] ?? 0] ?? 0))) return null;
  const callee = pass.typing.callee(call);
  const known = callee === null || !Object.hasOwn(SPAWNERS, callee.key) ? undefined : SPAWNERS[callee.key];
  if (known === undefined) return null;
  const [how, position] = known;
  let arg = tree.b[call] ?? 0;
  for (let at = 0; at < position; at++) arg = tree.next[arg] ?? 0;
  return arg === 0 ? null : { fun: arg, how };
}
