/** What is left to do in the walk that binds: nodes with actions, as integers on a stack. */
import { grown } from './bind-table.ts';
import type { NodeIndex } from './tree.ts';

export const Action = {
  /** Bind the node and those after it in its list. */
  Walk: 0,
  /** The node alone. */
  Single: 1,
  /** The innermost scope ends. */
  Close: 2,
  /** So does the innermost function. */
  Leave: 3,
  /** A local ValueSpec's names are visible from here on; likewise: */
  Specify: 4,
  /** … the new ones on the left of an AssignStmt, */
  Define: 5,
  /** … key and value of a RangeStmt, */
  Range: 6,
  /** … the implicit variable of a CaseClause, */
  Implicit: 7,
  /** … the names in a FieldList of a signature. */
  Receiver: 8,
  Parameters: 9,
  Results: 10,
  /** Elements of a struct literal, from this one on: keys that are names are its fields. */
  Elements: 11,
} as const;

const ACTION_BITS = 4;
const ACTION_MASK = (1 << ACTION_BITS) - 1;

/** Items are node × 16 + action, so nodes must be fewer than 2^27: a tree of as many has columns of 5 GB. */
export class Work {
  #stack = new Int32Array(1024);
  #top = 0;

  push(action: number, node: NodeIndex): void {
    if (this.#top === this.#stack.length) this.#stack = grown(this.#stack, new Int32Array(this.#top * 2));
    this.#stack[this.#top++] = (node << ACTION_BITS) | action;
  }

  /** Pushes a slot's node, or its list, if there is one. */
  pushList(node: NodeIndex | undefined): void {
    if (node !== undefined && node !== 0) this.push(Action.Walk, node);
  }

  /** The next item; -1 if nothing is left. */
  pop(): number {
    return this.#top === 0 ? -1 : (this.#stack[--this.#top] ?? -1);
  }
}

export function nodeIn(item: number): NodeIndex {
  return item >>> ACTION_BITS;
}

export function actionIn(item: number): number {
  return item & ACTION_MASK;
}
