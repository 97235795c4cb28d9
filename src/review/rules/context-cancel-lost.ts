/** A context's cancel function that is thrown away, or that some way out of the function never mentions. */
import type { ObjectIndex } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import type { Confidence, Pass, Report, Rule } from '../rule.ts';
import { type Leak, typestate } from '../typestate/engine.ts';
import { calledText, lineAfter, lineOf, stepsOf } from '../typestate/explain.ts';
import { RESOURCES } from '../typestate/resources.ts';

export const contextCancelLost: Rule = {
  id: 'context-cancel-lost',
  summary: "A context's cancel function is not called on every path.",
  when: { imports: ['context', 'os/signal'] },
  check(pass) {
    for (const leak of pass.engine(typestate)) {
      if (leak.site.resource.id === 'cancel') pass.report(describe(pass, leak));
    }
    const names = new Set([...MAKERS].map((key) => pass.tree.names.of(key.slice(key.lastIndexOf('.') + 1))));
    for (const call of pass.nodesOf(Kind.CallExpr)) {
      const fun = pass.tree.a[call] ?? 0;
      if (pass.tree.kind[fun] !== Kind.SelectorExpr || !names.has(pass.tree.data[pass.tree.b[fun] ?? 0] ?? 0)) continue;
      if (MAKERS.has(pass.typing.callee(call)?.key ?? '')) forgottenField(pass, call);
    }
  },
};

const MAKERS: ReadonlySet<string> = new Set(
  RESOURCES.filter((resource) => resource.id === 'cancel').flatMap(({ acquires }) => acquires.map(({ key }) => key)),
);

/** The cancel function is put into a field that nothing in the package ever reads. */
function forgottenField(pass: Pass, call: NodeIndex): void {
  const { tree } = pass;
  const field = fieldFor(pass, call);
  const name = tree.data[field] ?? 0;
  if (field === 0 || tree.names.exported(name)) return;
  for (const selector of pass.nodesOf(Kind.SelectorExpr)) {
    if (tree.data[tree.b[selector] ?? 0] !== name) continue;
    const above = tree.parent[selector] ?? 0;
    // Set, not read.
    let isLeft = false;
    if (tree.kind[above] === Kind.AssignStmt)
      for (const left of leftOf(pass, above)) if (left === selector) isLeft = true;
    if (!isLeft) return;
  }
  pass.report({
    confidence: 'medium',
    node: call,
    message: `the cancel function is kept in ${tree.names.text(name)}, which nothing in this package reads: the context stays until its parent is done`,
    steps: [
      { node: call, says: `${calledText(tree, call)} makes it` },
      { node: field, says: 'kept here, and never called' },
    ],
    advice: `Call ${tree.names.text(name)} where the work that the context is for ends.`,
  });
}

/** The identifier of the struct field of this package that a call's cancel function goes to, directly or by one variable; 0: none. */
function fieldFor(pass: Pass, call: NodeIndex): NodeIndex {
  const { tree, bindings, typing } = pass;
  const statement = tree.parent[call] ?? 0;
  if (tree.kind[statement] !== Kind.AssignStmt || tree.b[statement] !== call) return 0;
  const cancel = leftOf(pass, statement)[1] ?? 0;
  if (tree.kind[cancel] === Kind.SelectorExpr) return fieldOfSelector(pass, cancel);
  const object = tree.kind[cancel] === Kind.Ident ? (bindings.objectOf[cancel] ?? 0) : 0;
  if (object === 0) return 0;
  let field = 0;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const use = bindings.uses[at] ?? 0;
    if (use === cancel || use === bindings.ident[object]) continue;
    const above = tree.parent[use] ?? 0;
    if (field !== 0) return 0;
    if (tree.kind[above] === Kind.KeyValueExpr && tree.b[above] === use) {
      const key = tree.a[above] ?? 0;
      field = tree.kind[key] === Kind.Ident && typing.fieldOf(key) !== 0 ? key : 0;
    } else if (tree.kind[above] === Kind.AssignStmt && tree.b[above] === use && tree.next[use] === 0) {
      const left = tree.a[above] ?? 0;
      field = tree.kind[left] === Kind.SelectorExpr ? fieldOfSelector(pass, left) : 0;
    }
    if (field === 0) return 0;
  }
  return field;
}

function fieldOfSelector(pass: Pass, selector: NodeIndex): NodeIndex {
  const selection = pass.typing.selection(selector);
  return selection?.kind === 'field' && selection.decl !== 0 ? (pass.tree.b[selector] ?? 0) : 0;
}

const ADVICE = 'Defer the cancel function right after it is made; to call it twice does no harm.';

function describe(pass: Pass, leak: Leak): Report {
  const { tree } = pass;
  const { call } = leak.site;
  const made = calledText(tree, call);
  const what = made.endsWith('NotifyContext') ? 'stop' : 'cancel';
  const fix = fixOf(pass, leak);
  // A thrown away timeout is bounded by its time; and what a loop makes again it may have cancelled by a way of its own.
  const isTimed = /Timeout|Deadline/.test(made);
  // The first context is often meant to be replaced, too, under a condition that we do not see through.
  const isDoubtful = (leak.kind === 'discarded' && isTimed) || leak.kind === 'again' || leak.kind === 'overwritten';
  const confidence: Confidence = isDoubtful ? 'medium' : 'high';
  const base = { confidence, node: call, advice: ADVICE, ...(fix === null ? {} : { fix }) } as const;
  if (leak.kind === 'discarded') {
    const until = isTimed ? 'its time is up or the parent is done' : 'the parent is done';
    const message = `the ${what} function of ${made} is thrown away: the context stays until ${until}`;
    return { ...base, message, steps: stepsOf(pass, leak, `${made} makes it, nobody keeps it`, '') };
  }
  const name = nameOf(tree, leak.site.ident);
  const lost = {
    return: `the function can return on line ${lineOf(pass, leak.node)} without it`,
    again: `the loop can come back to line ${lineOf(pass, leak.node)} and make another one without it`,
    overwritten: `line ${lineOf(pass, leak.node)} puts another value in it before`,
  }[leak.kind];
  const end = { return: 'the function ends here', again: 'made again here', overwritten: 'overwritten here' }[
    leak.kind
  ];
  const message = `${name}, the ${what} function of ${made}, is not called on all paths: ${lost}`;
  return {
    ...base,
    message,
    steps: stepsOf(pass, leak, `${name} comes from here`, `${end}, ${name} was not called`),
  };
}

/** `defer cancel()` right after it is made. Safe where nothing mentions it and the context stays in the function. */
function fixOf(pass: Pass, leak: Leak): NonNullable<Report['fix']> | null {
  const { tree } = pass;
  const { site } = leak;
  const flow = pass.flowOf(site.func);
  // A deferred call in a loop runs too late.
  if (leak.kind === 'again' || flow.loop[flow.blockOf(site.statement)] !== 0) return null;
  if (tree.kind[site.statement] !== Kind.AssignStmt) return null;
  const [context = 0, cancel = 0] = leftOf(pass, site.statement);
  if (leak.kind === 'discarded') {
    if (cancel === 0 || isNamed(pass, site.func, 'cancel')) return null;
    const line = lineAfter(tree, site.statement, 'defer cancel()');
    if (line === null) return null;
    const name = { start: tree.start[cancel] ?? 0, end: tree.end[cancel] ?? 0, text: 'cancel' };
    return { title: 'Name the cancel function and defer it', edits: [name, line], safe: false };
  }
  if (leak.uses === null || leak.uses.marks.size > 1) return null;
  const name = nameOf(tree, site.ident);
  const line = lineAfter(tree, site.statement, `defer ${name}()`);
  if (line === null) return null;
  const safe = staysInside(pass, pass.bindings.objectOf[context] ?? 0, site.func, site.statement);
  return { title: `Defer ${name}() here`, edits: [line], safe };
}

function leftOf(pass: Pass, statement: NodeIndex): NodeIndex[] {
  const { tree } = pass;
  const left: NodeIndex[] = [];
  for (let at = tree.a[statement] ?? 0; at !== 0; at = tree.next[at] ?? 0) left.push(at);
  return left;
}

/** Whether the function's text has the name: then we do not put a variable of that name into it. */
function isNamed(pass: Pass, func: NodeIndex, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(textOf(pass.tree, func));
}

/** The context is only passed to calls that run now: to cancel it at the end of the function takes nothing from anybody. */
function staysInside(pass: Pass, context: ObjectIndex, func: NodeIndex, made: NodeIndex): boolean {
  const { tree, bindings } = pass;
  if (context === 0 || bindings.func[context] !== func) return false;
  for (let at = bindings.useStart[context] ?? 0; at < (bindings.useStart[context + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    const above = tree.parent[ident] ?? 0;
    if (ident === bindings.ident[context] || above === made) continue;
    if (pass.functionAround(ident) !== func || tree.kind[above] !== Kind.CallExpr) return false;
    const use = tree.kind[tree.parent[above] ?? 0];
    if (use !== Kind.ExprStmt && use !== Kind.AssignStmt && use !== Kind.IfStmt && use !== Kind.ReturnStmt)
      return false;
    // What a constructor makes may keep it.
    const fun = tree.a[above] ?? 0;
    if (/^(New|With|Start|Open)/i.test(nameOf(tree, tree.kind[fun] === Kind.SelectorExpr ? (tree.b[fun] ?? 0) : fun))) {
      if ((tree.start[above] ?? 0) > (tree.start[made] ?? 0) && tree.parent[above] !== made) return false;
    }
  }
  return true;
}
