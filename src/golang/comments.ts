/**
 * Comments of a tree. They are kept apart from nodes, in source order; these helpers answer what stands where. Groups are
 * those of go/ast: comments with no token and no empty line between them.
 */
import type { Offset, Tree, TreeFile } from './tree.ts';

/** Index into the comment columns. */
export type CommentIndex = number;

/** The comment with its markers. */
export function commentText(tree: Tree, comment: CommentIndex): string {
  return decoder.decode(tree.source.subarray(tree.commentStart[comment], tree.commentEnd[comment]));
}

/** Whether the comment is `//…`, which alone can be a directive. */
export function isLineComment(tree: Tree, comment: CommentIndex): boolean {
  return tree.source[(tree.commentStart[comment] ?? 0) + 1] === 0x2f;
}

/** The first comment of the file that begins at or after the offset; `file.endComment` if there is none. */
export function commentFrom(tree: Tree, file: TreeFile, offset: Offset): CommentIndex {
  let low = file.firstComment;
  let high = file.endComment;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tree.commentStart[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether there is code before the comment on its line. */
export function followsCode(tree: Tree, comment: CommentIndex): boolean {
  const { source } = tree;
  for (let at = (tree.commentStart[comment] ?? 0) - 1; at >= 0 && source[at] !== 0x0a && source[at] !== 0; at--) {
    const c = source[at] ?? 0;
    if (c !== 0x20 && c !== 0x09 && c !== 0x0d) return true;
  }
  return false;
}

/**
 * Offset of the first byte of code after the comment, other comments passed over; the file's end if there is none. It is
 * the line that a comment above code stands for.
 */
export function codeAfter(tree: Tree, file: TreeFile, comment: CommentIndex): Offset {
  const end = file.base + file.size;
  let at = tree.commentEnd[comment] ?? 0;
  for (let next = comment + 1; at < end; ) {
    if (next < file.endComment && tree.commentStart[next] === at) {
      at = tree.commentEnd[next] ?? end;
      next++;
    } else if (isSpace(tree.source[at] ?? 0)) at++;
    else return at;
  }
  return end;
}

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

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
