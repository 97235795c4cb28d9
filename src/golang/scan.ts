/**
 * The scanner: bytes to tokens, one at a time, with automatic semicolons. The current token is in the fields `tok`,
 * `start`, `end` and `name`, so that no object is made per token. Comments are kept aside in columns.
 *
 * Bytes that are not UTF-8 and NUL bytes are found beforehand for a whole file (`checkEncoding`): almost no file has
 * any, and the loops here need not look for them.
 */
import { isUtf8 } from 'node:buffer';
import type { NameIndex, Names } from './names.ts';
import {
  commentEnd,
  DIGIT,
  ENDS_LINE,
  LETTER,
  lineEnd,
  OPERATOR,
  SINGLE,
  sequenceLength,
  shown,
  WORD,
} from './scan-bytes.ts';
import { scanNumber, scanRawString, scanRune, scanString } from './scan-literals.ts';
import { Token, type TokenCode } from './tokens.ts';
import type { Offset, SyntaxProblem } from './tree.ts';

/** Problems kept per file: a binary file has one at every byte, and nobody reads more. */
const MAX_PROBLEMS = 100;

export class Scanner {
  names: Names;
  /** Sources so far; may be longer than what is used. After the file that is scanned comes a NUL byte. */
  source: Uint8Array = new Uint8Array(0);
  /** Where the file begins and ends in `source`. */
  base: Offset = 0;
  limit: Offset = 0;
  /** Where scanning goes on: after the current token. */
  at: Offset = 0;

  tok: TokenCode = Token.EOF;
  start: Offset = 0;
  end: Offset = 0;
  /** End of the token before the current one. */
  lastEnd: Offset = 0;
  /** Of an identifier. */
  name: NameIndex = 0;
  /** The semicolon was not written: a line ended here. */
  automatic = false;
  /** Comments before this offset are known not to end their line. */
  private sameLineUntil: Offset = 0;

  commentStart: Int32Array = new Int32Array(1 << 10);
  commentEnd: Int32Array = new Int32Array(1 << 10);
  commentCount = 0;

  problems: SyntaxProblem[] = [];
  private problemsInFile = 0;

  constructor(names: Names) {
    this.names = names;
  }

  /** Starts on the file [base, limit) of `source`, which holds a NUL byte at `limit`. Its first token is read by next(). */
  startFile(base: Offset, limit: Offset): void {
    this.base = base;
    this.limit = limit;
    this.problemsInFile = 0;
    this.sameLineUntil = 0;
    this.tok = Token.Semicolon;
    this.start = base;
    this.end = base;
    this.lastEnd = base;
    const { source } = this;
    const marked = source[base] === 0xef && source[base + 1] === 0xbb && source[base + 2] === 0xbf;
    this.at = marked && limit - base >= 3 ? base + 3 : base;
    this.checkEncoding();
  }

  problem(offset: Offset, message: string): void {
    if (this.problemsInFile >= MAX_PROBLEMS) return;
    this.problemsInFile++;
    this.problems.push({ offset, message });
  }

  get problemCount(): number {
    return this.problemsInFile;
  }

  /** Moves on to the next token, which is returned, too. */
  next(): TokenCode {
    this.lastEnd = this.end;
    const { source } = this;
    let at = this.at;
    for (;;) {
      const c = source[at] ?? 0;
      // Most tokens are identifiers and keywords.
      if (WORD[c] === LETTER) {
        this.start = at;
        at++;
        let next = source[at] ?? 0;
        while ((WORD[next] ?? 0) >= LETTER) {
          at++;
          next = source[at] ?? 0;
        }
        if (next >= 0x80) at = this.wordEnd(this.start, at);
        return this.word(at);
      }
      switch (c) {
        case 0x20:
        case 0x09:
        case 0x0d:
          at++;
          continue;
        case 0x0a:
          if (ENDS_LINE[this.tok] === 1) return this.semicolon(at);
          at++;
          continue;
        case 0x2f: {
          const second = source[at + 1] ?? 0;
          if (second !== 0x2f && second !== 0x2a) return this.operator(at, c);
          if (ENDS_LINE[this.tok] === 1 && this.endsLine(at)) return this.semicolon(at);
          at = this.comment(at);
          continue;
        }
        case 0x22:
          return this.token(Token.String, at, scanString(this, at));
        case 0x60:
          return this.token(Token.String, at, scanRawString(this, at));
        case 0x27:
          return this.token(Token.Char, at, scanRune(this, at));
        case 0x30:
        case 0x31:
        case 0x32:
        case 0x33:
        case 0x34:
        case 0x35:
        case 0x36:
        case 0x37:
        case 0x38:
        case 0x39:
          return this.number(at);
        case 0x2e:
          if (WORD[source[at + 1] ?? 0] === DIGIT) return this.number(at);
          return this.operator(at, c);
        case 0:
          if (at < this.limit) {
            // Reported by checkEncoding.
            at++;
            continue;
          }
          if (ENDS_LINE[this.tok] === 1) return this.semicolon(this.limit);
          return this.token(Token.EOF, this.limit, this.limit);
        default: {
          if (c < 0x80) {
            if (SINGLE[c] !== 0) return this.token(SINGLE[c] ?? 0, at, at + 1);
            if (OPERATOR[c] === 1) return this.operator(at, c);
            this.problem(at, `illegal character ${shown(c)}`);
            at++;
            continue;
          }
          const end = this.wordEnd(at, at);
          if (end > at) {
            this.start = at;
            return this.word(end);
          }
          at = this.strange(at);
        }
      }
    }
  }

  /** Comments that a brace matcher or a lookahead has passed are not recorded: goes on at `at` as if after token `tok`. */
  resume(at: Offset, tok: TokenCode): void {
    this.at = at;
    this.tok = tok;
    this.end = at;
  }

  private token(tok: TokenCode, start: Offset, end: Offset): TokenCode {
    this.tok = tok;
    this.start = start;
    this.end = end;
    this.at = end;
    this.automatic = false;
    return this.tok;
  }

  private semicolon(at: Offset): TokenCode {
    this.tok = Token.Semicolon;
    this.start = at;
    this.end = at;
    this.at = at;
    this.automatic = true;
    return this.tok;
  }

  private word(end: Offset): TokenCode {
    const name = this.names.intern(this.source, this.start, end);
    this.name = name;
    this.end = end;
    this.at = end;
    this.automatic = false;
    // Keywords are the first names of every table, in the order of their tokens.
    this.tok = name <= LAST_KEYWORD ? Token.Break - 1 + name : Token.Ident;
    return this.tok;
  }

  private number(at: Offset): TokenCode {
    this.tok = Token.Int;
    this.start = at;
    const end = scanNumber(this, at);
    this.end = end;
    this.at = end;
    this.automatic = false;
    return this.tok;
  }

  /** Operators that may be longer than one byte. */
  private operator(at: Offset, c: number): TokenCode {
    const { source } = this;
    const second = source[at + 1] ?? 0;
    const equals = second === 0x3d;
    switch (c) {
      case 0x2b: // +
        if (second === c) return this.token(Token.Inc, at, at + 2);
        return equals ? this.token(Token.AddAssign, at, at + 2) : this.token(Token.Add, at, at + 1);
      case 0x2d: // -
        if (second === c) return this.token(Token.Dec, at, at + 2);
        return equals ? this.token(Token.SubAssign, at, at + 2) : this.token(Token.Sub, at, at + 1);
      case 0x2a: // *
        return equals ? this.token(Token.MulAssign, at, at + 2) : this.token(Token.Mul, at, at + 1);
      case 0x2f: // /
        return equals ? this.token(Token.QuoAssign, at, at + 2) : this.token(Token.Quo, at, at + 1);
      case 0x25: // %
        return equals ? this.token(Token.RemAssign, at, at + 2) : this.token(Token.Rem, at, at + 1);
      case 0x5e: // ^
        return equals ? this.token(Token.XorAssign, at, at + 2) : this.token(Token.Xor, at, at + 1);
      case 0x3d: // =
        return equals ? this.token(Token.Eql, at, at + 2) : this.token(Token.Assign, at, at + 1);
      case 0x21: // !
        return equals ? this.token(Token.Neq, at, at + 2) : this.token(Token.Not, at, at + 1);
      case 0x3a: // :
        return equals ? this.token(Token.Define, at, at + 2) : this.token(Token.Colon, at, at + 1);
      case 0x26: // &
        if (second === c) return this.token(Token.LAnd, at, at + 2);
        if (second === 0x5e) {
          if (source[at + 2] === 0x3d) return this.token(Token.AndNotAssign, at, at + 3);
          return this.token(Token.AndNot, at, at + 2);
        }
        return equals ? this.token(Token.AndAssign, at, at + 2) : this.token(Token.And, at, at + 1);
      case 0x7c: // |
        if (second === c) return this.token(Token.LOr, at, at + 2);
        return equals ? this.token(Token.OrAssign, at, at + 2) : this.token(Token.Or, at, at + 1);
      case 0x3c: // <
        if (second === c) {
          if (source[at + 2] === 0x3d) return this.token(Token.ShlAssign, at, at + 3);
          return this.token(Token.Shl, at, at + 2);
        }
        if (second === 0x2d) return this.token(Token.Arrow, at, at + 2);
        return equals ? this.token(Token.Leq, at, at + 2) : this.token(Token.Lss, at, at + 1);
      case 0x3e: // >
        if (second === c) {
          if (source[at + 2] === 0x3d) return this.token(Token.ShrAssign, at, at + 3);
          return this.token(Token.Shr, at, at + 2);
        }
        return equals ? this.token(Token.Geq, at, at + 2) : this.token(Token.Gtr, at, at + 1);
      default: // .
        if (second === 0x2e && source[at + 2] === 0x2e) return this.token(Token.Ellipsis, at, at + 3);
        return this.token(Token.Period, at, at + 1);
    }
  }

  /** Records the comment at `at` and returns the offset after it. */
  private comment(at: Offset): Offset {
    const { source } = this;
    let end: Offset;
    if (source[at + 1] === 0x2f) {
      end = lineEnd(source, at + 2, this.limit);
      const last = source[end - 1] === 0x0d ? end - 1 : end;
      this.record(at, last);
      return end;
    }
    end = commentEnd(source, at, this.limit);
    if (end === -1) {
      this.problem(at, 'comment not terminated');
      end = this.limit;
    }
    this.record(at, end);
    return end;
  }

  private record(start: Offset, end: Offset): void {
    if (this.commentCount === this.commentStart.length) {
      this.commentStart = larger(this.commentStart);
      this.commentEnd = larger(this.commentEnd);
    }
    this.commentStart[this.commentCount] = start;
    this.commentEnd[this.commentCount] = end;
    this.commentCount++;
  }

  /** Whether from the comment at `at` on the line holds nothing but comments. */
  private endsLine(at: Offset): boolean {
    if (at < this.sameLineUntil) return false;
    const { source, limit } = this;
    let from = at;
    for (;;) {
      const c = source[from] ?? 0;
      if (c === 0x20 || c === 0x09 || c === 0x0d) from++;
      else if (c === 0x0a || from >= limit) return true;
      else if (c === 0x2f && source[from + 1] === 0x2f) return true;
      else if (c === 0x2f && source[from + 1] === 0x2a) {
        const end = commentEnd(source, from, limit);
        if (end === -1) return true;
        for (let i = from; i < end; i++) if (source[i] === 0x0a) return true;
        from = end;
      } else {
        this.sameLineUntil = from;
        return false;
      }
    }
  }

  /** Where the identifier that begins at `start` ends; up to `at` it is known. `start` itself if none begins there. */
  private wordEnd(start: Offset, at: Offset): Offset {
    const { source } = this;
    let end = at;
    for (;;) {
      const c = source[end] ?? 0;
      if (c < 0x80) {
        if ((WORD[c] ?? 0) < LETTER) return end;
        end++;
        continue;
      }
      const length = sequenceLength(source, end, this.limit);
      if (length === 0) return end;
      const character = decoder.decode(source.subarray(end, end + length));
      if (!LETTERS.test(character) && !(end > start && DIGITS.test(character))) return end;
      end += length;
    }
  }

  /** A character beyond ASCII that starts no identifier. Returns the offset after it. */
  private strange(at: Offset): Offset {
    const length = sequenceLength(this.source, at, this.limit);
    // What is not UTF-8 is already reported.
    if (length === 0) return at + 1;
    const character = decoder.decode(this.source.subarray(at, at + length));
    if (character !== '\ufeff') this.problem(at, `illegal character ${shown(character.codePointAt(0) ?? 0)}`);
    return at + length;
  }

  /** Reports NUL bytes, bytes that are not UTF-8, and byte order marks within the file. */
  private checkEncoding(): void {
    const { source, base, limit } = this;
    const file = source.subarray(base, limit);
    if (
      isUtf8(file) &&
      file.indexOf(0) === -1 &&
      Buffer.from(file.buffer, file.byteOffset, file.length).indexOf(BOM, 1) === -1
    )
      return;
    if (file.length >= 2 && ((file[0] === 0xff && file[1] === 0xfe) || (file[0] === 0xfe && file[1] === 0xff))) {
      this.problem(base, 'the file is UTF-16, Go source is UTF-8');
      return;
    }
    for (let at = base; at < limit && this.problemsInFile < MAX_PROBLEMS; ) {
      const c = source[at] ?? 0;
      if (c === 0) this.problem(at, 'illegal character NUL');
      const length = c < 0x80 ? 1 : sequenceLength(source, at, limit);
      if (length === 0) this.problem(at, 'illegal UTF-8 encoding');
      else if (length === 3 && at > base && c === 0xef && source[at + 1] === 0xbb && source[at + 2] === 0xbf) {
        this.problem(at, 'illegal byte order mark');
      }
      at += Math.max(1, length);
    }
  }
}

function larger(column: Int32Array): Int32Array {
  const next = new Int32Array(column.length * 2);
  next.set(column);
  return next;
}

const LAST_KEYWORD = Token.Var - Token.Break + 1;
const LETTERS = /^[\p{L}]$/u;
const DIGITS = /^\p{Nd}$/u;
const BOM = Uint8Array.of(0xef, 0xbb, 0xbf);
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
