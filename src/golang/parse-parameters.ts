/**
 * Lists of parameters, results, receivers and type parameters. Whether `a, b` are two types or two names is only known at
 * the end of a list, so pairs of (name, type) wait on a stack until then.
 */
import { Kind } from './nodes.ts';
import { append, type Parser } from './parse-state.ts';
import {
  parseArrayOrInstance,
  parseQualified,
  parseType,
  parseTypeInstance,
  parseUnion,
  tryType,
} from './parse-types.ts';
import { EXPRESSION_END } from './token-sets.ts';
import { Token, type TokenCode } from './tokens.ts';
import type { NodeIndex, Offset } from './tree.ts';

/** `(…)` of a function or a receiver: a FieldList. */
export function parseParameters(p: Parser): NodeIndex {
  return parseParenthesised(p, true);
}

/** `(…)`, one type, or nothing (0). */
export function parseResults(p: Parser): NodeIndex {
  if (p.tok === Token.LParen) return parseParenthesised(p, false);
  const type = tryType(p);
  if (type === 0) return 0;
  const field = p.node(Kind.Field, p.startOf(type), p.endOf(type), 0, type);
  return p.node(Kind.FieldList, p.startOf(type), p.endOf(type), field);
}

function parseParenthesised(p: Parser, variadic: boolean): NodeIndex {
  const start = p.start;
  if (p.tok !== Token.LParen) {
    p.expected("'('");
    return p.node(Kind.FieldList, p.lastEnd, p.lastEnd, 0);
  }
  p.next();
  // A level of its own: parameters take many frames of the stack.
  const deeper = p.enter();
  const fields = p.tok === Token.RParen || !deeper ? 0 : parseParameterList(p, 0, 0, Token.RParen, variadic);
  p.leave();
  const end = p.close(Token.RParen, 'parameter list');
  return p.node(Kind.FieldList, start, end, fields);
}

/** `[P any, Q ~int | string]`: a FieldList; 0 if it is empty. */
export function parseTypeParameters(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  const fields = p.tok === Token.RBrack ? 0 : parseParameterList(p, 0, 0, Token.RBrack, false);
  if (fields === 0) p.problem(p.start, 'empty type parameter list');
  const end = p.close(Token.RBrack, 'type parameter list');
  return fields === 0 ? 0 : p.node(Kind.FieldList, start, end, fields);
}

/**
 * Fields up to `closing`, which is not taken; returns the first. `name0` and `type0` are what was read of the first
 * parameter already (0: nothing). `variadic`: the last may be `...T`.
 */
export function parseParameterList(
  p: Parser,
  name0: NodeIndex,
  type0: NodeIndex,
  closing: TokenCode,
  variadic: boolean,
): NodeIndex {
  const typeParameters = closing === Token.RBrack;
  const start = name0 === 0 ? p.start : p.startOf(name0);
  const { waiting } = p;
  const base = waiting.length;
  let named = 0;
  let typed = 0;
  let name = name0;
  let type = type0;
  while (name !== 0 || (p.tok !== closing && p.tok !== Token.EOF)) {
    if (type !== 0) {
      if (typeParameters) type = parseUnion(p, type);
      waiting.push(name, type);
    } else {
      parseParameter(p, name, typeParameters);
    }
    name = waiting.at(-2) ?? 0;
    type = waiting.at(-1) ?? 0;
    if (name === 0 && type === 0) {
      waiting.length -= 2;
    } else {
      if (name !== 0 && type !== 0) named++;
      if (type !== 0) typed++;
    }
    name = 0;
    type = 0;
    if (!p.comma(typeParameters ? 'type parameter list' : 'parameter list', closing)) break;
  }
  const fields = waiting.length === base ? 0 : distribute(p, base, start, named, typed, typeParameters, variadic);
  waiting.length = base;
  return fields;
}

/** Pushes the name and the type of one parameter, each 0 where it is absent. */
function parseParameter(p: Parser, name0: NodeIndex, typeParameters: boolean): void {
  const { waiting } = p;
  let name: NodeIndex = 0;
  let type: NodeIndex = 0;
  if (name0 !== 0 || p.tok === Token.Ident) {
    name = name0 === 0 ? p.ident() : name0;
    switch (p.tok) {
      case Token.Ident:
      case Token.Mul:
      case Token.Arrow:
      case Token.Func:
      case Token.Chan:
      case Token.Map:
      case Token.Struct:
      case Token.Interface:
      case Token.LParen:
        type = parseType(p);
        break;
      case Token.LBrack:
        type = parseArrayOrInstance(p, name);
        if (p.kindOf(type) !== Kind.ArrayType) name = 0;
        break;
      case Token.Ellipsis:
        waiting.push(name, parseVariadic(p));
        return;
      case Token.Period:
        type = parseQualified(p, name);
        if (p.tok === Token.LBrack) type = parseTypeInstance(p, type);
        name = 0;
        break;
      case Token.Tilde:
        if (typeParameters) type = parseUnion(p, 0);
        break;
      case Token.Or:
        if (typeParameters) {
          type = parseUnion(p, name);
          name = 0;
        }
        break;
    }
  } else if (p.tok === Token.Ellipsis) {
    waiting.push(0, parseVariadic(p));
    return;
  } else if (typeParameters && p.tok === Token.Tilde) {
    type = parseUnion(p, 0);
  } else {
    type = tryType(p);
    if (type === 0) {
      p.expected(typeParameters ? "']'" : "')'");
      p.skipTo(EXPRESSION_END);
    }
  }
  if (typeParameters && p.tok === Token.Or && type !== 0) type = parseUnion(p, type);
  waiting.push(name, type);
}

function parseVariadic(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  const element = parseType(p);
  return p.node(Kind.Ellipsis, start, p.endOf(element), element);
}

/** Makes fields of the pairs from `base` on: names that share a type share a field. */
function distribute(
  p: Parser,
  base: number,
  start: Offset,
  named: number,
  typed: number,
  typeParameters: boolean,
  variadic: boolean,
): NodeIndex {
  const { waiting } = p;
  const pairs = (waiting.length - base) / 2;
  if (named === 0) {
    // Names alone are types.
    for (let i = base; i < waiting.length; i += 2) {
      if (waiting[i + 1] === 0) waiting[i + 1] = waiting[i] ?? 0;
      waiting[i] = 0;
    }
    if (typeParameters) {
      if (typed === 0) p.problem(p.start, 'missing type constraint');
      else p.problem(start, `missing type parameter name${pairs === 1 ? ' or invalid array length' : ''}`);
    }
  } else if (named !== pairs) {
    complete(p, base, named === typed, typeParameters);
  }
  refuseVariadic(p, base, variadic);

  let firstField: NodeIndex = 0;
  let lastField: NodeIndex = 0;
  for (let i = base; i < waiting.length; ) {
    const first = waiting[i] ?? 0;
    let last = first;
    // Names without a type of their own have the next one's.
    while (waiting[i + 1] === 0 && i + 2 < waiting.length) {
      i += 2;
      last = append(p, last, waiting[i] ?? 0);
    }
    const type = waiting[i + 1] ?? 0;
    i += 2;
    lastField = append(
      p,
      lastField,
      p.node(Kind.Field, p.startOf(first === 0 ? type : first), p.endOf(type), first, type),
    );
    if (firstField === 0) firstField = lastField;
  }
  return firstField;
}

/** Some parameters have names, so all must: reports those that lack a name or a type and fills in. */
function complete(p: Parser, base: number, lackType: boolean, typeParameters: boolean): void {
  const { waiting } = p;
  let wrong: Offset = -1;
  let hasType = false;
  for (let i = waiting.length - 2; i >= base; i -= 2) {
    const name = waiting[i] ?? 0;
    const type = waiting[i + 1] ?? 0;
    if (type !== 0) {
      hasType = true;
      if (name === 0) {
        wrong = p.startOf(type);
        waiting[i] = p.make(Kind.Ident, 0, wrong, wrong, p.names.of('_'), 0, 0, 0, 0);
      }
    } else if (!hasType) {
      wrong = p.startOf(name);
      waiting[i + 1] = p.bad(Kind.BadExpr, p.endOf(name), p.endOf(name));
      hasType = true;
    }
  }
  if (wrong < 0) return;
  if (lackType) p.problem(p.start, typeParameters ? 'missing type constraint' : 'missing parameter type');
  else p.problem(wrong, typeParameters ? 'missing type parameter name' : 'missing parameter name');
}

/** `...T` may only be the type of the last parameter of a function. */
function refuseVariadic(p: Parser, base: number, variadic: boolean): void {
  const { waiting } = p;
  for (let i = base; i < waiting.length; i += 2) {
    const type = waiting[i + 1] ?? 0;
    if (p.kindOf(type) !== Kind.Ellipsis || (variadic && i + 2 === waiting.length)) continue;
    p.problem(p.startOf(type), variadic ? "only the last parameter may have '...'" : "invalid use of '...'");
    return;
  }
}
