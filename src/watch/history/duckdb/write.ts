/**
 * Batches into one transaction. Rows of large tables are appended; where one may be there already (a replay, a clock that
 * went back) it is deleted first. To know when without an index: the newest time per target and table is remembered, and
 * a row that is newer than that is new.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ResponseEvent } from '../../../guard/respond/model.ts';
import {
  type BlobHash,
  type Capture,
  type CaptureSummary,
  METRICS,
  type MetricPoint,
  type TargetId,
} from '../../model.ts';
import type { Blobs } from '../blobs.ts';
import { StoreError } from '../error.ts';
import type { Batch } from '../store.ts';
import { append, type Cell, type ColumnType } from './append.ts';
import type { Database } from './database.ts';
import { packSummary } from './pack.ts';
import type { ShapeChanges, ShapeDictionary } from './shapes.ts';
import { type SyscallNames, writeSyscalls } from './syscalls.ts';
import type { TargetKeys } from './targets.ts';
import { integer, quoted } from './values.ts';

export interface WriterParts {
  readonly database: Database;
  readonly blobs: Blobs;
  readonly shapes: ShapeDictionary;
  readonly targets: TargetKeys;
  readonly newest: Newest;
  /** Until when (ms, excluded) the points of a target are means already, by its number. */
  readonly folded: Map<number, number>;
  readonly syscallNames: SyscallNames;
  /** The same of windows of syscall counts. */
  readonly foldedSyscalls: Map<number, number>;
  /** Blobs whose file is about to be removed; a capture that refers to one saves it. */
  readonly doomed: Set<BlobHash>;
}

/** Newest time that was ever written (or tried), per table and target. Never too small, see the top of the file. */
export class Newest {
  readonly #times = new Map<string, number>();

  /** Whether a row may be there already; and from now on one of that time may. */
  maybeThere(table: string, target: number, t: number): boolean {
    const key = `${table} ${target}`;
    const newest = this.#times.get(key);
    if (newest !== undefined && t <= newest) return true;
    this.#times.set(key, t);
    return false;
  }
}

export function noteFolded(folded: Map<number, number>, target: number, until: number): void {
  folded.set(target, Math.max(until, folded.get(target) ?? Number.NEGATIVE_INFINITY));
}

const METRIC_TYPES: readonly ColumnType[] = ['int', 'long', ...METRICS.map(() => 'double' as const)];

/** One transaction. Throws a StoreError; nothing was written then. */
export async function writeBatches(parts: WriterParts, batches: readonly Batch[]): Promise<void> {
  const { database, blobs, shapes, targets, syscallNames } = parts;
  await database.mend();
  const connection = database.writer;
  const changes: ShapeChanges = { added: [], days: [] };
  const placed = new Set<BlobHash>();
  const saved = new Set<BlobHash>();
  try {
    await connection.run('BEGIN');
    const all = <K extends keyof Batch>(field: K): NonNullable<Batch[K]>[number][] => {
      const rows: NonNullable<Batch[K]>[number][] = [];
      for (const batch of batches) for (const row of batch[field] ?? []) rows.push(row);
      return rows;
    };
    const captures = all('captures');
    const summaries = all('summaries');
    const points = all('metrics');
    const marks = all('marks');
    const syscalls = all('syscalls');
    for (const info of all('targets')) await targets.put(connection, info.id, info);
    for (const { target } of [captures, summaries, points, marks, syscalls].flat())
      await targets.key(connection, target);
    const keyOf = (id: TargetId): number => targets.known(id);

    await writePoints(parts, connection, points, keyOf);
    await writeCaptures(parts, connection, captures, keyOf, placed, saved);
    await writeSummaries(parts, connection, summaries, keyOf, changes);
    await writeSyscalls(
      { names: syscallNames, folded: parts.foldedSyscalls },
      parts.newest,
      connection,
      syscalls,
      keyOf,
      (pairs) => deletePairs(connection, 'syscalls', pairs),
    );
    await append(
      connection,
      'shapes',
      ['int', 'text', 'text', 'text', 'text'],
      changes.added.map(({ id, kind, key, hash, json }) => [id, kind, key, hash, json]),
    );
    await append(
      connection,
      'shape_days',
      ['int', 'int'],
      changes.days.map(({ shape, day }) => [shape, day]),
    );
    await upsert(
      connection,
      'marks',
      ['target', 't', 'kind', 'json'],
      'ON CONFLICT DO UPDATE SET json = excluded.json',
      marks.map((mark) => [keyOf(mark.target), Math.round(mark.at), mark.kind, JSON.stringify(mark)]),
      3,
    );
    await upsert(
      connection,
      'findings',
      ['id', 'environment', 'service', 'state', 'base', 'head', 'json'],
      'ON CONFLICT DO UPDATE SET state = excluded.state, base = excluded.base, head = excluded.head, json = excluded.json',
      all('findings').map((one) => [
        one.id,
        one.environment,
        one.service,
        one.state,
        one.base,
        one.head,
        JSON.stringify(one),
      ]),
    );
    await upsert(
      connection,
      'events',
      ['id', 'finding', 't', 'json'],
      'ON CONFLICT DO NOTHING',
      all('events').map((event) => [event.id, event.finding, Math.round(event.at), JSON.stringify(event)]),
    );
    await upsert(
      connection,
      'deliveries',
      ['id', 'state', 'created', 'due', 'json'],
      // What was delivered stays delivered: a replay of the batch that made the message must not send it again.
      "ON CONFLICT DO UPDATE SET state = excluded.state, due = excluded.due, json = excluded.json WHERE deliveries.state = 'pending' OR excluded.state <> 'pending'",
      all('deliveries').map((one) => [
        one.id,
        one.state,
        Math.round(one.createdAt),
        Math.round(one.dueAt),
        JSON.stringify(one),
      ]),
    );
    await upsert(
      connection,
      'silences',
      ['id', 'until', 'json'],
      'ON CONFLICT DO UPDATE SET until = excluded.until, json = excluded.json',
      all('silences').map((one) => [one.id, Math.round(one.until), JSON.stringify(one)]),
    );
    await upsert(
      connection,
      'syscall_profiles',
      ['id', 't', 'json'],
      'ON CONFLICT DO UPDATE SET t = excluded.t, json = excluded.json',
      all('profiles').map((one) => [one.id, Math.round(one.at), JSON.stringify(one)]),
    );
    await writeResponses(connection, all('responses'));
    await connection.run('COMMIT');
  } catch (error) {
    const failure = database.failed(error, 'write history');
    if (!database.broken) await connection.run('ROLLBACK').catch((e: unknown) => database.failed(e, 'write history'));
    shapes.undo(changes);
    targets.undo();
    syscallNames.undo();
    throw failure;
  }
  targets.committed();
  syscallNames.committed();
  for (const hash of saved) parts.doomed.delete(hash);
  await blobs.place(placed);
}

async function writePoints(
  { newest, folded, targets }: WriterParts,
  connection: DuckDBConnection,
  points: readonly MetricPoint[],
  keyOf: (id: TargetId) => number,
): Promise<void> {
  const rows = new Map<string, readonly Cell[]>();
  const again: string[] = [];
  for (const point of points) {
    const target = keyOf(point.target);
    const t = Math.round(point.at);
    // Whether it is in the mean already cannot be told any more; nearly always it is.
    if (t < (folded.get(target) ?? Number.NEGATIVE_INFINITY)) continue;
    if (newest.maybeThere('metrics', target, t)) again.push(`(${target}, ${t})`);
    rows.set(`${target} ${t}`, [target, t, ...METRICS.map((metric) => point.values[metric] ?? null)]);
    targets.measured(point);
  }
  await deletePairs(connection, 'metrics_full', again);
  await append(connection, 'metrics_full', METRIC_TYPES, [...rows.values()]);
}

async function writeCaptures(
  { blobs, newest, doomed }: WriterParts,
  connection: DuckDBConnection,
  captures: readonly Capture[],
  keyOf: (id: TargetId) => number,
  placed: Set<BlobHash>,
  saved: Set<BlobHash>,
): Promise<void> {
  const rows = new Map<string, readonly Cell[]>();
  const refs = new Map<string, readonly Cell[]>();
  const stored: (readonly Cell[])[] = [];
  const again: string[] = [];
  for (const capture of captures) {
    const target = keyOf(capture.target);
    const t = Math.round(capture.at);
    if (newest.maybeThere('captures', target, t)) again.push(capture.id);
    const parts = capture.parts.map(({ blob, ...part }) => ({ ...part, blob: blob !== null }));
    rows.set(capture.id, [
      capture.id,
      target,
      t,
      capture.reason,
      capture.build,
      capture.name ?? null,
      JSON.stringify(parts),
    ]);
    for (const [part, { blob }] of capture.parts.entries()) {
      if (blob === null) continue;
      refs.set(`${capture.id} ${part}`, [capture.id, target, t, part, blob]);
      if (placed.has(blob)) continue;
      const info = blobs.info(blob);
      if (info === null)
        throw new StoreError('missing', `the capture ${capture.id} refers to the profile ${blob}, which was never put`);
      placed.add(blob);
      if (!info.placed) stored.push([blob, t, info.stored, false]);
      else if (doomed.has(blob)) {
        saved.add(blob);
        await connection.run('UPDATE blobs SET doomed = false WHERE hash = $1', [blob]);
      }
    }
  }
  await deleteTexts(connection, 'captures', 'id', again);
  await deleteTexts(connection, 'capture_blobs', 'capture', again);
  await append(connection, 'captures', ['text', 'int', 'long', 'text', 'text', 'text', 'text'], [...rows.values()]);
  await append(connection, 'capture_blobs', ['text', 'int', 'long', 'int', 'text'], [...refs.values()]);
  await append(connection, 'blobs', ['text', 'long', 'long', 'bool'], stored);
}

async function writeSummaries(
  { newest, shapes }: WriterParts,
  connection: DuckDBConnection,
  summaries: readonly CaptureSummary[],
  keyOf: (id: TargetId) => number,
  changes: ShapeChanges,
): Promise<void> {
  const rows = new Map<string, readonly Cell[]>();
  const again: string[] = [];
  for (const summary of summaries) {
    const target = keyOf(summary.target);
    const t = Math.round(summary.at);
    if (newest.maybeThere('summaries', target, t)) again.push(summary.capture);
    const packed = packSummary(summary, {
      sites: shapes.idsOf('site', summary.heap?.sites ?? [], t, changes),
      clusters: shapes.idsOf('cluster', summary.goroutines?.clusters ?? [], t, changes),
      leaks: shapes.idsOf('cluster', summary.leaks?.clusters ?? [], t, changes),
    });
    rows.set(summary.capture, [
      summary.capture,
      target,
      t,
      summary.build,
      summary.startedAt,
      packed.sites,
      packed.bytes,
      packed.clusters,
      packed.counts,
      packed.cold,
    ]);
  }
  await deleteTexts(connection, 'summaries', 'capture', again);
  await append(
    connection,
    'summaries',
    ['text', 'int', 'long', 'text', 'double', 'blob', 'blob', 'blob', 'blob', 'blob'],
    [...rows.values()],
  );
}

/** The first of an id counts: what happened is not changed by a replay. */
async function writeResponses(connection: DuckDBConnection, events: readonly ResponseEvent[]): Promise<void> {
  if (events.length === 0) return;
  const first = new Map<string, ResponseEvent>();
  for (const event of events) if (!first.has(event.id)) first.set(event.id, event);
  const newest = await connection.runAndReadAll('SELECT coalesce(max(n), 0)::DOUBLE FROM response_events');
  let n = integer(newest.getRows()[0]?.[0]);
  await upsert(
    connection,
    'response_events',
    ['id', 'n', 'incident', 't', 'kind', 'json'],
    'ON CONFLICT DO NOTHING',
    [...first.values()].map((event) => {
      n += 1;
      return [event.id, n, event.incident, Math.round(event.at), event.kind, JSON.stringify(event)];
    }),
  );
}

/** Pairs per statement: its text stays below some 50 kB. */
const PAIRS = 1000;

async function deletePairs(connection: DuckDBConnection, table: string, pairs: readonly string[]): Promise<void> {
  for (let i = 0; i < pairs.length; i += PAIRS)
    await connection.run(`DELETE FROM ${table} WHERE (target, t) IN (VALUES ${pairs.slice(i, i + PAIRS).join(', ')})`);
}

async function deleteTexts(
  connection: DuckDBConnection,
  table: string,
  column: string,
  values: readonly string[],
): Promise<void> {
  for (let i = 0; i < values.length; i += PAIRS)
    await connection.run(
      `DELETE FROM ${table} WHERE ${column} IN (${values
        .slice(i, i + PAIRS)
        .map(quoted)
        .join(', ')})`,
    );
}

/** Rows per statement. */
const UPSERTS = 100;

/**
 * Rows of small tables with a primary key of the first `keys` columns. Of rows with the same key the last one counts:
 * one statement must not touch a row twice.
 */
async function upsert(
  connection: DuckDBConnection,
  table: string,
  columns: readonly string[],
  conflict: string,
  rows: readonly (readonly (string | number | null)[])[],
  keys = 1,
): Promise<void> {
  const last = new Map<string, readonly (string | number | null)[]>();
  for (const row of rows) last.set(JSON.stringify(row.slice(0, keys)), row);
  const distinct = [...last.values()];
  for (let i = 0; i < distinct.length; i += UPSERTS) {
    const some = distinct.slice(i, i + UPSERTS);
    let n = 0;
    const places = some.map((row) => {
      const cells = row.map(() => {
        n += 1;
        return `$${n}`;
      });
      return `(${cells.join(', ')})`;
    });
    await connection.run(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places.join(', ')} ${conflict}`,
      some.flat(),
    );
  }
}
