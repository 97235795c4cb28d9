/**
 * One DuckDB file: opened with nothing but itself (no network, no extensions, no other files), closed, and opened again
 * when DuckDB gives up on it after a failed write. One connection writes; a few others read, so that slow questions of a
 * page delay no commit and do not use up the threads that files are written with.
 */
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { StoreError, storeError } from '../error.ts';

/** What DuckDB may use of memory. An answer that is materialised as a whole has to fit; see `each`. */
export const MEMORY_LIMIT = '256MB';

const OPTIONS: Readonly<Record<string, string>> = {
  threads: '2',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  // Size of the write-ahead log at which a commit moves it into the file; that commit takes some 100 ms longer.
  checkpoint_threshold: '16MB',
  preserve_insertion_order: 'false',
};

/** Reads at one time; more wait. */
const READERS = 2;

/** After these DuckDB answers nothing more until the file is opened again. */
const INVALIDATED = /invalidated|FATAL|INTERNAL Error|Connection Error/i;

export type Rows = readonly (readonly DuckDBValue[])[];
export type Params = DuckDBValue[];

export class Database {
  readonly path: string;
  readonly #memory: string;
  #instance: DuckDBInstance;
  #writer: DuckDBConnection;
  readonly #readers: DuckDBConnection[] = [];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];
  #reading = 0;
  #broken = false;
  #closed = false;
  #reopening: Promise<void> | null = null;

  private constructor(path: string, memory: string, instance: DuckDBInstance, writer: DuckDBConnection) {
    this.path = path;
    this.#memory = memory;
    this.#instance = instance;
    this.#writer = writer;
  }

  static async open(path: string, memory = MEMORY_LIMIT): Promise<Database> {
    const { instance, writer } = await openFile(path, memory);
    return new Database(path, memory, instance, writer);
  }

  /** The connection for transactions: only the queue uses it. */
  get writer(): DuckDBConnection {
    return this.#writer;
  }

  /** Whether the file has to be opened again before anything else works. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Notes what an error says about the database, and gives it back as a StoreError. */
  failed(error: unknown, doing: string): StoreError {
    if (!(error instanceof StoreError) && error instanceof Error && INVALIDATED.test(error.message))
      this.#broken = true;
    return storeError(error, doing, this.path);
  }

  /** Opens the file again where it is broken. Throws a StoreError where that does not work (yet). */
  async mend(): Promise<void> {
    if (this.#closed) throw closedError(this.path);
    if (!this.#broken) return;
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = null;
    });
    await this.#reopening;
  }

  async #reopen(): Promise<void> {
    this.#closeFile();
    try {
      const { instance, writer } = await openFile(this.path, this.#memory);
      this.#instance = instance;
      this.#writer = writer;
      this.#broken = false;
    } catch (error) {
      throw storeError(error, 'open history again', this.path);
    }
  }

  /** Rows of one question, by a connection that is not the writer's: it sees what is committed. */
  read(sql: string, params: Params = []): Promise<Rows> {
    return this.#ask(async (connection) => (await connection.runAndReadAll(sql, params)).getRows());
  }

  /**
   * The same for an answer that may be larger than DuckDB's memory: some rows at a time, as they are found, so without
   * `ORDER BY`. `take` must not ask anything else and wait for it: two of these would wait for each other's connection.
   */
  each(sql: string, take: (rows: Rows) => void): Promise<void> {
    return this.#ask(async (connection) => {
      const result = await connection.stream(sql);
      for await (const rows of result.yieldRows()) take(rows);
    });
  }

  async #ask<T>(question: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError(this.path);
    if (this.#broken) await this.mend();
    const connection = await this.#take();
    try {
      return await question(connection);
    } catch (error) {
      throw this.failed(error, 'read history');
    } finally {
      this.#give(connection);
    }
  }

  async #take(): Promise<DuckDBConnection> {
    if (this.#reading >= READERS) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#reading += 1;
    const idle = this.#readers.pop();
    if (idle !== undefined) return idle;
    try {
      return await this.#instance.connect();
    } catch (error) {
      this.#reading -= 1;
      throw this.failed(error, 'read history');
    }
  }

  #give(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      // Of a file that was opened again meanwhile: the next one finds out by its error, and the one after it has a new one.
      next(connection);
      return;
    }
    this.#reading -= 1;
    if (this.#broken || this.#closed) connection.closeSync();
    else this.#readers.push(connection);
  }

  #closeFile(): void {
    for (const reader of this.#readers.splice(0)) reader.closeSync();
    this.#writer.closeSync();
    this.#instance.closeSync();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeFile();
  }
}

async function openFile(path: string, memory: string): Promise<{ instance: DuckDBInstance; writer: DuckDBConnection }> {
  const instance = await DuckDBInstance.create(path, { ...OPTIONS, memory_limit: memory });
  try {
    const writer = await instance.connect();
    // Not as options of the instance: the file itself has to be opened before. Locked, so that no later SQL can undo it.
    await writer.run('SET enable_external_access = false');
    await writer.run('SET lock_configuration = true');
    return { instance, writer };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

export function closedError(path: string): StoreError {
  return new StoreError('closed', `history in ${path} is closed: the program is stopping`);
}
