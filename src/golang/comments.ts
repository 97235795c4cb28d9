/**
 * Comments of a tree are kept apart from nodes, in source order. Groups are those of go/ast: comments with no token and no
 * empty line between them.
 */
import type { Tree, TreeFile } from './tree.ts';

/** Index into the comment columns. */
type CommentIndex = number;

/** Comments [first, end) of each group of a file, as the firsts; a group ends where the next one begins. */
export function commentGroups(tree: Tree, file: TreeFile): CommentIndex[] {
  const firsts: CommentIndex[] = [];
  for (let comment = file.firstComment; comment < file.endComment; comment++) {
    if (comment === file.firstComment || !joins(tree, comment)) firsts.push(comment);
  }
  return firsts;
}

/**
 * Whether the comment is in the group of the one before it. A comment after code on its line begins a group that only
 * goes on as long as the line does; other groups end at an empty line.
 */
function joins(tree: Tree, comment: CommentIndex): boolean {
  const { source } = tree;
  const start = tree.commentStart[comment] ?? 0;
  const before = tree.commentEnd[comment - 1] ?? 0;
  let lines = 0;
  for (let at = before; at < start; at++) {
    const c = source[at] ?? 0;
    if (c === 0x0a) lines++;
    else if (!isSpace(c)) return false;
  }
  if (lines > 1) return false;
  return lines === 0 || !trails(tree, comment - 1);
}

/** Whether the comment is one of a run that begins after code on its line. */
function trails(tree: Tree, comment: CommentIndex): boolean {
  const { source } = tree;
  let at = (tree.commentStart[comment] ?? 0) - 1;
  for (let previous = comment - 1; at >= 0; ) {
    const c = source[at] ?? 0;
    if (c === 0x0a || c === 0) return false;
    if (isSpace(c)) at--;
    else if (previous >= 0 && tree.commentEnd[previous] === at + 1) {
      at = (tree.commentStart[previous] ?? 0) - 1;
      previous--;
    } else return true;
  }
  return false;
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0d;
}
