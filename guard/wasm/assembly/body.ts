/** One body that is being read: what its bytes are taken for, and how far every layer has come. Fixed size, no strings. */
import { SCAN_BYTES, Scan } from './scan-state';

/** What the bytes are, once they are inflated. */
export const CONTAINER_TEXT: u8 = 0;
export const CONTAINER_CODE: u8 = 1;
export const CONTAINER_FORM: u8 = 2;
export const CONTAINER_JSON: u8 = 3;
export const CONTAINER_HTML: u8 = 4;

export const CHARSET_UTF8: u8 = 0;
export const CHARSET_UTF16LE: u8 = 1;
export const CHARSET_UTF16BE: u8 = 2;

/** Why something was not seen; bits, as a body can have several. Names for metrics are in reasonName(). */
export const REASON_ENCODING: u32 = 1;
export const REASON_CORRUPT: u32 = 2;
export const REASON_TRUNCATED: u32 = 4;
export const REASON_CHARSET: u32 = 8;
export const REASON_MEMORY: u32 = 16;
export const REASON_INCOMPLETE: u32 = 32;
export const REASON_MISMATCH: u32 = 64;
export const REASON_TRAILING: u32 = 128;
export const REASONS: i32 = 8;

export function reasonName(bit: u32): string {
  switch (bit) {
    case REASON_ENCODING:
      return 'encoding';
    case REASON_CORRUPT:
      return 'corrupt';
    case REASON_TRUNCATED:
      return 'truncated';
    case REASON_CHARSET:
      return 'charset';
    case REASON_MEMORY:
      return 'memory';
    case REASON_INCOMPLETE:
      return 'incomplete';
    case REASON_MISMATCH:
      return 'mismatch';
    default:
      return 'trailing';
  }
}

@unmanaged
export class Body {
  /** The next free block, while this one is free. */
  next: usize;
  /** Inflate state, or 0. */
  inflate: usize;
  /** Bytes that were looked at, inflated. */
  bytes: u32;
  /** At most that many are. */
  limit: u32;
  reasons: u32;
  container: u8;
  charset: u8;
  ended: u8;
  counted: u8;
  /** Content-Encoding: 0 none, 1 gzip, 2 deflate, 3 what cannot be decoded. */
  encoding: u8;
  /** The first bytes decide what the header may have wrong: how many were looked at, and what they were. */
  sniffed: u8;
  sniff0: u8;
  // UTF-8 and UTF-16.
  utfNeed: i32;
  utfValue: i32;
  utfLeast: i32;
  // Percent escapes.
  percent: i32;
  percentHigh: i32;
  // JSON strings.
  jsonIn: u8;
  jsonEscape: u8;
  jsonValue: i32;
  // Entities: 0 none, 1 behind &, 2 a name, 3 behind &#, 4 decimal, 5 behind &#x, 6 hex.
  entity: i32;
  entityValue: i32;
  entityLen: i32;
  entityName: u64;
  /** Where decoded characters go: 0 the scanner, 1 an attribute of HTML. */
  sink: u8;
  // HTML.
  html: u8;
  foreign: u8;
  endTag: u8;
  attribute: u8;
  scriptEscaped: u8;
  scriptEnding: u8;
  commentDashes: u8;
  nameLen: i32;
  name: u64;
  raw: u64;
  rawLen: i32;
  rawAt: i32;
  recent: u64;
  urlAt: i32;
}

/** Bytes of a body and its scanner, which stands behind it. */
export const BODY_BYTES: usize = ((offsetof<Body>() + 7) & ~7) + SCAN_BYTES;

@inline
export function scanOf(b: Body): Scan {
  return changetype<Scan>(changetype<usize>(b) + ((offsetof<Body>() + 7) & ~7));
}
