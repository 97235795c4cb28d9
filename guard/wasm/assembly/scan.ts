/**
 * Finds calls of eval, atob and their likes in JavaScript that arrives one code point at a time.
 *
 * Two ways of looking:
 *  - code: the language is known to be JavaScript. A small lexer tells code from strings, templates, regular expressions and
 *    comments, and looks for calls in code only.
 *  - text: the language is not known (a form field, a JSON string), so there is no telling what a quote means: every name is
 *    looked at, wherever it stands.
 *
 * Whether `/` divides or begins a regular expression cannot always be told without parsing, and a wrong guess would let a body
 * choose what is read as a string. So there are no guesses: in doubt the rest of the body is read as text, and what is found in
 * it has the class `uncertain`. The same happens when brackets nest deeper than the stack.
 *
 * Each code point is looked at once: time is linear, state is one Scan of fixed size.
 */
import { isAsciiIdPart } from './chars';
import { drop } from './scan-calls';
import { code } from './scan-code';
import { BLOCK, CODE, IDLE, KEY_IDLE, KEY_STRING, LINE, OPERATOR, PAREN, STRING, Scan, TEXT } from './scan-state';
import { text } from './scan-text';

/** Begins a new piece of code (a script element, an attribute) and keeps what was found. */
export function beginCode(s: Scan): void {
  clearLexer(s);
  s.region = CODE;
}

/** Begins a new piece of text, and keeps what was found. */
export function beginText(s: Scan, cls: u8): void {
  clearLexer(s);
  s.region = TEXT;
  s.textClass = cls;
}

/** The end of a piece: `eval` as its last word is a reference. */
export function endPiece(s: Scan): void {
  if (s.region == TEXT) text(s, 0x0a);
  else if (s.region == CODE) code(s, 0x0a);
  if (s.pending) drop(s, 0x3b);
}

function clearLexer(s: Scan): void {
  s.idLen = 0;
  s.escape = 0;
  s.depth = 0;
  s.keyLen = 0;
  s.recent = 0;
  s.lead = 0;
  s.quote = 0;
  s.skip = 0;
  s.slash = 0;
  s.regexClass = 0;
  s.last = OPERATOR;
  s.lastDot = 0;
  s.receiver = 0;
  s.afterFunction = 0;
  s.parenNext = PAREN;
  s.pending = IDLE;
  s.gap = 0;
  s.star = 0;
  s.inLine = 0;
  s.inBlock = 0;
  s.key = KEY_IDLE;
}

/** Looks at the next code point. */
@inline
export function scan(s: Scan, c: i32): void {
  if (s.region == TEXT) text(s, c);
  else code(s, c);
}

/**
 * Most of every text is words, so runs of their letters are read in one go where a letter means nothing but itself. Gives where the
 * run ends: at its first byte when the scanner is in a state in which every character counts.
 */
export function scanWord(s: Scan, at: usize, end: usize): usize {
  let keep = false;
  switch (s.region) {
    case TEXT:
      if (s.escape || s.gap || s.key) return at;
      s.star = 0;
      keep = true;
      break;
    case CODE:
      if (s.escape || s.slash) return at;
      keep = true;
      break;
    case STRING:
      if (s.skip || s.key == KEY_STRING) return at;
      break;
    case LINE:
      break;
    case BLOCK:
      s.skip = 0;
      break;
    default:
      // Templates: `$` is a letter of names, too.
      return at;
  }
  let next = at;
  if (!keep) {
    while (next < end && isAsciiIdPart(load<u8>(next))) next++;
    return next;
  }
  let n = s.idLen;
  let lo = s.idLo;
  let hi = s.idHi;
  while (next < end) {
    const byte = load<u8>(next);
    if (!isAsciiIdPart(byte)) break;
    // As append() does it.
    if (n < 8) lo = n == 0 ? u64(byte) : (lo << 8) | u64(byte);
    else if (n < 16) hi = n == 8 ? u64(byte) : (hi << 8) | u64(byte);
    n++;
    next++;
  }
  s.idLo = lo;
  s.idHi = hi;
  s.idLen = min(n, 255);
  return next;
}
