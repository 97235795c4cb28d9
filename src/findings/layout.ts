/** Text in columns: how wide it is, wrapped to a width, safe for any terminal. */

/** What a terminal can show. `width` is in columns. */
export interface Terminal {
  readonly width: number;
  readonly color: boolean;
  readonly unicode: boolean;
}

/** Ranges of code points that take two columns (East Asian Wide and Fullwidth, emoji), after Unicode's EastAsianWidth.txt. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];

/** Columns that `text` takes; it must be free of escape sequences. */
export function columns(text: string): number {
  let count = 0;
  for (const char of text) {
    if (/^\p{Mark}$/u.test(char)) continue;
    const point = char.codePointAt(0) ?? 0;
    count += point >= 0x1100 && WIDE.some(([low, high]) => point >= low && point <= high) ? 2 : 1;
  }
  return count;
}

/** `text` followed by spaces up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

/** Spaces up to `width` columns, then `text`. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text;
}

/** The space between a number and its unit, where no line is broken. */
const BEFORE_UNIT = /(\d) (?=(?:[KMGTP]?iB|B|ms|us|s|min|h|d|%)(?:[\s/,.;:)]|$))/g;

/**
 * Breaks `text` at spaces so that no line is wider than `width` columns, except a word that is wider by itself (a path).
 * The first line starts with `first`, the others with `rest`. Newlines in `text` are kept, and so is the indent of each
 * of its lines.
 */
export function wrap(text: string, width: number, first = '', rest = first): string[] {
  const lines: string[] = [];
  for (const paragraph of text.replace(BEFORE_UNIT, '$1\u00a0').split('\n')) {
    const lead = /^ */.exec(paragraph)?.[0] ?? '';
    let line = (lines.length === 0 ? first : rest) + lead;
    let used = columns(line);
    let empty = true;
    for (const word of paragraph.slice(lead.length).split(' ')) {
      if (word === '') continue;
      const size = columns(word);
      if (!empty && used + 1 + size > width) {
        lines.push(line);
        line = rest + lead;
        used = columns(line);
        empty = true;
      }
      line += (empty ? '' : ' ') + word.replaceAll('\u00a0', ' ');
      used += empty ? size : size + 1;
      empty = false;
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

/** Non-ASCII that our own sentences use, and what to write where only ASCII can be shown. */
const ASCII: Readonly<Record<string, string>> = {
  '→': '->',
  '←': '<-',
  '–': '-',
  '—': '-',
  '−': '-',
  '×': 'x',
  '·': '|',
  '…': '...',
  '≥': '>=',
  '≤': '<=',
  '±': '+/-',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  µ: 'u',
  '\u00a0': ' ',
};

/**
 * Text from a profile, made harmless: names come from the program that is diagnosed, and an escape sequence in one must
 * not reach the terminal. Control characters (but for newline and tab) and the marks that reorder text become `\xNN` or `\u{NNNN}`;
 * without Unicode, all that is not ASCII does as well.
 */
export function printable(text: string, unicode: boolean): string {
  const tame = text
    .replaceAll('\t', '    ')
    .replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, (char) => (char === '\n' ? char : codeOf(char)));
  return unicode ? tame : tame.replace(/\P{ASCII}/gu, (char) => ASCII[char] ?? codeOf(char));
}

function codeOf(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  return point < 0x100 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`;
}
