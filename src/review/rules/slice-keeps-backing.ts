import { ObjectFlag, type ObjectIndex, ObjectKind } from '../../golang/bindings.ts';
import { Kind } from '../../golang/nodes.ts';
import { unparen } from '../../golang/syntax.ts';
import { Token } from '../../golang/tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import type { Confidence, Pass, Rule } from '../rule.ts';

/** A part of at most this many bytes or elements is small. */
const SMALL = 4096;
/** A make of at least this many bytes is large. */
const LARGE = 64 << 10;

/** Functions that give back a whole file or stream. */
const READERS: ReadonlySet<string> = new Set([
  'os.ReadFile',
  'io.ReadAll',
  'io/ioutil.ReadFile',
  'io/ioutil.ReadAll',
  'io/fs.ReadFile',
]);

export const sliceKeepsBacking: Rule = {
  id: 'slice-keeps-backing',
  summary: 'A small part of a large buffer is kept for long, and keeps all of the buffer',
  check(pass) {
    const { tree } = pass;
    for (const slice of pass.nodesOf(Kind.SliceExpr)) {
      if (pass.inTest(slice) || pass.inGenerated(slice) || pass.functionAround(slice) === 0) continue;
      // The cheapest question first: few slices are assigned to something that lives long.
      const kept = keptIn(pass, slice);
      const part = kept === null ? 0 : smallPart(pass, slice);
      if (kept === null || part === 0) continue;
      const source = largeSource(pass, unparen(tree, tree.a[slice] ?? 0));
      if (source === null) continue;
      const name = textOf(tree, tree.a[slice] ?? 0);
      pass.report({
        confidence: kept.confidence,
        node: slice,
        message: `${textOf(tree, slice)} is kept in ${kept.where} and keeps all of ${name} in memory, of which it is at most ${part} bytes`,
        steps: [
          { node: source.node, says: source.says },
          { node: slice, says: `the part shares its memory` },
          { node: kept.node, says: `and is kept in ${kept.where}` },
        ],
        advice: source.isString
          ? 'Keep strings.Clone of the part.'
          : 'Keep a copy: bytes.Clone or slices.Clone of the part.',
      });
    }
  },
};

/** Largest number of elements of `x[i:j]` with constant bounds; 0 where it is unknown or not small. */
function smallPart(pass: Pass, slice: NodeIndex): number {
  const { tree, typing } = pass;
  const high = tree.c[slice] ?? 0;
  const low = tree.b[slice] ?? 0;
  if (high === 0) return 0;
  const end = typing.integer(high);
  const start = low === 0 ? 0 : typing.integer(low);
  if (end !== null && start !== null) return end > start && end - start <= SMALL ? end - start : 0;
  // x[n : n+16]
  const sum = unparen(tree, high);
  if (low === 0 || tree.kind[sum] !== Kind.BinaryExpr || tree.op[sum] !== Token.Add) return 0;
  if (textOf(tree, tree.a[sum] ?? 0) !== textOf(tree, low)) return 0;
  const length = typing.integer(tree.b[sum] ?? 0);
  return length !== null && length <= SMALL ? length : 0;
}

interface Source {
  readonly node: NodeIndex;
  readonly says: string;
  readonly isString: boolean;
}

/** A local variable that is given one value, and that a whole file, a whole stream or a large make. */
function largeSource(pass: Pass, operand: NodeIndex): Source | null {
  const { tree, bindings, typing } = pass;
  const object = tree.kind[operand] === Kind.Ident ? (bindings.objectOf[operand] ?? 0) : 0;
  const value = onlyValue(pass, object);
  if (value === 0) return null;
  const isString = typing.types.basic(typing.types.underlying(typing.typeOf(operand))) === 'string';
  if (tree.kind[value] !== Kind.CallExpr) return null;
  if (typing.isType(tree.a[value] ?? 0)) {
    // string(data): as large as data.
    const inner = unparen(tree, tree.b[value] ?? 0);
    const source = tree.kind[inner] === Kind.Ident && isString ? largeSource(pass, inner) : null;
    return source === null ? null : { ...source, isString };
  }
  if (typing.builtin(value) === 'make') {
    const size = typing.integer(tree.next[tree.b[value] ?? 0] ?? 0);
    const bytes = typing.types.size(typing.types.element(typing.types.underlying(typing.typeOf(value)))) ?? 0;
    return size !== null && size * bytes >= LARGE
      ? { node: value, says: `the buffer has ${Math.round((size * bytes) / 1024)} KiB`, isString }
      : null;
  }
  const key = typing.callee(value)?.key ?? '';
  return READERS.has(key) ? { node: value, says: 'all that is read is one buffer', isString } : null;
}

/** The one value that a local variable ever gets; 0 if there are more. */
function onlyValue(pass: Pass, object: ObjectIndex): NodeIndex {
  const { tree, bindings } = pass;
  if (bindings.kind[object] !== ObjectKind.Variable || bindings.func[object] === 0) return 0;
  if (((bindings.flags[object] ?? 0) & (ObjectFlag.Reassigned | ObjectFlag.Parameter | ObjectFlag.Receiver)) !== 0)
    return 0;
  const ident = bindings.ident[object] ?? 0;
  const decl = bindings.decl[object] ?? 0;
  const [left, right] =
    tree.kind[decl] === Kind.AssignStmt
      ? [tree.a[decl] ?? 0, tree.b[decl] ?? 0]
      : tree.kind[decl] === Kind.ValueSpec
        ? [tree.a[decl] ?? 0, tree.c[decl] ?? 0]
        : [0, 0];
  let value = right;
  for (let at = left; at !== 0 && at !== ident; at = tree.next[at] ?? 0)
    if (tree.next[value] !== 0) value = tree.next[value] ?? 0;
  return unparen(tree, value);
}

/** Where the part goes, if that is a package-level variable or behind the receiver. */
function keptIn(pass: Pass, slice: NodeIndex): { node: NodeIndex; where: string; confidence: Confidence } | null {
  const { tree, typing, bindings } = pass;
  let value = slice;
  let above = tree.parent[value] ?? 0;
  for (;;) {
    const kind = tree.kind[above];
    const isElement = kind === Kind.CompositeLit && tree.a[above] !== value;
    const isAddress = kind === Kind.UnaryExpr && tree.op[above] === Token.And;
    const isValue = kind === Kind.KeyValueExpr && tree.b[above] === value;
    // `append(kept, part)` keeps it; `append(kept, part...)` and `string(part)` copy it.
    const isAppend =
      kind === Kind.CallExpr && tree.b[above] !== value && tree.op[above] !== 1 && typing.builtin(above) === 'append';
    if (kind !== Kind.ParenExpr && !isElement && !isAddress && !isValue && !isAppend) break;
    value = above;
    above = tree.parent[value] ?? 0;
  }
  if (tree.kind[above] !== Kind.AssignStmt || tree.op[above] !== Token.Assign) return null;
  let left = tree.a[above] ?? 0;
  let right = tree.b[above] ?? 0;
  for (; right !== 0 && right !== value; right = tree.next[right] ?? 0) left = tree.next[left] ?? 0;
  if (right === 0) return null;
  const target = unparen(tree, left);
  let root = target;
  while ([Kind.SelectorExpr, Kind.IndexExpr, Kind.ParenExpr, Kind.StarExpr].some((kind) => kind === tree.kind[root]))
    root = tree.a[root] ?? 0;
  const object = bindings.objectOf[root] ?? 0;
  if (tree.kind[root] !== Kind.Ident || nameOf(tree, root) === '_' || bindings.kind[object] !== ObjectKind.Variable)
    return null;
  const where = textOf(tree, target);
  if (bindings.func[object] === 0) return { node: above, where, confidence: 'high' };
  // Of what is behind a receiver only its maps and lists are known to gather.
  const gathers = tree.kind[target] === Kind.IndexExpr || tree.kind[unparen(tree, right)] === Kind.CallExpr;
  const isReceiver = ((bindings.flags[object] ?? 0) & ObjectFlag.Receiver) !== 0;
  const isMap = typing.types.kind(typing.types.underlying(typing.typeOf(tree.a[target] ?? 0))) === TypeKind.Map;
  return isReceiver && target !== root && gathers && (isMap || tree.kind[target] !== Kind.IndexExpr)
    ? { node: above, where, confidence: 'medium' }
    : null;
}
