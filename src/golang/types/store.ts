/**
 * All types of a process, hash-consed: two identical types are one integer, so that comparing them is `===`. A type's
 * parts are rows of small tables; Named types are completed when somebody asks for their underlying type, by whoever
 * knows their declaration (`Completer`), and only then.
 *
 * What is not known is 0, also inside: `map[string]?` is a Map whose element is 0.
 */
import type { NameIndex, Names } from '../names.ts';
import { type FieldType, type TypeIndex, TypeKind, type TypeKindCode, type Types } from '../typing.ts';
import { sizeOf } from './size.ts';
import { textOfType } from './text.ts';

/** Types that every store has, at fixed indices. */
export const Basic = {
  Bool: 1,
  Int: 2,
  Int8: 3,
  Int16: 4,
  Int32: 5,
  Int64: 6,
  Uint: 7,
  Uint8: 8,
  Uint16: 9,
  Uint32: 10,
  Uint64: 11,
  Uintptr: 12,
  Float32: 13,
  Float64: 14,
  Complex64: 15,
  Complex128: 16,
  String: 17,
  UnsafePointer: 18,
  UntypedBool: 19,
  UntypedInt: 20,
  UntypedRune: 21,
  UntypedFloat: 22,
  UntypedComplex: 23,
  UntypedString: 24,
  Nil: 25,
  Void: 26,
  /** The empty interface. */
  Any: 27,
  Error: 28,
  Comparable: 29,
} as const;

export const BASIC_NAMES: readonly string[] = [
  '', 'bool', 'int', 'int8', 'int16', 'int32', 'int64', 'uint', 'uint8', 'uint16', 'uint32', 'uint64', 'uintptr',
  'float32', 'float64', 'complex64', 'complex128', 'string', 'unsafe.Pointer', 'untyped bool', 'untyped int',
  'untyped rune', 'untyped float', 'untyped complex', 'untyped string', 'untyped nil',
]; // biome-ignore format: a table

/** A field of a struct; `path` is the package that declares it. */
export interface StructField extends FieldType {
  readonly path: string;
  readonly tag: string;
}

export interface FunctionParts {
  readonly parameters: readonly TypeIndex[];
  readonly results: readonly TypeIndex[];
  readonly variadic: boolean;
  /** Type parameters of a generic function that is not instantiated. */
  readonly typeParameters: readonly TypeIndex[];
}

export interface InterfaceMethod {
  readonly name: NameIndex;
  /** Package of an unexported method, else ''. */
  readonly path: string;
  readonly type: TypeIndex;
}

/** `~int | string`: the types of one embedded element; a type set is the intersection of all of them. */
export type Union = readonly { readonly tilde: boolean; readonly type: TypeIndex }[];

export interface InterfaceParts {
  /** Flattened, sorted by name. */
  readonly methods: readonly InterfaceMethod[];
  readonly unions: readonly Union[];
  readonly comparable: boolean;
}

export interface NamedParts {
  readonly path: string;
  readonly name: string;
  /** '' at package level, else what tells local types of the same name apart. */
  readonly scope: string;
  /** The generic type that this one instantiates; 0 for one that is not an instance. */
  readonly origin: TypeIndex;
  readonly args: readonly TypeIndex[];
}

/** Knows the declarations of Named types. */
export interface Completer {
  /** Underlying type of a Named type that is not an instance; 0 if it cannot be found. */
  complete(named: TypeIndex): TypeIndex;
  /** Underlying type of an instance. */
  completeInstance(named: TypeIndex): TypeIndex;
}

const NOTHING: readonly TypeIndex[] = [];
/** Chains of types that need each other (`type A B; type B C` …) are followed this far. */
const COMPLETION_DEPTH = 60;

const PENDING = -1;
const RUNNING = -2;

export class TypeStore implements Types {
  readonly unknown = 0 as const;
  readonly names: Names;
  completer: Completer | null = null;

  readonly #kind: number[] = [];
  /** Element, or row of the kind's table. */
  readonly #first: number[] = [];
  /** Key, direction or length. */
  readonly #second: number[] = [];
  /** 1 where a type parameter occurs inside. */
  readonly #open: number[] = [];

  readonly #structs: (readonly StructField[])[] = [];
  readonly #functions: FunctionParts[] = [];
  readonly #interfaces: InterfaceParts[] = [];
  readonly #tuples: (readonly TypeIndex[])[] = [];
  readonly #named: NamedParts[] = [];
  /** By row of #named. */
  readonly #underlying: number[] = [];
  /** How many completions are under way. */
  #completing = 0;
  readonly #parameterNames: string[] = [];
  readonly #constraints: TypeIndex[] = [];

  readonly #byKey = new Map<string, TypeIndex>();
  readonly #pointers = new Map<TypeIndex, TypeIndex>();
  readonly #slices = new Map<TypeIndex, TypeIndex>();

  constructor(names: Names) {
    this.names = names;
    this.#add(TypeKind.Unknown, 0, 0, false);
    for (let basic = Basic.Bool as number; basic <= Basic.UntypedString; basic++) {
      this.#add(TypeKind.Basic, basic, 0, false);
    }
    this.#add(TypeKind.Nil, 0, 0, false);
    this.#add(TypeKind.Void, 0, 0, false);
    this.interface({ methods: [], unions: [], comparable: false });
    const error = this.named_('', 'error', '', 0, NOTHING);
    const comparable = this.named_('', 'comparable', '', 0, NOTHING);
    const message = this.function([], [Basic.String], false, NOTHING);
    this.setUnderlying(
      error,
      this.interface({
        methods: [{ name: names.of('Error'), path: '', type: message }],
        unions: [],
        comparable: false,
      }),
    );
    this.setUnderlying(comparable, this.interface({ methods: [], unions: [], comparable: true }));
  }

  get size_(): number {
    return this.#kind.length;
  }

  // Making types.

  pointer(element: TypeIndex): TypeIndex {
    let type = this.#pointers.get(element);
    if (type === undefined) {
      type = this.#add(TypeKind.Pointer, element, 0, this.open(element));
      this.#pointers.set(element, type);
    }
    return type;
  }

  slice(element: TypeIndex): TypeIndex {
    let type = this.#slices.get(element);
    if (type === undefined) {
      type = this.#add(TypeKind.Slice, element, 0, this.open(element));
      this.#slices.set(element, type);
    }
    return type;
  }

  /** `length` -1: not known. */
  array(element: TypeIndex, length: number): TypeIndex {
    return this.#intern(`a${element},${length}`, TypeKind.Array, element, length, this.open(element));
  }

  map(key: TypeIndex, element: TypeIndex): TypeIndex {
    return this.#intern(`m${key},${element}`, TypeKind.Map, element, key, this.open(element) || this.open(key));
  }

  channel(element: TypeIndex, direction: number): TypeIndex {
    return this.#intern(`c${direction},${element}`, TypeKind.Channel, element, direction, this.open(element));
  }

  struct(fields: readonly StructField[]): TypeIndex {
    let key = 's';
    let open = false;
    for (const field of fields) {
      const path = this.names.exported(field.name) ? '' : field.path;
      key += `${field.name}${field.embedded ? '!' : ':'}${field.type},${path}${field.tag};`;
      open ||= this.open(field.type);
    }
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    return this.#intern(key, TypeKind.Struct, this.#structs.push(fields) - 1, 0, open);
  }

  function(
    parameters: readonly TypeIndex[],
    results: readonly TypeIndex[],
    variadic: boolean,
    typeParameters: readonly TypeIndex[],
  ): TypeIndex {
    const key = `f${variadic ? '.' : ''}${parameters.join()}>${results.join()}[${typeParameters.join()}`;
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    const row = this.#functions.push({ parameters, results, variadic, typeParameters }) - 1;
    return this.#intern(key, TypeKind.Function, row, 0, this.#anyOpen(parameters) || this.#anyOpen(results));
  }

  /** `methods` in any order, each name once. */
  interface(parts: InterfaceParts): TypeIndex {
    const methods = [...parts.methods].sort((one, other) => {
      const left = this.names.text(one.name);
      const right = this.names.text(other.name);
      return left < right ? -1 : left > right ? 1 : one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
    });
    let key = parts.comparable ? 'I' : 'i';
    let open = false;
    for (const method of methods) {
      key += `${method.name}:${method.type},${method.path};`;
      open ||= this.open(method.type);
    }
    for (const union of parts.unions) {
      key += '&';
      for (const term of union) {
        key += `|${term.tilde ? '~' : ''}${term.type}`;
        open ||= this.open(term.type);
      }
    }
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    const row = this.#interfaces.push({ methods, unions: parts.unions, comparable: parts.comparable }) - 1;
    return this.#intern(key, TypeKind.Interface, row, 0, open);
  }

  tuple(members: readonly TypeIndex[]): TypeIndex {
    const key = `t${members.join()}`;
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    return this.#intern(key, TypeKind.Tuple, this.#tuples.push(members) - 1, 0, this.#anyOpen(members));
  }

  /** A defined type (`origin` 0), or an instance of the generic type `origin`. */
  named_(path: string, name: string, scope: string, origin: TypeIndex, args: readonly TypeIndex[]): TypeIndex {
    const key = origin === 0 ? `n${path}\0${name}\0${scope}` : `N${origin}[${args.join()}`;
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    const row = this.#named.push({ path, name, scope, origin, args }) - 1;
    this.#underlying.push(PENDING);
    return this.#intern(key, TypeKind.Named, row, 0, this.#anyOpen(args));
  }

  instance(origin: TypeIndex, args: readonly TypeIndex[]): TypeIndex {
    const parts = this.namedParts(origin);
    if (parts === null) return 0;
    return this.named_(parts.path, parts.name, parts.scope, origin, args);
  }

  /** `key` says which one: package, owner and position. */
  typeParameter(key: string, name: string): TypeIndex {
    const whole = `p${key}`;
    const found = this.#byKey.get(whole);
    if (found !== undefined) return found;
    const row = this.#parameterNames.push(name) - 1;
    this.#constraints.push(Basic.Any);
    return this.#intern(whole, TypeKind.TypeParameter, row, 0, true);
  }

  setConstraint(parameter: TypeIndex, constraint: TypeIndex): void {
    if (this.kind(parameter) === TypeKind.TypeParameter) this.#constraints[this.#first[parameter] ?? 0] = constraint;
  }

  setUnderlying(named: TypeIndex, underlying: TypeIndex): void {
    this.#underlying[this.#first[named] ?? 0] = underlying;
  }

  // Taking types apart.

  kind(type: TypeIndex): TypeKindCode {
    return this.#kind[type] ?? TypeKind.Unknown;
  }

  /** Whether a type parameter occurs in it. */
  open(type: TypeIndex): boolean {
    return this.#open[type] === 1;
  }

  underlying(type: TypeIndex): TypeIndex {
    if (this.#kind[type] !== TypeKind.Named) return type;
    const row = this.#first[type] ?? 0;
    const known = this.#underlying[row] ?? 0;
    if (known >= 0) return known;
    if (known === RUNNING || this.completer === null) return 0;
    if (this.#completing > COMPLETION_DEPTH) return 0;
    this.#underlying[row] = RUNNING;
    this.#completing++;
    const parts = this.#named[row];
    const found = parts?.origin === 0 ? this.completer.complete(type) : this.completer.completeInstance(type);
    this.#completing--;
    this.#underlying[row] = found;
    return found;
  }

  /** Kind of the underlying type. */
  underlyingKind(type: TypeIndex): TypeKindCode {
    return this.kind(this.underlying(type));
  }

  element(type: TypeIndex): TypeIndex {
    const structure = this.underlying(type);
    switch (this.#kind[structure]) {
      case TypeKind.Pointer:
      case TypeKind.Slice:
      case TypeKind.Array:
      case TypeKind.Map:
      case TypeKind.Channel:
        return this.#first[structure] ?? 0;
      default:
        return 0;
    }
  }

  key(type: TypeIndex): TypeIndex {
    const structure = this.underlying(type);
    return this.#kind[structure] === TypeKind.Map ? (this.#second[structure] ?? 0) : 0;
  }

  direction(type: TypeIndex): number {
    const structure = this.underlying(type);
    return this.#kind[structure] === TypeKind.Channel ? (this.#second[structure] ?? 0) : 0;
  }

  /** Of an array; -1 where it is not known. */
  length(type: TypeIndex): number {
    const structure = this.underlying(type);
    return this.#kind[structure] === TypeKind.Array ? (this.#second[structure] ?? -1) : -1;
  }

  fields(type: TypeIndex): readonly StructField[] {
    const structure = this.underlying(type);
    return this.#kind[structure] === TypeKind.Struct ? (this.#structs[this.#first[structure] ?? 0] ?? []) : [];
  }

  functionParts(type: TypeIndex): FunctionParts | null {
    const structure = this.underlying(type);
    if (this.#kind[structure] !== TypeKind.Function) return null;
    return this.#functions[this.#first[structure] ?? 0] ?? null;
  }

  parameters(type: TypeIndex): readonly TypeIndex[] {
    return this.functionParts(type)?.parameters ?? NOTHING;
  }

  results(type: TypeIndex): readonly TypeIndex[] {
    if (this.#kind[type] === TypeKind.Tuple) return this.#tuples[this.#first[type] ?? 0] ?? NOTHING;
    return this.functionParts(type)?.results ?? NOTHING;
  }

  variadic(type: TypeIndex): boolean {
    return this.functionParts(type)?.variadic ?? false;
  }

  interfaceParts(type: TypeIndex): InterfaceParts | null {
    const structure = this.underlying(type);
    if (this.#kind[structure] !== TypeKind.Interface) return null;
    return this.#interfaces[this.#first[structure] ?? 0] ?? null;
  }

  namedParts(type: TypeIndex): NamedParts | null {
    return this.#kind[type] === TypeKind.Named ? (this.#named[this.#first[type] ?? 0] ?? null) : null;
  }

  named(type: TypeIndex): readonly [string, string] | null {
    const parts = this.namedParts(type);
    return parts === null ? null : [parts.path, parts.name];
  }

  /** The generic type of an instance; any other type itself. */
  origin(type: TypeIndex): TypeIndex {
    const origin = this.namedParts(type)?.origin ?? 0;
    return origin === 0 ? type : origin;
  }

  typeArguments(type: TypeIndex): readonly TypeIndex[] {
    return this.namedParts(type)?.args ?? NOTHING;
  }

  parameterName(type: TypeIndex): string {
    return this.kind(type) === TypeKind.TypeParameter ? (this.#parameterNames[this.#first[type] ?? 0] ?? '') : '';
  }

  /** The interface that bounds a type parameter. */
  constraint(type: TypeIndex): TypeIndex {
    return this.kind(type) === TypeKind.TypeParameter ? (this.#constraints[this.#first[type] ?? 0] ?? 0) : 0;
  }

  basic(type: TypeIndex): string {
    return type <= Basic.UntypedString ? (BASIC_NAMES[type] ?? '') : '';
  }

  size(type: TypeIndex): number | null {
    return sizeOf(this, type);
  }

  text(type: TypeIndex): string {
    return textOfType(this, type);
  }

  #anyOpen(types: readonly TypeIndex[]): boolean {
    for (const type of types) if (this.open(type)) return true;
    return false;
  }

  #intern(key: string, kind: TypeKindCode, first: number, second: number, open: boolean): TypeIndex {
    let type = this.#byKey.get(key);
    if (type === undefined) {
      type = this.#add(kind, first, second, open);
      this.#byKey.set(key, type);
    }
    return type;
  }

  #add(kind: TypeKindCode, first: number, second: number, open: boolean): TypeIndex {
    this.#first.push(first);
    this.#second.push(second);
    this.#open.push(open ? 1 : 0);
    return this.#kind.push(kind) - 1;
  }
}

export function isUntyped(type: TypeIndex): boolean {
  return type >= Basic.UntypedBool && type <= Basic.Nil;
}

/** What an untyped constant becomes where nothing else is asked of it. */
export function defaultType(type: TypeIndex): TypeIndex {
  switch (type) {
    case Basic.UntypedBool:
      return Basic.Bool;
    case Basic.UntypedInt:
      return Basic.Int;
    case Basic.UntypedRune:
      return Basic.Int32;
    case Basic.UntypedFloat:
      return Basic.Float64;
    case Basic.UntypedComplex:
      return Basic.Complex128;
    case Basic.UntypedString:
      return Basic.String;
    default:
      return type;
  }
}
