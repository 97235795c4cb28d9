/**
 * What typing one package needs and remembers: a column over its nodes, one over its objects, and a few maps for what is
 * rare. The package under review has one, and each dependency that somebody asked about (without function bodies).
 */
import { importPath, importSpecs } from '../bind-imports.ts';
import type { Bindings, ObjectIndex } from '../bindings.ts';
import type { NameIndex } from '../names.ts';
import { type NodeIndex, nameOf, type Tree } from '../tree.ts';
import type { TypeIndex } from '../typing.ts';
import type { ConstantValue } from './constant.ts';
import type { Member } from './lookup.ts';
import type { TypeStore } from './store.ts';

/** Expressions nested deeper than this (to the right: `f(f(f(…)))`) are unknown. */
export const EXPRESSION_DEPTH = 150;

/** Columns hold a type + 1, so that 0 is "not asked yet". */
export const RUNNING = -1;

export interface Unit {
  readonly store: TypeStore;
  readonly tree: Tree;
  readonly bindings: Bindings;
  /** Import path. */
  readonly path: string;
  readonly dir: string;
  /** The declarations of a package that this one imports; null if they cannot be had. */
  dependency(importPath: string): Unit | null;
  /** The unit that declares the package-level names of `path`, this one or any that was ever asked for. */
  unitOf(path: string): Unit | null;

  /** Per node: the type of an expression as it stands, untyped constants untyped; + 1. */
  readonly nodeTypes: Int32Array;
  /** Per object, + 1. */
  readonly objectTypes: Int32Array;
  /** Imports of the form `import . "path"`, with the File node that they are in. */
  readonly dotImports: readonly { readonly root: NodeIndex; readonly path: string }[];
  /** Where the search for the values of a constant ended: a specification of a group, and the one whose values it has. */
  readonly lastConstant: { group: NodeIndex; spec: NodeIndex; source: NodeIndex };
  /** How deep `typeOfNode` is in itself. */
  depth: number;
  /** Function operands of calls to generic functions: their instantiated types. */
  readonly instantiated: Map<NodeIndex, TypeIndex>;
  /** What untyped expressions become where they stand. */
  readonly finalTypes: Map<NodeIndex, TypeIndex>;
  /** Whether expressions are constant, as far as that was asked. */
  readonly constancy: Map<NodeIndex, boolean>;
  readonly constants: Map<NodeIndex, ConstantValue | null>;
  readonly objectConstants: Map<ObjectIndex, ConstantValue | null>;
  /** Where struct and interface types are written, for members of types without a name: identical ones in the order of asking. */
  readonly structureNodes: Map<TypeIndex, NodeIndex[]>;
  /** TypeSpec nodes of types declared in functions. */
  readonly localTypes: Map<TypeIndex, NodeIndex>;
  /** Type parameters of a generic type or function, by TypeSpec or FuncDecl. */
  readonly typeParameters: Map<NodeIndex, readonly TypeIndex[]>;
  /** Declared methods by type name. */
  readonly methods: Map<ObjectIndex, ReadonlyMap<NameIndex, NodeIndex>>;
  readonly members: Map<number, Member | null>;
}

export interface UnitParts {
  readonly store: TypeStore;
  readonly tree: Tree;
  readonly bindings: Bindings;
  readonly path: string;
  readonly dir: string;
  readonly dependency: (importPath: string) => Unit | null;
  readonly unitOf: (path: string) => Unit | null;
}

export function createUnit(parts: UnitParts): Unit {
  const { tree, bindings } = parts;
  return {
    ...parts,
    nodeTypes: new Int32Array(tree.count),
    objectTypes: new Int32Array(bindings.count),
    dotImports: dotImportsOf(tree),
    lastConstant: { group: 0, spec: 0, source: 0 },
    depth: 0,
    instantiated: new Map(),
    finalTypes: new Map(),
    constancy: new Map(),
    constants: new Map(),
    objectConstants: new Map(),
    structureNodes: new Map(),
    localTypes: new Map(),
    typeParameters: new Map(),
    methods: new Map(),
    members: new Map(),
  };
}

function dotImportsOf(tree: Tree): { root: NodeIndex; path: string }[] {
  return tree.files.flatMap(({ root }) =>
    importSpecs(tree, root)
      .filter((spec) => nameOf(tree, tree.a[spec] ?? 0) === '.')
      .map((spec) => ({ root, path: importPath(tree, spec) })),
  );
}

/** Remembers where a struct or interface type is written. */
export function leaveNode(unit: Unit, type: TypeIndex, node: NodeIndex): void {
  const nodes = unit.structureNodes.get(type);
  if (nodes === undefined) unit.structureNodes.set(type, [node]);
  else nodes.push(node);
}

/** Position of `item` in the list that begins at `first`; -1 if it is not there. */
export function positionIn(tree: Tree, first: NodeIndex | undefined, item: NodeIndex): number {
  let position = 0;
  for (let node = first ?? 0; node !== 0; node = tree.next[node] ?? 0) {
    if (node === item) return position;
    position++;
  }
  return -1;
}

/** The item at a position; 0 beyond the end. */
export function itemAt(tree: Tree, first: NodeIndex | undefined, position: number): NodeIndex {
  let node = first ?? 0;
  for (let left = position; left > 0 && node !== 0; left--) node = tree.next[node] ?? 0;
  return node;
}
