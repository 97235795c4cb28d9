import { matchLine } from './line.ts';
import { Rows } from './rows.ts';
import type { TraceLog } from './trace.ts';

/** Examples of unread lines that are kept, and how much (characters) of each. */
const MAX_EXAMPLES = 5;
const MAX_EXAMPLE = 200;
/** Pieces are read this many bytes at a time: each becomes a string once. */
const MAX_PIECE = 1 << 20;

const NEEDLES = [Buffer.from('gc '), Buffer.from('scav '), Buffer.from('scvg')] as const;

export interface TraceReader {
  /** Takes the next piece of the log; pieces may end anywhere. The bytes are not kept. */
  push(chunk: Uint8Array): void;
  /** Everything read so far as columns; a log without a trace line gives empty ones. */
  end(): TraceLog;
}

/** Reads gctrace and scavtrace lines out of whatever log they were printed into, piece by piece. */
export function createTraceReader(): TraceReader {
  const rows = new Rows();
  const examples: string[] = [];
  let unread = 0;
  let carry = Buffer.alloc(0);
  /** Bytes before `carry`. */
  let base = 0;

  const unreadLine = (text: string, at: number): void => {
    unread++;
    if (examples.length === MAX_EXAMPLES) return;
    const newline = text.indexOf('\n', at);
    examples.push(text.slice(at, Math.min(newline < 0 ? text.length : newline, at + MAX_EXAMPLE)));
  };

  /** Reads `piece` as far as it can be decided; returns the position from which more is needed. */
  const scan = (piece: Buffer, last: boolean): number => {
    const hits = NEEDLES.map((needle) => piece.indexOf(needle));
    let text: string | null = null;
    for (;;) {
      let which = -1;
      for (let n = 0; n < hits.length; n++) {
        const hit = hits[n] ?? -1;
        if (hit >= 0 && (which < 0 || hit < (hits[which] ?? 0))) which = n;
      }
      if (which < 0) return piece.length - (last ? 0 : Math.min(piece.length, 4));
      const at = hits[which] ?? 0;
      const begins = beginsLine(piece, at, which);
      if (begins === 'more' && !last) return at;
      let behind = at + 1;
      if (begins === true) {
        text ??= piece.toString('latin1');
        const match = matchLine(text, at);
        if (match === 'more' && !last) return at;
        if (match === null || match === 'more') {
          if (UNMISTAKABLE.test(text.slice(at, at + 64))) unreadLine(text, at);
        } else {
          // A suffix such as ` (forced)` may be in the next piece.
          if (!last && match.end + 16 > piece.length && piece.indexOf(10, match.end) < 0) return at;
          rows.add(match.line, base + at);
          behind = match.end;
        }
      }
      for (let n = 0; n < hits.length; n++) {
        const hit = hits[n] ?? -1;
        const needle = NEEDLES[n];
        if (hit >= 0 && hit < behind && needle !== undefined) hits[n] = piece.indexOf(needle, behind);
      }
    }
  };

  return {
    push(chunk) {
      for (let from = 0; from < chunk.length; from += MAX_PIECE) {
        const to = Math.min(from + MAX_PIECE, chunk.length);
        let piece = Buffer.from(chunk.buffer, chunk.byteOffset + from, to - from);
        if (carry.length > 0) piece = Buffer.concat([carry, piece]);
        const read = scan(piece, false);
        carry = Buffer.from(piece.subarray(read));
        base += read;
      }
    },
    end() {
      scan(carry, true);
      carry = Buffer.alloc(0);
      return { ...rows.take(), unread: { count: unread, examples } };
    },
  };
}

/** gctrace/scavtrace lines of a log that is in memory. Never throws: a log without any gives empty columns. */
export function readTraceLog(bytes: Uint8Array): TraceLog {
  const reader = createTraceReader();
  reader.push(bytes);
  return reader.end();
}

/** What no other line begins with; a torn head is not counted, it may be anything. */
const UNMISTAKABLE = /^(?:gc \d+ @\d|scav \d+ (?:\d+ )?KiB|scvg-?\d*: )/;

/** Whether a trace line may begin here: not inside of a longer word, and with a number, torn or not. */
function beginsLine(piece: Buffer, at: number, needle: number): boolean | 'more' {
  if (at > 0 && isWord(piece[at - 1] ?? 0)) return false;
  const next = at + (NEEDLES[needle]?.length ?? 0);
  if (next === piece.length) return 'more';
  return needle === 2 || isDigit(piece[next]);
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 48 && c <= 57;
}

function isWord(c: number): boolean {
  return isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
}
