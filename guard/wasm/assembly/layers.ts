/**
 * From decoded bytes to characters for the scanner: percent escapes of forms, UTF-8 or UTF-16, escapes of JSON strings, entities.
 * Each layer is taken off once. Every layer holds a few bytes of state and gives back what turned out not to be its own.
 */
import { Body, CHARSET_UTF16BE, CHARSET_UTF16LE, CHARSET_UTF8, CONTAINER_CODE, CONTAINER_FORM, CONTAINER_HTML, CONTAINER_JSON, REASON_TRUNCATED, scanOf } from './body';
import { isAsciiIdPart } from './chars';
import { attributeCharacter, html, htmlEnd } from './html';
import { packed } from './names';
import { endPiece, scan, scanWord } from './scan';
import { hexOf } from './scan-escapes';

/** A byte that is no UTF-8, as browsers show it. */
const REPLACEMENT: i32 = 0xfffd;

/** Looks at `len` bytes at `at`; not more than the body's limit. False when there is no more to look at. */
export function feed(b: Body, at: usize, len: i32): bool {
  const room = b.limit - b.bytes;
  let n = len;
  if (<u32>len > room) {
    n = <i32>room;
    b.reasons |= REASON_TRUNCATED;
  }
  const s = scanOf(b);
  const form = b.container == CONTAINER_FORM;
  const end = at + n;
  const words = b.container != CONTAINER_HTML;
  let next = at;
  while (next < end) {
    if (words && isAsciiIdPart(load<u8>(next)) && isIdle(b)) {
      const word = scanWord(s, next, end);
      b.bytes += <u32>(word - next);
      next = word;
      if (next == end) break;
    }
    s.offset = b.bytes++;
    const byte = <i32>load<u8>(next++);
    if (form) percent(b, byte);
    else if (byte < 0x80 && b.utfNeed == 0 && b.charset == CHARSET_UTF8) character(b, byte);
    else wide(b, byte);
  }
  return n == len;
}

/** Whether no layer holds anything, so that a letter goes through all of them as it is. */
@inline
function isIdle(b: Body): bool {
  return (b.utfNeed | b.percent | b.entity | <i32>b.jsonEscape | <i32>b.charset) == 0;
}

/** What the layers still hold is given to the scanner. */
export function feedEnd(b: Body): void {
  if (b.percent) endPercent(b);
  if (b.utfNeed > 0 && b.charset == CHARSET_UTF8) character(b, REPLACEMENT);
  b.utfNeed = 0;
  if (b.entity) endEntity(b);
  if (b.container == CONTAINER_HTML) htmlEnd(b);
  endPiece(scanOf(b));
}

// ---- percent escapes, on bytes

function percent(b: Body, byte: i32): void {
  if (b.percent == 0) {
    if (byte == 0x25) b.percent = 1;
    else octet(b, byte == 0x2b ? 0x20 : byte);
    return;
  }
  const hex = hexOf(byte);
  if (hex < 0) {
    endPercent(b);
    percent(b, byte);
  } else if (b.percent == 1) {
    b.percent = 2;
    b.percentHigh = byte;
  } else {
    b.percent = 0;
    octet(b, (hexOf(b.percentHigh) << 4) | hex);
  }
}

/** A percent sign that was no escape. */
function endPercent(b: Body): void {
  const had = b.percent;
  b.percent = 0;
  octet(b, 0x25);
  if (had == 2) octet(b, b.percentHigh);
}

function octet(b: Body, byte: i32): void {
  if (byte < 0x80 && b.utfNeed == 0 && b.charset == CHARSET_UTF8) character(b, byte);
  else wide(b, byte);
}

// ---- UTF-8 and UTF-16

function wide(b: Body, byte: i32): void {
  if (b.charset != CHARSET_UTF8) {
    if (b.utfNeed == 0) {
      b.utfNeed = 1;
      b.utfValue = byte;
      return;
    }
    b.utfNeed = 0;
    // Halves of surrogate pairs go on as they are: they are no ASCII, and that is all that is asked.
    character(b, b.charset == CHARSET_UTF16LE ? (byte << 8) | b.utfValue : (b.utfValue << 8) | byte);
    return;
  }
  if (b.utfNeed < 0) {
    // 0xFE or 0xFF as the first byte: is the second the rest of a byte order mark?
    b.utfNeed = 0;
    if (b.utfValue + byte == 0x1fd && b.utfValue != byte) {
      b.charset = byte == 0xfe ? CHARSET_UTF16LE : CHARSET_UTF16BE;
      return;
    }
    character(b, REPLACEMENT);
    octet(b, byte);
    return;
  }
  if (b.utfNeed > 0) {
    if ((byte & 0xc0) == 0x80) {
      b.utfValue = (b.utfValue << 6) | (byte & 0x3f);
      b.utfNeed -= 1;
      // Overlong forms are not what they pretend to be, here as in browsers.
      if (b.utfNeed == 0) character(b, b.utfValue < b.utfLeast ? REPLACEMENT : b.utfValue);
      return;
    }
    b.utfNeed = 0;
    character(b, REPLACEMENT);
    octet(b, byte);
    return;
  }
  if (byte >= 0xc2 && byte < 0xe0) {
    b.utfNeed = 1;
    b.utfValue = byte & 0x1f;
    b.utfLeast = 0x80;
  } else if (byte >= 0xe0 && byte < 0xf0) {
    b.utfNeed = 2;
    b.utfValue = byte & 0x0f;
    b.utfLeast = 0x800;
  } else if (byte >= 0xf0 && byte < 0xf5) {
    b.utfNeed = 3;
    b.utfValue = byte & 0x07;
    b.utfLeast = 0x10000;
  } else if (byte >= 0xfe && b.bytes == 1) {
    b.utfNeed = -1;
    b.utfValue = byte;
  } else character(b, REPLACEMENT);
}

// ---- characters

@inline
function character(b: Body, c: i32): void {
  const container = b.container;
  if (container == CONTAINER_CODE) scan(scanOf(b), c);
  else if (container == CONTAINER_HTML) html(b, c);
  else if (container == CONTAINER_JSON) json(b, c);
  else entity(b, c);
}

/** Characters of a JSON string without its escapes; between strings as they are, for what only says that it is JSON. */
function json(b: Body, c: i32): void {
  const state = b.jsonEscape;
  if (state == 0) {
    if (c == 0x22) {
      b.jsonIn ^= 1;
      entity(b, c);
    } else if (c == 0x5c && b.jsonIn) b.jsonEscape = 1;
    else entity(b, c);
    return;
  }
  if (state == 1) {
    b.jsonEscape = 0;
    if (c == 0x75) {
      b.jsonEscape = 2;
      b.jsonValue = 0;
    } else if (c == 0x6e || c == 0x72) entity(b, 0x0a);
    else if (c == 0x74 || c == 0x66 || c == 0x62) entity(b, 0x20);
    else {
      // No escape of JSON (`\x65`): lenient readers leave the backslash, and the scanner reads it.
      if (c != 0x22 && c != 0x5c && c != 0x2f) entity(b, 0x5c);
      entity(b, c);
    }
    return;
  }
  const hex = hexOf(c);
  if (hex < 0) {
    // Broken; the scanner makes of it what it can.
    b.jsonEscape = 0;
    json(b, c);
    return;
  }
  b.jsonValue = (b.jsonValue << 4) | hex;
  b.jsonEscape = state == 5 ? 0 : state + 1;
  if (state == 5) entity(b, b.jsonValue);
}

// ---- entities

@inline
function out(b: Body, c: i32): void {
  if (b.sink) attributeCharacter(b, c);
  else scan(scanOf(b), c);
}

@inline
export function entity(b: Body, c: i32): void {
  if (b.entity == 0 && c != 0x26) out(b, c);
  else entityStep(b, c);
}

function entityStep(b: Body, c: i32): void {
  switch (b.entity) {
    case 0:
      b.entity = 1;
      return;
    case 1:
      if (c == 0x23) {
        b.entity = 3;
        return;
      }
      if ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) {
        b.entity = 2;
        b.entityName = c;
        b.entityLen = 1;
        return;
      }
      break;
    case 2:
      if (((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) && b.entityLen < 8) {
        b.entityName = (b.entityName << 8) | c;
        b.entityLen += 1;
        return;
      }
      if (c == 0x3b) {
        const value = namedEntity(b.entityName);
        if (value != 0) {
          b.entity = 0;
          out(b, value);
          return;
        }
      }
      break;
    case 3:
      if ((c | 0x20) == 0x78) {
        b.entity = 5;
        b.entityLen = c;
        return;
      }
      if (c >= 0x30 && c <= 0x39) {
        b.entity = 4;
        b.entityValue = c - 0x30;
        return;
      }
      break;
    case 4:
      if (c >= 0x30 && c <= 0x39) {
        b.entityValue = min(b.entityValue * 10 + c - 0x30, 0x110000);
        return;
      }
      break;
    default: {
      const hex = hexOf(c);
      if (hex >= 0) {
        b.entityValue = b.entity == 5 ? hex : min((b.entityValue << 4) | hex, 0x110000);
        b.entity = 6;
        return;
      }
    }
  }
  const numeric = b.entity == 4 || b.entity == 6;
  endEntity(b);
  // The semicolon belongs to a number, and need not be there.
  if (numeric && c == 0x3b) return;
  if (c == 0x26) b.entity = 1;
  else out(b, c);
}

/** What was begun and is not one is given back; a number needs no end. */
function endEntity(b: Body): void {
  const state = b.entity;
  b.entity = 0;
  if (state == 4 || state == 6) {
    out(b, b.entityValue > 0x10ffff || b.entityValue == 0 ? REPLACEMENT : b.entityValue);
    return;
  }
  out(b, 0x26);
  if (state == 2) {
    for (let i = b.entityLen - 1; i >= 0; i--) out(b, <i32>((b.entityName >> (i << 3)) & 0xff));
  } else if (state >= 3) {
    out(b, 0x23);
    if (state == 5) out(b, b.entityLen);
  }
}

/** Ends what an attribute left open, before its quote. */
export function flushEntity(b: Body): void {
  if (b.entity) endEntity(b);
}

const LPAR = packed('lpar', 0);
const RPAR = packed('rpar', 0);
const PERIOD = packed('period', 0);
const SOL = packed('sol', 0);
const AST = packed('ast', 0);
const GRAVE = packed('grave', 0);
const LSQB = packed('lsqb', 0);
const LBRACK = packed('lbrack', 0);
const RSQB = packed('rsqb', 0);
const RBRACK = packed('rbrack', 0);
const QUOT = packed('quot', 0);
const APOS = packed('apos', 0);
const PLUS = packed('plus', 0);
const BSOL = packed('bsol', 0);
const TAB = packed('Tab', 0);
const NEW_LINE = packed('NewLine', 0);
const QUEST = packed('quest', 0);
const NBSP = packed('nbsp', 0);
const NUM = packed('num', 0);
const COLON = packed('colon', 0);
const SEMI = packed('semi', 0);
const COMMA = packed('comma', 0);
const LT = packed('lt', 0);
const GT = packed('gt', 0);
const AMP = packed('amp', 0);
const LCUB = packed('lcub', 0);
const LBRACE = packed('lbrace', 0);
const RCUB = packed('rcub', 0);
const RBRACE = packed('rbrace', 0);
const DOLLAR = packed('dollar', 0);
const LOWBAR = packed('lowbar', 0);
const EXCL = packed('excl', 0);
const EQUALS = packed('equals', 0);
const PERCENT = packed('percnt', 0);

/** The named entities of ASCII punctuation (there are none of letters), and 0 for all others. */
function namedEntity(name: u64): i32 {
  if (name == QUOT) return 0x22;
  if (name == AMP) return 0x26;
  if (name == LT) return 0x3c;
  if (name == GT) return 0x3e;
  if (name == APOS) return 0x27;
  if (name == NBSP) return 0xa0;
  if (name == LPAR) return 0x28;
  if (name == RPAR) return 0x29;
  if (name == PERIOD) return 0x2e;
  if (name == SOL) return 0x2f;
  if (name == AST) return 0x2a;
  if (name == GRAVE) return 0x60;
  if (name == LSQB || name == LBRACK) return 0x5b;
  if (name == RSQB || name == RBRACK) return 0x5d;
  if (name == LCUB || name == LBRACE) return 0x7b;
  if (name == RCUB || name == RBRACE) return 0x7d;
  if (name == PLUS) return 0x2b;
  if (name == BSOL) return 0x5c;
  if (name == TAB) return 0x09;
  if (name == NEW_LINE) return 0x0a;
  if (name == QUEST) return 0x3f;
  if (name == NUM) return 0x23;
  if (name == COLON) return 0x3a;
  if (name == SEMI) return 0x3b;
  if (name == COMMA) return 0x2c;
  if (name == DOLLAR) return 0x24;
  if (name == LOWBAR) return 0x5f;
  if (name == EXCL) return 0x21;
  if (name == EQUALS) return 0x3d;
  return name == PERCENT ? 0x25 : 0;
}
