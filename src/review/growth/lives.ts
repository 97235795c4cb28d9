/**
 * What becomes of the containers of a package: fields of its struct types, package-level variables, and fields of
 * package-level variables of unnamed struct type. Do they grow, and does anything empty or bound them? Asked for with
 * `pass.engine(containerLives)`.
 */
import { type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import { lastName, unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import { isNamed } from '../pools/calls.ts';
import type { Pass } from '../rule.ts';

export interface ContainerLife {
  /** Name of the struct type; '' for a variable. */
  readonly type: string;
  /** The field's name, or the variable's (`open.channels` for a field of a variable). */
  readonly name: string;
  /** The package-level variable; 0 for a field of a named type. */
  readonly object: ObjectIndex;
  readonly kind: 'slice' | 'map' | 'sync.Map';
  /** Where it grows: appends, assignments to elements, Store. */
  readonly grows: readonly Growth[];
  /** Something gives it another value, clears it, deletes from it, asks for its length to bound it, or may do so. */
  readonly emptied: boolean;
}

export interface Growth {
  readonly node: NodeIndex;
  /** Of a map; 0 for a slice. */
  readonly key: NodeIndex;
}

interface Life {
  readonly type: string;
  readonly name: string;
  readonly object: ObjectIndex;
  kind: ContainerLife['kind'];
  readonly grows: Growth[];
  emptied: boolean;
}

/** Containers that grow somewhere outside of tests. */
export function containerLives(pass: Pass): readonly ContainerLife[] {
  const collector = new Collector(pass);
  collector.assignments();
  collector.calls();
  collector.others();
  return collector.found();
}

class Collector {
  private readonly pass: Pass;
  private readonly lives = new Map<string, Life>();
  /** Types that are assigned as a whole: `*x = T{}`. */
  private readonly replaced = new Set<string>();
  /** Last names of whatever may grow: what happens to others is nobody's business, and types cost time. */
  private readonly growing: ReadonlySet<NameIndex>;

  constructor(pass: Pass) {
    this.pass = pass;
    this.growing = growingNames(pass);
  }

  /** Of an Ident or SelectorExpr. */
  private mayGrow(node: NodeIndex): boolean {
    return this.growing.has(lastName(this.pass.tree, node));
  }

  found(): ContainerLife[] {
    const found: ContainerLife[] = [];
    for (const life of this.lives.values()) {
      if (life.grows.length === 0) continue;
      found.push({ ...life, emptied: life.emptied || (life.type !== '' && this.replaced.has(life.type)) });
    }
    return found;
  }

  assignments(): void {
    const { tree } = this.pass;
    for (const assign of this.pass.nodesOf(Kind.AssignStmt)) {
      if (this.pass.inTest(assign)) continue;
      let right = tree.b[assign] ?? 0;
      for (let left = tree.a[assign] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
        this.assigned(assign, unparen(tree, left), unparen(tree, right));
        if (tree.next[right] !== 0) right = tree.next[right] ?? 0;
      }
    }
    for (const node of this.pass.nodesOf(Kind.IncDecStmt)) {
      const target = unparen(tree, tree.a[node] ?? 0);
      if (tree.kind[target] === Kind.IndexExpr && !this.pass.inTest(node)) this.element(target);
    }
  }

  private assigned(assign: NodeIndex, target: NodeIndex, value: NodeIndex): void {
    const { tree, typing } = this.pass;
    switch (tree.kind[target]) {
      case Kind.Ident:
      case Kind.SelectorExpr: {
        if (tree.op[assign] === Token.Define) return;
        const life = this.mayGrow(target) ? this.lifeOf(target) : null;
        if (life === null) return;
        if (isAppendTo(this.pass, value, textOf(tree, target))) life.grows.push({ node: value, key: 0 });
        else life.emptied = true;
        return;
      }
      case Kind.IndexExpr:
        this.element(target);
        return;
      case Kind.StarExpr: {
        const named = typing.types.named(typing.typeOf(target));
        if (named !== null) this.replaced.add(named[1]);
        return;
      }
    }
  }

  /** `m[k] = v`, `m[k] += v`, `m[k]++`. */
  private element(index: NodeIndex): void {
    const { tree, typing } = this.pass;
    const map = unparen(tree, tree.a[index] ?? 0);
    if (typing.types.kind(typing.types.underlying(typing.typeOf(map))) !== TypeKind.Map) return;
    const life = this.lifeOf(map);
    if (life === null) return;
    life.kind = 'map';
    life.grows.push({ node: index, key: unparen(tree, tree.b[index] ?? 0) });
  }

  calls(): void {
    const { tree, typing } = this.pass;
    for (const call of this.pass.nodesOf(Kind.CallExpr)) {
      if (this.pass.inTest(call)) continue;
      const fun = unparen(tree, tree.a[call] ?? 0);
      if (tree.kind[fun] === Kind.SelectorExpr) this.method(call, fun);
      let builtin: string | undefined;
      if (!this.hasGrowing(call)) continue;
      for (let at = tree.b[call] ?? 0; at !== 0; at = tree.next[at] ?? 0) {
        builtin ??= typing.builtin(call);
        // `delete(m[k], x)` empties what is in m, one by one.
        const empties: boolean = builtin === 'clear' || builtin === 'delete';
        const value = empties ? container(this.pass, at) : unparen(tree, at);
        if (tree.kind[value] !== Kind.Ident && tree.kind[value] !== Kind.SelectorExpr) continue;
        const life = this.mayGrow(value) ? this.lifeOf(value) : null;
        if (life === null) continue;
        if (empties) life.emptied = true;
        else if (builtin === 'len') life.emptied ||= isBound(this.pass, call);
        // A map that is handed on may be emptied there; a slice is handed on as a copy of its header.
        else if (builtin === '' && !isReader(this.pass, call) && this.isMap(value)) life.emptied = true;
      }
    }
  }

  /** Whether an argument, or what one is an element of, may grow. */
  private hasGrowing(call: NodeIndex): boolean {
    const { tree } = this.pass;
    for (let at = tree.b[call] ?? 0; at !== 0; at = tree.next[at] ?? 0)
      if (this.mayGrow(container(this.pass, at))) return true;
    return false;
  }

  /** Methods of a sync.Map. */
  private method(call: NodeIndex, fun: NodeIndex): void {
    const { tree, typing } = this.pass;
    const name = nameOf(tree, tree.b[fun] ?? 0);
    if (!MAP_METHODS.has(name)) return;
    const operand = unparen(tree, tree.a[fun] ?? 0);
    if (tree.kind[operand] !== Kind.Ident && tree.kind[operand] !== Kind.SelectorExpr) return;
    if (!isNamed(this.pass, typing.typeOf(operand), 'sync', 'Map')) return;
    const life = this.lifeOf(operand);
    if (life === null) return;
    life.kind = 'sync.Map';
    if (/Store|Swap/.test(name)) life.grows.push({ node: call, key: unparen(tree, tree.b[call] ?? 0) });
    else life.emptied = true;
  }

  /** Addresses and maps that go elsewhere. */
  others(): void {
    const { tree } = this.pass;
    const lose = (node: NodeIndex, mapsOnly: boolean): void => {
      const at = unparen(tree, node);
      if (tree.kind[at] !== Kind.Ident && tree.kind[at] !== Kind.SelectorExpr) return;
      const life = this.mayGrow(at) ? this.lifeOf(at) : null;
      if (life !== null && (!mapsOnly || this.isMap(at))) life.emptied = true;
    };
    for (const node of this.pass.nodesOf(Kind.UnaryExpr))
      if (tree.op[node] === Token.And) lose(tree.a[node] ?? 0, false);
    for (const node of this.pass.nodesOf(Kind.ReturnStmt))
      for (let at = tree.a[node] ?? 0; at !== 0; at = tree.next[at] ?? 0) lose(at, true);
    for (const node of this.pass.nodesOf(Kind.AssignStmt))
      for (let at = tree.b[node] ?? 0; at !== 0; at = tree.next[at] ?? 0) lose(at, true);
    for (const node of this.pass.nodesOf(Kind.KeyValueExpr)) lose(tree.b[node] ?? 0, true);
  }

  private isMap(node: NodeIndex): boolean {
    const { types } = this.pass.typing;
    return types.kind(types.underlying(this.pass.typing.typeOf(node))) === TypeKind.Map;
  }

  /** The life of the container that an Ident or SelectorExpr denotes; null for locals and what is declared elsewhere. */
  private lifeOf(node: NodeIndex): Life | null {
    const { tree, bindings, typing } = this.pass;
    if (tree.kind[node] === Kind.Ident) {
      const object = bindings.objectOf[node] ?? 0;
      if (bindings.kind[object] !== ObjectKind.Variable || bindings.func[object] !== 0) return null;
      // Package-level objects have no function, nor have fields; fields are not objects.
      return this.life(`v${object}`, '', tree.names.text(bindings.name[object] ?? 0), object);
    }
    const base = unparen(tree, tree.a[node] ?? 0);
    if (tree.kind[base] === Kind.Ident) {
      const object = bindings.objectOf[base] ?? 0;
      if (bindings.kind[object] === ObjectKind.Variable && bindings.func[object] === 0) {
        if (namedOf(this.pass, typing.objectType(object)) === null)
          return this.life(`v${object}.${textOf(tree, node)}`, '', textOf(tree, node), object);
      }
    }
    const selection = typing.selection(node);
    if (selection === null || selection.kind !== 'field' || selection.path !== this.pass.pkg.importPath) return null;
    if (selection.receiver === '') return null;
    return this.life(`${selection.receiver}.${selection.name}`, selection.receiver, selection.name, 0);
  }

  private life(key: string, type: string, name: string, object: ObjectIndex): Life {
    let life = this.lives.get(key);
    if (life === undefined) {
      life = { type, name, object, kind: 'slice', grows: [], emptied: false };
      this.lives.set(key, life);
    }
    return life;
  }
}

const MAP_METHODS: ReadonlySet<string> = new Set([
  'Store',
  'LoadOrStore',
  'Swap',
  'Delete',
  'LoadAndDelete',
  'CompareAndDelete',
  'Clear',
]);

/** Last names of what elements are assigned to, what is appended to, and of operands of a sync.Map's methods. */
function growingNames(pass: Pass): ReadonlySet<NameIndex> {
  const { tree } = pass;
  const names = new Set<NameIndex>();
  const add = (node: NodeIndex): void => {
    names.add(lastName(tree, node));
  };
  const target = (left: NodeIndex, right: NodeIndex): void => {
    const at = unparen(tree, left);
    if (tree.kind[at] === Kind.IndexExpr) add(unparen(tree, tree.a[at] ?? 0));
    else if (tree.kind[unparen(tree, right)] === Kind.CallExpr) add(at);
  };
  for (const assign of pass.nodesOf(Kind.AssignStmt)) {
    let right = tree.b[assign] ?? 0;
    for (let left = tree.a[assign] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      target(left, right);
      if (tree.next[right] !== 0) right = tree.next[right] ?? 0;
    }
  }
  for (const node of pass.nodesOf(Kind.IncDecStmt)) target(tree.a[node] ?? 0, 0);
  const stores = new Set(['Store', 'LoadOrStore', 'Swap'].map((name) => tree.names.of(name)));
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const fun = unparen(tree, tree.a[call] ?? 0);
    if (tree.kind[fun] !== Kind.SelectorExpr || !stores.has(tree.data[tree.b[fun] ?? 0] ?? 0)) continue;
    add(unparen(tree, tree.a[fun] ?? 0));
  }
  names.delete(0);
  return names;
}

/** The name of a type or of what it points to. */
function namedOf(pass: Pass, type: TypeIndex): readonly [string, string] | null {
  const { types } = pass.typing;
  return types.named(types.kind(type) === TypeKind.Pointer ? types.element(type) : type);
}

/** `x.f` of `(x.f)`, `x.f[i]`. */
function container(pass: Pass, node: NodeIndex): NodeIndex {
  const { tree } = pass;
  let at = unparen(tree, node);
  while (tree.kind[at] === Kind.IndexExpr) at = unparen(tree, tree.a[at] ?? 0);
  return at;
}

/** `append(target, …)`, also through functions that append (`binary.AppendUvarint(target, …)`). */
function isAppendTo(pass: Pass, value: NodeIndex, target: string): boolean {
  const { tree } = pass;
  if (tree.kind[value] !== Kind.CallExpr || textOf(tree, tree.b[value] ?? 0) !== target) return false;
  const fun = tree.a[value] ?? 0;
  const name = tree.kind[fun] === Kind.SelectorExpr ? nameOf(tree, tree.b[fun] ?? 0) : nameOf(tree, fun);
  return /^append/i.test(name);
}

/** `len(x) > limit`: but not a comparison with 0. */
function isBound(pass: Pass, call: NodeIndex): boolean {
  const { tree } = pass;
  let value = call;
  let above = tree.parent[call] ?? 0;
  while (tree.kind[above] === Kind.ParenExpr || tree.kind[above] === Kind.CallExpr) {
    value = above;
    above = tree.parent[above] ?? 0;
  }
  if (tree.kind[above] !== Kind.BinaryExpr) return false;
  const op = tree.op[above] ?? 0;
  if (op !== Token.Lss && op !== Token.Gtr && op !== Token.Leq && op !== Token.Geq) return false;
  const other = tree.a[above] === value ? tree.b[above] : tree.a[above];
  return textOf(tree, other ?? 0) !== '0';
}

/** Calls that only look: of the standard library, but for those that delete. */
function isReader(pass: Pass, call: NodeIndex): boolean {
  const callee = pass.typing.callee(call);
  if (callee === null) return pass.typing.isType(pass.tree.a[call] ?? 0);
  return (
    /^(maps|slices|fmt|encoding\/json|reflect|sort|log|log\/slog|strings)$/.test(callee.path) &&
    !/Delete|Clear/.test(callee.name)
  );
}
