/**
 * The control-flow graph of one function, as columns. Made by flow-build.ts when a rule first asks for the function.
 *
 * A block is a run of nodes that execute one after the other; `nodes` lists them in order of evaluation: whole simple
 * statements (ExprStmt, SendStmt, IncDecStmt, AssignStmt, GoStmt, DeferStmt, ReturnStmt, DeclStmt) and the expressions
 * that control statements evaluate (conditions, tags, range operands, and the operands of select cases). An engine walks the
 * expressions inside a node itself; function literals inside are values there, with graphs of their own. `&&`, `||` and `!`
 * in conditions are taken apart into blocks, so that an edge knows what holds on it.
 *
 * A select's head holds what is evaluated on entry (channels, and values to send); the communication itself (SendStmt,
 * ExprStmt, AssignStmt) is the first node of its clause's block. A switch tries its clauses in order, a block for each, with
 * its expressions as nodes; one without a tag has their conditions' True and False edges before the Case edge. Key and
 * value of a range loop are assigned on its Element edge and are no nodes; nor are BranchStmts. A `for` without condition
 * has no way to what follows it but `break`; nor has `for true`.
 */
import type { NodeIndex } from './tree.ts';

export type BlockIndex = number;
export type EdgeIndex = number;

export const EdgeKind = {
  /** Falls through or jumps. */
  Next: 0,
  /** The condition `edgeNode` holds. */
  True: 1,
  /** It does not. */
  False: 2,
  /** One clause of a switch or type switch was chosen: `edgeNode` is the CaseClause (or the SwitchStmt: no clause matched). */
  Case: 3,
  /** One clause of a select was chosen: `edgeNode` is the CommClause. */
  Select: 4,
  /** A range loop has another element: `edgeNode` is the RangeStmt. */
  Element: 5,
  /** A range loop is over. */
  Done: 6,
  /** Back to a loop's head (kept apart so that loops are plain to see). */
  Back: 7,
} as const;

export const ExitKind = {
  /** Not an exit. */
  None: 0,
  /** Return, or the end of the body: `exitNode` is the ReturnStmt, or the body's BlockStmt. */
  Return: 1,
  /** panic(…), or a call that never returns but unwinds (runtime.Goexit, t.Fatal): deferred calls run. `exitNode` is the CallExpr. */
  Panic: 2,
  /** os.Exit, log.Fatal, select {} …: nothing runs after it, not even deferred calls. `exitNode` is the CallExpr or SelectStmt. */
  Never: 3,
} as const;

export interface Flow {
  /** FuncDecl or FuncLit. */
  readonly func: NodeIndex;
  /** Blocks; the entry is 0. Unreachable code has blocks, too, with no way to them. */
  readonly blockCount: number;
  /** Nodes of block b: nodes[nodeStart[b] .. nodeStart[b + 1]]. */
  readonly nodeStart: Int32Array;
  readonly nodes: Int32Array;
  /** Outgoing edges of b: [edgeStart[b], edgeStart[b + 1]). */
  readonly edgeStart: Int32Array;
  readonly edgeTo: Int32Array;
  readonly edgeKind: Uint8Array;
  readonly edgeNode: Int32Array;
  /** Incoming edges of b: incoming[inStart[b] .. inStart[b + 1]] are edge indices; edgeFrom gives their source. */
  readonly inStart: Int32Array;
  readonly incoming: Int32Array;
  readonly edgeFrom: Int32Array;
  /** How block b ends if it leaves the function. */
  readonly exitKind: Uint8Array;
  readonly exitNode: Int32Array;
  /** Whether b can be reached from the entry. */
  readonly reachable: Uint8Array;
  /** DeferStmt nodes in source order (they run at Return and Panic exits if they were passed). */
  readonly defers: Int32Array;
  /** Innermost loop (ForStmt or RangeStmt) around block b, 0 if none; a `goto` loop has none. */
  readonly loop: Int32Array;
  /** The block that node (a member of `nodes`) is in; -1 if it is in none. */
  blockOf(node: NodeIndex): BlockIndex;
}
