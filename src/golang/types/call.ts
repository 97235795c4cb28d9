/** Types of calls: conversions, builtins, functions, and generic functions whose type arguments are inferred. */
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import type { NodeIndex } from '../tree.ts';
import { type TypeIndex, TypeKind } from '../typing.ts';
import { listOf } from '../walk.ts';
import { builtinName, builtinType } from './builtin.ts';
import { coreType } from './core.ts';
import { isTypeExpression, typeOfNode } from './expression.ts';
import { inferArguments } from './infer.ts';
import { Basic, type FunctionParts } from './store.ts';
import { substitute } from './substitute.ts';
import type { Unit } from './unit.ts';

export function callType(unit: Unit, call: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const fun = tree.a[call] ?? 0;
  if (isTypeExpression(unit, fun)) return typeOfNode(unit, fun);
  const builtin = builtinName(unit, fun);
  if (builtin !== '') return builtinType(unit, call, builtin);
  const signature = calledSignature(unit, call);
  if (signature === null) return 0;
  const { results } = signature;
  if (results.length === 0) return Basic.Void;
  return results.length === 1 ? (results[0] ?? 0) : store.tuple(results);
}

/** The signature of the function that is called, instantiated; null for conversions, builtins and what is not known. */
export function calledSignature(unit: Unit, call: NodeIndex): FunctionParts | null {
  const { tree, store } = unit;
  const fun = tree.a[call] ?? 0;
  const operand = unparen(tree, fun);
  const done = unit.instantiated.get(operand);
  if (done !== undefined) return store.functionParts(done);
  const type = coreType(store, typeOfNode(unit, fun));
  const parts = store.functionParts(type);
  if (parts === null || parts.typeParameters.length === 0) return parts;
  let generic = type;
  let explicit: readonly TypeIndex[] = [];
  const kind = tree.kind[operand];
  if (kind === Kind.IndexExpr || kind === Kind.IndexListExpr) {
    generic = coreType(store, typeOfNode(unit, tree.a[operand] ?? 0));
    const args = kind === Kind.IndexExpr ? [tree.b[operand] ?? 0] : listOf(tree, tree.b[operand]);
    explicit = args.map((arg) => typeOfNode(unit, arg));
  }
  const whole = store.functionParts(generic);
  if (whole === null) return null;
  const inferred = inferArguments(unit, whole, explicit, argumentTypes(unit, call), tree.op[call] === 1);
  const instance = substitute(store, generic, whole.typeParameters, inferred);
  unit.instantiated.set(operand, instance);
  return store.functionParts(instance);
}

/** Types of the arguments; f(g()) passes all results of g. */
export function argumentTypes(unit: Unit, call: NodeIndex): readonly TypeIndex[] {
  const { tree, store } = unit;
  const first = tree.b[call] ?? 0;
  if (first !== 0 && tree.next[first] === 0) {
    const type = typeOfNode(unit, first);
    return store.kind(type) === TypeKind.Tuple ? store.results(type) : [type];
  }
  return listOf(tree, first).map((arg) => typeOfNode(unit, arg));
}

/** The parameter that argument `index` goes to; `spread`: the last argument is `xs...`. */
export function parameterAt(unit: Unit, parts: FunctionParts, index: number, spread: boolean): TypeIndex {
  const { store } = unit;
  const last = parts.parameters.length - 1;
  if (!parts.variadic || index < last) return parts.parameters[index] ?? 0;
  const rest = parts.parameters[last] ?? 0;
  return spread ? rest : store.element(rest);
}
