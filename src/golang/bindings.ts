/**
 * What the identifiers of one package denote, as columns: objects, scopes, and an object per identifier node.
 * Made by bind.ts. Selectors' right sides, keys of struct literals and embedded members are not lexical; `typing.ts`
 * resolves them.
 */
import type { NameIndex } from './names.ts';
import type { NodeIndex, Tree } from './tree.ts';

/** Index of an object of this package; 0 is none. The universe's objects are the first ones (see universe.ts). */
export type ObjectIndex = number;
/** Index of a scope; 0 is the universe, 1 the package. */
export type ScopeIndex = number;

export const ObjectKind = {
  None: 0,
  /** An import in one file; `detail` indexes `Bindings.importPaths`. A dot import has the name `.`; `_` has no object. */
  PackageName: 1,
  Constant: 2,
  TypeName: 3,
  Variable: 4,
  /** A package-level function, or a method (which is in no scope). */
  Function: 5,
  Label: 6,
  Builtin: 7,
  Nil: 8,
} as const;
export type ObjectKindCode = number;

/** Bits of `Bindings.flags`. */
export const ObjectFlag = {
  Parameter: 1,
  Result: 2,
  Receiver: 4,
  /** A variable that a function literal inside its function uses. */
  Captured: 8,
  /**
   * `&x` is taken; or `&x.f`, `&x[i]` or x[:], if its declaration shows that x holds a struct or array itself; or a pointer
   * method is called on it in the form x.M() (that last by typing only).
   */
  Addressed: 16,
  /** Assigned anywhere after its declaration (=, op=, ++, range with =, or as the left side of a := that redeclares). */
  Reassigned: 32,
  TypeParameter: 64,
  /** The implicit variable of one clause of a type switch. */
  Implicit: 128,
} as const;

export interface Bindings {
  readonly tree: Tree;

  /**
   * Per node: what an Ident declares or uses; 0 for other nodes and where nothing lexical is meant or found: `_`, what a dot
   * import brings, fields and methods. A key of a literal whose type this package declares is known to be a field (0) or not;
   * of another package's type it is what is in scope under that name, if all keys are; `Typing.fieldOf` comes first there.
   */
  readonly objectOf: Int32Array;

  /** Objects, object 0 included. Columns may be longer. */
  readonly count: number;
  readonly kind: Uint8Array;
  readonly flags: Uint8Array;
  readonly name: Int32Array;
  /**
   * The declaring Ident; 0 for the universe and unnamed imports. Clauses of one type switch share the x of `x := v.(type)`,
   * which itself denotes a variable that nothing uses.
   */
  readonly ident: Int32Array;
  /**
   * The node that declares it: ImportSpec, ValueSpec, TypeSpec, FuncDecl, Field (parameters, results, receivers, type
   * parameters), AssignStmt, RangeStmt, LabeledStmt, CaseClause (type switch), CommClause's AssignStmt.
   */
  readonly decl: Int32Array;
  /** -1 for methods. */
  readonly scope: Int32Array;
  /** The innermost FuncDecl or FuncLit that it is declared in; 0 at package level. */
  readonly func: Int32Array;
  /** PackageName: index into importPaths. Builtin: its code (universe.ts). Otherwise 0. */
  readonly detail: Int32Array;
  readonly importPaths: readonly string[];

  /** Identifiers that denote object o, its declaration included, in source order: uses[useStart[o] .. useStart[o + 1]]. */
  readonly useStart: Int32Array;
  readonly uses: Int32Array;

  /** Scopes. `scopeNode`: the node that opens it (File, FuncType, BlockStmt, IfStmt, ForStmt, CaseClause …). */
  readonly scopeCount: number;
  readonly scopeParent: Int32Array;
  readonly scopeNode: Int32Array;

  /** Per node that is a FuncDecl or FuncLit: the innermost enclosing one (0: none); for any other node 0. */
  readonly enclosing: Int32Array;
  /** All FuncDecl and FuncLit nodes with a body, outer before inner. */
  readonly functions: Int32Array;
  /** Variables of enclosing functions that FuncLit functions[i] (or one within it) uses: captures[captureStart[i] .. captureStart[i + 1]]. */
  readonly captureStart: Int32Array;
  readonly captures: Int32Array;

  /** Looks a name up at package level, then in the universe; 0 if unknown. `init` functions are not found. */
  lookup(name: NameIndex): ObjectIndex;
  /** Declared methods by their receiver's base type, aliases followed: FuncDecl nodes, in the order of the files. */
  methodsOf(typeName: ObjectIndex): readonly NodeIndex[];
}
