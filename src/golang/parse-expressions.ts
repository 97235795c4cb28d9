/** Expressions: Go spec, "Expressions". A type may stand wherever an operand may; the type checker sorts that out. */
import { Kind } from './nodes.ts';
import { append, type Parser } from './parse-state.ts';
import { parseBody } from './parse-statements.ts';
import { indexExpr, parseFuncType, parseType, tryType } from './parse-types.ts';
import { OPERAND_END, STATEMENT_START } from './token-sets.ts';
import { PRECEDENCE, Token } from './tokens.ts';
import type { NodeIndex, Offset } from './tree.ts';

export function parseExpr(p: Parser): NodeIndex {
  return parseBinary(p, parseUnary(p), 1);
}

/** `a, b, c`: the first of a list. */
export function parseExprList(p: Parser): NodeIndex {
  const first = parseExpr(p);
  let last = first;
  while (p.tok === Token.Comma) {
    p.next();
    last = append(p, last, parseExpr(p));
  }
  return first;
}

/** Goes on with operators that bind at `level` or tighter after the left operand. Left-leaning chains are a loop. */
export function parseBinary(p: Parser, left: NodeIndex, level: number): NodeIndex {
  let x = left;
  for (;;) {
    const op = p.tok;
    const own = PRECEDENCE[op] ?? 0;
    if (own < level) return x;
    const at = p.start;
    p.next();
    let y = parseUnary(p);
    if ((PRECEDENCE[p.tok] ?? 0) > own) y = parseBinary(p, y, own + 1);
    x = p.make(Kind.BinaryExpr, op, p.startOf(x), p.endOf(y), at, x, y, 0, 0);
  }
}

function parseUnary(p: Parser): NodeIndex {
  switch (p.tok) {
    case Token.Ident:
      return parsePrimary(p, 0);
    case Token.Add:
    case Token.Sub:
    case Token.Not:
    case Token.Xor:
    case Token.And:
    case Token.Tilde:
    case Token.Arrow:
    case Token.Mul:
      return parseOperator(p);
    default:
      return parsePrimary(p, 0);
  }
}

function parseOperator(p: Parser): NodeIndex {
  const start = p.start;
  const op = p.tok;
  if (!p.enter()) {
    p.leave();
    return p.bad(Kind.BadExpr, start, Math.max(start, p.lastEnd));
  }
  p.next();
  const x = parseUnary(p);
  p.leave();
  if (op === Token.Mul) return p.node(Kind.StarExpr, start, p.endOf(x), x);
  if (op === Token.Arrow && p.kindOf(x) === Kind.ChanType) return receiveOnly(p, start, x);
  return p.make(Kind.UnaryExpr, op, start, p.endOf(x), 0, x, 0, 0, 0);
}

/**
 * `<-` before a channel type belongs to the type: `<-(chan T)` is `<-chan T`, and `<-(chan<- T)` is `<-chan (<-T)`, so the
 * arrow within goes on to the next channel type. Mends the nodes in place.
 */
function receiveOnly(p: Parser, start: Offset, type: NodeIndex): NodeIndex {
  let begin = start;
  for (let node = type; ; node = p.a[node] ?? 0) {
    const direction = p.op[node];
    if (direction === Token.Chan) p.problem(p.startOf(node), "expected 'chan' after '<-'");
    // `chan<- T`: the arrow is the second token; it begins the type within.
    const arrow = direction === Token.Arrow ? arrowAfterChan(p, p.startOf(node)) : -1;
    p.starts[node] = begin;
    p.op[node] = Token.Chan;
    if (arrow < 0) return type;
    begin = arrow;
    const value = p.a[node] ?? 0;
    if (p.kindOf(value) !== Kind.ChanType) {
      p.problem(arrow, 'expected a channel type');
      return type;
    }
  }
}

/** Offset of the `<-` after the `chan` at `start`. */
function arrowAfterChan(p: Parser, start: Offset): Offset {
  let at = start + 4;
  while (at < p.limit && p.source[at] !== 0x3c) at++;
  return at;
}

/** An operand and what follows it: selectors, indices, calls, literals. `operand` is 0 if it is not read yet. */
export function parsePrimary(p: Parser, operand: NodeIndex): NodeIndex {
  let x = operand === 0 ? parseOperand(p) : operand;
  for (;;) {
    switch (p.tok) {
      case Token.Period:
        x = parseSelector(p, x);
        break;
      case Token.LParen:
        x = parseCall(p, x);
        break;
      case Token.LBrack:
        x = parseIndex(p, x);
        break;
      case Token.LBrace:
        if (!mayBeLiteralType(p, x)) return x;
        x = parseLiteral(p, x);
        break;
      default:
        return x;
    }
  }
}

function parseOperand(p: Parser): NodeIndex {
  switch (p.tok) {
    case Token.Ident: {
      const node = p.leaf(Kind.Ident, 0, p.name);
      p.next();
      return node;
    }
    case Token.Int:
    case Token.Float:
    case Token.Imag:
    case Token.Char:
    case Token.String: {
      const node = p.leaf(Kind.BasicLit, p.tok, 0);
      p.next();
      return node;
    }
    case Token.LParen:
      return parseParenthesised(p);
    case Token.Func:
      if (!p.atDeclaration()) return parseFuncLit(p);
      break;
    default: {
      const type = tryType(p);
      if (type !== 0) return type;
    }
  }
  const start = p.start;
  p.expected('an operand');
  if (!p.atDeclaration()) p.skipTo(OPERAND_END);
  return p.bad(Kind.BadExpr, start, Math.max(start, p.lastEnd));
}

function parseParenthesised(p: Parser): NodeIndex {
  const start = p.start;
  if (!p.enter()) {
    p.leave();
    return p.bad(Kind.BadExpr, start, Math.max(start, p.lastEnd));
  }
  p.next();
  p.exprLevel++;
  const x = parseExpr(p);
  p.exprLevel--;
  p.leave();
  const end = p.close(Token.RParen, 'parentheses');
  return p.node(Kind.ParenExpr, start, end, x);
}

/** A function type, or a function literal where a body follows. */
function parseFuncLit(p: Parser): NodeIndex {
  const start = p.start;
  if (!p.enter()) {
    p.leave();
    return p.bad(Kind.BadExpr, start, Math.max(start, p.lastEnd));
  }
  let x = parseFuncType(p);
  if (p.tok === Token.LBrace) {
    const { exprLevel, clauses } = p;
    p.exprLevel = 0;
    p.clauses = 0;
    const body = parseBody(p);
    p.exprLevel = exprLevel;
    p.clauses = clauses;
    x = p.node(Kind.FuncLit, start, p.endOf(body), x, body);
  }
  p.leave();
  return x;
}

function parseSelector(p: Parser, x: NodeIndex): NodeIndex {
  p.next();
  if (p.tok === Token.LParen) {
    p.next();
    let type: NodeIndex = 0;
    if (p.tok === Token.Type) p.next();
    else type = parseType(p);
    const end = p.close(Token.RParen, 'type assertion');
    return p.node(Kind.TypeAssertExpr, p.startOf(x), end, x, type);
  }
  if (p.tok === Token.Ident) {
    const name = p.leaf(Kind.Ident, 0, p.name);
    const node = p.node(Kind.SelectorExpr, p.startOf(x), p.end, x, name);
    p.next();
    return node;
  }
  const at = p.lastEnd;
  p.expected("a name or '(' after '.'");
  // `x.` while it is being typed: a keyword on the next line is the next statement.
  if (p.tok >= Token.Break && STATEMENT_START[p.tok] === 0 && !p.source.subarray(at, p.start).includes(0x0a)) p.next();
  const name = p.make(Kind.Ident, 0, at, at, p.names.of('_'), 0, 0, 0, 0);
  return p.node(Kind.SelectorExpr, p.startOf(x), at, x, name);
}

/** Index, slice, or instance. */
function parseIndex(p: Parser, x: NodeIndex): NodeIndex {
  const start = p.startOf(x);
  p.next();
  if (p.tok === Token.RBrack) {
    p.expected('an operand');
    const index = p.bad(Kind.BadExpr, p.start, p.start);
    const end = p.end;
    p.next();
    return p.node(Kind.IndexExpr, start, end, x, index);
  }
  if (!p.enter()) {
    p.leave();
    const index = p.bad(Kind.BadExpr, p.start, p.start);
    return p.node(Kind.IndexExpr, start, p.close(Token.RBrack, 'index'), x, index);
  }
  p.exprLevel++;
  let first: NodeIndex = 0;
  if (p.tok !== Token.Colon) first = parseExpr(p);
  if (p.tok === Token.Colon) return parseSlice(p, x, first);
  let last = first;
  while (p.tok === Token.Comma) {
    p.next();
    if (p.tok === Token.RBrack || p.tok === Token.EOF) break;
    last = append(p, last, parseType(p));
  }
  p.exprLevel--;
  p.leave();
  return indexExpr(p, x, first, p.close(Token.RBrack, 'index or type argument list'));
}

/** From the first colon on; parseIndex has raised the levels. */
function parseSlice(p: Parser, x: NodeIndex, low: NodeIndex): NodeIndex {
  p.next();
  let high: NodeIndex = 0;
  let max: NodeIndex = 0;
  let three = 0;
  if (p.tok !== Token.Colon && p.tok !== Token.RBrack && p.tok !== Token.EOF) high = parseExpr(p);
  if (p.tok === Token.Colon) {
    three = 1;
    if (high === 0) {
      p.problem(p.start, 'a slice with three indices needs the middle one');
      high = p.bad(Kind.BadExpr, p.start, p.start);
    }
    p.next();
    if (p.tok === Token.RBrack || p.tok === Token.EOF) {
      p.problem(p.start, 'a slice with three indices needs the last one');
      max = p.bad(Kind.BadExpr, p.start, p.start);
    } else {
      max = parseExpr(p);
    }
  }
  p.exprLevel--;
  p.leave();
  const end = p.close(Token.RBrack, 'slice expression');
  return p.make(Kind.SliceExpr, three, p.startOf(x), end, 0, x, low, high, max);
}

function parseCall(p: Parser, fun: NodeIndex): NodeIndex {
  const open = p.start;
  p.next();
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  let spread = 0;
  if (p.tok !== Token.RParen) {
    if (!p.enter()) {
      p.leave();
      const end = p.close(Token.RParen, 'argument list');
      return p.make(Kind.CallExpr, 0, p.startOf(fun), end, open, fun, 0, 0, 0);
    }
    p.exprLevel++;
    while (p.tok !== Token.RParen && p.tok !== Token.EOF && spread === 0) {
      last = append(p, last, parseExpr(p));
      if (first === 0) first = last;
      if (p.got(Token.Ellipsis)) spread = 1;
      if (!p.comma('argument list', Token.RParen)) break;
    }
    p.exprLevel--;
    p.leave();
  }
  const end = p.close(Token.RParen, 'argument list');
  return p.make(Kind.CallExpr, spread, p.startOf(fun), end, open, fun, first, 0, 0);
}

/** Whether `{` after x begins a composite literal rather than a block. */
function mayBeLiteralType(p: Parser, x: NodeIndex): boolean {
  let type = x;
  while (p.kindOf(type) === Kind.ParenExpr) type = p.a[type] ?? 0;
  switch (p.kindOf(type)) {
    case Kind.BadExpr:
    case Kind.Ident:
    case Kind.SelectorExpr:
    case Kind.IndexExpr:
    case Kind.IndexListExpr:
      if (p.exprLevel < 0) return false;
      break;
    case Kind.ArrayType:
    case Kind.StructType:
    case Kind.MapType:
      break;
    default:
      return false;
  }
  if (type !== x) p.problem(p.startOf(type), 'the type of a composite literal is not parenthesised');
  return true;
}

/** `{…}` of a composite literal; `type` is 0 for a literal within one. */
function parseLiteral(p: Parser, type: NodeIndex): NodeIndex {
  const open = p.start;
  const start = type === 0 ? open : p.startOf(type);
  if (!p.enter()) {
    p.leave();
    return p.bad(Kind.BadExpr, start, Math.max(start, p.lastEnd));
  }
  p.next();
  p.exprLevel++;
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  while (p.tok !== Token.RBrace && p.tok !== Token.EOF) {
    last = append(p, last, parseElement(p));
    if (first === 0) first = last;
    if (!p.comma('composite literal', Token.RBrace)) break;
  }
  p.exprLevel--;
  p.leave();
  const end = p.close(Token.RBrace, 'composite literal');
  return p.make(Kind.CompositeLit, 0, start, end, open, type, first, 0, 0);
}

function parseElement(p: Parser): NodeIndex {
  const key = p.tok === Token.LBrace ? parseLiteral(p, 0) : parseExpr(p);
  if (p.tok !== Token.Colon) return key;
  const colon = p.start;
  p.next();
  const value = p.tok === Token.LBrace ? parseLiteral(p, 0) : parseExpr(p);
  return p.make(Kind.KeyValueExpr, 0, p.startOf(key), p.endOf(value), colon, key, value, 0, 0);
}
