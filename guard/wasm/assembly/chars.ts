/** What a code point is to JavaScript: part of a name, white space, a line end. ASCII by table, the rest by ranges. */

const PART: u8 = 1;
const SPACE: u8 = 2;

/** One byte per ASCII character. */
const TABLE: usize = memory.data(128);

export function initChars(): void {
  for (let c = 0; c < 128; c++) {
    const lower = c | 0x20;
    const digit = c >= 0x30 && c <= 0x39;
    const part = (lower >= 0x61 && lower <= 0x7a) || digit || c == 0x24 || c == 0x5f;
    const space = (c >= 0x09 && c <= 0x0d) || c == 0x20;
    store<u8>(TABLE + c, part ? PART : space ? SPACE : 0);
  }
}

/**
 * Whether c can be in an identifier. Beyond ASCII the sign blocks that hold no letters are left out (Unicode's ID_Continue would
 * take a table of 700 ranges): a letter of them that was missed would end a name too early, and so find more, never less.
 */
@inline
export function isIdPart(c: i32): bool {
  return c < 128 ? load<u8>(TABLE + c) == PART : isWideIdPart(c);
}

function isWideIdPart(c: i32): bool {
  if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xb7 || c == 0xba;
  if (c == 0xd7 || c == 0xf7) return false;
  if (c < 0x1680) return true;
  if (c == 0x1680) return false;
  // General punctuation, but for the joiners and the two ties, which names may hold.
  if (c >= 0x2000 && c <= 0x206f) return c == 0x200c || c == 0x200d || c == 0x203f || c == 0x2040 || c == 0x2054;
  if (c >= 0x2190 && c <= 0x2bff) return false;
  if (c >= 0x2e00 && c <= 0x2e7f) return false;
  if (c >= 0x3000 && c <= 0x3020) return c >= 0x3005 && c <= 0x3007;
  if (c >= 0xe000 && c <= 0xf8ff) return false;
  if (c >= 0xfe10 && c <= 0xfe1f) return false;
  if (c >= 0xff00 && c <= 0xff0f) return false;
  if (c == 0xfeff || c == 0xfffd) return false;
  return c < 0x1f000 || c > 0x1faff;
}

/** White space and line ends, as between two tokens of JavaScript. */
@inline
export function isSpace(c: i32): bool {
  return c < 128 ? load<u8>(TABLE + c) == SPACE : isWideSpace(c);
}

function isWideSpace(c: i32): bool {
  return (
    c == 0xa0 ||
    c == 0x1680 ||
    (c >= 0x2000 && c <= 0x200a) ||
    c == 0x2028 ||
    c == 0x2029 ||
    c == 0x202f ||
    c == 0x205f ||
    c == 0x3000 ||
    c == 0xfeff
  );
}

@inline
export function isLineEnd(c: i32): bool {
  return c == 0x0a || c == 0x0d || c == 0x2028 || c == 0x2029;
}

/** As isIdPart(), for a byte that is ASCII or else no part. */
@inline
export function isAsciiIdPart(byte: u32): bool {
  return byte < 128 && load<u8>(TABLE + byte) == PART;
}
