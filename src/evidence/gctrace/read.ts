import { MAX_SPAN, matchLine } from './line.ts';
import { Rows } from './rows.ts';
import type { TraceLog } from './trace.ts';

/** Examples of unread lines that are kept, and how much (characters) of each. */
const MAX_EXAMPLES = 5;
const MAX_EXAMPLE = 200;

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
        const text = piece.toString('latin1', at, at + 2 * MAX_SPAN);
        const match = matchLine(text, 0);
        if (match === 'more' && !last) return at;
        if (match === null || match === 'more') unreadLine(text, 0);
        else {
          // A suffix such as ` (forced)` may be in the next piece.
          if (!last && at + match.end + 16 > piece.length && piece.indexOf(10, at + match.end) < 0) return at;
          rows.add(match.line, base + at);
          behind = at + match.end;
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
      let piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (carry.length > 0) piece = Buffer.concat([carry, piece]);
      const read = scan(piece, false);
      carry = Buffer.from(piece.subarray(read));
      base += read;
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

/** `gc N @`, `scav N `, `scvgN:` or `scvg:`, not inside of a longer word. 'more' where the piece ends too early to say. */
function beginsLine(piece: Buffer, at: number, needle: number): boolean | 'more' {
  const before = at === 0 ? 10 : (piece[at - 1] ?? 10);
  if (isWord(before)) return false;
  let p = at + (NEEDLES[needle]?.length ?? 0);
  const digits = p;
  while (isDigit(piece[p])) p++;
  if (p === piece.length) return 'more';
  if (needle === 0) {
    if (p === digits || piece[p] !== 32) return false;
    return p + 1 === piece.length ? 'more' : piece[p + 1] === 64;
  }
  if (needle === 1) return p > digits && piece[p] === 32;
  return piece[p] === 58;
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 48 && c <= 57;
}

function isWord(c: number): boolean {
  return isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
}
