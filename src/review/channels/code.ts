/**
 * A function as the search runs it: per block of its flow graph the operations that may matter, in order of evaluation.
 * Independent of frames, made once per function.
 */
import { type BlockIndex, EdgeKind, type Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { contains, operandsFirst } from './syntax.ts';

export const OpKind = {
  /** `node` is the SendStmt, `operand` the channel. */
  Send: 1,
  /** `node` is the UnaryExpr, `operand` the channel. */
  Receive: 2,
  /** `node` is the CallExpr. */
  Call: 3,
  /** `node` is the CallExpr that a go statement starts. */
  Go: 4,
  /** `node` is the CallExpr that a defer statement puts off. */
  Defer: 5,
  /** `node` is an AssignStmt, IncDecStmt or ValueSpec: variables get values. */
  Assign: 6,
} as const;

export interface Op {
  readonly kind: number;
  readonly node: NodeIndex;
  readonly operand: NodeIndex;
}

/** One way on from a select. */
interface Alternative {
  readonly to: BlockIndex;
  /** The CommClause. */
  readonly clause: NodeIndex;
  /** The channel expression; 0 is default. */
  readonly channel: NodeIndex;
  readonly send: boolean;
}

interface Select {
  readonly node: NodeIndex;
  readonly alternatives: readonly Alternative[];
}

export interface Code {
  readonly flow: Flow;
  /** Per block. */
  readonly ops: readonly (readonly Op[])[];
  /** Per block: the select that ends it. */
  readonly selects: ReadonlyMap<BlockIndex, Select>;
  /** Per block: the range loop that it is the head of. */
  readonly ranges: ReadonlyMap<BlockIndex, NodeIndex>;
}

export function codeOf(pass: Pass, func: NodeIndex): Code {
  const known = pass.engine(codes);
  let code = known.get(func);
  if (code === undefined) {
    code = compile(pass, func);
    known.set(func, code);
  }
  return code;
}

function codes(_pass: Pass): Map<NodeIndex, Code> {
  return new Map();
}

function compile(pass: Pass, func: NodeIndex): Code {
  const { tree } = pass;
  const flow = pass.flowOf(func);
  const ops: Op[][] = [];
  const selects = new Map<BlockIndex, Select>();
  const ranges = new Map<BlockIndex, NodeIndex>();
  for (let block = 0; block < flow.blockCount; block++) {
    const list: Op[] = [];
    ops.push(list);
    if (!flow.reachable[block]) continue;
    for (let at = flow.nodeStart[block] ?? 0; at < (flow.nodeStart[block + 1] ?? 0); at++) {
      const node = flow.nodes[at] ?? 0;
      addOps(pass, node, isComm(pass, node), list);
    }
    endOf(pass, flow, block, selects, ranges);
  }
  return { flow, ops, selects, ranges };

  function isComm(of: Pass, node: NodeIndex): boolean {
    const parent = of.tree.parent[node] ?? 0;
    return tree.kind[parent] === Kind.CommClause && tree.a[parent] === node;
  }
}

function addOps(pass: Pass, statement: NodeIndex, isComm: boolean, list: Op[]): void {
  const { tree } = pass;
  const kind = tree.kind[statement];
  if (isComm) {
    // The select did the operation; the variables that it assigns get new values.
    if (kind === Kind.AssignStmt) list.push({ kind: OpKind.Assign, node: statement, operand: 0 });
    return;
  }
  const isStart = kind === Kind.GoStmt || kind === Kind.DeferStmt;
  const started = isStart ? (tree.a[statement] ?? 0) : 0;
  operandsFirst(tree, statement, (node) => {
    switch (tree.kind[node]) {
      case Kind.SendStmt:
        list.push({ kind: OpKind.Send, node, operand: tree.a[node] ?? 0 });
        break;
      case Kind.UnaryExpr:
        if (tree.op[node] === Token.Arrow) list.push({ kind: OpKind.Receive, node, operand: tree.a[node] ?? 0 });
        break;
      case Kind.CallExpr: {
        const how = node !== started ? OpKind.Call : kind === Kind.GoStmt ? OpKind.Go : OpKind.Defer;
        if (!isPlainBuiltin(pass, node)) list.push({ kind: how, node, operand: 0 });
        break;
      }
      case Kind.AssignStmt:
      case Kind.IncDecStmt:
      case Kind.ValueSpec:
        list.push({ kind: OpKind.Assign, node, operand: 0 });
        break;
    }
  });
}

const PLAIN = new Set(['len', 'cap', 'append', 'copy', 'new', 'delete', 'string', 'int', 'byte', 'float64', 'int64']);

/** Builtins and conversions by name that no operation hides in; types are not asked, a shadowed name only costs a miss. */
function isPlainBuiltin(pass: Pass, call: NodeIndex): boolean {
  const { tree, bindings } = pass;
  const fun = unparen(tree, tree.a[call] ?? 0);
  if (tree.kind[fun] !== Kind.Ident) return false;
  return bindings.ident[bindings.objectOf[fun] ?? 0] === 0 && PLAIN.has(tree.names.text(tree.data[fun] ?? 0));
}

function endOf(
  pass: Pass,
  flow: Flow,
  block: BlockIndex,
  selects: Map<BlockIndex, Select>,
  ranges: Map<BlockIndex, NodeIndex>,
): void {
  const { tree } = pass;
  const alternatives: Alternative[] = [];
  let select = 0;
  for (let edge = flow.edgeStart[block] ?? 0; edge < (flow.edgeStart[block + 1] ?? 0); edge++) {
    const node = flow.edgeNode[edge] ?? 0;
    if (flow.edgeKind[edge] === EdgeKind.Element) ranges.set(block, node);
    if (flow.edgeKind[edge] !== EdgeKind.Select) continue;
    select = tree.parent[tree.parent[node] ?? 0] ?? 0;
    alternatives.push({ to: flow.edgeTo[edge] ?? 0, clause: node, ...commOf(pass, tree.a[node] ?? 0) });
  }
  if (select !== 0) selects.set(block, { node: select, alternatives });
}

function commOf(pass: Pass, comm: NodeIndex): { channel: NodeIndex; send: boolean } {
  const { tree } = pass;
  if (comm === 0) return { channel: 0, send: false };
  if (tree.kind[comm] === Kind.SendStmt) return { channel: tree.a[comm] ?? 0, send: true };
  const receive = unparen(tree, (tree.kind[comm] === Kind.AssignStmt ? tree.b[comm] : tree.a[comm]) ?? 0);
  return { channel: tree.a[receive] ?? 0, send: false };
}

/** Whether a receive stands in the loop's source. */
export function receivesIn(pass: Pass, loop: NodeIndex): boolean {
  const { tree } = pass;
  return pass.engine(receives).some((node) => contains(tree, loop, node));
}

function receives(pass: Pass): NodeIndex[] {
  const { tree } = pass;
  return [...pass.nodesOf(Kind.UnaryExpr)].filter((node) => tree.op[node] === Token.Arrow);
}

/** The for loop with this condition in its header, if its body starts goroutines; else 0. */
export function startingLoop(pass: Pass, condition: NodeIndex): NodeIndex {
  const { tree } = pass;
  for (const loop of pass.engine(startingLoops)) {
    const header = tree.b[loop] ?? 0;
    if (header !== 0 && contains(tree, header, condition)) return loop;
  }
  return 0;
}

function startingLoops(pass: Pass): NodeIndex[] {
  const { tree } = pass;
  const loops = new Set<NodeIndex>();
  for (const start of pass.nodesOf(Kind.GoStmt)) {
    let at = tree.parent[start] ?? 0;
    while (at !== 0 && tree.kind[at] !== Kind.FuncLit && tree.kind[at] !== Kind.FuncDecl) {
      if (tree.kind[at] === Kind.ForStmt) loops.add(at);
      at = tree.parent[at] ?? 0;
    }
  }
  return [...loops];
}
