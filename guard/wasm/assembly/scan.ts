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
import { isAsciiIdPart, isIdPart, isLineEnd, isSpace } from './chars';
import { KIND_NONE, isAwait, isCallApplyBind, isDoubtWord, isFunctionWord, isGlobalName, isParenWord, isRegexWord, kindOf, needsString } from './names';

export const CLASS_CALL: u8 = 0;
export const CLASS_MEMBER: u8 = 1;
export const CLASS_TEXT: u8 = 2;
export const CLASS_UNCERTAIN: u8 = 3;
export const CLASS_REFERENCE: u8 = 4;
export const CLASSES: i32 = 5;
export const KINDS: i32 = 6;

/** Open brackets of code that are remembered, one byte each. Real code stays under 100. */
const STACK: i32 = 512;

const CODE: u8 = 0;
const LINE: u8 = 1;
const BLOCK: u8 = 2;
const STRING: u8 = 3;
const TEMPLATE: u8 = 4;
const REGEX: u8 = 5;
const TEXT: u8 = 6;

// What a `/` after the last token means.
const OPERATOR: u8 = 0;
const VALUE: u8 = 1;
const DOUBT: u8 = 2;

// What stands on the stack of brackets.
const PAREN: u8 = 1;
const PAREN_STATEMENT: u8 = 2;
const PAREN_DOUBT: u8 = 3;
const BRACE: u8 = 4;
const SUBSTITUTION: u8 = 5;
const BRACKET: u8 = 6;

// Where between a name and its parenthesis we are.
const IDLE: u8 = 0;
const NAMED: u8 = 1;
const QUESTION: u8 = 2;
const CHAIN: u8 = 3;
const DOT: u8 = 4;
const FIRST_ARGUMENT: u8 = 5;
/** As NAMED, but behind a closing parenthesis: `(0, eval)` is no mere reference. */
const CLOSED: u8 = 6;

// `<!--` and, at the beginning of a line, `-->` are comments to the end of the line in old scripts: eval<!--x⏎(1) is a call.
const HTML_OPEN: u8 = 7;
const HTML_OPEN_BANG: u8 = 8;
const HTML_OPEN_DASH: u8 = 9;
const HTML_CLOSE: u8 = 10;
const HTML_CLOSE_DASH: u8 = 11;

// A name in brackets: [ 'ev' + 'al' ].
const KEY_IDLE: u8 = 0;
const KEY_OPERAND: u8 = 1;
const KEY_STRING: u8 = 2;
const KEY_DONE: u8 = 3;

@unmanaged
export class Scan {
  // The identifier that is being read, its first 16 characters packed. 0 = none.
  idLen: i32;
  escape: i32;
  escapeValue: i32;
  escapeDigits: i32;
  depth: i32;
  idLo: u64;
  idHi: u64;
  keyLo: u64;
  keyHi: u64;
  keyLen: i32;
  /** The last four characters of code, for `<!--`, `-->`, `...`. */
  recent: u32;
  /** Characters of this line of code that are not white space; stops at 255. */
  lead: i32;
  /** Code points looked at: what a finding's offset is counted in, unless the caller keeps bytes. */
  offset: u32;
  /** Bit k: names of kind k are looked for. */
  wanted: u32;
  region: u8;
  textClass: u8;
  quote: u8;
  skip: u8;
  slash: u8;
  regexClass: u8;
  last: u8;
  lastDot: u8;
  receiver: u8;
  afterFunction: u8;
  parenNext: u8;
  pending: u8;
  pendingKind: u8;
  pendingClass: u8;
  /** In text: a `/` behind what is pending, which may begin a comment. */
  gap: u8;
  /** In text: the last character of a possible block comment was a star. */
  star: u8;
  key: u8;
  keyReceiver: u8;
  keyQuote: u8;
  references: u8;
  // What was found.
  /**
   * In text, names whose parenthesis may come behind a comment, as pack() writes them: text cannot tell whether `//` is one, so
   * they wait here for the end of the line or of the block while all that stands in it is looked at as well.
   */
  inLine: u32;
  inBlock: u32;
  /** The function that the key in brackets is asked of, as pack() writes it: eval["call"](…). 0: none. */
  keyOf: u32;
  found: u32;
  firstOffset: u32;
  firstKind: u8;
  firstClass: u8;
  // Behind it: STACK bytes of brackets, then KINDS × CLASSES counts of u16.
}

export const SCAN_BYTES: usize = offsetof<Scan>() + STACK + KINDS * CLASSES * 2;

@inline
function stackAt(s: Scan, index: i32): usize {
  return changetype<usize>(s) + offsetof<Scan>() + index;
}

@inline
function countAt(s: Scan, kind: i32, cls: i32): usize {
  return changetype<usize>(s) + offsetof<Scan>() + STACK + ((kind * CLASSES + cls) << 1);
}

export function countOf(s: Scan, kind: i32, cls: i32): i32 {
  return load<u16>(countAt(s, kind, cls));
}

/** Forgets everything; the memory may be of another body. */
export function resetScan(s: Scan, wanted: u32, references: bool): void {
  memory.fill(changetype<usize>(s), 0, SCAN_BYTES);
  s.wanted = wanted;
  s.references = references ? 1 : 0;
}

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

function report(s: Scan): void {
  const kind = s.pendingKind;
  const cls = s.region == TEXT && s.pendingClass == CLASS_CALL ? s.textClass : s.pendingClass;
  record(s, kind, cls);
  s.pending = IDLE;
  s.gap = 0;
}

function record(s: Scan, kind: u8, cls: u8): void {
  const at = countAt(s, kind, cls);
  const n = load<u16>(at);
  if (n < 0xffff) store<u16>(at, n + 1);
  // The first finding that is told is the first of the gravest class.
  if (s.found == 0 || cls < s.firstClass) {
    s.firstKind = kind;
    s.firstClass = cls;
    s.firstOffset = s.offset;
  }
  s.found++;
}

/** The name was not called: `c` stands where the parenthesis would. */
function drop(s: Scan, c: i32): void {
  // `x = eval;` hands the function on; `{eval: 1}`, `eval = 1` and `typeof eval` do not.
  const named = s.pending != DOT && s.pending != CHAIN && s.pending != FIRST_ARGUMENT;
  if (s.references && named && s.region != TEXT && s.pendingClass == CLASS_CALL && c != 0x3a && c != 0x3d)
    record(s, s.pendingKind, CLASS_REFERENCE);
  s.pending = IDLE;
  s.gap = 0;
}

/** The rest is text: what could not be told apart must not hide anything. */
function doubt(s: Scan): void {
  s.region = TEXT;
  s.textClass = CLASS_UNCERTAIN;
  s.idLen = 0;
  s.escape = 0;
  s.gap = 0;
  s.recent = 0;
  s.key = KEY_IDLE;
}

// ---- what both ways share

@inline
function append(s: Scan, c: i32): void {
  const n = s.idLen;
  // A character outside ASCII is packed as 0x80: it makes a name differ from every name that is looked for.
  const byte = u64(c < 0x80 ? c : 0x80);
  if (n < 8) s.idLo = n == 0 ? byte : (s.idLo << 8) | byte;
  else if (n < 16) s.idHi = n == 8 ? byte : (s.idHi << 8) | byte;
  if (n < 255) s.idLen = n + 1;
}

function endName(s: Scan): void {
  const len = s.idLen;
  const lo = s.idLo;
  const hi = len > 8 ? s.idHi : 0;
  s.idLen = 0;
  const pending = s.pending;
  if (pending == DOT || pending == CHAIN) {
    // eval.call(…), eval?.apply(…)
    if (isCallApplyBind(lo, len)) {
      s.pending = CLOSED;
      s.lastDot = 0;
      s.last = VALUE;
      s.receiver = 1;
      return;
    }
    s.pending = IDLE;
  } else if (pending != IDLE) drop(s, 0x61);
  const dot = s.lastDot != 0;
  const kind = kindOf(lo, hi, len);
  if (kind != KIND_NONE && (s.wanted >> kind) & 1 && !s.afterFunction) {
    s.pending = NAMED;
    s.gap = 0;
    s.pendingKind = <u8>kind;
    s.pendingClass = dot && s.receiver != 2 ? CLASS_MEMBER : CLASS_CALL;
  }
  s.receiver = isGlobalName(lo, hi, len) ? 2 : 1;
  s.lastDot = 0;
  s.afterFunction = 0;
  s.parenNext = PAREN;
  s.last = VALUE;
  if (dot || len > 10) return;
  if (isRegexWord(lo, hi, len)) {
    s.last = OPERATOR;
    s.receiver = 0;
  } else if (isDoubtWord(lo, len)) {
    s.last = DOUBT;
    // for await (…) /x/ and await (…) / 2
    if (isAwait(lo, len)) s.parenNext = PAREN_DOUBT;
  } else if (isParenWord(lo, len)) s.parenNext = PAREN_STATEMENT;
  else if (isFunctionWord(lo, len)) s.afterFunction = 1;
}

/** One character between a name and its parenthesis, comments and white space left out. */
function step(s: Scan, c: i32): void {
  switch (s.pending) {
    case NAMED:
    case CLOSED:
      if (c == 0x28) {
        if (needsString(s.pendingKind)) s.pending = FIRST_ARGUMENT;
        else report(s);
      } else if (c == 0x60) {
        // atob`…` calls too.
        report(s);
      } else if (c == 0x3f) s.pending = QUESTION;
      else if (c == 0x29) s.pending = CLOSED;
      else if (c == 0x2e) s.pending = DOT;
      else if (c == 0x3c) s.pending = HTML_OPEN;
      else if (c == 0x2d) s.pending = HTML_CLOSE;
      else drop(s, c);
      break;
    case HTML_OPEN:
      if (c == 0x21) s.pending = HTML_OPEN_BANG;
      else dropOperand(s, c);
      break;
    case HTML_OPEN_BANG:
      if (c == 0x2d) s.pending = HTML_OPEN_DASH;
      else dropOperand(s, c);
      break;
    case HTML_OPEN_DASH:
      if (c == 0x2d) waitForLine(s);
      else dropOperand(s, c);
      break;
    case HTML_CLOSE:
      if (c == 0x2d) s.pending = HTML_CLOSE_DASH;
      else dropOperand(s, c);
      break;
    case HTML_CLOSE_DASH:
      if (c == 0x3e) waitForLine(s);
      else dropOperand(s, c);
      break;
    case QUESTION:
      if (c == 0x2e) s.pending = CHAIN;
      else dropOperand(s, c);
      break;
    case CHAIN:
      if (c == 0x28) {
        if (needsString(s.pendingKind)) s.pending = FIRST_ARGUMENT;
        else report(s);
      } else s.pending = IDLE;
      break;
    case FIRST_ARGUMENT:
      // setTimeout("code") evaluates; setTimeout(f) does not.
      if (c == 0x22 || c == 0x27 || c == 0x60) report(s);
      else if (c != 0x28) s.pending = IDLE;
      break;
    default:
      s.pending = IDLE;
  }
}

/** `eval < 1`: an operator, and so a reference. */
function dropOperand(s: Scan, c: i32): void {
  drop(s, c);
}

/** What is pending, in one number; never 0. */
@inline
function pack(s: Scan): u32 {
  return u32(s.pending) | (u32(s.pendingKind) << 8) | (u32(s.pendingClass) << 16) | 0x1000000;
}

function unpack(s: Scan, value: u32): void {
  s.pending = <u8>value;
  s.pendingKind = <u8>(value >> 8);
  s.pendingClass = <u8>(value >> 16);
}

function waitForLine(s: Scan): void {
  s.pending = CLOSED;
  s.inLine = pack(s);
  s.pending = IDLE;
}

function beginKey(s: Scan, asked: u32): void {
  s.key = KEY_OPERAND;
  s.keyOf = asked;
  s.keyLen = 0;
  s.keyLo = 0;
  s.keyHi = 0;
  s.keyReceiver = s.receiver;
}

/** Before step() takes it: what is pending where `[` asks something of it. */
@inline
function askedOf(s: Scan, c: i32): u32 {
  return c == 0x5b && (s.pending == NAMED || s.pending == CLOSED || s.pending == CHAIN) ? pack(s) : 0;
}

@inline
function appendKey(s: Scan, c: i32): void {
  const n = s.keyLen;
  const byte = u64(c < 0x80 ? c : 0x80);
  if (n < 8) s.keyLo = (s.keyLo << 8) | byte;
  else if (n < 16) s.keyHi = (s.keyHi << 8) | byte;
  if (n < 255) s.keyLen = n + 1;
}

/** `]` behind literals: their sum is the name of what is called. */
function endKey(s: Scan): void {
  if (s.keyOf && isCallApplyBind(s.keyLo, s.keyLen)) {
    unpack(s, s.keyOf);
    s.pending = CLOSED;
    s.gap = 0;
    return;
  }
  const kind = kindOf(s.keyLo, s.keyHi, s.keyLen);
  if (kind == KIND_NONE || !((s.wanted >> kind) & 1)) return;
  s.pending = CLOSED;
  s.gap = 0;
  s.pendingKind = <u8>kind;
  s.pendingClass = s.keyReceiver == 1 ? CLASS_MEMBER : CLASS_CALL;
}

// ---- escapes: \xHH, \uHHHH, \u{H…}, octal. Returns -1 while reading, -2 when c is not of the escape,
// -3 when an octal escape ended before c, -4 when hex digits ended too early, else the code point.

const ESCAPE_NONE: i32 = 0;
const ESCAPE_BEGIN: i32 = 1;
const ESCAPE_U: i32 = 2;
const ESCAPE_BRACE: i32 = 3;
/** Plus the hex digits that are still to come, 1 to 4. */
const ESCAPE_HEX: i32 = 10;
const ESCAPE_UHEX: i32 = 30;
/** Plus the octal digits that may still come. */
const ESCAPE_OCTAL: i32 = 20;

function unescape(s: Scan, c: i32): i32 {
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

// ---- text

function text(s: Scan, c: i32): void {
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
function keyAfter(key: u8, c: i32): u8 {
  if (key == KEY_DONE) return c == 0x2b ? KEY_OPERAND : c == 0x29 ? KEY_DONE : KEY_IDLE;
  return c == 0x28 ? KEY_OPERAND : KEY_IDLE;
}

// ---- code

function code(s: Scan, c: i32): void {
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
