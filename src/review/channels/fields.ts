/** What a package does with the channels in fields of its own structs: every operation, by Field. Tests left out. */
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';

export interface FieldUse {
  readonly field: NodeIndex;
  /** SendStmt nodes. */
  readonly sends: NodeIndex[];
  /** UnaryExpr nodes. */
  readonly receives: NodeIndex[];
  /** RangeStmt nodes. */
  readonly ranges: NodeIndex[];
  /** CallExpr nodes. */
  readonly closes: NodeIndex[];
  /** Values that are assigned to it, in literals or by statements. */
  readonly values: NodeIndex[];
  /** AssignStmt nodes among what gives it a value. */
  readonly assignments: NodeIndex[];
  /** It is handed on: what happens then is not in sight. */
  escapes: boolean;
}

export function fieldUses(pass: Pass): ReadonlyMap<NodeIndex, FieldUse> {
  return pass.engine(findFieldUses);
}

function findFieldUses(pass: Pass): Map<NodeIndex, FieldUse> {
  const { tree } = pass;
  const uses = new Map<NodeIndex, FieldUse>();
  const names = new Set<number>();
  for (const field of pass.nodesOf(Kind.Field)) {
    if (tree.kind[unparen(tree, tree.b[field] ?? 0)] !== Kind.ChanType) continue;
    const list = tree.parent[field] ?? 0;
    if (tree.kind[tree.parent[list] ?? 0] !== Kind.StructType) continue;
    for (let name = tree.a[field] ?? 0; name !== 0; name = tree.next[name] ?? 0) names.add(tree.data[name] ?? 0);
  }
  if (names.size === 0) return uses;
  const useOf = (field: NodeIndex, ident: NodeIndex): FieldUse | null => {
    if (field === 0) return null;
    // A Field node may declare several names: `prices, thresholds chan int`.
    let key = 0;
    for (let name = tree.a[field] ?? 0; name !== 0; name = tree.next[name] ?? 0) {
      if (tree.data[name] === tree.data[ident]) key = name;
    }
    if (key === 0) return null;
    let use = uses.get(key);
    if (use === undefined) {
      const lists = { sends: [], receives: [], ranges: [], closes: [], values: [], assignments: [] };
      use = { field: key, ...lists, escapes: false };
      uses.set(key, use);
    }
    return use;
  };
  for (const selector of pass.nodesOf(Kind.SelectorExpr)) {
    const ident = tree.b[selector] ?? 0;
    if (!names.has(tree.data[ident] ?? 0) || pass.inTest(selector)) continue;
    const selection = pass.typing.selection(selector);
    if (selection?.kind !== 'field') continue;
    const use = useOf(selection.decl, ident);
    if (use !== null) note(pass, use, selector);
  }
  for (const pair of pass.nodesOf(Kind.KeyValueExpr)) {
    const key = tree.a[pair] ?? 0;
    if (tree.kind[key] !== Kind.Ident || !names.has(tree.data[key] ?? 0) || pass.inTest(pair)) continue;
    useOf(pass.typing.fieldOf(key), key)?.values.push(tree.b[pair] ?? 0);
  }
  return uses;
}

function note(pass: Pass, use: FieldUse, selector: NodeIndex): void {
  const { tree, typing } = pass;
  let node = selector;
  let parent = tree.parent[node] ?? 0;
  while (tree.kind[parent] === Kind.ParenExpr) {
    node = parent;
    parent = tree.parent[node] ?? 0;
  }
  switch (tree.kind[parent]) {
    case Kind.UnaryExpr:
      if (tree.op[parent] === Token.Arrow) use.receives.push(parent);
      else use.escapes = true;
      return;
    case Kind.SendStmt:
      if (tree.a[parent] === node) use.sends.push(parent);
      else use.escapes = true;
      return;
    case Kind.RangeStmt:
      use.ranges.push(parent);
      return;
    case Kind.BinaryExpr:
      return;
    case Kind.CallExpr: {
      const builtin = typing.builtin(parent);
      if (builtin === 'close') use.closes.push(parent);
      else if (builtin !== 'len' && builtin !== 'cap') use.escapes = true;
      return;
    }
    case Kind.AssignStmt: {
      let value = tree.b[parent] ?? 0;
      for (let left = tree.a[parent] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
        if (left === node) {
          use.values.push(value);
          use.assignments.push(parent);
          return;
        }
        value = tree.next[value] ?? 0;
      }
      use.escapes = true;
      return;
    }
    default:
      use.escapes = true;
  }
}

/** Whether all that the field ever holds is made for it. */
export function isMade(pass: Pass, use: FieldUse): boolean {
  return (
    use.values.length > 0 && use.values.every((value) => pass.typing.builtin(unparen(pass.tree, value)) === 'make')
  );
}
