/**
 * Makes the control-flow graph of one function (flow.ts says what it looks like).
 *
 * Statements nest as deep as the source likes, so there is no recursion: each control statement becomes a few tasks on an
 * explicit stack (start this block, build that body, jump there), pushed in reverse order. About 1 block
 * per 2 statements.
 */
import type { Bindings } from './bindings.ts';
import { type BlockIndex, EdgeKind, ExitKind, type Flow } from './flow.ts';
import { FlowBlocks } from './flow-blocks.ts';
import { Kind } from './nodes.ts';
import { unparen } from './syntax.ts';
import { Token } from './tokens.ts';
import type { NodeIndex, Tree } from './tree.ts';
import { predeclared } from './universe.ts';

export interface FlowOptions {
  /** 0: the call returns. ExitKind.Panic: it unwinds (deferred calls run). ExitKind.Never: nothing runs after it. */
  neverReturns(call: NodeIndex): number;
}

const PANIC = predeclared('panic');
const TRUE = predeclared('true');
const FALSE = predeclared('false');

/** Tasks: four numbers each, [task, x, y, z]. */
const Task = {
  /** Statement x and those after it in its list. */
  List: 0,
  /** Statement x alone; y is the name of its label, 0 if none. */
  Statement: 1,
  /** Edge from here to block x, of kind y, with node z; then nothing is current. */
  Jump: 2,
  /** Block x becomes current. */
  Start: 3,
  /** Condition x: to block y if it holds, else to block z. */
  Condition: 4,
  /** Pop what break and continue mean. */
  Leave: 5,
  /** The innermost loop is x from here on. */
  Loop: 6,
  /** Clauses of switch y from CaseClause x on; the blocks of their bodies count up from z. */
  Clauses: 7,
  /** Expressions of a clause without a tag, from x on: block y if one holds; the block after the last fails is z. */
  Alternatives: 8,
  /** The first clause's body is block x, the next one's y (-1: none), for `fallthrough`. */
  Fall: 9,
} as const;

/** A graph for `func`, a FuncDecl or FuncLit. Without a body it is one block that returns. */
export function buildFlow(tree: Tree, bindings: Bindings, func: NodeIndex, options: FlowOptions): Flow {
  return new FlowBuilder(tree, bindings, options).build(func);
}

class FlowBuilder {
  readonly #tree: Tree;
  readonly #bindings: Bindings;
  readonly #options: FlowOptions;
  readonly #tasks: number[] = [];
  readonly #blocks = new FlowBlocks();
  /** What break and continue mean, innermost last: triples [label's name, break block, continue block or -1]. */
  readonly #targets: number[] = [];
  readonly #labels = new Map<number, BlockIndex>();
  #fall: BlockIndex = -1;

  constructor(tree: Tree, bindings: Bindings, options: FlowOptions) {
    this.#tree = tree;
    this.#bindings = bindings;
    this.#options = options;
  }

  build(func: NodeIndex): Flow {
    const tree = this.#tree;
    const body = (tree.kind[func] === Kind.FuncDecl ? tree.d[func] : tree.b[func]) ?? 0;
    this.#blocks.start(this.#blocks.add());
    this.#push(Task.List, tree.a[body] ?? 0, 0, 0);
    this.#run();
    if (this.#blocks.current !== -1) this.#blocks.leave(ExitKind.Return, body);
    // A goto to a label that is not there: nothing is known of what follows.
    for (const block of this.#labels.values()) if (!this.#blocks.isStarted(block)) this.#blocks.never(block);
    return this.#blocks.columns(func);
  }

  #push(task: number, x: number, y: number, z: number): void {
    this.#tasks.push(task, x, y, z);
  }

  #run(): void {
    const tasks = this.#tasks;
    while (tasks.length > 0) {
      const z = tasks.pop() ?? 0;
      const y = tasks.pop() ?? 0;
      const x = tasks.pop() ?? 0;
      switch (tasks.pop()) {
        case Task.List: {
          if (x === 0) break;
          const next = this.#tree.next[x] ?? 0;
          if (next !== 0) this.#push(Task.List, next, 0, 0);
          this.#statement(x, 0);
          break;
        }
        case Task.Statement:
          if (x !== 0) this.#statement(x, y);
          break;
        case Task.Jump:
          this.#blocks.jump(x, y, z);
          break;
        case Task.Start:
          this.#blocks.start(x);
          break;
        case Task.Condition:
          this.#condition(x, y, z);
          break;
        case Task.Leave:
          this.#targets.length -= 3;
          break;
        case Task.Loop:
          this.#blocks.loop = x;
          break;
        case Task.Clauses:
          this.#clauses(x, y, z);
          break;
        case Task.Alternatives:
          this.#alternatives(x, y, z);
          break;
        case Task.Fall:
          this.#fall = x;
          break;
      }
    }
  }

  // Statements.

  #statement(node: NodeIndex, label: number): void {
    const tree = this.#tree;
    switch (tree.kind[node]) {
      case Kind.EmptyStmt:
        break;
      case Kind.BlockStmt:
        this.#push(Task.List, tree.a[node] ?? 0, 0, 0);
        break;
      case Kind.LabeledStmt:
        this.#labeled(node);
        break;
      case Kind.ExprStmt:
        this.#expression(node);
        break;
      case Kind.DeferStmt:
        this.#blocks.place(node);
        this.#blocks.defers.push(node);
        break;
      case Kind.ReturnStmt:
        this.#blocks.place(node);
        this.#blocks.leave(ExitKind.Return, node);
        break;
      case Kind.BranchStmt:
        this.#branch(node);
        break;
      case Kind.IfStmt:
        this.#if(node);
        break;
      case Kind.ForStmt:
        this.#for(node, label);
        break;
      case Kind.RangeStmt:
        this.#range(node, label);
        break;
      case Kind.SwitchStmt:
      case Kind.TypeSwitchStmt:
        this.#switch(node, label);
        break;
      case Kind.SelectStmt:
        this.#select(node, label);
        break;
      default:
        this.#blocks.place(node);
    }
  }

  #expression(node: NodeIndex): void {
    const tree = this.#tree;
    this.#blocks.place(node);
    const call = unparen(tree, tree.a[node] ?? 0);
    if (tree.kind[call] !== Kind.CallExpr) return;
    const exit = this.#isPanic(call) ? ExitKind.Panic : this.#options.neverReturns(call);
    if (exit !== ExitKind.None) this.#blocks.leave(exit, call);
  }

  #isPanic(call: NodeIndex): boolean {
    return this.#bindings.objectOf[unparen(this.#tree, this.#tree.a[call] ?? 0)] === PANIC;
  }

  #labeled(node: NodeIndex): void {
    const tree = this.#tree;
    const name = tree.data[tree.a[node] ?? 0] ?? 0;
    const block = this.#labelBlock(name);
    this.#blocks.jump(block, EdgeKind.Next, 0);
    this.#blocks.start(block);
    this.#push(Task.Statement, tree.b[node] ?? 0, name, 0);
  }

  #labelBlock(name: number): BlockIndex {
    let block = this.#labels.get(name);
    if (block === undefined) {
      block = this.#blocks.add();
      this.#labels.set(name, block);
    }
    return block;
  }

  #branch(node: NodeIndex): void {
    const tree = this.#tree;
    const label = tree.data[tree.a[node] ?? 0] ?? 0;
    switch (tree.op[node]) {
      case Token.Goto: {
        const block = this.#labelBlock(label);
        this.#blocks.jump(block, this.#blocks.isStarted(block) ? EdgeKind.Back : EdgeKind.Next, node);
        return;
      }
      case Token.Fallthrough:
        if (this.#fall !== -1) this.#blocks.jump(this.#fall, EdgeKind.Next, node);
        return;
      default: {
        const target = this.#target(tree.op[node] === Token.Continue, label);
        if (target === -1) this.#blocks.leave(ExitKind.Never, node);
        else this.#blocks.jump(target, this.#isHead(target) ? EdgeKind.Back : EdgeKind.Next, node);
      }
    }
  }

  /** The head of a loop has started by the time its body is built; what follows a statement, or a `post` block, has not. */
  #isHead(block: BlockIndex): boolean {
    return this.#blocks.isStarted(block);
  }

  #target(isContinue: boolean, label: number): BlockIndex {
    const targets = this.#targets;
    for (let at = targets.length - 3; at >= 0; at -= 3) {
      if (label !== 0 && targets[at] !== label) continue;
      const block = targets[at + (isContinue ? 2 : 1)] ?? -1;
      if (block !== -1) return block;
    }
    return -1;
  }

  #if(node: NodeIndex): void {
    const tree = this.#tree;
    const done = this.#blocks.add();
    const then = this.#blocks.add();
    const other = tree.d[node] ?? 0;
    const otherwise = other === 0 ? done : this.#blocks.add();
    this.#push(Task.Start, done, 0, 0);
    if (other !== 0) {
      this.#push(Task.Jump, done, EdgeKind.Next, 0);
      this.#push(Task.Statement, other, 0, 0);
      this.#push(Task.Start, otherwise, 0, 0);
    }
    this.#push(Task.Jump, done, EdgeKind.Next, 0);
    this.#push(Task.Statement, tree.c[node] ?? 0, 0, 0);
    this.#push(Task.Start, then, 0, 0);
    this.#push(Task.Condition, tree.b[node] ?? 0, then, otherwise);
    this.#push(Task.Statement, tree.a[node] ?? 0, 0, 0);
  }

  /** `&&`, `||`, `!` and parentheses are taken apart; the leaves are nodes of blocks, each with a True and a False edge. */
  #condition(expression: NodeIndex, yes: BlockIndex, no: BlockIndex): void {
    const tree = this.#tree;
    let node = expression;
    let whenTrue = yes;
    let whenFalse = no;
    for (;;) {
      const kind = tree.kind[node];
      if (kind === Kind.ParenExpr) node = tree.a[node] ?? 0;
      else if (kind === Kind.UnaryExpr && tree.op[node] === Token.Not) {
        [whenTrue, whenFalse] = [whenFalse, whenTrue];
        node = tree.a[node] ?? 0;
      } else break;
    }
    const op = tree.kind[node] === Kind.BinaryExpr ? tree.op[node] : Token.Illegal;
    if (op === Token.LAnd || op === Token.LOr) {
      const second = this.#blocks.add();
      this.#push(Task.Condition, tree.b[node] ?? 0, whenTrue, whenFalse);
      this.#push(Task.Start, second, 0, 0);
      if (op === Token.LAnd) this.#push(Task.Condition, tree.a[node] ?? 0, second, whenFalse);
      else this.#push(Task.Condition, tree.a[node] ?? 0, whenTrue, second);
      return;
    }
    if (node !== 0) this.#blocks.place(node);
    const from = this.#blocks.here();
    const object = this.#bindings.objectOf[node];
    const always = object === TRUE;
    const never = object === FALSE;
    if (!never) this.#blocks.edge(from, whenTrue, EdgeKind.True, node);
    if (!always) this.#blocks.edge(from, whenFalse, EdgeKind.False, node);
    this.#blocks.current = -1;
  }

  #for(node: NodeIndex, label: number): void {
    const tree = this.#tree;
    const condition = tree.b[node] ?? 0;
    const post = tree.c[node] ?? 0;
    const head = this.#blocks.add();
    const body = condition === 0 ? head : this.#blocks.add();
    const done = this.#blocks.add();
    const again = post === 0 ? head : this.#blocks.add();
    this.#push(Task.Start, done, 0, 0);
    this.#push(Task.Loop, this.#blocks.loop, 0, 0);
    if (post === 0) this.#push(Task.Jump, head, EdgeKind.Back, node);
    else {
      this.#push(Task.Jump, head, EdgeKind.Back, node);
      this.#push(Task.Statement, post, 0, 0);
      this.#push(Task.Start, again, 0, 0);
      this.#push(Task.Jump, again, EdgeKind.Next, 0);
    }
    this.#push(Task.Leave, 0, 0, 0);
    this.#push(Task.Statement, tree.d[node] ?? 0, 0, 0);
    if (condition !== 0) {
      this.#push(Task.Start, body, 0, 0);
      this.#push(Task.Condition, condition, body, done);
    }
    this.#push(Task.Start, head, 0, 0);
    this.#push(Task.Loop, node, 0, 0);
    this.#push(Task.Jump, head, EdgeKind.Next, 0);
    const init = tree.a[node] ?? 0;
    if (init !== 0) this.#statement(init, 0);
    this.#targets.push(label, done, again);
  }

  #range(node: NodeIndex, label: number): void {
    const tree = this.#tree;
    this.#blocks.place(tree.c[node] ?? 0);
    const head = this.#blocks.add();
    const body = this.#blocks.add();
    const done = this.#blocks.add();
    this.#blocks.jump(head, EdgeKind.Next, 0);
    this.#push(Task.Start, done, 0, 0);
    this.#push(Task.Loop, this.#blocks.loop, 0, 0);
    this.#push(Task.Leave, 0, 0, 0);
    this.#push(Task.Jump, head, EdgeKind.Back, node);
    this.#push(Task.Statement, tree.d[node] ?? 0, 0, 0);
    this.#push(Task.Start, body, 0, 0);
    this.#blocks.loop = node;
    this.#blocks.start(head);
    this.#blocks.edge(head, body, EdgeKind.Element, node);
    this.#blocks.edge(head, done, EdgeKind.Done, node);
    this.#targets.push(label, done, head);
  }

  // Switches. Clauses are tried in order; blocks of bodies have consecutive indices.

  #switch(node: NodeIndex, label: number): void {
    const tree = this.#tree;
    const body = tree.c[node] ?? 0;
    const init = tree.a[node] ?? 0;
    if (init !== 0) this.#statement(init, 0);
    const subject = tree.b[node] ?? 0;
    if (subject !== 0) this.#blocks.place(subject);
    const done = this.#blocks.add();
    const first = this.#blocks.count;
    const clauses: NodeIndex[] = [];
    for (let clause = tree.a[body] ?? 0; clause !== 0; clause = tree.next[clause] ?? 0) {
      clauses.push(clause);
      this.#blocks.add();
    }
    this.#push(Task.Start, done, 0, 0);
    this.#push(Task.Fall, this.#fall, 0, 0);
    this.#push(Task.Leave, 0, 0, 0);
    for (let index = clauses.length - 1; index >= 0; index--) {
      this.#push(Task.Jump, done, EdgeKind.Next, 0);
      this.#push(Task.List, tree.b[clauses[index] ?? 0] ?? 0, 0, 0);
      this.#push(Task.Start, first + index, 0, 0);
      this.#push(Task.Fall, index + 1 < clauses.length ? first + index + 1 : -1, 0, 0);
    }
    this.#push(Task.Clauses, tree.a[body] ?? 0, node, first);
    this.#targets.push(label, done, -1);
  }

  /** The tests of the clauses from `clause` on; `body` is the block of its body. */
  #clauses(clause: NodeIndex, node: NodeIndex, body: BlockIndex): void {
    const tree = this.#tree;
    const types = tree.kind[node] === Kind.TypeSwitchStmt;
    if (types) {
      this.#typeClauses(clause, node, body);
      return;
    }
    let at = clause;
    let block = body;
    while (at !== 0 && tree.op[at] === 1) {
      at = tree.next[at] ?? 0;
      block++;
    }
    if (at === 0) {
      this.#noClause(node, block);
      return;
    }
    this.#push(Task.Clauses, tree.next[at] ?? 0, node, block + 1);
    if ((tree.b[node] ?? 0) === 0) {
      // Without a tag each expression is a condition; it keeps its True and False edges.
      const matched = this.#blocks.add();
      const next = this.#blocks.add();
      this.#push(Task.Start, next, 0, 0);
      this.#push(Task.Jump, block, EdgeKind.Case, at);
      this.#push(Task.Start, matched, 0, 0);
      this.#push(Task.Alternatives, tree.a[at] ?? 0, matched, next);
      return;
    }
    for (let test = tree.a[at] ?? 0; test !== 0; test = tree.next[test] ?? 0) this.#blocks.place(test);
    const next = this.#blocks.add();
    const from = this.#blocks.here();
    this.#blocks.edge(from, block, EdgeKind.Case, at);
    this.#blocks.edge(from, next, EdgeKind.Next, 0);
    this.#blocks.start(next);
  }

  #alternatives(expression: NodeIndex, matched: BlockIndex, next: BlockIndex): void {
    const tree = this.#tree;
    const after = tree.next[expression] ?? 0;
    if (after === 0) {
      this.#condition(expression, matched, next);
      return;
    }
    const second = this.#blocks.add();
    this.#push(Task.Alternatives, after, matched, next);
    this.#push(Task.Start, second, 0, 0);
    this.#condition(expression, matched, second);
  }

  /** No clause matched: `end` is the block after the last body. */
  #noClause(node: NodeIndex, end: BlockIndex): void {
    const tree = this.#tree;
    let block = end - 1;
    let found = -1;
    let foundClause = 0;
    const clauses: NodeIndex[] = [];
    for (let at = tree.a[tree.c[node] ?? 0] ?? 0; at !== 0; at = tree.next[at] ?? 0) clauses.push(at);
    for (let index = clauses.length - 1; index >= 0; index--, block--) {
      const clause = clauses[index] ?? 0;
      if (tree.op[clause] === 1) [found, foundClause] = [block, clause];
    }
    if (found !== -1) this.#blocks.jump(found, EdgeKind.Case, foundClause);
    else this.#blocks.jump(end - clauses.length - 1, EdgeKind.Case, node);
  }

  #typeClauses(first: NodeIndex, node: NodeIndex, body: BlockIndex): void {
    const tree = this.#tree;
    const head = this.#blocks.here();
    let block = body;
    let hasDefault = false;
    for (let at = first; at !== 0; at = tree.next[at] ?? 0, block++) {
      this.#blocks.edge(head, block, EdgeKind.Case, at);
      if (tree.op[at] === 1) hasDefault = true;
    }
    if (!hasDefault) this.#blocks.edge(head, body - 1, EdgeKind.Case, node);
    this.#blocks.current = -1;
  }

  #select(node: NodeIndex, label: number): void {
    const tree = this.#tree;
    const body = tree.a[node] ?? 0;
    const first = tree.a[body] ?? 0;
    if (first === 0) {
      this.#blocks.leave(ExitKind.Never, node);
      return;
    }
    for (let clause = first; clause !== 0; clause = tree.next[clause] ?? 0) this.#operands(tree.a[clause] ?? 0);
    const head = this.#blocks.here();
    const done = this.#blocks.add();
    const clauses: NodeIndex[] = [];
    const blocks: BlockIndex[] = [];
    for (let clause = first; clause !== 0; clause = tree.next[clause] ?? 0) {
      const block = this.#blocks.add();
      clauses.push(clause);
      blocks.push(block);
      this.#blocks.edge(head, block, EdgeKind.Select, clause);
    }
    this.#push(Task.Start, done, 0, 0);
    this.#push(Task.Leave, 0, 0, 0);
    for (let index = clauses.length - 1; index >= 0; index--) {
      const clause = clauses[index] ?? 0;
      this.#push(Task.Jump, done, EdgeKind.Next, 0);
      this.#push(Task.List, tree.b[clause] ?? 0, 0, 0);
      this.#push(Task.Statement, tree.a[clause] ?? 0, 0, 0);
      this.#push(Task.Start, blocks[index] ?? 0, 0, 0);
    }
    this.#blocks.current = -1;
    this.#targets.push(label, done, -1);
  }

  /** What is evaluated on entry to a select: channels, and values to send. */
  #operands(comm: NodeIndex): void {
    const tree = this.#tree;
    if (comm === 0) return;
    if (tree.kind[comm] === Kind.SendStmt) {
      this.#blocks.place(tree.a[comm] ?? 0);
      this.#blocks.place(tree.b[comm] ?? 0);
      return;
    }
    const receive = unparen(tree, (tree.kind[comm] === Kind.AssignStmt ? tree.b[comm] : tree.a[comm]) ?? 0);
    if (tree.kind[receive] === Kind.UnaryExpr) this.#blocks.place(tree.a[receive] ?? 0);
  }
}
