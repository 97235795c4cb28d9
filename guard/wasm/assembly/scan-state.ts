/** What a scanner knows between two code points: one Scan of fixed size, and what its numbers mean. */

export const CLASS_CALL: u8 = 0;
export const CLASS_MEMBER: u8 = 1;
export const CLASS_TEXT: u8 = 2;
export const CLASS_UNCERTAIN: u8 = 3;
export const CLASS_REFERENCE: u8 = 4;
export const CLASSES: i32 = 5;
export const KINDS: i32 = 6;

/** Open brackets of code that are remembered, one byte each. Real code stays under 100. */
export const STACK: i32 = 512;

export const CODE: u8 = 0;
export const LINE: u8 = 1;
export const BLOCK: u8 = 2;
export const STRING: u8 = 3;
export const TEMPLATE: u8 = 4;
export const REGEX: u8 = 5;
export const TEXT: u8 = 6;

// What a `/` after the last token means.
export const OPERATOR: u8 = 0;
export const VALUE: u8 = 1;
export const DOUBT: u8 = 2;

// What stands on the stack of brackets.
export const PAREN: u8 = 1;
export const PAREN_STATEMENT: u8 = 2;
export const PAREN_DOUBT: u8 = 3;
export const BRACE: u8 = 4;
export const SUBSTITUTION: u8 = 5;
export const BRACKET: u8 = 6;

// Where between a name and its parenthesis we are.
export const IDLE: u8 = 0;
export const NAMED: u8 = 1;
export const QUESTION: u8 = 2;
export const CHAIN: u8 = 3;
export const DOT: u8 = 4;
export const FIRST_ARGUMENT: u8 = 5;
/** As NAMED, but behind a closing parenthesis: `(0, eval)` is no mere reference. */
export const CLOSED: u8 = 6;

// `<!--` and, at the beginning of a line, `-->` are comments to the end of the line in old scripts: eval<!--x⏎(1) is a call.
export const HTML_OPEN: u8 = 7;
export const HTML_OPEN_BANG: u8 = 8;
export const HTML_OPEN_DASH: u8 = 9;
export const HTML_CLOSE: u8 = 10;
export const HTML_CLOSE_DASH: u8 = 11;

// A name in brackets: [ 'ev' + 'al' ].
export const KEY_IDLE: u8 = 0;
export const KEY_OPERAND: u8 = 1;
export const KEY_STRING: u8 = 2;
export const KEY_DONE: u8 = 3;

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
export function stackAt(s: Scan, index: i32): usize {
  return changetype<usize>(s) + offsetof<Scan>() + index;
}

@inline
export function countAt(s: Scan, kind: i32, cls: i32): usize {
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
