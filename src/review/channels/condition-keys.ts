/** Conditions that the root's source asks more than once: the search gives them the same answer each time. */
import { type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, textOf } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import { assignedFields, nodesBelow } from './syntax.ts';

/** A condition by its text and what it is about; `negated`: it holds when the key does not. */
export interface ConditionKey {
  readonly key: string;
  readonly negated: boolean;
}

/** Bytes of a condition; nobody repeats longer ones. */
const MAX_TEXT = 80;

export class ConditionKeys {
  readonly #pass: Pass;
  readonly #root: NodeIndex;
  readonly #keys = new Map<NodeIndex, ConditionKey | null>();
  #repeated: Map<string, number> | null = null;
  #mentioned: Set<ObjectIndex> | null = null;

  constructor(pass: Pass, root: NodeIndex) {
    this.#pass = pass;
    this.#root = root;
  }

  /** Whether a repeated condition is about the variable. */
  mentions(object: ObjectIndex): boolean {
    this.#collect();
    return this.#mentioned?.has(object) ?? false;
  }

  /** Keys of all conditions in the root's source; those that stand there once are of no use later. */
  #collect(): Map<string, number> {
    if (this.#repeated !== null) return this.#repeated;
    const counts = new Map<string, number>();
    this.#repeated = counts;
    const { tree } = this.#pass;
    const objects = new Map<string, ObjectIndex[]>();
    for (const kind of [Kind.IfStmt, Kind.ForStmt]) {
      for (const node of nodesBelow(this.#pass, kind, this.#root)) {
        for (const leaf of this.#leaves(tree.b[node] ?? 0)) {
          const found = this.#keyOf(leaf);
          if (found === null) continue;
          counts.set(found.key, (counts.get(found.key) ?? 0) + 1);
          objects.set(found.key, found.objects);
        }
      }
    }
    this.#mentioned = new Set();
    for (const [key, times] of counts) {
      if (times > 1) for (const object of objects.get(key) ?? []) this.#mentioned.add(object);
    }
    return counts;
  }

  #leaves(condition: NodeIndex): NodeIndex[] {
    const { tree } = this.#pass;
    const leaves: NodeIndex[] = [];
    const stack = [condition];
    while (stack.length > 0) {
      const node = unparen(tree, stack.pop() ?? 0);
      if (node === 0) continue;
      const op = tree.op[node];
      if (tree.kind[node] === Kind.BinaryExpr && (op === Token.LAnd || op === Token.LOr)) {
        stack.push(tree.a[node] ?? 0, tree.b[node] ?? 0);
      } else if (tree.kind[node] === Kind.UnaryExpr && op === Token.Not) stack.push(tree.a[node] ?? 0);
      else leaves.push(node);
    }
    return leaves;
  }

  /** The key of a condition that is asked more than once in the root; null for others. */
  of(condition: NodeIndex): ConditionKey | null {
    let key = this.#keys.get(condition);
    if (key === undefined) {
      const found = this.#keyOf(condition);
      key = found !== null && (this.#collect().get(found.key) ?? 0) > 1 ? found : null;
      this.#keys.set(condition, key);
    }
    return key;
  }

  #keyOf(condition: NodeIndex): (ConditionKey & { objects: ObjectIndex[] }) | null {
    const { tree } = this.#pass;
    const node = unparen(tree, condition);
    if ((tree.end[node] ?? 0) - (tree.start[node] ?? 0) > MAX_TEXT) return null;
    let text = textOf(tree, node);
    let negated = false;
    if (tree.kind[node] === Kind.BinaryExpr && tree.op[node] === Token.Neq) {
      negated = true;
      text = `${textOf(tree, tree.a[node] ?? 0)} == ${textOf(tree, tree.b[node] ?? 0)}`;
    }
    const objects: ObjectIndex[] = [];
    if (!this.#isPlain(node, objects) || objects.length === 0) return null;
    return { key: `|${objects.join('|')}|${text}`, negated, objects };
  }

  /** Variables, constants, fields that nobody assigns, len, operators. */
  #isPlain(root: NodeIndex, objects: ObjectIndex[]): boolean {
    const { tree, bindings } = this.#pass;
    const stack = [root];
    while (stack.length > 0) {
      const node = unparen(tree, stack.pop() ?? 0);
      switch (tree.kind[node]) {
        case Kind.Ident: {
          const object = bindings.objectOf[node] ?? 0;
          if (bindings.kind[object] === ObjectKind.Variable) objects.push(object);
          else if (bindings.kind[object] !== ObjectKind.Nil && bindings.kind[object] !== ObjectKind.Constant)
            return false;
          break;
        }
        case Kind.BasicLit:
          break;
        case Kind.SelectorExpr:
          if (assignedFields(this.#pass).has(tree.data[tree.b[node] ?? 0] ?? 0)) return false;
          stack.push(tree.a[node] ?? 0);
          break;
        case Kind.BinaryExpr:
          stack.push(tree.a[node] ?? 0, tree.b[node] ?? 0);
          break;
        case Kind.CallExpr:
          if (this.#pass.typing.builtin(node) !== 'len') return false;
          stack.push(tree.b[node] ?? 0);
          break;
        default:
          return false;
      }
    }
    return true;
  }
}
