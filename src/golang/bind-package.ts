/** What a package declares outside functions, and the order in which its files are bound. */
import { receiverBase } from './bind-literals.ts';
import type { Scoping } from './bind-scope.ts';
import { NO_SCOPE, PACKAGE_SCOPE } from './bind-table.ts';
import { Walk } from './bind-walk.ts';
import { type ObjectIndex, ObjectKind, type ScopeIndex } from './bindings.ts';
import type { NameIndex } from './names.ts';
import { Kind } from './nodes.ts';
import { Token } from './tokens.ts';
import type { NodeIndex } from './tree.ts';

/** An import, and what it is called in its file; `ident` is 0 if that is the package's own name. */
export interface ImportedName {
  readonly spec: NodeIndex;
  readonly ident: NodeIndex;
  readonly name: NameIndex;
  /** Index into the import paths. */
  readonly path: number;
}

/** A method: its FuncDecl, and the Ident of its receiver's base type. */
export interface Method {
  readonly decl: NodeIndex;
  readonly base: NodeIndex;
}

/** Binds all of it. `imports` are those of each file. */
export function bindPackage(scoping: Scoping, imports: readonly (readonly ImportedName[])[]): Method[] {
  const { tree, visible, objects, scopes } = scoping;
  const methods: Method[] = [];
  const init = tree.names.of('init');
  for (const file of tree.files) declareFile(scoping, file.root, init, methods);
  const fileScopes = tree.files.map(({ root }) => scopes.add(PACKAGE_SCOPE, root));
  const fileImports = imports.map((names, index) => declareImports(scoping, names, fileScopes[index] ?? 0));
  const walk = new Walk(scoping);
  for (const types of [true, false]) {
    for (const [index, file] of tree.files.entries()) {
      scoping.enter(fileScopes[index] ?? 0);
      for (const object of fileImports[index] ?? []) visible.declare(objects.name[object] ?? 0, object);
      for (let decl = tree.b[file.root] ?? 0; decl !== 0; decl = tree.next[decl] ?? 0) {
        if ((tree.kind[decl] === Kind.GenDecl && tree.op[decl] === Token.Type) === types) walk.bind(decl);
      }
      scoping.close();
    }
  }
  walk.markAddressed();
  return methods;
}

function declareFile(scoping: Scoping, file: NodeIndex, init: NameIndex, methods: Method[]): void {
  const { tree } = scoping;
  for (let decl = tree.b[file] ?? 0; decl !== 0; decl = tree.next[decl] ?? 0) {
    if (tree.kind[decl] === Kind.FuncDecl) declareFunction(scoping, decl, init, methods);
    else if (tree.kind[decl] === Kind.GenDecl) {
      for (let spec = tree.a[decl] ?? 0; spec !== 0; spec = tree.next[spec] ?? 0) {
        if (tree.kind[spec] === Kind.TypeSpec) scoping.declare(ObjectKind.TypeName, 0, tree.a[spec] ?? 0, spec);
        else if (tree.kind[spec] === Kind.ValueSpec) scoping.specify(spec);
      }
    }
  }
}

function declareFunction(scoping: Scoping, decl: NodeIndex, init: NameIndex, methods: Method[]): void {
  const { tree } = scoping;
  const ident = tree.b[decl] ?? 0;
  const receiver = tree.a[decl] ?? 0;
  if (receiver !== 0) {
    scoping.add(ObjectKind.Function, 0, ident, decl, NO_SCOPE);
    methods.push({ decl, base: receiverBase(tree, receiver) });
  } else if (tree.data[ident] === init) {
    // Nothing can refer to it, and there may be many.
    scoping.add(ObjectKind.Function, 0, ident, decl, PACKAGE_SCOPE);
  } else scoping.declare(ObjectKind.Function, 0, ident, decl);
}

function declareImports(
  { objects, objectOf }: Scoping,
  names: readonly ImportedName[],
  scope: ScopeIndex,
): ObjectIndex[] {
  return names.map(({ spec, ident, name, path }) => {
    const object = objects.add(ObjectKind.PackageName, 0, name, ident, spec, scope, 0);
    objects.detail[object] = path;
    if (ident !== 0) objectOf[ident] = object;
    return object;
  });
}
