import type { ObjectIndex } from '../../golang/bindings.ts';
import type { Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import { firstAfter, type Mentions, mentionsOnce } from '../pools/after.ts';
import { type Alias, aliasesOf, sharesWith } from '../pools/aliases.ts';
import { keepingAssignments, keptArguments, keptTarget } from '../pools/kept.ts';
import { nodesAfter, nodesWithin } from '../pools/within.ts';
import { type Giving, givings } from '../pools/wrappers.ts';
import type { Confidence, Pass, Rule, Step } from '../rule.ts';
import { nodeOf } from '../typestate/uses.ts';

/** Everything about one object in one function that the checks below share. */
interface Case {
  readonly pass: Pass;
  readonly flow: Flow;
  readonly giving: Giving;
  /** Node of the graph: the Put's statement, or the DeferStmt. */
  readonly statement: NodeIndex;
  readonly name: string;
  readonly own: Mentions;
  readonly aliases: readonly Alias[];
  readonly mentions: (object: ObjectIndex) => Mentions;
}

export const poolUseAfterPut: Rule = {
  id: 'pool-use-after-put',
  summary: 'A pooled object, or memory that it shares, is used after it was put back into its pool',
  check(pass) {
    for (const giving of pass.engine(givings)) {
      if (pass.inGenerated(giving.call)) continue;
      const made = caseOf(pass, giving);
      if (made === null) continue;
      if (giving.deferred !== 0) checkDeferred(made);
      else checkAfter(made);
      checkKept(made);
      checkGoroutine(made);
    }
  },
};

function caseOf(pass: Pass, giving: Giving): Case | null {
  const { bindings, typing } = pass;
  const { func, object } = giving;
  const type = typing.types.underlying(typing.objectType(object));
  // Numbers and strings are copied; of what is unknown nothing is said.
  if (type === 0 || typing.types.kind(type) === TypeKind.Basic) return null;
  const flow = pass.flowOf(func);
  const statement = nodeOf(pass, flow, giving.deferred === 0 ? giving.call : giving.deferred);
  if (statement === 0) return null;
  const mentions = (one: ObjectIndex): Mentions => pass.engine(mentionsOnce)(flow, one);
  const own = mentions(object);
  if (own.unclear) return null;
  const name = pass.tree.names.text(bindings.name[object] ?? 0);
  return { pass, flow, giving, statement, name, own, aliases: aliasesOf(pass, func, object), mentions };
}

function checkAfter(made: Case): void {
  const { pass, flow, giving, statement, name, own } = made;
  const found = firstAfter(pass, flow, statement, [own], (node) => node !== statement && own.uses.has(node));
  if (found !== null) {
    const at = own.uses.get(found.node) ?? (found.node === statement ? giving.ident : found.node);
    const again = found.node === statement || pass.engine(givingsByIdent).has(at);
    // What a deferred call did before the Put is another matter; here the order is that of the source.
    report(
      made,
      at,
      again
        ? `${name} is put back twice: it is in the pool already, and two goroutines may then get it at once`
        : `${name} is used after it was put back: another goroutine may have it already`,
      again ? `${name} is put back again here` : `${name} is used here`,
      // A loop may be left before it comes to the same Put again.
      found.node === statement ? 'medium' : 'high',
    );
    return;
  }
  for (const alias of made.aliases) {
    const view = made.mentions(alias.object);
    if (view.unclear) continue;
    const reaches = firstAfter(pass, flow, alias.statement, [own, view], (node) => node === statement);
    if (reaches === null || reaches.node !== statement) continue;
    const use = firstAfter(pass, flow, statement, [view], (node) => node !== statement && view.uses.has(node));
    const at = use === null ? undefined : view.uses.get(use.node);
    if (at === undefined) continue;
    const text = nameOf(pass.tree, at);
    report(
      made,
      at,
      `${text} shares its memory with ${name} and is used after ${name} was put back`,
      `${text} is used here`,
      'high',
      { node: alias.value, says: `${text} shares memory with ${name} from here on` },
    );
    return;
  }
}

/** The Put runs when the function returns: what it returns must not be, or share memory with, the object. */
function checkDeferred(made: Case): void {
  const { pass, flow, giving, statement, name, own } = made;
  const { tree, bindings } = pass;
  for (const node of nodesWithin(pass, giving.func, Kind.ReturnStmt)) {
    for (const value of returnedValues(pass, node)) {
      const direct = tree.kind[value] === Kind.Ident && bindings.objectOf[value] === giving.object;
      const alias = made.aliases.find((one) => sharesWith(pass, value, new Set([one.object])));
      if (!direct && alias === undefined && !isView(pass, value, giving.object)) continue;
      const view = alias === undefined ? null : made.mentions(alias.object);
      const mentions = view === null ? [own] : [own, view];
      if (firstAfter(pass, flow, statement, mentions.slice(0, 1), (at) => at === node)?.node !== node) continue;
      if (view !== null && alias !== undefined) {
        if (view.unclear || firstAfter(pass, flow, alias.statement, mentions, (at) => at === node)?.node !== node)
          continue;
      }
      const text = textOf(tree, value);
      report(
        made,
        value,
        direct
          ? `${name} is returned, and the deferred call puts it back before the caller uses it`
          : `${text} shares its memory with ${name}, which the deferred call puts back before the caller uses it`,
        'it is returned here, and the deferred call runs',
        'high',
        alias === undefined ? undefined : { node: alias.value, says: `it shares memory with ${name} from here on` },
      );
      return;
    }
  }
  const double = firstAfter(pass, flow, statement, [own], (node) => isPut(made, node));
  if (double !== null && double.node !== statement) {
    const at = own.uses.get(double.node) ?? double.node;
    report(
      made,
      at,
      `${name} is put back here and once more by the deferred call: two goroutines may then get it at once`,
      `${name} is put back here, too`,
      'high',
    );
  }
}

/** An explicit Put of the object in the function itself. */
function isPut(made: Case, node: NodeIndex): boolean {
  const { pass, giving, own } = made;
  const ident = own.uses.get(node);
  if (ident === undefined || node === made.statement) return false;
  const other = pass.engine(givingsByIdent).get(ident);
  return other !== undefined && other.deferred === 0 && other.object === giving.object;
}

/** An engine: an identifier is given back once at most. */
function givingsByIdent(pass: Pass): ReadonlyMap<NodeIndex, Giving> {
  return new Map(pass.engine(givings).map((giving) => [giving.ident, giving]));
}

/** The object's own memory under no other name: `x.Bytes()`, `(*x)[:n]`, `x.array[:]`. */
function isView(pass: Pass, value: NodeIndex, object: ObjectIndex): boolean {
  const { types } = pass.typing;
  if (pass.tree.kind[value] === Kind.Ident) return false;
  if (types.kind(types.underlying(pass.typing.typeOf(value))) !== TypeKind.Slice) return false;
  return sharesWith(pass, value, new Set([object]));
}

/** Results of a return, and the elements of literals that are returned. */
function returnedValues(pass: Pass, node: NodeIndex): NodeIndex[] {
  const { tree } = pass;
  const values: NodeIndex[] = [];
  for (let result = tree.a[node] ?? 0; result !== 0; result = tree.next[result] ?? 0) {
    let at = unparen(tree, result);
    if (tree.kind[at] === Kind.UnaryExpr && tree.op[at] === Token.And) at = unparen(tree, tree.a[at] ?? 0);
    if (tree.kind[at] !== Kind.CompositeLit) values.push(at);
    else
      for (let item = tree.b[at] ?? 0; item !== 0; item = tree.next[item] ?? 0)
        values.push(unparen(tree, tree.kind[item] === Kind.KeyValueExpr ? (tree.b[item] ?? 0) : item));
  }
  return values;
}

/** A view goes into a field, a global or a channel, or to a function that keeps it, and the object goes back. */
function checkKept(made: Case): void {
  const { pass, flow, giving, statement, name, own } = made;
  const { tree } = pass;
  const sharing = new Set([giving.object, ...made.aliases.map((alias) => alias.object)]);
  const candidates: { value: NodeIndex; where: string; sure: boolean }[] = [];
  for (const { assign, index, value } of pass.engine(keepingAssignments)(giving.func)) {
    const kept = keptTarget(pass, assign, index, value, giving.object, sharing);
    if (kept !== null) candidates.push({ value: kept.value ?? value, where: kept.where, sure: kept.sure });
  }
  candidates.push(...pass.engine(keptArguments)(giving.func));
  for (const send of nodesWithin(pass, giving.func, Kind.SendStmt)) {
    const value = unparen(tree, tree.b[send] ?? 0);
    if (value !== 0) candidates.push({ value, where: textOf(tree, tree.a[send] ?? 0), sure: false });
  }
  for (const { value, where, sure } of candidates) {
    if (!isView(pass, value, giving.object)) {
      const alias = made.aliases.find((one) => sharesWith(pass, value, new Set([one.object])));
      const { types } = pass.typing;
      if (alias === undefined || types.kind(types.underlying(pass.typing.typeOf(value))) !== TypeKind.Slice) continue;
    }
    const node = nodeOf(pass, flow, value);
    if (node === 0) continue;
    const before =
      giving.deferred !== 0
        ? firstAfter(pass, flow, statement, [own], (at) => at === node)?.node === node
        : firstAfter(pass, flow, node, [own], (at) => at === statement)?.node === statement;
    if (!before) continue;
    const text = textOf(tree, value);
    report(
      made,
      value,
      `${text} is kept in ${where} and shares its memory with ${name}, which goes back into its pool`,
      `it is kept in ${where}`,
      sure ? 'high' : 'medium',
    );
    return;
  }
}

/** A goroutine that has the object is started and not waited for, and the object goes back. */
function checkGoroutine(made: Case): void {
  const { pass, flow, giving, statement, name, own } = made;
  const { tree, bindings } = pass;
  for (const go of nodesWithin(pass, giving.func, Kind.GoStmt)) {
    if (waitsAfter(pass, giving.func, go)) continue;
    let at = 0;
    for (let use = bindings.useStart[giving.object] ?? 0; use < (bindings.useStart[giving.object + 1] ?? 0); use++) {
      const ident = bindings.uses[use] ?? 0;
      const inside = (tree.start[ident] ?? 0) >= (tree.start[go] ?? 0) && (tree.end[ident] ?? 0) <= (tree.end[go] ?? 0);
      if (inside && at === 0) at = ident;
    }
    if (at === 0) continue;
    const reached =
      giving.deferred !== 0
        ? firstAfter(pass, flow, statement, [own], (node) => node === go)?.node === go
        : firstAfter(pass, flow, go, [own], (node) => node === statement)?.node === statement;
    if (!reached) continue;
    report(
      made,
      at,
      `${name} is used by a goroutine that may still run when ${name} goes back into its pool`,
      'the goroutine uses it here',
      'medium',
    );
    return;
  }
}

/** Whether the function waits for something after a node: for a channel, a group, a lock. */
function waitsAfter(pass: Pass, func: NodeIndex, after: NodeIndex): boolean {
  const { tree } = pass;
  const from = tree.end[after] ?? 0;
  for (const node of nodesAfter(pass, Kind.UnaryExpr, from, func)) if (tree.op[node] === Token.Arrow) return true;
  for (const kind of [Kind.SelectStmt, Kind.RangeStmt]) for (const _ of nodesAfter(pass, kind, from, func)) return true;
  for (const node of nodesAfter(pass, Kind.CallExpr, from, func)) {
    const fun = tree.a[node] ?? 0;
    const name = tree.kind[fun] === Kind.SelectorExpr ? nameOf(tree, tree.b[fun] ?? 0) : '';
    if (/^(Wait|Lock|Acquire|Receive|Recv|Join)/.test(name)) return true;
  }
  // A Wait that is deferred runs later, too.
  return nodesWithin(pass, func, Kind.DeferStmt).some((node) => /\bWait\(/.test(textOf(tree, node)));
}

function report(
  made: Case,
  at: NodeIndex,
  message: string,
  says: string,
  confidence: Confidence,
  between?: Step,
): void {
  const { pass, giving, name } = made;
  const { tree } = pass;
  const put: Step = {
    node: giving.call,
    says: giving.deferred === 0 ? `${name} is put back here` : `${name} is put back by this deferred call`,
  };
  const use: Step = { node: at, says };
  const steps = between === undefined ? [] : [between];
  pass.report({
    confidence,
    node: at,
    message,
    steps: (tree.start[at] ?? 0) < (tree.start[giving.call] ?? 0) ? [...steps, use, put] : [...steps, put, use],
    advice: `Put ${name} back after its last use, and copy what has to live longer (bytes.Clone, string(…)).`,
  });
}
