/** Type inference for calls: type arguments from the arguments' types, then from constraints, then from defaults. */
import { type TypeIndex, TypeKind } from '../typing.ts';
import { parameterAt } from './call.ts';
import { coreType, singleTerm } from './core.ts';
import { lookup } from './lookup.ts';
import { defaultType, type FunctionParts, isUntyped } from './store.ts';
import { substitute, substituteMap } from './substitute.ts';
import type { Unit } from './unit.ts';

/** Types nested deeper than this are not compared. */
const DEPTH = 40;

/** Type arguments for `parts.typeParameters`; 0 where one cannot be told. */
export function inferArguments(
  unit: Unit,
  parts: FunctionParts,
  explicit: readonly TypeIndex[],
  args: readonly TypeIndex[],
  spread: boolean,
): readonly TypeIndex[] {
  const { store } = unit;
  // A generic function that calls itself: its parameters in the arguments are other ones than those to be inferred.
  if (args.some((arg) => store.open(arg)) || explicit.some((arg) => store.open(arg))) {
    const fresh = renamed(unit, parts);
    if (fresh !== parts) return inferArguments(unit, fresh, explicit, args, spread);
  }
  const inference = new Inference(unit, parts.typeParameters);
  for (const [index, arg] of explicit.entries()) {
    inference.bind(parts.typeParameters[index] ?? 0, arg);
    inference.explicit.add(parts.typeParameters[index] ?? 0);
  }
  for (const arg of args) {
    // A generic function as an argument brings its own.
    for (const parameter of store.kind(arg) === TypeKind.Function
      ? (store.functionParts(arg)?.typeParameters ?? [])
      : []) {
      inference.variables.add(parameter);
    }
  }
  for (const [index, arg] of args.entries()) {
    if (arg !== 0 && !isUntyped(arg)) inference.unify(parameterAt(unit, parts, index, spread), arg, 0);
  }
  inference.useConstraints();
  const untyped = new Map<TypeIndex, TypeIndex>();
  for (const [index, arg] of args.entries()) {
    const parameter = parameterAt(unit, parts, index, spread);
    if (isUntyped(arg) && inference.variables.has(parameter) && !inference.bound.has(parameter)) {
      untyped.set(parameter, Math.max(arg, untyped.get(parameter) ?? 0));
    }
  }
  for (const [parameter, kind] of untyped) inference.bind(parameter, defaultType(kind));
  inference.useConstraints();
  return parts.typeParameters.map((parameter) => inference.result(parameter));
}

/** A generic function where a function of type `target` is wanted. */
export function instantiateFor(unit: Unit, generic: TypeIndex, target: TypeIndex): TypeIndex {
  const { store } = unit;
  const parts = store.functionParts(generic);
  if (parts === null || target === 0) return generic;
  const inference = new Inference(unit, parts.typeParameters);
  inference.unify(generic, target, 0);
  inference.useConstraints();
  const args = parts.typeParameters.map((parameter) => inference.result(parameter));
  return substitute(store, generic, parts.typeParameters, args);
}

/** Names of type parameters that stand for others while these are inferred. */
const FRESH = '\0fresh';

/** The same function with type parameters that occur nowhere else; itself if it has those already. */
function renamed(unit: Unit, parts: FunctionParts): FunctionParts {
  const { store } = unit;
  const map = new Map<TypeIndex, TypeIndex>();
  for (const [index, parameter] of parts.typeParameters.entries()) {
    if (store.parameterName(parameter) === FRESH) return parts;
    map.set(parameter, store.typeParameter(`${FRESH}${parameter},${index}`, FRESH));
  }
  for (const [parameter, fresh] of map) {
    store.setConstraint(fresh, substituteMap(store, store.constraint(parameter), map));
  }
  const replace = (type: TypeIndex): TypeIndex => substituteMap(store, type, map);
  return {
    parameters: parts.parameters.map(replace),
    results: parts.results.map(replace),
    variadic: parts.variadic,
    typeParameters: parts.typeParameters.map(replace),
  };
}

class Inference {
  readonly variables: Set<TypeIndex>;
  readonly bound = new Map<TypeIndex, TypeIndex>();
  /** Those that are written out: nothing changes them. */
  readonly explicit = new Set<TypeIndex>();
  private readonly unit: Unit;

  constructor(unit: Unit, parameters: readonly TypeIndex[]) {
    this.unit = unit;
    this.variables = new Set(parameters);
  }

  bind(parameter: TypeIndex, type: TypeIndex): void {
    if (type !== 0) this.bound.set(parameter, type);
  }

  /** What a parameter came to, other parameters in it replaced. */
  result(parameter: TypeIndex): TypeIndex {
    const { store } = this.unit;
    let type = this.bound.get(parameter) ?? 0;
    for (let step = 0; step < 5 && this.mentions(type); step++) type = substituteMap(store, type, this.bound);
    return this.mentions(type) ? 0 : type;
  }

  /** Whether one of the variables that is bound, or must be, occurs in a type. */
  private mentions(type: TypeIndex): boolean {
    const { store } = this.unit;
    if (!store.open(type)) return false;
    const probe = new Map<TypeIndex, TypeIndex>();
    for (const variable of this.variables) probe.set(variable, 0);
    return substituteMap(store, type, probe) !== type;
  }

  /** Learns from `parameter` (in which variables occur) what `arg` is where they are. Assignability is not checked. */
  unify(parameter: TypeIndex, arg: TypeIndex, depth: number): void {
    const { store } = this.unit;
    if (parameter === arg || arg === 0 || depth > DEPTH) return;
    if (this.variables.has(parameter)) {
      const before = this.bound.get(parameter);
      if (before === undefined) this.bound.set(parameter, arg);
      else {
        this.unify(before, arg, depth + 1);
        if (this.explicit.has(parameter)) return;
        // Of a defined type and a type literal the defined one stays; of channels the one that goes both ways does not.
        if (store.kind(before) !== TypeKind.Named && store.kind(arg) === TypeKind.Named) {
          if (store.underlyingKind(arg) !== TypeKind.Interface) this.bound.set(parameter, arg);
        } else if (store.kind(before) === TypeKind.Channel && store.direction(before) === 0) {
          if (store.kind(arg) === TypeKind.Channel && store.direction(arg) !== 0) this.bound.set(parameter, arg);
        }
      }
      return;
    }
    if (this.variables.has(arg)) {
      if (!this.bound.has(arg)) this.bound.set(arg, parameter);
      else this.unify(parameter, this.bound.get(arg) ?? 0, depth + 1);
      return;
    }
    if (!store.open(parameter) && !store.open(arg)) return;
    this.unifyParts(parameter, arg, depth);
  }

  private unifyParts(parameter: TypeIndex, arg: TypeIndex, depth: number): void {
    const { store } = this.unit;
    const named = store.kind(parameter) === TypeKind.Named;
    if (named && store.kind(arg) === TypeKind.Named && store.origin(parameter) === store.origin(arg)) {
      this.unifyAll(store.typeArguments(parameter), store.typeArguments(arg), depth);
      return;
    }
    if (named && store.underlyingKind(parameter) === TypeKind.Interface) {
      this.unifyMethods(parameter, arg, depth);
      return;
    }
    // A defined type and a type literal: their structures. So do a named parameter and a literal argument.
    const left = store.underlying(parameter);
    const right = named && store.kind(arg) === TypeKind.Named ? 0 : coreType(store, arg);
    const kind = store.kind(left);
    if (kind !== store.kind(right)) return;
    switch (kind) {
      case TypeKind.Pointer:
      case TypeKind.Slice:
      case TypeKind.Array:
      case TypeKind.Channel:
        this.unify(store.element(left), store.element(right), depth + 1);
        break;
      case TypeKind.Map:
        this.unify(store.key(left), store.key(right), depth + 1);
        this.unify(store.element(left), store.element(right), depth + 1);
        break;
      case TypeKind.Function:
        this.unifyAll(store.parameters(left), store.parameters(right), depth);
        this.unifyAll(store.results(left), store.results(right), depth);
        break;
      case TypeKind.Struct:
        this.unifyAll(
          store.fields(left).map((field) => field.type),
          store.fields(right).map((field) => field.type),
          depth,
        );
        break;
      case TypeKind.Interface:
        this.unifyMethods(left, right, depth);
        break;
      default:
    }
  }

  private unifyAll(left: readonly TypeIndex[], right: readonly TypeIndex[], depth: number): void {
    if (left.length !== right.length) return;
    for (const [index, part] of left.entries()) this.unify(part, right[index] ?? 0, depth + 1);
  }

  /** The methods that an interface asks for, against those that `arg` has. */
  private unifyMethods(wanted: TypeIndex, arg: TypeIndex, depth: number): void {
    const { store } = this.unit;
    for (const method of store.interfaceParts(wanted)?.methods ?? []) {
      const member = lookup(this.unit, arg, method.name);
      if (member?.kind === 'method') this.unify(method.type, member.type, depth + 1);
    }
  }

  /** Core types and methods of constraints, until nothing more is learnt. */
  useConstraints(): void {
    const { store } = this.unit;
    for (let round = 0; round < 4; round++) {
      const before = this.bound.size;
      for (const parameter of this.variables) {
        const term = singleTerm(store, parameter);
        const type = this.bound.get(parameter);
        if (term !== null) {
          if (type !== undefined) this.unify(term.type, term.tilde ? store.underlying(type) : type, 0);
          else if (term.single) this.bound.set(parameter, term.type);
        }
        if (type !== undefined) this.unifyMethods(store.constraint(parameter), type, 0);
      }
      if (this.bound.size === before) break;
    }
  }
}
