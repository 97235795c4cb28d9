/**
 * The walk that binds: every node once, in an order in which declarations come before what they are visible to.
 *
 * Sources nest as deep as they like, so there is no recursion: what is left to do is on a stack, as node × 16 + action.
 * A construct pushes its parts in reverse order, with actions between them where its scope begins, declares or ends.
 */
import { type Addressing, addressedVariable, addressRoot } from './bind-address.ts';
import {
  onlyFieldNames,
  passElementType,
  receiverBase,
  structureOf,
  type TypeNames,
  unparen,
} from './bind-literals.ts';
import type { Scoping } from './bind-scope.ts';
import { grown } from './bind-table.ts';
import { ObjectFlag, ObjectKind } from './bindings.ts';
import { Kind } from './nodes.ts';
import { Token } from './tokens.ts';
import type { NodeIndex, Tree } from './tree.ts';

const Action = {
  /** Bind the node and those after it in its list. */
  Walk: 0,
  /** The node alone. */
  Single: 1,
  /** The innermost scope ends. */
  Close: 2,
  /** So does the innermost function. */
  Leave: 3,
  /** A local ValueSpec's names are visible from here on; likewise: */
  Specify: 4,
  /** … the new ones on the left of an AssignStmt, */
  Define: 5,
  /** … key and value of a RangeStmt, */
  Range: 6,
  /** … the implicit variable of a CaseClause, */
  Implicit: 7,
  /** … the names in a FieldList of a signature. */
  Receiver: 8,
  Parameters: 9,
  Results: 10,
  /** Elements of a struct literal, from this one on: keys that are names are its fields. */
  Elements: 11,
} as const;
const ACTION_BITS = 4;

export class Walk {
  readonly #scoping: Scoping;
  readonly #tree: Tree;
  readonly #objectOf: Int32Array;
  readonly #typeNames: TypeNames;
  #stack = new Int32Array(1024);
  #top = 0;
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
    this.#push(Action.Single, declaration);
    this.#run();
  }

  /** Marks the variables whose address is taken. Once everything is bound: their types may be declared anywhere. */
  markAddressed(): void {
    for (const addressing of this.#addressings) {
      const variable = addressedVariable(this.#tree, this.#typeNames, addressing);
      if (variable !== 0) this.#scoping.flag(variable, ObjectFlag.Addressed);
    }
  }

  // The stack.

  #push(action: number, node: NodeIndex): void {
    if (this.#top === this.#stack.length) this.#stack = grown(this.#stack, new Int32Array(this.#top * 2));
    this.#stack[this.#top++] = (node << ACTION_BITS) | action;
  }

  /** Pushes a slot's node, or its list, if there is one. */
  #walk(node: NodeIndex | undefined): void {
    if (node !== undefined && node !== 0) this.#push(Action.Walk, node);
  }

  #run(): void {
    const { next } = this.#tree;
    while (this.#top > 0) {
      const item = this.#stack[--this.#top] ?? 0;
      const node = item >>> ACTION_BITS;
      const action = item & ((1 << ACTION_BITS) - 1);
      if (action === Action.Walk) {
        const sibling = next[node] ?? 0;
        if (sibling !== 0) this.#push(Action.Walk, sibling);
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
    this.#push(Action.Close, node);
  }

  #declareVariable(ident: NodeIndex, decl: NodeIndex): void {
    if (this.#tree.kind[ident] === Kind.Ident) this.#scoping.declare(ObjectKind.Variable, 0, ident, decl);
    else if (ident !== 0) this.#push(Action.Single, ident);
  }

  // Nodes by kind.

  #visit(node: NodeIndex): void {
    const { kind, op, a, b, c, d } = this.#tree;
    switch (kind[node]) {
      case Kind.Ident:
        this.#scoping.use(node);
        break;
      case Kind.SelectorExpr:
        this.#walk(a[node]);
        break;
      case Kind.UnaryExpr:
        if (op[node] === Token.And) this.#takeAddress(node);
        this.#walk(a[node]);
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
        this.#walk(b[node]);
        break;
      case Kind.GenDecl:
        if (op[node] !== Token.Import) this.#walk(a[node]);
        break;
      case Kind.ValueSpec:
        if (this.#scoping.isLocal()) this.#push(Action.Specify, node);
        this.#walk(c[node]);
        this.#walk(b[node]);
        break;
      case Kind.TypeSpec:
        this.#visitTypeSpec(node);
        break;
      case Kind.AssignStmt:
        if (op[node] === Token.Define) this.#push(Action.Define, node);
        else {
          this.#assigned(a[node] ?? 0);
          this.#walk(a[node]);
        }
        this.#walk(b[node]);
        break;
      case Kind.IncDecStmt:
        this.#assigned(a[node] ?? 0);
        this.#walk(a[node]);
        break;
      case Kind.RangeStmt:
        this.#visitRange(node);
        break;
      case Kind.BlockStmt:
        this.#open(node);
        this.#walk(a[node]);
        break;
      case Kind.SwitchStmt:
        this.#open(node);
        this.#walk(a[c[node] ?? 0]);
        this.#walk(b[node]);
        this.#walk(a[node]);
        break;
      case Kind.TypeSwitchStmt:
        this.#visitTypeSwitch(node);
        break;
      case Kind.SelectStmt:
        this.#walk(a[a[node] ?? 0]);
        break;
      case Kind.CaseClause:
        this.#open(node);
        this.#walk(b[node]);
        if (this.#guardIdent(node) !== 0) this.#push(Action.Implicit, node);
        this.#walk(a[node]);
        break;
      case Kind.CommClause:
      case Kind.IfStmt:
      case Kind.ForStmt:
        this.#open(node);
        this.#parts(node);
        break;
      case Kind.LabeledStmt:
        this.#scoping.label(node);
        this.#walk(b[node]);
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
    this.#walk(d[node]);
    this.#walk(c[node]);
    this.#walk(b[node]);
    this.#walk(a[node]);
  }

  #visitFunction(func: NodeIndex, receiver: NodeIndex, type: NodeIndex, body: NodeIndex): void {
    this.#scoping.enterFunction(func, type, body !== 0);
    this.#push(Action.Leave, func);
    this.#walk(this.#tree.a[body]);
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
    if (results !== 0) this.#push(Action.Results, results);
    if (parameters !== 0) this.#push(Action.Parameters, parameters);
    if (receiver !== 0) this.#push(Action.Receiver, receiver);
    this.#walk(results);
    this.#walk(parameters);
    this.#walk(a[type]);
    if (receiver !== 0) this.#visitReceiver(receiver);
    this.#scoping.declareFields(a[type] ?? 0, ObjectKind.TypeName, ObjectFlag.TypeParameter);
  }

  /** The base type is used; what looks like its type arguments declares type parameters. */
  #visitReceiver(receiver: NodeIndex): void {
    const tree = this.#tree;
    const field = tree.a[receiver] ?? 0;
    const base = receiverBase(tree, receiver);
    if (tree.kind[base] === Kind.Ident) this.#scoping.use(base);
    else this.#walk(base);
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
    this.#walk(c[spec]);
    this.#walk(parameters);
  }

  /** The left side of `:=`, once the right side is bound: names that this very scope has are assigned, others are new. */
  #define(statement: NodeIndex): void {
    const tree = this.#tree;
    const { objects, scope, visible } = this.#scoping;
    for (let left = tree.a[statement] ?? 0; left !== 0; left = tree.next[left] ?? 0) {
      if (tree.kind[left] !== Kind.Ident) {
        this.#push(Action.Single, left);
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
    this.#walk(d[statement]);
    if (op[statement] === Token.Define) this.#push(Action.Range, statement);
    else {
      this.#assigned(a[statement] ?? 0);
      this.#assigned(b[statement] ?? 0);
      this.#walk(b[statement]);
      this.#walk(a[statement]);
    }
    this.#walk(c[statement]);
  }

  #visitTypeSwitch(statement: NodeIndex): void {
    const tree = this.#tree;
    const guard = tree.b[statement] ?? 0;
    this.#open(statement);
    this.#walk(tree.a[tree.c[statement] ?? 0]);
    if (tree.kind[guard] === Kind.AssignStmt && tree.op[guard] === Token.Define) {
      // A variable of its own, which nothing can use: clauses have their own.
      this.#scoping.add(ObjectKind.Variable, 0, tree.a[guard] ?? 0, guard, this.#scoping.scope);
      this.#walk(tree.b[guard]);
    } else this.#walk(guard);
    this.#walk(tree.a[statement]);
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
        this.#walk(elements);
      } else if (known === Kind.StructType || onlyFieldNames(tree, literal, this.#scoping.visible)) {
        this.#push(Action.Elements, elements);
      } else this.#walk(elements);
    }
    this.#walk(a[literal]);
  }

  #visitElement(element: NodeIndex): void {
    const { kind, a, b, next } = this.#tree;
    const sibling = next[element] ?? 0;
    if (sibling !== 0) this.#push(Action.Elements, sibling);
    if (kind[element] === Kind.KeyValueExpr && kind[a[element] ?? 0] === Kind.Ident) this.#walk(b[element]);
    else this.#push(Action.Single, element);
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
