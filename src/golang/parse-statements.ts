/** Statements: Go spec, "Statements". Those that control what runs are in parse-control.ts. */
import { Kind, type KindCode } from './nodes.ts';
import { parseFor, parseIf, parseSelect, parseSwitch } from './parse-control.ts';
import { parseDeclaration } from './parse-declarations.ts';
import { parseExpr, parseExprList } from './parse-expressions.ts';
import { append, type Parser } from './parse-state.ts';
import { CLAUSE_HEAD_END, STARTS_EXPRESSION, SYNC } from './token-sets.ts';
import { Token } from './tokens.ts';
import type { NodeIndex, Offset } from './tree.ts';

/** `{ … }`. */
export function parseBody(p: Parser): NodeIndex {
  const start = p.start;
  if (p.tok !== Token.LBrace) {
    p.expected("'{'");
    return p.make(Kind.BlockStmt, 0, p.lastEnd, p.lastEnd, -1, 0, 0, 0, 0);
  }
  p.next();
  return closeBlock(p, start, parseStmtList(p));
}

/** The `}` and the node of a block. */
export function closeBlock(p: Parser, start: Offset, statements: NodeIndex): NodeIndex {
  if (p.tok === Token.RBrace) {
    const node = p.make(Kind.BlockStmt, 0, start, p.end, p.start, statements, 0, 0, 0);
    p.next();
    return node;
  }
  p.expected("'}'");
  return p.make(Kind.BlockStmt, 0, start, Math.max(start + 1, p.lastEnd), -1, statements, 0, 0, 0);
}

/** Statements up to a `}`, `case` or `default`. */
export function parseStmtList(p: Parser): NodeIndex {
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  for (;;) {
    switch (p.tok) {
      case Token.Case:
      case Token.Default:
        if (p.clauses > 0) return first;
        p.expected('a statement');
        p.next();
        p.skipTo(CLAUSE_HEAD_END);
        if (p.tok === Token.Colon) p.next();
        continue;
      case Token.RBrace:
      case Token.EOF:
        return first;
      case Token.Func:
      case Token.Import:
        if (p.tok === Token.Import || p.atDeclaration()) return first;
        break;
      case Token.RParen:
      case Token.RBrack:
        // Nothing here can close it.
        p.expected('a statement');
        p.next();
        continue;
    }
    const before = p.at;
    last = append(p, last, parseStmt(p));
    if (first === 0) first = last;
    if (p.at === before && p.tok !== Token.RBrace) p.next();
  }
}

function parseStmt(p: Parser): NodeIndex {
  const start = p.start;
  if (!p.enter()) {
    p.leave();
    p.semi();
    return p.bad(Kind.BadStmt, start, Math.max(start, p.lastEnd));
  }
  const statement = parseOneStmt(p);
  p.leave();
  return statement;
}

function parseOneStmt(p: Parser): NodeIndex {
  const start = p.start;
  switch (p.tok) {
    case Token.Const:
    case Token.Type:
    case Token.Var: {
      const declaration = parseDeclaration(p);
      return p.node(Kind.DeclStmt, p.startOf(declaration), p.endOf(declaration), declaration);
    }
    case Token.Go:
      return parseCallStmt(p, Kind.GoStmt, 'go');
    case Token.Defer:
      return parseCallStmt(p, Kind.DeferStmt, 'defer');
    case Token.Return:
      return parseReturn(p);
    case Token.Break:
    case Token.Continue:
    case Token.Goto:
    case Token.Fallthrough:
      return parseBranch(p);
    case Token.LBrace: {
      const block = parseBody(p);
      p.semi();
      return block;
    }
    case Token.If:
      return parseIf(p);
    case Token.Switch:
      return parseSwitch(p);
    case Token.Select:
      return parseSelect(p);
    case Token.For:
      return parseFor(p);
    case Token.Semicolon: {
      const implicit = p.automatic ? 1 : 0;
      const node = p.make(Kind.EmptyStmt, implicit, start, p.end, 0, 0, 0, 0, 0);
      p.next();
      return node;
    }
    case Token.RBrace:
      // After a label.
      return p.make(Kind.EmptyStmt, 1, start, start, 0, 0, 0, 0, 0);
    default: {
      if (STARTS_EXPRESSION[p.tok] === 0) {
        p.expected('a statement');
        p.next();
        p.skipTo(SYNC);
        if (p.tok === Token.Semicolon) p.next();
        return p.bad(Kind.BadStmt, start, Math.max(start, p.lastEnd));
      }
      const statement = parseSimple(p, LABELS);
      if (p.kindOf(statement) === Kind.LabeledStmt) return statement;
      p.semi();
      return asStatement(p, statement);
    }
  }
}

/** What parseSimple may meet beside the plain forms. */
type Mode = 0 | 1 | 2;
export const PLAIN = 0;
const LABELS = 1;
export const RANGES = 2;

/** parseSimple found a range clause; see `range`. */
export const RANGE_CLAUSE = -1;
/** The range clause that parseSimple left last. */
interface RangeClause {
  left: NodeIndex;
  op: number;
  at: Offset;
  x: NodeIndex;
}
export const range: RangeClause = { left: 0, op: 0, at: 0, x: 0 };

/** A simple statement. An expression comes without the ExprStmt around it, for the headers that want an expression. */
export function parseSimple(p: Parser, mode: Mode): NodeIndex {
  const left = parseExprList(p);
  const op = p.tok;
  const at = p.start;
  if (op === Token.Define || op === Token.Assign || (op >= Token.AddAssign && op <= Token.AndNotAssign)) {
    p.next();
    if (mode === RANGES && p.tok === Token.Range && (op === Token.Define || op === Token.Assign)) {
      const rangeAt = p.start;
      p.next();
      const x = parseExpr(p);
      range.left = left;
      range.op = op;
      range.at = rangeAt;
      range.x = x;
      return RANGE_CLAUSE;
    }
    const right = parseExprList(p);
    return p.make(Kind.AssignStmt, op, p.startOf(left), p.endOf(lastOf(p, right)), at, left, right, 0, 0);
  }
  if (p.nextOf(left) !== 0) {
    p.problem(p.startOf(left), 'expected one expression, found a list');
    return p.make(Kind.AssignStmt, Token.Assign, p.startOf(left), p.endOf(lastOf(p, left)), at, left, 0, 0, 0);
  }
  switch (op) {
    case Token.Colon: {
      if (mode !== LABELS) return left;
      p.next();
      if (p.kindOf(left) !== Kind.Ident) {
        p.problem(at, 'a label is a name');
        return left;
      }
      const statement = parseStmt(p);
      return p.node(Kind.LabeledStmt, p.startOf(left), p.endOf(statement), left, statement);
    }
    case Token.Arrow: {
      p.next();
      const value = parseExpr(p);
      return p.make(Kind.SendStmt, 0, p.startOf(left), p.endOf(value), at, left, value, 0, 0);
    }
    case Token.Inc:
    case Token.Dec: {
      const node = p.make(Kind.IncDecStmt, op, p.startOf(left), p.end, 0, left, 0, 0, 0);
      p.next();
      return node;
    }
    default:
      return left;
  }
}

export function lastOf(p: Parser, first: NodeIndex): NodeIndex {
  let last = first;
  for (let next = p.nextOf(last); next !== 0; next = p.nextOf(last)) last = next;
  return last;
}

function isExpression(kind: KindCode): boolean {
  return kind < Kind.BadStmt;
}

/** Wraps an expression as parseSimple returns it. */
export function asStatement(p: Parser, simple: NodeIndex): NodeIndex {
  if (simple === 0 || !isExpression(p.kindOf(simple))) return simple;
  return p.node(Kind.ExprStmt, p.startOf(simple), p.endOf(simple), simple);
}

/** The expression that a header wants; a problem where it has a statement. */
export function asExpression(p: Parser, simple: NodeIndex, what: string): NodeIndex {
  if (simple === 0 || isExpression(p.kindOf(simple))) return simple;
  const found = p.kindOf(simple) === Kind.AssignStmt ? 'an assignment' : 'a statement';
  p.problem(p.startOf(simple), `expected ${what}, found ${found} (is a composite literal not parenthesised?)`);
  return simple;
}

function parseCallStmt(p: Parser, kind: KindCode, word: string): NodeIndex {
  const start = p.start;
  p.next();
  const x = parseExpr(p);
  let call = x;
  if (p.kindOf(call) === Kind.ParenExpr) {
    p.problem(p.startOf(call), `the call of a ${word} statement is not parenthesised`);
    while (p.kindOf(call) === Kind.ParenExpr) call = p.a[call] ?? 0;
  }
  p.semi();
  if (p.kindOf(call) === Kind.CallExpr && call === x) return p.node(kind, start, p.endOf(call), call);
  if (call === x && p.kindOf(call) !== Kind.BadExpr) p.problem(p.endOf(x), `a ${word} statement needs a function call`);
  // The expression is kept, so that what it names counts as used.
  return p.node(Kind.ExprStmt, p.startOf(x), p.endOf(x), x);
}

function parseReturn(p: Parser): NodeIndex {
  const start = p.start;
  let end = p.end;
  p.next();
  let results: NodeIndex = 0;
  if (p.tok !== Token.Semicolon && p.tok !== Token.RBrace) {
    results = parseExprList(p);
    end = p.endOf(lastOf(p, results));
  }
  p.semi();
  return p.node(Kind.ReturnStmt, start, end, results);
}

function parseBranch(p: Parser): NodeIndex {
  const { start, tok } = p;
  let { end } = p;
  p.next();
  let label: NodeIndex = 0;
  if (tok === Token.Goto || (tok !== Token.Fallthrough && p.tok === Token.Ident)) {
    label = p.ident();
    end = p.endOf(label);
  }
  p.semi();
  return p.make(Kind.BranchStmt, tok, start, end, 0, label, 0, 0, 0);
}
