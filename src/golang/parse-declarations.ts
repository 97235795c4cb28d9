/** Declarations and whole files: Go spec, "Declarations and scope", "Source file organization". */
import { Kind } from './nodes.ts';
import { parseBinary, parseExprList, parsePrimary } from './parse-expressions.ts';
import { parseParameterList, parseParameters, parseTypeParameters } from './parse-parameters.ts';
import { skipBody } from './parse-skip.ts';
import { append, type Parser } from './parse-state.ts';
import { parseBody } from './parse-statements.ts';
import { parseArrayType, parseSignature, parseType, tryType } from './parse-types.ts';
import { DECLARATION_START, EXPRESSION_END } from './token-sets.ts';
import { Token, type TokenCode } from './tokens.ts';
import type { NodeIndex, Offset } from './tree.ts';

/** The file that the parser was started on: a File node. `fileIndex` goes into its data. */
export function parseSourceFile(p: Parser, fileIndex: number): NodeIndex {
  p.exprLevel = 0;
  p.depth = 0;
  p.clauses = 0;
  p.waiting.length = 0;
  p.next();
  const start = p.start;
  p.expect(Token.Package);
  const name = p.ident();
  p.semi();
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  let imports = true;
  while (p.tok !== Token.EOF) {
    const before = p.at;
    if (p.tok === Token.Semicolon) {
      if (!p.automatic) p.expected('a declaration');
      p.next();
      continue;
    }
    if (p.tok !== Token.Import) imports = false;
    else if (!imports) p.problem(p.start, 'imports come before other declarations');
    last = append(p, last, parseDeclaration(p));
    if (first === 0) first = last;
    if (p.at === before) p.next();
  }
  const end = p.endOf(last === 0 ? name : last);
  return p.make(Kind.File, 0, start, end, fileIndex, name, first, 0, 0);
}

export function parseDeclaration(p: Parser): NodeIndex {
  switch (p.tok) {
    case Token.Import:
    case Token.Const:
    case Token.Type:
    case Token.Var:
      return parseGenDecl(p);
    case Token.Func:
      return parseFuncDecl(p);
    default: {
      const start = p.start;
      p.expected('a declaration');
      do p.next();
      while (p.tok !== Token.EOF && !beginsDeclaration(p));
      return p.bad(Kind.BadDecl, start, Math.max(start, p.lastEnd));
    }
  }
}

/** Where to go on after what is no declaration: code of a function may follow whose braces do not match. */
function beginsDeclaration(p: Parser): boolean {
  if (p.tok === Token.Func) return p.declaresFunction();
  return DECLARATION_START[p.tok] === 1 && p.atLineStart();
}

function parseGenDecl(p: Parser): NodeIndex {
  const { start, tok } = p;
  p.next();
  if (p.tok !== Token.LParen) {
    const spec = parseSpec(p, tok, 0);
    return p.make(Kind.GenDecl, tok, start, p.endOf(spec), -1, spec, 0, 0, 0);
  }
  const open = p.start;
  p.next();
  let first: NodeIndex = 0;
  let last: NodeIndex = 0;
  for (let iota = 0; p.tok !== Token.RParen && p.tok !== Token.EOF && !p.atDeclaration(); iota++) {
    const before = p.at;
    last = append(p, last, parseSpec(p, tok, iota));
    if (first === 0) first = last;
    if (p.at === before) p.next();
  }
  const end = p.close(Token.RParen, 'declaration');
  p.semi();
  return p.make(Kind.GenDecl, tok, start, end, open, first, 0, 0, 0);
}

function parseSpec(p: Parser, tok: TokenCode, iota: number): NodeIndex {
  if (tok === Token.Import) return parseImportSpec(p);
  return tok === Token.Type ? parseTypeSpec(p) : parseValueSpec(p, tok, iota);
}

function parseImportSpec(p: Parser): NodeIndex {
  const start = p.start;
  let name: NodeIndex = 0;
  if (p.tok === Token.Ident) name = p.ident();
  else if (p.tok === Token.Period) {
    name = p.leaf(Kind.Ident, 0, p.names.of('.'));
    p.next();
  }
  let end = p.lastEnd;
  let path: NodeIndex = 0;
  if (p.tok === Token.String) {
    end = p.end;
    path = p.leaf(Kind.BasicLit, Token.String, 0);
    p.next();
  } else {
    p.problem(p.start, `an import path is missing, found ${p.found()}`);
    path = p.bad(Kind.BadExpr, Math.max(start, p.lastEnd), Math.max(start, p.lastEnd));
    p.skipTo(EXPRESSION_END);
  }
  p.semi();
  return p.node(Kind.ImportSpec, start, Math.max(start, end), name, path);
}

function parseValueSpec(p: Parser, tok: TokenCode, iota: number): NodeIndex {
  const start = p.start;
  const names = p.ident();
  let last = names;
  while (p.got(Token.Comma)) last = append(p, last, p.ident());
  let end = p.endOf(last);
  let type: NodeIndex = 0;
  let values: NodeIndex = 0;
  if (tok === Token.Const) {
    if (p.tok !== Token.Semicolon && p.tok !== Token.RParen) type = tryType(p);
  } else if (p.tok !== Token.Assign) {
    type = parseType(p);
  }
  if (type !== 0) end = p.endOf(type);
  if (p.got(Token.Assign)) {
    values = parseExprList(p);
    last = values;
    for (let next = p.nextOf(last); next !== 0; next = p.nextOf(last)) last = next;
    end = p.endOf(last);
  }
  p.semi();
  return p.make(Kind.ValueSpec, 0, start, end, tok === Token.Const ? iota : 0, names, type, values, 0);
}

function parseTypeSpec(p: Parser): NodeIndex {
  const name = p.ident();
  let parameters: NodeIndex = 0;
  let type: NodeIndex = 0;
  if (p.tok === Token.LBrack) {
    const open = p.start;
    p.next();
    if (p.tok === Token.Ident) {
      const x = parseLengthOrParameter(p);
      const parameter = splitParameter(p, x, p.tok === Token.Comma);
      const only = parameter === x;
      if (parameter !== 0 && !(only && p.tok === Token.RBrack)) {
        const fields = parseParameterList(p, parameter, only ? 0 : x, Token.RBrack, false);
        const end = p.close(Token.RBrack, 'type parameter list');
        parameters = p.node(Kind.FieldList, open, end, fields);
      } else {
        type = parseArrayType(p, open, x);
      }
    } else {
      type = parseArrayType(p, open, 0);
    }
  }
  let alias = 0;
  if (type === 0) {
    if (p.got(Token.Assign)) alias = 1;
    type = parseType(p);
  }
  p.semi();
  return p.make(Kind.TypeSpec, alias, p.startOf(name), p.endOf(type), 0, name, parameters, type, 0);
}

/**
 * After `type T [` and a name: an array's length, or a type parameter and perhaps its constraint (`P *C`, `P (C)` read as
 * a product and a call). `P [` can only begin a parameter: an index is no constant.
 */
function parseLengthOrParameter(p: Parser): NodeIndex {
  const name = p.ident();
  if (p.tok === Token.LBrack) return name;
  p.exprLevel++;
  const x = parseBinary(p, parsePrimary(p, name), 1);
  p.exprLevel--;
  return x;
}

/**
 * Takes x apart into a type parameter's name, which is returned, and its constraint, which x becomes (in place); 0 if x is
 * an expression. If x is a name alone, it is returned. `force`: a comma follows, so it can be no array length.
 *
 *   P*[]int → P, *[]int      P*E → only if forced      P([]int) → P, ([]int)      P*E|~F → P, *E|~F
 */
function splitParameter(p: Parser, x: NodeIndex, force: boolean): NodeIndex {
  if (p.kindOf(x) === Kind.Ident) return x;
  // Down the left operands of |.
  let sure = force;
  let node = x;
  while (p.kindOf(node) === Kind.BinaryExpr && p.op[node] === Token.Or) {
    sure ||= isTypeElement(p, p.b[node] ?? 0);
    node = p.a[node] ?? 0;
  }
  const name = p.a[node] ?? 0;
  const kind = p.kindOf(node);
  const operand = p.b[node] ?? 0;
  if (p.kindOf(name) !== Kind.Ident) return 0;
  if (kind === Kind.BinaryExpr && p.op[node] === Token.Mul) {
    if (!sure && !isTypeElement(p, operand)) return 0;
    p.kind[node] = Kind.StarExpr;
  } else if (kind === Kind.CallExpr && operand !== 0 && p.nextOf(operand) === 0 && p.op[node] === 0) {
    if (!sure && !isTypeElement(p, operand)) return 0;
    p.kind[node] = Kind.ParenExpr;
  } else {
    return 0;
  }
  const start = p.data[node] ?? 0;
  p.op[node] = 0;
  p.data[node] = 0;
  p.a[node] = operand;
  p.b[node] = 0;
  for (let outer = x; outer !== node; outer = p.a[outer] ?? 0) p.starts[outer] = start;
  p.starts[node] = start;
  return name;
}

/** Whether x can only be a type element, not a value. */
function isTypeElement(p: Parser, x: NodeIndex): boolean {
  for (let node = x; ; ) {
    switch (p.kindOf(node)) {
      case Kind.ArrayType:
      case Kind.StructType:
      case Kind.FuncType:
      case Kind.InterfaceType:
      case Kind.MapType:
      case Kind.ChanType:
        return true;
      case Kind.UnaryExpr:
        return p.op[node] === Token.Tilde;
      case Kind.BinaryExpr: {
        // Right operands are short, left ones may be long chains.
        if (isTypeElement(p, p.b[node] ?? 0)) return true;
        node = p.a[node] ?? 0;
        break;
      }
      case Kind.ParenExpr:
        node = p.a[node] ?? 0;
        break;
      default:
        return false;
    }
  }
}

function parseFuncDecl(p: Parser): NodeIndex {
  const start = p.start;
  p.next();
  const receiver = p.tok === Token.LParen ? parseParameters(p) : 0;
  const name = p.ident();
  // Methods may have type parameters from Go 1.27 on.
  const typeParameters = p.tok === Token.LBrack ? parseTypeParameters(p) : 0;
  const type = parseSignature(p, start, typeParameters);
  let body: NodeIndex = 0;
  if (p.tok === Token.LBrace) {
    body = parseFuncBody(p);
    p.semi();
  } else if (p.tok === Token.Semicolon) {
    p.next();
    if (p.tok === Token.LBrace) {
      p.problem(p.start, "unexpected ';' or line break before '{'");
      body = parseFuncBody(p);
      p.semi();
    }
  } else {
    p.semi();
  }
  return p.node(Kind.FuncDecl, start, p.endOf(body === 0 ? type : body), receiver, name, type, body);
}

function parseFuncBody(p: Parser): NodeIndex {
  if (!p.skipBodies) return parseBody(p);
  const start: Offset = p.start;
  const close = skipBody(p);
  return p.make(Kind.BlockStmt, 0, start, p.lastEnd, close, 0, 0, 0, 0);
}
