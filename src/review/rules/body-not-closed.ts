/** The body of an HTTP response that is not closed: its connection is neither reused nor closed. */
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { predeclared } from '../../golang/universe.ts';
import type { Confidence, Pass, Report, Rule } from '../rule.ts';
import { type Leak, typestate } from '../typestate/engine.ts';
import { calledText, lineAfter, lineOf, skipsSwitch, stepsOf } from '../typestate/explain.ts';
import { typestateFacts } from '../typestate/facts.ts';
import { Mark } from '../typestate/uses.ts';

export const bodyNotClosed: Rule = {
  id: 'body-not-closed',
  summary: 'The body of an HTTP response is not closed on every path.',
  // Always looked at: whoever calls this package may need its facts, and a response may come from one that imports net/http.
  check(pass) {
    pass.engine(typestateFacts);
    for (const leak of pass.engine(typestate)) {
      if (leak.site.resource.id === 'body') pass.report(describe(pass, leak));
    }
  },
};

const ADVICE = 'Defer Body.Close right after the error is checked.';

function describe(pass: Pass, leak: Leak): Report {
  const { tree } = pass;
  const { call } = leak.site;
  const made = calledText(tree, call);
  if (leak.kind === 'discarded') {
    return {
      confidence: 'high',
      node: call,
      message: `the response of ${made} is thrown away and its body never closed: the connection and its two goroutines stay`,
      steps: stepsOf(pass, leak, `${made} gives a response that nobody keeps`, ''),
      advice: 'Keep the response and close its body, also where only the status matters.',
    };
  }
  const name = nameOf(tree, leak.site.ident);
  const body = leak.site.resource.field === '' ? name : `${name}.Body`;
  const never = leak.uses === null || (leak.uses.all & (Mark.Release | Mark.Escape)) === 0;
  const line = lineOf(pass, leak.node);
  const how = {
    return: never ? 'never closed' : `not closed when the function returns on line ${line}`,
    again: `not closed when the loop comes back to line ${line}`,
    overwritten: `not closed before line ${line} puts another ${body === name ? 'body' : 'response'} in ${name}`,
  }[leak.kind];
  const isSure = !leak.read && !skipsSwitch(pass, leak.site.func, leak.way);
  const confidence: Confidence = isSure ? 'high' : 'medium';
  const stays = leak.read
    ? 'read to the end, which gives back HTTP connections only'
    : 'the connection and its two goroutines stay';
  const fix = fixOf(pass, leak);
  return {
    confidence,
    node: call,
    message: `${body} from ${made} is ${how}: ${stays}`,
    steps: stepsOf(
      pass,
      leak,
      `${made} gives the ${body === name ? 'body' : 'response'}`,
      `${body} is still open here`,
    ),
    advice: ADVICE,
    ...(fix === null ? {} : { fix }),
  };
}

const NIL = predeclared('nil');

/** `defer resp.Body.Close()` after `if err != nil { … return }`; safe where nothing else closes or keeps the response. */
function fixOf(pass: Pass, leak: Leak): NonNullable<Report['fix']> | null {
  const { tree } = pass;
  const { site, uses } = leak;
  if (uses === null || (uses.all & (Mark.Release | Mark.Escape)) !== 0 || leak.kind !== 'return') return null;
  const flow = pass.flowOf(site.func);
  if (flow.loop[flow.blockOf(site.statement)] !== 0) return null;
  const check = tree.next[site.statement] ?? 0;
  if (!isErrorCheck(pass, check, site.error) || !leaves(pass, check)) return null;
  const name = nameOf(tree, site.ident);
  const body = site.resource.field === '' ? name : `${name}.Body`;
  const edit = lineAfter(tree, check, `defer ${body}.Close()`);
  return edit === null ? null : { title: `Defer ${body}.Close() here`, edits: [edit], safe: true };
}

/** `if err != nil { … }` without else. */
function isErrorCheck(pass: Pass, statement: NodeIndex, error: number): boolean {
  const { tree, bindings } = pass;
  if (tree.kind[statement] !== Kind.IfStmt || tree.a[statement] !== 0 || tree.d[statement] !== 0) return false;
  const condition = tree.b[statement] ?? 0;
  return (
    error !== 0 &&
    tree.kind[condition] === Kind.BinaryExpr &&
    bindings.objectOf[tree.a[condition] ?? 0] === error &&
    bindings.objectOf[tree.b[condition] ?? 0] === NIL
  );
}

/** The body of an `if` ends in a statement after which nothing behind the `if` runs. */
function leaves(pass: Pass, statement: NodeIndex): boolean {
  const { tree } = pass;
  let last = 0;
  for (let at = tree.a[tree.c[statement] ?? 0] ?? 0; at !== 0; at = tree.next[at] ?? 0) last = at;
  if (tree.kind[last] === Kind.ReturnStmt) return true;
  const flow = pass.flowOf(pass.functionAround(statement));
  const block = flow.blockOf(last);
  return tree.kind[last] === Kind.ExprStmt && block !== -1 && flow.exitKind[block] !== 0;
}
