/** What is special about the bodies of HTTP responses: some hold nothing, and one that was read to its end holds nothing more. */
import { ObjectFlag } from '../../golang/bindings.ts';
import type { Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { isKnown } from './foreign.ts';
import { type Holder, nodeOf } from './uses.ts';

const READERS: ReadonlySet<string> = new Set(['io.ReadAll', 'io/ioutil.ReadAll', 'net/http/httputil.DumpResponse']);

/**
 * Nodes of the graph that read a body to its end or to an error: both give the connection back without Close. A function
 * of the module that is given the body may do so, too.
 */
export function wholeReads(pass: Pass, flow: Flow, holders: readonly Holder[]): ReadonlySet<NodeIndex> {
  const { tree, bindings } = pass;
  const found = new Set<NodeIndex>();
  for (const { object, outer, derived } of holders) {
    if (derived) continue;
    for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
      const ident = bindings.uses[at] ?? 0;
      const selector = tree.parent[ident] ?? 0;
      const isBody = tree.kind[selector] === Kind.SelectorExpr && nameOf(tree, tree.b[selector] ?? 0) === 'Body';
      const value = outer && isBody ? selector : ident;
      const call = tree.parent[value] ?? 0;
      if (tree.kind[call] !== Kind.CallExpr || tree.a[call] === value) continue;
      const callee = pass.typing.callee(call);
      if (callee === null) continue;
      const reads = READERS.has(callee.key) && (value !== ident || !outer || callee.key.endsWith('DumpResponse'));
      const isOurs = callee.decl !== 0 || isKnown(pass, callee);
      if (reads || ((value !== ident || !outer) && isOurs)) found.add(nodeOf(pass, flow, call));
    }
  }
  found.delete(0);
  return found;
}

/** The answer to a HEAD request has no body; nor does anything stay of a transport whose idle connections the function closes. */
export function hasNoBody(pass: Pass, call: NodeIndex, func: NodeIndex): boolean {
  const { tree, bindings } = pass;
  const request = tree.b[call] ?? 0;
  const object = tree.kind[request] === Kind.Ident ? (bindings.objectOf[request] ?? 0) : 0;
  const statement = bindings.decl[object] ?? 0;
  if (object !== 0 && tree.kind[statement] === Kind.AssignStmt) {
    const made = tree.b[statement] ?? 0;
    const fixed = ((bindings.flags[object] ?? 0) & ObjectFlag.Reassigned) === 0;
    if (fixed && tree.kind[made] === Kind.CallExpr && isHead(pass, made)) return true;
  }
  const fun = tree.a[call] ?? 0;
  if (tree.kind[fun] !== Kind.SelectorExpr) return false;
  const closes = `${textOf(tree, tree.a[fun] ?? 0)}.CloseIdleConnections`;
  for (const selector of pass.nodesOf(Kind.SelectorExpr)) {
    if (nameOf(tree, tree.b[selector] ?? 0) !== 'CloseIdleConnections') continue;
    if (pass.functionAround(selector) === func && textOf(tree, selector) === closes) return true;
  }
  return false;
}

/** `http.NewRequest("HEAD", …)`, `http.NewRequestWithContext(ctx, http.MethodHead, …)`. */
function isHead(pass: Pass, made: NodeIndex): boolean {
  const { tree } = pass;
  const key = pass.typing.callee(made)?.key ?? '';
  let method = tree.b[made] ?? 0;
  if (key === 'net/http.NewRequestWithContext') method = tree.next[method] ?? 0;
  else if (key !== 'net/http.NewRequest') return false;
  return /^("HEAD"|`HEAD`|\w+\.MethodHead)$/.test(textOf(tree, method));
}
