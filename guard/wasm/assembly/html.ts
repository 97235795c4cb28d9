/**
 * Where HTML holds JavaScript: script elements, on… attributes, javascript: URLs, srcdoc. A tokenizer in the shape of the HTML
 * standard's, as much of it as decides where those begin and end: comments, raw text, quoted and bare attributes. Text between
 * tags runs nowhere and is not looked at. Where the standard's rules need a tree (foreign content, scripts that hold `<!--` and
 * `<script`), the content is read as text instead, and what is found there is uncertain.
 */
import { Body, scanOf } from './body';
import { entity, flushEntity } from './layers';
import { packed } from './names';
import { beginCode, beginText, endPiece, scan } from './scan';
import { hexOf } from './scan-escapes';
import { CLASS_TEXT, CLASS_UNCERTAIN } from './scan-state';

const DATA: u8 = 0;
const OPEN: u8 = 1;
const NAME: u8 = 2;
const BEFORE_ATTRIBUTE: u8 = 3;
const ATTRIBUTE: u8 = 4;
const AFTER_ATTRIBUTE: u8 = 5;
const BEFORE_VALUE: u8 = 6;
const DOUBLE: u8 = 7;
const SINGLE: u8 = 8;
const BARE: u8 = 9;
const SCRIPT: u8 = 10;
const RAW: u8 = 11;
const MARKUP: u8 = 12;
const COMMENT: u8 = 13;
const BOGUS: u8 = 14;
const ALL_TEXT: u8 = 15;

// What an attribute's value is.
const VALUE_PLAIN: u8 = 0;
const VALUE_CODE: u8 = 1;
const VALUE_TEXT: u8 = 2;
/** A javascript: URL, behind its colon. */
const VALUE_URL: u8 = 3;

const SCRIPT_NAME = packed('script', 0);
const SVG_NAME = packed('svg', 0);
const MATH_NAME = packed('math', 0);
const TITLE_NAME = packed('title', 0);
const TEXTAREA_NAME = packed('textarea', 0);
const STYLE_NAME = packed('style', 0);
const XMP_NAME = packed('xmp', 0);
const IFRAME_NAME = packed('iframe', 0);
const NOEMBED_NAME = packed('noembed', 0);
const NOFRAMES_NAME = packed('noframes', 0);
const NOSCRIPT_NAME = packed('noscript', 0);
/** Its first eight letters. */
const PLAINTEXT_NAME = packed('plaintext', 0);
const SRCDOC_NAME = packed('srcdoc', 0);
const SCRIPT_END = packed('</script', 0);
const SCRIPT_BEGIN = packed('<script', 0);
const COMMENT_BEGIN = packed('<!--', 0);
const JAVASCRIPT_LO = packed('javascript:', 0);
const JAVASCRIPT_HI = packed('javascript:', 8);
const JAVASCRIPT_LENGTH: i32 = 11;

@inline
function isHtmlSpace(c: i32): bool {
  return c == 0x20 || c == 0x0a || c == 0x09 || c == 0x0d || c == 0x0c;
}

@inline
function lower(c: i32): i32 {
  return c >= 0x41 && c <= 0x5a ? c | 0x20 : c;
}

@inline
function isLetter(c: i32): bool {
  const l = c | 0x20;
  return l >= 0x61 && l <= 0x7a;
}

export function html(b: Body, c: i32): void {
  switch (b.html) {
    case DATA:
      if (c == 0x3c) b.html = OPEN;
      return;
    case SCRIPT:
      inScript(b, c);
      return;
    case RAW:
      inRaw(b, c);
      return;
    case COMMENT:
      inComment(b, c);
      return;
    case OPEN:
      if (isLetter(c)) {
        b.endTag = 0;
        beginName(b, c);
        b.html = NAME;
      } else if (c == 0x2f) {
        b.endTag = 1;
        b.nameLen = 0;
        b.name = 0;
        b.html = NAME;
      } else if (c == 0x21) {
        b.html = MARKUP;
        b.commentDashes = 0;
      } else if (c == 0x3f) b.html = BOGUS;
      else b.html = c == 0x3c ? OPEN : DATA;
      return;
    case NAME:
      // `</` before anything but a letter is a comment up to the next >, quotes or not.
      if (b.nameLen == 0 && !isLetter(c)) b.html = c == 0x3e ? DATA : BOGUS;
      else if (isHtmlSpace(c) || c == 0x2f) b.html = BEFORE_ATTRIBUTE;
      else if (c == 0x3e) endTag(b);
      else addName(b, c);
      return;
    case BEFORE_ATTRIBUTE:
      if (c == 0x3e) endTag(b);
      else if (!isHtmlSpace(c) && c != 0x2f) {
        b.raw = 0;
        b.rawLen = 0;
        addAttribute(b, c);
        b.html = ATTRIBUTE;
      }
      return;
    case ATTRIBUTE:
      if (c == 0x3e) endTag(b);
      else if (c == 0x3d) b.html = BEFORE_VALUE;
      else if (c == 0x2f) b.html = BEFORE_ATTRIBUTE;
      else if (isHtmlSpace(c)) b.html = AFTER_ATTRIBUTE;
      else addAttribute(b, c);
      return;
    case AFTER_ATTRIBUTE:
      if (c == 0x3d) b.html = BEFORE_VALUE;
      else if (c == 0x3e) endTag(b);
      else if (c == 0x2f) b.html = BEFORE_ATTRIBUTE;
      else if (!isHtmlSpace(c)) {
        b.raw = 0;
        b.rawLen = 0;
        addAttribute(b, c);
        b.html = ATTRIBUTE;
      }
      return;
    case BEFORE_VALUE:
      if (isHtmlSpace(c)) return;
      if (c == 0x3e) {
        endTag(b);
        return;
      }
      beginValue(b);
      if (c == 0x22) b.html = DOUBLE;
      else if (c == 0x27) b.html = SINGLE;
      else {
        b.html = BARE;
        entity(b, c);
      }
      return;
    case DOUBLE:
      if (c == 0x22) endValue(b);
      else entity(b, c);
      return;
    case SINGLE:
      if (c == 0x27) endValue(b);
      else entity(b, c);
      return;
    case BARE:
      if (isHtmlSpace(c)) endValue(b);
      else if (c == 0x3e) {
        endValue(b);
        endTag(b);
      } else entity(b, c);
      return;
    case MARKUP:
      if (c == 0x2d) {
        b.commentDashes += 1;
        // Two more make `<!-->` and `<!--->` whole comments.
        if (b.commentDashes == 2) b.html = COMMENT;
      } else if (c == 0x3e) b.html = DATA;
      else b.html = BOGUS;
      return;
    case BOGUS:
      if (c == 0x3e) b.html = DATA;
      return;
    default:
      entity(b, c);
  }
}

/** The end of the body: an attribute or script that is still open ran nowhere, or nearly so; what it held was looked at. */
export function htmlEnd(b: Body): void {
  flushEntity(b);
  b.sink = 0;
}

function beginName(b: Body, c: i32): void {
  b.name = lower(c);
  b.nameLen = 1;
}

function addName(b: Body, c: i32): void {
  if (b.nameLen < 8) b.name = (b.name << 8) | (c < 0x80 ? lower(c) : 0x80);
  if (b.nameLen < 255) b.nameLen += 1;
}

function addAttribute(b: Body, c: i32): void {
  if (b.rawLen < 8) b.raw = (b.raw << 8) | (c < 0x80 ? lower(c) : 0x80);
  if (b.rawLen < 255) b.rawLen += 1;
}

function endTag(b: Body): void {
  b.html = DATA;
  if (b.endTag) return;
  const len = b.nameLen;
  const name = b.name;
  if (len == 6 && name == SCRIPT_NAME) {
    b.html = SCRIPT;
    b.recent = 0;
    b.scriptEscaped = 0;
    b.scriptEnding = 0;
    if (b.foreign) beginText(scanOf(b), CLASS_UNCERTAIN);
    else beginCode(scanOf(b));
    return;
  }
  if ((len == 3 && name == SVG_NAME) || (len == 4 && name == MATH_NAME)) b.foreign = 1;
  if (isRawName(name, len)) {
    b.html = RAW;
    b.rawAt = 0;
    if (b.foreign) beginText(scanOf(b), CLASS_UNCERTAIN);
  } else if (len == 9 && name == PLAINTEXT_NAME) {
    // Nothing ends it, and nothing in it runs.
    beginText(scanOf(b), CLASS_UNCERTAIN);
    b.html = ALL_TEXT;
  }
}

function isRawName(name: u64, len: i32): bool {
  switch (len) {
    case 3:
      return name == XMP_NAME;
    case 5:
      return name == TITLE_NAME || name == STYLE_NAME;
    case 6:
      return name == IFRAME_NAME;
    case 7:
      return name == NOEMBED_NAME;
    case 8:
      return name == TEXTAREA_NAME || name == NOFRAMES_NAME || name == NOSCRIPT_NAME;
    default:
      return false;
  }
}

function inScript(b: Body, c: i32): void {
  if (b.scriptEnding) {
    b.scriptEnding = 0;
    if (isHtmlSpace(c) || c == 0x2f || c == 0x3e) {
      flushEntity(b);
      endPiece(scanOf(b));
      if (b.scriptEscaped == 2) {
        // This </script> may only have ended a script within a comment of the script.
        beginText(scanOf(b), CLASS_UNCERTAIN);
        b.html = ALL_TEXT;
        return;
      }
      b.endTag = 1;
      b.html = c == 0x3e ? DATA : BEFORE_ATTRIBUTE;
      return;
    }
  }
  const recent = (b.recent << 8) | (c < 0x80 ? lower(c) : 0x80);
  b.recent = recent;
  if ((recent & 0xffffffff) == COMMENT_BEGIN) b.scriptEscaped |= 1;
  else if (b.scriptEscaped == 1 && (recent & 0xffffffffffffff) == SCRIPT_BEGIN) b.scriptEscaped = 2;
  else if (recent == SCRIPT_END) b.scriptEnding = 1;
  // The letters of `</script` reach the scanner too; they call nothing.
  if (b.foreign) entity(b, c);
  else scan(scanOf(b), c);
}

function inRaw(b: Body, c: i32): void {
  if (b.foreign) entity(b, c);
  const at = b.rawAt;
  const len = b.nameLen;
  if (at == len + 2) {
    b.rawAt = 0;
    if (isHtmlSpace(c) || c == 0x2f || c == 0x3e) {
      flushEntity(b);
      b.endTag = 1;
      b.html = c == 0x3e ? DATA : BEFORE_ATTRIBUTE;
      return;
    }
  }
  const want = at == 0 ? 0x3c : at == 1 ? 0x2f : <i32>((b.name >> ((len + 1 - at) << 3)) & 0xff);
  if (at < len + 2 && lower(c) == want) b.rawAt = at + 1;
  else b.rawAt = c == 0x3c ? 1 : 0;
}

function inComment(b: Body, c: i32): void {
  // Dashes in a row; 2 or more before > or !> end the comment.
  if (c == 0x2d) {
    if (b.commentDashes == 100) b.commentDashes = 0;
    if (b.commentDashes < 2) b.commentDashes += 1;
  } else if (c == 0x3e && b.commentDashes >= 2) b.html = DATA;
  else if (c == 0x21 && b.commentDashes == 2) b.commentDashes = 100;
  else b.commentDashes = 0;
}

// ---- attributes

function beginValue(b: Body): void {
  const len = b.rawLen;
  const first = len >= 8 ? b.raw >> 48 : len >= 2 ? b.raw >> ((len - 2) << 3) : 0;
  b.attribute = VALUE_PLAIN;
  b.urlAt = 0;
  b.percent = 0;
  b.sink = 1;
  // `on` and at least one letter more.
  if (len > 2 && first == 0x6f6e) {
    b.attribute = VALUE_CODE;
    beginCode(scanOf(b));
  } else if (len == 6 && b.raw == SRCDOC_NAME) {
    b.attribute = VALUE_TEXT;
    beginText(scanOf(b), CLASS_TEXT);
  }
}

function endValue(b: Body): void {
  flushEntity(b);
  if (b.attribute != VALUE_PLAIN) endPiece(scanOf(b));
  b.sink = 0;
  b.html = BEFORE_ATTRIBUTE;
}

/** A character of an attribute's value, entities decoded. */
export function attributeCharacter(b: Body, c: i32): void {
  if (b.attribute == VALUE_CODE || b.attribute == VALUE_TEXT) scan(scanOf(b), c);
  else if (b.attribute == VALUE_URL) urlCharacter(b, c);
  else if (b.urlAt >= 0) {
    // Tabs and line ends are dropped from URLs, control characters and blanks before them.
    if (c == 0x09 || c == 0x0a || c == 0x0d || (b.urlAt == 0 && c <= 0x20)) return;
    const at = b.urlAt;
    const want = <i32>((at < 8 ? JAVASCRIPT_LO >> ((7 - at) << 3) : JAVASCRIPT_HI >> ((10 - at) << 3)) & 0xff);
    if (lower(c) != want) {
      b.urlAt = -1;
      return;
    }
    b.urlAt = at + 1;
    if (b.urlAt < JAVASCRIPT_LENGTH) return;
    b.attribute = VALUE_URL;
    beginCode(scanOf(b));
  }
}

/** javascript: URLs are percent-decoded before they run. Beyond ASCII only the fact matters, not the character. */
function urlCharacter(b: Body, c: i32): void {
  const s = scanOf(b);
  // Browsers drop these wherever in a URL they stand.
  if (c == 0x09 || c == 0x0a || c == 0x0d) return;
  if (b.percent == 0) {
    if (c == 0x25) b.percent = 1;
    else scan(s, c);
    return;
  }
  const hex = hexOf(c);
  const had = b.percent;
  if (hex < 0) {
    b.percent = 0;
    scan(s, 0x25);
    if (had == 2) scan(s, b.percentHigh);
    urlCharacter(b, c);
  } else if (had == 1) {
    b.percent = 2;
    b.percentHigh = c;
  } else {
    b.percent = 0;
    const value = (hexOf(b.percentHigh) << 4) | hex;
    scan(s, value < 0x80 ? value : 0xe9);
  }
}
