/** What selectors select and calls call, in the words of `Typing`. */
import { ObjectFlag, type ObjectIndex, ObjectKind, type ObjectKindCode } from '../bindings.ts';
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import { Token } from '../tokens.ts';
import { type NodeIndex, nameOf } from '../tree.ts';
import { type Callee, type Selection, TypeKind } from '../typing.ts';
import { builtinName } from './builtin.ts';
import { isEmbeddedName, nearestField } from './declared-at.ts';
import { dotImported, isTypeExpression, packageOf, qualified, typeOfNode } from './expression.ts';
import { keyMember, lookup } from './lookup.ts';
import { itemAt, positionIn, type Unit } from './unit.ts';

/** Local variables that hold functions are followed this many times. */
const STEPS = 8;

export function selectionOf(unit: Unit, selector: NodeIndex): Selection | null {
  const { tree, store } = unit;
  if (tree.kind[selector] !== Kind.SelectorExpr) return null;
  const ident = tree.b[selector] ?? 0;
  const name = nameOf(tree, ident);
  const path = packageOf(unit, selector);
  if (path !== '') return qualifiedSelection(unit, selector, path, name);
  const type = typeOfNode(unit, tree.a[selector] ?? 0);
  const member = type === 0 ? null : lookup(unit, type, tree.data[ident] ?? 0);
  if (member === null) return null;
  const pointer = store.kind(type) === TypeKind.Pointer;
  const structure = pointer ? store.element(type) : type;
  const unnamed = member.kind === 'field' && store.kind(structure) === TypeKind.Struct;
  const nearest = unnamed ? nearestField(unit, structure, tree.data[ident] ?? 0, selector) : 0;
  return {
    kind: member.kind,
    path: member.path,
    receiver: member.receiver,
    name,
    type: member.type,
    object: null,
    decl: nearest !== 0 ? nearest : member.unit === unit ? member.decl : 0,
  };
}

function qualifiedSelection(unit: Unit, selector: NodeIndex, path: string, name: string): Selection | null {
  if (path === 'C') return null;
  const found = qualified(unit, selector);
  return {
    kind: 'qualified',
    path: found?.unit.path ?? path,
    receiver: '',
    name,
    type: typeOfNode(unit, selector),
    object: found === null ? null : describe(found.unit.bindings.kind[found.object] ?? 0),
    decl: 0,
  };
}

function describe(kind: ObjectKindCode): Selection['object'] {
  switch (kind) {
    case ObjectKind.Variable:
      return 'variable';
    case ObjectKind.Constant:
      return 'constant';
    case ObjectKind.TypeName:
      return 'type';
    case ObjectKind.Function:
      return 'function';
    default:
      return null;
  }
}

export function calleeOf(unit: Unit, call: NodeIndex): Callee | null {
  const { tree } = unit;
  if (tree.kind[call] !== Kind.CallExpr) return null;
  const fun = tree.a[call] ?? 0;
  if (builtinName(unit, fun) !== '' || isTypeExpression(unit, fun)) return null;
  return functionValue(unit, fun, STEPS);
}

/** The function that an expression denotes, local variables followed. */
function functionValue(unit: Unit, expression: NodeIndex, steps: number): Callee | null {
  const { tree, bindings } = unit;
  const node = unparen(tree, expression);
  switch (tree.kind[node]) {
    case Kind.FuncLit:
      return { key: '', path: unit.path, receiver: '', name: '', decl: node, dynamic: false };
    case Kind.IndexExpr:
    case Kind.IndexListExpr:
      return functionValue(unit, tree.a[node] ?? 0, steps);
    case Kind.SelectorExpr:
      return selectedFunction(unit, node);
    case Kind.Ident: {
      const object = bindings.objectOf[node] ?? 0;
      if (bindings.kind[object] === ObjectKind.Function) {
        const name = nameOf(tree, node);
        return {
          key: `${unit.path}.${name}`,
          path: unit.path,
          receiver: '',
          name,
          decl: bindings.decl[object] ?? 0,
          dynamic: false,
        };
      }
      const member = dotImported(unit, node);
      if (member !== null) {
        if (member.unit.bindings.kind[member.object] !== ObjectKind.Function) return null;
        const { path } = member.unit;
        const name = nameOf(tree, node);
        return { key: `${path}.${name}`, path, receiver: '', name, decl: 0, dynamic: false };
      }
      const value = steps > 0 ? onlyValue(unit, object) : 0;
      return value === 0 ? null : functionValue(unit, value, steps - 1);
    }
    default:
      return null;
  }
}

function selectedFunction(unit: Unit, selector: NodeIndex): Callee | null {
  const selection = selectionOf(unit, selector);
  if (selection === null || selection.kind === 'field') return null;
  const { path, receiver, name, decl } = selection;
  if (selection.kind === 'qualified') {
    // A package that is not there: what it names may be a function.
    if (selection.object !== null && selection.object !== 'function') return null;
    return { key: `${path}.${name}`, path, receiver: '', name, decl: 0, dynamic: false };
  }
  if (receiver === '') return null;
  const key = path === '' ? `${receiver}.${name}` : `${path}.${receiver}.${name}`;
  const x = typeOfNode(unit, unit.tree.a[selector] ?? 0);
  const member = lookup(unit, x, unit.tree.data[unit.tree.b[selector] ?? 0] ?? 0);
  return { key, path, receiver, name, decl, dynamic: member?.dynamic ?? false };
}

/** The one expression that a local variable is ever given, from its declaration or from one assignment; 0 if there is no such. */
export function onlyValue(unit: Unit, object: ObjectIndex): NodeIndex {
  const { tree, bindings } = unit;
  if (bindings.kind[object] !== ObjectKind.Variable || bindings.func[object] === 0) return 0;
  const flags = bindings.flags[object] ?? 0;
  if ((flags & (ObjectFlag.Parameter | ObjectFlag.Result | ObjectFlag.Receiver | ObjectFlag.Addressed)) !== 0) return 0;
  const decl = bindings.decl[object] ?? 0;
  const ident = bindings.ident[object] ?? 0;
  const kind = tree.kind[decl];
  if (kind !== Kind.AssignStmt && kind !== Kind.ValueSpec) return 0;
  const first = (kind === Kind.AssignStmt ? tree.b[decl] : tree.c[decl]) ?? 0;
  if ((flags & ObjectFlag.Reassigned) === 0) return valueAt(unit, tree.a[decl] ?? 0, first, ident);
  if (first !== 0) return 0;
  // var f func(); f = func() { … f() … }
  let value = 0;
  for (let use = bindings.useStart[object] ?? 0; use < (bindings.useStart[object + 1] ?? 0); use++) {
    const node = bindings.uses[use] ?? 0;
    const parent = tree.parent[node] ?? 0;
    if (tree.kind[parent] === Kind.RangeStmt && (tree.a[parent] === node || tree.b[parent] === node)) return 0;
    if (tree.kind[parent] !== Kind.AssignStmt || positionIn(tree, tree.a[parent], node) < 0) continue;
    if (value !== 0 || tree.op[parent] !== Token.Assign) return 0;
    value = valueAt(unit, tree.a[parent] ?? 0, tree.b[parent] ?? 0, node);
    if (value === 0) return 0;
  }
  return value;
}

/** The value at the place of `ident` in a list of as many values. */
function valueAt(unit: Unit, left: NodeIndex, right: NodeIndex, ident: NodeIndex): NodeIndex {
  const { tree } = unit;
  if (right === 0 || (tree.next[left] !== 0 && tree.next[right] === 0)) return 0;
  return itemAt(tree, right, positionIn(tree, left, ident));
}

/** The Field node of this package that an identifier names; 0. */
export function fieldOfIdent(unit: Unit, ident: NodeIndex): NodeIndex {
  const { tree, store } = unit;
  const parent = tree.parent[ident] ?? 0;
  if (tree.kind[parent] === Kind.SelectorExpr && tree.b[parent] === ident) {
    const selection = selectionOf(unit, parent);
    if (selection !== null) return selection.kind === 'field' ? selection.decl : 0;
  }
  if (tree.kind[parent] === Kind.KeyValueExpr && tree.a[parent] === ident) {
    const literal = tree.parent[parent] ?? 0;
    const member = keyMember(unit, literal, tree.data[ident] ?? 0);
    if (member === null) return 0;
    const type = typeOfNode(unit, literal);
    if (store.kind(type) !== TypeKind.Struct) return member.unit === unit ? member.decl : 0;
    return nearestField(unit, type, tree.data[ident] ?? 0, ident);
  }
  // T in struct { T }, *T, pkg.T
  let field = parent;
  while (
    tree.kind[field] === Kind.StarExpr ||
    tree.kind[field] === Kind.SelectorExpr ||
    tree.kind[field] === Kind.IndexExpr ||
    tree.kind[field] === Kind.IndexListExpr ||
    tree.kind[field] === Kind.ParenExpr
  ) {
    field = tree.parent[field] ?? 0;
  }
  if (tree.kind[field] !== Kind.Field) return 0;
  const list = tree.parent[field] ?? 0;
  if (tree.kind[tree.parent[list] ?? 0] !== Kind.StructType) return 0;
  if (tree.a[field] !== 0) return positionIn(tree, tree.a[field], ident) < 0 ? 0 : field;
  return isEmbeddedName(unit, field, ident) ? field : 0;
}
