import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { type NodeIndex, textOf } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import { aliasesOf, sharesWith } from '../pools/aliases.ts';
import { isNamed } from '../pools/calls.ts';
import { outermost, type PoolGroup, poolGroups } from '../pools/participants.ts';
import { givings } from '../pools/wrappers.ts';
import type { Pass, Rule } from '../rule.ts';
import { shownType } from '../shown-type.ts';

export const poolPutUnbounded: Rule = {
  id: 'pool-put-unbounded',
  summary: 'A buffer that may have grown large is put back into a pool whatever its size',
  when: { imports: ['sync'] },
  check(pass) {
    for (const group of pass.engine(poolGroups)) {
      const [put] = group.puts;
      if (put === undefined || pass.inGenerated(put.call) || pass.inTest(put.call)) continue;
      const growth = [...group.types].map((type) => growthOf(pass, group, type)).find((one) => one !== null);
      if (growth === undefined || growth === null || isChecked(pass, group)) continue;
      pass.report({
        confidence: 'medium',
        node: put.call,
        message: `${growth.what} goes back whatever its size: one large use, and the pool holds that memory for small ones`,
        steps: [
          { node: growth.node, says: 'it grows with what it is given' },
          { node: put.call, says: 'and is put back without a look at its capacity' },
        ],
        advice: `Drop what has grown beyond the usual: if ${growth.size} <= 64<<10 { pool.Put(b) }.`,
      });
    }
  },
};

interface Growth {
  readonly what: string;
  /** How Go asks for the capacity of a pooled `b`. */
  readonly size: string;
  readonly node: NodeIndex;
}

/** Where the pooled buffer grows; null where it is none, or has the size that it was made with. */
function growthOf(pass: Pass, group: PoolGroup, type: TypeIndex): Growth | null {
  const { tree, typing } = pass;
  const { types } = typing;
  const pointer = types.kind(type) === TypeKind.Pointer;
  const target = pointer ? types.element(type) : type;
  if (pointer && isNamed(pass, type, 'bytes', 'Buffer')) {
    for (const call of pass.nodesOf(Kind.CallExpr)) {
      if (!group.functions.has(outermost(pass, call))) continue;
      const fun = tree.a[call] ?? 0;
      const operand = tree.kind[fun] === Kind.SelectorExpr ? (tree.a[fun] ?? 0) : 0;
      if (operand !== 0 && typing.typeOf(operand) === type && /\.(Write|ReadFrom|Grow)/.test(textOf(tree, fun)))
        return { what: 'the bytes.Buffer', size: 'b.Cap()', node: call };
      for (let at = tree.b[call] ?? 0; at !== 0; at = tree.next[at] ?? 0)
        if (
          typing.typeOf(at) === type &&
          typing.callee(call)?.key !== 'sync.Pool.Put' &&
          typing.callee(call)?.decl === 0
        )
          return { what: 'the bytes.Buffer', size: 'b.Cap()', node: call };
    }
    return null;
  }
  // Slices of bytes and runes grow with the input; of others few are large.
  if (types.kind(types.underlying(target)) !== TypeKind.Slice) return null;
  if (!/^(uint8|int32)$/.test(types.basic(types.underlying(types.element(types.underlying(target)))))) return null;
  const node = appendTo(pass, group, type, target);
  return node === 0 ? null : { what: `the ${shownType(types, target)}`, size: pointer ? 'cap(*b)' : 'cap(b)', node };
}

/** An append to the pooled slice itself: through its pointer, or through a variable that shares its memory. */
function appendTo(pass: Pass, group: PoolGroup, type: TypeIndex, target: TypeIndex): NodeIndex {
  const { tree, typing, bindings } = pass;
  const sharing = new Set<ObjectIndex>();
  for (const { func, object } of pass.engine(givings)) {
    if (!group.functions.has(outermost(pass, bindings.ident[object] ?? 0))) continue;
    sharing.add(object);
    for (const alias of aliasesOf(pass, func, object)) sharing.add(alias.object);
  }
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    if (!group.functions.has(outermost(pass, call)) || typing.builtin(call) !== 'append') continue;
    const first = unparen(tree, tree.b[call] ?? 0);
    if (typing.typeOf(first) !== target) continue;
    const through = tree.kind[first] === Kind.StarExpr && typing.typeOf(tree.a[first] ?? 0) === type;
    if (through || sharesWith(pass, first, sharing)) return call;
  }
  return 0;
}

/** Whether anybody who has an object in hand asks for its size. */
function isChecked(pass: Pass, group: PoolGroup): boolean {
  const { tree } = pass;
  for (const kind of [Kind.IfStmt, Kind.SwitchStmt, Kind.CaseClause]) {
    for (const node of pass.nodesOf(kind)) {
      if (!group.functions.has(outermost(pass, node))) continue;
      const asked = kind === Kind.CaseClause ? (tree.a[node] ?? 0) : (tree.b[node] ?? 0);
      if (asked !== 0 && /\b(cap|Cap|Len|Size|Available)\(|\blen\([^()]*\) *[<>]=? *[^0\s]/.test(textOf(tree, asked)))
        return true;
    }
  }
  return false;
}
