/** Places that outlive a call: fields of what was given, globals, channels; and functions that keep an argument there. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { ObjectFlag, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { nodesAfter, nodesWithin } from './within.ts';

export interface Kept {
  /** The place, as the source has it. */
  readonly where: string;
  /** It is added to what is there: nothing replaces it soon. */
  readonly sure: boolean;
  /** What is kept, if it is only a part of the expression. */
  readonly value?: NodeIndex;
}

/** Right sides in a function that go into something that outlives it, whatever they are. */
export interface KeepingAssignment {
  readonly assign: NodeIndex;
  readonly index: number;
  readonly value: NodeIndex;
}

/** An engine: the assignments of a function that `keptTarget` may have something to say about. */
export function keepingAssignments(pass: Pass): (func: NodeIndex) => readonly KeepingAssignment[] {
  const { tree } = pass;
  const known = new Map<NodeIndex, readonly KeepingAssignment[]>();
  return (func) => {
    let found = known.get(func);
    if (found === undefined) {
      found = nodesWithin(pass, func, Kind.AssignStmt).flatMap((assign) => {
        const keeping: KeepingAssignment[] = [];
        if (tree.op[assign] !== Token.Assign) return keeping;
        let left = tree.a[assign] ?? 0;
        let index = 0;
        for (let right = tree.b[assign] ?? 0; right !== 0 && left !== 0; right = tree.next[right] ?? 0, index++) {
          const place = unparen(tree, left);
          const root = rootOf(pass, place);
          if (root !== 0 && outlives(pass, root, place)) keeping.push({ assign, index, value: unparen(tree, right) });
          left = tree.next[left] ?? 0;
        }
        return keeping;
      });
      known.set(func, found);
    }
    return found;
  };
}

/** Arguments in a function that go to functions of the package that keep them. */
export interface KeptArgument extends Kept {
  readonly value: NodeIndex;
}

/** An engine: all kept arguments of a function's calls. */
export function keptArguments(pass: Pass): (func: NodeIndex) => readonly KeptArgument[] {
  const { tree } = pass;
  const known = new Map<NodeIndex, readonly KeptArgument[]>();
  return (func) => {
    let found = known.get(func);
    if (found === undefined) {
      const kept: KeptArgument[] = [];
      for (const call of nodesWithin(pass, func, Kind.CallExpr)) {
        let index = 0;
        for (let at = tree.b[call] ?? 0; at !== 0; at = tree.next[at] ?? 0, index++) {
          const one = keptArgument(pass, call, index);
          if (one !== null) kept.push({ ...one, value: one.value ?? unparen(tree, at) });
        }
      }
      found = kept;
      known.set(func, found);
    }
    return found;
  };
}

/** Whether right side `index` of an assignment is kept; `object` is the pooled one, whose own fields do not count. */
export function keptTarget(
  pass: Pass,
  assign: NodeIndex,
  index: number,
  value: NodeIndex,
  object: ObjectIndex,
  sharing: ReadonlySet<ObjectIndex>,
): Kept | null {
  const { tree, bindings, typing } = pass;
  if (tree.op[assign] !== Token.Assign) return null;
  let left = tree.a[assign] ?? 0;
  for (let skip = index; skip > 0; skip--) left = tree.next[left] ?? 0;
  left = unparen(tree, left);
  if (left === 0) return null;
  const root = rootOf(pass, left);
  if (root === 0 || root === object || sharing.has(root) || !outlives(pass, root, left)) return null;
  const where = textOf(tree, left);
  if (tree.kind[value] === Kind.CallExpr && typing.builtin(value) === 'append') {
    // `append(index, view)` keeps the view, `append(data, view...)` copies it.
    const last = lastArgument(pass, value);
    if (tree.op[value] === 1 || last === tree.b[value]) return null;
    return { where, sure: true, value: unparen(tree, last) };
  }
  // A place that is given something else in the same function is a loan.
  if (assignments(pass, assign, where) > 1) return null;
  const isMap = tree.kind[left] === Kind.IndexExpr;
  return { where, sure: isMap && bindings.objectOf[value] !== 0 };
}

function lastArgument(pass: Pass, call: NodeIndex): NodeIndex {
  let last = 0;
  for (let at = pass.tree.b[call] ?? 0; at !== 0; at = pass.tree.next[at] ?? 0) last = at;
  return last;
}

/** How often the function around assigns to a place of that text. */
function assignments(pass: Pass, assign: NodeIndex, where: string): number {
  return pass.engine(assignmentCounts)(pass.functionAround(assign)).get(where) ?? 0;
}

/** An engine: how often a function, literals inside included, assigns to each place, by the place's text. */
function assignmentCounts(pass: Pass): (func: NodeIndex) => ReadonlyMap<string, number> {
  const { tree } = pass;
  const known = new Map<NodeIndex, ReadonlyMap<string, number>>();
  return (func) => {
    let counts = known.get(func);
    if (counts === undefined) {
      const found = new Map<string, number>();
      for (const node of nodesAfter(pass, Kind.AssignStmt, tree.start[func] ?? 0, func)) {
        for (let left = tree.a[node] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
          const place = textOf(tree, left);
          found.set(place, (found.get(place) ?? 0) + 1);
        }
      }
      counts = found;
      known.set(func, counts);
    }
    return counts;
  };
}

/** The variable that a place is in: `s.index[i].x` is in s. 0 where it is behind a call. */
function rootOf(pass: Pass, place: NodeIndex): ObjectIndex {
  const { tree, bindings } = pass;
  let at = place;
  for (;;) {
    switch (tree.kind[at]) {
      case Kind.Ident:
        return bindings.objectOf[at] ?? 0;
      case Kind.SelectorExpr:
      case Kind.IndexExpr:
      case Kind.StarExpr:
      case Kind.ParenExpr:
        at = tree.a[at] ?? 0;
        continue;
      default:
        return 0;
    }
  }
}

/** A package-level variable, or something behind a receiver or a parameter. */
function outlives(pass: Pass, root: ObjectIndex, place: NodeIndex): boolean {
  const { bindings, tree } = pass;
  if (bindings.kind[root] !== ObjectKind.Variable) return false;
  if (bindings.func[root] === 0) return true;
  const given = ((bindings.flags[root] ?? 0) & (ObjectFlag.Receiver | ObjectFlag.Parameter)) !== 0;
  return given && tree.kind[place] !== Kind.Ident;
}

/** Whether a function of this package keeps argument `index` of a call. */
function keptArgument(pass: Pass, call: NodeIndex, index: number): Kept | null {
  const { tree, typing } = pass;
  if (typing.builtin(call) !== '' || tree.op[call] === 1) return null;
  const decl = typing.callee(call)?.decl ?? 0;
  if (tree.kind[decl] !== Kind.FuncDecl) return null;
  const kept = pass.engine(keepers).get(decl)?.get(index);
  return kept === undefined ? null : { where: kept, sure: true };
}

/** Functions of the package that append a parameter to something that outlives them: decl → parameter index → place. */
function keepers(pass: Pass): ReadonlyMap<NodeIndex, ReadonlyMap<number, string>> {
  const { tree, bindings } = pass;
  const found = new Map<NodeIndex, Map<number, string>>();
  for (const assign of pass.nodesOf(Kind.AssignStmt)) {
    const func = pass.functionAround(assign);
    if (tree.kind[func] !== Kind.FuncDecl || tree.op[assign] !== Token.Assign) continue;
    let index = 0;
    for (let right = tree.b[assign] ?? 0; right !== 0; right = tree.next[right] ?? 0, index++) {
      const value = unparen(tree, right);
      if (tree.kind[value] !== Kind.CallExpr || nameOf(tree, tree.a[value] ?? 0) !== 'append') continue;
      const argument = unparen(tree, lastArgument(pass, value));
      const object = tree.kind[argument] === Kind.Ident ? (bindings.objectOf[argument] ?? 0) : 0;
      if (object === 0 || ((bindings.flags[object] ?? 0) & ObjectFlag.Parameter) === 0) continue;
      // A parameter that is given another value may be a copy by now.
      if (((bindings.flags[object] ?? 0) & ObjectFlag.Reassigned) !== 0) continue;
      const kept = keptTarget(pass, assign, index, value, object, new Set());
      const at = parameterPosition(pass, func, object);
      if (kept === null || !kept.sure || at === -1) continue;
      const known = found.get(func) ?? new Map<number, string>();
      found.set(func, known.set(at, kept.where));
    }
  }
  return found;
}

function parameterPosition(pass: Pass, decl: NodeIndex, object: ObjectIndex): number {
  const { tree, bindings } = pass;
  let index = 0;
  for (let field = tree.a[tree.b[tree.c[decl] ?? 0] ?? 0] ?? 0; field !== 0; field = tree.next[field] ?? 0) {
    for (let name = tree.a[field] ?? 0; name !== 0; name = tree.next[name] ?? 0, index++)
      if (bindings.objectOf[name] === object) return index;
  }
  return -1;
}
