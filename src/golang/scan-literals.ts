/** Literals: each function gets the offset of the first byte and returns the offset after the literal. */
import type { Scanner } from './scan.ts';
import { Token } from './tokens.ts';
import type { Offset } from './tree.ts';

/** "…". Ends at a line break with a problem. */
export function scanString(scanner: Scanner, start: Offset): Offset {
  const { source, limit } = scanner;
  let at = start + 1;
  for (;;) {
    const c = source[at] ?? 0;
    if (c === 0x22) return at + 1;
    if (c === 0x5c) at = scanEscape(scanner, at, 0x22);
    else if (c === 0x0a || at >= limit) {
      scanner.problem(start, 'string literal not terminated');
      return at;
    } else at++;
  }
}

/** `…`. */
export function scanRawString(scanner: Scanner, start: Offset): Offset {
  const { source, limit } = scanner;
  let at = start + 1;
  while (at < limit && source[at] !== 0x60) at++;
  if (at < limit) return at + 1;
  scanner.problem(start, 'raw string literal not terminated');
  return limit;
}

/** '…'. */
export function scanRune(scanner: Scanner, start: Offset): Offset {
  const { source, limit } = scanner;
  const before = scanner.problemCount;
  let at = start + 1;
  let count = 0;
  for (;;) {
    const c = source[at] ?? 0;
    if (c === 0x27) break;
    if (c === 0x0a || at >= limit) {
      scanner.problem(start, 'rune literal not terminated');
      return at;
    }
    if (c === 0x5c) at = scanEscape(scanner, at, 0x27);
    else at++;
    // Bytes that continue a UTF-8 sequence are no characters of their own.
    if ((c & 0xc0) !== 0x80) count++;
  }
  if (count !== 1 && scanner.problemCount === before) {
    scanner.problem(start, count === 0 ? 'empty rune literal' : 'more than one character in rune literal');
  }
  return at + 1;
}

/** A backslash and what follows. On a problem it stops before the byte that does not fit. */
function scanEscape(scanner: Scanner, start: Offset, quote: number): Offset {
  const { source, limit } = scanner;
  let at = start + 1;
  const c = source[at] ?? 0;
  let digits = 0;
  let base = 16;
  let max = 255;
  switch (c) {
    case 0x61: // a b f n r t v \
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
    case 0x76:
    case 0x5c:
    case quote:
      return at + 1;
    case 0x78: // x
      digits = 2;
      at++;
      break;
    case 0x75: // u
      digits = 4;
      max = 0x10ffff;
      at++;
      break;
    case 0x55: // U
      digits = 8;
      max = 0x10ffff;
      at++;
      break;
    default:
      if (c < 0x30 || c > 0x37) {
        if (at < limit && c !== 0x0a) scanner.problem(start, 'unknown escape sequence');
        return at;
      }
      digits = 3;
      base = 8;
  }
  let value = 0;
  for (; digits > 0; digits--, at++) {
    const digit = at < limit ? digitValue(source[at] ?? 0) : 16;
    if (digit >= base) {
      scanner.problem(at, 'an escape sequence has too few digits');
      return at;
    }
    value = value * base + digit;
  }
  if (value > max || (value >= 0xd800 && value < 0xe000)) {
    scanner.problem(start, 'the escape sequence is no Unicode code point or byte');
  }
  return at;
}

/** Value of a digit up to base 16; 16 for anything else. */
function digitValue(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const letter = c | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : 16;
}

/** Numbers of all kinds; sets `tok`. */
export function scanNumber(scanner: Scanner, start: Offset): Offset {
  const { source } = scanner;
  let at = start;
  let c = source[at] ?? 0;
  while (c >= 0x30 && c <= 0x39) c = source[++at] ?? 0;
  // Plain decimal numbers are nearly all.
  if (c !== 0x2e && c !== 0x5f && (c | 0x20) < 0x61 && (source[start] !== 0x30 || at === start + 1)) {
    scanner.tok = Token.Int;
    return at;
  }
  return scanOtherNumber(scanner, start);
}

function scanOtherNumber(scanner: Scanner, start: Offset): Offset {
  const { source } = scanner;
  let base = 10;
  let prefix = 0;
  let at = start;
  let tok: number = Token.Int;
  const digits = new Digits(source);
  if (source[at] !== 0x2e) {
    if (source[at] === 0x30) {
      const letter = (source[at + 1] ?? 0) | 0x20;
      if (letter === 0x78 || letter === 0x6f || letter === 0x62) {
        prefix = letter;
        base = letter === 0x78 ? 16 : letter === 0x6f ? 8 : 2;
        at += 2;
      } else {
        prefix = 0x30;
        base = 8;
      }
    }
    at = digits.skip(at, base, prefix !== 0 && prefix !== 0x30);
  }
  if (source[at] === 0x2e) {
    tok = Token.Float;
    if (prefix === 0x6f || prefix === 0x62) scanner.problem(at, `invalid radix point in ${NUMBER[prefix] ?? ''}`);
    at = digits.skip(at + 1, base, false);
  }
  if (digits.count === 0) scanner.problem(start, `${NUMBER[prefix] ?? 'number'} has no digits`);
  const letter = (source[at] ?? 0) | 0x20;
  if (letter === 0x65 || letter === 0x70) {
    if (letter === 0x65 && prefix !== 0 && prefix !== 0x30)
      scanner.problem(at, "the exponent 'e' needs a decimal mantissa");
    if (letter === 0x70 && prefix !== 0x78) scanner.problem(at, "the exponent 'p' needs a hexadecimal mantissa");
    tok = Token.Float;
    at++;
    if (source[at] === 0x2b || source[at] === 0x2d) at++;
    const before = digits.count;
    at = digits.skip(at, 10, false);
    if (digits.count === before) scanner.problem(start, 'exponent has no digits');
  } else if (prefix === 0x78 && tok === Token.Float) {
    scanner.problem(start, "a hexadecimal mantissa needs a 'p' exponent");
  }
  if (source[at] === 0x69) {
    tok = Token.Imag;
    at++;
  }
  if (tok === Token.Int && digits.invalid !== -1) {
    scanner.problem(digits.invalid, `invalid digit in ${NUMBER[prefix] ?? 'number'}`);
  }
  if (digits.misplaced !== -1) scanner.problem(digits.misplaced, "'_' must separate successive digits");
  scanner.tok = tok;
  return at;
}

/** Runs of digits with underscores, and what is wrong with them. */
class Digits {
  count = 0;
  /** Offset of the first digit that is too large, which only whole numbers mind; -1. */
  invalid: Offset = -1;
  /** Offset of an underscore that is not between digits; -1. */
  misplaced: Offset = -1;
  private readonly source: Uint8Array;

  constructor(source: Uint8Array) {
    this.source = source;
  }

  /** `afterPrefix`: an underscore may come first (0x_f). */
  skip(start: Offset, base: number, afterPrefix: boolean): Offset {
    const { source } = this;
    let at = start;
    let separated = afterPrefix;
    for (;;) {
      const c = source[at] ?? 0;
      if (c === 0x5f) {
        if (!separated && this.misplaced === -1) this.misplaced = at;
        separated = false;
      } else {
        const digit = digitValue(c);
        if (digit >= (base === 16 ? 16 : 10)) break;
        if (digit >= base && this.invalid === -1) this.invalid = at;
        this.count++;
        separated = true;
      }
      at++;
    }
    if (at > start && source[at - 1] === 0x5f && this.misplaced === -1) this.misplaced = at - 1;
    return at;
  }
}

const NUMBER: Readonly<Record<number, string>> = {
  0: 'decimal number',
  48: 'octal number',
  120: 'hexadecimal number',
  111: 'octal number',
  98: 'binary number',
};
