import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY, FULL, LEAK } from '../testing/diagnosis.ts';
import { columns, printable, wrap } from './layout.ts';
import { onAxis, sparkline } from './sparkline.ts';
import { writeText } from './text.ts';

describe('writeText', () => {
  it.each([
    ['full-80.txt', FULL, { width: 80, color: false, unicode: true }],
    ['full-120.txt', FULL, { width: 120, color: false, unicode: true }],
    ['full-80-ascii.txt', FULL, { width: 80, color: false, unicode: false }],
    ['full-80-color.txt', FULL, { width: 80, color: true, unicode: true }],
    ['empty.txt', EMPTY, { width: 80, color: false, unicode: true }],
  ])('matches testdata/%s', async (file, diagnosis, terminal) => {
    await expect(writeText(diagnosis, terminal)).toMatchFileSnapshot(`testdata/${file}`);
  });

  it('begins with the verdict', () => {
    const text = writeText(EMPTY, { width: 80, color: false, unicode: true });
    expect(text.split('\n')[0]).toBe(EMPTY.verdict);
  });

  it('differs by colour only in escape sequences', () => {
    const plain = writeText(FULL, { width: 80, color: false, unicode: true });
    const colored = writeText(FULL, { width: 80, color: true, unicode: true });
    expect(plain).not.toContain('\x1b');
    expect(colored).toContain('\x1b[');
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });

  it('is ASCII where Unicode cannot be shown', () => {
    const odd = { ...FULL, notes: ['größer als 5 µs → schlecht, 漢字 in a name'] };
    const text = writeText(odd, { width: 80, color: false, unicode: false });
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(text).toContain('gr\\xf6\\xdfer als 5 us -> schlecht');
  });

  it.each([60, 72, 80, 81, 100, 200])('never exceeds %i columns', (width) => {
    // A name or path that does not fit by itself is the only thing that may: it is one word, behind its label perhaps.
    const lines = writeText(FULL, { width, color: false, unicode: true }).split('\n');
    const tooWide = lines.filter((line) => columns(line) > width && line.trim().includes(' '));
    expect(tooWide.filter((line) => !/^ +where +\S+$/.test(line))).toEqual([]);
  });

  it('does not let the diagnosed program speak to the terminal', () => {
    const evil = 'main.\x1b]0;owned\x07\x9b31m\u202egnp';
    const hostile = {
      ...FULL,
      verdict: evil,
      target: { service: evil, instance: evil, goVersion: evil },
      findings: [
        {
          ...LEAK,
          title: `${evil}\nsecond line`,
          where: { function: evil, file: evil, line: 1 },
          chain: [{ kind: 'frame' as const, text: evil, where: { function: evil, file: evil, line: 1 } }],
          evidence: [{ leg: 'heap' as const, says: evil, numbers: [], captures: [] }],
          fix: { text: evil },
        },
      ],
      ledger: { terms: [{ name: evil, first: 1, last: 1, how: evil }], rss: [1, 1] as const },
      notes: [evil],
    };
    const text = writeText(hostile, { width: 120, color: false, unicode: true });
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
    expect(text).toContain('main.\\x1b]0;owned\\x07\\x9b31m\\u{202e}gnp');
  });
});

describe('wrap', () => {
  it('keeps every word in order within the width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z()./*]{1,20}$/)),
        fc.integer({ min: 24, max: 60 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width, '  - ', '    ');
          expect(
            lines
              .join(' ')
              .split(/\s+/)
              .filter((word) => word !== ''),
          ).toEqual(['-', ...words]);
          for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it('lets a word that is too wide stand alone', () => {
    expect(wrap('see /a/very/long/path here', 10)).toEqual(['see', '/a/very/long/path', 'here']);
  });

  it('keeps line breaks and the indent of code', () => {
    expect(wrap('do:\n\n    ch := make(chan int, 1)\nthen', 80, '  ')).toEqual([
      '  do:',
      '',
      '      ch := make(chan int, 1)',
      '  then',
    ]);
  });

  it('keeps a number and its unit together', () => {
    expect(wrap('grows +14.1 GiB/h in 20 s (95 % interval)', 14)).toEqual([
      'grows',
      '+14.1 GiB/h in',
      '20 s (95 %',
      'interval)',
    ]);
    expect(wrap('4 sessions of 5 s', 9)).toEqual(['4', 'sessions', 'of 5 s']);
  });

  it('counts wide characters as two columns and marks as none', () => {
    expect(columns('漢字')).toBe(4);
    expect(columns('e\u0301')).toBe(1);
    expect(wrap('漢字 漢字', 6)).toEqual(['漢字', '漢字']);
  });
});

it('makes control characters visible and keeps newlines', () => {
  expect(printable('a\tb\nc\x00\u2028', true)).toBe('a    b\nc\\x00\\u{2028}');
});

describe('sparkline', () => {
  it.each([
    [[], ''],
    [[5], '▁'],
    [[0, 0, 0], '▁▁▁'],
    [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
    [[7, null, 0], '█ ▁'],
    // One in a hundred is no growth to see.
    [[100, 101, 100, 101], '▁▁▁▁'],
    [[100, 110], '▁▄'],
    [[-10, 0], '▁█'],
    [[null, null], '  '],
  ])('%j → %s', (values, bars) => expect(sparkline(values, true)).toBe(bars));
});

describe('onAxis', () => {
  it('puts points where they belong in time', () => {
    expect(onAxis([0, 10, 20], [1, 2, 3], 0, 20, 3)).toEqual([1, 2, 3]);
    expect(onAxis([10, 20], [2, 3], 0, 20, 3)).toEqual([null, 2, 3]);
    expect(onAxis([0, 20], [1, 3], 0, 20, 5)).toEqual([1, 1, 1, 3, 3]);
  });

  it('averages what falls into one column', () => {
    expect(onAxis([0, 1, 9, 10], [1, 3, 10, 20], 0, 10, 2)).toEqual([2, 15]);
    const many = Array.from({ length: 1000 }, (_, i) => i);
    expect(onAxis(many, many, 0, 999, 32)).toHaveLength(32);
  });

  it('shows a single point', () => {
    expect(onAxis([5], [7], 5, 5, 1)).toEqual([7]);
    expect(onAxis([], [], 0, 10, 3)).toEqual([null, null, null]);
  });
});
