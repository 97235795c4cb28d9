/** Words that several engines put into their explanations. */
import { type NodeIndex, type Tree, textOf } from '../golang/tree.ts';

/** Bytes of a condition that still reads well within a sentence. */
const MOST = 60;

/** A condition as it is written, to say that it holds; "this" where it is long: the step shows the line as well. */
export function conditionText(tree: Tree, condition: NodeIndex): string {
  const text = textOf(tree, condition);
  return text.length > MOST || text.includes('\n') ? 'this' : `\`${text}\``;
}
