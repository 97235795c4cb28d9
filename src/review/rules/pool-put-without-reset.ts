import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf, textBetween } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import { containerLives } from '../growth/lives.ts';
import { isNamed } from '../pools/calls.ts';
import { outermost, type PoolGroup, poolGroups } from '../pools/participants.ts';
import type { Pass, Report, Rule } from '../rule.ts';

export const poolPutWithoutReset: Rule = {
  id: 'pool-put-without-reset',
  summary: 'A pooled object that grows is emptied neither after Get nor before Put',
  when: { imports: ['sync'] },
  check(pass) {
    for (const group of pass.engine(poolGroups)) {
      const [put] = group.puts;
      if (put === undefined || pass.inGenerated(put.call)) continue;
      for (const type of group.types) {
        if (checkBuffer(pass, group, type, put.call) || checkFields(pass, type, put.call)) break;
      }
    }
  },
};

const EMPTIES = new Set(['Reset', 'Truncate', 'WriteTo', 'Next', 'ReadBytes', 'ReadString', 'Read', 'ReadFrom']);

/** bytes.Buffer and strings.Builder: nobody who has one in hand calls anything that empties it. */
function checkBuffer(pass: Pass, group: PoolGroup, type: TypeIndex, put: NodeIndex): boolean {
  const { tree, typing } = pass;
  const name = isNamed(pass, type, 'bytes', 'Buffer')
    ? 'bytes.Buffer'
    : isNamed(pass, type, 'strings', 'Builder')
      ? 'strings.Builder'
      : '';
  if (name === '') return false;
  let written = 0;
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const func = outermost(pass, call);
    if (!group.functions.has(func)) continue;
    const fun = tree.a[call] ?? 0;
    if (tree.kind[fun] === Kind.SelectorExpr && isBuffer(pass, tree.a[fun] ?? 0, type)) {
      const method = nameOf(tree, tree.b[fun] ?? 0);
      if (EMPTIES.has(method)) return false;
      if (written === 0 && method.startsWith('Write')) written = call;
      continue;
    }
    // Whoever is given the buffer may empty it: io.Copy reads it out, a function of another package may do as it likes.
    for (let at = tree.b[call] ?? 0; at !== 0; at = tree.next[at] ?? 0) {
      if (!isBuffer(pass, at, type)) continue;
      const callee = typing.callee(call);
      if (callee === null) {
        if (typing.builtin(call) === '' && !typing.isType(fun)) return false;
      } else if (callee.key === 'sync.Pool.Put' || callee.decl !== 0) continue;
      else if (
        /^(Fprint|Fprintf|Fprintln|NewEncoder|WriteString|Execute|ExecuteTemplate|NewWriter|Write|Indent|Compact)$/.test(
          callee.name,
        )
      )
        written ||= call;
      else return false;
    }
  }
  if (written === 0) return false;
  pass.report({
    confidence: 'high',
    node: put,
    message: `the pooled ${name} is never reset: whoever gets it next finds what was written before, and it grows with every use`,
    steps: [
      { node: written, says: 'it is written to here' },
      { node: put, says: 'and goes back as it is' },
    ],
    advice: 'Call Reset right after Get, or right before Put.',
    ...resetAfterGet(pass, group),
  });
  return true;
}

/** `x.Reset()` on a line of its own after the only `x := pool.Get().(T)`; a suggestion: somebody may rely on what is left in it. */
function resetAfterGet(pass: Pass, group: PoolGroup): Pick<Report, 'fix'> {
  const { tree } = pass;
  const [get, second] = group.gets;
  if (get === undefined || second !== undefined) return {};
  let statement = tree.parent[get.call] ?? 0;
  while (tree.kind[statement] === Kind.ParenExpr || tree.kind[statement] === Kind.TypeAssertExpr)
    statement = tree.parent[statement] ?? 0;
  const ident = tree.a[statement] ?? 0;
  const isBlock = tree.kind[tree.parent[statement] ?? 0] === Kind.BlockStmt;
  if (tree.kind[statement] !== Kind.AssignStmt || tree.kind[ident] !== Kind.Ident || tree.next[ident] !== 0 || !isBlock)
    return {};
  const start = tree.start[statement] ?? 0;
  const end = tree.end[statement] ?? 0;
  const indent = textBetween(tree, tree.source.lastIndexOf(10, start) + 1, start);
  if (indent.trim() !== '') return {};
  const text = `\n${indent}${nameOf(tree, ident)}.Reset()`;
  return { fix: { title: `Reset ${nameOf(tree, ident)} after Get`, edits: [{ start: end, end, text }], safe: false } };
}

function isBuffer(pass: Pass, expression: NodeIndex, type: TypeIndex): boolean {
  const { types } = pass.typing;
  const own = pass.typing.typeOf(expression);
  return own === type || (types.kind(type) === TypeKind.Pointer && own === types.element(type));
}

/** A struct of this package with a slice or map that grows, and that nothing in the package ever empties. */
function checkFields(pass: Pass, type: TypeIndex, put: NodeIndex): boolean {
  const { types } = pass.typing;
  const named = types.named(types.kind(type) === TypeKind.Pointer ? types.element(type) : type);
  if (named === null || named[0] !== pass.pkg.importPath) return false;
  for (const life of pass.engine(containerLives)) {
    const [growth] = life.grows;
    if (life.type !== named[1] || life.emptied || growth === undefined) continue;
    const isMap = life.kind !== 'slice';
    pass.report({
      // A map may be a cache on purpose.
      confidence: isMap ? 'medium' : 'high',
      node: put,
      message: `${life.type}.${life.name} grows and nothing ever empties it: the pooled ${life.type} gets larger with every use`,
      steps: [
        { node: growth.node, says: `${life.name} grows here` },
        { node: put, says: 'and goes back into the pool as it is' },
      ],
      advice: `Empty ${life.name} before Put or after Get (${isMap ? `clear(x.${life.name})` : `x.${life.name} = x.${life.name}[:0]`}).`,
    });
    return true;
  }
  return false;
}
