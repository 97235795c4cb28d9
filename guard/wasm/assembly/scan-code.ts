/** JavaScript: a small lexer that tells code from strings, templates, regular expressions and comments. */
import { isIdPart, isLineEnd, isSpace } from './chars';
import { append, appendKey, askedOf, beginKey, doubt, drop, endKey, endName, step } from './scan-calls';
import { ESCAPE_BEGIN, unescape } from './scan-escapes';
import { BLOCK, BRACE, BRACKET, CODE, DOUBT, KEY_DONE, KEY_IDLE, KEY_OPERAND, KEY_STRING, LINE, OPERATOR, PAREN, PAREN_DOUBT, PAREN_STATEMENT, REGEX, STACK, STRING, SUBSTITUTION, Scan, TEMPLATE, VALUE, stackAt } from './scan-state';
import { keyAfter, text } from './scan-text';

export function code(s: Scan, c: i32): void {
  switch (s.region) {
    case CODE:
      inCode(s, c);
      return;
    case LINE:
      if (isLineEnd(c)) {
        s.region = CODE;
        s.lead = 0;
      }
      return;
    case BLOCK:
      if (c == 0x2f && s.skip) {
        s.region = CODE;
        s.skip = 0;
      } else {
        s.skip = c == 0x2a ? 1 : 0;
        if (isLineEnd(c)) s.lead = 0;
      }
      return;
    case STRING:
      inString(s, c);
      return;
    case TEMPLATE:
      inTemplate(s, c);
      return;
    case REGEX:
      inRegex(s, c);
      return;
    default:
      text(s, c);
  }
}

function inCode(s: Scan, c: i32): void {
  if (s.slash) {
    s.slash = 0;
    if (c == 0x2f) {
      s.region = LINE;
      return;
    }
    if (c == 0x2a) {
      s.region = BLOCK;
      s.skip = 0;
      return;
    }
    if (s.pending) drop(s, 0x2f);
    s.key = KEY_IDLE;
    s.receiver = 0;
    s.lastDot = 0;
    if (s.last == OPERATOR) {
      s.region = REGEX;
      s.regexClass = 0;
      s.skip = 0;
      inRegex(s, c);
      return;
    }
    if (s.last == DOUBT) {
      doubt(s);
      text(s, c);
      return;
    }
    s.last = OPERATOR;
  }
  if (s.escape) {
    const got = unescape(s, c);
    if (got == -1) return;
    if (got >= 0 && isIdPart(got)) {
      append(s, got);
      return;
    }
    // An escape that is no part of a name is an error in code: nothing runs, or this is no code.
    doubt(s);
    text(s, c);
    return;
  }
  if (isIdPart(c)) {
    append(s, c);
    return;
  }
  if (c == 0x5c) {
    s.escape = ESCAPE_BEGIN;
    return;
  }
  if (s.idLen) {
    endName(s);
    s.recent = 0;
    if (s.lead < 255) s.lead += 1;
    if (s.key == KEY_OPERAND || s.key == KEY_DONE) s.key = KEY_IDLE;
  }
  if (isSpace(c)) {
    if (isLineEnd(c)) {
      s.lead = 0;
      s.inLine = 0;
    }
    s.recent = 0;
    return;
  }
  punctuator(s, c);
}

function punctuator(s: Scan, c: i32): void {
  if (c == 0x2f) {
    s.slash = 1;
    return;
  }
  const before = s.recent & 0xff;
  s.recent = (s.recent << 8) | (c & 0xff);
  if (s.lead < 255) s.lead += 1;
  const asked = askedOf(s, c);
  if (s.pending) step(s, c);
  // `<!--`, a `-->` that begins a line and `#!` are comments in some programs and operators in others.
  if (
    s.recent == 0x3c212d2d ||
    (c == 0x3e && s.lead == 3 && (s.recent & 0xffffff) == 0x2d2d3e) ||
    (c == 0x21 && s.lead == 2 && before == 0x23)
  ) {
    doubt(s);
    return;
  }
  const key = s.key;
  if (key) {
    if (key == KEY_OPERAND && (c == 0x22 || c == 0x27 || c == 0x60)) s.key = KEY_STRING;
    else {
      s.key = keyAfter(key, c);
      if (key == KEY_DONE && c == 0x5d) endKey(s);
    }
  }
  const receiver = s.receiver;
  if (c != 0x3f) s.receiver = 0;
  if (c != 0x2a) s.afterFunction = 0;
  const parenNext = s.parenNext;
  s.parenNext = PAREN;
  s.lastDot = 0;
  switch (c) {
    case 0x22:
    case 0x27:
      s.region = STRING;
      s.quote = <u8>c;
      s.skip = 0;
      return;
    case 0x60:
      s.region = TEMPLATE;
      s.skip = 0;
      return;
    case 0x2e:
      // The third dot in a row spreads.
      s.lastDot = (s.recent & 0xffffff) == 0x2e2e2e ? 0 : 1;
      s.receiver = receiver;
      // 1./2 divides; behind a spread an expression begins.
      s.last = s.lastDot ? VALUE : OPERATOR;
      return;
    case 0x23:
      s.lastDot = 1;
      return;
    case 0x28:
      push(s, parenNext);
      s.last = OPERATOR;
      return;
    case 0x5b:
      s.receiver = receiver;
      beginKey(s, asked);
      s.receiver = 0;
      push(s, BRACKET);
      s.last = OPERATOR;
      return;
    case 0x7b:
      push(s, BRACE);
      s.last = OPERATOR;
      return;
    case 0x29: {
      const open = pop(s);
      if (open == PAREN || open == 0) s.last = VALUE;
      else if (open == PAREN_STATEMENT) s.last = OPERATOR;
      else if (open == PAREN_DOUBT) s.last = DOUBT;
      else doubt(s);
      return;
    }
    case 0x5d: {
      const open = pop(s);
      s.last = VALUE;
      if (open != BRACKET && open != 0) doubt(s);
      return;
    }
    case 0x7d: {
      const open = pop(s);
      // A block or an object: what a `/` behind it means is not known.
      s.last = DOUBT;
      if (open == SUBSTITUTION) {
        s.region = TEMPLATE;
        s.skip = 0;
      } else if (open != BRACE && open != 0) doubt(s);
      return;
    }
    case 0x2b:
    case 0x2d:
      // a++ / b divides, ++/b/.lastIndex does not.
      s.last = before == c ? DOUBT : OPERATOR;
      return;
    case 0x3f:
      s.last = OPERATOR;
      return;
    default:
      s.last = OPERATOR;
  }
}

function push(s: Scan, what: u8): void {
  const depth = s.depth;
  if (depth >= STACK) {
    doubt(s);
    return;
  }
  store<u8>(stackAt(s, depth), what);
  s.depth = depth + 1;
}

@inline
function pop(s: Scan): u8 {
  if (s.depth == 0) return 0;
  s.depth -= 1;
  return load<u8>(stackAt(s, s.depth));
}

function inString(s: Scan, c: i32): void {
  if (s.key == KEY_STRING) {
    keyString(s, c);
    return;
  }
  if (s.skip == 1) {
    s.skip = c == 0x0d ? 2 : 0;
    return;
  }
  if (s.skip == 2) {
    // A line that is continued by \ CR LF.
    s.skip = 0;
    if (c == 0x0a) return;
  }
  if (c == 0x5c) s.skip = 1;
  else if (c == s.quote) {
    s.region = CODE;
    s.last = VALUE;
  } else if (c == 0x0a || c == 0x0d) {
    // A string does not hold a line end: the program is wrong, or this is no program.
    doubt(s);
  }
}

/** A string whose value is needed: the name in `x['…']`. */
function keyString(s: Scan, c: i32): void {
  if (s.escape) {
    const got = unescape(s, c);
    if (got == -1) return;
    if (got >= 0) {
      // A continued line adds nothing to the value.
      if (c != 0x0a && c != 0x0d) appendKey(s, got);
      else if (c == 0x0d) s.skip = 2;
      return;
    }
    if (got == -3) appendKey(s, s.escapeValue);
    keyString(s, c);
    return;
  }
  if (s.skip == 2) {
    s.skip = 0;
    if (c == 0x0a) return;
  }
  if (c == 0x5c) s.escape = ESCAPE_BEGIN;
  else if (s.region == STRING ? c == s.quote : c == 0x60) {
    s.region = CODE;
    s.last = VALUE;
    s.key = KEY_DONE;
  } else if (s.region == STRING && (c == 0x0a || c == 0x0d)) doubt(s);
  else appendKey(s, c);
}

function inTemplate(s: Scan, c: i32): void {
  if (s.skip == 1) {
    s.skip = 0;
    return;
  }
  if (s.skip == 3) {
    // Behind a `$`.
    s.skip = 0;
    if (c == 0x7b) {
      s.key = KEY_IDLE;
      s.region = CODE;
      s.last = OPERATOR;
      s.receiver = 0;
      push(s, SUBSTITUTION);
      return;
    }
  }
  if (s.key == KEY_STRING) {
    const escaped = s.escape != 0;
    keyString(s, c);
    if (c == 0x24 && !escaped) s.skip = 3;
    return;
  }
  if (c == 0x5c) s.skip = 1;
  else if (c == 0x24) s.skip = 3;
  else if (c == 0x60) {
    s.region = CODE;
    s.last = VALUE;
  }
}

function inRegex(s: Scan, c: i32): void {
  if (isLineEnd(c)) {
    doubt(s);
    return;
  }
  if (s.skip) {
    s.skip = 0;
    return;
  }
  if (c == 0x5c) s.skip = 1;
  else if (c == 0x5b) s.regexClass = 1;
  else if (c == 0x5d) s.regexClass = 0;
  else if (c == 0x2f && !s.regexClass) {
    s.region = CODE;
    s.last = VALUE;
  }
}
