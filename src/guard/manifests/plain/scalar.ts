/** Scalars of one line as YAML 1.1 resolves them (as go-yaml does); what is rare is left to the whole YAML reader. */

/** Thrown for whatever the small reader does not know for certain; never leaves src/guard/manifests/plain. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}

/** Made once: a stack for every document that is handed on would cost more than finding out. */
const GIVE_UP = new GiveUp('outside of the subset');

export function giveUp(): never {
  throw GIVE_UP;
}

/** Words that are no texts. https://yaml.org/type/bool.html, https://yaml.org/type/null.html */
const WORDS = new Map<string, boolean | null>();
for (const word of ['~', 'null', 'Null', 'NULL']) WORDS.set(word, null);
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) WORDS.set(word, true);
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) WORDS.set(word, false);
const LONGEST_WORD = 5;

/** Numbers whose value leaves no doubt: a double holds 15 digits. */
const SIMPLE_NUMBER = /^(?:-?[1-9]\d{0,14}|0|-?(?:0|[1-9]\d{0,7})\.\d{1,7})$/;
/** Every other form of number of YAML 1.1, and some that are none. https://yaml.org/type/int.html, https://yaml.org/type/float.html */
const LIKE_NUMBER = /^[-+]?(?:0b[01_]+|0x[0-9a-f_]+|(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|\.(?:inf|nan))$/i;

/** The value of a plain scalar, which is not empty and has no space at either end. @throws GiveUp */
export function plainScalar(text: string): unknown {
  const first = text.charCodeAt(0);
  // Digits, and + - . before them.
  if ((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e) {
    if (SIMPLE_NUMBER.test(text)) return Number(text);
    return LIKE_NUMBER.test(text) ? giveUp() : text;
  }
  if (text.length <= LONGEST_WORD) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
  }
  // `e5` is a float by the letter of the expression, and `<<` merges.
  if (((first === 0x65 || first === 0x45) && /^[eE][-+]?[0-9]+$/.test(text)) || text === '<<') return giveUp();
  return text;
}

/**
 * End of a quoted scalar that begins at `at`, after its last quote. Its further lines have to stand right of `column`; with
 * Infinity there are none. @throws GiveUp
 */
export function endOfQuoted(text: string, at: number, column: number): number {
  const quote = text.charCodeAt(at);
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x0a) {
      const line = i + 1;
      while (text.charCodeAt(i + 1) === 0x20) i++;
      // Empty lines fold by rules of their own.
      if (i + 1 - line <= column || text.charCodeAt(i + 1) === 0x0a) return giveUp();
    } else if (code < 0x20) return giveUp();
    else if (code === quote) {
      if (quote === 0x27 && text.charCodeAt(i + 1) === quote) i++;
      else return i + 1;
    } else if (code === 0x5c && quote === 0x22) {
      if (text.charCodeAt(i + 1) === 0x0a) return giveUp();
      i++;
    }
  }
  return giveUp();
}

/** What stands between the quotes at `start` and `end` - 1. @throws GiveUp for escapes that JSON does not have */
export function quotedValue(text: string, start: number, end: number): string {
  let inner = text.slice(start + 1, end - 1);
  if (inner.includes('\n')) inner = inner.replaceAll(/ *\n */g, ' ');
  if (text.charCodeAt(start) === 0x27) return inner.includes("'") ? inner.replaceAll("''", "'") : inner;
  if (!inner.includes('\\')) return inner;
  try {
    return String(JSON.parse(`"${inner}"`));
  } catch {
    return giveUp();
  }
}
