/**
 * The state of binding: which scope and function are being bound, what names mean there, and the objects and scopes made so
 * far. bind-walk.ts moves it over the tree.
 */
import { ObjectTable, PACKAGE_SCOPE, ScopeTable, UNIVERSE_SCOPE, type Visible } from './bind-table.ts';
import { ObjectFlag, type ObjectIndex, ObjectKind, type ObjectKindCode, type ScopeIndex } from './bindings.ts';
import type { NameIndex } from './names.ts';
import { Kind } from './nodes.ts';
import { Token } from './tokens.ts';
import type { NodeIndex, Tree } from './tree.ts';

export class Scoping {
  readonly tree: Tree;
  readonly visible: Visible;
  readonly objects: ObjectTable;
  readonly scopes = new ScopeTable();
  readonly objectOf: Int32Array;
  readonly enclosing: Int32Array;
  readonly functions: NodeIndex[] = [];
  /** Pairs [literal, object]. */
  readonly captures: number[] = [];
  scope: ScopeIndex = PACKAGE_SCOPE;
  /** The innermost FuncDecl or FuncLit; 0 at package level. */
  func: NodeIndex = 0;

  readonly #blank: NameIndex;
  /** Of each open scope: where to undo to. */
  readonly #marks: number[] = [];
  /** Labels of the open functions, and Idents that name one; each function's begin at a pair of #frames. */
  readonly #labels: ObjectIndex[] = [];
  readonly #jumps: NodeIndex[] = [];
  readonly #frames: number[] = [];
  readonly #functionScopes: ScopeIndex[] = [];

  constructor(tree: Tree, visible: Visible) {
    this.tree = tree;
    this.visible = visible;
    this.objects = new ObjectTable(tree.names, tree.count >> 3);
    this.objectOf = new Int32Array(tree.count);
    this.enclosing = new Int32Array(tree.count);
    this.#blank = tree.names.of('_');
  }

  /** Whether an Ident declares nothing: it is `_`, or missing. */
  isBlank(ident: NodeIndex): boolean {
    const name = this.tree.data[ident] ?? 0;
    return name === 0 || name === this.#blank || this.tree.kind[ident] !== Kind.Ident;
  }

  /** Whether what is declared now is inside a function or type and not at package level. */
  isLocal(): boolean {
    return this.scope !== PACKAGE_SCOPE && this.scopes.parent[this.scope] !== PACKAGE_SCOPE;
  }

  enter(scope: ScopeIndex): void {
    this.scope = scope;
    this.#marks.push(this.visible.mark);
  }

  close(): void {
    this.visible.undo(this.#marks.pop() ?? 0);
    this.scope = this.scopes.parent[this.scope] ?? UNIVERSE_SCOPE;
  }

  /** An object for a declaring Ident, that no name leads to yet; 0 if it is blank. */
  add(kind: ObjectKindCode, flags: number, ident: NodeIndex, decl: NodeIndex, scope: ScopeIndex): ObjectIndex {
    if (this.isBlank(ident)) return 0;
    const name = this.tree.data[ident] ?? 0;
    const object = this.objects.add(kind, flags, name, ident, decl, scope, this.func);
    this.objectOf[ident] = object;
    return object;
  }

  declare(kind: ObjectKindCode, flags: number, ident: NodeIndex, decl: NodeIndex): void {
    const object = this.add(kind, flags, ident, decl, this.scope);
    if (object === 0) return;
    const name = this.tree.data[ident] ?? 0;
    // At package level the first of two declarations counts, whatever is wrong with the second.
    if (this.scope === PACKAGE_SCOPE && this.objects.scope[this.visible.get(name)] === PACKAGE_SCOPE) return;
    this.visible.declare(name, object);
  }

  declareFields(list: NodeIndex, kind: ObjectKindCode, flags: number): void {
    const { a, next } = this.tree;
    for (let field = a[list] ?? 0; field !== 0; field = next[field] ?? 0) {
      for (let ident = a[field] ?? 0; ident !== 0; ident = next[ident] ?? 0) this.declare(kind, flags, ident, field);
    }
  }

  flag(object: ObjectIndex, flag: number): void {
    if (this.objects.kind[object] === ObjectKind.Variable) {
      this.objects.flags[object] = (this.objects.flags[object] ?? 0) | flag;
    }
  }

  /** An Ident that is used. */
  use(ident: NodeIndex): void {
    const object = this.visible.get(this.tree.data[ident] ?? 0);
    if (object === 0) return;
    this.objectOf[ident] = object;
    const { objects } = this;
    const func = objects.func[object] ?? 0;
    if (func === this.func || func === 0 || objects.kind[object] !== ObjectKind.Variable) return;
    this.flag(object, ObjectFlag.Captured);
    this.captures.push(this.func, object);
  }

  /** The names of a ValueSpec become visible: at its end. */
  specify(spec: NodeIndex): void {
    const { tree } = this;
    const kind = tree.op[tree.parent[spec] ?? 0] === Token.Const ? ObjectKind.Constant : ObjectKind.Variable;
    for (let ident = tree.a[spec] ?? 0; ident !== 0; ident = tree.next[ident] ?? 0) this.declare(kind, 0, ident, spec);
  }

  /** A function begins. Signature and body are one scope: `:=` may reuse a named result. */
  enterFunction(func: NodeIndex, type: NodeIndex, hasBody: boolean): void {
    this.enclosing[func] = this.func;
    this.func = func;
    this.#frames.push(this.#labels.length, this.#jumps.length);
    if (hasBody) this.functions.push(func);
    this.enter(this.scopes.add(this.scope, type === 0 ? func : type));
    this.#functionScopes.push(this.scope);
  }

  label(statement: NodeIndex): void {
    const scope = this.#functionScopes.at(-1) ?? this.scope;
    this.#labels.push(this.add(ObjectKind.Label, 0, this.tree.a[statement] ?? 0, statement, scope));
  }

  /** The Ident after goto, break or continue: its label may come later. */
  jump(ident: NodeIndex): void {
    this.#jumps.push(ident);
  }

  /** The end of a function: its labels are known, and those that its jumps name can be found. */
  leave(): void {
    const { tree, objects } = this;
    const firstJump = this.#frames.pop() ?? 0;
    const firstLabel = this.#frames.pop() ?? 0;
    if (this.#jumps.length > firstJump) {
      const byName = new Map<NameIndex, ObjectIndex>();
      for (const label of this.#labels.slice(firstLabel).reverse()) byName.set(objects.name[label] ?? 0, label);
      for (const ident of this.#jumps.slice(firstJump)) {
        this.objectOf[ident] = byName.get(tree.data[ident] ?? 0) ?? 0;
      }
    }
    this.#functionScopes.pop();
    this.#jumps.length = firstJump;
    this.#labels.length = firstLabel;
    this.close();
    this.func = this.enclosing[this.func] ?? 0;
  }
}
