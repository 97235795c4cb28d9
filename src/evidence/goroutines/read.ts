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
  /** The line that the last piece broke off in. */
  let carry = Buffer.alloc(0);
  let dropping = false;
  let bytes = 0;
  let head = Buffer.alloc(0);

  return {
    push(chunk) {
      if (chunk.length === 0) return;
      let piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      bytes += piece.length;
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, piece.subarray(0, HEAD_BYTES)]);
      if (dropping) {
        const end = piece.indexOf(NEWLINE);
        if (end < 0) return;
        piece = piece.subarray(end); // its newline ends what was kept of the line
        dropping = false;
      }
      if (carry.length > 0) piece = Buffer.concat([carry, piece]);
      const last = piece.lastIndexOf(NEWLINE);
      if (last >= 0) scanner.scan(piece, 0, last + 1);
      const rest = piece.subarray(last + 1);
      carry = Buffer.from(rest.subarray(0, MAX_LINE));
      dropping = rest.length > MAX_LINE;
    },
    end() {
      const rest = carry.length === 0 ? carry : Buffer.concat([carry, Buffer.of(NEWLINE)]);
      const dump = scanner.finish(rest);
      if (dump.count === 0) throw new EvidenceError('goroutine dump', noGoroutine(bytes, head.toString('latin1')));
      return dump;
    },
  };
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
