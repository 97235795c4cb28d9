/**
 * Reads a condition of a Falco rule, after the grammar that its engine documents (libs, userspace/libsinsp/filter/parser.h). It says
 * whether Falco could read it, and what it refers to; it does not run it.
 */

export interface FalcoCondition {
  /** Names without a dot where a check stands: macros. */
  readonly macros: readonly string[];
  /** Names where a list of values stands, or in one. */
  readonly lists: readonly string[];
  /** `evt.type`, `proc.aname` (without its argument). */
  readonly fields: readonly string[];
}

/** A mistake: a few words, and where in the text. */
export interface ConditionProblem {
  readonly says: string;
  /** Characters from the beginning. */
  readonly offset: number;
}

/** As Falco's own parser. */
const DEEPEST = 100;
const LONGEST = 256 * 1024;

export function readCondition(text: string): FalcoCondition | ConditionProblem {
  if (text.length > LONGEST) return { says: 'is longer than any condition', offset: 0 };
  const reader = new Reader(text);
  try {
    reader.or(0);
    reader.end();
    return { macros: [...reader.macros], lists: [...reader.lists], fields: [...reader.fields] };
  } catch (error) {
    if (error instanceof Problem) return { says: error.message, offset: error.offset };
    throw error;
  }
}

class Problem extends Error {
  readonly offset: number;

  constructor(says: string, offset: number) {
    super(says);
    this.offset = offset;
  }
}

const IDENTIFIER = /[a-zA-Z]+[a-zA-Z0-9_]*/y;
const FIELD = /[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+/y;
const ARGUMENT = /\[(?:"(?:\\"|[^"])*"|'(?:\\'|[^'])*'|[^ \b\t\n\r[\]"']+)\]/y;
const NUMBER = /0[xX][0-9a-fA-F]+|[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?/y;
const STRING = /"(?:\\"|[^"])*"|'(?:\\'|[^'])*'/y;
const BARE = /[^ \b\t\n\r(),="']+/y;
const TRANSFORMER = /(?:tolower|toupper|b64|basename|len|concat|join)\(/y;
const COMPARED = /<=|<|>=|>/y;
const EQUAL = /==|=|!=/y;
const WORDS = /(?:glob|iglob|contains|icontains|bcontains|startswith|bstartswith|endswith|regex)(?=[ \t\n\r])/y;
const OF_LIST = /(?:intersects|in|pmatch)(?=[ \t\n\r(])/y;
const RESERVED = new Set([
  'and',
  'or',
  'not',
  'in',
  'exists',
  'contains',
  'startswith',
  'endswith',
  'glob',
  'pmatch',
  'intersects',
]);

class Reader {
  readonly macros = new Set<string>();
  readonly lists = new Set<string>();
  readonly fields = new Set<string>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  or(depth: number): void {
    if (depth > DEEPEST) this.#fail('is nested deeper than Falco reads');
    this.#and(depth);
    while (this.#word('or')) this.#and(depth);
  }

  end(): void {
    this.#blank();
    if (this.#at < this.#text.length)
      this.#fail(
        `goes on with ${JSON.stringify(this.#text.slice(this.#at, this.#at + 20))}, where and, or or the end is expected`,
      );
  }

  #and(depth: number): void {
    this.#not(depth);
    while (this.#word('and')) this.#not(depth);
  }

  #not(depth: number): void {
    while (this.#word('not'));
    this.#check(depth);
  }

  #check(depth: number): void {
    this.#blank();
    if (this.#take('(')) {
      this.or(depth + 1);
      this.#blank();
      if (!this.#take(')')) this.#fail('lacks a closing bracket');
      return;
    }
    if (this.#transformed(depth) || this.#field()) {
      this.#condition(depth);
      return;
    }
    const from = this.#at;
    const name = this.#match(IDENTIFIER);
    if (name === null || RESERVED.has(name)) {
      this.#at = from;
      this.#fail('lacks a check (a field, a macro, or brackets)');
    } else this.macros.add(name);
  }

  #field(): boolean {
    const field = this.#match(FIELD);
    if (field === null) return false;
    this.fields.add(field);
    this.#match(ARGUMENT);
    return true;
  }

  /** `tolower(proc.name)` */
  #transformed(depth: number): boolean {
    if (this.#match(TRANSFORMER) === null) return false;
    if (depth > DEEPEST) this.#fail('is nested deeper than Falco reads');
    this.#blank();
    if (!this.#transformed(depth + 1) && !this.#field()) this.#fail('lacks a field in its brackets');
    this.#blank();
    if (!this.#take(')')) this.#fail('lacks a closing bracket');
    return true;
  }

  #condition(depth: number): void {
    this.#blank();
    if (this.#word('exists')) return;
    if (this.#match(OF_LIST) !== null) this.#list();
    else if (this.#match(WORDS) !== null || this.#match(EQUAL) !== null) {
      this.#blank();
      if (this.#transformed(depth)) return;
      if (this.#match(STRING) === null && this.#match(BARE) === null) this.#fail('lacks a value');
    } else if (this.#match(COMPARED) !== null) {
      this.#blank();
      if (!this.#transformed(depth) && this.#match(NUMBER) === null) this.#fail('lacks a number');
    } else this.#fail('lacks an operator (=, !=, in, contains, exists, …)');
  }

  #list(): void {
    this.#blank();
    if (!this.#take('(')) {
      const name = this.#match(IDENTIFIER);
      if (name === null) this.#fail('lacks a list');
      else this.lists.add(name);
      return;
    }
    this.#blank();
    if (this.#take(')')) return;
    do {
      this.#blank();
      const bare = this.#match(STRING) === null ? this.#match(BARE) : '';
      if (bare === null) this.#fail('lacks a value in a list');
      else if (bare !== '') this.lists.add(bare);
      this.#blank();
    } while (this.#take(','));
    if (!this.#take(')')) this.#fail('lacks the closing bracket of a list');
  }

  /** A whole word: what follows is a blank, a bracket or the end. */
  #word(word: string): boolean {
    this.#blank();
    if (!this.#text.startsWith(word, this.#at)) return false;
    const next = this.#text.charAt(this.#at + word.length);
    if (next !== '' && !/[\s()]/.test(next)) return false;
    this.#at += word.length;
    return true;
  }

  #take(char: string): boolean {
    if (this.#text.charAt(this.#at) !== char) return false;
    this.#at++;
    return true;
  }

  #blank(): void {
    while (/[ \t\n\r\b]/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #fail(says: string): never {
    throw new Problem(says, this.#at);
  }
}
