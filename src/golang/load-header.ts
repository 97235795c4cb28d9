/**
 * The header of a Go file: build constraint, package clause and imports, read from bytes without the parser. Some 10 µs a
 * file; the parser looks at the file again when its package is reviewed.
 */
import { constraintOf } from './constraint.ts';

export interface FileHeader {
  /** As constraintOf gives it; '' for none. */
  readonly constraint: string;
  /** Name in the package clause; '' where there is none to be read. */
  readonly name: string;
  /** Import paths in source order, "C" included. */
  readonly imports: readonly string[];
}

const NEWLINE = 10;
const QUOTE = 34;
const OPEN = 40;
const CLOSE = 41;
const STAR = 42;
const DOT = 46;
const SLASH = 47;
const SEMICOLON = 59;
const BACKSLASH = 92;
const UNDERSCORE = 95;
const BACKTICK = 96;

/**
 * Reads the header at the start of `bytes[0, length)`. Null where the bytes end before the header does: call again with
 * more of the file, or with `whole`, which takes the end for the end of the file.
 */
export function scanHeader(bytes: Uint8Array, length: number, whole: boolean): FileHeader | null {
  let at = length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;

  /** Over blanks and comments. */
  const skip = (): void => {
    while (at < length) {
      const c = bytes[at];
      if (c === NEWLINE || c === 32 || c === 9 || c === 13) {
        at++;
      } else if (c === SLASH && bytes[at + 1] === SLASH) {
        const end = bytes.indexOf(NEWLINE, at);
        at = end === -1 || end > length ? length : end;
      } else if (c === SLASH && bytes[at + 1] === STAR) {
        let end = bytes.indexOf(STAR, at + 2);
        while (end !== -1 && end + 1 < length && bytes[end + 1] !== SLASH) end = bytes.indexOf(STAR, end + 1);
        at = end === -1 || end + 1 >= length ? length : end + 2;
      } else {
        return;
      }
    }
  };
  const word = (): string => {
    const start = at;
    while (at < length && isWordByte(bytes[at] ?? 0)) at++;
    return decode(bytes, start, at);
  };
  /** A string literal's value; null if there is none. */
  const string = (): string | null => {
    const quote = bytes[at];
    if (quote !== QUOTE && quote !== BACKTICK) return null;
    const start = ++at;
    while (at < length && bytes[at] !== quote && bytes[at] !== NEWLINE) at += bytes[at] === BACKSLASH ? 2 : 1;
    if (at >= length || bytes[at] !== quote) return null;
    const text = decode(bytes, start, at++);
    return quote === QUOTE && text.includes('\\') ? unescaped(text) : text;
  };
  /** One import specification; false where it is none. */
  const specification = (): boolean => {
    const c = bytes[at] ?? 0;
    if (c === DOT) at++;
    else if (isWordByte(c) || c === UNDERSCORE) word();
    skip();
    const path = string();
    if (path !== null) imports.push(path);
    return path !== null;
  };
  // The last byte may be the first half of a comment's `//`.
  const more = (): boolean => at >= length - 1 && !whole;

  const imports: string[] = [];
  skip();
  if (more()) return null;
  const constraint = constraintOf(decode(bytes, 0, at));
  if (word() !== 'package') return more() ? null : { constraint, name: '', imports };
  skip();
  const name = word();
  for (;;) {
    skip();
    while (bytes[at] === SEMICOLON && at < length) {
      at++;
      skip();
    }
    const isImport = at < length && word() === 'import';
    if (!isImport) return more() ? null : { constraint, name, imports };
    skip();
    if (bytes[at] !== OPEN) {
      if (!specification()) return more() ? null : { constraint, name, imports };
      continue;
    }
    at++;
    for (;;) {
      skip();
      while (bytes[at] === SEMICOLON && at < length) {
        at++;
        skip();
      }
      if (more()) return null;
      if (bytes[at] === CLOSE) {
        at++;
        break;
      }
      if (!specification()) return more() ? null : { constraint, name, imports };
    }
  }
}

function isWordByte(c: number): boolean {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === UNDERSCORE || c >= 128;
}

const decoder = new TextDecoder('utf-8');

function decode(bytes: Uint8Array, start: number, end: number): string {
  // Short ASCII is the rule, and a TextDecoder call costs more than it.
  if (end - start > 64) return decoder.decode(bytes.subarray(start, end));
  let text = '';
  for (let i = start; i < end; i++) {
    const c = bytes[i] ?? 0;
    if (c >= 128) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(c);
  }
  return text;
}

/** Import paths hold no escapes in practice; those that JSON shares with Go are enough. */
function unescaped(text: string): string {
  try {
    const value: unknown = JSON.parse(`"${text}"`);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}
