/** RE2 syntax → a program for regex.ts: four kinds of instruction in columns. */

import { type CharClass, CONTROL, not, PERL, POSIX, unicodeProperty } from './regex-classes.ts';

export const OP = { char: 0, split: 1, jump: 2, assert: 3, match: 4 } as const;
export const ASSERT = { begin: 0, end: 1, beginLine: 2, endLine: 3, wordBoundary: 4, notWordBoundary: 5 } as const;

export interface Program {
  readonly op: readonly number[];
  /** char: index of the class; split and jump: target; assert: which. */
  readonly x: readonly number[];
  /** split: second target. */
  readonly y: readonly number[];
  readonly classes: readonly CharClass[];
  /** Can only match at the start of the text. */
  readonly anchored: boolean;
}

/** Limits, so that `(((a{1000}){1000}` stays an error. RE2 has the same ones. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 200;
/** Steps of making the program. */
const MAX_PROGRAM = 100_000;

type Node =
  | { readonly kind: 'char'; readonly test: CharClass }
  | { readonly kind: 'assert'; readonly which: number }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

export function compileProgram(pattern: string): Program {
  const tree = new Parser(pattern).parse();
  const emitter = new Emitter(pattern);
  emitter.emit(tree);
  emitter.put(OP.match, 0, 0);
  const { op, x, y, classes } = emitter;
  return { op, x, y, classes, anchored: startsAnchored(tree) };
}

function startsAnchored(node: Node): boolean {
  if (node.kind === 'assert') return node.which === ASSERT.begin;
  if (node.kind === 'all') return node.parts[0] !== undefined && startsAnchored(node.parts[0]);
  if (node.kind === 'any') return node.parts.length > 0 && node.parts.every(startsAnchored);
  return false;
}

class Emitter {
  readonly op: number[] = [];
  readonly x: number[] = [];
  readonly y: number[] = [];
  readonly classes: CharClass[] = [];
  private readonly pattern: string;
  private steps = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  put(op: number, x: number, y: number): number {
    this.op.push(op);
    this.x.push(x);
    this.y.push(y);
    return this.op.length - 1;
  }

  emit(node: Node): void {
    // Every instruction comes from a step, and repeating nothing takes steps as well.
    if (++this.steps > MAX_PROGRAM) throw new SyntaxError(`the expression is too large: ${clip(this.pattern)}`);
    switch (node.kind) {
      case 'char':
        this.put(OP.char, this.classes.push(node.test) - 1, 0);
        break;
      case 'assert':
        this.put(OP.assert, node.which, 0);
        break;
      case 'all':
        for (const part of node.parts) this.emit(part);
        break;
      case 'any':
        this.emitAny(node.parts);
        break;
      case 'repeat':
        this.emitRepeat(node.part, node.min, node.max);
    }
  }

  private emitAny(parts: readonly Node[]): void {
    const ends: number[] = [];
    parts.forEach((part, i) => {
      if (i === parts.length - 1) {
        this.emit(part);
        return;
      }
      const split = this.put(OP.split, this.op.length + 1, 0);
      this.emit(part);
      ends.push(this.put(OP.jump, 0, 0));
      this.y[split] = this.op.length;
    });
    for (const end of ends) this.x[end] = this.op.length;
  }

  private emitRepeat(part: Node, min: number, max: number): void {
    for (let i = 0; i < min; i++) this.emit(part);
    if (max === Number.POSITIVE_INFINITY) {
      const split = this.put(OP.split, this.op.length + 1, 0);
      this.emit(part);
      this.put(OP.jump, split, 0);
      this.y[split] = this.op.length;
      return;
    }
    const splits: number[] = [];
    for (let i = min; i < max; i++) {
      splits.push(this.put(OP.split, this.op.length + 1, 0));
      this.emit(part);
    }
    for (const split of splits) this.y[split] = this.op.length;
  }
}

function clip(pattern: string): string {
  return pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern;
}

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

class Parser {
  private readonly pattern: string;
  private readonly chars: readonly string[];
  private at = 0;
  private depth = 0;
  private flags: Flags = { i: false, m: false, s: false };

  constructor(pattern: string) {
    this.pattern = pattern;
    this.chars = Array.from(pattern);
  }

  parse(): Node {
    const node = this.alternation();
    if (this.at < this.chars.length) throw this.error('a `)` without `(`');
    return node;
  }

  private error(problem: string): SyntaxError {
    return new SyntaxError(`${problem} at character ${this.at + 1} of the expression ${clip(this.pattern)}`);
  }

  private peek(ahead = 0): string {
    return this.chars[this.at + ahead] ?? '';
  }

  private take(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.peek(i) !== text[i]) return false;
    this.at += text.length;
    return true;
  }

  /** Flags set inside last to the end of the group. */
  private alternation(): Node {
    if (++this.depth > MAX_DEPTH) throw this.error('groups nest too deeply');
    const outer = this.flags;
    const parts: Node[] = [this.sequence()];
    while (this.take('|')) parts.push(this.sequence());
    this.flags = outer;
    this.depth--;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'any', parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.at < this.chars.length && this.peek() !== '|' && this.peek() !== ')') {
      if (this.take('\\Q')) {
        while (this.at < this.chars.length && !this.take('\\E')) parts.push(this.literal(this.next()));
        continue;
      }
      const atom = this.atom();
      if (atom !== null) parts.push(this.repeated(atom));
    }
    return { kind: 'all', parts };
  }

  private next(): string {
    const char = this.peek();
    this.at++;
    return char;
  }

  private literal(char: string): Node {
    const point = char.codePointAt(0) ?? 0;
    return { kind: 'char', test: this.folded((p) => p === point) };
  }

  /** With (?i), a character also stands for its other case. */
  private folded(test: CharClass): CharClass {
    if (!this.flags.i) return test;
    return (p) => {
      if (test(p)) return true;
      const upper = String.fromCodePoint(p).toUpperCase();
      // ß → SS is no folding.
      if (Array.from(upper).length > 1) return false;
      // The lower case of the upper case joins what folds together: ſ with s, K (kelvin) with k.
      return test(upper.codePointAt(0) ?? 0) || test(upper.toLowerCase().codePointAt(0) ?? 0);
    };
  }

  /** Null for what takes no place, as (?i). */
  private atom(): Node | null {
    const char = this.next();
    switch (char) {
      case '(':
        return this.group();
      case '[':
        return { kind: 'char', test: this.folded(this.bracket()) };
      case '.': {
        const all = this.flags.s;
        return { kind: 'char', test: (p) => all || p !== 10 };
      }
      case '^':
        return { kind: 'assert', which: this.flags.m ? ASSERT.beginLine : ASSERT.begin };
      case '$':
        return { kind: 'assert', which: this.flags.m ? ASSERT.endLine : ASSERT.end };
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        this.at--;
        throw this.error(`nothing to repeat before \`${char}\``);
      default:
        return this.literal(char);
    }
  }

  private repeated(atom: Node): Node {
    let node = atom;
    for (let first = true; ; first = false) {
      const start = this.at;
      const counts = this.counts();
      if (counts === null) return node;
      this.take('?'); // Lazy or not makes no difference to whether it matches.
      if (!first) {
        this.at = start;
        throw this.error('a repetition of a repetition');
      }
      node = { kind: 'repeat', part: node, min: counts[0], max: counts[1] };
    }
  }

  private counts(): [number, number] | null {
    if (this.take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.take('?')) return [0, 1];
    // `{` that is no count is a literal.
    const text = this.chars.slice(this.at, this.at + 12).join('');
    const [whole, low = '', comma, high = ''] = /^\{(\d+)(,)?(\d*)\}/.exec(text) ?? [];
    if (whole === undefined || (comma === undefined && high !== '')) return null;
    const min = Number(low);
    const max = comma === undefined ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high);
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT) || max < min) {
      throw this.error(`a bad repeat count ${whole}`);
    }
    this.at += whole.length;
    return [min, max];
  }

  private group(): Node | null {
    if (this.take('?')) {
      const text = this.chars.slice(this.at, this.at + 200).join('');
      const named = /^P?<([A-Za-z0-9_]+)>/.exec(text);
      if (named !== null) this.at += named[0].length;
      else {
        const [whole, on = '', off = '', end] = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(text) ?? [];
        if (whole === undefined) throw this.error('an unknown kind of group `(?`');
        this.at += whole.length;
        const outer = this.flags;
        const set = (flag: 'i' | 'm' | 's'): boolean => (outer[flag] || on.includes(flag)) && !off.includes(flag);
        this.flags = { i: set('i'), m: set('m'), s: set('s') };
        if (end === ')') return null;
        const node = this.closed();
        this.flags = outer;
        return node;
      }
    }
    return this.closed();
  }

  private closed(): Node {
    const node = this.alternation();
    if (!this.take(')')) throw this.error('a `(` without `)`');
    return node;
  }

  private escape(): Node {
    const char = this.peek();
    const assertion = { A: ASSERT.begin, z: ASSERT.end, b: ASSERT.wordBoundary, B: ASSERT.notWordBoundary }[char];
    if (assertion !== undefined) {
      this.at++;
      return { kind: 'assert', which: assertion };
    }
    const set = this.escapedClass();
    return set === null ? this.literal(this.escapedChar()) : { kind: 'char', test: this.folded(set) };
  }

  /** After the backslash: \d, \pL, \p{Greek}, … or null. */
  private escapedClass(): CharClass | null {
    const char = this.peek();
    const perl = PERL[char];
    if (perl !== undefined) {
      this.at++;
      return perl;
    }
    if (char !== 'p' && char !== 'P') return null;
    const text = this.chars.slice(this.at + 1, this.at + 42).join('');
    const [whole = '', caret, long, short] = /^(?:\{(\^?)(\w+)\}|([A-Z]))/.exec(text) ?? [];
    const name = long ?? short ?? '';
    const property = unicodeProperty(name);
    if (whole === '' || property === null) throw this.error('an unknown character class');
    this.at += 1 + whole.length;
    const test: CharClass = (p) => property.test(String.fromCodePoint(p));
    return (char === 'P') !== (caret === '^') ? not(test) : test;
  }

  /** After the backslash: one character. */
  private escapedChar(): string {
    const char = this.next();
    if (char === '') throw this.error('a `\\` at the end');
    const control = CONTROL[char];
    if (control !== undefined) return String.fromCodePoint(control);
    if (char === 'x') {
      const text = this.chars.slice(this.at, this.at + 10).join('');
      const [whole, braced, plain] = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(text) ?? [];
      const point = Number.parseInt(braced ?? plain ?? '', 16);
      if (whole === undefined || point > 0x10_ffff) throw this.error('a bad `\\x`');
      this.at += whole.length;
      return String.fromCodePoint(point);
    }
    if (char >= '0' && char <= '7') {
      const [octal = ''] = /^[0-7]{1,3}/.exec(char + this.peek() + this.peek(1)) ?? [];
      if (char !== '0' && octal.length < 2) throw this.error('a back reference, which Go does not know either,');
      this.at += octal.length - 1;
      return String.fromCodePoint(Number.parseInt(octal, 8));
    }
    if (/[A-Za-z0-9]/.test(char)) throw this.error(`an unknown escape \`\\${char}\``);
    return char;
  }

  private bracket(): CharClass {
    const negated = this.take('^');
    const tests: CharClass[] = [];
    for (let first = true; first || this.peek() !== ']'; first = false) {
      if (this.at >= this.chars.length) throw this.error('a `[` without `]`');
      tests.push(this.bracketItem());
    }
    this.at++;
    const oneOf: CharClass = (p) => tests.some((test) => test(p));
    return negated ? not(oneOf) : oneOf;
  }

  private bracketItem(): CharClass {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.chars.slice(this.at, this.at + 14).join(''));
    if (posix !== null) {
      const test = POSIX[posix[2] ?? ''];
      if (test === undefined) throw this.error('an unknown character class');
      this.at += posix[0].length;
      return posix[1] === '^' ? not(test) : test;
    }
    if (this.peek() === '\\') {
      this.at++;
      const set = this.escapedClass();
      if (set !== null) return set;
      this.at--;
    }
    const low = this.bracketChar();
    if (this.peek() !== '-' || this.peek(1) === ']' || this.peek(1) === '') return (p) => p === low;
    this.at++;
    const high = this.bracketChar();
    if (high < low) throw this.error('a range the wrong way round');
    return (p) => p >= low && p <= high;
  }

  private bracketChar(): number {
    const char = this.next();
    return (char === '\\' ? this.escapedChar() : char).codePointAt(0) ?? 0;
  }
}
