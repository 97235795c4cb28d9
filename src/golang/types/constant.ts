/**
 * Values of constant expressions: exact for integers (bigint), strings (one character per byte) and booleans, doubles
 * for floating-point numbers. Complex numbers have no value here. Worked out only where somebody needs one: array
 * lengths, capacities of channels.
 */
import { type ObjectIndex, ObjectKind } from '../bindings.ts';
import { Kind } from '../nodes.ts';
import { unparen } from '../syntax.ts';
import { Token } from '../tokens.ts';
import { type NodeIndex, nameOf, textOf } from '../tree.ts';
import { type TypeIndex, TypeKind } from '../typing.ts';
import { builtinName } from './builtin.ts';
import { typeOfObject, valuesOfConstant } from './declare.ts';
import { dotImported, isTypeExpression, qualified, typeOfNode } from './expression.ts';
import { Basic } from './store.ts';
import { EXPRESSION_DEPTH, itemAt, positionIn, type Unit } from './unit.ts';

export type ConstantValue = bigint | number | string | boolean;

/** The largest shift that is carried out, bits. */
const LONGEST_SHIFT = 1100n;

/** A constant integer that a double holds exactly; null for anything else. */
export function integerValue(unit: Unit, node: NodeIndex): number | null {
  const value = constantValue(unit, node, -1);
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : null;
  }
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** `iota` -1: that of the specification around the node. Any other value: a specification that repeats this one. */
export function constantValue(unit: Unit, expression: NodeIndex, iota: number): ConstantValue | null {
  const { tree, constants } = unit;
  const node = unparen(tree, expression);
  if (iota === -1) {
    const known = constants.get(node);
    if (known !== undefined) return known;
  }
  if (unit.depth > EXPRESSION_DEPTH) return null;
  unit.depth++;
  const value = compute(unit, node, iota);
  unit.depth--;
  if (iota === -1) constants.set(node, value);
  return value;
}

function compute(unit: Unit, node: NodeIndex, iota: number): ConstantValue | null {
  const { tree } = unit;
  switch (tree.kind[node]) {
    case Kind.BasicLit:
      return literalValue(unit, node);
    case Kind.Ident: {
      const object = unit.bindings.objectOf[node] ?? 0;
      const member = dotImported(unit, node);
      if (member !== null) return constantOfObject(member.unit, member.object);
      if (unit.bindings.kind[object] !== ObjectKind.Constant) return null;
      if (unit.bindings.ident[object] !== 0) return constantOfObject(unit, object);
      const name = nameOf(tree, node);
      return name === 'true' ? true : name === 'false' ? false : BigInt(iota === -1 ? iotaAround(unit, node) : iota);
    }
    case Kind.SelectorExpr: {
      const member = qualified(unit, node);
      if (member === null) return null;
      return constantOfObject(member.unit, member.object);
    }
    case Kind.UnaryExpr:
      return unaryValue(unit, node, iota);
    case Kind.BinaryExpr:
      return chainValue(unit, node, iota);
    case Kind.CallExpr:
      return callValue(unit, node, iota);
    default:
      return null;
  }
}

export function constantOfObject(unit: Unit, object: ObjectIndex): ConstantValue | null {
  const { tree, bindings, objectConstants } = unit;
  const known = objectConstants.get(object);
  if (known !== undefined) return known;
  objectConstants.set(object, null);
  if (bindings.kind[object] !== ObjectKind.Constant) return null;
  const spec = bindings.decl[object] ?? 0;
  if (tree.kind[spec] !== Kind.ValueSpec) return null;
  const source = valuesOfConstant(unit, spec);
  const position = positionIn(tree, tree.a[spec], bindings.ident[object] ?? 0);
  const expression = itemAt(tree, tree.c[source], position);
  if (expression === 0) return null;
  const value = convert(unit, constantValue(unit, expression, tree.data[spec] ?? 0), typeOfObject(unit, object));
  objectConstants.set(object, value);
  return value;
}

function iotaAround(unit: Unit, ident: NodeIndex): number {
  const { tree } = unit;
  let node = ident;
  while (node !== 0 && tree.kind[node] !== Kind.ValueSpec) node = tree.parent[node] ?? 0;
  return tree.data[node] ?? 0;
}

function literalValue(unit: Unit, node: NodeIndex): ConstantValue | null {
  const text = textOf(unit.tree, node);
  switch (unit.tree.op[node]) {
    case Token.Int:
      return integerLiteral(text);
    case Token.Float: {
      const value = text.includes('x') || text.includes('X') ? Number.NaN : Number(text.replaceAll('_', ''));
      return Number.isNaN(value) ? null : value;
    }
    case Token.Char: {
      const bytes = stringOfLiteral(text);
      if (/^'\\(x|[0-7])/.test(text)) return BigInt(bytes.charCodeAt(0));
      return BigInt(textOfBytes(bytes).codePointAt(0) ?? 0);
    }
    case Token.String:
      return stringOfLiteral(text);
    default:
      return null;
  }
}

function integerLiteral(text: string): bigint | null {
  const digits = text.replaceAll('_', '');
  try {
    return BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  } catch {
    return null;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Bytes, one character each, as text. */
export function textOfBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The bytes that a string or rune literal stands for, one character each. */
export function stringOfLiteral(text: string): string {
  const inner = Buffer.from(text.slice(1, -1), 'utf8').toString('latin1');
  if (text.startsWith('`')) return inner.replaceAll('\r', '');
  if (!inner.includes('\\')) return inner;
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g,
    (
      _whole,
      hex: string | undefined,
      octal: string | undefined,
      u4: string | undefined,
      u8: string | undefined,
      c: string | undefined,
    ) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      const code = Number.parseInt(u4 ?? u8 ?? '', 16);
      if (code <= 0x10ffff) return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
      return ESCAPES[c ?? ''] ?? c ?? '';
    },
  );
}

function unaryValue(unit: Unit, node: NodeIndex, iota: number): ConstantValue | null {
  const value = constantValue(unit, unit.tree.a[node] ?? 0, iota);
  switch (unit.tree.op[node]) {
    case Token.Add:
      return value;
    case Token.Sub:
      return typeof value === 'bigint' || typeof value === 'number' ? -value : null;
    case Token.Not:
      return typeof value === 'boolean' ? !value : null;
    case Token.Xor: {
      if (typeof value !== 'bigint') return null;
      const type = unit.store.underlying(typeOfNode(unit, unit.tree.a[node] ?? 0));
      return isUnsigned(type) ? BigInt.asUintN((unit.store.size(type) ?? 8) * 8, ~value) : ~value;
    }
    default:
      return null;
  }
}

function isUnsigned(type: TypeIndex): boolean {
  return type >= Basic.Uint && type <= Basic.Uintptr;
}

function isInteger(type: TypeIndex): boolean {
  return (type >= Basic.Int && type <= Basic.Uintptr) || type === Basic.UntypedInt || type === Basic.UntypedRune;
}

/** `a + b + c …`: from the left, without recursion. */
function chainValue(unit: Unit, top: NodeIndex, iota: number): ConstantValue | null {
  const { tree } = unit;
  const chain: NodeIndex[] = [];
  let node = top;
  while (tree.kind[node] === Kind.BinaryExpr && (iota !== -1 || !unit.constants.has(node))) {
    chain.push(node);
    node = unparen(tree, tree.a[node] ?? 0);
  }
  let value = constantValue(unit, node, iota);
  for (let index = chain.length - 1; index >= 0 && value !== null; index--) {
    const binary = chain[index] ?? 0;
    const right = constantValue(unit, tree.b[binary] ?? 0, iota);
    if (right === null) return null;
    const whole = isInteger(unit.store.underlying(typeOfNode(unit, binary)));
    value = binaryValue(tree.op[binary] ?? 0, value, right, whole);
    if (iota === -1) unit.constants.set(binary, value);
  }
  return value;
}

function binaryValue(op: number, left: ConstantValue, right: ConstantValue, whole: boolean): ConstantValue | null {
  if (typeof left === 'string' && typeof right === 'string') {
    return op === Token.Add ? left + right : compare(op, left, right);
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    if (op === Token.LAnd) return left && right;
    if (op === Token.LOr) return left || right;
    return op === Token.Eql ? left === right : op === Token.Neq ? left !== right : null;
  }
  if (op === Token.Shl || op === Token.Shr) {
    const shifted = asInteger(left);
    const by = asInteger(right);
    if (shifted === null || by === null || by < 0n || by > LONGEST_SHIFT) return null;
    return op === Token.Shl ? shifted << by : shifted >> by;
  }
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    return op === Token.Quo && !whole ? Number(left) / Number(right) : integerOperation(op, left, right);
  }
  if (
    typeof left === 'string' ||
    typeof right === 'string' ||
    typeof left === 'boolean' ||
    typeof right === 'boolean'
  ) {
    return null;
  }
  const one = Number(left);
  const other = Number(right);
  switch (op) {
    case Token.Add:
      return one + other;
    case Token.Sub:
      return one - other;
    case Token.Mul:
      return one * other;
    case Token.Quo:
      return one / other;
    default:
      return compare(op, one, other);
  }
}

function integerOperation(op: number, left: bigint, right: bigint): ConstantValue | null {
  switch (op) {
    case Token.Add:
      return left + right;
    case Token.Sub:
      return left - right;
    case Token.Mul:
      return left * right;
    case Token.Quo:
      return right === 0n ? null : left / right;
    case Token.Rem:
      return right === 0n ? null : left % right;
    case Token.And:
      return left & right;
    case Token.Or:
      return left | right;
    case Token.Xor:
      return left ^ right;
    case Token.AndNot:
      return left & ~right;
    default:
      return compare(op, left, right);
  }
}

function compare<T extends bigint | number | string>(op: number, left: T, right: T): boolean | null {
  switch (op) {
    case Token.Eql:
      return left === right;
    case Token.Neq:
      return left !== right;
    case Token.Lss:
      return left < right;
    case Token.Leq:
      return left <= right;
    case Token.Gtr:
      return left > right;
    case Token.Geq:
      return left >= right;
    default:
      return null;
  }
}

function asInteger(value: ConstantValue): bigint | null {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : null;
}

/** A constant as a value of `type`. */
function convert(unit: Unit, value: ConstantValue | null, type: TypeIndex): ConstantValue | null {
  if (value === null) return null;
  const basic = unit.store.underlying(type);
  if (isInteger(basic)) return typeof value === 'number' ? asInteger(value) : value;
  if (basic === Basic.Float32 && typeof value !== 'string') return Math.fround(Number(value));
  if ((basic === Basic.Float64 || basic === Basic.UntypedFloat) && typeof value === 'bigint') return Number(value);
  if (basic === Basic.String && typeof value === 'bigint') {
    const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
    return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
  }
  return value;
}

function callValue(unit: Unit, call: NodeIndex, iota: number): ConstantValue | null {
  const { tree, store } = unit;
  const fun = tree.a[call] ?? 0;
  const first = tree.b[call] ?? 0;
  if (first === 0) return null;
  if (isTypeExpression(unit, fun)) {
    const type = typeOfNode(unit, fun);
    if (store.underlyingKind(type) !== TypeKind.Basic) return null;
    return convert(unit, constantValue(unit, first, iota), type);
  }
  switch (builtinName(unit, fun)) {
    case 'len':
    case 'cap': {
      const value = constantValue(unit, first, iota);
      if (typeof value === 'string') return BigInt(value.length);
      const length = constantLength(unit, first);
      return length < 0 ? null : BigInt(length);
    }
    case 'min':
    case 'max': {
      const highest = builtinName(unit, fun) === 'max';
      let best = constantValue(unit, first, iota);
      for (let node = tree.next[first] ?? 0; node !== 0 && best !== null; node = tree.next[node] ?? 0) {
        const value = constantValue(unit, node, iota);
        if (value === null) return null;
        if (highest ? value > best : value < best) best = value;
      }
      return best;
    }
    case 'unsafe.Sizeof': {
      const size = store.size(typeOfNode(unit, first));
      return size === null || store.open(typeOfNode(unit, first)) ? null : BigInt(size);
    }
    default:
      return null;
  }
}

/** Length of an array, or pointer to one, if len of it is constant (the operand calls and receives nothing); -1. */
export function constantLength(unit: Unit, node: NodeIndex): number {
  const { store, tree } = unit;
  const type = typeOfNode(unit, node);
  const pointer = store.underlyingKind(type) === TypeKind.Pointer;
  const length = store.length(pointer ? store.element(type) : type);
  if (length < 0) return -1;
  // Calls and receives inside: looked for along the operand itself, which is where they are in practice.
  for (let at = node; at !== 0; at = tree.a[at] ?? 0) {
    const kind = tree.kind[at];
    if (kind === Kind.CallExpr && !isTypeExpression(unit, tree.a[at] ?? 0)) return -1;
    if (kind === Kind.UnaryExpr && tree.op[at] === Token.Arrow) return -1;
    if (kind === Kind.CompositeLit || kind === Kind.Ident || kind === Kind.FuncLit) break;
  }
  return length;
}
