import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { type TypeIndex, TypeKind } from '../../golang/typing.ts';
import type { Pass, Rule } from '../rule.ts';

/** A structure is large from this on: what a goroutine keeps besides is its stack, 2 to 8 KiB. */
const LARGE_BYTES = 16 << 10;
/** What is used of it is small if it is at most this part of the whole. */
const PART = 8;

export const goroutineCapturesLarge: Rule = {
  id: 'goroutine-captures-large',
  summary: 'A goroutine that waits closes over a large structure of which it uses a small part',
  when: { kinds: [Kind.GoStmt] },
  check(pass) {
    const { tree, bindings } = pass;
    const places = new Map<NodeIndex, number>();
    for (const [index, func] of bindings.functions.entries()) places.set(func, index);
    for (const go of pass.nodesOf(Kind.GoStmt)) {
      const literal = unparen(tree, tree.a[tree.a[go] ?? 0] ?? 0);
      const index = tree.kind[literal] === Kind.FuncLit ? places.get(literal) : undefined;
      if (index === undefined || pass.inTest(go) || pass.inGenerated(go)) continue;
      let waits: NodeIndex | null = null;
      for (let at = bindings.captureStart[index] ?? 0; at < (bindings.captureStart[index + 1] ?? 0); at++) {
        const object = bindings.captures[at] ?? 0;
        const found = capture(pass, literal, object);
        if (found === null) continue;
        waits ??= waitIn(pass, literal);
        if (waits === 0) break;
        const name = tree.names.text(bindings.name[object] ?? 0);
        pass.report({
          confidence: 'medium',
          node: go,
          message: `the goroutine closes over ${name} (${bytesText(found.bytes)}) and uses only ${found.used}: all of ${name} stays in memory while it waits`,
          steps: [
            { node: bindings.ident[object] ?? 0, says: `${name} is ${bytesText(found.bytes)}` },
            { node: found.use, says: `of ${name} only ${found.used} is used` },
            { node: waits, says: 'and here the goroutine waits' },
          ],
          advice: `Copy what is needed before the go statement: v := ${found.used}.`,
        });
        break;
      }
    }
  },
};

interface Capture {
  readonly bytes: number;
  /** `rep.title`. */
  readonly used: string;
  readonly use: NodeIndex;
}

/** The captured variable is large, and the literal names it only to get at small fields. */
function capture(pass: Pass, literal: NodeIndex, object: ObjectIndex): Capture | null {
  const { tree, bindings, typing } = pass;
  const { types } = typing;
  if (bindings.kind[object] !== ObjectKind.Variable) return null;
  const declared = typing.objectType(object);
  // A receiver lives as long as the service does, as a rule; a variable that is set anew is another matter.
  if (((bindings.flags[object] ?? 0) & (ObjectFlag.Receiver | ObjectFlag.Reassigned)) !== 0) return null;
  const target = types.kind(declared) === TypeKind.Pointer ? types.element(declared) : declared;
  if (types.kind(types.underlying(target)) !== TypeKind.Struct) return null;
  const bytes = types.size(target);
  if (bytes === null || bytes < LARGE_BYTES) return null;
  let used = 0;
  const fields = new Set<string>();
  let use: NodeIndex = 0;
  for (let at = bindings.useStart[object] ?? 0; at < (bindings.useStart[object + 1] ?? 0); at++) {
    const ident = bindings.uses[at] ?? 0;
    if (!within(pass, ident, literal)) continue;
    const selector = tree.parent[ident] ?? 0;
    if (tree.kind[selector] !== Kind.SelectorExpr || tree.a[selector] !== ident) return null;
    const size = fieldSize(pass, selector);
    if (size === null || isAddressed(pass, selector)) return null;
    const name = nameOf(tree, tree.b[selector] ?? 0);
    if (!fields.has(name)) used += size;
    fields.add(name);
    use = use === 0 ? selector : use;
  }
  if (fields.size === 0 || used * PART > bytes) return null;
  const name = tree.names.text(bindings.name[object] ?? 0);
  return { bytes, used: [...fields].map((field) => `${name}.${field}`).join(', '), use };
}

/** Bytes of a field that is read; null for methods, assignments and unknowns. */
function fieldSize(pass: Pass, selector: NodeIndex): number | null {
  const { tree, typing } = pass;
  const selection = typing.selection(selector);
  if (selection === null || selection.kind !== 'field') return null;
  const above = tree.parent[selector] ?? 0;
  if (tree.kind[above] === Kind.IncDecStmt) return null;
  if (tree.kind[above] === Kind.AssignStmt)
    for (let at = tree.a[above] ?? 0; at !== 0; at = tree.next[at] ?? 0) if (at === selector) return null;
  // A lock or a channel of the structure ties the goroutine to it on purpose, and a pointer may lead back to it.
  const type: TypeIndex = selection.type;
  const kind = typing.types.kind(typing.types.underlying(type));
  return kind === TypeKind.Basic || kind === TypeKind.Channel || kind === TypeKind.Slice
    ? typing.types.size(type)
    : null;
}

function isAddressed(pass: Pass, selector: NodeIndex): boolean {
  const above = pass.tree.parent[selector] ?? 0;
  return pass.tree.kind[above] === Kind.UnaryExpr && pass.tree.op[above] === Token.And;
}

function within(pass: Pass, node: NodeIndex, around: NodeIndex): boolean {
  const { tree } = pass;
  return (tree.start[node] ?? 0) >= (tree.start[around] ?? 0) && (tree.end[node] ?? 0) <= (tree.end[around] ?? 0);
}

/** Where the literal waits for something that may be long in coming: a receive, a select, a sleep; 0 if it does not. */
function waitIn(pass: Pass, literal: NodeIndex): NodeIndex {
  const { tree, typing } = pass;
  const inside = (node: NodeIndex): boolean => pass.functionAround(node) === literal;
  for (const node of pass.nodesOf(Kind.UnaryExpr)) if (tree.op[node] === Token.Arrow && inside(node)) return node;
  for (const node of pass.nodesOf(Kind.SelectStmt)) if (inside(node)) return node;
  for (const node of pass.nodesOf(Kind.RangeStmt)) {
    if (!inside(node)) continue;
    if (typing.types.kind(typing.types.underlying(typing.typeOf(tree.c[node] ?? 0))) === TypeKind.Channel) return node;
  }
  for (const node of pass.nodesOf(Kind.CallExpr)) {
    if (!inside(node)) continue;
    const key = typing.callee(node)?.key;
    if (key === 'time.Sleep' || key === 'sync.WaitGroup.Wait' || key === 'sync.Cond.Wait') return node;
  }
  return 0;
}

function bytesText(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
