/**
 * The predeclared identifiers. In every package's bindings they are objects 1 to UNIVERSE.length, in this order, so that
 * a test for `error` or `append` is a comparison of integers.
 */
import { ObjectKind, type ObjectKindCode } from './bindings.ts';

/** Codes of the builtins: `Bindings.detail` of a Builtin object. */
export const Builtin = {
  append: 1,
  cap: 2,
  clear: 3,
  close: 4,
  complex: 5,
  copy: 6,
  delete: 7,
  imag: 8,
  len: 9,
  make: 10,
  max: 11,
  min: 12,
  new: 13,
  panic: 14,
  print: 15,
  println: 16,
  real: 17,
  recover: 18,
} as const;
/** A value of `Builtin`. */
export type BuiltinCode = number;

interface Predeclared {
  readonly name: string;
  readonly kind: ObjectKindCode;
  /** A builtin's code, else 0. */
  readonly code: BuiltinCode;
}

const TYPES = [
  'any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64',
  'rune string uint uint8 uint16 uint32 uint64 uintptr',
];

/** Object o is UNIVERSE[o - 1]. */
export const UNIVERSE: readonly Predeclared[] = [
  ...TYPES.flatMap((line) => line.split(' ')).map((name) => ({ name, kind: ObjectKind.TypeName, code: 0 })),
  ...['true', 'false', 'iota'].map((name) => ({ name, kind: ObjectKind.Constant, code: 0 })),
  { name: 'nil', kind: ObjectKind.Nil, code: 0 },
  ...Object.entries(Builtin).map(([name, code]) => ({ name, kind: ObjectKind.Builtin, code })),
];

const INDEX: ReadonlyMap<string, number> = new Map(UNIVERSE.map(({ name }, index) => [name, index + 1]));

/** The object of a predeclared name, the same in every package; 0 if there is none of that name. */
export function predeclared(name: string): number {
  return INDEX.get(name) ?? 0;
}
