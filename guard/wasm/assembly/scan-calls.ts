/** From a name to its call: names, what stands between them and their parenthesis, names in brackets, and what is counted. */
import { KIND_NONE, isAwait, isCallApplyBind, isDoubtWord, isFunctionWord, isGlobalName, isParenWord, isRegexWord, kindOf, needsString } from './names';
import { CHAIN, CLASS_CALL, CLASS_MEMBER, CLASS_REFERENCE, CLASS_UNCERTAIN, CLOSED, DOT, DOUBT, FIRST_ARGUMENT, HTML_CLOSE, HTML_CLOSE_DASH, HTML_OPEN, HTML_OPEN_BANG, HTML_OPEN_DASH, IDLE, KEY_IDLE, KEY_OPERAND, NAMED, OPERATOR, PAREN, PAREN_DOUBT, PAREN_STATEMENT, QUESTION, Scan, TEXT, VALUE, countAt } from './scan-state';

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
export function drop(s: Scan, c: i32): void {
  // `x = eval;` hands the function on; `{eval: 1}`, `eval = 1` and `typeof eval` do not.
  const named = s.pending != DOT && s.pending != CHAIN && s.pending != FIRST_ARGUMENT;
  if (s.references && named && s.region != TEXT && s.pendingClass == CLASS_CALL && c != 0x3a && c != 0x3d)
    record(s, s.pendingKind, CLASS_REFERENCE);
  s.pending = IDLE;
  s.gap = 0;
}

/** The rest is text: what could not be told apart must not hide anything. */
export function doubt(s: Scan): void {
  s.region = TEXT;
  s.textClass = CLASS_UNCERTAIN;
  s.idLen = 0;
  s.escape = 0;
  s.gap = 0;
  s.recent = 0;
  s.key = KEY_IDLE;
}

@inline
export function append(s: Scan, c: i32): void {
  const n = s.idLen;
  // A character outside ASCII is packed as 0x80: it makes a name differ from every name that is looked for.
  const byte = u64(c < 0x80 ? c : 0x80);
  if (n < 8) s.idLo = n == 0 ? byte : (s.idLo << 8) | byte;
  else if (n < 16) s.idHi = n == 8 ? byte : (s.idHi << 8) | byte;
  if (n < 255) s.idLen = n + 1;
}

export function endName(s: Scan): void {
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
export function step(s: Scan, c: i32): void {
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
      else drop(s, c);
      break;
    case HTML_OPEN_BANG:
      if (c == 0x2d) s.pending = HTML_OPEN_DASH;
      else drop(s, c);
      break;
    case HTML_OPEN_DASH:
      if (c == 0x2d) waitForLine(s);
      else drop(s, c);
      break;
    case HTML_CLOSE:
      if (c == 0x2d) s.pending = HTML_CLOSE_DASH;
      else drop(s, c);
      break;
    case HTML_CLOSE_DASH:
      if (c == 0x3e) waitForLine(s);
      else drop(s, c);
      break;
    case QUESTION:
      if (c == 0x2e) s.pending = CHAIN;
      else drop(s, c);
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

/** What is pending, in one number; never 0. */
@inline
export function pack(s: Scan): u32 {
  return u32(s.pending) | (u32(s.pendingKind) << 8) | (u32(s.pendingClass) << 16) | 0x1000000;
}

export function unpack(s: Scan, value: u32): void {
  s.pending = <u8>value;
  s.pendingKind = <u8>(value >> 8);
  s.pendingClass = <u8>(value >> 16);
}

function waitForLine(s: Scan): void {
  s.pending = CLOSED;
  s.inLine = pack(s);
  s.pending = IDLE;
}

export function beginKey(s: Scan, asked: u32): void {
  s.key = KEY_OPERAND;
  s.keyOf = asked;
  s.keyLen = 0;
  s.keyLo = 0;
  s.keyHi = 0;
  s.keyReceiver = s.receiver;
}

/** Before step() takes it: what is pending where `[` asks something of it. */
@inline
export function askedOf(s: Scan, c: i32): u32 {
  return c == 0x5b && (s.pending == NAMED || s.pending == CLOSED || s.pending == CHAIN) ? pack(s) : 0;
}

@inline
export function appendKey(s: Scan, c: i32): void {
  const n = s.keyLen;
  const byte = u64(c < 0x80 ? c : 0x80);
  if (n < 8) s.keyLo = (s.keyLo << 8) | byte;
  else if (n < 16) s.keyHi = (s.keyHi << 8) | byte;
  if (n < 255) s.keyLen = n + 1;
}

/** `]` behind literals: their sum is the name of what is called. */
export function endKey(s: Scan): void {
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
