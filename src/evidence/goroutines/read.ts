import { EvidenceError } from '../error.ts';
import type { GoroutineDump } from './dump.ts';
import { DumpScanner } from './scan.ts';

/** A line longer than this is no part of a dump; the rest of it is dropped. Bytes. */
const MAX_LINE = 1 << 20;

const NEWLINE = 10;

export interface GoroutineReader {
  /** Takes the next piece of the text; pieces may end anywhere. The bytes are not kept. */
  push(chunk: Uint8Array): void;
  /** The dump. Throws EvidenceError where no goroutine was in the text. */
  end(): GoroutineDump;
}

/** Reads a dump piece by piece; memory grows with the number of goroutines (≈ 40 bytes each), not with the text. */
export function createGoroutineReader(): GoroutineReader {
  const scanner = new DumpScanner();
  /** work[0 .. carried) is the line that the last piece broke off in; reused, so that pieces leave no garbage behind. */
  let work = Buffer.alloc(0);
  let carried = 0;
  /** In a line that is too long: its first MAX_LINE bytes are carried, the rest is stepped over. */
  let dropping = false;
  let bytes = 0;
  let head = '';

  return {
    push(chunk) {
      const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      bytes += piece.length;
      if (head.length < HEAD_BYTES) head += piece.toString('latin1', 0, HEAD_BYTES);
      let from = 0;
      if (carried > 0) {
        const newline = piece.indexOf(NEWLINE);
        const end = newline < 0 ? piece.length : newline + 1;
        if (!dropping) {
          const kept = Math.min(end, MAX_LINE - carried);
          reserve(carried + kept + 1);
          piece.copy(work, carried, 0, kept);
          carried += kept;
          dropping = carried === MAX_LINE;
        }
        if (newline < 0) return;
        if (dropping) work[carried++] = NEWLINE;
        scanner.scan(work, 0, carried);
        carried = 0;
        dropping = false;
        from = end;
      }
      const last = piece.lastIndexOf(NEWLINE);
      if (last >= from) {
        scanner.scan(piece, from, last + 1);
        from = last + 1;
      }
      carried = Math.min(piece.length - from, MAX_LINE);
      dropping = carried === MAX_LINE;
      reserve(carried + 1);
      piece.copy(work, 0, from, from + carried);
    },
    end() {
      if (carried > 0) work[carried++] = NEWLINE;
      const dump = scanner.finish(work.subarray(0, carried));
      if (dump.count === 0) throw new EvidenceError('goroutine dump', noGoroutine(bytes, head));
      return dump;
    },
  };

  function reserve(size: number): void {
    if (size <= work.length) return;
    const larger = Buffer.alloc(Math.max(size, work.length * 2));
    work.copy(larger, 0, 0, carried);
    work = larger;
  }
}

/** A dump that is in memory: `/debug/pprof/goroutine?debug=2`, SIGQUIT or panic output, or a log that contains one. */
export function readGoroutineDump(bytes: Uint8Array): GoroutineDump {
  const reader = createGoroutineReader();
  reader.push(bytes);
  return reader.end();
}

/** A dump that is too large to hold: `readGoroutineDumpFrom(createReadStream(file))`. */
export async function readGoroutineDumpFrom(chunks: AsyncIterable<Uint8Array>): Promise<GoroutineDump> {
  const reader = createGoroutineReader();
  for await (const chunk of chunks) reader.push(chunk);
  return reader.end();
}

const HEAD_BYTES = 64;

function noGoroutine(bytes: number, head: string): string {
  if (bytes === 0) return 'the goroutine dump is empty; take one with /debug/pprof/goroutine?debug=2 or kill -QUIT';
  if (head.startsWith('goroutine profile:')) {
    return 'this is a goroutine profile (debug=1), not a dump; take /debug/pprof/goroutine?debug=2 for one';
  }
  return 'no goroutine in this text (no line such as "goroutine 1 [running]:"); take a dump with /debug/pprof/goroutine?debug=2 or kill -QUIT';
}
