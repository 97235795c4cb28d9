/**
 * Errors that functions return on some ways and not on others: what a constructor does before it fails is one story, what
 * its caller does with `err != nil` the end of the same. Variables that get such an error are followed as counters are:
 * 0 while they hold nil, 1 while they hold an error.
 */
import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { ExitKind, type Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import type { Activation } from './state.ts';

export class ResultErrors {
  readonly #pass: Pass;
  /** CallExpr → the variable that gets its last result. */
  readonly #calls = new Map<NodeIndex, ObjectIndex>();
  readonly #errors = new Set<ObjectIndex>();

  constructor(pass: Pass) {
    this.#pass = pass;
  }

  isError(object: ObjectIndex): boolean {
    return this.#errors.has(object);
  }

  isFollowed(call: NodeIndex): boolean {
    return this.#calls.has(unparen(this.#pass.tree, call));
  }

  /** Notes a call that is gone into, if it says by its last result whether it failed. */
  follow(call: NodeIndex, flow: Flow): void {
    const { tree, bindings } = this.#pass;
    const statement = tree.parent[call] ?? 0;
    if (tree.kind[statement] !== Kind.AssignStmt || tree.b[statement] !== call) return;
    let last = tree.a[statement] ?? 0;
    while (tree.next[last] !== 0) last = tree.next[last] ?? 0;
    const object = tree.kind[last] === Kind.Ident ? (bindings.objectOf[last] ?? 0) : 0;
    if (object === 0 || bindings.kind[object] !== ObjectKind.Variable || bindings.func[object] === 0) return;
    const flags = bindings.flags[object] ?? 0;
    if (flags & (ObjectFlag.Addressed | ObjectFlag.Captured)) return;
    if (!this.#isErrorType(object) || !this.#isMixed(flow)) return;
    this.#calls.set(call, object);
    this.#errors.add(object);
  }

  #isErrorType(object: ObjectIndex): boolean {
    const { typing } = this.#pass;
    const named = typing.types.named(typing.objectType(object));
    return named !== null && named[0] === '' && named[1] === 'error';
  }

  /** Whether it returns nil on one way and something else on another. */
  #isMixed(flow: Flow): boolean {
    let nil = false;
    let error = false;
    for (let block = 0; block < flow.blockCount; block++) {
      if (!flow.reachable[block] || flow.exitKind[block] !== ExitKind.Return) continue;
      const last = this.#lastResult(flow.exitNode[block] ?? 0);
      if (last === 0) return false;
      if (this.#isNil(last)) nil = true;
      else error = true;
    }
    return nil && error;
  }

  /** Expression; 0 if there is none. */
  #lastResult(statement: NodeIndex): NodeIndex {
    const { tree } = this.#pass;
    if (tree.kind[statement] !== Kind.ReturnStmt) return 0;
    let last = tree.a[statement] ?? 0;
    while (last !== 0 && tree.next[last] !== 0) last = tree.next[last] ?? 0;
    return last;
  }

  #isNil(expression: NodeIndex): boolean {
    const { tree, bindings } = this.#pass;
    return bindings.kind[bindings.objectOf[unparen(tree, expression)] ?? 0] === ObjectKind.Nil;
  }

  /** The caller's activation after the callee's has returned. */
  returned(caller: Activation, callee: Activation): Activation {
    const object = this.#calls.get(callee.program.frame.call);
    if (object === undefined) return caller;
    const { flow } = callee.program;
    const result =
      flow.exitKind[callee.block] === ExitKind.Return ? this.#lastResult(flow.exitNode[callee.block] ?? 0) : 0;
    const counters = new Map(caller.counters);
    if (result !== 0 && this.#isNil(result)) counters.set(object, 0);
    else if (result !== 0 && this.#isFailure(result)) counters.set(object, 1);
    else counters.delete(object);
    return { ...caller, counters };
  }

  /** `return nil, …`, `return errClosed`, `if … { return err }`: as good as never nil, while `return w, err` may be. */
  #isFailure(result: NodeIndex): boolean {
    const { tree, bindings, typing } = this.#pass;
    const statement = tree.parent[result] ?? 0;
    const first = tree.a[statement] ?? 0;
    if (first !== result && this.#isNil(first)) return true;
    const node = unparen(tree, result);
    if (tree.kind[node] === Kind.CallExpr) {
      const key = typing.callee(node)?.key;
      return key === 'errors.New' || key === 'fmt.Errorf';
    }
    const object = bindings.objectOf[node] ?? 0;
    if (bindings.kind[object] !== ObjectKind.Variable) return false;
    const block = tree.parent[statement] ?? 0;
    return bindings.func[object] === 0 || tree.kind[tree.parent[block] ?? 0] === Kind.IfStmt;
  }
}
