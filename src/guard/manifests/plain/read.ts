/**
 * A reader for the YAML that people and tools write as manifests: maps and lists in blocks, scalars, block scalars,
 * and `[a, b]` and `{a: b}` within a line. It is there because a YAML library makes some kilobytes of nodes of every line, which
 * is seconds and a gigabyte for the dump of a cluster.
 *
 * Whatever else YAML has (anchors, aliases, tags, `<<`, directives, `[` over several lines, tabs, keys that are no plain
 * words, a mistake of any kind) it does not judge: `readPlain` gives null, and the library reads the document and says what is
 * wrong. So what it does read has to be read exactly as the library does, which plain.test.ts and the fuzz target hold.
 */
import { endOfQuoted, GiveUp, giveUp, plainScalar, quotedValue } from './scalar.ts';
import { BLOCK_LIST, BLOCK_MAP, FLOW_LIST, FLOW_MAP, type PlainNode, PlainTree, SCALAR } from './tree.ts';

const LF = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const APOSTROPHE = 0x27;
const COMMA = 0x2c;
const DASH = 0x2d;
const COLON = 0x3a;
const FOLDED = 0x3e;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const LITERAL = 0x7c;
const CLOSE_MAP = 0x7d;

/** Deeper than any manifest, and shallow enough for the stack. */
const DEEPEST = 100;
/** YAML 1.2.2, 7.4.2: a key of one line has at most 1024 characters. */
const LONGEST_KEY = 1000;
/** With what no plain scalar begins, and with what it begins only together with what follows. */
const NOT_FIRST = new Set([...'?:,[]{}#&*!|>\'"%@`'].map((char) => char.charCodeAt(0)));

/** A document's value, and where everything stands in it. */
export interface PlainDocument {
  readonly value: unknown;
  readonly tree: PlainTree;
}

/** `text` of one document without its `---`; null where the library has to look. Throws nothing. */
export function readPlain(text: string): PlainDocument | null {
  const tree = new PlainTree(text);
  const value = read(text, tree);
  return value === null ? null : { value: value.value, tree };
}

/** The value alone, in half of the time. */
export function readPlainValue(text: string): { readonly value: unknown } | null {
  return read(text, null);
}

function read(text: string, tree: PlainTree | null): { readonly value: unknown } | null {
  if (text.includes('\r')) return null;
  try {
    return new Reader(text, tree).document();
  } catch (error) {
    if (error instanceof GiveUp) return null;
    throw error;
  }
}

/** Each method that reads a node leaves its value in #value and gives the node. */
class Reader {
  readonly #text: string;
  /** Null where nobody asks for places. */
  readonly #tree: PlainTree | null;
  /** The next content: where it begins, and its column; -1 at the end. */
  #pos = 0;
  #column = 0;
  #value: unknown = null;
  /** After a token within a line: where it ended. */
  #end = 0;
  /** What ended a plain scalar. */
  #stop = 0;

  constructor(text: string, tree: PlainTree | null) {
    this.#text = text;
    this.#tree = tree;
  }

  document(): { readonly value: unknown } {
    this.#toContent(0);
    if (this.#column === -1) giveUp();
    const first = this.#text.charCodeAt(this.#pos);
    let root: PlainNode;
    if (first === OPEN_LIST || first === OPEN_MAP) {
      if (this.#column > 0) giveUp();
      root = this.#flow(this.#pos, 0);
      this.#endLine(this.#end);
    } else root = this.#block(0);
    if (this.#column !== -1) giveUp();
    if (this.#tree !== null) this.#tree.root = root;
    return { value: this.#value };
  }

  #add(kind: number, start: number, end: number, links: readonly PlainNode[] | null): PlainNode {
    return this.#tree === null ? 0 : this.#tree.add(kind, start, end, links);
  }

  /** From the beginning of a line to the next that is more than a comment. */
  #toContent(from: number): void {
    const text = this.#text;
    for (let line = from; line < text.length; ) {
      let at = line;
      while (text.charCodeAt(at) === SPACE) at++;
      const code = text.charCodeAt(at);
      if (code === LF) line = at + 1;
      else if (code === HASH) line = this.#lineAfter(at);
      else if (at < text.length) {
        this.#pos = at;
        this.#column = at - line;
        return;
      } else break;
    }
    this.#pos = text.length;
    this.#column = -1;
  }

  #lineAfter(at: number): number {
    const end = this.#text.indexOf('\n', at);
    return end === -1 ? this.#text.length : end + 1;
  }

  /** A space, a line break or the end. */
  #isBlank(at: number): boolean {
    const code = this.#text.charCodeAt(at);
    return code === SPACE || code === LF || at >= this.#text.length;
  }

  #isDash(): boolean {
    return this.#text.charCodeAt(this.#pos) === DASH && this.#isBlank(this.#pos + 1);
  }

  #spaces(at: number): number {
    let next = at;
    while (this.#text.charCodeAt(next) === SPACE) next++;
    return next;
  }

  /** After a value: nothing but a comment stands on its line. Goes on to the next content. */
  #endLine(at: number): void {
    const next = this.#spaces(at);
    const code = this.#text.charCodeAt(next);
    if (next < this.#text.length && code !== LF && (code !== HASH || next === at)) giveUp();
    this.#toContent(this.#lineAfter(next));
  }

  #block(depth: number): PlainNode {
    if (depth > DEEPEST) giveUp();
    return this.#isDash() ? this.#list(depth) : this.#map(depth);
  }

  #map(depth: number): PlainNode {
    const column = this.#column;
    const start = this.#pos;
    const links: PlainNode[] = [];
    const value: Record<string, unknown> = {};
    do {
      const key = this.#key();
      // Keys that stand twice are a mistake, which the library places.
      if (key === '__proto__' || Object.hasOwn(value, key)) giveUp();
      links.push(this.#add(SCALAR, this.#pos, this.#end, null));
      links.push(this.#valueAfter(this.#end + 1, column, depth, true));
      value[key] = this.#value;
    } while (this.#column === column);
    if (this.#column > column) giveUp();
    this.#value = value;
    return this.#add(BLOCK_MAP, start, start, links);
  }

  #list(depth: number): PlainNode {
    const column = this.#column;
    const start = this.#pos;
    const links: PlainNode[] = [];
    const value: unknown[] = [];
    do {
      links.push(this.#valueAfter(this.#pos + 1, column, depth, false));
      value.push(this.#value);
    } while (this.#column === column && this.#isDash());
    if (this.#column > column) giveUp();
    this.#value = value;
    return this.#add(BLOCK_LIST, start, start, links);
  }

  /** The key at #pos; #end is its colon. */
  #key(): string {
    const text = this.#text;
    const start = this.#pos;
    const first = text.charCodeAt(start);
    if (first === QUOTE || first === APOSTROPHE) {
      this.#end = endOfQuoted(text, start, Number.POSITIVE_INFINITY);
      if (text.charCodeAt(this.#end) !== COLON || !this.#isBlank(this.#end + 1)) giveUp();
      if (this.#end - start > LONGEST_KEY) giveUp();
      return quotedValue(text, start, this.#end);
    }
    this.#plain(start, true);
    if (this.#stop !== COLON || this.#end - start > LONGEST_KEY || text.charCodeAt(this.#end) !== COLON) giveUp();
    const key = text.slice(start, this.#end);
    if (key.startsWith('---') || key.startsWith('...') || typeof plainScalar(key) !== 'string') giveUp();
    return key;
  }

  /** What stands after a key's colon or a list's dash, at `from`, in a map or list at `column`. */
  #valueAfter(from: number, column: number, depth: number, inMap: boolean): PlainNode {
    const text = this.#text;
    const start = this.#spaces(from);
    const code = text.charCodeAt(start);
    if (start >= text.length || code === LF || (code === HASH && start > from)) {
      this.#toContent(this.#lineAfter(start));
      // A list may stand in the column of its key.
      if (this.#column > column || (inMap && this.#column === column && this.#isDash())) return this.#block(depth + 1);
      this.#value = null;
      return this.#add(SCALAR, start, start, null);
    }
    if (code === LITERAL || code === FOLDED) return this.#blockScalar(start, column, code === FOLDED);
    let node: PlainNode;
    if (code === OPEN_LIST || code === OPEN_MAP) node = this.#flow(start, depth + 1);
    else {
      const quoted = code === QUOTE || code === APOSTROPHE;
      const dash = code === DASH && this.#isBlank(start + 1);
      if (quoted) this.#end = endOfQuoted(text, start, column);
      else if (!dash) this.#plain(start, true);
      if (dash || (quoted ? text.charCodeAt(this.#end) === COLON : this.#stop === COLON)) {
        // `- a: b` and `- - a`: the column of what is inside is that of its first key or dash.
        if (inMap) giveUp();
        this.#column += start - this.#pos;
        this.#pos = start;
        return this.#block(depth + 1);
      }
      if (!quoted && this.#stop === LF) return this.#lines(start, column);
      node = this.#add(SCALAR, start, this.#end, null);
      this.#value = quoted ? quotedValue(text, start, this.#end) : plainScalar(text.slice(start, this.#end));
    }
    this.#endLine(this.#end);
    return node;
  }

  /** The plain scalar whose first line #plain has read, with the lines right of `column` that go on with it. */
  #lines(start: number, column: number): PlainNode {
    const text = this.#text;
    const firstEnd = this.#end;
    let end = firstEnd;
    let more = '';
    for (;;) {
      const line = this.#lineAfter(end);
      this.#toContent(line);
      if (this.#column <= column) break;
      // Empty lines and comments between them have rules of their own.
      if (this.#pos - this.#column !== line) giveUp();
      this.#plain(this.#pos, false);
      if (this.#stop !== LF) giveUp();
      more += ` ${text.slice(this.#pos, this.#end)}`;
      end = this.#end;
    }
    const first = text.slice(start, firstEnd);
    this.#value = more === '' ? plainScalar(first) : first + more;
    return this.#add(SCALAR, start, end, null);
  }

  /** A line of a plain scalar in a block: #end without spaces after it, #stop the colon, comment or line break that ends it. */
  #plain(start: number, begins: boolean): void {
    const text = this.#text;
    const first = text.charCodeAt(start);
    if (begins && (NOT_FIRST.has(first) || (first === DASH && this.#isBlank(start + 1)))) giveUp();
    let end = start;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === SPACE) continue;
      if (code === LF || at >= text.length) {
        this.#stop = LF;
        break;
      }
      if (code < SPACE || code === 0xfeff) giveUp();
      if (code === COLON && this.#isBlank(at + 1)) {
        this.#stop = COLON;
        if (end !== at) giveUp();
        break;
      }
      if (code === HASH && end !== at) {
        this.#stop = HASH;
        break;
      }
      end = at + 1;
    }
    this.#end = end;
  }

  /** `[…]` or `{…}` within a line; #end is after it. */
  #flow(start: number, depth: number): PlainNode {
    if (depth > DEEPEST) giveUp();
    const text = this.#text;
    const isMap = text.charCodeAt(start) === OPEN_MAP;
    const close = isMap ? CLOSE_MAP : CLOSE_LIST;
    const links: PlainNode[] = [];
    const list: unknown[] = [];
    const map: Record<string, unknown> = {};
    let at = this.#spaces(start + 1);
    if (text.charCodeAt(at) !== close) {
      for (;;) {
        if (isMap) {
          links.push(this.#flowScalar(at));
          const key = this.#value;
          if (typeof key !== 'string' || key === '__proto__' || Object.hasOwn(map, key)) giveUp();
          if (this.#end - at > LONGEST_KEY) giveUp();
          if (text.charCodeAt(this.#end) !== COLON || text.charCodeAt(this.#end + 1) !== SPACE) giveUp();
          links.push(this.#flowValue(this.#spaces(this.#end + 1), depth));
          map[key] = this.#value;
        } else {
          links.push(this.#flowValue(at, depth));
          list.push(this.#value);
        }
        at = this.#spaces(this.#end);
        const code = text.charCodeAt(at);
        if (code === close) break;
        if (code !== COMMA) giveUp();
        at = this.#spaces(at + 1);
      }
    }
    this.#value = isMap ? map : list;
    this.#end = at + 1;
    return this.#add(isMap ? FLOW_MAP : FLOW_LIST, start, at + 1, links);
  }

  #flowValue(at: number, depth: number): PlainNode {
    const code = this.#text.charCodeAt(at);
    return code === OPEN_LIST || code === OPEN_MAP ? this.#flow(at, depth + 1) : this.#flowScalar(at);
  }

  #flowScalar(start: number): PlainNode {
    const text = this.#text;
    const first = text.charCodeAt(start);
    if (first === QUOTE || first === APOSTROPHE) {
      this.#end = endOfQuoted(text, start, Number.POSITIVE_INFINITY);
      this.#value = quotedValue(text, start, this.#end);
      return this.#add(SCALAR, start, this.#end, null);
    }
    if (NOT_FIRST.has(first) || first === DASH) {
      // `-x` and `--x=y` are arguments.
      const next = text.charCodeAt(start + 1);
      if (first !== DASH || this.#isBlank(start + 1) || NOT_FIRST.has(next)) giveUp();
    }
    let end = start;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === SPACE) continue;
      if (code === COMMA || code === CLOSE_LIST || code === CLOSE_MAP) break;
      if (code === COLON) {
        const next = text.charCodeAt(at + 1);
        if (next === SPACE && end === at) break;
        if (this.#isBlank(at + 1) || isFlowIndicator(next)) giveUp();
      }
      if (!(code >= SPACE) || code === 0xfeff || isFlowIndicator(code) || (code === HASH && end !== at)) giveUp();
      end = at + 1;
    }
    if (end === start) giveUp();
    this.#end = end;
    this.#value = plainScalar(text.slice(start, end));
    return this.#add(SCALAR, start, end, null);
  }

  /** `|`, `|-`, `>` or `>-` at `start`, below a map or list at `column`. */
  #blockScalar(start: number, column: number, folded: boolean): PlainNode {
    const text = this.#text;
    const strip = text.charCodeAt(start + 1) === DASH;
    const header = this.#spaces(start + (strip ? 2 : 1));
    if (text.charCodeAt(header) !== LF) giveUp();
    let indent = -1;
    let line = header + 1;
    let content = '';
    /** Line breaks that stand before the next content. */
    let breaks = 0;
    let end = line;
    while (line < text.length) {
      let at = line;
      while (text.charCodeAt(at) === SPACE) at++;
      if (at >= text.length) {
        // Spaces without a line break at the end of the document.
        giveUp();
      }
      const lineEnd = text.indexOf('\n', at);
      if (at === lineEnd) {
        // Spaces beyond the indentation are content, or not, by rules of their own.
        if (indent === -1 ? at > line : at - line > indent) giveUp();
        breaks++;
        line = at + 1;
        continue;
      }
      const found = at - line;
      if (indent === -1) {
        if (found <= column) giveUp();
        indent = found;
      }
      if (found < indent) break;
      if (text.charCodeAt(at) === 0x09 || (folded && found > indent)) giveUp();
      const to = lineEnd === -1 ? text.length : lineEnd;
      // Folding makes one line break a space and takes one away from several (YAML 1.2.2, 8.1.3).
      if (content === '') content = '\n'.repeat(breaks);
      else if (folded && breaks === 1) content += ' ';
      else content += '\n'.repeat(folded ? breaks - 1 : breaks);
      content += text.slice(line + indent, to);
      breaks = 1;
      line = lineEnd === -1 ? to : to + 1;
      end = line;
    }
    if (indent === -1) giveUp();
    // Without a line break at the end of the document there is none to keep.
    this.#value = strip ? content : `${content}\n`;
    if (end === text.length && !text.endsWith('\n')) giveUp();
    this.#toContent(line);
    return this.#add(SCALAR, start, end, null);
  }
}

function isFlowIndicator(code: number): boolean {
  return code === COMMA || code === OPEN_LIST || code === CLOSE_LIST || code === OPEN_MAP || code === CLOSE_MAP;
}
