/** Statements that control what runs: if, switch, select and for. */
import { Kind, type KindCode } from './nodes.ts';
import { parseExpr, parseExprList } from './parse-expressions.ts';
import { append, type Parser } from './parse-state.ts';
import {
  asExpression,
  asStatement,
  closeBlock,
  lastOf,
  PLAIN,
  parseBody,
  parseSimple,
  parseStmtList,
  RANGE_CLAUSE,
  RANGES,
  range,
} from './parse-statements.ts';
import { SYNC } from './token-sets.ts';
import { Token } from './tokens.ts';
import type { NodeIndex, Offset } from './tree.ts';

/** `else if` chains are a loop: machine-made ones have thousands of links. */
export function parseIf(p: Parser): NodeIndex {
  const { waiting } = p;
  const base = waiting.length;
  let otherwise: NodeIndex = 0;
  for (;;) {
    const start = p.start;
    p.next();
    const init = parseIfHeader(p);
    const condition = waiting.pop() ?? 0;
    const body = parseBody(p);
    waiting.push(start, init, condition, body);
    if (p.tok !== Token.Else) {
      p.semi();
      break;
    }
    p.next();
    if (p.tok === Token.If) continue;
    if (p.tok === Token.LBrace) {
      otherwise = parseBody(p);
      p.semi();
    } else {
      p.expected("'if' or '{' after else");
    }
    break;
  }
  while (waiting.length > base) {
    const body = waiting.pop() ?? 0;
    const condition = waiting.pop() ?? 0;
    const init = waiting.pop() ?? 0;
    const start = waiting.pop() ?? 0;
    const end = p.endOf(otherwise === 0 ? body : otherwise);
    otherwise = p.node(Kind.IfStmt, start, end, init, condition, body, otherwise);
  }
  return otherwise;
}

/** Returns the initial statement and pushes the condition. */
function parseIfHeader(p: Parser): NodeIndex {
  if (p.tok === Token.LBrace) {
    p.problem(p.start, 'an if statement lacks its condition');
    p.waiting.push(p.bad(Kind.BadExpr, p.start, p.start));
    return 0;
  }
  const level = p.exprLevel;
  p.exprLevel = -1;
  let init: NodeIndex = 0;
  if (p.tok !== Token.Semicolon) {
    if (p.tok === Token.Var) {
      p.problem(p.start, 'a var declaration is not allowed before a condition, use :=');
      p.next();
    }
    init = parseSimple(p, PLAIN);
  }
  let condition: NodeIndex = 0;
  if (p.tok === Token.Semicolon) {
    const at = p.start;
    const atLineEnd = p.automatic;
    p.next();
    if (p.tok !== Token.LBrace) condition = parseSimple(p, PLAIN);
    else if (atLineEnd) p.problem(at, "unexpected line break, expected '{' after the condition");
    else p.problem(at, 'an if statement lacks its condition');
  } else {
    if (p.tok !== Token.LBrace) p.expected("'{' or ';'");
    condition = init;
    init = 0;
  }
  p.exprLevel = level;
  condition = asExpression(p, condition, 'a condition');
  p.waiting.push(condition === 0 ? p.bad(Kind.BadExpr, p.start, p.start) : condition);
  return asStatement(p, init);
}

export function parseSwitch(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  let init: NodeIndex = 0;
  let tag: NodeIndex = 0;
  if (p.tok !== Token.LBrace) {
    const level = p.exprLevel;
    p.exprLevel = -1;
    if (p.tok !== Token.Semicolon) tag = parseSimple(p, PLAIN);
    if (p.tok === Token.Semicolon) {
      p.next();
      init = asStatement(p, tag);
      tag = p.tok === Token.LBrace ? 0 : parseSimple(p, PLAIN);
    }
    p.exprLevel = level;
  }
  const guard = isGuard(p, tag);
  tag = guard ? asStatement(p, tag) : asExpression(p, tag, 'the expression of a switch');
  const body = parseClauses(p, Kind.CaseClause);
  p.semi();
  return p.node(guard ? Kind.TypeSwitchStmt : Kind.SwitchStmt, start, p.endOf(body), init, tag, body);
}

/** Whether it is `x.(type)` or `v := x.(type)`. */
function isGuard(p: Parser, simple: NodeIndex): boolean {
  const kind = p.kindOf(simple);
  if (kind === Kind.TypeAssertExpr) return p.b[simple] === 0;
  if (kind !== Kind.AssignStmt) return false;
  const left = p.a[simple] ?? 0;
  const right = p.b[simple] ?? 0;
  if (p.nextOf(left) !== 0 || p.nextOf(right) !== 0) return false;
  if (p.kindOf(right) !== Kind.TypeAssertExpr || p.b[right] !== 0) return false;
  if (p.op[simple] === Token.Assign) p.problem(p.data[simple] ?? 0, "expected ':=', found '='");
  return p.op[simple] === Token.Assign || p.op[simple] === Token.Define;
}

export function parseSelect(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  const body = parseClauses(p, Kind.CommClause);
  p.semi();
  return p.node(Kind.SelectStmt, start, p.endOf(body), body);
}

/** The block of a switch or select. */
function parseClauses(p: Parser, kind: KindCode): NodeIndex {
  const start = p.start;
  if (p.tok !== Token.LBrace) return parseBody(p);
  p.next();
  p.clauses++;
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  for (;;) {
    if (p.tok === Token.Case || p.tok === Token.Default) {
      last = append(p, last, parseClause(p, kind));
      if (first === 0) first = last;
    } else if (p.tok === Token.RBrace || p.tok === Token.EOF || p.tok === Token.Import || p.atDeclaration()) {
      p.clauses--;
      return closeBlock(p, start, first);
    } else {
      // Statements before the first case: they go into a clause of their own, so that nothing is lost.
      const at = p.start;
      p.expected("'case', 'default' or '}'");
      const before = p.at;
      const body = parseStmtList(p);
      if (p.at === before) p.next();
      const end = body === 0 ? at : p.endOf(lastOf(p, body));
      last = append(p, last, p.make(kind, 1, at, end, at, 0, body, 0, 0));
      if (first === 0) first = last;
    }
  }
}

function parseClause(p: Parser, kind: KindCode): NodeIndex {
  const start = p.start;
  let head: NodeIndex = 0;
  let isDefault = 0;
  if (p.tok === Token.Case) {
    p.next();
    head = kind === Kind.CaseClause ? parseExprList(p) : parseComm(p);
  } else {
    isDefault = 1;
    p.next();
  }
  const colon = p.start;
  let end = p.end;
  if (p.tok === Token.Colon) p.next();
  else {
    p.expected("':'");
    end = p.lastEnd;
    p.skipTo(SYNC);
  }
  const body = parseStmtList(p);
  if (body !== 0) end = p.endOf(lastOf(p, body));
  return p.make(kind, isDefault, start, end, colon, head, body, 0, 0);
}

/** The operation of a select's case. */
function parseComm(p: Parser): NodeIndex {
  const at = p.start;
  const statement = parseSimple(p, PLAIN);
  if (p.kindOf(statement) === Kind.AssignStmt) {
    const op = p.op[statement];
    const left = p.a[statement] ?? 0;
    const second = p.nextOf(left);
    const right = p.b[statement] ?? 0;
    if (second !== 0 && p.nextOf(second) !== 0) p.problem(at, 'expected one or two variables');
    else if (right !== 0 && p.nextOf(right) !== 0) p.problem(p.startOf(p.nextOf(right)), "expected ':', found ','");
    else if (op !== Token.Assign && op !== Token.Define)
      p.problem(p.data[statement] ?? at, 'expected a send or a receive');
  } else if (p.kindOf(statement) === Kind.IncDecStmt) {
    p.problem(at, 'expected a send or a receive');
  }
  return asStatement(p, statement);
}

export function parseFor(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  let init: NodeIndex = 0;
  let condition: NodeIndex = 0;
  let post: NodeIndex = 0;
  if (p.tok !== Token.LBrace) {
    const level = p.exprLevel;
    p.exprLevel = -1;
    if (p.tok === Token.Range) {
      const at = p.start;
      p.next();
      const x = parseExpr(p);
      p.exprLevel = level;
      return parseRangeBody(p, start, 0, 0, at, x);
    }
    if (p.tok !== Token.Semicolon) condition = parseSimple(p, RANGES);
    if (condition === RANGE_CLAUSE) {
      const { left, op, at, x } = range;
      p.exprLevel = level;
      return parseRangeBody(p, start, left, op, at, x);
    }
    if (p.tok === Token.Semicolon) {
      p.next();
      init = asStatement(p, condition);
      condition = p.tok === Token.Semicolon ? 0 : parseCondition(p);
      if (p.tok === Token.Semicolon) p.next();
      else if (p.tok !== Token.LBrace || condition === 0) p.expected("';'");
      else p.problem(p.start, "expected a for loop's condition and two ';', found '{'");
      if (p.tok !== Token.LBrace) post = asStatement(p, parseSimple(p, PLAIN));
    }
    p.exprLevel = level;
    condition = asExpression(p, condition, 'a condition or a range clause');
  }
  const body = parseBody(p);
  p.semi();
  return p.node(Kind.ForStmt, start, p.endOf(body), init, condition, post, body);
}

/** The middle of `for …; …; …`. `for i := 0; {` has none. */
function parseCondition(p: Parser): NodeIndex {
  return p.tok === Token.LBrace ? 0 : parseSimple(p, PLAIN);
}

function parseRangeBody(p: Parser, start: Offset, left: NodeIndex, op: number, at: Offset, x: NodeIndex): NodeIndex {
  const body = parseBody(p);
  p.semi();
  const value = p.nextOf(left);
  const third = p.nextOf(value);
  if (third !== 0) p.problem(p.startOf(third), 'a range clause has at most two variables');
  // Key and value are no list: each has a slot.
  p.link[left] = 0;
  p.link[value] = third;
  return p.make(Kind.RangeStmt, op, start, p.endOf(body), at, left, value, x, body);
}
