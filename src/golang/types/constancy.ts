/** Whether expressions are constant, which decides what becomes of untyped operands inside them. */
import { ObjectKind } from '../bindings.ts';
import { Kind } from '../nodes.ts';
import { Token } from '../tokens.ts';
import type { NodeIndex } from '../tree.ts';
import { TypeKind } from '../typing.ts';
import { listOf } from '../walk.ts';
import { builtinName } from './builtin.ts';
import { constantLength } from './constant.ts';
import { dotImported, isTypeExpression, qualified, typeOfNode } from './expression.ts';
import { EXPRESSION_DEPTH, type Unit } from './unit.ts';

/** Whether an expression is constant, also where `constantValue` has no value for it (complex numbers). */
export function isConstant(unit: Unit, expression: NodeIndex): boolean {
  const { tree, constancy } = unit;
  const known = constancy.get(expression);
  if (known !== undefined) return known;
  if (unit.depth > EXPRESSION_DEPTH) return false;
  // Down along what passes the question on to its left operand, and up again.
  const chain: NodeIndex[] = [];
  let node = expression;
  let constant: boolean | undefined;
  while (constant === undefined) {
    const kind = tree.kind[node];
    if (kind !== Kind.BinaryExpr && kind !== Kind.ParenExpr && kind !== Kind.UnaryExpr) break;
    chain.push(node);
    node = tree.a[node] ?? 0;
    constant = constancy.get(node);
  }
  unit.depth++;
  constant ??= isConstantOperand(unit, node);
  constancy.set(node, constant);
  for (let index = chain.length - 1; index >= 0; index--) {
    const outer = chain[index] ?? 0;
    if (tree.kind[outer] === Kind.BinaryExpr) constant &&= isConstant(unit, tree.b[outer] ?? 0);
    else if (tree.kind[outer] === Kind.UnaryExpr) {
      constant &&= tree.op[outer] !== Token.Arrow && tree.op[outer] !== Token.And;
    }
    constancy.set(outer, constant);
  }
  unit.depth--;
  return constant;
}

function isConstantOperand(unit: Unit, node: NodeIndex): boolean {
  const { tree, bindings } = unit;
  switch (tree.kind[node]) {
    case Kind.BasicLit:
      return true;
    case Kind.Ident:
    case Kind.SelectorExpr: {
      const object = bindings.objectOf[node] ?? 0;
      if (object !== 0) return bindings.kind[object] === ObjectKind.Constant;
      const member = tree.kind[node] === Kind.Ident ? dotImported(unit, node) : qualified(unit, node);
      return member !== null && member.unit.bindings.kind[member.object] === ObjectKind.Constant;
    }
    case Kind.CallExpr:
      return isConstantCall(unit, node);
    default:
      return false;
  }
}

function isConstantCall(unit: Unit, call: NodeIndex): boolean {
  const { tree, store } = unit;
  const fun = tree.a[call] ?? 0;
  const first = tree.b[call] ?? 0;
  if (isTypeExpression(unit, fun)) {
    return store.underlyingKind(typeOfNode(unit, fun)) === TypeKind.Basic && isConstant(unit, first);
  }
  switch (builtinName(unit, fun)) {
    case 'len':
    case 'cap':
      return constantLength(unit, first) >= 0 || isConstant(unit, first);
    case 'real':
    case 'imag':
    case 'complex':
    case 'min':
    case 'max':
      return listOf(tree, first).every((arg) => isConstant(unit, arg));
    case 'unsafe.Sizeof':
    case 'unsafe.Alignof':
    case 'unsafe.Offsetof':
      return true;
    default:
      return false;
  }
}
