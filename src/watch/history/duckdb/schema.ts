/**
 * The tables, and how a database of an older program becomes one of this program. A migration that was released is never
 * changed; another one is added.
 *
 * Times are BIGINT ms since the epoch in columns named `t` (`at` is a word of SQL). Large tables have no index: rows come
 * nearly in the order of time, so DuckDB's minimum and maximum per row group find them, and an index of a hundred million
 * rows would have to be in memory.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { StoreError } from '../error.ts';
import { integer } from './values.ts';

/** Metrics whose largest value of a step is kept beside the mean: the peak is what meets the limit. */
export const PEAKS = ['rss_bytes', 'live_heap_bytes', 'goroutines'] as const;

/** Metric points by resolution: as measured, then means over `step` ms. */
export const TIERS = [
  { table: 'metrics_full', step: 0 },
  { table: 'metrics_medium', step: 300_000 },
  { table: 'metrics_long', step: 3_600_000 },
] as const;

/** Version 1 as it was released: a metric or a peak that came later has a migration of its own. */
const METRIC_COLUMNS = `
  rss_bytes DOUBLE, live_heap_bytes DOUBLE, heap_alloc_bytes DOUBLE, heap_inuse_bytes DOUBLE, heap_idle_bytes DOUBLE,
  heap_released_bytes DOUBLE, heap_sys_bytes DOUBLE, stack_inuse_bytes DOUBLE, runtime_bytes DOUBLE, sys_bytes DOUBLE,
  next_gc_bytes DOUBLE, alloc_bytes_total DOUBLE, gc_cycles_total DOUBLE, gc_pause_ns_total DOUBLE, goroutines DOUBLE,
  open_fds DOUBLE, limit_bytes DOUBLE, load DOUBLE, start_time_seconds DOUBLE`;
const PEAK_COLUMNS = 'max_rss_bytes DOUBLE, max_live_heap_bytes DOUBLE, max_goroutines DOUBLE';

/** `MIGRATIONS[i]` makes version i + 1 of version i. Each is run in one transaction. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    // `json` is null until the target itself was committed: its measurements may come first.
    'CREATE TABLE targets (key INTEGER PRIMARY KEY, id VARCHAR NOT NULL UNIQUE, json VARCHAR)',
    `CREATE TABLE metrics_full (target INTEGER NOT NULL, t BIGINT NOT NULL, ${METRIC_COLUMNS})`,
    // n: how many points a mean is of.
    `CREATE TABLE metrics_medium (target INTEGER NOT NULL, t BIGINT NOT NULL, n DOUBLE NOT NULL, ${METRIC_COLUMNS}, ${PEAK_COLUMNS})`,
    `CREATE TABLE metrics_long (target INTEGER NOT NULL, t BIGINT NOT NULL, n DOUBLE NOT NULL, ${METRIC_COLUMNS}, ${PEAK_COLUMNS})`,
    'CREATE TABLE captures (id VARCHAR NOT NULL, target INTEGER NOT NULL, t BIGINT NOT NULL, reason VARCHAR NOT NULL, build VARCHAR, name VARCHAR, parts VARCHAR NOT NULL)',
    // Which blob a part of a capture is. Apart from the captures, so that a blob is dropped by deleting a row.
    'CREATE TABLE capture_blobs (capture VARCHAR NOT NULL, target INTEGER NOT NULL, t BIGINT NOT NULL, part INTEGER NOT NULL, hash VARCHAR NOT NULL)',
    // `doomed`: nothing refers to it, the file is about to be removed.
    'CREATE TABLE blobs (hash VARCHAR NOT NULL, t BIGINT NOT NULL, stored BIGINT NOT NULL, doomed BOOLEAN NOT NULL)',
    // sites, clusters: ids of shapes, int32 each. bytes, counts: float64 each. cold: everything else, see pack.ts.
    'CREATE TABLE summaries (capture VARCHAR NOT NULL, target INTEGER NOT NULL, t BIGINT NOT NULL, build VARCHAR, started DOUBLE, sites BLOB, bytes BLOB, clusters BLOB, counts BLOB, cold BLOB NOT NULL)',
    'CREATE TABLE shapes (id INTEGER NOT NULL, kind VARCHAR NOT NULL, key VARCHAR NOT NULL, hash VARCHAR NOT NULL, json VARCHAR NOT NULL)',
    // On which days a shape was used, so that those of old builds can be dropped.
    'CREATE TABLE shape_days (shape INTEGER NOT NULL, day INTEGER NOT NULL)',
    'CREATE TABLE marks (target INTEGER NOT NULL, t BIGINT NOT NULL, kind VARCHAR NOT NULL, json VARCHAR NOT NULL, PRIMARY KEY (target, t, kind))',
    'CREATE TABLE findings (id VARCHAR PRIMARY KEY, environment VARCHAR NOT NULL, service VARCHAR NOT NULL, state VARCHAR NOT NULL, base VARCHAR, head VARCHAR, json VARCHAR NOT NULL)',
    'CREATE TABLE events (id VARCHAR PRIMARY KEY, finding VARCHAR NOT NULL, t BIGINT NOT NULL, json VARCHAR NOT NULL)',
    'CREATE TABLE deliveries (id VARCHAR PRIMARY KEY, state VARCHAR NOT NULL, created BIGINT NOT NULL, due BIGINT NOT NULL, json VARCHAR NOT NULL)',
    'CREATE TABLE silences (id VARCHAR PRIMARY KEY, until BIGINT NOT NULL, json VARCHAR NOT NULL)',
  ],
  [
    'CREATE TABLE syscall_names (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE)',
    // step: 0 as counted, else ms that windows were put together over. counted: ms. names: ids, int32 each; calls, peaks:
    // float64 each (peaks: calls per minute, null where step is 0). cold: the window by process, null where step is not 0.
    `CREATE TABLE syscalls (target INTEGER NOT NULL, t BIGINT NOT NULL, until BIGINT NOT NULL, step INTEGER NOT NULL,
       counted DOUBLE NOT NULL, whole BOOLEAN NOT NULL, fds_opened DOUBLE, fds_closed DOUBLE, files_opened DOUBLE,
       mapped_bytes DOUBLE, unmapped_bytes DOUBLE, connects DOUBLE, connect_failures DOUBLE, load DOUBLE,
       names BLOB NOT NULL, calls BLOB NOT NULL, peaks BLOB, cold BLOB)`,
    'CREATE TABLE syscall_profiles (id VARCHAR PRIMARY KEY, t BIGINT NOT NULL, json VARCHAR NOT NULL)',
  ],
  // n: the order in which they were appended, which is not that of their times.
  [
    'CREATE TABLE response_events (id VARCHAR PRIMARY KEY, n BIGINT NOT NULL, incident VARCHAR NOT NULL, t BIGINT NOT NULL, kind VARCHAR NOT NULL, json VARCHAR NOT NULL)',
  ],
];

/** Version of a database, 0 for a new one. */
export async function schemaVersion(connection: DuckDBConnection): Promise<number> {
  const tables = await connection.runAndReadAll(
    "SELECT count(*) FROM information_schema.tables WHERE table_name = 'schema_versions'",
  );
  if (integer(tables.getRows()[0]?.[0]) === 0) return 0;
  const newest = await connection.runAndReadAll('SELECT coalesce(max(version), 0) FROM schema_versions');
  return integer(newest.getRows()[0]?.[0]);
}

/** Brings a database to the version of this program; StoreError where it is newer. */
export async function migrate(
  connection: DuckDBConnection,
  path: string,
  now: number,
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): Promise<void> {
  const from = await schemaVersion(connection);
  if (from > migrations.length)
    throw new StoreError(
      'newer',
      `${path} was written by a newer hemostat (schema ${from}, this one knows ${migrations.length}): run that version, or restore an older backup`,
    );
  for (const [i, statements] of migrations.entries()) {
    if (i < from) continue;
    await connection.run('BEGIN');
    try {
      if (i === 0)
        await connection.run('CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, applied BIGINT NOT NULL)');
      for (const statement of statements) await connection.run(statement);
      await connection.run(`INSERT INTO schema_versions VALUES (${i + 1}, ${Math.round(now)})`);
      await connection.run('COMMIT');
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}
