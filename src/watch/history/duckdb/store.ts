/** `HistoryStore` in one DuckDB file and a directory of blobs: `DIR/history.duckdb`, `DIR/blobs`. */
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ResponseEvent } from '../../../guard/respond/model.ts';
import type {
  Delivery,
  FindingEvent,
  FindingId,
  FindingRecord,
  LearnedProfile,
  Mark,
  MetricPoint,
  Silence,
  TargetId,
} from '../../model.ts';
import { type Blobs, openBlobs } from '../blobs.ts';
import { storeError } from '../error.ts';
import type { Batch, HistoryStore, Range, RetentionPolicy, StoreStats } from '../store.ts';
import { BLOBS, backupOpen, DATABASE } from './backup.ts';
import { closedError, Database } from './database.ts';
import { type DirectoryLock, lockDirectory, otherProcess } from './lock.ts';
import { CommitQueue } from './queue.ts';
import { readCapture, readCaptures, readSeries, readSummaries, readSummary } from './read-captures.ts';
import { bound, readMetrics } from './read-metrics.ts';
import { retain, sweepStaged } from './retain.ts';
import { MIGRATIONS, migrate, TIERS } from './schema.ts';
import { ShapeDictionary } from './shapes.ts';
import { readSyscallColumns, readSyscallWindows, SyscallNames } from './syscalls.ts';
import { TargetKeys } from './targets.ts';
import { integer, text } from './values.ts';
import { Newest, noteFolded, type WriterParts, writeBatches } from './write.ts';

export interface DuckDbOptions {
  readonly dir: string;
  /** ms since the epoch; only tells when a blob was put and a migration applied. */
  readonly clock?: () => number;
  /** One sentence at a time: what was repaired, and what could not be. */
  readonly log?: (says: string) => void;
  /** Transactions are at least so far apart, ms: commits that come meanwhile share one. Default 200. */
  readonly apartMs?: number;
  /** What DuckDB may use, such as `64MB`; default MEMORY_LIMIT. */
  readonly memory?: string;
}

/** Points of a series of a site or a cluster. */
const SERIES_POINTS = 1000;
/** Batches in one transaction. */
const GROUP = 256;
/** 20 captures a second cost 15 % of a processor one by one, 3 to 4 % in groups of a second; this is nearer to the second. */
const APART_MS = 200;

/** One by one: Node's own recursive mkdir never ends where the system refuses with ENOENT, as /proc does. */
function makeDirectories(dir: string): void {
  const missing: string[] = [];
  for (let path = resolve(dir); !existsSync(path); path = dirname(path)) missing.push(path);
  for (const path of missing.reverse()) mkdirSync(path, { mode: 0o700 });
}

/** Opens the history in a directory, made where it is missing. StoreError where that is not possible. */
export async function openDuckDbStore(options: DuckDbOptions): Promise<HistoryStore> {
  const { dir, clock = Date.now, log = () => undefined, apartMs = APART_MS, memory } = options;
  try {
    makeDirectories(dir);
    chmodSync(dir, 0o700);
  } catch (error) {
    throw storeError(error, 'open history', dir);
  }
  const lock = lockDirectory(dir);
  let database: Database | null = null;
  try {
    const path = join(dir, DATABASE);
    database = await Database.open(path, memory);
    chmodSync(path, 0o600);
    lock.sign();
    await migrate(database.writer, path, clock());
    const blobs = await openBlobs(join(dir, BLOBS), clock);
    const parts: WriterParts = {
      database,
      blobs,
      shapes: new ShapeDictionary(),
      targets: new TargetKeys(),
      newest: new Newest(),
      folded: new Map(),
      syscallNames: new SyscallNames(),
      foldedSyscalls: new Map(),
      doomed: new Set(),
    };
    await parts.targets.load(database);
    await parts.shapes.load(database);
    await parts.syscallNames.load(database);
    await loadNewest(parts);
    await sweepStaged(parts, log);
    return new DuckDbStore({ dir, clock, apartMs }, parts, lock);
  } catch (error) {
    database?.close();
    lock.release();
    throw otherProcess(error, dir) ?? storeError(error, 'open history', dir);
  }
}

async function loadNewest({ database, newest, folded, foldedSyscalls }: WriterParts): Promise<void> {
  const tables = { metrics: 'metrics_full', captures: 'captures', summaries: 'summaries', syscalls: 'syscalls' };
  for (const [name, table] of Object.entries(tables))
    for (const [target, t] of await database.read(`SELECT target, max(t)::DOUBLE FROM ${table} GROUP BY target`))
      newest.maybeThere(name, integer(target), integer(t));
  for (const { table, step } of TIERS)
    if (step > 0)
      for (const [target, t] of await database.read(`SELECT target, max(t)::DOUBLE FROM ${table} GROUP BY target`))
        noteFolded(folded, integer(target), integer(t) + step / 2);
  for (const [target, end] of await database.read(
    'SELECT target, max((t // step + 1) * step)::DOUBLE FROM syscalls WHERE step > 0 GROUP BY target',
  ))
    noteFolded(foldedSyscalls, integer(target), integer(end));
}

class DuckDbStore implements HistoryStore {
  readonly #dir: string;
  readonly #parts: WriterParts;
  readonly #lock: DirectoryLock;
  readonly #clock: () => number;
  readonly #queue: CommitQueue<Batch>;
  #closed: Promise<void> | null = null;
  /** Work on blobs that must not overlap: a backup links what retention would remove. */
  #upkeep: Promise<void> = Promise.resolve();

  constructor(
    options: Required<Pick<DuckDbOptions, 'dir' | 'clock' | 'apartMs'>>,
    parts: WriterParts,
    lock: DirectoryLock,
  ) {
    const { dir, clock, apartMs } = options;
    this.#dir = dir;
    this.#parts = parts;
    this.#lock = lock;
    this.#clock = clock;
    this.#queue = new CommitQueue<Batch>({
      most: GROUP,
      apartMs,
      write: (batches) => writeBatches(parts, batches),
    });
  }

  get #blobs(): Blobs {
    return this.#parts.blobs;
  }

  async #rows<T>(sql: string, params: (string | number)[] = []): Promise<T[]> {
    const rows = await this.#parts.database.read(sql, params);
    return rows.map(([json]): T => JSON.parse(text(json)));
  }

  #check(): void {
    if (this.#closed !== null) throw closedError(this.#dir);
  }

  async putBlob(bytes: Uint8Array): Promise<string> {
    this.#check();
    return this.#blobs.put(bytes);
  }

  async getBlob(hash: string): Promise<Uint8Array> {
    return this.#blobs.get(hash);
  }

  async commit(batch: Batch): Promise<void> {
    this.#check();
    await this.#queue.submit(batch);
  }

  async targets(): ReturnType<HistoryStore['targets']> {
    this.#check();
    return this.#parts.targets.infos();
  }

  async latestMetrics(): Promise<MetricPoint[]> {
    this.#check();
    return this.#parts.targets.newestPoints();
  }

  metrics(
    ...[targets, metrics, range, points]: Parameters<HistoryStore['metrics']>
  ): ReturnType<HistoryStore['metrics']> {
    return readMetrics(this.#parts.database, this.#parts.targets, targets, metrics, range, points);
  }

  captures(...[targets, range, limit]: Parameters<HistoryStore['captures']>): ReturnType<HistoryStore['captures']> {
    return readCaptures(this.#parts, targets, range, limit);
  }

  capture(id: string): ReturnType<HistoryStore['capture']> {
    return readCapture(this.#parts, id);
  }

  summaries(target: TargetId, range: Range, limit: number): ReturnType<HistoryStore['summaries']> {
    return readSummaries(this.#parts, target, range, limit);
  }

  summary(id: string): ReturnType<HistoryStore['summary']> {
    return readSummary(this.#parts, id);
  }

  siteSeries(...[target, range, pick]: Parameters<HistoryStore['siteSeries']>): ReturnType<HistoryStore['siteSeries']> {
    return readSeries(this.#parts, 'site', target, range, pick, SERIES_POINTS);
  }

  clusterSeries(
    ...[target, range, pick]: Parameters<HistoryStore['clusterSeries']>
  ): ReturnType<HistoryStore['clusterSeries']> {
    return readSeries(this.#parts, 'cluster', target, range, pick, SERIES_POINTS);
  }

  async syscallWindows(
    ...[target, range, limit]: Parameters<HistoryStore['syscallWindows']>
  ): ReturnType<HistoryStore['syscallWindows']> {
    return readSyscallWindows(this.#parts, target, range, limit);
  }

  async syscallColumns(
    ...[target, range, points]: Parameters<HistoryStore['syscallColumns']>
  ): ReturnType<HistoryStore['syscallColumns']> {
    return readSyscallColumns(this.#parts, target, range, points);
  }

  async newestSyscalls(): Promise<Map<TargetId, number>> {
    const { database, targets } = this.#parts;
    const rows = await database.read('SELECT target, max(until)::DOUBLE FROM syscalls GROUP BY target');
    return new Map(rows.map(([target, until]) => [targets.id(integer(target)), integer(until)]));
  }

  learnedProfiles(): Promise<LearnedProfile[]> {
    return this.#rows<LearnedProfile>('SELECT json FROM syscall_profiles ORDER BY id');
  }

  async marks(targets: readonly TargetId[], range: Range): Promise<Mark[]> {
    const keys = this.#parts.targets.keys(targets);
    if (targets.length > 0 && keys.length === 0) return [];
    const which = targets.length === 0 ? '' : `target IN (${keys.join(', ')}) AND `;
    return this.#rows<Mark>(
      `SELECT json FROM marks WHERE ${which}t BETWEEN ${bound(range.from, 'up')} AND ${bound(range.to, 'down')} ORDER BY t, target, kind`,
    );
  }

  findings(): Promise<FindingRecord[]> {
    return this.#rows<FindingRecord>('SELECT json FROM findings ORDER BY id');
  }

  async finding(id: FindingId): Promise<FindingRecord | null> {
    const [found] = await this.#rows<FindingRecord>('SELECT json FROM findings WHERE id = $1', [id]);
    return found ?? null;
  }

  events(finding: FindingId): Promise<FindingEvent[]> {
    return this.#rows<FindingEvent>('SELECT json FROM events WHERE finding = $1 ORDER BY t, id', [finding]);
  }

  responses(): Promise<ResponseEvent[]> {
    return this.#rows<ResponseEvent>('SELECT json FROM response_events ORDER BY n');
  }

  pendingDeliveries(): Promise<Delivery[]> {
    return this.#rows<Delivery>("SELECT json FROM deliveries WHERE state = 'pending' ORDER BY due, created, id");
  }

  deliveries(limit: number): Promise<Delivery[]> {
    return this.#rows<Delivery>(
      `SELECT json FROM deliveries ORDER BY created DESC, id DESC LIMIT ${Math.max(0, Math.floor(limit))}`,
    );
  }

  silences(now: number): Promise<Silence[]> {
    return this.#rows<Silence>(`SELECT json FROM silences WHERE until > ${bound(now, 'down')} ORDER BY until, id`);
  }

  /** After what is under way, and nothing else at the same time. */
  #afterUpkeep(work: () => Promise<void>): Promise<void> {
    this.#check();
    const done = this.#upkeep.then(work);
    this.#upkeep = done.catch(() => undefined);
    return done;
  }

  retain(policy: RetentionPolicy, now: number): Promise<void> {
    return this.#afterUpkeep(() => retain(this.#parts, this.#queue, policy, now, this.#clock()));
  }

  backup(dir: string): Promise<void> {
    return this.#afterUpkeep(() => backupOpen(this.#parts, this.#queue, dir));
  }

  async stats(): Promise<StoreStats> {
    const { database } = this.#parts;
    const points = TIERS.map(({ table }) => `(SELECT count(*) FROM ${table})`).join(' + ');
    const [row] = await database.read(
      `SELECT (SELECT coalesce(sum(stored), 0)::DOUBLE FROM blobs), (SELECT count(*) FROM blobs),
              (SELECT count(*) FROM captures), ${points}, (SELECT count(*) FROM findings)`,
    );
    const [blobBytes, blobs, captures, metricPoints, findings] = row ?? [];
    const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return {
      schemaVersion: MIGRATIONS.length,
      databaseBytes: size(database.path) + size(`${database.path}.wal`),
      blobBytes: integer(blobBytes),
      blobs: integer(blobs),
      captures: integer(captures),
      metricPoints: integer(metricPoints),
      findings: integer(findings),
    };
  }

  /** Waits for what was submitted; then nothing is accepted any more. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#upkeep;
    await this.#queue.drain();
    this.#parts.database.close();
    this.#lock.release();
  }
}
