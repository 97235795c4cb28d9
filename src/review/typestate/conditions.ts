/**
 * What a branch says: about the resource and its error, and about conditions that the function asks again elsewhere
 * (`if useFile { open }` … `if useFile { close }`), so that ways that cannot be are not walked.
 */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { type EdgeIndex, EdgeKind, type Flow } from '../../golang/flow.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, type Tree, textOf } from '../../golang/tree.ts';
import { predeclared } from '../../golang/universe.ts';
import type { Pass } from '../rule.ts';
import type { Resource } from './resources.ts';
import type { Holder } from './uses.ts';

export const Says = {
  Nothing: 0,
  /** There is no resource on this edge: it is nil, or the call failed. */
  Absent: 1,
  /** The error is nil: the resource is there. */
  Present: 2,
  /** Something about the error that we cannot read. */
  Unclear: 3,
} as const;

const NIL = predeclared('nil');

/** Calls that hold only for errors that are not nil. */
const PREDICATE = /^(Is|As|Has|IsNot|Not)([A-Z].*)?$/;

/** @param errors variables that hold, or are made from, the acquire's error while nothing is known of it; else none. */
export function saysOf(
  pass: Pass,
  flow: Flow,
  edge: EdgeIndex,
  resource: Resource,
  holders: readonly Holder[],
  errors: readonly ObjectIndex[],
): number {
  const kind = flow.edgeKind[edge];
  const node = flow.edgeNode[edge] ?? 0;
  if (kind === EdgeKind.Case && isCovered(pass, node)) return Says.Unclear;
  if (kind === EdgeKind.Case) return errors.length === 0 ? Says.Nothing : caseSays(pass, node, errors);
  const { tree, bindings } = pass;
  // `for range ticker.C` is never over: nobody closes that channel.
  if (kind === EdgeKind.Done && resource.id === 'ticker') {
    return isHolder(pass, resource, holders, tree.a[tree.c[node] ?? 0] ?? 0) ? Says.Absent : Says.Nothing;
  }
  if (kind !== EdgeKind.True && kind !== EdgeKind.False) return Says.Nothing;
  const holds = kind === EdgeKind.True;
  if (tree.kind[node] === Kind.BinaryExpr) {
    const op = tree.op[node];
    if (op !== Token.Eql && op !== Token.Neq) return Says.Nothing;
    const equal = (op === Token.Eql) === holds;
    const x = unparen(tree, tree.a[node] ?? 0);
    const y = unparen(tree, tree.b[node] ?? 0);
    const [subject, other] = bindings.objectOf[x] === NIL ? [y, x] : [x, y];
    const isNil = bindings.objectOf[other] === NIL;
    if (errors.includes(bindings.objectOf[x] ?? 0) || errors.includes(bindings.objectOf[y] ?? 0)) {
      if (isNil) return equal ? Says.Present : Says.Absent;
      return equal ? Says.Absent : Says.Nothing;
    }
    if (isNil && equal && isHolder(pass, resource, holders, subject)) return Says.Absent;
    if (isNil && !equal && failed(pass, resource, holders, node, subject)) return Says.Absent;
    return Says.Nothing;
  }
  // `if retry`, where retry was made from the error.
  if (tree.kind[node] === Kind.Ident && errors.includes(bindings.objectOf[node] ?? 0)) return Says.Unclear;
  if (tree.kind[node] !== Kind.CallExpr) return Says.Nothing;
  if (exhausts(pass, resource, holders, node)) return holds ? Says.Nothing : Says.Absent;
  if (!errors.some((error) => mentions(pass, node, error))) return Says.Nothing;
  const fun = tree.a[node] ?? 0;
  const name = tree.kind[fun] === Kind.SelectorExpr ? nameOf(tree, tree.b[fun] ?? 0) : nameOf(tree, fun);
  if (!PREDICATE.test(name)) return Says.Unclear;
  return holds ? Says.Absent : Says.Nothing;
}

/**
 * Of a Case edge: no clause of `switch state { case open: … case closed: … }` was taken, though they may well be all that
 * a defined type has.
 */
export function isCovered(pass: Pass, node: NodeIndex): boolean {
  const { tree, typing } = pass;
  if (tree.kind[node] !== Kind.SwitchStmt || tree.b[node] === 0) return false;
  const first = tree.a[tree.c[node] ?? 0] ?? 0;
  const { types } = typing;
  const type = typing.typeOf(tree.b[node] ?? 0);
  return (tree.next[first] ?? 0) !== 0 && types.named(type) !== null && types.basic(types.underlying(type)) !== '';
}

/** `switch err { case nil: … }` and `switch err.(type)`. */
function caseSays(pass: Pass, node: NodeIndex, errors: readonly ObjectIndex[]): number {
  const { tree } = pass;
  const isClause = tree.kind[node] === Kind.CaseClause;
  const statement = isClause ? (tree.parent[tree.parent[node] ?? 0] ?? 0) : node;
  const subject = tree.b[statement] ?? 0;
  if (subject === 0 || !errors.some((error) => mentions(pass, subject, error))) return Says.Nothing;
  if (isClause && tree.op[node] !== 1) return hasNil(pass, node) ? Says.Present : Says.Absent;
  for (let clause = tree.a[tree.c[statement] ?? 0] ?? 0; clause !== 0; clause = tree.next[clause] ?? 0) {
    if (hasNil(pass, clause)) return Says.Absent;
  }
  return Says.Nothing;
}

function hasNil(pass: Pass, clause: NodeIndex): boolean {
  const { tree, bindings } = pass;
  for (let at = tree.a[clause] ?? 0; at !== 0; at = tree.next[at] ?? 0) if (bindings.objectOf[at] === NIL) return true;
  return false;
}

function isHolder(pass: Pass, resource: Resource, holders: readonly Holder[], node: NodeIndex): boolean {
  const { tree, bindings } = pass;
  const isField = tree.kind[node] === Kind.SelectorExpr && nameOf(tree, tree.b[node] ?? 0) === resource.field;
  const object = bindings.objectOf[isField ? (tree.a[node] ?? 0) : node] ?? 0;
  return object !== 0 && holders.some((holder) => holder.object === object && !holder.derived);
}

/** `rows.Next()`: once it is false the rows are closed. */
function exhausts(pass: Pass, resource: Resource, holders: readonly Holder[], call: NodeIndex): boolean {
  if (resource.exhausts === '') return false;
  const { tree } = pass;
  const fun = tree.a[call] ?? 0;
  if (tree.kind[fun] !== Kind.SelectorExpr || nameOf(tree, tree.b[fun] ?? 0) !== resource.exhausts) return false;
  return isHolder(pass, resource, holders, unparen(tree, tree.a[fun] ?? 0));
}

/** `err := rows.Scan(…)` just before an `if err != nil`: Scan has closed what it could not read. */
function failed(
  pass: Pass,
  resource: Resource,
  holders: readonly Holder[],
  condition: NodeIndex,
  error: NodeIndex,
): boolean {
  const { tree, bindings } = pass;
  if (resource.failing.size === 0) return false;
  const statement = tree.parent[condition] ?? 0;
  if (tree.kind[statement] !== Kind.IfStmt || tree.b[statement] !== condition) return false;
  let call = unparen(tree, error);
  if (tree.kind[call] === Kind.Ident) {
    const assignment = (tree.a[statement] ?? 0) || before(tree, statement);
    if (tree.kind[assignment] !== Kind.AssignStmt) return false;
    let last = tree.a[assignment] ?? 0;
    while (tree.next[last]) last = tree.next[last] ?? 0;
    if ((bindings.objectOf[last] ?? 0) === 0 || bindings.objectOf[last] !== bindings.objectOf[call]) return false;
    call = unparen(tree, tree.b[assignment] ?? 0);
  }
  const fun = tree.kind[call] === Kind.CallExpr ? (tree.a[call] ?? 0) : 0;
  if (tree.kind[fun] !== Kind.SelectorExpr || !resource.failing.has(nameOf(tree, tree.b[fun] ?? 0))) return false;
  return isHolder(pass, resource, holders, unparen(tree, tree.a[fun] ?? 0));
}

/** The statement before one in a list; 0 if there is none. */
function before(tree: Tree, statement: NodeIndex): NodeIndex {
  const list = tree.parent[statement] ?? 0;
  const isBlock = tree.kind[list] === Kind.BlockStmt;
  let at = (isBlock ? tree.a[list] : tree.b[list]) ?? 0;
  while (at !== 0 && tree.next[at] !== statement) at = tree.next[at] ?? 0;
  return at;
}

/** Whether a variable is named in the source of an expression. Its mentions are in source order. */
export function mentions(pass: Pass, expression: NodeIndex, object: ObjectIndex): boolean {
  const { tree, bindings } = pass;
  const start = tree.start[expression] ?? 0;
  let low = bindings.useStart[object] ?? 0;
  const end = bindings.useStart[object + 1] ?? 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tree.start[bindings.uses[middle] ?? 0] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return low < end && (tree.start[bindings.uses[low] ?? 0] ?? 0) < (tree.end[expression] ?? 0);
}

/** Conditions that a function asks more than once. */
export interface Repeated {
  /** Per edge: 2 × key + 1 if the key holds on it, 2 × key if it does not; -1: nothing is learnt. */
  readonly learns: Int32Array;
  /** Names whose assignment makes a key's answer stale. */
  readonly names: readonly ReadonlySet<NameIndex>[];
  /** Keys of flags by their names: where one gets a constant, its answer is known. */
  readonly flags: ReadonlyMap<NameIndex, number>;
  /** By block, filled in where walks ask. */
  readonly assignments: (Assignments | undefined)[];
}

/** What the nodes of a block assign. */
export interface Assignments {
  readonly assigned: ReadonlySet<NameIndex>;
  /** Flags that get constants. */
  readonly constants: ReadonlyMap<NameIndex, boolean>;
}

const NO_FLAGS: ReadonlySet<NameIndex> = new Set();

/** Longer conditions are rarely asked twice. */
const LENGTH = 80;

/**
 * Keys of the conditions that at least two branches ask, without calls: what they compare may change only by assignment.
 * A flag (flags.ts) needs to be asked only once.
 */
export function repeatedConditions(tree: Tree, flow: Flow, flagNames: ReadonlySet<NameIndex> = NO_FLAGS): Repeated {
  const counts = new Map<string, number>();
  const texts: (string | null)[] = [];
  const flips: boolean[] = [];
  for (let edge = 0; edge < flow.edgeTo.length; edge++) {
    const kind = flow.edgeKind[edge];
    const asked =
      kind === EdgeKind.True || kind === EdgeKind.False ? conditionText(tree, flow.edgeNode[edge] ?? 0) : null;
    texts.push(asked === null ? null : asked.text);
    flips.push(asked?.flipped ?? false);
    if (asked !== null && kind === EdgeKind.True) counts.set(asked.text, (counts.get(asked.text) ?? 0) + 1);
  }
  const learns = new Int32Array(flow.edgeTo.length).fill(-1);
  const keys = new Map<string, number>();
  const names: Set<NameIndex>[] = [];
  const flags = new Map<NameIndex, number>();
  for (let edge = 0; edge < learns.length; edge++) {
    const text = texts[edge] ?? null;
    if (text === null) continue;
    const condition = flow.edgeNode[edge] ?? 0;
    const name = tree.kind[condition] === Kind.Ident ? (tree.data[condition] ?? 0) : 0;
    const isFlag = name !== 0 && flagNames.has(name);
    if (!isFlag && (counts.get(text) ?? 0) < 2) continue;
    let key = keys.get(text);
    if (key === undefined) {
      key = names.length;
      keys.set(text, key);
      names.push(namesIn(tree, condition));
    }
    if (isFlag) flags.set(name, key);
    const holds = (flow.edgeKind[edge] === EdgeKind.True) !== flips[edge];
    learns[edge] = 2 * key + (holds ? 1 : 0);
  }
  return { learns, names, flags, assignments: [] };
}

/** A condition's text, `!=` `>=` `>` told as the negation of `==` `<` `<=`; null where it calls or receives. */
function conditionText(tree: Tree, node: NodeIndex): { text: string; flipped: boolean } | null {
  if (node === 0 || (tree.end[node] ?? 0) - (tree.start[node] ?? 0) > LENGTH || !isPlain(tree, node)) return null;
  if (tree.kind[node] !== Kind.BinaryExpr) return { text: textOf(tree, node), flipped: false };
  const x = textOf(tree, tree.a[node] ?? 0);
  const y = textOf(tree, tree.b[node] ?? 0);
  switch (tree.op[node]) {
    case Token.Eql:
      return { text: `${x}==${y}`, flipped: false };
    case Token.Neq:
      return { text: `${x}==${y}`, flipped: true };
    case Token.Lss:
      return { text: `${x}<${y}`, flipped: false };
    case Token.Geq:
      return { text: `${x}<${y}`, flipped: true };
    case Token.Leq:
      return { text: `${x}<=${y}`, flipped: false };
    case Token.Gtr:
      return { text: `${x}<=${y}`, flipped: true };
    default:
      return null;
  }
}

/** Identifiers, selectors, literals and operators; `len(x)` too. */
function isPlain(tree: Tree, node: NodeIndex): boolean {
  const stack = [node];
  while (stack.length > 0) {
    const at = stack.pop() ?? 0;
    switch (tree.kind[at]) {
      case Kind.None:
      case Kind.Ident:
      case Kind.BasicLit:
        break;
      case Kind.SelectorExpr:
      case Kind.ParenExpr:
      case Kind.StarExpr:
        stack.push(tree.a[at] ?? 0);
        break;
      case Kind.UnaryExpr:
        if (tree.op[at] === Token.Arrow) return false;
        stack.push(tree.a[at] ?? 0);
        break;
      case Kind.BinaryExpr:
        stack.push(tree.a[at] ?? 0, tree.b[at] ?? 0);
        break;
      case Kind.CallExpr: {
        const argument = tree.b[at] ?? 0;
        if (nameOf(tree, tree.a[at] ?? 0) !== 'len' || tree.next[argument] !== 0) return false;
        stack.push(argument);
        break;
      }
      default:
        return false;
    }
  }
  return true;
}

function namesIn(tree: Tree, node: NodeIndex): Set<NameIndex> {
  const names = new Set<NameIndex>();
  const stack = [node];
  while (stack.length > 0) {
    const at = stack.pop() ?? 0;
    if (at === 0) continue;
    if (tree.kind[at] === Kind.Ident) names.add(tree.data[at] ?? 0);
    else if (tree.kind[at] !== Kind.BasicLit) {
      stack.push(tree.a[at] ?? 0, tree.b[at] ?? 0);
    }
  }
  return names;
}

/** Adds the names that a node of the graph assigns: `x`, the last part of `a.x`, the x of `x[i]`. */
export function assignedNames(tree: Tree, node: NodeIndex, into: Set<NameIndex>): void {
  const kind = tree.kind[node];
  if (kind === Kind.IncDecStmt) addName(tree, tree.a[node] ?? 0, into);
  else if (kind === Kind.AssignStmt) {
    for (let at = tree.a[node] ?? 0; at !== 0; at = tree.next[at] ?? 0) addName(tree, at, into);
  } else if (kind === Kind.DeclStmt) {
    for (let spec = tree.a[tree.a[node] ?? 0] ?? 0; spec !== 0; spec = tree.next[spec] ?? 0) {
      if (tree.kind[spec] !== Kind.ValueSpec) continue;
      for (let at = tree.a[spec] ?? 0; at !== 0; at = tree.next[at] ?? 0) addName(tree, at, into);
    }
  }
}

function addName(tree: Tree, left: NodeIndex, into: Set<NameIndex>): void {
  let at = left;
  for (;;) {
    const kind = tree.kind[at];
    if (kind === Kind.Ident) into.add(tree.data[at] ?? 0);
    else if (kind === Kind.SelectorExpr) into.add(tree.data[tree.b[at] ?? 0] ?? 0);
    else if (kind === Kind.ParenExpr || kind === Kind.StarExpr || kind === Kind.IndexExpr) {
      at = tree.a[at] ?? 0;
      continue;
    }
    return;
  }
}
