/**
 * The syntax of one package as columns. All files of a package share one tree, so that a node, wherever it is, is one
 * integer and every later pass (bindings, types, flow) is an array over nodes.
 *
 * Sources are laid one after the other in `source`, each followed by one NUL byte; all offsets are into `source`.
 * Memory: about 40 bytes a node, and Go has about one node per 8 bytes of source, so the tree of a large package
 * (2 MB) takes 10 MB. Trees are dropped once their package is reviewed.
 */

import type { Names } from './names.ts';
import { Kind } from './nodes.ts';

/** Index of a node; 0 is none. Children are made before their parents, so a child's index is the lower one. */
export type NodeIndex = number;
/** Byte offset into `Tree.source`. */
export type Offset = number;

/** One file of the package. */
export interface TreeFile {
  /** As it was given to the parser: absolute, or relative to where the user is. */
  readonly path: string;
  /** Where its first byte is in `Tree.source`. */
  readonly base: Offset;
  /** Bytes. */
  readonly size: number;
  /** Its File node. */
  readonly root: NodeIndex;
  /** Its comments are [firstComment, endComment) of the comment columns. */
  readonly firstComment: number;
  readonly endComment: number;
  /** "Code generated … DO NOT EDIT." stands before the package clause. */
  readonly generated: boolean;
}

/** What the parser could not make sense of. It goes on after each; the first is the one that matters to people. */
export interface SyntaxProblem {
  readonly offset: Offset;
  /** A sentence without position, e.g. `expected ')', found newline`. */
  readonly message: string;
}

export interface Tree {
  readonly names: Names;
  readonly source: Uint8Array;
  readonly files: readonly TreeFile[];
  /** Nodes, node 0 included. Columns may be longer than this. */
  readonly count: number;
  readonly kind: Uint8Array;
  readonly op: Uint8Array;
  /** Offset of the first byte: Pos() of go/ast. */
  readonly start: Int32Array;
  /** Offset after the last byte: End() of go/ast. */
  readonly end: Int32Array;
  readonly data: Int32Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly c: Int32Array;
  readonly d: Int32Array;
  /** The next item of the list that the node is in; 0 at its end. */
  readonly next: Int32Array;
  /** 0 for File nodes. */
  readonly parent: Int32Array;
  /** Comments in source order: each `//…` (without the line break) or a general comment with its end. */
  readonly commentStart: Int32Array;
  readonly commentEnd: Int32Array;
  readonly problems: readonly SyntaxProblem[];
}

/** A place for people. */
export interface Position {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in bytes, as Go counts. */
  readonly column: number;
}

/** The file that an offset is in (binary search over the bases). */
export function fileAt(tree: Tree, offset: Offset): TreeFile {
  const { files } = tree;
  let low = 0;
  let high = files.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((files[middle]?.base ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const file = files[low];
  if (file === undefined) throw new RangeError('a tree without files has no positions');
  return file;
}

/** Line and column of an offset. Counts line breaks from the file's start: for reports, not for loops. */
export function positionAt(tree: Tree, offset: Offset): Position {
  const file = fileAt(tree, offset);
  const { source } = tree;
  let line = 1;
  let lineStart = file.base;
  for (let at = source.indexOf(10, file.base); at !== -1 && at < offset; at = source.indexOf(10, at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { path: file.path, line, column: offset - lineStart + 1 };
}

/** The source text between two offsets. */
export function textBetween(tree: Tree, start: Offset, end: Offset): string {
  return decoder.decode(tree.source.subarray(start, end));
}

/** The source text of a node. */
export function textOf(tree: Tree, node: NodeIndex): string {
  return textBetween(tree, tree.start[node] ?? 0, tree.end[node] ?? 0);
}

/** The text of an identifier; '' for any other node. */
export function nameOf(tree: Tree, node: NodeIndex): string {
  return tree.kind[node] === Kind.Ident ? tree.names.text(tree.data[node] ?? 0) : '';
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
