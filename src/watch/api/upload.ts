/** Takes a body to a file of its own, never to memory, and not more of it than is allowed. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '../../collect/error.ts';
import { HEADER } from '../../evidence/heapdump/foreign.ts';
import { formatBytes } from '../../findings/units.ts';
import { ApiProblem } from './problem.ts';

export interface UploadLimits {
  /** Of a heap dump, and of everything else; bytes. */
  readonly heapDump: number;
  readonly other: number;
}

export interface Upload {
  readonly path: string;
  readonly bytes: number;
  readonly isHeapDump: boolean;
  remove(): Promise<void>;
}

/** What a body of unknown kind may have at most; throws ApiProblem for more. `length`: the content-length header. */
export function checkLength(length: string | undefined, limits: UploadLimits): void {
  if (length !== undefined && Number(length) > limits.heapDump) throw tooLarge(limits.heapDump, 'A file');
}

/**
 * @param directory made where it is not there; only this process writes there
 * @throws ApiProblem 413 as soon as it is known to be too large: a file that is no heap dump after its first bytes
 */
export async function receive(
  body: Readable,
  options: {
    readonly directory: string;
    readonly length: string | undefined;
    readonly limits: UploadLimits;
    readonly signal: AbortSignal;
  },
): Promise<Upload> {
  const { limits, signal } = options;
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(options.directory, 'upload-'));
  const path = join(own, 'file');
  const gate = new Gate(limits, options.length);
  try {
    await pipeline(body, gate, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal });
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    if (signal.aborted) throw signal.reason;
    throw BROKEN.has(codeOf(error)) ? new ApiProblem(400, 'The file broke off on its way.') : error;
  }
  if (gate.bytes === 0) {
    await rm(own, { recursive: true, force: true });
    throw new ApiProblem(400, 'The file is empty.');
  }
  return {
    path,
    bytes: gate.bytes,
    isHeapDump: gate.isHeapDump === true,
    remove: () => rm(own, { recursive: true, force: true }),
  };
}

const BROKEN: ReadonlySet<string> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'ECONNABORTED']);

class Gate extends Transform {
  bytes = 0;
  /** Null until there are enough bytes to tell. */
  isHeapDump: boolean | null = null;
  readonly #limits: UploadLimits;
  readonly #length: string | undefined;
  #head = Buffer.alloc(0);

  constructor(limits: UploadLimits, length: string | undefined) {
    super();
    this.#limits = limits;
    this.#length = length;
  }

  override _transform(
    piece: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, piece?: Buffer) => void,
  ): void {
    this.bytes += piece.length;
    if (this.isHeapDump === null) {
      this.#head = Buffer.concat([this.#head, piece.subarray(0, HEADER.length)]).subarray(0, HEADER.length);
      if (this.#head.length === HEADER.length) this.isHeapDump = this.#head.toString('latin1') === HEADER;
    }
    const { heapDump, other } = this.#limits;
    const promised = Math.max(this.bytes, Number(this.#length ?? 0));
    if (this.isHeapDump === false && promised > other) done(tooLarge(other, 'A file that is no heap dump'));
    else if (this.bytes > heapDump) done(tooLarge(heapDump, 'A file'));
    else done(null, piece);
  }
}

function tooLarge(limit: number, what: string): ApiProblem {
  return new ApiProblem(
    413,
    `${what} may have ${formatBytes(limit)} at most here; use \`hemostat show\` or \`prove\` for more.`,
  );
}
