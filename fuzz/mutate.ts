/** Mutations of inputs, the same for the same seed: a crash is found again by its number. */

import { constants, gunzipSync, gzipSync } from 'node:zlib';

/** Larger inputs find no more and cost time. */
const LARGEST = 256 * 1024;
/** How many mutations one input gets at most; half of all get one. */
const MOST_EDITS = 8;

/** Uniform in [0, n). */
type Random = (n: number) => number;

/** Pieces that change what a parser does: field headers of protobuf, extreme varints, words of the text formats. */
const DICTIONARY: readonly Uint8Array[] = [
  [0x00],
  [0x0a, 0x00],
  [0x12, 0xff, 0xff, 0xff, 0xff, 0x07],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x1f, 0x8b, 0x08, 0x00],
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe],
  [0xf0, 0x9f, 0x92],
]
  .map((bytes) => Uint8Array.from(bytes))
  .concat(
    [
      '\n',
      '\r\n',
      '\n\n',
      '\t',
      '\0',
      '0x',
      '0xffffffffffffffff',
      '18446744073709551616',
      '-1',
      '1e400',
      'NaN',
      '+Inf',
      ': ',
      '@ ',
      '#',
      '# ',
      '...',
      '...additional frames elided...',
      'goroutine ',
      'goroutine 1 [running]:\n',
      'goroutine 99999999999999999999 [chan send, 1 minutes, locked to thread]:\n',
      'created by ',
      ' in goroutine ',
      'panic: ',
      ' (nil chan)',
      '(leaked)',
      'gc 1 @0.1s 0%: ',
      '->',
      ' MB',
      'scav 1 ',
      'heap profile: ',
      'heap/',
      '{k: v}',
      '{le="+Inf"}',
      '# TYPE ',
      'kB',
      'max',
      'VmRSS:',
      '"memstats":',
      '[[[[[[[[',
      '{"a":',
    ].map((text) => Buffer.from(text, 'latin1')),
  );

/** Numbers as text that readers like to get wrong. */
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '4294967296',
  '9007199254740993',
  '9223372036854775808',
  '1e309',
  '00',
  '',
  '0.0.0',
];

/** A generator of pseudo-random numbers (mulberry32) from a text and a number. */
export function randomFrom(text: string, number: number): Random {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(`${text}\0${number}`)) state = Math.imul(state ^ byte, 0x01000193);
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * n);
  };
}

/**
 * Input `number` for a target: one of its seeds, mutated. Number 0 to seeds.length - 1 are the seeds themselves.
 * What is inside a gzip stream is mutated three times out of four, since a wrong checksum stops every reader at once.
 */
export function inputOf(seeds: readonly Uint8Array[], name: string, seed: number, number: number): Uint8Array {
  const plain = seeds[number];
  if (plain !== undefined) return plain;
  const random = randomFrom(`${name}/${seed}`, number);
  const base = pick(seeds, random) ?? new Uint8Array();
  const inner = isGzip(base) && random(4) > 0 ? inflate(base) : null;
  let bytes = inner ?? base;
  const edits = random(2) === 0 ? 1 : 1 + random(MOST_EDITS);
  for (let i = 0; i < edits; i++) bytes = mutate(bytes, seeds, random);
  return inner === null ? bytes : gzipSync(bytes, { level: 1 });
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** What `bytes` inflate to, as far as they do; at most 64 MiB, null where nothing comes out. */
export function inflate(bytes: Uint8Array): Uint8Array | null {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * 1024 * 1024 });
  } catch {
    return null;
  }
}

function mutate(bytes: Uint8Array, seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const edited = EDITS[random(EDITS.length)]?.(bytes, random, seeds) ?? bytes;
  return edited.length > LARGEST ? edited.subarray(0, LARGEST) : edited;
}

type Edit = (bytes: Uint8Array, random: Random, seeds: readonly Uint8Array[]) => Uint8Array;

const EDITS: readonly Edit[] = [
  // One bit.
  (bytes, random) => {
    const out = Uint8Array.from(bytes);
    const at = random(out.length);
    if (out.length > 0) out[at] = (out[at] ?? 0) ^ (1 << random(8));
    return out;
  },
  // One byte: an extreme, a neighbour, or any.
  (bytes, random) => {
    const out = Uint8Array.from(bytes);
    const at = random(out.length);
    if (out.length > 0) out[at] = [0, 0x7f, 0x80, 0xff, 0x20, 0x0a, (out[at] ?? 0) + 1, random(256)][random(8)] ?? 0;
    return out;
  },
  // Cut off the end, or the beginning.
  (bytes, random) => bytes.slice(0, random(bytes.length + 1)),
  (bytes, random) => bytes.slice(random(bytes.length + 1)),
  // Take out a range.
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return replace(bytes, from, to, new Uint8Array());
  },
  // Repeat a range, a few times or thousands.
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    const piece = bytes.subarray(from, to);
    const room = Math.max(1, Math.floor(LARGEST / Math.max(1, piece.length)));
    const times = Math.min(room, 1 + random(random(8) === 0 ? 4096 : 4));
    const many = new Uint8Array(piece.length * times);
    for (let i = 0; i < times; i++) many.set(piece, i * piece.length);
    return replace(bytes, to, to, many);
  },
  // A range from this or another seed, somewhere else.
  (bytes, random, seeds) => {
    const other = pick(seeds, random) ?? bytes;
    const source = isGzip(other) ? (inflate(other) ?? other) : other;
    const [from, to] = range(source, random);
    const at = random(bytes.length + 1);
    const until = random(2) === 0 ? at : Math.min(bytes.length, at + to - from);
    return replace(bytes, at, until, source.subarray(from, to));
  },
  // A piece of the dictionary, put in or written over.
  (bytes, random) => {
    const piece = pick(DICTIONARY, random) ?? new Uint8Array();
    const at = random(bytes.length + 1);
    return replace(bytes, at, random(2) === 0 ? at : Math.min(bytes.length, at + piece.length), piece);
  },
  // A varint: make it longer, or let it never end.
  (bytes, random) => {
    const out = Uint8Array.from(bytes);
    const at = random(out.length);
    for (let i = at; i < Math.min(out.length, at + 1 + random(11)); i++) out[i] = (out[i] ?? 0) | 0x80;
    return out;
  },
  // A number in text.
  (bytes, random) => {
    const at = random(bytes.length + 1);
    const from = bytes.findIndex((byte, i) => i >= at && isDigit(byte));
    if (from < 0) return bytes;
    let to = from;
    while (to < bytes.length && isDigit(bytes[to] ?? 0)) to++;
    const number = random(4) === 0 ? '9'.repeat(1 + random(400)) : (pick(NUMBERS, random) ?? '');
    return replace(bytes, from, to, Buffer.from(number));
  },
  // A line: twice, gone, or after the next.
  (bytes, random) => {
    const at = random(bytes.length + 1);
    const from = bytes.lastIndexOf(0x0a, at - 1) + 1;
    const newline = bytes.indexOf(0x0a, at);
    const to = newline < 0 ? bytes.length : newline + 1;
    const line = bytes.slice(Math.min(from, to), to);
    if (random(3) === 0) return replace(bytes, to, to, line);
    const without = replace(bytes, Math.min(from, to), to, new Uint8Array());
    if (random(2) === 0) return without;
    const next = without.indexOf(0x0a, Math.min(from, without.length));
    const target = next < 0 ? without.length : next + 1;
    return replace(without, target, target, line);
  },
];

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Mostly short ranges, sometimes up to everything. */
function range(bytes: Uint8Array, random: Random): [number, number] {
  const from = random(bytes.length + 1);
  const most = bytes.length - from;
  const length = random(4) === 0 ? random(most + 1) : Math.min(most, random(33));
  return [from, from + length];
}

function replace(bytes: Uint8Array, from: number, to: number, piece: Uint8Array): Uint8Array {
  const out = new Uint8Array(from + piece.length + bytes.length - to);
  out.set(bytes.subarray(0, from));
  out.set(piece, from);
  out.set(bytes.subarray(to), from + piece.length);
  return out;
}

function pick<T>(items: readonly T[], random: Random): T | undefined {
  return items[random(items.length)];
}
