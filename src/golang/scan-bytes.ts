/** What the scanner knows of bytes: tables over them, and where comments, lines and UTF-8 sequences end. */
import { isUtf8 } from 'node:buffer';
import { Token } from './tokens.ts';
import type { Offset } from './tree.ts';

/** Offset of the line break or the end. */
export function lineEnd(source: Uint8Array, from: Offset, limit: Offset): Offset {
  let at = from;
  while (at < limit && source[at] !== 0x0a) at++;
  return at;
}

/** Offset after the general comment that starts at `start`; -1 if it has no end. */
export function commentEnd(source: Uint8Array, start: Offset, limit: Offset): Offset {
  for (let at = start + 3; at < limit; at++) {
    if (source[at] === 0x2f && source[at - 1] === 0x2a) return at + 1;
  }
  return -1;
}

/** Bytes of the UTF-8 sequence at `at`; 0 if it is not one (RFC 3629). */
export function sequenceLength(source: Uint8Array, at: Offset, limit: Offset): number {
  const first = source[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > limit) return 0;
  return isUtf8(source.subarray(at, at + length)) ? length : 0;
}

/** `U+0023 '#'`. */
export function shown(code: number): string {
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  return code < 0x20 || code === 0x7f ? `U+${hex}` : `U+${hex} '${String.fromCodePoint(code)}'`;
}

export const LETTER = 1;
export const DIGIT = 2;
/** ASCII bytes of identifiers: LETTER, or DIGIT for those that may not come first. */
export const WORD = new Uint8Array(256);
for (let c = 0x41; c <= 0x5a; c++) {
  WORD[c] = LETTER;
  WORD[c + 0x20] = LETTER;
}
WORD[0x5f] = LETTER;
for (let c = 0x30; c <= 0x39; c++) WORD[c] = DIGIT;

/** Tokens of one byte that begin no other token. */
export const SINGLE = new Uint8Array(256);
for (const [text, token] of [
  ['(', Token.LParen],
  ['[', Token.LBrack],
  ['{', Token.LBrace],
  [',', Token.Comma],
  [')', Token.RParen],
  [']', Token.RBrack],
  ['}', Token.RBrace],
  [';', Token.Semicolon],
  ['~', Token.Tilde],
] as const) {
  SINGLE[text.charCodeAt(0)] = token;
}

export const OPERATOR = new Uint8Array(256);
for (const c of '+-*/%^=!:&|<>.') OPERATOR[c.charCodeAt(0)] = 1;

/** After these tokens a line break is a semicolon. */
export const ENDS_LINE = new Uint8Array(128);
for (const token of [
  Token.Ident,
  Token.Int,
  Token.Float,
  Token.Imag,
  Token.Char,
  Token.String,
  Token.Break,
  Token.Continue,
  Token.Fallthrough,
  Token.Return,
  Token.Inc,
  Token.Dec,
  Token.RParen,
  Token.RBrack,
  Token.RBrace,
]) {
  ENDS_LINE[token] = 1;
}
