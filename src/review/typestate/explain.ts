/** Words and edits that the rules of the engine share. */
import { EdgeKind } from '../../golang/flow.ts';
import { decisionsOn } from '../../golang/flow-query.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, positionAt, type Tree, textBetween, textOf } from '../../golang/tree.ts';
import type { Edit, Pass, Step } from '../rule.ts';
import { conditionText } from '../wording.ts';
import type { Leak } from './engine.ts';

/** More decisions than that explain nothing. */
const DECISIONS = 6;

/** The way from the acquire to where the resource is lost. `acquired` and `lost` are the first and the last step's words. */
export function stepsOf(pass: Pass, leak: Leak, acquired: string, lost: string): Step[] {
  const first = { node: leak.site.call, says: acquired };
  if (leak.kind === 'discarded') return [first];
  return waySteps(pass, leak.site.func, leak.way, first, { node: leak.node, says: lost });
}

/** First step, what was decided on the way, last step. */
export function waySteps(pass: Pass, func: NodeIndex, way: readonly number[], first: Step, last: Step): Step[] {
  const steps: Step[] = [first];
  for (const { node, kind } of decisionsOn(pass.flowOf(func), way).slice(0, DECISIONS)) {
    const says = decision(pass.tree, node, kind);
    if (says !== '') steps.push({ node, says });
  }
  steps.push(last);
  return steps;
}

function decision(tree: Tree, node: NodeIndex, kind: number): string {
  switch (kind) {
    case EdgeKind.True:
      return `${conditionText(tree, node)} holds`;
    case EdgeKind.False:
      return `${conditionText(tree, node)} does not hold`;
    case EdgeKind.Case:
    case EdgeKind.Select:
      return tree.kind[node] === Kind.SwitchStmt || tree.kind[node] === Kind.TypeSwitchStmt
        ? 'no case matches'
        : 'this case is taken';
    case EdgeKind.Done:
      return 'the loop is over';
    default:
      return '';
  }
}

/** A way on which no clause of a switch matched: whoever wrote it may know that one always does. */
export function skipsSwitch(pass: Pass, func: NodeIndex, way: readonly number[]): boolean {
  const flow = pass.flowOf(func);
  return way.some((edge) => {
    const node = flow.edgeNode[edge] ?? 0;
    return flow.edgeKind[edge] === EdgeKind.Case && pass.tree.kind[node] === Kind.SwitchStmt && pass.tree.b[node] !== 0;
  });
}

/** `line 12`: where a leak's way ends, for a message. The end of a body is its brace. */
export function lineOf(pass: Pass, node: NodeIndex): number {
  const { tree } = pass;
  const isBody = tree.kind[node] === Kind.BlockStmt;
  const brace = tree.data[node] ?? -1;
  return positionAt(tree, isBody && brace >= 0 ? brace : (tree.start[node] ?? 0)).line;
}

/** The called function as it is written: `http.Get`, `s.client.Do`. */
export function calledText(tree: Tree, call: NodeIndex): string {
  const text = textOf(tree, tree.a[call] ?? 0);
  return text.length > 60 || text.includes('\n') ? `…${text.slice(text.lastIndexOf('.'))}` : text;
}

/**
 * A line to insert after a statement, with its indentation. Null where the statement is not alone on its last line, or
 * is no member of a list of statements (the init of an `if`).
 */
export function lineAfter(tree: Tree, statement: NodeIndex, text: string): Edit | null {
  const list = tree.kind[tree.parent[statement] ?? 0];
  if (list !== Kind.BlockStmt && list !== Kind.CaseClause && list !== Kind.CommClause) return null;
  const start = tree.start[statement] ?? 0;
  const lineStart = start === 0 ? 0 : tree.source.lastIndexOf(10, start - 1) + 1;
  const indent = textBetween(tree, lineStart, start);
  if (/[^\t ]/.test(indent)) return null;
  const end = tree.end[statement] ?? 0;
  const lineEnd = tree.source.indexOf(10, end);
  if (lineEnd === -1 || !/^[\t ]*(\/\/[^\n]*)?\r?$/.test(textBetween(tree, end, lineEnd))) return null;
  return { start: lineEnd, end: lineEnd, text: `\n${indent}${text}` };
}
