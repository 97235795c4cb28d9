/**
 * Inflate (RFC 1951) that can stop behind any byte and go on: gzip (RFC 1952, several members), zlib (RFC 1950) and raw.
 * Output goes through the 32 KiB window and is handed on whenever that is full or the input is used up, so a body needs one
 * Inflate block whatever its size. Work is bounded by output, and output by the body's limit.
 *
 * Checksums are not checked: what a reader that ignores them would run is looked at.
 */

const WINDOW: i32 = 32768;
const WINDOW_MASK: i32 = WINDOW - 1;
/** Codes of up to so many bits are looked up at once, longer ones counted out bit by bit. */
const FAST: i32 = 10;
const FAST_SIZE: i32 = 1 << FAST;
const MAX_BITS: i32 = 15;

export const FORMAT_GZIP: u8 = 1;
/** zlib, or raw where the first two bytes are no zlib header: both are sent under the name deflate. */
export const FORMAT_DEFLATE: u8 = 2;

export const MORE: i32 = 0;
export const DONE: i32 = 1;
export const BAD: i32 = 2;
/** Whoever takes the output has had enough. */
export const FULL: i32 = 3;

const HEAD: u8 = 0;
const GZIP_FIXED: u8 = 1;
const GZIP_EXTRA_LENGTH: u8 = 2;
const GZIP_EXTRA: u8 = 3;
const GZIP_NAME: u8 = 4;
const GZIP_COMMENT: u8 = 5;
const GZIP_CRC: u8 = 6;
const BLOCK: u8 = 7;
const STORED: u8 = 8;
const COPY: u8 = 9;
const COUNTS: u8 = 10;
const LENGTH_CODES: u8 = 11;
const LENGTHS: u8 = 12;
const REPEAT: u8 = 13;
const SYMBOL: u8 = 14;
const EXTRA: u8 = 15;
const DISTANCE: u8 = 16;
const DISTANCE_EXTRA: u8 = 17;
const TRAILER: u8 = 18;
const END: u8 = 19;

@unmanaged
export class Inflate {
  next: usize;
  hold: u64;
  bits: i32;
  format: u8;
  state: u8;
  last: u8;
  /** gzip's flags; for deflate, 1 when there was a zlib header. */
  flags: u8;
  /** Members of gzip that ended. */
  members: i32;
  need: i32;
  written: i32;
  /** Where output begins that was not handed on. */
  from: i32;
  /** Bytes of output so far, but no more than a window of them: how far back a distance may go. */
  behind: i32;
  lengths: i32;
  distances: i32;
  codeLengths: i32;
  at: i32;
  symbol: i32;
  matchLength: i32;
  // Input.
  input: usize;
  inputEnd: usize;
}

// Behind it: window, the lengths being read (320), and two code tables.
const OFFSET_WINDOW: usize = (offsetof<Inflate>() + 15) & ~15;
const OFFSET_LENGTHS: usize = OFFSET_WINDOW + WINDOW;
// A table: FAST_SIZE entries of u16 (length << 12 is too small for 15, so: symbol << 4 | length), counts of u16, symbols of u16.
const TABLE_COUNTS: usize = FAST_SIZE * 2;
const TABLE_SYMBOLS: usize = TABLE_COUNTS + 16 * 2;
const TABLE_BYTES: usize = TABLE_SYMBOLS + 288 * 2;
const OFFSET_LITERAL: usize = OFFSET_LENGTHS + 320;
const OFFSET_DISTANCE: usize = OFFSET_LITERAL + TABLE_BYTES;
export const INFLATE_BYTES: usize = OFFSET_DISTANCE + TABLE_BYTES;

/** RFC 1951, 3.2.5: base and extra bits of lengths 257-285 and of distances 0-29; 3.2.7: the order of code lengths. */
const LENGTH_BASE = memory.data<u16>([3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]);
const LENGTH_EXTRA = memory.data<u8>([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]);
const DISTANCE_BASE = memory.data<u16>([1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]);
const DISTANCE_EXTRA_BITS = memory.data<u8>([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]);
const ORDER = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

@inline
function base(z: Inflate): usize {
  return changetype<usize>(z);
}

export function beginInflate(z: Inflate, format: u8): void {
  z.format = format;
  z.state = HEAD;
  z.need = 0;
}

export function membersOf(z: Inflate): i32 {
  return z.members;
}

/** Gives `len` bytes at `at` to take from; run() then is called until it says something but FULL. */
export function input(z: Inflate, at: usize, len: i32): void {
  z.input = at;
  z.inputEnd = at + len;
}

/** Output that is ready: where, and how long. It is gone with the next run(). */
@inline
export function outputAt(z: Inflate): usize {
  return base(z) + OFFSET_WINDOW + z.from;
}

@inline
export function outputLength(z: Inflate): i32 {
  return z.written - z.from;
}

/** What was ready has been taken. */
export function taken(z: Inflate): void {
  if (z.written == WINDOW) z.written = 0;
  z.from = z.written;
}

/** Fills the bit buffer as far as there is input: up to 56 bits and more. */
@inline
function fill(z: Inflate): void {
  while (z.bits <= 56 && z.input < z.inputEnd) {
    z.hold |= u64(load<u8>(z.input)) << z.bits;
    z.input++;
    z.bits += 8;
  }
}

@inline
function take(z: Inflate, n: i32): i32 {
  const value = i32(z.hold & ((1 << n) - 1));
  z.hold >>= n;
  z.bits -= n;
  return value;
}

/**
 * Decodes until the input is used up (MORE), the window is full (FULL), the stream ended (DONE) or is broken (BAD).
 * Output may be ready in every case.
 */
export function run(z: Inflate): i32 {
  while (true) {
    fill(z);
    switch (z.state) {
      case HEAD: {
        if (z.bits < 16) return MORE;
        const two = i32(z.hold & 0xffff);
        if (z.format == FORMAT_GZIP) {
          if (two != 0x8b1f) {
            // Bytes behind the last member: the caller says that they were not looked at.
            return z.members > 0 ? DONE : BAD;
          }
          z.state = GZIP_FIXED;
          break;
        }
        // CMF, FLG: method 8, and a multiple of 31.
        const cmf = two & 0xff;
        if ((cmf & 15) == 8 && cmf >> 4 <= 7 && ((cmf << 8) | (two >> 8)) % 31 == 0) {
          if (two & 0x2000) return BAD;
          take(z, 16);
          z.flags = 1;
        }
        z.state = BLOCK;
        break;
      }
      case GZIP_FIXED: {
        // 10 bytes: magic, method, flags, time (4), extra flags, system. 64 bits hold 8 of them.
        if (z.need == 0) {
          if (z.bits < 32) return MORE;
          take(z, 16);
          if (take(z, 8) != 8) return BAD;
          z.flags = <u8>take(z, 8);
          if (z.flags & 0xe0) return BAD;
          z.need = 6;
          break;
        }
        if (z.bits < 8) return MORE;
        take(z, 8);
        z.need -= 1;
        if (z.need == 0) z.state = GZIP_EXTRA_LENGTH;
        break;
      }
      case GZIP_EXTRA_LENGTH:
        if (z.flags & 4) {
          if (z.bits < 16) return MORE;
          z.need = take(z, 16);
          z.state = GZIP_EXTRA;
        } else z.state = GZIP_NAME;
        break;
      case GZIP_EXTRA:
        if (z.need == 0) z.state = GZIP_NAME;
        else {
          if (z.bits < 8) return MORE;
          take(z, 8);
          z.need -= 1;
        }
        break;
      case GZIP_NAME:
        if (z.flags & 8) {
          if (z.bits < 8) return MORE;
          if (take(z, 8) == 0) z.state = GZIP_COMMENT;
        } else z.state = GZIP_COMMENT;
        break;
      case GZIP_COMMENT:
        if (z.flags & 16) {
          if (z.bits < 8) return MORE;
          if (take(z, 8) == 0) z.state = GZIP_CRC;
        } else z.state = GZIP_CRC;
        break;
      case GZIP_CRC:
        if (z.flags & 2) {
          if (z.bits < 16) return MORE;
          take(z, 16);
        }
        z.behind = 0;
        z.state = BLOCK;
        break;
      case BLOCK: {
        if (z.last) {
          // What is left of the byte is no data.
          take(z, z.bits & 7);
          // CRC and size, or Adler-32, or nothing.
          z.need = z.format == FORMAT_GZIP ? 8 : z.flags ? 4 : 0;
          z.state = TRAILER;
          break;
        }
        if (z.bits < 3) return MORE;
        z.last = <u8>take(z, 1);
        const type = take(z, 2);
        if (type == 0) {
          take(z, z.bits & 7);
          z.state = STORED;
        } else if (type == 1) {
          fixedCodes(z);
          z.state = SYMBOL;
        } else if (type == 2) z.state = COUNTS;
        else return BAD;
        break;
      }
      case STORED: {
        if (z.bits < 32) return MORE;
        const len = take(z, 16);
        if (take(z, 16) != (len ^ 0xffff)) return BAD;
        z.need = len;
        z.state = COPY;
        break;
      }
      case COPY:
        while (z.need > 0) {
          if (z.bits < 8) {
            fill(z);
            if (z.bits < 8) return MORE;
          }
          put(z, <u8>take(z, 8));
          z.need -= 1;
          if (z.written == WINDOW) return FULL;
        }
        z.state = BLOCK;
        break;
      case COUNTS:
        if (z.bits < 14) return MORE;
        z.lengths = take(z, 5) + 257;
        z.distances = take(z, 5) + 1;
        z.codeLengths = take(z, 4) + 4;
        if (z.lengths > 286 || z.distances > 30) return BAD;
        z.at = 0;
        memory.fill(base(z) + OFFSET_LENGTHS, 0, 320);
        z.state = LENGTH_CODES;
        break;
      case LENGTH_CODES:
        while (z.at < z.codeLengths) {
          if (z.bits < 3) {
            fill(z);
            if (z.bits < 3) return MORE;
          }
          store<u8>(base(z) + OFFSET_LENGTHS + load<u8>(ORDER + z.at), <u8>take(z, 3));
          z.at++;
        }
        // The table of literals serves for this small code first.
        if (!build(base(z) + OFFSET_LITERAL, base(z) + OFFSET_LENGTHS, 19, false)) return BAD;
        memory.fill(base(z) + OFFSET_LENGTHS, 0, 320);
        z.at = 0;
        z.state = LENGTHS;
        break;
      case LENGTHS: {
        const total = z.lengths + z.distances;
        if (z.at >= total) {
          const lengths = base(z) + OFFSET_LENGTHS;
          // A block without an end code never ends.
          if (load<u8>(lengths + 256) == 0) return BAD;
          if (!build(base(z) + OFFSET_LITERAL, lengths, z.lengths, true)) return BAD;
          if (!build(base(z) + OFFSET_DISTANCE, lengths + z.lengths, z.distances, true)) return BAD;
          z.state = SYMBOL;
          break;
        }
        const symbol = decode(z, base(z) + OFFSET_LITERAL);
        if (symbol < 0) return symbol == -1 ? MORE : BAD;
        if (symbol < 16) {
          store<u8>(base(z) + OFFSET_LENGTHS + z.at, <u8>symbol);
          z.at++;
        } else {
          z.symbol = symbol;
          z.state = REPEAT;
        }
        break;
      }
      case REPEAT: {
        const symbol = z.symbol;
        const extra = symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
        if (z.bits < extra) return MORE;
        let count = take(z, extra) + (symbol == 18 ? 11 : 3);
        let value: u8 = 0;
        if (symbol == 16) {
          if (z.at == 0) return BAD;
          value = load<u8>(base(z) + OFFSET_LENGTHS + z.at - 1);
        }
        if (z.at + count > z.lengths + z.distances) return BAD;
        for (; count > 0; count--) store<u8>(base(z) + OFFSET_LENGTHS + z.at++, value);
        z.state = LENGTHS;
        break;
      }
      case SYMBOL: {
        const got = symbols(z);
        if (got >= 0) return got;
        break;
      }
      case EXTRA: {
        const extra = <i32>load<u8>(LENGTH_EXTRA + z.symbol);
        if (z.bits < extra) return MORE;
        z.matchLength = <i32>load<u16>(LENGTH_BASE + (z.symbol << 1)) + take(z, extra);
        z.state = DISTANCE;
        break;
      }
      case DISTANCE: {
        const symbol = decode(z, base(z) + OFFSET_DISTANCE);
        if (symbol < 0) return symbol == -1 ? MORE : BAD;
        if (symbol > 29) return BAD;
        z.symbol = symbol;
        z.state = DISTANCE_EXTRA;
        break;
      }
      case DISTANCE_EXTRA: {
        // Once the distance is known it stays in at, for a match that is cut by the end of the window.
        if (z.symbol >= 0) {
          const extra = <i32>load<u8>(DISTANCE_EXTRA_BITS + z.symbol);
          if (z.bits < extra) return MORE;
          z.at = <i32>load<u16>(DISTANCE_BASE + (z.symbol << 1)) + take(z, extra);
          if (z.at > z.behind) return BAD;
          z.symbol = -1;
        }
        const window = base(z) + OFFSET_WINDOW;
        let written = z.written;
        const count = min(z.matchLength, WINDOW - written);
        const end = written + count;
        const distance = z.at;
        for (; written < end; written++) store<u8>(window + written, load<u8>(window + ((written - distance) & WINDOW_MASK)));
        z.written = written;
        z.behind = min(z.behind + count, WINDOW);
        z.matchLength -= count;
        if (z.matchLength == 0) z.state = SYMBOL;
        if (written == WINDOW) return FULL;
        break;
      }
      case TRAILER:
        if (z.need > 0) {
          if (z.bits < 8) return MORE;
          take(z, 8);
          z.need -= 1;
          break;
        }
        if (z.format != FORMAT_GZIP) {
          z.state = END;
          break;
        }
        z.members++;
        z.last = 0;
        z.state = HEAD;
        // Nothing more is the usual end.
        if (z.bits == 0 && z.input == z.inputEnd) return MORE;
        break;
      default:
        return DONE;
    }
  }
}

/** Whether the stream may end here: behind a whole member. */
export function isWhole(z: Inflate): bool {
  return z.state == END || (z.state == HEAD && z.members > 0 && z.bits == 0);
}

/** Whether bytes came behind the end. */
export function hasTrailing(z: Inflate): bool {
  return z.bits >= 8 || z.input < z.inputEnd;
}

@inline
function put(z: Inflate, byte: u8): void {
  store<u8>(base(z) + OFFSET_WINDOW + z.written, byte);
  z.written++;
  if (z.behind < WINDOW) z.behind++;
}

/** Literals and matches, the inner loop. -1: go on with the state that was set; else what run() is to return. */
function symbols(z: Inflate): i32 {
  const table = base(z) + OFFSET_LITERAL;
  while (true) {
    if (z.bits < MAX_BITS) fill(z);
    const symbol = decode(z, table);
    if (symbol < 0) return symbol == -1 ? MORE : BAD;
    if (symbol < 256) {
      put(z, <u8>symbol);
      if (z.written == WINDOW) return FULL;
      continue;
    }
    if (symbol == 256) {
      z.state = BLOCK;
      return -1;
    }
    if (symbol > 285) return BAD;
    z.symbol = symbol - 257;
    z.state = EXTRA;
    return -1;
  }
}

/** The next symbol of a code; -1 when it needs bits that are not there yet, -2 when there is no such code. */
function decode(z: Inflate, table: usize): i32 {
  const bits = z.bits;
  const entry = <i32>load<u16>(table + ((<usize>z.hold & (FAST_SIZE - 1)) << 1));
  if (entry) {
    const length = entry & 15;
    if (length > bits) return -1;
    z.hold >>= length;
    z.bits = bits - length;
    return entry >> 4;
  }
  // Longer than FAST, or none: canonical codes of each length are consecutive, so counting finds them.
  const counts = table + TABLE_COUNTS;
  let code = 0;
  let first = 0;
  let index = 0;
  let hold = z.hold;
  for (let length = 1; length <= MAX_BITS; length++) {
    if (length > bits) return -1;
    code |= i32(hold & 1);
    hold >>= 1;
    const count = <i32>load<u16>(counts + (length << 1));
    if (code - count < first) {
      z.hold >>= length;
      z.bits = bits - length;
      return <i32>load<u16>(table + TABLE_SYMBOLS + ((index + code - first) << 1));
    }
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return -2;
}

/** Makes a code's table of its lengths. Over-subscribed codes are refused, incomplete ones but for a single code (RFC 1951, 3.2.7). */
function build(table: usize, lengths: usize, n: i32, single: bool): bool {
  memory.fill(table, 0, TABLE_BYTES);
  const counts = table + TABLE_COUNTS;
  for (let i = 0; i < n; i++) {
    const at = counts + (<usize>load<u8>(lengths + i) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
  const used = n - <i32>load<u16>(counts);
  store<u16>(counts, 0);
  let left = 1;
  for (let length = 1; length <= MAX_BITS; length++) {
    left = (left << 1) - <i32>load<u16>(counts + (length << 1));
    if (left < 0) return false;
  }
  // No distance code at all is a block of literals; one code of one bit is a block with one distance.
  if (left > 0 && !(single && (used == 0 || (used == 1 && load<u16>(counts + 2) == 1)))) return false;
  const symbols = table + TABLE_SYMBOLS;
  let code = 0;
  let index = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    const count = <i32>load<u16>(counts + (length << 1));
    let seen = 0;
    if (count > 0) {
      for (let symbol = 0; symbol < n && seen < count; symbol++) {
        if (<i32>load<u8>(lengths + symbol) != length) continue;
        store<u16>(symbols + (index << 1), <u16>symbol);
        if (length <= FAST) fast(table, code, length, symbol);
        index++;
        code++;
        seen++;
      }
    }
    code <<= 1;
  }
  return true;
}

/** Every entry whose lowest bits are the code, which is sent with its highest bit first. */
function fast(table: usize, code: i32, length: i32, symbol: i32): void {
  let reversed = 0;
  for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
  const entry = <u16>((symbol << 4) | length);
  for (let i = reversed; i < FAST_SIZE; i += 1 << length) store<u16>(table + (i << 1), entry);
}

/** RFC 1951, 3.2.6. */
function fixedCodes(z: Inflate): void {
  const lengths = base(z) + OFFSET_LENGTHS;
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  build(base(z) + OFFSET_LITERAL, lengths, 288, false);
  memory.fill(lengths, 5, 30);
  fixedDistances(z, lengths);
}

/** 30 codes of 5 bits: two are left over, which build() would refuse in a code of a stream. */
function fixedDistances(z: Inflate, lengths: usize): void {
  memory.fill(lengths + 30, 5, 2);
  build(base(z) + OFFSET_DISTANCE, lengths, 32, false);
}
