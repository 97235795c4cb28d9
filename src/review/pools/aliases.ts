/** Other names for the memory of a pooled object: `b := buf.Bytes()`, `b := (*p)[:n]`, `head := f.data[:16]`. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';
import { nodesWithin } from './within.ts';

/** A variable that shares memory with the object from a statement on. */
export interface Alias {
  readonly object: ObjectIndex;
  /** AssignStmt or DeclStmt: a node of the graph. */
  readonly statement: NodeIndex;
  /** The expression that shares. */
  readonly value: NodeIndex;
}

/** Methods whose result is the receiver's own memory. */
const VIEWS = new Set([
  'bytes.Buffer.Bytes',
  'bytes.Buffer.Next',
  'bytes.Buffer.Peek',
  'bytes.Buffer.AvailableBuffer',
  'bufio.Reader.Peek',
  'bufio.Scanner.Bytes',
  'bufio.Writer.AvailableBuffer',
]);

/** Whether an expression's value shares the memory of the variable's object (or is the object, for a slice or pointer). */
export function sharesWith(pass: Pass, expression: NodeIndex, objects: ReadonlySet<ObjectIndex>): boolean {
  const { tree, bindings, typing } = pass;
  const { types } = typing;
  const isObject = (node: NodeIndex): boolean =>
    tree.kind[node] === Kind.Ident && objects.has(bindings.objectOf[node] ?? 0);
  let at = unparen(tree, expression);
  for (;;) {
    if (isObject(at)) return true;
    switch (tree.kind[at]) {
      case Kind.CallExpr: {
        if (typing.builtin(at) === 'append') {
          at = unparen(tree, tree.b[at] ?? 0);
          continue;
        }
        const fun = unparen(tree, tree.a[at] ?? 0);
        if (tree.kind[fun] !== Kind.SelectorExpr) return false;
        let receiver = unparen(tree, tree.a[fun] ?? 0);
        // `x.buf.Bytes()`, where the buffer is in x and not behind a pointer.
        const isInside =
          tree.kind[receiver] === Kind.SelectorExpr && types.kind(typing.typeOf(receiver)) === TypeKind.Named;
        if (isInside) receiver = unparen(tree, tree.a[receiver] ?? 0);
        return isObject(receiver) && VIEWS.has(typing.callee(at)?.key ?? '');
      }
      case Kind.SliceExpr: {
        const operand = unparen(tree, tree.a[at] ?? 0);
        if (tree.kind[operand] === Kind.SelectorExpr) {
          // An array in the object; a slice in it may have been taken out of it before.
          const isArray = types.kind(types.underlying(typing.typeOf(operand))) === TypeKind.Array;
          return isArray && isObject(unparen(tree, tree.a[operand] ?? 0));
        }
        // A substring is a copy of nothing, but strings cannot be written to.
        if (types.basic(types.underlying(typing.typeOf(operand))) !== '') return false;
        at = operand;
        continue;
      }
      case Kind.StarExpr: {
        if (types.kind(types.underlying(typing.typeOf(at))) !== TypeKind.Slice) return false;
        at = unparen(tree, tree.a[at] ?? 0);
        continue;
      }
      default:
        return false;
    }
  }
}

/** Variables of `func` that are given a view of the object, in source order, views of views included. */
export function aliasesOf(pass: Pass, func: NodeIndex, object: ObjectIndex): Alias[] {
  const { tree, bindings, typing } = pass;
  const { types } = typing;
  const aliases: Alias[] = [];
  const sharing = new Set([object]);
  const look = (statement: NodeIndex, left: NodeIndex, right: NodeIndex): void => {
    let target = left;
    for (
      let value = right;
      value !== 0 && target !== 0;
      value = tree.next[value] ?? 0, target = tree.next[target] ?? 0
    ) {
      if (tree.kind[target] !== Kind.Ident) continue;
      const alias = bindings.objectOf[target] ?? 0;
      if (alias === 0 || alias === object || bindings.func[alias] !== func || !sharesWith(pass, value, sharing))
        continue;
      const kind = types.kind(types.underlying(typing.typeOf(value)));
      if (kind !== TypeKind.Slice && kind !== TypeKind.Pointer) continue;
      sharing.add(alias);
      aliases.push({ object: alias, statement, value });
    }
  };

  for (const node of nodesWithin(pass, func, Kind.AssignStmt)) look(node, tree.a[node] ?? 0, tree.b[node] ?? 0);
  for (const spec of nodesWithin(pass, func, Kind.ValueSpec)) {
    const statement = tree.parent[tree.parent[spec] ?? 0] ?? 0;
    look(statement, tree.a[spec] ?? 0, tree.c[spec] ?? 0);
  }
  return aliases;
}
