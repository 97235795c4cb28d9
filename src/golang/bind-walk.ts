/**
 * The walk that binds: every node once, in an order in which declarations come before what they are visible to.
 *
 * Sources nest as deep as they like, so there is no recursion: what is left to do is on a stack (bind-work.ts). A construct
 * pushes its parts in reverse order, with actions between them where its scope begins, declares or ends.
 */
import { type Addressing, addressedVariable, addressRoot } from './bind-address.ts';
import { onlyFieldNames, passElementType, receiverBase, structureOf, type TypeNames } from './bind-literals.ts';
import type { Scoping } from './bind-scope.ts';
import { Action, actionIn, nodeIn, Work } from './bind-work.ts';
import { ObjectFlag, ObjectKind } from './bindings.ts';
import { Kind } from './nodes.ts';
import { unparen } from './syntax.ts';
import { Token } from './tokens.ts';
import type { NodeIndex, Tree } from './tree.ts';

export class Walk {
  readonly #scoping: Scoping;
  readonly #tree: Tree;
  readonly #objectOf: Int32Array;
  readonly #typeNames: TypeNames;
  readonly #work = new Work();
  readonly #addressings: Addressing[] = [];

  constructor(scoping: Scoping) {
    const { tree, objects, objectOf, visible } = scoping;
    this.#scoping = scoping;
    this.#tree = tree;
    this.#objectOf = objectOf;
    this.#typeNames = {
      typeName: (ident) => objectOf[ident] || visible.get(tree.data[ident] ?? 0),
      kindOf: (object) => objects.kind[object] ?? 0,
      declOf: (object) => objects.decl[object] ?? 0,
      identOf: (object) => objects.ident[object] ?? 0,
    };
  }

  /** Binds one declaration of a file, whose scope is open. */
  bind(declaration: NodeIndex): void {
    this.#work.push(Action.Single, declaration);
    this.#run();
  }

  /** Marks the variables whose address is taken. Once everything is bound: their types may be declared anywhere. */
  markAddressed(): void {
    for (const addressing of this.#addressings) {
      const variable = addressedVariable(this.#tree, this.#typeNames, addressing);
      if (variable !== 0) this.#scoping.flag(variable, ObjectFlag.Addressed);
    }
  }

  #run(): void {
    const { next } = this.#tree;
    const work = this.#work;
    for (let item = work.pop(); item >= 0; item = work.pop()) {
      const node = nodeIn(item);
      const action = actionIn(item);
      if (action === Action.Walk) {
        work.pushList(next[node]);
        this.#visit(node);
      } else this.#act(action, node);
    }
  }

  #act(action: number, node: NodeIndex): void {
    switch (action) {
      case Action.Single:
        this.#visit(node);
        break;
      case Action.Close:
        this.#scoping.close();
        break;
      case Action.Leave:
        this.#scoping.leave();
        break;
      case Action.Specify:
        this.#scoping.specify(node);
        break;
      case Action.Define:
        this.#define(node);
        break;
      case Action.Range:
        this.#declareVariable(this.#tree.a[node] ?? 0, node);
        this.#declareVariable(this.#tree.b[node] ?? 0, node);
        break;
      case Action.Implicit:
        this.#declareImplicit(node);
        break;
      case Action.Receiver:
        this.#scoping.declareFields(node, ObjectKind.Variable, ObjectFlag.Receiver);
        break;
      case Action.Parameters:
        this.#scoping.declareFields(node, ObjectKind.Variable, ObjectFlag.Parameter);
        break;
      case Action.Results:
        this.#scoping.declareFields(node, ObjectKind.Variable, ObjectFlag.Result);
        break;
      default:
        this.#visitElement(node);
        break;
    }
  }

  /** A new scope that ends once what is pushed after this is done. */
  #open(node: NodeIndex): void {
    this.#scoping.enter(this.#scoping.scopes.add(this.#scoping.scope, node));
    this.#work.push(Action.Close, node);
  }

  #declareVariable(ident: NodeIndex, decl: NodeIndex): void {
    if (this.#tree.kind[ident] === Kind.Ident) this.#scoping.declare(ObjectKind.Variable, 0, ident, decl);
    else if (ident !== 0) this.#work.push(Action.Single, ident);
  }

  // Nodes by kind.

  #visit(node: NodeIndex): void {
    const { kind, op, a, b, c, d } = this.#tree;
    switch (kind[node]) {
      case Kind.Ident:
        this.#scoping.use(node);
        break;
      case Kind.SelectorExpr:
        this.#work.pushList(a[node]);
        break;
      case Kind.UnaryExpr:
        if (op[node] === Token.And) this.#takeAddress(node);
        this.#work.pushList(a[node]);
        break;
      case Kind.SliceExpr:
        this.#takeAddress(node);
        this.#parts(node);
        break;
      case Kind.CompositeLit:
        this.#visitLiteral(node);
        break;
      case Kind.FuncLit:
        this.#visitFunction(node, 0, a[node] ?? 0, b[node] ?? 0);
        break;
      case Kind.FuncType:
        this.#open(node);
        this.#signature(node, 0);
        break;
      case Kind.FuncDecl:
        this.#visitFunction(node, a[node] ?? 0, c[node] ?? 0, d[node] ?? 0);
        break;
      case Kind.Field:
        this.#work.pushList(b[node]);
        break;
      case Kind.GenDecl:
        if (op[node] !== Token.Import) this.#work.pushList(a[node]);
        break;
      case Kind.ValueSpec:
        if (this.#scoping.isLocal()) this.#work.push(Action.Specify, node);
        this.#work.pushList(c[node]);
        this.#work.pushList(b[node]);
        break;
      case Kind.TypeSpec:
        this.#visitTypeSpec(node);
        break;
      case Kind.AssignStmt:
        if (op[node] === Token.Define) this.#work.push(Action.Define, node);
        else {
          this.#assigned(a[node] ?? 0);
          this.#work.pushList(a[node]);
        }
        this.#work.pushList(b[node]);
        break;
      case Kind.IncDecStmt:
        this.#assigned(a[node] ?? 0);
        this.#work.pushList(a[node]);
        break;
      case Kind.RangeStmt:
        this.#visitRange(node);
        break;
      case Kind.BlockStmt:
        this.#open(node);
        this.#work.pushList(a[node]);
        break;
      case Kind.SwitchStmt:
        this.#open(node);
        this.#work.pushList(a[c[node] ?? 0]);
        this.#work.pushList(b[node]);
        this.#work.pushList(a[node]);
        break;
      case Kind.TypeSwitchStmt:
        this.#visitTypeSwitch(node);
        break;
      case Kind.SelectStmt:
        this.#work.pushList(a[a[node] ?? 0]);
        break;
      case Kind.CaseClause:
        this.#open(node);
        this.#work.pushList(b[node]);
        if (this.#guardIdent(node) !== 0) this.#work.push(Action.Implicit, node);
        this.#work.pushList(a[node]);
        break;
      case Kind.CommClause:
      case Kind.IfStmt:
      case Kind.ForStmt:
        this.#open(node);
        this.#parts(node);
        break;
      case Kind.LabeledStmt:
        this.#scoping.label(node);
        this.#work.pushList(b[node]);
        break;
      case Kind.BranchStmt:
        if (a[node] !== 0) this.#scoping.jump(a[node] ?? 0);
        break;
      default:
        this.#parts(node);
    }
  }

  #parts(node: NodeIndex): void {
    const { a, b, c, d } = this.#tree;
    this.#work.pushList(d[node]);
    this.#work.pushList(c[node]);
    this.#work.pushList(b[node]);
    this.#work.pushList(a[node]);
  }

  #visitFunction(func: NodeIndex, receiver: NodeIndex, type: NodeIndex, body: NodeIndex): void {
    this.#scoping.enterFunction(func, type, body !== 0);
    this.#work.push(Action.Leave, func);
    this.#work.pushList(this.#tree.a[body]);
    if (type !== 0) this.#signature(type, receiver);
  }

  /**
   * Type parameters are visible in the whole signature; receiver, parameters and results only after it. Their types may
   * have the same names.
   */
  #signature(type: NodeIndex, receiver: NodeIndex): void {
    const { a, b, c } = this.#tree;
    const parameters = b[type] ?? 0;
    const results = c[type] ?? 0;
    if (results !== 0) this.#work.push(Action.Results, results);
    if (parameters !== 0) this.#work.push(Action.Parameters, parameters);
    if (receiver !== 0) this.#work.push(Action.Receiver, receiver);
    this.#work.pushList(results);
    this.#work.pushList(parameters);
    this.#work.pushList(a[type]);
    if (receiver !== 0) this.#visitReceiver(receiver);
    this.#scoping.declareFields(a[type] ?? 0, ObjectKind.TypeName, ObjectFlag.TypeParameter);
  }

  /** The base type is used; what looks like its type arguments declares type parameters. */
  #visitReceiver(receiver: NodeIndex): void {
    const tree = this.#tree;
    const field = tree.a[receiver] ?? 0;
    const base = receiverBase(tree, receiver);
    if (tree.kind[base] === Kind.Ident) this.#scoping.use(base);
    else this.#work.pushList(base);
    const generic = tree.parent[base] ?? 0;
    if (generic === field) return;
    const kind = tree.kind[generic];
    if (kind !== Kind.IndexExpr && kind !== Kind.IndexListExpr) return;
    for (let ident = tree.b[generic] ?? 0; ident !== 0; ident = tree.next[ident] ?? 0) {
      this.#scoping.declare(ObjectKind.TypeName, ObjectFlag.TypeParameter, ident, field);
    }
  }

  #visitTypeSpec(spec: NodeIndex): void {
    const { a, b, c } = this.#tree;
    if (this.#scoping.isLocal()) this.#scoping.declare(ObjectKind.TypeName, 0, a[spec] ?? 0, spec);
    const parameters = b[spec] ?? 0;
    if (parameters !== 0) {
      this.#open(spec);
      this.#scoping.declareFields(parameters, ObjectKind.TypeName, ObjectFlag.TypeParameter);
    }
    this.#work.pushList(c[spec]);
    this.#work.pushList(parameters);
  }

  /** The left side of `:=`, once the right side is bound: names that this very scope has are assigned, others are new. */
  #define(statement: NodeIndex): void {
    const tree = this.#tree;
    const { objects, scope, visible } = this.#scoping;
    for (let left = tree.a[statement] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      if (tree.kind[left] !== Kind.Ident) {
        this.#work.push(Action.Single, left);
        continue;
      }
      const object = visible.get(tree.data[left] ?? 0);
      if (object !== 0 && objects.scope[object] === scope) {
        this.#scoping.use(left);
        this.#scoping.flag(object, ObjectFlag.Reassigned);
      } else this.#scoping.declare(ObjectKind.Variable, 0, left, statement);
    }
  }

  /** Marks the variables in a list of expressions that are assigned to. */
  #assigned(list: NodeIndex): void {
    const tree = this.#tree;
    for (let left = list; left !== 0; left = tree.next[left] ?? 0) {
      const ident = unparen(tree, left);
      if (tree.kind[ident] === Kind.Ident) {
        this.#scoping.flag(this.#scoping.visible.get(tree.data[ident] ?? 0), ObjectFlag.Reassigned);
      }
    }
  }

  #visitRange(statement: NodeIndex): void {
    const { op, a, b, c, d } = this.#tree;
    this.#open(statement);
    this.#work.pushList(d[statement]);
    if (op[statement] === Token.Define) this.#work.push(Action.Range, statement);
    else {
      this.#assigned(a[statement] ?? 0);
      this.#assigned(b[statement] ?? 0);
      this.#work.pushList(b[statement]);
      this.#work.pushList(a[statement]);
    }
    this.#work.pushList(c[statement]);
  }

  #visitTypeSwitch(statement: NodeIndex): void {
    const tree = this.#tree;
    const guard = tree.b[statement] ?? 0;
    this.#open(statement);
    this.#work.pushList(tree.a[tree.c[statement] ?? 0]);
    if (tree.kind[guard] === Kind.AssignStmt && tree.op[guard] === Token.Define) {
      // A variable of its own, which nothing can use: clauses have their own.
      this.#scoping.add(ObjectKind.Variable, 0, tree.a[guard] ?? 0, guard, this.#scoping.scope);
      this.#work.pushList(tree.b[guard]);
    } else this.#work.pushList(guard);
    this.#work.pushList(tree.a[statement]);
  }

  /** The x of `switch x := v.(type)` around a clause; 0 if there is none. */
  #guardIdent(clause: NodeIndex): NodeIndex {
    const { kind, op, a, b, parent } = this.#tree;
    const statement = parent[parent[clause] ?? 0] ?? 0;
    if (kind[statement] !== Kind.TypeSwitchStmt) return 0;
    const guard = b[statement] ?? 0;
    if (kind[guard] !== Kind.AssignStmt || op[guard] !== Token.Define) return 0;
    const ident = a[guard] ?? 0;
    return this.#scoping.isBlank(ident) ? 0 : ident;
  }

  #declareImplicit(clause: NodeIndex): void {
    const ident = this.#guardIdent(clause);
    const name = this.#tree.data[ident] ?? 0;
    const { objects, scope, func, visible } = this.#scoping;
    const { Variable } = ObjectKind;
    visible.declare(name, objects.add(Variable, ObjectFlag.Implicit, name, ident, clause, scope, func));
  }

  // Literals and addresses.

  #visitLiteral(literal: NodeIndex): void {
    const tree = this.#tree;
    const objectOf = this.#objectOf;
    const { kind, a, b } = tree;
    // A literal around this one left its type here if it is `{…}` alone.
    const elided = objectOf[literal] ?? 0;
    objectOf[literal] = 0;
    const elements = b[literal] ?? 0;
    if (elements !== 0) {
      let structure = structureOf(tree, this.#typeNames, elided === 0 ? (a[literal] ?? 0) : elided);
      if (elided !== 0 && kind[structure] === Kind.StarExpr) {
        structure = structureOf(tree, this.#typeNames, a[structure] ?? 0);
      }
      const known = kind[structure];
      if (known === Kind.MapType || known === Kind.ArrayType) {
        passElementType(tree, literal, structure, objectOf);
        this.#work.pushList(elements);
      } else if (known === Kind.StructType || onlyFieldNames(tree, literal, this.#scoping.visible)) {
        this.#work.push(Action.Elements, elements);
      } else this.#work.pushList(elements);
    }
    this.#work.pushList(a[literal]);
  }

  #visitElement(element: NodeIndex): void {
    const { kind, a, b, next } = this.#tree;
    const sibling = next[element] ?? 0;
    if (sibling !== 0) this.#work.push(Action.Elements, sibling);
    if (kind[element] === Kind.KeyValueExpr && kind[a[element] ?? 0] === Kind.Ident) this.#work.pushList(b[element]);
    else this.#work.push(Action.Single, element);
  }

  /** `&x…` or `x…[:]`: which variable that means can be told once all types are bound. */
  #takeAddress(node: NodeIndex): void {
    const root = addressRoot(this.#tree, node);
    if (root === 0) return;
    const variable = this.#scoping.visible.get(this.#tree.data[root] ?? 0);
    if (this.#scoping.objects.kind[variable] !== ObjectKind.Variable) return;
    if (this.#tree.kind[node] === Kind.UnaryExpr && unparen(this.#tree, this.#tree.a[node] ?? 0) === root) {
      this.#scoping.flag(variable, ObjectFlag.Addressed);
    } else this.#addressings.push({ node, variable });
  }
}
