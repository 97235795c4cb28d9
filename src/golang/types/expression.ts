/**
 * Types of expressions as they stand: an untyped constant is untyped here, whatever it becomes where it is used
 * (final.ts). Each node is typed once, when it is first asked about.
 */
import { type ObjectIndex, ObjectKind } from '../bindings.ts';
import { Kind } from '../nodes.ts';
import { Token } from '../tokens.ts';
import { fileAt, type NodeIndex, nameOf } from '../tree.ts';
import { type TypeIndex, TypeKind } from '../typing.ts';
import { listOf } from '../walk.ts';
import { callType } from './call.ts';
import { coreType } from './core.ts';
import { isGenericAlias, typeOfObject, typeParametersOf } from './declare.ts';
import { lookup } from './lookup.ts';
import { Basic, isUntyped } from './store.ts';
import { substitute } from './substitute.ts';
import {
  arrayType,
  channelType,
  functionType,
  interfaceType,
  isUnion,
  structType,
  variadicType,
} from './type-expression.ts';
import { EXPRESSION_DEPTH, RUNNING, type Unit } from './unit.ts';

/** Every so many levels what hangs to the left is typed from below, so that long chains need no depth. */
const SPINE = 32;

/** The type of an expression, or what a type expression denotes; 0: unknown. */
export function typeOfNode(unit: Unit, node: NodeIndex): TypeIndex {
  const { nodeTypes } = unit;
  const known = nodeTypes[node] ?? 0;
  if (known > 0) return known - 1;
  if (known === RUNNING || node === 0) return 0;
  if (unit.depth % SPINE === SPINE - 1) typeSpine(unit, node);
  if (unit.depth > EXPRESSION_DEPTH) return 0;
  return typeNow(unit, node);
}

function typeNow(unit: Unit, node: NodeIndex): TypeIndex {
  unit.nodeTypes[node] = RUNNING;
  unit.depth++;
  const type = evaluate(unit, node);
  unit.depth--;
  unit.nodeTypes[node] = type + 1;
  return type;
}

/** Types the operands on the left of `top`, the innermost first: `a + b + c …`, `x.f().g().h() …`, `((((x))))`. */
function typeSpine(unit: Unit, top: NodeIndex): void {
  const { tree, nodeTypes } = unit;
  const spine: NodeIndex[] = [];
  let node = top;
  while (hangsLeft(tree.kind[node] ?? 0)) {
    node = tree.a[node] ?? 0;
    if (nodeTypes[node] !== 0) break;
    spine.push(node);
  }
  for (let index = spine.length - 1; index >= 0; index--) {
    const inner = spine[index] ?? 0;
    if (nodeTypes[inner] === 0) typeNow(unit, inner);
  }
}

function hangsLeft(kind: number): boolean {
  return (
    kind === Kind.BinaryExpr ||
    kind === Kind.CallExpr ||
    kind === Kind.SelectorExpr ||
    kind === Kind.ParenExpr ||
    kind === Kind.IndexExpr ||
    kind === Kind.StarExpr ||
    kind === Kind.UnaryExpr ||
    kind === Kind.SliceExpr ||
    kind === Kind.TypeAssertExpr
  );
}

function evaluate(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const first = tree.a[node] ?? 0;
  switch (tree.kind[node]) {
    case Kind.Ident:
      return identType(unit, node);
    case Kind.BasicLit:
      return literalType(tree.op[node] ?? 0);
    case Kind.FuncLit:
    case Kind.ParenExpr:
      return typeOfNode(unit, first);
    case Kind.CompositeLit:
      return first === 0 ? elidedType(unit, node) : typeOfNode(unit, first);
    case Kind.SelectorExpr:
      return selectorType(unit, node);
    case Kind.IndexExpr:
      return indexType(unit, node);
    case Kind.IndexListExpr:
      return instantiate(unit, first, listOf(tree, tree.b[node]));
    case Kind.SliceExpr:
      return sliceType(unit, first);
    case Kind.TypeAssertExpr:
      return tree.b[node] === 0 ? 0 : typeOfNode(unit, tree.b[node] ?? 0);
    case Kind.CallExpr:
      return callType(unit, node);
    case Kind.StarExpr:
      if (isTypeExpression(unit, first)) return store.pointer(typeOfNode(unit, first));
      return store.element(coreType(store, typeOfNode(unit, first)));
    case Kind.UnaryExpr:
      return unaryType(unit, node);
    case Kind.BinaryExpr:
      return binaryType(unit, node);
    case Kind.ArrayType:
      return arrayType(unit, node);
    case Kind.MapType:
      return store.map(typeOfNode(unit, first), typeOfNode(unit, tree.b[node] ?? 0));
    case Kind.ChanType:
      return channelType(unit, node);
    case Kind.StructType:
      return structType(unit, node);
    case Kind.FuncType:
      return functionType(unit, node);
    case Kind.InterfaceType:
      return interfaceType(unit, node);
    case Kind.Ellipsis:
      return first === 0 ? 0 : variadicType(unit, node);
    default:
      return 0;
  }
}

function identType(unit: Unit, node: NodeIndex): TypeIndex {
  const object = unit.bindings.objectOf[node] ?? 0;
  if (object !== 0) return typeOfObject(unit, object);
  const member = dotImported(unit, node);
  return member === null ? 0 : typeOfObject(member.unit, member.object);
}

/** What a name that nothing in the package declares denotes by `import . "path"`. */
export function dotImported(unit: Unit, ident: NodeIndex): Qualified | null {
  const { tree, bindings } = unit;
  if (unit.dotImports.length === 0 || bindings.objectOf[ident] !== 0) return null;
  const name = tree.data[ident] ?? 0;
  if (!tree.names.exported(name)) return null;
  const file = fileAt(tree, tree.start[ident] ?? 0).root;
  for (const { root, path } of unit.dotImports) {
    const other = root === file ? unit.dependency(path) : null;
    const object = other?.bindings.lookup(name) ?? 0;
    if (other !== null && object !== 0) return { unit: other, object };
  }
  return null;
}

function literalType(token: number): TypeIndex {
  switch (token) {
    case Token.Int:
      return Basic.UntypedInt;
    case Token.Float:
      return Basic.UntypedFloat;
    case Token.Imag:
      return Basic.UntypedComplex;
    case Token.Char:
      return Basic.UntypedRune;
    case Token.String:
      return Basic.UntypedString;
    default:
      return 0;
  }
}

/** `{…}` inside a composite literal, its type left out. */
function elidedType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  let outer = tree.parent[node] ?? 0;
  let key = false;
  if (tree.kind[outer] === Kind.KeyValueExpr) {
    key = tree.a[outer] === node;
    outer = tree.parent[outer] ?? 0;
  }
  if (tree.kind[outer] !== Kind.CompositeLit) return 0;
  const structure = literalStructure(unit, outer);
  switch (store.kind(structure)) {
    case TypeKind.Map:
      return key ? store.key(structure) : store.element(structure);
    case TypeKind.Slice:
    case TypeKind.Array:
      return store.element(structure);
    default:
      return 0;
  }
}

/** The structure whose elements a composite literal lists: `{…}` for a `*T` lists T's. */
export function literalStructure(unit: Unit, literal: NodeIndex): TypeIndex {
  const { store } = unit;
  const structure = coreType(store, typeOfNode(unit, literal));
  return store.kind(structure) === TypeKind.Pointer ? coreType(store, store.element(structure)) : structure;
}

/** An object of another package. */
export interface Qualified {
  readonly unit: Unit;
  readonly object: ObjectIndex;
}

/** Import path of x in `x.f`, if x is a package; '' otherwise. */
export function packageOf(unit: Unit, selector: NodeIndex): string {
  const { tree, bindings } = unit;
  const x = tree.a[selector] ?? 0;
  if (tree.kind[x] !== Kind.Ident) return '';
  const object = bindings.objectOf[x] ?? 0;
  if (bindings.kind[object] !== ObjectKind.PackageName) return '';
  return bindings.importPaths[bindings.detail[object] ?? 0] ?? '';
}

/** What `pkg.Name` denotes; null if it is no such thing or the package is not there. */
export function qualified(unit: Unit, selector: NodeIndex): Qualified | null {
  const path = packageOf(unit, selector);
  if (path === '' || path === 'C' || path === 'unsafe') return null;
  const other = unit.dependency(path);
  if (other === null) return null;
  const name = unit.tree.data[unit.tree.b[selector] ?? 0] ?? 0;
  const object = unit.tree.names.exported(name) ? other.bindings.lookup(name) : 0;
  return object === 0 ? null : { unit: other, object };
}

function selectorType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const path = packageOf(unit, node);
  if (path !== '') {
    if (path === 'unsafe') return nameOf(tree, tree.b[node] ?? 0) === 'Pointer' ? Basic.UnsafePointer : Basic.Void;
    const member = qualified(unit, node);
    return member === null ? 0 : typeOfObject(member.unit, member.object);
  }
  const x = tree.a[node] ?? 0;
  const type = typeOfNode(unit, x);
  if (type === 0) return 0;
  const member = lookup(unit, type, tree.data[tree.b[node] ?? 0] ?? 0);
  if (member === null) return 0;
  if (member.kind === 'method' && isTypeExpression(unit, x)) {
    const parts = store.functionParts(member.type);
    if (parts === null) return 0;
    return store.function([type, ...parts.parameters], parts.results, parts.variadic, parts.typeParameters);
  }
  return member.type;
}

/** Whether an expression denotes a type. */
export function isTypeExpression(unit: Unit, expression: NodeIndex): boolean {
  const { tree, bindings } = unit;
  for (let node = expression; ; node = tree.a[node] ?? 0) {
    switch (tree.kind[node]) {
      case Kind.Ident:
        if (bindings.objectOf[node] === 0) {
          const member = dotImported(unit, node);
          return member !== null && member.unit.bindings.kind[member.object] === ObjectKind.TypeName;
        }
        return bindings.kind[bindings.objectOf[node] ?? 0] === ObjectKind.TypeName;
      case Kind.SelectorExpr: {
        const path = packageOf(unit, node);
        if (path === '') return false;
        if (path === 'unsafe') return nameOf(tree, tree.b[node] ?? 0) === 'Pointer';
        const member = qualified(unit, node);
        return member !== null && member.unit.bindings.kind[member.object] === ObjectKind.TypeName;
      }
      case Kind.ArrayType:
      case Kind.StructType:
      case Kind.FuncType:
      case Kind.InterfaceType:
      case Kind.MapType:
      case Kind.ChanType:
        return true;
      case Kind.UnaryExpr:
        return tree.op[node] === Token.Tilde;
      case Kind.BinaryExpr:
        if (tree.op[node] !== Token.Or) return false;
        break;
      case Kind.ParenExpr:
      case Kind.StarExpr:
      case Kind.IndexExpr:
      case Kind.IndexListExpr:
        break;
      default:
        return false;
    }
  }
}

function indexType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const x = tree.a[node] ?? 0;
  const index = tree.b[node] ?? 0;
  if (isTypeExpression(unit, x)) return instantiate(unit, x, [index]);
  const type = typeOfNode(unit, x);
  const structure = coreType(store, type);
  switch (store.kind(structure)) {
    case TypeKind.Basic:
      return structure === Basic.String || structure === Basic.UntypedString ? Basic.Uint8 : 0;
    case TypeKind.Slice:
    case TypeKind.Array:
    case TypeKind.Map:
      return store.element(structure);
    case TypeKind.Pointer: {
      const array = store.underlying(store.element(structure));
      return store.kind(array) === TypeKind.Array ? store.element(array) : 0;
    }
    case TypeKind.Function:
      return instantiate(unit, x, [index]);
    default:
      return 0;
  }
}

/** `x[args]` for a generic type or function. Of a function, type parameters that are not given stay. */
export function instantiate(unit: Unit, x: NodeIndex, argNodes: readonly NodeIndex[]): TypeIndex {
  const { store } = unit;
  const args = argNodes.map((arg) => typeOfNode(unit, arg));
  const type = typeOfNode(unit, x);
  if (!isTypeExpression(unit, x)) {
    const parameters = store.functionParts(type)?.typeParameters ?? [];
    return substitute(store, type, parameters.slice(0, args.length), args);
  }
  const [owner, spec] = declarationOf(unit, x);
  if (owner === null) return 0;
  if (isGenericAlias(owner, spec)) return substitute(store, type, typeParametersOf(owner, spec), args);
  return store.kind(type) === TypeKind.Named ? store.instance(type, args) : 0;
}

/** Where a type name is declared. */
function declarationOf(unit: Unit, expression: NodeIndex): readonly [Unit | null, NodeIndex] {
  const { tree, bindings } = unit;
  let node = expression;
  while (tree.kind[node] === Kind.ParenExpr) node = tree.a[node] ?? 0;
  const object = bindings.objectOf[node] ?? 0;
  if (object !== 0) return [unit, bindings.decl[object] ?? 0];
  const member = tree.kind[node] === Kind.SelectorExpr ? qualified(unit, node) : dotImported(unit, node);
  return member === null ? [null, 0] : [member.unit, member.unit.bindings.decl[member.object] ?? 0];
}

function sliceType(unit: Unit, x: NodeIndex): TypeIndex {
  const { store } = unit;
  const type = typeOfNode(unit, x);
  const structure = coreType(store, type);
  switch (store.kind(structure)) {
    case TypeKind.Basic:
      return type === Basic.UntypedString ? Basic.String : structure === Basic.String ? type : 0;
    case TypeKind.Slice:
      return type;
    case TypeKind.Array:
      return store.slice(store.element(structure));
    case TypeKind.Pointer: {
      const array = store.underlying(store.element(structure));
      return store.kind(array) === TypeKind.Array ? store.slice(store.element(array)) : 0;
    }
    default:
      return 0;
  }
}

function unaryType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree, store } = unit;
  const operand = tree.a[node] ?? 0;
  switch (tree.op[node]) {
    case Token.And:
      return store.pointer(typeOfNode(unit, operand));
    case Token.Arrow:
      return store.element(coreType(store, typeOfNode(unit, operand)));
    case Token.Tilde:
      return 0;
    default:
      return typeOfNode(unit, operand);
  }
}

export function isComparison(op: number): boolean {
  switch (op) {
    case Token.Eql:
    case Token.Neq:
    case Token.Lss:
    case Token.Leq:
    case Token.Gtr:
    case Token.Geq:
      return true;
    default:
      return false;
  }
}

function binaryType(unit: Unit, node: NodeIndex): TypeIndex {
  const { tree } = unit;
  const op = tree.op[node] ?? 0;
  if (isComparison(op)) return Basic.UntypedBool;
  const left = typeOfNode(unit, tree.a[node] ?? 0);
  if (op === Token.Shl || op === Token.Shr) {
    return left === Basic.UntypedFloat || left === Basic.UntypedComplex ? Basic.UntypedInt : left;
  }
  if (isUnion(unit, node)) return 0;
  return matchedType(left, typeOfNode(unit, tree.b[node] ?? 0));
}

/** The type of `x op y` (also min and max): the typed operand's, or the larger of two untyped kinds. */
export function matchedType(left: TypeIndex, right: TypeIndex): TypeIndex {
  if (left === right) return left;
  // One operand is not known: both have the type of the other if that is typed.
  if (left === 0) return isUntyped(right) ? 0 : right;
  if (right === 0) return isUntyped(left) ? 0 : left;
  if (isUntyped(left)) return isUntyped(right) ? Math.max(left, right) : right;
  return left;
}
