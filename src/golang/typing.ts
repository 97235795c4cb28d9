/**
 * Light types. Answers are worked out when they are asked for and remembered per node; whatever depends on a package that
 * is not there, on cgo, or on rules that we do not model is `Types.unknown` (0), and a rule that meets it stays silent.
 *
 * Types are interned in one `TypeStore` per process: two identical types are one integer.
 */
import type { Bindings, ObjectIndex } from './bindings.ts';
import type { NameIndex } from './names.ts';
import type { NodeIndex } from './tree.ts';

/** Index into the type store; 0 is unknown. */
export type TypeIndex = number;

export const TypeKind = {
  Unknown: 0,
  /** bool, int…, float…, complex…, string, unsafe.Pointer and the untyped kinds; `basicOf` tells which. */
  Basic: 1,
  /** A defined type, instantiated or not. */
  Named: 2,
  Pointer: 3,
  Slice: 4,
  Array: 5,
  Map: 6,
  Channel: 7,
  Struct: 8,
  Function: 9,
  Interface: 10,
  /** Several results. */
  Tuple: 11,
  TypeParameter: 12,
  Nil: 13,
  /** The expression is a type, not a value, or a package name, or a statement's call without a result. */
  Void: 14,
} as const;
export type TypeKindCode = number;

/** Directions of a channel, as in reflect. */
export const ChannelDirection = { Both: 0, Send: 1, Receive: 2 } as const;

export interface FieldType {
  readonly name: NameIndex;
  readonly type: TypeIndex;
  readonly embedded: boolean;
}

/** A read-only view of the interned types. */
export interface Types {
  readonly unknown: 0;
  kind(type: TypeIndex): TypeKindCode;
  /** Aliases are never seen; a Named type's structure, any other type itself. */
  underlying(type: TypeIndex): TypeIndex;
  /** Element of a pointer, slice, array, map or channel; 0 otherwise. */
  element(type: TypeIndex): TypeIndex;
  key(type: TypeIndex): TypeIndex;
  direction(type: TypeIndex): number;
  /** Of a struct, in declaration order. */
  fields(type: TypeIndex): readonly FieldType[];
  /** Parameters and results of a function, members of a tuple. */
  parameters(type: TypeIndex): readonly TypeIndex[];
  results(type: TypeIndex): readonly TypeIndex[];
  variadic(type: TypeIndex): boolean;
  /** Import path and name of a Named type: ['net/http', 'Response']; ['', 'error'] for the universe; null otherwise. */
  named(type: TypeIndex): readonly [string, string] | null;
  typeArguments(type: TypeIndex): readonly TypeIndex[];
  /** `int`, `untyped string` …; '' if not basic. */
  basic(type: TypeIndex): string;
  /** Size in bytes on amd64, or null where it is not known. */
  size(type: TypeIndex): number | null;
  /**
   * As go/types prints it with full package paths, e.g. `*net/http.Response`, `map[string][]int`, but with `uint8` and
   * `int32` for byte and rune, whole method sets for interfaces, no parameter names, and `?` for what is not known.
   */
  text(type: TypeIndex): string;
}

/** What a selector x.f means. */
export interface Selection {
  readonly kind: 'field' | 'method' | 'qualified';
  /** Import path of the package that declares the member. */
  readonly path: string;
  /** Name of the defined type that declares it (after embedding is followed); '' for qualified ones and unnamed structs. */
  readonly receiver: string;
  readonly name: string;
  /** Its type: a method's without its receiver. */
  readonly type: TypeIndex;
  /** Qualified and declared elsewhere: what it is. */
  readonly object: 'variable' | 'constant' | 'type' | 'function' | null;
  /** FuncDecl or Field node (of a struct or an interface) where it is declared in this very package, else 0. */
  readonly decl: NodeIndex;
}

/**
 * What a call calls. `key` names it over packages: `os.Open`, `(*sync.Pool).Get`, `(net/http.Client).Do` is never used:
 * methods are always written with the receiver's base type and without the star: `sync.Pool.Get`, `net/http.Client.Do`,
 * `example.com/shop/cart.New`. Interface methods too: `context.Context.Done`, `io.Closer.Close`. The type is the one that
 * declares the method, embedding followed: t.Fatal of a *testing.T is `testing.common.Fatal`. '' for a function literal.
 */
export interface Callee {
  readonly key: string;
  readonly path: string;
  readonly receiver: string;
  readonly name: string;
  /** FuncDecl node in this package, or the FuncLit that is called at once or through a local that is assigned once; 0 otherwise. */
  readonly decl: NodeIndex;
  /** The call goes through an interface: the key names the interface's method. */
  readonly dynamic: boolean;
}

export interface Typing {
  readonly bindings: Bindings;
  readonly types: Types;
  /**
   * The type of an expression, or the type that a type expression denotes. A call with several results: a Tuple; with
   * none: Void. An untyped constant has the type that it takes where it stands. `<-ch`, `m[k]` and `x.(T)` have the
   * element's type in `v, ok = …`, too. The name after a selector's point has the selector's type, a key of a struct
   * literal its field's.
   */
  typeOf(expression: NodeIndex): TypeIndex;
  /** The declared type of a variable, function, constant or type name. */
  objectType(object: ObjectIndex): TypeIndex;
  /** Whether the expression denotes a type (conversion, make's argument, composite literal's type …). */
  isType(expression: NodeIndex): boolean;
  /** Of a SelectorExpr; null where unknown. */
  selection(selector: NodeIndex): Selection | null;
  /** Of a CallExpr; null for conversions, builtins, function values that we cannot follow, and unknown. */
  callee(call: NodeIndex): Callee | null;
  /** Name of the builtin that a CallExpr calls (`make`, `close`, `len` …), '' if none. */
  builtin(call: NodeIndex): string;
  /** Field that an Ident key of a struct literal, or an embedded or promoted member, names; NodeIndex of its Field in this package or 0. */
  fieldOf(ident: NodeIndex): NodeIndex;
  /** Value of a constant integer expression that fits a double exactly; null otherwise. */
  integer(expression: NodeIndex): number | null;
  /** Whether a value of `type` has the method in its method set (pointer receivers counted when addressable is true). */
  hasMethod(type: TypeIndex, name: string, addressable: boolean): boolean;
}
