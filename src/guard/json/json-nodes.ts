/**
 * A JSON reader that keeps where things stand and every key of an object, also those that stand twice: what JSON.parse
 * throws away is what a reviewer of a lock file or manifest needs. It accepts exactly what JSON.parse accepts (RFC 8259), up to a
 * depth. Keys are data, never properties, so `__proto__` is a key like any other.
 */
import { GuardEvidenceError } from '../error.ts';

/** Offsets are in UTF-16 units of the text; `end` is exclusive. */
interface Span {
  readonly at: number;
  readonly end: number;
}

export interface JsonMember {
  readonly key: string;
  /** Offset of the key's opening quote. */
  readonly at: number;
  readonly value: JsonNode;
}

export type JsonNode =
  | (Span & { readonly kind: 'object'; readonly members: readonly JsonMember[] })
  | (Span & { readonly kind: 'array'; readonly items: readonly JsonNode[] })
  | (Span & { readonly kind: 'string'; readonly value: string })
  /** As written: what a double cannot hold is not rounded here. */
  | (Span & { readonly kind: 'number'; readonly text: string })
  | (Span & { readonly kind: 'boolean'; readonly value: boolean })
  | (Span & { readonly kind: 'null' });

/** Of objects and arrays; lock files of npm need 4, and v2's `dependencies` as many as packages nest. */
export const MAX_DEPTH = 200;

/** Anything but a quote, a backslash and what is below the space. */
const PLAIN = /[\x20\x21\x23-\x5b\x5d-\uffff]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * The document as nodes.
 * @param what names it in errors, e.g. `package-lock.json`
 * @throws GuardEvidenceError with line and column where it is no JSON or too deep
 */
export function readJson(text: string, what: string): JsonNode {
  const reader = new Reader(text, what);
  return reader.document();
}

/** The value of a key; the last one where it stands more than once, as JSON.parse and so npm have it. */
export function member(node: JsonNode | undefined, key: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined;
  for (let i = node.members.length - 1; i >= 0; i--) {
    const found = node.members[i];
    if (found?.key === key) return found.value;
  }
  return undefined;
}

/** The string at a key; undefined where there is none or it is something else. */
export function stringAt(node: JsonNode | undefined, key: string): string | undefined {
  const found = member(node, key);
  return found?.kind === 'string' ? found.value : undefined;
}

/** Whether a key is there and `true`. */
export function isTrue(node: JsonNode | undefined, key: string): boolean {
  const found = member(node, key);
  return found?.kind === 'boolean' && found.value;
}

/** Turns offsets into 1-based lines and columns; columns count bytes of UTF-8. */
export class Places {
  readonly #text: string;
  /** Offset of the first character of each line. */
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  at(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Buffer.byteLength(this.#text.slice(this.#starts[low] ?? 0, offset)) + 1 };
  }
}

class Reader {
  readonly #text: string;
  readonly #what: string;
  #at = 0;

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  document(): JsonNode {
    const node = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something follows the end of the document');
    return node;
  }

  /** Recursion is bounded by MAX_DEPTH. */
  #value(depth: number): JsonNode {
    this.#space();
    const at = this.#at;
    switch (this.#text[at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"': {
        const value = this.#string();
        return { kind: 'string', value, at, end: this.#at };
      }
      case 't':
        this.#word('true');
        return { kind: 'boolean', value: true, at, end: this.#at };
      case 'f':
        this.#word('false');
        return { kind: 'boolean', value: false, at, end: this.#at };
      case 'n':
        this.#word('null');
        return { kind: 'null', at, end: this.#at };
      case undefined:
        return this.#fail('it ends too early');
      default: {
        const text = this.#match(NUMBER);
        if (text === '') return this.#fail('a value is expected');
        return { kind: 'number', text, at, end: this.#at };
      }
    }
  }

  #object(depth: number): JsonNode {
    const at = this.#enter(depth);
    const members: JsonMember[] = [];
    this.#space();
    if (!this.#skip('}')) {
      do {
        this.#space();
        const keyAt = this.#at;
        if (this.#text[keyAt] !== '"') this.#fail('a key in quotes is expected');
        const key = this.#string();
        this.#space();
        if (!this.#skip(':')) this.#fail('a colon is expected after the key');
        members.push({ key, at: keyAt, value: this.#value(depth + 1) });
        this.#space();
      } while (this.#skip(','));
      if (!this.#skip('}')) this.#fail('a comma or } is expected');
    }
    return { kind: 'object', members, at, end: this.#at };
  }

  #array(depth: number): JsonNode {
    const at = this.#enter(depth);
    const items: JsonNode[] = [];
    this.#space();
    if (!this.#skip(']')) {
      do {
        items.push(this.#value(depth + 1));
        this.#space();
      } while (this.#skip(','));
      if (!this.#skip(']')) this.#fail('a comma or ] is expected');
    }
    return { kind: 'array', items, at, end: this.#at };
  }

  #enter(depth: number): number {
    if (depth >= MAX_DEPTH) this.#fail(`it is nested deeper than ${MAX_DEPTH}`);
    return this.#at++;
  }

  #string(): string {
    const start = ++this.#at;
    let out = '';
    for (;;) {
      const plain = this.#match(PLAIN);
      const next = this.#text[this.#at];
      if (next === '"') {
        this.#at++;
        return out === '' ? plain : out + plain;
      }
      out += plain;
      if (next === '\\') {
        out += this.#escape();
        continue;
      }
      if (next === undefined) this.#at = start - 1;
      this.#fail(next === undefined ? 'a string has no end' : 'a control character stands in a string');
    }
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? '';
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('\\u needs four hexadecimal digits');
      this.#at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const char = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (char === undefined) return this.#fail('there is no such escape');
    this.#at += 2;
    return char;
  }

  #word(word: string): void {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('a value is expected');
    this.#at += word.length;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #space(): void {
    const code = this.#text.charCodeAt(this.#at);
    if (code === 32 || code === 10 || code === 13 || code === 9) this.#match(SPACE);
  }

  #skip(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #fail(why: string): never {
    const { line, column } = new Places(this.#text).at(this.#at);
    throw new GuardEvidenceError(`${this.#what}:${line}:${column} is not JSON: ${why}.`);
  }
}
