/** One JSON line per decision: who wanted what, which digests, what was said and why. No secrets: no object is logged, only names. */
import { chmodSync } from 'node:fs';
import { type DestinationStream, type Logger, pino } from 'pino';
import { GuardUsageError } from '../error.ts';
import type { Decision } from './decision.ts';
import { resultOf } from './metrics.ts';
import type { AdmissionRequest } from './review.ts';

/** Of an image, characters: a name of a megabyte must not fill the disk. */
const LONGEST_NAME = 1024;

/** Of lines that wait to be written, bytes: of a disk or reader that hangs. */
const MOST_WAITING = 64 * 1024 * 1024;
/** Lines are written together, by another thread, at most so much later, ms: a process that is killed loses as much. */
const BUFFERED = { sync: false, minLength: 8 * 1024, periodicFlush: 100, maxLength: MOST_WAITING };

interface AuditFile {
  reopen(): void;
  flushSync(): void;
  end(): void;
}

export class AuditLog {
  readonly #log: Logger;
  readonly #file: AuditFile | null;
  readonly #onError: (error: unknown) => void;

  private constructor(to: DestinationStream, file: AuditFile | null, onError: (error: unknown) => void) {
    this.#onError = onError;
    this.#file = file;
    this.#log = pino(
      {
        base: null,
        level: 'info',
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: (level) => ({ level }) },
      },
      to,
    );
  }

  /** Appends to the file (0600). `onError` is told when lines could not be written. */
  static async toFile(file: string, onError: (error: unknown) => void): Promise<AuditLog> {
    const to = pino.destination({ ...BUFFERED, dest: file, append: true, mkdir: false, mode: 0o600 });
    await new Promise<void>((resolve, reject) => {
      to.once('ready', resolve);
      to.once('error', (error: Error) =>
        reject(new GuardUsageError(`audit.file ${file} cannot be written (${error.message}); give another one`)),
      );
    });
    chmodSync(file, 0o600);
    return AuditLog.#buffered(to, onError);
  }

  /** Not through process.stdout: that writes to a pipe at once, and whoever reads it slowly would hold up reviews. */
  static toStandardOutput(onError: (error: unknown) => void): AuditLog {
    return AuditLog.#buffered(pino.destination({ ...BUFFERED, dest: 1 }), onError);
  }

  static #buffered(to: ReturnType<typeof pino.destination>, onError: (error: unknown) => void): AuditLog {
    to.on('error', onError);
    to.on('drop', () => onError(new Error(`more than ${MOST_WAITING / 1024 / 1024} MiB wait; lines are lost`)));
    return new AuditLog(to, to, onError);
  }

  static to(stream: DestinationStream, onError: (error: unknown) => void): AuditLog {
    return new AuditLog(stream, null, onError);
  }

  decided(request: AdmissionRequest, decision: Decision, ms: number): void {
    this.#write({
      uid: request.uid,
      user: request.user,
      operation: request.operation,
      object: [request.group, request.kind, request.namespace, request.name].filter((part) => part !== '').join('/'),
      namespace: request.namespace,
      ...(request.subResource === '' ? {} : { subResource: request.subResource }),
      ...(request.dryRun ? { dryRun: true } : {}),
      decision: resultOf(decision),
      ...(decision.skipped === null ? {} : { because: decision.skipped }),
      images: decision.images.map((each) => ({ ...each, image: each.image.slice(0, LONGEST_NAME) })),
      reasons: decision.problems,
      ms: Math.round(ms * 100) / 100,
    });
  }

  /** What was answered without a decision: no review, too many, our own defect. */
  refused(uid: string, status: number, says: string, ms: number): void {
    this.#write({ uid, decision: 'error', status, reasons: [{ says }], ms: Math.round(ms * 100) / 100 });
  }

  /** A log that fails must not change the answer, which has been given: the metric and the server's log tell. */
  #write(line: object): void {
    try {
      this.#log.info(line);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** After the file was moved away. */
  reopen(): void {
    this.#file?.reopen();
  }

  close(): void {
    try {
      this.#file?.flushSync();
    } finally {
      this.#file?.end();
    }
  }
}
