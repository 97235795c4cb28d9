/** Sets of tokens as tables: set[token] is 1 for its members. They say where lists and broken code end. */
import { Token, type TokenCode } from './tokens.ts';

function setOf(tokens: readonly TokenCode[]): Uint8Array {
  const set = new Uint8Array(128);
  for (const token of tokens) set[token] = 1;
  return set;
}

function withAll(set: Uint8Array, tokens: readonly TokenCode[]): Uint8Array {
  const larger = set.slice();
  for (const token of tokens) larger[token] = 1;
  return larger;
}

/** Keywords that begin a statement. */
export const STATEMENT_START = setOf([
  Token.Break,
  Token.Const,
  Token.Continue,
  Token.Defer,
  Token.Fallthrough,
  Token.For,
  Token.Go,
  Token.Goto,
  Token.If,
  Token.Return,
  Token.Select,
  Token.Switch,
  Token.Type,
  Token.Var,
]);
/** Where a statement that made no sense is over, and those around it can go on. */
export const SYNC = withAll(STATEMENT_START, [
  Token.Semicolon,
  Token.RBrace,
  Token.RParen,
  Token.LBrace,
  Token.Case,
  Token.Default,
]);
export const SYNC_BUT_BRACE = withAll(STATEMENT_START, [
  Token.Semicolon,
  Token.RBrace,
  Token.RParen,
  Token.Case,
  Token.Default,
]);
export const DECLARATION_START = setOf([Token.Import, Token.Const, Token.Type, Token.Var, Token.Func]);
/** Where an expression or type that made no sense is over. */
export const EXPRESSION_END = setOf([
  Token.Comma,
  Token.Colon,
  Token.Semicolon,
  Token.RParen,
  Token.RBrack,
  Token.RBrace,
]);
export const CLOSERS = setOf([Token.RParen, Token.RBrack, Token.RBrace]);

/** Where an operand that made no sense is over: brackets, separators, or the next statement. */
export const OPERAND_END = withAll(STATEMENT_START, [
  Token.Comma,
  Token.Colon,
  Token.Semicolon,
  Token.RParen,
  Token.RBrack,
  Token.RBrace,
  Token.LBrace,
  Token.Assign,
  Token.Define,
  Token.Case,
  Token.Default,
  Token.Else,
]);
/** Where the head of a clause that belongs to no switch is over. */
export const CLAUSE_HEAD_END = withAll(SYNC, [Token.Colon]);
/** Tokens that begin an expression as a statement. */
export const STARTS_EXPRESSION = setOf([
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
]);
