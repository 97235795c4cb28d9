/** Variables whose values the search keeps: integers and booleans that conditions ask for, and channels that are nil at times. */
import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Pass } from '../rule.ts';

export class CounterVariables {
  readonly #pass: Pass;
  readonly #known = new Map<ObjectIndex, boolean>();

  constructor(pass: Pass) {
    this.#pass = pass;
  }

  /** An integer or boolean of one function that some condition or count asks for. */
  isCounter(object: ObjectIndex): boolean {
    let is = this.#known.get(object);
    if (is === undefined) {
      is = this.#isCounter(object);
      this.#known.set(object, is);
    }
    return is;
  }

  #isCounter(object: ObjectIndex): boolean {
    const { tree, bindings, typing } = this.#pass;
    if (object === 0 || bindings.kind[object] !== ObjectKind.Variable || bindings.func[object] === 0) return false;
    if ((bindings.flags[object] ?? 0) & ObjectFlag.Addressed) return false;
    let asked = false;
    for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
      const use = bindings.uses[at] ?? 0;
      if (this.#assigns(use) && this.#pass.functionAround(use) !== bindings.func[object]) return false;
      asked ||= this.askerOf(use) !== 0;
    }
    if (this.isSwitch(object)) return true;
    if (!asked) return false;
    const basic = typing.types.basic(typing.types.underlying(typing.objectType(object)));
    return /^u?int(8|16|32|64|ptr)?$|^bool$/.test(basic) && tree.kind[bindings.decl[object] ?? 0] !== Kind.RangeStmt;
  }

  /** A channel variable that is set to nil at times, which takes its case out of a select: 0 while it is nil, else 1. */
  isSwitch(object: ObjectIndex): boolean {
    const { tree, bindings, typing } = this.#pass;
    if (((bindings.flags[object] ?? 0) & ObjectFlag.Reassigned) === 0) return false;
    const type = typing.types.underlying(typing.objectType(object));
    if (typing.types.kind(type) !== TypeKind.Channel) return false;
    if (tree.kind[bindings.decl[object] ?? 0] === Kind.ValueSpec && tree.c[bindings.decl[object] ?? 0] === 0)
      return true;
    for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
      const use = bindings.uses[at] ?? 0;
      const statement = tree.parent[use] ?? 0;
      if (!this.#assigns(use) || tree.kind[statement] !== Kind.AssignStmt) continue;
      for (let value = tree.b[statement] ?? 0; value !== 0; value = tree.next[value] ?? 0) {
        if (bindings.kind[bindings.objectOf[value] ?? 0] === ObjectKind.Nil) return true;
      }
    }
    return false;
  }

  #assigns(use: NodeIndex): boolean {
    const { tree } = this.#pass;
    const parent = tree.parent[use] ?? 0;
    const kind = tree.kind[parent];
    if (kind === Kind.IncDecStmt) return true;
    if (kind === Kind.RangeStmt) return tree.a[parent] === use || tree.b[parent] === use;
    if (kind !== Kind.AssignStmt) return false;
    for (let left = tree.a[parent] ?? 0; left !== 0; left = tree.next[left] ?? 0) if (left === use) return true;
    return false;
  }

  /** The statement (or the call) that a use in a condition, a count or an argument decides; 0 for other uses. */
  askerOf(use: NodeIndex): NodeIndex {
    const { tree } = this.#pass;
    let node = use;
    for (;;) {
      const parent = tree.parent[node] ?? 0;
      switch (tree.kind[parent]) {
        case Kind.BinaryExpr:
        case Kind.ParenExpr:
        case Kind.UnaryExpr:
          node = parent;
          continue;
        case Kind.IfStmt:
        case Kind.ForStmt:
          return tree.b[parent] === node ? parent : 0;
        case Kind.RangeStmt:
          return tree.c[parent] === node ? parent : 0;
        case Kind.CallExpr:
          return tree.a[parent] === node ? 0 : parent;
        case Kind.CaseClause:
          return parent;
        default:
          return 0;
      }
    }
  }
}
