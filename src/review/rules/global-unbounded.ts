import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import { type ContainerLife, containerLives, type Growth } from '../growth/lives.ts';
import { type RequestPaths, requestPaths } from '../growth/requests.ts';
import { parameterIndex } from '../pools/wrappers.ts';
import type { Confidence, Pass, Rule } from '../rule.ts';

export const globalUnbounded: Rule = {
  id: 'global-unbounded',
  summary: 'A package-level map, slice or sync.Map grows with requests and never shrinks',
  check(pass) {
    const paths = pass.engine(requestPaths);
    if (paths.handlerOf.size === 0) return;
    for (const life of pass.engine(containerLives)) {
      if (life.emptied) continue;
      for (const growth of life.grows) {
        const variable = life.object !== 0 ? life.object : globalOf(pass, paths, life, growth);
        if (variable === 0 || isExported(pass, life, variable) || pass.inGenerated(growth.node)) continue;
        const judged = judge(pass, paths, growth);
        if (judged === null) continue;
        report(pass, life, variable, growth, judged);
        break;
      }
    }
  },
};

interface Judged {
  readonly confidence: Confidence;
  readonly handler: NodeIndex;
}

/** The package-level variable whose field grows in a method that a request calls on it: `store.add(…)`; 0 if there is none. */
function globalOf(pass: Pass, paths: RequestPaths, life: ContainerLife, growth: Growth): ObjectIndex {
  const { tree, bindings, typing } = pass;
  const { types } = typing;
  // `visits.all = append(visits.all, …)`, said of the variable itself.
  let grown = growth.key === 0 ? unparen(tree, tree.b[growth.node] ?? 0) : unparen(tree, tree.a[growth.node] ?? 0);
  if (tree.kind[growth.node] === Kind.CallExpr && growth.key !== 0) grown = unparen(tree, tree.a[grown] ?? 0);
  const owner = tree.kind[grown] === Kind.SelectorExpr ? unparen(tree, tree.a[grown] ?? 0) : 0;
  const direct = tree.kind[owner] === Kind.Ident ? (bindings.objectOf[owner] ?? 0) : 0;
  if (bindings.kind[direct] === ObjectKind.Variable && bindings.func[direct] === 0) return direct;
  const method = pass.functionAround(growth.node);
  for (const call of paths.callsOf.get(method) ?? []) {
    const fun = unparen(tree, tree.a[call] ?? 0);
    const operand = tree.kind[fun] === Kind.SelectorExpr ? unparen(tree, tree.a[fun] ?? 0) : 0;
    const object = tree.kind[operand] === Kind.Ident ? (bindings.objectOf[operand] ?? 0) : 0;
    if (bindings.kind[object] !== ObjectKind.Variable || bindings.func[object] !== 0) continue;
    const type = typing.objectType(object);
    const named = types.named(types.kind(type) === TypeKind.Pointer ? types.element(type) : type);
    if (named !== null && named[0] === pass.pkg.importPath && named[1] === life.type) return object;
  }
  return 0;
}

/** What other packages can get at they may empty, too. */
function isExported(pass: Pass, life: ContainerLife, variable: ObjectIndex): boolean {
  if (pass.pkg.name === 'main') return false;
  const { names } = pass.tree;
  return life.type !== ''
    ? names.exported(names.of(life.name)) && names.exported(names.of(life.type))
    : names.exported(pass.bindings.name[variable] ?? 0);
}

/** Calls from a handler to what still is part of serving its request. */
const NEAR = 2;

/** Null where the growth is not on the way of a request, or its keys are few. */
function judge(pass: Pass, paths: RequestPaths, growth: Growth): Judged | null {
  const func = pass.functionAround(growth.node);
  const handler = paths.handlerOf.get(func);
  if (handler === undefined) return null;
  const { key } = growth;
  const distance = paths.distance.get(func) ?? 0;
  if (key === 0) return distance > NEAR ? null : { confidence: distance === 0 ? 'high' : 'medium', handler };
  if (hasFewValues(pass, key) || isThereAlready(pass, growth.node)) return null;
  const origin = originOf(pass, paths, key);
  if (origin === 'fixed') return null;
  // Far from the handler, and by nothing that the request says: rather setting up than serving.
  if (origin === 'other' && distance > NEAR) return null;
  return { confidence: origin === 'request' ? 'high' : 'medium', handler };
}

/** Constants, booleans, bytes, enumerations and types: there are only so many. */
function hasFewValues(pass: Pass, key: NodeIndex): boolean {
  const { typing, tree } = pass;
  const { types } = typing;
  if (tree.kind[key] === Kind.BasicLit || typing.integer(key) !== null) return true;
  const type: TypeIndex = typing.typeOf(key);
  const named = types.named(type);
  if (named !== null && named[0] === 'reflect' && named[1] === 'Type') return true;
  const basic = types.basic(types.underlying(type));
  if (/^(bool|u?int8)$/.test(basic)) return true;
  // A defined integer or string type is an enumeration more often than not.
  return named !== null && basic !== '';
}

/** `if _, ok := m[k]; ok { m[k]++ }`: no key is new. */
function isThereAlready(pass: Pass, element: NodeIndex): boolean {
  const { tree, bindings } = pass;
  if (tree.kind[element] !== Kind.IndexExpr) return false;
  const wanted = textOf(tree, element);
  let below = element;
  for (let at = tree.parent[below] ?? 0; at !== 0; at = tree.parent[at] ?? 0) {
    const kind = tree.kind[at];
    if (kind === Kind.FuncDecl || kind === Kind.FuncLit) return false;
    if (kind === Kind.IfStmt && tree.c[at] === below) {
      const condition = unparen(tree, tree.b[at] ?? 0);
      const object = tree.kind[condition] === Kind.Ident ? (bindings.objectOf[condition] ?? 0) : 0;
      const decl = bindings.decl[object] ?? 0;
      const isAsked = object !== 0 && tree.kind[decl] === Kind.AssignStmt && textOf(tree, tree.b[decl] ?? 0) === wanted;
      if (isAsked && ((bindings.flags[object] ?? 0) & ObjectFlag.Reassigned) === 0) return true;
    }
    below = at;
  }
  return false;
}

/** How many variables are followed back. */
const STEPS = 40;

/**
 * Where a key comes from: a request; elsewhere ('other': a counter, the clock, a result); or it is a constant on every way
 * ('fixed'). Followed through assignments, and through parameters to the calls on the way of a request.
 */
function originOf(pass: Pass, paths: RequestPaths, key: NodeIndex): 'request' | 'other' | 'fixed' {
  const { bindings, typing, tree } = pass;
  const seen = new Set<ObjectIndex>();
  const queue: NodeIndex[] = [key];
  let other = false;
  for (const expression of queue) {
    const variables = variablesIn(pass, expression);
    if (variables.length === 0) other ||= !isFixed(pass, expression);
    for (const object of variables) {
      if (seen.has(object) || seen.size > STEPS) continue;
      seen.add(object);
      const flags = bindings.flags[object] ?? 0;
      if ((flags & ObjectFlag.Parameter) !== 0 && paths.isRequest(object)) return 'request';
      const func = bindings.func[object] ?? 0;
      const isParameter = (flags & ObjectFlag.Parameter) !== 0 && tree.kind[func] === Kind.FuncDecl;
      const index = isParameter ? (parameterIndex(pass, func, bindings.ident[object] ?? 0) ?? -1) : -1;
      const calls = index === -1 ? [] : (paths.callsOf.get(func) ?? []);
      for (const call of calls) {
        let argument = tree.b[call] ?? 0;
        for (let skip = index; skip > 0; skip--) argument = tree.next[argument] ?? 0;
        if (argument !== 0) queue.push(argument);
      }
      const values = valuesOf(pass, object);
      queue.push(...values);
      // A variable of which nothing is seen: a receiver, a parameter of a literal, a range over a channel.
      if (values.length === 0 && calls.length === 0 && typing.objectType(object) !== 0) other = true;
    }
  }
  return other ? 'other' : 'fixed';
}

/** Literals and constants. */
function isFixed(pass: Pass, expression: NodeIndex): boolean {
  const at = unparen(pass.tree, expression);
  const { tree, bindings } = pass;
  if (tree.kind[at] === Kind.BasicLit || tree.kind[at] === Kind.FuncLit) return true;
  if (tree.kind[at] === Kind.Ident) return bindings.kind[bindings.objectOf[at] ?? 0] !== ObjectKind.Variable;
  if (tree.kind[at] === Kind.CompositeLit) return true;
  return pass.typing.integer(at) !== null;
}

/** Local variables and parameters that an expression names. */
function variablesIn(pass: Pass, expression: NodeIndex): ObjectIndex[] {
  const { tree, bindings } = pass;
  const found: ObjectIndex[] = [];
  const stack = [expression];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const kind = tree.kind[at];
    if (kind === Kind.FuncLit) continue;
    if (kind === Kind.Ident) {
      const object = bindings.objectOf[at] ?? 0;
      if (bindings.kind[object] === ObjectKind.Variable && bindings.func[object] !== 0) found.push(object);
      continue;
    }
    for (const slot of [tree.a, tree.b, tree.c, tree.d])
      for (let child = slot[at] ?? 0; child !== 0; child = tree.next[child] ?? 0) stack.push(child);
  }
  return found;
}

/** Right sides that a local variable is given, and what is decoded into it. */
function valuesOf(pass: Pass, object: ObjectIndex): NodeIndex[] {
  const { tree, bindings } = pass;
  const values: NodeIndex[] = [];
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    const above = tree.parent[ident] ?? 0;
    if (tree.kind[above] === Kind.AssignStmt) {
      let left = tree.a[above] ?? 0;
      let right = tree.b[above] ?? 0;
      for (; left !== 0 && left !== ident; left = tree.next[left] ?? 0)
        if (tree.next[right] !== 0) right = tree.next[right] ?? 0;
      if (left === ident) values.push(right);
    } else if (tree.kind[above] === Kind.RangeStmt && (tree.a[above] === ident || tree.b[above] === ident)) {
      values.push(tree.c[above] ?? 0);
    } else if (tree.kind[above] === Kind.UnaryExpr) {
      // json.NewDecoder(r.Body).Decode(&v)
      const call = tree.parent[above] ?? 0;
      if (tree.kind[call] === Kind.CallExpr) values.push(tree.a[call] ?? 0);
    }
  }
  return values;
}

function report(pass: Pass, life: ContainerLife, variable: ObjectIndex, growth: Growth, judged: Judged): void {
  const { tree, bindings } = pass;
  const name = life.type === '' ? life.name : `${tree.names.text(bindings.name[variable] ?? 0)}.${life.name}`;
  const handler = functionText(pass, judged.handler);
  const by = growth.key === 0 ? '' : ` by ${textOf(tree, growth.key)}`;
  pass.report({
    confidence: judged.confidence,
    node: growth.node,
    message: `${name} grows${by} with each request and nothing ever takes an entry out`,
    steps: [
      { node: bindings.ident[variable] ?? 0, says: `${name} lives as long as the process` },
      ...(judged.handler === 0 ? [] : [{ node: judged.handler, says: `${handler} runs for each request` }]),
      { node: growth.node, says: `it grows here` },
    ],
    advice: `Bound ${name}: delete entries that are done or old, or use a cache with a limit.`,
  });
}

function functionText(pass: Pass, func: NodeIndex): string {
  const { tree } = pass;
  return tree.kind[func] === Kind.FuncDecl ? nameOf(tree, tree.b[func] ?? 0) : 'the function literal';
}
