/** Reads one body from its first byte to its last: what its headers say, inflating, and what is left unseen. */
import {
  BODY_BYTES,
  Body,
  CHARSET_UTF16BE,
  CHARSET_UTF16LE,
  CONTAINER_CODE,
  CONTAINER_FORM,
  CONTAINER_HTML,
  CONTAINER_JSON,
  CONTAINER_TEXT,
  REASON_CHARSET,
  REASON_CORRUPT,
  REASON_ENCODING,
  REASON_INCOMPLETE,
  REASON_MEMORY,
  REASON_MISMATCH,
  REASON_TRAILING,
  REASON_TRUNCATED,
  scanOf,
} from './body';
import { Config } from './config';
import { inputAt, readHeader } from './host';
import {
  BAD,
  DONE,
  FORMAT_DEFLATE,
  FORMAT_GZIP,
  INFLATE_BYTES,
  Inflate,
  MORE,
  beginInflate,
  hasTrailing,
  input,
  isWhole,
  membersOf,
  outputAt,
  outputLength,
  run,
  taken,
} from './inflate';
import { feed, feedEnd } from './layers';
import { BLOCK_BODY, BLOCK_INFLATE, give, take } from './memory';
import { beginCode, beginText } from './scan';
import { CLASS_TEXT, resetScan } from './scan-state';

const ENCODING_NONE: u8 = 0;
const ENCODING_GZIP: u8 = 1;
const ENCODING_DEFLATE: u8 = 2;
const ENCODING_UNSEEN: u8 = 3;

/** A body whose headers are in `map`; 0 when there is no memory for one. */
export function openBody(config: Config, map: i32): usize {
  const block = take(BLOCK_BODY, BODY_BYTES);
  if (!block) return 0;
  const b = changetype<Body>(block);
  b.limit = config.maxBytes;
  const s = scanOf(b);
  resetScan(s, config.wanted, config.references != 0);
  contentType(b, readHeader(map, 'content-type'), config.strict != 0);
  contentEncoding(b, readHeader(map, 'content-encoding'));
  if (b.container == CONTAINER_CODE) beginCode(s);
  else beginText(s, CLASS_TEXT);
  return block;
}

export function closeBody(b: Body): void {
  dropInflate(b);
  give(BLOCK_BODY, changetype<usize>(b));
}

function dropInflate(b: Body): void {
  if (b.inflate) give(BLOCK_INFLATE, b.inflate);
  b.inflate = 0;
}

/** Looks at the next bytes of the body as it is sent. */
export function readBody(b: Body, at: usize, len: i32): void {
  let from = at;
  let size = len;
  // The first two bytes: gzip has them, and a header that is wrong about that would hide the body.
  while (b.sniffed < 2 && size > 0 && !b.ended) {
    if (b.encoding >= ENCODING_DEFLATE) {
      b.sniffed = 2;
      break;
    }
    const byte = load<u8>(from);
    from++;
    size--;
    if (b.sniffed == 0) {
      b.sniff0 = byte;
      b.sniffed = 1;
      continue;
    }
    b.sniffed = 2;
    const gzip = b.sniff0 == 0x1f && byte == 0x8b;
    if (b.encoding == ENCODING_GZIP && !gzip) b.reasons |= REASON_MISMATCH;
    b.encoding = gzip ? ENCODING_GZIP : ENCODING_NONE;
    store<u8>(SNIFFED, b.sniff0);
    store<u8>(SNIFFED + 1, byte);
    decode(b, SNIFFED, 2);
  }
  if (size > 0) decode(b, from, size);
}

const SNIFFED: usize = memory.data(2);

function decode(b: Body, at: usize, len: i32): void {
  if (b.ended) {
    return;
  }
  if (b.encoding == ENCODING_NONE) {
    if (!feed(b, at, len)) b.ended = 1;
    return;
  }
  if (b.encoding == ENCODING_UNSEEN) {
    b.reasons |= REASON_ENCODING;
    b.ended = 1;
    return;
  }
  if (!b.inflate) {
    b.inflate = take(BLOCK_INFLATE, INFLATE_BYTES);
    if (!b.inflate) {
      b.reasons |= REASON_MEMORY;
      b.ended = 1;
      return;
    }
    beginInflate(changetype<Inflate>(b.inflate), b.encoding == ENCODING_GZIP ? FORMAT_GZIP : FORMAT_DEFLATE);
  }
  const z = changetype<Inflate>(b.inflate);
  input(z, at, len);
  while (true) {
    const result = run(z);
    const size = outputLength(z);
    if (size > 0 && !feed(b, outputAt(z), size)) {
      b.ended = 1;
      break;
    }
    taken(z);
    if (result == MORE) return;
    if (result == BAD) {
      b.reasons |= REASON_CORRUPT;
      b.ended = 1;
      break;
    }
    if (result == DONE) {
      if (hasTrailing(z)) {
        b.reasons |= REASON_TRAILING;
        b.ended = 1;
        break;
      }
      return;
    }
  }
  dropInflate(b);
}

/** The last byte was read, or (`whole` false) the stream broke off. */
export function finishBody(b: Body, whole: bool): void {
  if (b.sniffed == 1) {
    // A body of one byte.
    b.sniffed = 2;
    if (b.encoding == ENCODING_GZIP) b.reasons |= REASON_CORRUPT;
    else {
      store<u8>(SNIFFED, b.sniff0);
      decode(b, SNIFFED, 1);
    }
  }
  if (!whole) b.reasons |= REASON_INCOMPLETE;
  else if (b.inflate && !b.ended) {
    const z = changetype<Inflate>(b.inflate);
    if (!isWhole(z)) b.reasons |= membersOf(z) > 0 ? REASON_TRAILING : REASON_CORRUPT;
  }
  dropInflate(b);
  feedEnd(b);
  b.ended = 1;
}

// ---- headers

function contentType(b: Body, size: i32, strict: bool): void {
  b.container = CONTAINER_TEXT;
  if (size <= 0) return;
  const at = inputAt();
  toLower(at, size);
  if (!isKnownCharset(b, at, size)) b.reasons |= REASON_CHARSET;
  if (find(at, size, 'application/x-www-form-urlencoded') >= 0) {
    b.container = CONTAINER_FORM;
    return;
  }
  if (find(at, size, 'json') >= 0) {
    b.container = CONTAINER_JSON;
    return;
  }
  // Strict: no string and no comment is left out, so there is nothing to tell code from.
  if (strict) return;
  if (find(at, size, 'javascript') >= 0 || find(at, size, 'ecmascript') >= 0) b.container = CONTAINER_CODE;
  else if (find(at, size, 'html') >= 0) b.container = CONTAINER_HTML;
}

/** UTF-16 is decoded; what holds ASCII as it is can be read as UTF-8; of the rest (UTF-7, UTF-32, EBCDIC, ISO-2022) nothing is known. */
function isKnownCharset(b: Body, at: usize, size: i32): bool {
  const found = find(at, size, 'charset=');
  if (found < 0) return true;
  let value = at + found + 8;
  const end = at + size;
  if (value < end && (load<u8>(value) == 0x22 || load<u8>(value) == 0x27)) value++;
  const rest = <i32>(end - value);
  if (starts(value, rest, 'utf-16be')) {
    b.charset = CHARSET_UTF16BE;
    return true;
  }
  if (starts(value, rest, 'utf-16')) {
    b.charset = CHARSET_UTF16LE;
    return true;
  }
  return (
    starts(value, rest, 'utf-8') ||
    starts(value, rest, 'utf8') ||
    starts(value, rest, 'us-ascii') ||
    starts(value, rest, 'ascii') ||
    starts(value, rest, 'iso-8859-') ||
    starts(value, rest, 'latin1') ||
    starts(value, rest, 'windows-125') ||
    starts(value, rest, 'koi8')
  );
}

function contentEncoding(b: Body, size: i32): void {
  b.encoding = ENCODING_NONE;
  if (size <= 0) return;
  let at = inputAt();
  let n = size;
  toLower(at, n);
  while (n > 0 && load<u8>(at) <= 0x20) {
    at++;
    n--;
  }
  while (n > 0 && load<u8>(at + n - 1) <= 0x20) n--;
  if (n == 0 || equals(at, n, 'identity')) return;
  if (equals(at, n, 'gzip') || equals(at, n, 'x-gzip')) b.encoding = ENCODING_GZIP;
  else if (equals(at, n, 'deflate')) b.encoding = ENCODING_DEFLATE;
  else b.encoding = ENCODING_UNSEEN;
}

function toLower(at: usize, size: i32): void {
  for (let i = 0; i < size; i++) {
    const byte = load<u8>(at + i);
    if (byte >= 0x41 && byte <= 0x5a) store<u8>(at + i, byte | 0x20);
  }
}

function starts(at: usize, size: i32, text: string): bool {
  const n = text.length;
  if (size < n) return false;
  for (let i = 0; i < n; i++) if (load<u8>(at + i) != text.charCodeAt(i)) return false;
  return true;
}

function equals(at: usize, size: i32, text: string): bool {
  return size == text.length && starts(at, size, text);
}

/** A header is at most 64 KiB, and the words are short. */
function find(at: usize, size: i32, text: string): i32 {
  for (let i = 0; i + text.length <= size; i++) if (starts(at + i, size - i, text)) return i;
  return -1;
}
