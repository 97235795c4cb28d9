/** Escapes in names and strings, one character at a time. */
import { Scan } from './scan-state';

// ---- escapes: \xHH, \uHHHH, \u{H…}, octal. Returns -1 while reading, -2 when c is not of the escape,
// -3 when an octal escape ended before c, -4 when hex digits ended too early, else the code point.

const ESCAPE_NONE: i32 = 0;
export const ESCAPE_BEGIN: i32 = 1;
const ESCAPE_U: i32 = 2;
const ESCAPE_BRACE: i32 = 3;
/** Plus the hex digits that are still to come, 1 to 4. */
const ESCAPE_HEX: i32 = 10;
const ESCAPE_UHEX: i32 = 30;
/** Plus the octal digits that may still come. */
const ESCAPE_OCTAL: i32 = 20;

export function unescape(s: Scan, c: i32): i32 {
  const state = s.escape;
  if (state == ESCAPE_BEGIN) {
    s.escapeValue = 0;
    if (c == 0x75) {
      s.escape = ESCAPE_U;
      return -1;
    }
    if (c == 0x78) {
      s.escape = ESCAPE_HEX + 2;
      return -1;
    }
    if (c >= 0x30 && c <= 0x37) {
      s.escapeValue = c - 0x30;
      s.escape = ESCAPE_OCTAL + 2;
      return -1;
    }
    s.escape = ESCAPE_NONE;
    if (c == 0x6e || c == 0x72) return 0x0a;
    if (c == 0x74 || c == 0x76 || c == 0x66) return 0x20;
    if (c == 0x62) return 0x08;
    return c;
  }
  const hex = hexOf(c);
  if (state == ESCAPE_U) {
    if (c == 0x7b) {
      s.escape = ESCAPE_BRACE;
      return -1;
    }
    if (hex < 0) {
      s.escape = ESCAPE_NONE;
      return -2;
    }
    s.escapeValue = hex;
    s.escape = ESCAPE_UHEX + 3;
    return -1;
  }
  if (state == ESCAPE_BRACE) {
    if (c == 0x7d) {
      s.escape = ESCAPE_NONE;
      return s.escapeValue;
    }
    if (hex < 0) {
      s.escape = ESCAPE_NONE;
      return -2;
    }
    // Any number of leading zeros is allowed; what is too large stays too large.
    const value = (s.escapeValue << 4) | hex;
    s.escapeValue = value > 0x10ffff ? 0x110000 : value;
    return -1;
  }
  if (state > ESCAPE_OCTAL && state < ESCAPE_UHEX) {
    const more = c >= 0x30 && c <= 0x37 ? (s.escapeValue << 3) | (c - 0x30) : 256;
    if (more > 255) {
      s.escape = ESCAPE_NONE;
      return -3;
    }
    s.escapeValue = more;
    if (state == ESCAPE_OCTAL + 1) {
      s.escape = ESCAPE_NONE;
      return more;
    }
    s.escape = state - 1;
    return -1;
  }
  if (hex < 0) {
    s.escape = ESCAPE_NONE;
    // How many digits of it were read, for who wants them back.
    s.escapeDigits = state > ESCAPE_UHEX ? ESCAPE_UHEX + 4 - state : ESCAPE_HEX + 2 - state;
    return -4;
  }
  s.escapeValue = (s.escapeValue << 4) | hex;
  if (state == ESCAPE_HEX + 1 || state == ESCAPE_UHEX + 1) {
    s.escape = ESCAPE_NONE;
    return s.escapeValue;
  }
  s.escape = state - 1;
  return -1;
}

export function hexOf(c: i32): i32 {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
