/**
 * Tokens of Go (go/token), as small integers. Operators carry their precedence in PRECEDENCE; a node keeps its operator
 * or keyword in the tree's `op` column.
 */
export const Token = codes({
  Illegal: 0,
  EOF: 1,
  Comment: 2,

  Ident: 4,
  Int: 5,
  Float: 6,
  Imag: 7,
  Char: 8,
  String: 9,

  Add: 12,
  Sub: 13,
  Mul: 14,
  Quo: 15,
  Rem: 16,
  And: 17,
  Or: 18,
  Xor: 19,
  Shl: 20,
  Shr: 21,
  AndNot: 22,

  AddAssign: 23,
  SubAssign: 24,
  MulAssign: 25,
  QuoAssign: 26,
  RemAssign: 27,
  AndAssign: 28,
  OrAssign: 29,
  XorAssign: 30,
  ShlAssign: 31,
  ShrAssign: 32,
  AndNotAssign: 33,

  LAnd: 34,
  LOr: 35,
  Arrow: 36,
  Inc: 37,
  Dec: 38,

  Eql: 39,
  Lss: 40,
  Gtr: 41,
  Assign: 42,
  Not: 43,
  Neq: 44,
  Leq: 45,
  Geq: 46,
  Define: 47,
  Ellipsis: 48,

  LParen: 49,
  LBrack: 50,
  LBrace: 51,
  Comma: 52,
  Period: 53,
  RParen: 54,
  RBrack: 55,
  RBrace: 56,
  Semicolon: 57,
  Colon: 58,
  Tilde: 59,

  Break: 61,
  Case: 62,
  Chan: 63,
  Const: 64,
  Continue: 65,
  Default: 66,
  Defer: 67,
  Else: 68,
  Fallthrough: 69,
  For: 70,
  Func: 71,
  Go: 72,
  Goto: 73,
  If: 74,
  Import: 75,
  Interface: 76,
  Map: 77,
  Package: 78,
  Range: 79,
  Return: 80,
  Select: 81,
  Struct: 82,
  Switch: 83,
  Type: 84,
  Var: 85,
});

/** The codes as plain numbers: with literal types, `p.tok === Token.If` would make the compiler think that it stays so. */
function codes<T extends Readonly<Record<string, number>>>(tokens: T): { readonly [K in keyof T]: number } {
  return tokens;
}

/** A value of `Token`. */
export type TokenCode = number;

/** How each token is written; '' where there are many ways (identifiers, literals). */
export const TOKEN_TEXT: readonly string[] = spellings();

/** Keywords in the order of their tokens: KEYWORDS[0] is Token.Break. */
export const KEYWORDS: readonly string[] = TOKEN_TEXT.slice(Token.Break, Token.Var + 1);

/** Binary operators bind by these levels, 1 (`||`) to 5 (`*`); 0: not a binary operator. */
export const PRECEDENCE: Uint8Array = precedences();

function spellings(): string[] {
  const text = new Array<string>(Token.Var + 1).fill('');
  const operators =
    '+ - * / % & | ^ << >> &^ += -= *= /= %= &= |= ^= <<= >>= &^= && || <- ++ -- == < > = ! != <= >= := ... ( [ { , . ) ] } ; : ~';
  operators.split(' ').forEach((operator, i) => {
    text[Token.Add + i] = operator;
  });
  const keywords =
    'break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var';
  keywords.split(' ').forEach((keyword, i) => {
    text[Token.Break + i] = keyword;
  });
  return text;
}

function precedences(): Uint8Array {
  const level = new Uint8Array(Token.Var + 1);
  level[Token.LOr] = 1;
  level[Token.LAnd] = 2;
  for (const token of [Token.Eql, Token.Neq, Token.Lss, Token.Leq, Token.Gtr, Token.Geq]) level[token] = 3;
  for (const token of [Token.Add, Token.Sub, Token.Or, Token.Xor]) level[token] = 4;
  for (const token of [Token.Mul, Token.Quo, Token.Rem, Token.Shl, Token.Shr, Token.And, Token.AndNot])
    level[token] = 5;
  return level;
}
