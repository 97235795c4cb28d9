/** Functions of a package that run for each request: handlers, and what they call. Asked for with `pass.engine(requestPaths)`. */
import { ObjectFlag, type ObjectIndex } from '../../golang/bindings.ts';
import type { NameIndex } from '../../golang/names.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import type { TypeIndex } from '../../golang/typing.ts';
import { TypeKind } from '../../golang/typing.ts';
import { functionOf } from '../pools/calls.ts';
import type { Pass } from '../rule.ts';

export interface RequestPaths {
  /** FuncDecl or FuncLit → the handler that it is run for (itself for a handler). */
  readonly handlerOf: ReadonlyMap<NodeIndex, NodeIndex>;
  /** How many calls a function is away from its handler. */
  readonly distance: ReadonlyMap<NodeIndex, number>;
  /** Calls on the way of a request, by the function of this package that they call. */
  readonly callsOf: ReadonlyMap<NodeIndex, readonly NodeIndex[]>;
  /** Whether a parameter carries a request. */
  isRequest(object: ObjectIndex): boolean;
}

/** Types of parameters that come with each request or connection. */
const REQUESTS: ReadonlySet<string> = new Set([
  'net/http.Request',
  'net/http.ResponseWriter',
  'net.Conn',
  'github.com/gin-gonic/gin.Context',
  'github.com/labstack/echo/v4.Context',
  'github.com/gofiber/fiber/v2.Ctx',
  'github.com/valyala/fasthttp.RequestCtx',
  'google.golang.org/grpc.ServerStream',
]);

const REQUEST_NAMES = [...REQUESTS].map((key) => key.slice(key.lastIndexOf('.') + 1));

export function requestPaths(pass: Pass): RequestPaths {
  const { tree, bindings } = pass;
  const names = new Set(REQUEST_NAMES.map((name) => tree.names.of(name)));
  const handlerOf = new Map<NodeIndex, NodeIndex>();
  const distance = new Map<NodeIndex, number>();
  const queue: NodeIndex[] = [];
  for (const func of bindings.functions) {
    if (pass.inTest(func) || !isHandler(pass, func, names)) continue;
    handlerOf.set(func, func);
    distance.set(func, 0);
    queue.push(func);
  }
  if (queue.length === 0) return { handlerOf, distance: new Map(), callsOf: new Map(), isRequest: () => false };
  const calls = callsByFunction(pass);
  const callsOf = new Map<NodeIndex, NodeIndex[]>();
  for (const func of queue) {
    const handler = handlerOf.get(func) ?? func;
    const add = (next: NodeIndex): void => {
      if (next === 0 || handlerOf.has(next)) return;
      handlerOf.set(next, handler);
      distance.set(next, (distance.get(func) ?? 0) + 1);
      queue.push(next);
    };
    for (const call of calls.get(func) ?? []) {
      const decl = pass.typing.callee(call)?.decl ?? 0;
      add(decl);
      const known = callsOf.get(decl);
      if (known === undefined) callsOf.set(decl, [call]);
      else known.push(call);
      for (let at = tree.b[call] ?? 0; at !== 0; at = tree.next[at] ?? 0)
        if (tree.kind[at] === Kind.FuncLit) add(functionOf(pass, at));
    }
  }
  return { handlerOf, distance, callsOf, isRequest: (object) => isRequestType(pass, pass.typing.objectType(object)) };
}

function callsByFunction(pass: Pass): Map<NodeIndex, NodeIndex[]> {
  const calls = new Map<NodeIndex, NodeIndex[]>();
  for (const call of pass.nodesOf(Kind.CallExpr)) {
    const func = pass.functionAround(call);
    const known = calls.get(func);
    if (known === undefined) calls.set(func, [call]);
    else known.push(call);
  }
  return calls;
}

/** A function with a parameter of a request's type. With a Response beside the Request it is the program's own request. */
function isHandler(pass: Pass, func: NodeIndex, names: ReadonlySet<NameIndex>): boolean {
  const { tree, bindings } = pass;
  const type = tree.kind[func] === Kind.FuncDecl ? tree.c[func] : tree.a[func];
  for (let field = tree.a[tree.b[type ?? 0] ?? 0] ?? 0; field !== 0; field = tree.next[field] ?? 0) {
    // Types are asked for only where the last name is one of the few.
    let written = tree.b[field] ?? 0;
    if (tree.kind[written] === Kind.StarExpr) written = tree.a[written] ?? 0;
    if (tree.kind[written] === Kind.SelectorExpr) written = tree.b[written] ?? 0;
    if (tree.kind[written] !== Kind.Ident || !names.has(tree.data[written] ?? 0)) continue;
    const name = tree.a[field] ?? 0;
    const object = bindings.objectOf[name] ?? 0;
    const declared = object !== 0 && ((bindings.flags[object] ?? 0) & ObjectFlag.Parameter) !== 0;
    const at = declared ? pass.typing.objectType(object) : pass.typing.typeOf(tree.b[field] ?? 0);
    if (isRequestType(pass, at)) return !hasResponse(pass, type ?? 0);
  }
  return false;
}

/** A parameter or result of a signature is a http.Response. */
function hasResponse(pass: Pass, signature: NodeIndex): boolean {
  const { tree } = pass;
  for (const fields of [tree.b[signature] ?? 0, tree.c[signature] ?? 0]) {
    for (let field = tree.a[fields] ?? 0; field !== 0; field = tree.next[field] ?? 0) {
      let written = tree.b[field] ?? 0;
      if (tree.kind[written] === Kind.StarExpr) written = tree.a[written] ?? 0;
      if (tree.kind[written] !== Kind.SelectorExpr || nameOf(tree, tree.b[written] ?? 0) !== 'Response') continue;
      const named = pass.typing.types.named(pass.typing.typeOf(written));
      if (named !== null && named[0] === 'net/http') return true;
    }
  }
  return false;
}

function isRequestType(pass: Pass, type: TypeIndex): boolean {
  const { types } = pass.typing;
  const named = types.named(types.kind(type) === TypeKind.Pointer ? types.element(type) : type);
  return named !== null && REQUESTS.has(`${named[0]}.${named[1]}`);
}
