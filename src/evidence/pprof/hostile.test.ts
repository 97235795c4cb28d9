import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../error.ts';
import { ByteWriter } from './byte-writer.ts';
import { goPprof, rawText, runPprof, withFiles } from './go-pprof.testing.ts';
import { pruneUninteresting } from './prune.ts';
import { readProfile } from './read.ts';
import { profileFromText } from './testing.ts';
import { encodeProfile, writeProfile } from './write.ts';

const utf8 = new TextEncoder();

/** A message from [field, number | bigint | string | bytes] pairs; numbers are varints. */
function message(...fields: readonly (readonly [number, number | bigint | string | Uint8Array])[]): Uint8Array {
  const out = new ByteWriter();
  for (const [field, value] of fields) {
    if (typeof value === 'string') out.field(field, utf8.encode(value));
    else if (value instanceof Uint8Array) out.field(field, value);
    else {
      out.varint(field << 3);
      if (typeof value === 'bigint') out.varintBig(value);
      else out.varint(value);
    }
  }
  return out.view().slice();
}

function packed(...values: readonly (number | bigint)[]): Uint8Array {
  const out = new ByteWriter();
  for (const value of values) out.varintBig(BigInt(value));
  return out.view().slice();
}

const TYPE = [1, message([1, 1], [2, 2])] as const;
const STRINGS = ['', 'space', 'bytes', 'main.f', 'f.go'].map((text) => [6, text] as const);
const FUNCTION = [5, message([1, 1], [2, 3], [3, 3], [4, 4])] as const;
const LOCATION = [4, message([1, 1], [2, 1], [4, message([1, 1], [2, 10])])] as const;
// Without a mapping, go tool pprof would invent one.
const MAPPING = [3, message([1, 1], [2, 1])] as const;

function profile(...rest: readonly (readonly [number, number | bigint | string | Uint8Array])[]): Uint8Array {
  return message(TYPE, ...STRINGS, MAPPING, FUNCTION, LOCATION, ...rest);
}

const HUGE = 2n ** 63n - 1n;
const HASH = 0xdead_beef_cafe_f00dn;

/** Unusual and valid: go tool pprof must see the same. */
const unusual: readonly (readonly [string, Uint8Array])[] = [
  ['unpacked lists', profile([2, message([1, 1], [2, 5])], [2, message([1, 1], [1, 1], [1, 1], [2, 6])])],
  [
    'packed lists in pieces',
    profile([2, message([1, packed(1)], [1, packed(1, 1)], [2, packed()], [2, packed(7)], [1, 1])]),
  ],
  ['values before the stack', profile([2, message([2, packed(7)], [1, packed(1)])])],
  [
    'negative and huge values',
    profile([2, message([1, 1], [2, packed(-1)])], [2, message([1, 1], [2, HUGE])], [2, message([1, 1], [2, -HUGE])]),
  ],
  [
    'values around 2^53',
    profile(
      ...[2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n].map(
        (v) => [2, message([1, 1], [2, v])] as const,
      ),
    ),
  ],
  [
    'values of every length',
    profile(...Array.from({ length: 63 }, (_, bit) => [2, message([1, 1], [2, packed(1n << BigInt(bit))])] as const)),
  ],
  [
    'an overlong number',
    profile([
      2,
      Uint8Array.of(0x08, 0x81, 0x80, 0x00, 0x10, 0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00),
    ]),
  ],
  ['fields nobody knows', profile([99, 'x'], [2, message([9, 1], [1, 1], [2, 5], [77, 'y'])], [100, 5n])],
  [
    'sparse ids',
    message(
      TYPE,
      ...STRINGS,
      MAPPING,
      [5, message([1, HASH], [2, 3])],
      [5, message([1, 70_000], [2, 3])],
      [4, message([1, HUGE], [2, 1], [4, message([1, HASH], [2, 10])])],
      [4, message([1, 1_000_000], [2, 1], [4, message([1, 70_000])])],
      [2, message([1, packed(HUGE, 1_000_000)], [2, packed(3)])],
      [2, message([1, 1_000_000], [2, 4])],
    ),
  ],
  [
    'ids beyond three bytes',
    message(
      TYPE,
      ...STRINGS,
      MAPPING,
      FUNCTION,
      ...Array.from(
        { length: 3 },
        (_, i) => [4, message([1, 2 ** 21 - 1 + i], [2, 1], [4, message([1, 1], [2, i])])] as const,
      ),
      [2, message([1, packed(2 ** 21 - 1, 2 ** 21, 2 ** 21 + 1)], [2, packed(3)])],
    ),
  ],
  [
    'labels',
    profile([
      2,
      message(
        [1, 1],
        [2, 5],
        [3, message([1, 3], [2, 4])],
        [3, message([1, 3], [2, 3])],
        [3, message([1, 1], [3, 12], [4, 2])],
        [3, message([1, 4], [3, -9n])],
        [3, message([1, 2], [3, HUGE])],
      ),
    ]),
  ],
  ['tables after the samples', message([2, message([1, 1], [2, 5])], LOCATION, FUNCTION, MAPPING, ...STRINGS, TYPE)],
  [
    'header',
    profile(
      [9, 1_600_000_000_000_000_001n],
      [12, 512],
      [11, message([1, 1], [2, 2])],
      [13, packed(3, 4)],
      [13, 3],
      [14, 1],
      [15, 4],
      [2, message([2, 1])],
    ),
  ],
  [
    'mappings',
    profile(
      [3, message([1, 7], [2, 0x1000], [3, HASH], [4, 16], [5, 4], [6, 3], [7, 1], [9, 1])],
      [4, message([1, 2], [2, 7], [3, 0x1010], [5, 1])],
      [4, message([1, 3], [2, 99], [3, 5])],
      [2, message([1, packed(2, 3)], [2, packed(1)])],
    ),
  ],
];

describe.skipIf(goPprof === '')('unusual profiles, against go tool pprof -raw', () => {
  it.each(unusual)('%s', (_, bytes) => {
    withFiles([gzipSync(bytes)], ([file = '']) => {
      expect(rawText(readProfile(bytes))).toBe(runPprof(['-raw', file]));
    });
  });

  it.each(unusual)('%s, written again', (_, bytes) => {
    withFiles([writeProfile(readProfile(bytes))], ([file = '']) => {
      expect(runPprof(['-raw', file])).toBe(rawText(readProfile(bytes)));
    });
  });
});

const valid = profile([2, message([1, 1], [2, 5])]);

const broken: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['nothing', new Uint8Array(0), /the file is empty/],
  ['gzipped nothing', gzipSync(''), /unpacks to nothing/],
  [
    'an HTML page',
    utf8.encode('<!DOCTYPE html>\n<html><body>404</body></html>'),
    /an HTML page, not a profile .* at byte 0$/,
  ],
  ['a gzipped HTML page', gzipSync('  <html><body>404</body></html>'), /an HTML page/],
  ['a text', utf8.encode(`${'hello '.repeat(20)}\n`), /this is a text, not a profile/],
  [
    'a cut-off gzip',
    writeProfile(readProfile(valid)).subarray(0, 60),
    /cut off; fetch the file again: it ends at byte 60$/,
  ],
  [
    'a damaged gzip',
    writeProfile(readProfile(valid)).with(20, 255).with(21, 255),
    /the gzip data is damaged|not a valid pprof/,
  ],
  [
    'a random binary',
    Uint8Array.from({ length: 200 }, (_, i) => (i * 197 + 13) % 256),
    /not a valid pprof profile: .* at byte \d+$/,
  ],
  ['an ELF file', utf8.encode(`\x7fELF\x02\x01\x01${'\0'.repeat(60)}`), /not a valid pprof profile/],
  ['a cut-off profile', valid.subarray(0, valid.length - 3), /longer than the \d+ bytes left at byte \d+/],
  ['a cut-off number', Uint8Array.of(0x48, 0x80), /a number is cut off at byte 1/],
  ['an endless number', Uint8Array.of(0x48, ...new Array<number>(12).fill(0x80)), /longer than ten bytes at byte 1/],
  ['wire type 7', Uint8Array.of(0x4f, 1), /wire type 7 does not exist at byte 0/],
  [
    'a length of 2^63',
    profile([2, Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)]),
    /a field of \d+ bytes is longer/,
  ],
  ['a number cut off inside a packed list', profile([2, Uint8Array.of(0x0a, 1, 0x81, 0x10, 5)]), /a number is cut off/],
  ['no strings', message(TYPE), /no string table/],
  ['a first string', message([6, 'x']), /first string is not empty/],
  ['a string outside the table', profile([7, 99]), /string 99 is outside the table of 5/],
  ['an unknown location', profile([2, message([1, 9], [2, 5])]), /names location 9, which does not exist at byte/],
  ['an unknown location in a list', profile([2, message([1, packed(1, 300)], [2, packed(5)])]), /names location 300/],
  ['an unknown function', profile([4, message([1, 2], [4, message([1, 9])])]), /names no known function/],
  ['location id 0', profile([4, message([3, 5])]), /reserved id 0/],
  ['two equal ids', profile([4, message([1, 1])]), /two entries have the location id 1/],
  [
    'two equal large ids',
    profile([4, message([1, HASH])], [4, message([1, HASH])]),
    /two entries have the location id/,
  ],
  ['too few values', profile([2, message([1, 1])]), /0 values for 1 sample types/],
  ['too many values', profile([2, message([1, 1], [2, packed(1, 2)])]), /2 values for 1 sample types/],
  ['no sample type', message(...STRINGS, FUNCTION, LOCATION, [2, message([1, 1])]), /samples but no sample type/],
  ['a string where a number belongs', profile([9, 'x']), /field 9 of the profile has wire type 2 instead of 0/],
  ['two profiles in one', message([9, 5], ...STRINGS, [9, 6]), /two profiles are concatenated/],
  [
    'a heap text with a bad line',
    utf8.encode('heap profile: 1: 2 [1: 2] @ heap/1024\nnonsense\n'),
    /`nonsense` is not a record .* at byte 38$/,
  ],
  [
    'a heap text with bytes but no objects',
    utf8.encode('heap profile: 1: 2 [1: 2] @ heap/1024\n0: 5 [1: 2] @ 0x1\n'),
    /bytes but no objects/,
  ],
  ['a goroutine dump', utf8.encode('goroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n'), /a goroutine dump/],
];

describe('what is no profile', () => {
  it.each(broken)('%s', (_, bytes, sentence) => {
    expect(() => readProfile(bytes)).toThrow(EvidenceError);
    expect(() => readProfile(bytes)).toThrow(sentence);
  });

  it.skipIf(goPprof === '').each(broken.filter(([name]) => !/gzip|nothing/.test(name)))(
    '%s: go tool pprof refuses it as well',
    (_, bytes) => {
      withFiles([bytes], ([file = '']) => expect(() => runPprof(['-raw', file])).toThrow());
    },
  );

  it('every prefix of a profile is refused or read, never more', () => {
    const whole = encodeProfile(profileFromText('a/count b/bytes\nmain.a > main.b ~> main.c | 1 -2 | k=v s:bytes=3'));
    for (let length = 0; length < whole.length; length++) {
      try {
        readProfile(whole.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(EvidenceError);
      }
    }
  });
});

describe('limits', () => {
  it('stops a gzip bomb at the limit', () => {
    const bomb = gzipSync(new Uint8Array(64 << 20));
    expect(() => readProfile(bomb, { maxBytes: 1 << 20 })).toThrow(/unpacks to more than 1 MiB/);
  });

  it('does not allocate by sample types × samples', () => {
    const types = Array.from({ length: 3000 }, () => [1, new Uint8Array(0)] as const);
    const samples = Array.from({ length: 3000 }, () => [2, new Uint8Array(0)] as const);
    expect(() => readProfile(message([6, ''], ...types, ...samples))).toThrow(/cannot hold 3000 values each/);
  });

  it('does not multiply inlined calls by samples', () => {
    const lines = Array.from({ length: 20_000 }, () => [4, message([1, 1])] as const);
    const stack = packed(...new Array<number>(20_000).fill(2));
    const bytes = profile([4, message([1, 2], ...lines)], [2, message([1, stack], [2, 1])]);
    expect(() => readProfile(bytes)).toThrow(/its inlined calls make 400000000 frames/);
  });

  it('gives up a drop_frames that takes too long', () => {
    const hostile = profileFromText(`a/count\n${'x'.repeat(100_000)} > main.a | 1`, {
      dropFrames: `(${'(x|y)*'.repeat(4000)}z)`,
    });
    expect(pruneUninteresting(hostile)).toBe(hostile);
  });

  it('does not search a whole record for each of its comments', () => {
    const addresses = Array.from({ length: 60_000 }, (_, i) => ` 0x${(i + 1).toString(16)}`).join('');
    const comments = '#\t0xffffff\tmain.f+0x1\t/a.go:1\n'.repeat(100_000);
    const bytes = utf8.encode(`goroutine profile: total 1\n1 @${addresses}\n${comments}`);
    expect(readProfile(bytes).samples.stackLocations).toHaveLength(60_000);
  });

  it('refuses a text with a line without end', () => {
    const bytes = utf8.encode(`goroutine profile: total 1\n1 @${' 0x1'.repeat(5_000_000)}\n`);
    expect(() => readProfile(bytes)).toThrow(/a line of 20000003 bytes is no line of a profile at byte 27$/);
  });

  it('reads two gzip members as one profile', () => {
    const half = valid.length >> 1;
    const two = Buffer.concat([gzipSync(valid.subarray(0, half)), gzipSync(valid.subarray(half))]);
    expect(rawText(readProfile(two))).toBe(rawText(readProfile(valid)));
  });
});
