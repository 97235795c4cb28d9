/** Character classes of RE2: what \d, [[:alpha:]], \pL and the escapes stand for. */

/** Whether a code point belongs to the class. */
export type CharClass = (point: number) => boolean;

const DIGIT: CharClass = (p) => p >= 48 && p <= 57;
const WORD: CharClass = (p) => DIGIT(p) || (p >= 65 && p <= 90) || p === 95 || (p >= 97 && p <= 122);
const SPACE: CharClass = (p) => p === 32 || p === 9 || p === 10 || p === 12 || p === 13;
export const not =
  (test: CharClass): CharClass =>
  (p) =>
    !test(p);

export const PERL: Readonly<Record<string, CharClass>> = {
  d: DIGIT,
  D: not(DIGIT),
  w: WORD,
  W: not(WORD),
  s: SPACE,
  S: not(SPACE),
};

export const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

export const POSIX: Readonly<Record<string, CharClass>> = {
  alnum: (p) => WORD(p) && p !== 95,
  alpha: (p) => WORD(p) && p !== 95 && !DIGIT(p),
  ascii: (p) => p < 128,
  blank: (p) => p === 32 || p === 9,
  cntrl: (p) => p < 32 || p === 127,
  digit: DIGIT,
  graph: (p) => p > 32 && p < 127,
  lower: (p) => p >= 97 && p <= 122,
  print: (p) => p >= 32 && p < 127,
  punct: (p) => p > 32 && p < 127 && (!WORD(p) || p === 95),
  space: (p) => SPACE(p) || p === 11,
  upper: (p) => p >= 65 && p <= 90,
  word: WORD,
  xdigit: (p) => DIGIT(p) || (p >= 65 && p <= 70) || (p >= 97 && p <= 102),
};

/** \p{name}: a general category or a script; null where there is none of that name. */
export function unicodeProperty(name: string): RegExp | null {
  if (name === 'Any') return /./su;
  for (const property of [name, `Script=${name}`]) {
    try {
      return new RegExp(`\\p{${property}}`, 'u');
    } catch {
      // Not a property of that kind.
    }
  }
  return null;
}
