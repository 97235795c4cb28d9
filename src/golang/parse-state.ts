/**
 * What all parts of the parser share: the scanner, the columns of nodes that grow, problems, and the small steps (expect,
 * list, recovery). The grammar itself is in parse-types, parse-parameters, parse-expressions, parse-statements and
 * parse-declarations, as functions over this state.
 */
import { Kind, type KindCode } from './nodes.ts';
import { Scanner } from './scan.ts';
import { CLOSERS, DECLARATION_START, SYNC, SYNC_BUT_BRACE } from './token-sets.ts';
import { TOKEN_TEXT, Token, type TokenCode } from './tokens.ts';
import type { NodeIndex, Offset } from './tree.ts';

/**
 * Levels of nesting (expressions, types, statements) that are followed; people's code has 50 at most. Beyond, source is
 * skipped with a problem, so that recursion fits half of the main thread's stack of 984 kB.
 */
export const MAX_DEPTH = 500;

/** Bytes of a receiver that are looked at to tell a method from a function type. */
const MAX_RECEIVER = 1000;

export class Parser extends Scanner {
  /** Nodes so far, node 0 included. */
  count = 1;
  kind = new Uint8Array(FIRST_CAPACITY);
  op = new Uint8Array(FIRST_CAPACITY);
  starts = new Int32Array(FIRST_CAPACITY);
  ends = new Int32Array(FIRST_CAPACITY);
  data = new Int32Array(FIRST_CAPACITY);
  a = new Int32Array(FIRST_CAPACITY);
  b = new Int32Array(FIRST_CAPACITY);
  c = new Int32Array(FIRST_CAPACITY);
  d = new Int32Array(FIRST_CAPACITY);
  link = new Int32Array(FIRST_CAPACITY);
  parent = new Int32Array(FIRST_CAPACITY);

  /** Bodies of function declarations are passed over. */
  skipBodies = false;
  /** Below 0: in the header of a control statement, where `T {` is no composite literal. */
  exprLevel = 0;
  depth = 0;
  /** Clauses of switch and select around, within the innermost function: where there are none, `case` is a mistake. */
  clauses = 0;
  /** Where a comma was missing last. */
  private stuckAt: Offset = -1;
  /** Nodes that wait for their parent; each user pops what it pushed. */
  readonly waiting: NodeIndex[] = [];

  /** Room for one more node; its columns are all set. */
  make(
    kind: KindCode,
    op: number,
    start: Offset,
    end: Offset,
    data: number,
    a: NodeIndex,
    b: NodeIndex,
    c: NodeIndex,
    d: NodeIndex,
  ): NodeIndex {
    const node = this.count;
    if (node === this.kind.length) this.grow();
    this.count = node + 1;
    this.kind[node] = kind;
    this.op[node] = op;
    this.starts[node] = start;
    this.ends[node] = end;
    this.data[node] = data;
    this.a[node] = a;
    this.b[node] = b;
    this.c[node] = c;
    this.d[node] = d;
    const { link, parent } = this;
    link[node] = 0;
    parent[node] = 0;
    // Children are young: their columns are still in the cache, which they are not once a package is read.
    for (let child = a; child !== 0; child = link[child] ?? 0) parent[child] = node;
    for (let child = b; child !== 0; child = link[child] ?? 0) parent[child] = node;
    for (let child = c; child !== 0; child = link[child] ?? 0) parent[child] = node;
    for (let child = d; child !== 0; child = link[child] ?? 0) parent[child] = node;
    return node;
  }

  /** The current token as a node, an Ident or BasicLit; the next token is not read yet. */
  leaf(kind: KindCode, op: number, data: number): NodeIndex {
    const node = this.count;
    if (node === this.kind.length) this.grow();
    this.count = node + 1;
    this.kind[node] = kind;
    this.op[node] = op;
    this.starts[node] = this.start;
    this.ends[node] = this.end;
    this.data[node] = data;
    this.a[node] = 0;
    this.b[node] = 0;
    this.c[node] = 0;
    this.d[node] = 0;
    this.link[node] = 0;
    this.parent[node] = 0;
    return node;
  }

  /** A node without operator and data. */
  node(
    kind: KindCode,
    start: Offset,
    end: Offset,
    a: NodeIndex,
    b: NodeIndex = 0,
    c: NodeIndex = 0,
    d: NodeIndex = 0,
  ): NodeIndex {
    return this.make(kind, 0, start, end, 0, a, b, c, d);
  }

  bad(kind: KindCode, start: Offset, end: Offset): NodeIndex {
    return this.make(kind, 0, start, end, 0, 0, 0, 0, 0);
  }

  kindOf(node: NodeIndex): KindCode {
    return this.kind[node] ?? 0;
  }

  startOf(node: NodeIndex): Offset {
    return this.starts[node] ?? 0;
  }

  endOf(node: NodeIndex): Offset {
    return this.ends[node] ?? 0;
  }

  nextOf(node: NodeIndex): NodeIndex {
    return this.link[node] ?? 0;
  }

  /** The identifier that is the current token; a problem and an identifier `_` where there is none. */
  ident(): NodeIndex {
    if (this.tok === Token.Ident) {
      const node = this.leaf(Kind.Ident, 0, this.name);
      this.next();
      return node;
    }
    const at = this.start;
    this.expected('a name');
    // A keyword in place of a name is passed over unless it is likely to begin what comes next.
    if (this.tok >= Token.Break && SYNC[this.tok] === 0 && DECLARATION_START[this.tok] === 0) this.next();
    return this.make(Kind.Ident, 0, at, at, this.names.of('_'), 0, 0, 0, 0);
  }

  got(tok: TokenCode): boolean {
    if (this.tok !== tok) return false;
    this.next();
    return true;
  }

  /** Takes the token and returns its offset; where it is missing, a problem, and nothing is taken. */
  expect(tok: TokenCode): Offset {
    const at = this.start;
    if (this.tok === tok) this.next();
    else this.expected(`'${TOKEN_TEXT[tok] ?? ''}'`);
    return at;
  }

  /** Takes an opening bracket and returns its offset; where it is missing, a problem, and the end of the token before. */
  open(tok: TokenCode): Offset {
    const at = this.tok === tok ? this.start : this.lastEnd;
    this.expect(tok);
    return at;
  }

  /** Takes a closing bracket and returns the offset after it; on a problem the end of the token before. */
  close(tok: TokenCode, context: string): Offset {
    if (this.tok === tok) {
      const end = this.end;
      this.next();
      return end;
    }
    if (this.breaksBefore(tok)) {
      this.problem(this.start, `missing ',' before the line break in ${context}`);
      this.next();
      return this.close(tok, context);
    }
    this.expected(`'${TOKEN_TEXT[tok] ?? ''}'`);
    return this.lastEnd;
  }

  /** The end of a statement, specification or field. A `)` or `}` may stand in for it. */
  semi(): void {
    switch (this.tok) {
      case Token.Semicolon:
        this.next();
        return;
      case Token.RParen:
      case Token.RBrace:
        return;
      case Token.Comma:
        this.expected("';'");
        this.next();
        return;
      default:
        this.expected("';'");
        this.skipTo(SYNC);
        if (this.tok === Token.Semicolon) this.next();
    }
  }

  /** Whether a list goes on: at a comma, or where one is missing (a problem, and it goes on without). */
  comma(context: string, closing: TokenCode): boolean {
    if (this.tok === Token.Comma) {
      this.next();
      return true;
    }
    if (this.tok === closing || this.tok === Token.EOF) return false;
    const atLineEnd = this.tok === Token.Semicolon && this.automatic;
    this.problem(this.start, `missing ','${atLineEnd ? ' before the line break' : ''} in ${context}`);
    if (atLineEnd && closing === Token.RBrace) {
      // Tables go on; what is missing after other lists is more often the bracket.
      this.next();
      return this.tok !== closing && SYNC_BUT_BRACE[this.tok] === 0 && this.tok !== Token.EOF && !this.atDeclaration();
    }
    if (SYNC_BUT_BRACE[this.tok] === 1 || CLOSERS[this.tok] === 1 || this.atDeclaration()) return false;
    // An item that takes nothing would be asked for again and again.
    if (this.stuckAt === this.at) this.next();
    this.stuckAt = this.at;
    return true;
  }

  /** The line ends here, and the next token is `tok`. */
  private breaksBefore(tok: TokenCode): boolean {
    if (this.tok !== Token.Semicolon || !this.automatic) return false;
    const { start, end, at, lastEnd, commentCount } = this;
    this.next();
    const result = this.tok === tok;
    this.resume(at, Token.Semicolon);
    this.start = start;
    this.end = end;
    this.lastEnd = lastEnd;
    this.automatic = true;
    this.commentCount = commentCount;
    return result;
  }

  expected(what: string): void {
    this.problem(this.start, `expected ${what}, found ${this.found()}`);
  }

  /** The current token for people. */
  found(): string {
    switch (this.tok) {
      case Token.EOF:
        return 'the end of the file';
      case Token.Semicolon:
        return this.automatic ? (this.start >= this.limit ? 'the end of the file' : 'a line break') : "';'";
      case Token.Ident:
      case Token.Int:
      case Token.Float:
      case Token.Imag:
      case Token.Char:
      case Token.String: {
        const text = decoder.decode(this.source.subarray(this.start, Math.min(this.end, this.start + 40)));
        return this.tok === Token.Ident ? `'${text}'` : text;
      }
      default:
        return `'${TOKEN_TEXT[this.tok] ?? ''}'`;
    }
  }

  /** Moves on to a token of the set, the next function or the end of the file. */
  skipTo(set: Uint8Array): void {
    while (set[this.tok] === 0 && this.tok !== Token.EOF && !this.atDeclaration()) this.next();
  }

  /**
   * One level deeper; false beyond MAX_DEPTH: then the construct is skipped up to what closes or separates it, and the
   * caller makes a bad node. leave() is due in both cases.
   */
  enter(): boolean {
    if (++this.depth <= MAX_DEPTH) return true;
    this.problem(this.start, `nested deeper than ${MAX_DEPTH} levels`);
    let open = 0;
    for (; this.tok !== Token.EOF && !this.atDeclaration(); this.next()) {
      if (this.tok === Token.LParen || this.tok === Token.LBrack || this.tok === Token.LBrace) open++;
      else if (CLOSERS[this.tok] === 1) {
        if (open === 0) break;
        open--;
      } else if (open === 0 && (this.tok === Token.Semicolon || this.tok === Token.Comma)) break;
    }
    return false;
  }

  leave(): void {
    this.depth--;
  }

  /** The current token is `func` at the start of a line and declares a function: a bracket before it was not closed. */
  atDeclaration(): boolean {
    if (this.tok !== Token.Func) return false;
    return this.atLineStart() && this.declaresFunction();
  }

  atLineStart(): boolean {
    return this.start === this.base || this.source[this.start - 1] === 0x0a;
  }

  /** After `func`: whether a name comes, or a receiver and a name, rather than a function type. */
  declaresFunction(): boolean {
    const { source, limit } = this;
    let at = this.end;
    while (source[at] === 0x20) at++;
    if (source[at] === 0x28) {
      // A receiver, then a name and another parenthesis.
      const far = Math.min(limit, at + MAX_RECEIVER);
      while (at < far && source[at] !== 0x29 && source[at] !== 0x0a) at++;
      if (source[at] !== 0x29) return false;
      at++;
      while (source[at] === 0x20) at++;
      const first = at;
      while (isWord(source[at] ?? 0)) at++;
      return at > first && source[at] === 0x28;
    }
    return isWord(source[at] ?? 0);
  }

  private grow(): void {
    const capacity = this.kind.length * 2;
    this.kind = enlarged(this.kind, new Uint8Array(capacity));
    this.op = enlarged(this.op, new Uint8Array(capacity));
    this.starts = enlarged(this.starts, new Int32Array(capacity));
    this.ends = enlarged(this.ends, new Int32Array(capacity));
    this.data = enlarged(this.data, new Int32Array(capacity));
    this.a = enlarged(this.a, new Int32Array(capacity));
    this.b = enlarged(this.b, new Int32Array(capacity));
    this.c = enlarged(this.c, new Int32Array(capacity));
    this.d = enlarged(this.d, new Int32Array(capacity));
    this.link = enlarged(this.link, new Int32Array(capacity));
    this.parent = enlarged(this.parent, new Int32Array(capacity));
  }
}

/** Items are linked as they are made: the last one is kept by the caller. */
export function append(p: Parser, last: NodeIndex, item: NodeIndex): NodeIndex {
  if (last !== 0) p.link[last] = item;
  return item;
}

function enlarged<T extends Uint8Array | Int32Array>(column: T, into: T): T {
  into.set(column);
  return into;
}

function isWord(c: number): boolean {
  return c >= 0x80 || c === 0x5f || (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a);
}

const FIRST_CAPACITY = 1 << 14;
const decoder = new TextDecoder();
