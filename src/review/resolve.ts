/** From a package's tree to plain data: offsets become lines and columns, nodes become ranges and text. */
import type { SourcePackage } from '../golang/module.ts';
import { Kind } from '../golang/nodes.ts';
import { fileAt, type NodeIndex, type Offset, type Tree, type TreeFile, textBetween } from '../golang/tree.ts';
import { functionName } from './function-name.ts';
import type { FileComment, FileProblem, FileReport, Range } from './result.ts';
import type { Pass, Report } from './rule.ts';

/** Bytes of source text in a fingerprint. */
const OPERATION_BYTES = 120;
/** More problems than these in one file say nothing new. */
const PROBLEMS_PER_FILE = 10;

export interface Resolver {
  report(pass: Pass, rule: string, report: Report): FileReport;
  problems(): FileProblem[];
  /** Comments that look like a suppression. */
  comments(): FileComment[];
}

export function createResolver(tree: Tree, pkg: SourcePackage): Resolver {
  const lineStarts = new Map<TreeFile, Int32Array>();
  const linesOf = (file: TreeFile): Int32Array => {
    let lines = lineStarts.get(file);
    if (lines === undefined) {
      lines = findLines(tree.source, file);
      lineStarts.set(file, lines);
    }
    return lines;
  };
  const place = (offset: Offset): { file: TreeFile; line: number; column: number; at: number } => {
    const file = fileAt(tree, offset);
    const at = Math.min(Math.max(offset - file.base, 0), file.size);
    const lines = linesOf(file);
    const line = lastAtMost(lines, at);
    return { file, line: line + 1, column: at - (lines[line] ?? 0) + 1, at };
  };
  const range = (start: Offset, end: Offset): Range => {
    const from = place(start);
    // The end may touch the next file's base; it belongs to the file of its last byte.
    const to = place(Math.max(start, Math.min(end, from.file.base + from.file.size)));
    return {
      path: from.file.path,
      line: from.line,
      column: from.column,
      endLine: to.line,
      endColumn: to.column,
      start: from.at,
      end: to.at,
    };
  };
  const lineOrNone = (offset: number): number => (offset < 0 ? 0 : place(offset).line);
  const nodeRange = (node: NodeIndex): Range => range(tree.start[node] ?? 0, tree.end[node] ?? 0);
  // The body of a function as a step is its end, the closing brace: where it falls off (flow.ts, exitNode).
  const stepRange = (node: NodeIndex): Range => {
    const above = tree.kind[tree.parent[node] ?? 0];
    const isBody = tree.kind[node] === Kind.BlockStmt && (above === Kind.FuncDecl || above === Kind.FuncLit);
    const brace = isBody ? (tree.data[node] ?? -1) : -1;
    return brace < 0 ? nodeRange(node) : range(brace, brace + 1);
  };
  // In stacks a command's package is `main`, whatever its import path.
  const runtimePath = pkg.name === 'main' ? 'main' : pkg.importPath;

  return {
    report(pass, rule, report) {
      const literals = (): Int32Array => pass.nodesOf(Kind.FuncLit);
      const fix = report.fix;
      const inTest = pass.inTest(report.node);
      // What is only known to happen as a test does it may not happen otherwise.
      const asTested = report.confidence === 'high' && report.steps.some((step) => pass.inTest(step.node));
      return {
        rule,
        confidence: inTest ? 'low' : asTested ? 'medium' : report.confidence,
        message: report.message,
        ...nodeRange(report.node),
        function: functionName(tree, runtimePath, pass.functionAround(report.node), pass.functionAround, literals),
        importPath: pkg.importPath,
        module: pkg.module.path,
        inTest,
        operation: operationText(tree, report.node),
        advice: report.advice,
        steps: report.steps.map((step) => ({ ...stepRange(step.node), says: step.says })),
        fix:
          fix === undefined
            ? null
            : {
                title: fix.title,
                safe: fix.safe,
                edits: fix.edits.map((edit) => {
                  const { path, start, end } = range(edit.start, edit.end);
                  return { path, start, end, text: edit.text };
                }),
              },
      };
    },
    problems() {
      const perFile = new Map<TreeFile, number>();
      const found: FileProblem[] = [];
      for (const problem of tree.problems) {
        const { file, line, column } = place(problem.offset);
        const count = (perFile.get(file) ?? 0) + 1;
        perFile.set(file, count);
        if (count <= PROBLEMS_PER_FILE) found.push({ path: file.path, line, column, message: problem.message });
      }
      return found;
    },
    comments() {
      const found: FileComment[] = [];
      for (const file of tree.files) {
        let codeAfter: Int32Array | null = null;
        for (let comment = file.firstComment; comment < file.endComment; comment++) {
          const start = tree.commentStart[comment] ?? 0;
          const end = tree.commentEnd[comment] ?? 0;
          if (!looksLikeSuppression(tree.source, start, end)) continue;
          const from = place(start);
          codeAfter ??= codeAfterComments(tree, file);
          found.push({
            path: file.path,
            line: from.line,
            column: from.column,
            start: from.at,
            end: end - file.base,
            text: textBetween(tree, start, end),
            standsAlone: standsAlone(tree.source, start, file.base),
            nextCodeLine: lineOrNone(codeAfter[comment - file.firstComment] ?? -1),
          });
        }
      }
      return found;
    },
  };
}

/** Offsets of line starts within a file. */
function findLines(source: Uint8Array, file: TreeFile): Int32Array {
  const end = file.base + file.size;
  let count = 1;
  for (let at = source.indexOf(10, file.base); at !== -1 && at < end; at = source.indexOf(10, at + 1)) count++;
  const lines = new Int32Array(count);
  let line = 1;
  for (let at = source.indexOf(10, file.base); at !== -1 && at < end; at = source.indexOf(10, at + 1)) {
    lines[line++] = at + 1 - file.base;
  }
  return lines;
}

/** Index of the last value that is at most `value`; the first value is. */
function lastAtMost(values: Int32Array, value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function operationText(tree: Tree, node: NodeIndex): string {
  const start = tree.start[node] ?? 0;
  // Four times as much as is kept: indentation and line breaks fold.
  const text = textBetween(tree, start, Math.min(tree.end[node] ?? 0, start + 4 * OPERATION_BYTES));
  return text.replace(/\s+/g, ' ').trim().slice(0, OPERATION_BYTES);
}

const SUPPRESSION = /^\/[/*]\s*(nolint|lint:|hemostat:|staticcheck:)/i;

/** By its first bytes; comments are many and few are meant for tools. */
function looksLikeSuppression(source: Uint8Array, start: Offset, end: Offset): boolean {
  let at = start + 2;
  while (at < end && (source[at] === 0x20 || source[at] === 0x09)) at++;
  const letter = (source[at] ?? 0) | 0x20;
  if (letter !== 0x6e && letter !== 0x6c && letter !== 0x68 && letter !== 0x73) return false; // n, l, h, s
  return SUPPRESSION.test(ascii.decode(source.subarray(start, Math.min(end, at + 12))));
}

const ascii = new TextDecoder('latin1');

function standsAlone(source: Uint8Array, start: Offset, base: Offset): boolean {
  for (let at = start - 1; at >= base; at--) {
    const byte = source[at];
    if (byte === 0x0a) return true;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}

/** Per comment of a file the offset of the first code after it, other comments skipped; -1: there is none. */
function codeAfterComments(tree: Tree, { base, size, firstComment, endComment }: TreeFile): Int32Array {
  const after = new Int32Array(endComment - firstComment);
  const { source, commentStart, commentEnd } = tree;
  let next = -1;
  // From the last one up: where only white space lies between two comments, what follows the second follows the first.
  for (let comment = endComment - 1; comment >= firstComment; comment--) {
    const limit = comment + 1 < endComment ? (commentStart[comment + 1] ?? 0) : base + size;
    let at = commentEnd[comment] ?? 0;
    while (at < limit && (source[at] ?? 0) <= 0x20) at++;
    if (at < limit) next = at;
    after[comment - firstComment] = next;
  }
  return after;
}
