/** Types: Go spec, "Types". */
import { Kind } from './nodes.ts';
import { parseExpr } from './parse-expressions.ts';
import { parseParameterList, parseParameters, parseResults, parseTypeParameters } from './parse-parameters.ts';
import { append, type Parser } from './parse-state.ts';
import { EXPRESSION_END } from './token-sets.ts';
import { Token } from './tokens.ts';
import type { NodeIndex, Offset } from './tree.ts';

export function parseType(p: Parser): NodeIndex {
  const type = tryType(p);
  if (type !== 0) return type;
  const at = p.start;
  p.expected('a type');
  p.skipTo(EXPRESSION_END);
  return p.bad(Kind.BadExpr, at, Math.max(at, p.lastEnd));
}

/** A type if one begins here, else 0. */
export function tryType(p: Parser): NodeIndex {
  const start = p.start;
  switch (p.tok) {
    case Token.Ident: {
      const type = parseTypeName(p);
      return p.tok === Token.LBrack ? parseTypeInstance(p, type) : type;
    }
    case Token.LBrack:
    case Token.Struct:
    case Token.Mul:
    case Token.Func:
    case Token.Interface:
    case Token.Map:
    case Token.Chan:
    case Token.Arrow:
    case Token.LParen:
      break;
    default:
      return 0;
  }
  const type = p.enter() ? parseComposedType(p, start) : p.bad(Kind.BadExpr, start, Math.max(start, p.lastEnd));
  p.leave();
  return type;
}

function parseComposedType(p: Parser, start: Offset): NodeIndex {
  switch (p.tok) {
    case Token.LBrack:
      p.next();
      return parseArrayType(p, start, 0);
    case Token.Struct:
      return parseStructType(p);
    case Token.Mul: {
      p.next();
      const base = parseType(p);
      return p.node(Kind.StarExpr, start, p.endOf(base), base);
    }
    case Token.Func:
      return parseFuncType(p);
    case Token.Interface:
      return parseInterfaceType(p);
    case Token.Map: {
      p.next();
      p.expect(Token.LBrack);
      const key = parseType(p);
      p.close(Token.RBrack, 'map type');
      const value = parseType(p);
      return p.node(Kind.MapType, start, p.endOf(value), key, value);
    }
    case Token.LParen: {
      p.next();
      const type = parseType(p);
      const end = p.close(Token.RParen, 'parenthesised type');
      return p.node(Kind.ParenExpr, start, end, type);
    }
    default:
      return parseChanType(p);
  }
}

function parseChanType(p: Parser): NodeIndex {
  const start = p.start;
  let direction: number = 0;
  if (p.got(Token.Chan)) {
    if (p.got(Token.Arrow)) direction = Token.Arrow;
  } else {
    p.next();
    p.expect(Token.Chan);
    direction = Token.Chan;
  }
  const value = parseType(p);
  return p.make(Kind.ChanType, direction, start, p.endOf(value), 0, value, 0, 0, 0);
}

/** `T` or `pkg.T`. */
export function parseTypeName(p: Parser): NodeIndex {
  const name = p.ident();
  return p.tok === Token.Period ? parseQualified(p, name) : name;
}

/** `pkg.T` or `pkg.T[…]` with `pkg` read. */
export function parseQualified(p: Parser, name: NodeIndex): NodeIndex {
  p.next();
  const selected = p.ident();
  return p.node(Kind.SelectorExpr, p.startOf(name), p.endOf(selected), name, selected);
}

/** `[A, B]` after a generic type. */
export function parseTypeInstance(p: Parser, type: NodeIndex): NodeIndex {
  const open = p.start;
  if (!p.enter()) {
    p.leave();
    return type;
  }
  p.next();
  p.exprLevel++;
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  while (p.tok !== Token.RBrack && p.tok !== Token.EOF) {
    last = append(p, last, parseType(p));
    if (first === 0) first = last;
    if (!p.comma('type argument list', Token.RBrack)) break;
  }
  p.exprLevel--;
  p.leave();
  if (first === 0) {
    p.expected('a type argument');
    first = p.bad(Kind.BadExpr, open + 1, open + 1);
  }
  return indexExpr(p, type, first, p.close(Token.RBrack, 'type argument list'));
}

/** IndexExpr, or IndexListExpr for several indices. */
export function indexExpr(p: Parser, x: NodeIndex, indices: NodeIndex, end: Offset): NodeIndex {
  return p.node(p.nextOf(indices) === 0 ? Kind.IndexExpr : Kind.IndexListExpr, p.startOf(x), end, x, indices);
}

/** After `[`; `length` is 0 if it is not read yet. */
export function parseArrayType(p: Parser, start: Offset, length: NodeIndex): NodeIndex {
  let size = length;
  if (size === 0) {
    if (p.tok === Token.Ellipsis) {
      size = p.node(Kind.Ellipsis, p.start, p.end, 0);
      p.next();
    } else if (p.tok !== Token.RBrack) {
      p.exprLevel++;
      size = parseExpr(p);
      p.exprLevel--;
    }
  }
  if (p.tok === Token.Comma) {
    p.problem(p.start, "unexpected ',' in an array type, expected ']'");
    p.next();
  }
  p.close(Token.RBrack, 'array type');
  const element = parseType(p);
  return p.node(Kind.ArrayType, start, p.endOf(element), size, element);
}

export function parseFuncType(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  if (p.tok !== Token.LBrack) return parseSignature(p, start, 0);
  p.problem(p.start, 'a function type has no type parameters');
  return parseSignature(p, start, parseTypeParameters(p));
}

/** Parameters and results. `start` is that of the func keyword, -1 for methods of interfaces. */
export function parseSignature(p: Parser, start: Offset, typeParameters: NodeIndex): NodeIndex {
  const parameters = parseParameters(p);
  const results = parseResults(p);
  const end = p.endOf(results === 0 ? parameters : results);
  return p.node(Kind.FuncType, start < 0 ? p.startOf(parameters) : start, end, typeParameters, parameters, results);
}

function parseStructType(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  const open = p.open(Token.LBrace);
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  while (p.tok !== Token.RBrace && p.tok !== Token.EOF && !p.atDeclaration()) {
    const before = p.at;
    last = append(p, last, parseField(p));
    if (first === 0) first = last;
    if (p.at === before) p.next();
  }
  const end = p.close(Token.RBrace, 'struct type');
  const fields = p.node(Kind.FieldList, open, end, first);
  return p.node(Kind.StructType, start, end, fields);
}

function parseField(p: Parser): NodeIndex {
  const start = p.start;
  let names: NodeIndex = 0;
  let type: NodeIndex;
  if (p.tok === Token.Ident) {
    const name = p.ident();
    if (p.tok === Token.Period) {
      type = parseQualified(p, name);
      if (p.tok === Token.LBrack) type = parseTypeInstance(p, type);
    } else if (p.tok === Token.String || p.tok === Token.Semicolon || p.tok === Token.RBrace) {
      type = name;
    } else {
      names = name;
      let last = name;
      while (p.got(Token.Comma)) last = append(p, last, p.ident());
      if (last === name && p.tok === Token.LBrack) {
        type = parseArrayOrInstance(p, name);
        if (p.kindOf(type) !== Kind.ArrayType) names = 0;
      } else {
        type = parseType(p);
      }
    }
  } else {
    type = parseEmbedded(p);
  }
  let end = p.endOf(type);
  let tag: NodeIndex = 0;
  if (p.tok === Token.String) {
    tag = p.leaf(Kind.BasicLit, Token.String, 0);
    end = p.end;
    p.next();
  }
  p.semi();
  return p.node(Kind.Field, start, end, names, type, tag);
}

/** `*T`, or what people mistake for an embedded field. */
function parseEmbedded(p: Parser): NodeIndex {
  const start = p.start;
  if (p.got(Token.Mul)) {
    if (p.tok === Token.LParen) p.problem(p.start, 'an embedded type is not parenthesised');
    const base = p.tok === Token.Ident ? parseNamedType(p) : parseType(p);
    return p.node(Kind.StarExpr, start, p.endOf(base), base);
  }
  if (p.tok === Token.LParen) {
    p.problem(start, 'an embedded type is not parenthesised');
    return parseType(p);
  }
  p.expected('a field name or an embedded type');
  p.skipTo(EXPRESSION_END);
  return p.bad(Kind.BadExpr, start, Math.max(start, p.lastEnd));
}

function parseNamedType(p: Parser): NodeIndex {
  const type = parseTypeName(p);
  return p.tok === Token.LBrack ? parseTypeInstance(p, type) : type;
}

/** After a name: `[]E` and `[n]E` (an ArrayType), or `[A]` and `[A, B]` of an instance of the name (an index expression). */
export function parseArrayOrInstance(p: Parser, name: NodeIndex): NodeIndex {
  const open = p.start;
  p.next();
  if (p.tok === Token.RBrack || p.tok === Token.Ellipsis) return parseArrayType(p, open, 0);
  p.exprLevel++;
  let trailing: Offset = -1;
  const first = parseExpr(p);
  let last = first;
  while (p.tok === Token.Comma) {
    const comma = p.start;
    p.next();
    if (p.tok === Token.RBrack) {
      trailing = comma;
      break;
    }
    last = append(p, last, parseExpr(p));
  }
  p.exprLevel--;
  const end = p.close(Token.RBrack, 'type argument list');
  if (first === last) {
    const element = tryType(p);
    if (element !== 0) {
      if (trailing >= 0) p.problem(trailing, "unexpected ',' in an array type, expected ']'");
      return p.node(Kind.ArrayType, open, p.endOf(element), first, element);
    }
  }
  return indexExpr(p, name, first, end);
}

function parseInterfaceType(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  const open = p.open(Token.LBrace);
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  while (p.tok !== Token.RBrace && p.tok !== Token.EOF && !p.atDeclaration()) {
    const before = p.at;
    last = append(p, last, p.tok === Token.Ident ? parseMethod(p) : unnamed(p, parseUnion(p, 0)));
    if (first === 0) first = last;
    p.semi();
    if (p.at === before) p.next();
  }
  const end = p.close(Token.RBrace, 'interface type');
  const methods = p.node(Kind.FieldList, open, end, first);
  return p.node(Kind.InterfaceType, start, end, methods);
}

function unnamed(p: Parser, type: NodeIndex): NodeIndex {
  return p.node(Kind.Field, p.startOf(type), p.endOf(type), 0, type);
}

/** A method, or an embedded element that begins with a name. */
function parseMethod(p: Parser): NodeIndex {
  const name = parseTypeName(p);
  if (p.kindOf(name) !== Kind.Ident) {
    return unnamed(p, parseUnion(p, p.tok === Token.LBrack ? parseTypeInstance(p, name) : name));
  }
  if (p.tok === Token.LParen) return method(p, name, 0);
  if (p.tok !== Token.LBrack) return unnamed(p, parseUnion(p, name));

  // `m[P any](…)`, which is not allowed, or an instance.
  const open = p.start;
  if (!p.enter()) {
    p.leave();
    return unnamed(p, name);
  }
  p.next();
  p.exprLevel++;
  const argument = parseExpr(p);
  p.exprLevel--;
  p.leave();
  if (p.kindOf(argument) === Kind.Ident && p.tok !== Token.Comma && p.tok !== Token.RBrack) {
    p.problem(open, 'a method of an interface has no type parameters');
    const fields = parseParameterList(p, argument, 0, Token.RBrack, false);
    const end = p.close(Token.RBrack, 'type parameter list');
    return method(p, name, p.node(Kind.FieldList, open, end, fields));
  }
  let last = argument;
  p.exprLevel++;
  while (p.tok !== Token.RBrack && p.comma('type argument list', Token.RBrack)) {
    if (p.tok === Token.RBrack) break;
    last = append(p, last, parseType(p));
  }
  p.exprLevel--;
  const end = p.close(Token.RBrack, 'type argument list');
  return unnamed(p, parseUnion(p, indexExpr(p, name, argument, end)));
}

function method(p: Parser, name: NodeIndex, typeParameters: NodeIndex): NodeIndex {
  const type = parseSignature(p, -1, typeParameters);
  return p.node(Kind.Field, p.startOf(name), p.endOf(type), name, type);
}

/** `A | ~B | C`; `first` is its first term if that is read. */
export function parseUnion(p: Parser, first: NodeIndex): NodeIndex {
  let x = first === 0 ? parseTerm(p) : first;
  while (p.tok === Token.Or) {
    const at = p.start;
    p.next();
    const y = parseTerm(p);
    x = p.make(Kind.BinaryExpr, Token.Or, p.startOf(x), p.endOf(y), at, x, y, 0, 0);
  }
  return x;
}

function parseTerm(p: Parser): NodeIndex {
  const start = p.start;
  if (p.got(Token.Tilde)) {
    const x = parseType(p);
    return p.make(Kind.UnaryExpr, Token.Tilde, start, p.endOf(x), 0, x, 0, 0, 0);
  }
  const type = tryType(p);
  if (type !== 0) return type;
  p.expected("a type or '~'");
  p.skipTo(EXPRESSION_END);
  return p.bad(Kind.BadExpr, start, Math.max(start, p.lastEnd));
}
