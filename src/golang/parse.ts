/** Go source to the columns of a Tree: one builder per package, one add() per file. */
import { createNames, type Names } from './names.ts';
import { parseSourceFile } from './parse-declarations.ts';
import { Parser } from './parse-state.ts';
import type { SyntaxProblem, Tree, TreeFile } from './tree.ts';

export interface TreeBuilder {
  /** Parses one more file of the package. Any bytes will do: what is wrong with them becomes problems of the tree. */
  add(path: string, source: Uint8Array): void;
  /** The tree of all files so far, in columns of exact length. The builder is done with. */
  finish(): Tree;
}

export interface TreeOptions {
  /** `skip`: bodies of function declarations are passed over; FuncDecl.d is a BlockStmt without statements. */
  readonly bodies?: 'parse' | 'skip';
}

export function createTreeBuilder(names: Names, options: TreeOptions = {}): TreeBuilder {
  let parser: Parser | null = takeParser(names);
  parser.skipBodies = options.bodies === 'skip';
  const files: TreeFile[] = [];
  let size = 0;
  const active = (): Parser => {
    if (parser === null) throw new Error('the tree is finished: nothing can be added');
    return parser;
  };
  return {
    add(path, source) {
      const p = active();
      const base = size;
      reserve(p, size + source.length + 1, size);
      p.source.set(source, base);
      size += source.length;
      p.source[size] = 0;
      const firstComment = p.commentCount;
      p.startFile(base, size);
      const root = parseSourceFile(p, files.length);
      files.push({
        path,
        base,
        size: source.length,
        root,
        firstComment,
        endComment: p.commentCount,
        generated: isGenerated(p, root, firstComment),
      });
      size++;
    },
    finish() {
      const p = active();
      parser = null;
      const tree = treeOf(p, files, size);
      giveBack(p);
      return tree;
    },
  };
}

/** The tree of a single file. */
export function parseFile(path: string, source: Uint8Array, names: Names = createNames()): Tree {
  const builder = createTreeBuilder(names);
  builder.add(path, source);
  return builder.finish();
}

function treeOf(p: Parser, files: readonly TreeFile[], size: number): Tree {
  const { count } = p;
  return {
    names: p.names,
    source: p.source.slice(0, size),
    files,
    count,
    kind: p.kind.slice(0, count),
    op: p.op.slice(0, count),
    start: p.starts.slice(0, count),
    end: p.ends.slice(0, count),
    data: p.data.slice(0, count),
    a: p.a.slice(0, count),
    b: p.b.slice(0, count),
    c: p.c.slice(0, count),
    d: p.d.slice(0, count),
    next: p.link.slice(0, count),
    parent: p.parent.slice(0, count),
    commentStart: p.commentStart.slice(0, p.commentCount),
    commentEnd: p.commentEnd.slice(0, p.commentCount),
    problems: sorted(p.problems),
  };
}

/** By offset; of several at one place the first is kept. */
function sorted(problems: readonly SyntaxProblem[]): SyntaxProblem[] {
  return problems.toSorted((x, y) => x.offset - y.offset).filter((x, i, all) => all[i - 1]?.offset !== x.offset);
}

/** The mark of generated files, https://go.dev/s/generatedcode: a whole line comment before the package clause. */
function isGenerated(p: Parser, root: number, firstComment: number): boolean {
  const before = p.startOf(root);
  for (let i = firstComment; i < p.commentCount; i++) {
    const start = p.commentStart[i] ?? 0;
    if (start >= before) return false;
    const bytes = p.source.subarray(start, p.commentEnd[i]);
    if (bytes.length > 30 && bytes[3] === 0x43 && GENERATED.test(decoder.decode(bytes))) return true;
  }
  return false;
}

const GENERATED = /^\/\/ Code generated .* DO NOT EDIT\.$/;
const decoder = new TextDecoder();

/** Makes room for `length` bytes of source, of which `used` are in use. */
function reserve(p: Parser, length: number, used: number): void {
  if (length <= p.source.length) return;
  const source = new Uint8Array(Math.max(p.source.length * 2, length));
  source.set(p.source.subarray(0, used));
  p.source = source;
}

/**
 * A parser whose columns have grown to what packages need serves one package after the other: memory that is warm is
 * faster than memory that is fresh. Trees get copies.
 */
let idle: Parser | null = null;
/** Nodes; a parser that a giant package has swollen (45 bytes a node) is not kept. */
const MAX_IDLE_NODES = 1 << 21;

function takeParser(names: Names): Parser {
  if (idle === null) return new Parser(names);
  const p = idle;
  idle = null;
  p.names = names;
  p.count = 1;
  p.commentCount = 0;
  p.problems = [];
  return p;
}

function giveBack(p: Parser): void {
  if (p.kind.length <= MAX_IDLE_NODES) idle = p;
}
