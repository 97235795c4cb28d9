/** The fix that gives a channel room for its one value. */
import { Kind } from '../../golang/nodes.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass, Report } from '../rule.ts';
import type { Case } from './finding.ts';
import { inLoop } from './loops.ts';
import { type Search, search } from './search.ts';
import { contains } from './syntax.ts';

/** make(chan T, 1), if the search says that then nothing is stuck at this channel any more; `cases` reads a search. */
export function roomFix(
  pass: Pass,
  root: NodeIndex,
  one: Case,
  cases: (found: Search) => readonly Case[],
): NonNullable<Report['fix']> | null {
  const { tree } = pass;
  const make = one.channel.node;
  if (one.rule !== 'chan-send-abandoned' || tree.kind[make] !== Kind.CallExpr || one.stuck.thread === 0) return null;
  const type = tree.b[make] ?? 0;
  const size = tree.next[type] ?? 0;
  if (size !== 0 && pass.typing.integer(size) !== 0) return null;
  for (const scale of [2, 3]) {
    const result = search(pass, root, { scale, room: new Map([[make, 1]]) });
    if (!result.complete) return null;
    const still = cases(result).some((other) => other.channel.node === make);
    if (still) return null;
  }
  const end = (tree.end[make] ?? 0) - 1;
  const start = tree.end[type] ?? 0;
  return {
    title: 'Give the channel room for the one value',
    edits: [{ start, end, text: ', 1' }],
    safe: sendsOnce(pass, root, one) && pass.typing.builtin(make) === 'make',
  };
}

/** One send statement and no other, outside of loops, by a goroutine that is started outside of loops. */
function sendsOnce(pass: Pass, root: NodeIndex, one: Case): boolean {
  const { tree } = pass;
  const start = one.stuck.state.threads[one.stuck.thread]?.start ?? 0;
  if (start === 0 || inLoop(pass, one.node) || one.stuck.state.doubtful) return false;
  const statement = tree.parent[start] ?? 0;
  if (inLoop(pass, statement)) return false;
  // Closing and ranging tell values apart from the end by order: leave those alone.
  for (const node of pass.nodesOf(Kind.RangeStmt)) {
    if (contains(tree, root, node) && tree.c[node] === one.channel.node) return false;
  }
  return tree.kind[one.node] === Kind.SendStmt;
}
