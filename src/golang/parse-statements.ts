/** Statements: Go spec, "Statements". */
import { Kind, type KindCode } from './nodes.ts';
import { parseDeclaration } from './parse-declarations.ts';
import { parseExpr, parseExprList } from './parse-expressions.ts';
import { append, type Parser, SYNC } from './parse-state.ts';
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
function closeBlock(p: Parser, start: Offset, statements: NodeIndex): NodeIndex {
  if (p.tok === Token.RBrace) {
    const node = p.make(Kind.BlockStmt, 0, start, p.end, p.start, statements, 0, 0, 0);
    p.next();
    return node;
  }
  p.expected("'}'");
  return p.make(Kind.BlockStmt, 0, start, Math.max(start + 1, p.lastEnd), -1, statements, 0, 0, 0);
}

/** Statements up to a `}`, `case` or `default`. */
function parseStmtList(p: Parser): NodeIndex {
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
const PLAIN = 0;
const LABELS = 1;
const RANGES = 2;

/** parseSimple found a range clause; see `range`. */
const RANGE_CLAUSE = -1;
/** The range clause that parseSimple left last. */
interface RangeClause {
  left: NodeIndex;
  op: number;
  at: Offset;
  x: NodeIndex;
}
const range: RangeClause = { left: 0, op: 0, at: 0, x: 0 };

/** A simple statement. An expression comes without the ExprStmt around it, for the headers that want an expression. */
function parseSimple(p: Parser, mode: Mode): NodeIndex {
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

function lastOf(p: Parser, first: NodeIndex): NodeIndex {
  let last = first;
  for (let next = p.nextOf(last); next !== 0; next = p.nextOf(last)) last = next;
  return last;
}

function isExpression(kind: KindCode): boolean {
  return kind < Kind.BadStmt;
}

/** Wraps an expression as parseSimple returns it. */
function asStatement(p: Parser, simple: NodeIndex): NodeIndex {
  if (simple === 0 || !isExpression(p.kindOf(simple))) return simple;
  return p.node(Kind.ExprStmt, p.startOf(simple), p.endOf(simple), simple);
}

/** The expression that a header wants; a problem where it has a statement. */
function asExpression(p: Parser, simple: NodeIndex, what: string): NodeIndex {
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

/** `else if` chains are a loop: machine-made ones have thousands of links. */
function parseIf(p: Parser): NodeIndex {
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

function parseSwitch(p: Parser): NodeIndex {
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

function parseSelect(p: Parser): NodeIndex {
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

function parseFor(p: Parser): NodeIndex {
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

function startSet(): Uint8Array {
  const set = new Uint8Array(128);
  for (const token of [
    Token.Ident,
    Token.Int,
    Token.Float,
    Token.Imag,
    Token.Char,
    Token.String,
    Token.Func,
    Token.LParen,
    Token.LBrack,
    Token.Struct,
    Token.Map,
    Token.Chan,
    Token.Interface,
    Token.Add,
    Token.Sub,
    Token.Mul,
    Token.And,
    Token.Xor,
    Token.Arrow,
    Token.Not,
  ]) {
    set[token] = 1;
  }
  return set;
}

const STARTS_EXPRESSION = startSet();
/** Where the head of a clause that belongs to no switch is over. */
const CLAUSE_HEAD_END = SYNC.slice();
CLAUSE_HEAD_END[Token.Colon] = 1;
