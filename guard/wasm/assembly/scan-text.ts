/** Text whose language is not known: every name counts, wherever it stands. */
import { isIdPart, isLineEnd, isSpace } from './chars';
import { append, appendKey, askedOf, beginKey, drop, endKey, endName, pack, step, unpack } from './scan-calls';
import { ESCAPE_BEGIN, unescape } from './scan-escapes';
import { IDLE, KEY_DONE, KEY_IDLE, KEY_OPERAND, KEY_STRING, Scan } from './scan-state';

export function text(s: Scan, c: i32): void {
  if (s.escape) {
    const got = unescape(s, c);
    if (got == -1) return;
    if (got >= 0) {
      plainText(s, got);
      return;
    }
    if (got == -3) plainText(s, s.escapeValue);
    // `\xeval(` is no escape, so its e is one of eval's.
    else if (got == -4) for (let i = s.escapeDigits - 1; i >= 0; i--) plainText(s, digitOf((s.escapeValue >> (i << 2)) & 15));
    text(s, c);
    return;
  }
  if (c == 0x5c) {
    s.escape = ESCAPE_BEGIN;
    return;
  }
  plainText(s, c);
}

@inline
function digitOf(value: i32): i32 {
  return value < 10 ? value + 0x30 : value + 0x57;
}

function plainText(s: Scan, c: i32): void {
  const closesKey = s.key == KEY_DONE && c == 0x5d;
  if (s.key) keyInText(s, c);
  if (isIdPart(c)) {
    append(s, c);
    if (s.gap) {
      s.gap = 0;
      drop(s, 0x2f);
    }
    s.star = 0;
    return;
  }
  if (s.idLen) endName(s);
  if (s.inBlock) {
    const star = s.star;
    s.star = c == 0x2a ? 1 : 0;
    if (star && c == 0x2f) {
      if (s.pending == IDLE) unpack(s, s.inBlock);
      s.inBlock = 0;
      return;
    }
  }
  if (s.inLine && isLineEnd(c)) {
    if (s.pending == IDLE) unpack(s, s.inLine);
    s.inLine = 0;
  }
  if (s.gap) {
    s.gap = 0;
    if (c == 0x2f || c == 0x2a) {
      if (c == 0x2f) s.inLine = pack(s);
      else {
        s.inBlock = pack(s);
        s.star = 0;
      }
      s.pending = IDLE;
      return;
    }
    drop(s, 0x2f);
  } else if (s.pending && c == 0x2f) {
    s.gap = 1;
    return;
  }
  if (isSpace(c)) {
    // A sentence that ends a comment before a call makes no member of it.
    if (isLineEnd(c)) s.lastDot = 0;
    return;
  }
  const asked = askedOf(s, c);
  if (s.pending) step(s, c);
  if (closesKey) endKey(s);
  if (c == 0x2e) {
    // The third dot in a row spreads, it does not ask a member.
    s.recent = s.recent == 2 ? 0 : s.recent + 1;
    s.lastDot = s.recent == 0 ? 0 : 1;
    return;
  }
  s.recent = 0;
  if (c == 0x5b) beginKey(s, asked);
  if (c != 0x3f) s.receiver = 0;
  if (c != 0x2a) s.afterFunction = 0;
  s.lastDot = c == 0x23 ? 1 : 0;
}

/** The key's own state only; plainText goes on with the character, and asks what the key was when `]` has passed. */
function keyInText(s: Scan, c: i32): void {
  if (s.key == KEY_STRING) {
    if (c == s.keyQuote) s.key = KEY_DONE;
    else if (s.keyLen >= 16) s.key = KEY_IDLE;
    else appendKey(s, c);
    return;
  }
  if (isSpace(c)) return;
  if (s.key == KEY_OPERAND && (c == 0x22 || c == 0x27 || c == 0x60)) {
    s.key = KEY_STRING;
    s.keyQuote = <u8>c;
  } else s.key = keyAfter(s.key, c);
}

/** [("ev") + "al"]: what a character between literals makes of the key. */
@inline
export function keyAfter(key: u8, c: i32): u8 {
  if (key == KEY_DONE) return c == 0x2b ? KEY_OPERAND : c == 0x29 ? KEY_DONE : KEY_IDLE;
  return c == 0x28 ? KEY_OPERAND : KEY_IDLE;
}
