/**
 * What happens to history as it gets older: points become means, captures lose their profiles, profiles that nothing
 * refers to are removed. Each step is a transaction of its own between the commits, so that a capture waits for one
 * step at most; all of them can be broken off and done again.
 */
import { setImmediate } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { METRICS } from '../../model.ts';
import type { RetentionPolicy } from '../store.ts';
import { foldSyscalls } from './fold-syscalls.ts';
import type { CommitQueue } from './queue.ts';
import { folded, namesOf, tierColumns } from './read-metrics.ts';
import { TIERS } from './schema.ts';
import { chunks, integer, quoted, text } from './values.ts';
import { noteFolded, type WriterParts } from './write.ts';

const DAY_MS = 86_400_000;
/** A blob that was put this long ago and is in no commit yet belongs to a capture that failed, ms. */
const ABANDONED_MS = 3_600_000;
/** Files removed in one turn of the event loop. */
const REMOVALS = 100;

/** Captures that findings which are not resolved compare: they keep everything. */
const KEPT = `SELECT base FROM findings WHERE state <> 'resolved' AND base IS NOT NULL
  UNION ALL SELECT head FROM findings WHERE state <> 'resolved' AND head IS NOT NULL`;
const NOT_KEPT = (column: string): string => `${column} NOT IN (${KEPT})`;

type Step = (connection: DuckDBConnection) => Promise<void>;
/** A transaction between the commits; `done` is called when it is durable, before the next commit. */
type Steps = (work: Step, done?: () => void) => Promise<void>;

export async function retain(
  parts: WriterParts,
  queue: Pick<CommitQueue<never>, 'alone'>,
  policy: RetentionPolicy,
  now: number,
  clock: number,
): Promise<void> {
  const step: Steps = (work, done) =>
    queue.alone(async () => {
      await transaction(parts, work);
      done?.();
    });
  const full = now - policy.fullMs;
  const medium = now - policy.mediumMs;
  const long = Math.floor(now - policy.longMs);

  await foldTier(parts, step, 0, full);
  await foldTier(parts, step, 1, medium);
  await step(async (connection) => {
    for (const { table } of TIERS) await connection.run(`DELETE FROM ${table} WHERE t < ${long}`);
  });
  await foldSyscalls(parts.database, step, policy, now, (target, until) =>
    noteFolded(parts.foldedSyscalls, target, until),
  );
  await step((connection) => thinSummaries(connection, long, medium, full));
  await step((connection) => dropOld(connection, long));
  await step((connection) => dropBlobs(connection, `t < ${Math.floor(now - policy.blobMs)} AND ${NOT_LAST_OF_DAY}`));
  await limitBlobs(parts, step, policy.blobBytes);
  await queue.alone(async () => {
    await transaction(parts, (connection) => dropShapes(connection, Math.floor(long / DAY_MS)));
    parts.shapes.forgetDays();
    parts.shapes.forgetObjects();
    await parts.shapes.load(parts.database);
  });
  await queue.alone(async () => {
    const gone = await dropTargets(parts, long);
    parts.targets.forget(gone);
  });
  for (const hash of parts.blobs.abandoned(clock - ABANDONED_MS)) parts.blobs.discard(hash);
  await removeDoomed(parts, queue);
}

async function transaction({ database }: WriterParts, work: Step): Promise<void> {
  await database.mend();
  const connection = database.writer;
  try {
    await connection.run('BEGIN');
    await work(connection);
    await connection.run('COMMIT');
  } catch (error) {
    const failure = database.failed(error, 'thin history');
    if (!database.broken) await connection.run('ROLLBACK').catch((e: unknown) => database.failed(e, 'thin history'));
    throw failure;
  }
}

/** Points of tier i before `until` become means of the next tier; a day per transaction. */
async function foldTier(
  { database, folded: boundaries }: WriterParts,
  step: Steps,
  i: number,
  until: number,
): Promise<void> {
  const from = TIERS[i];
  const to = TIERS[i + 1];
  if (from === undefined || to === undefined) return;
  const end = Math.floor(until / to.step) * to.step;
  const names = namesOf(METRICS);
  for (;;) {
    const [row] = await database.read(`SELECT min(t)::DOUBLE FROM ${from.table} WHERE t < ${end}`);
    const first = row?.[0];
    if (first === null || first === undefined) return;
    const low = Math.floor(integer(first) / to.step) * to.step;
    const high = Math.min(end, (Math.floor(low / DAY_MS) + 1) * DAY_MS);
    const where = `t >= ${low} AND t < ${high}`;
    const until = new Map<number, number>();
    const note = (): void => {
      for (const [target, t] of until) noteFolded(boundaries, target, t);
    };
    await step(async (connection) => {
      const newest = await connection.runAndReadAll(
        `SELECT target, max((t - ${low}) // ${to.step})::DOUBLE FROM ${from.table} WHERE ${where} GROUP BY target`,
      );
      for (const [target, bucket] of newest.getRows())
        until.set(integer(target), low + (integer(bucket) + 1) * to.step);
      // In the order of targets, so that one target's points of the day are side by side.
      await connection.run(
        `INSERT INTO ${to.table} (target, t, n, ${names.join(', ')})
         SELECT target, ${low} + bucket * ${to.step} + ${to.step / 2}, weight, ${names.join(', ')}
         FROM (SELECT target, (t - ${low}) // ${to.step} AS bucket, sum(n) AS weight, ${folded(METRICS).join(', ')}
               FROM (SELECT ${tierColumns(from.step, METRICS)} FROM ${from.table} WHERE ${where}) GROUP BY ALL)
         ORDER BY target, bucket`,
      );
      await connection.run(`DELETE FROM ${from.table} WHERE ${where}`);
    }, note);
  }
}

/** Of each step the last summary stays: 5 minutes, then an hour, then none. */
async function thinSummaries(connection: DuckDBConnection, long: number, medium: number, full: number): Promise<void> {
  await connection.run(`DELETE FROM summaries WHERE t < ${long}`);
  for (const [step, until] of [
    [TIERS[1].step, full],
    [TIERS[2].step, medium],
  ] as const) {
    const end = Math.floor(until / step) * step;
    await connection.run(
      `DELETE FROM summaries WHERE t < ${end} AND rowid IN (
         SELECT id FROM (
           SELECT rowid AS id, capture, row_number() OVER (PARTITION BY target, t // ${step} ORDER BY t DESC, capture DESC) AS place
           FROM summaries WHERE t < ${end})
         WHERE place > 1 AND ${NOT_KEPT('capture')})`,
    );
  }
}

async function dropOld(connection: DuckDBConnection, long: number): Promise<void> {
  await dropBlobs(connection, `t < ${long} AND ${NOT_KEPT('capture')}`);
  await connection.run(`DELETE FROM captures WHERE t < ${long} AND ${NOT_KEPT('id')}`);
  await connection.run(`DELETE FROM marks WHERE t < ${long}`);
  await connection.run(
    `DELETE FROM events WHERE t < ${long} AND finding NOT IN (SELECT id FROM findings WHERE state <> 'resolved')`,
  );
  await connection.run(`DELETE FROM deliveries WHERE created < ${long} AND state <> 'pending'`);
  await connection.run(`DELETE FROM silences WHERE until < ${long}`);
  // An incident goes as a whole, and only one that is closed.
  await connection.run(
    `DELETE FROM response_events WHERE incident IN (
       SELECT incident FROM response_events GROUP BY incident
       HAVING max(t) < ${long} AND max(n) FILTER (kind = 'closed') > max(n) FILTER (kind IN ('found', 'reopened')))`,
  );
}

/** The last capture of a day that has profiles keeps them, and so does what a person saved. */
const NOT_LAST_OF_DAY = `capture NOT IN (SELECT id FROM captures WHERE reason = 'opened')
  AND ${NOT_KEPT('capture')}
  AND capture NOT IN (SELECT arg_max(capture, t) FROM capture_blobs GROUP BY target, t // ${DAY_MS})`;

/** References that meet the condition go; blobs that nothing refers to any more are doomed. */
async function dropBlobs(connection: DuckDBConnection, where: string): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE dropped AS SELECT capture, part, hash FROM capture_blobs WHERE ${where}`,
  );
  await connection.run('DELETE FROM capture_blobs WHERE (capture, part) IN (SELECT (capture, part) FROM dropped)');
  await connection.run(
    `UPDATE blobs SET doomed = true WHERE hash IN (
       SELECT hash FROM dropped EXCEPT SELECT hash FROM capture_blobs WHERE hash IN (SELECT hash FROM dropped))`,
  );
  await connection.run('DROP TABLE dropped');
}

/** While there are too many bytes, the profiles of the oldest minute go. */
async function limitBlobs({ database }: WriterParts, step: Steps, limit: number): Promise<void> {
  const [row] = await database.read('SELECT coalesce(sum(stored), 0)::DOUBLE FROM blobs WHERE NOT doomed');
  let excess = integer(row?.[0]) - limit;
  if (excess <= 0) return;
  // By the last use of each blob: one that a newer capture has, too, would not be removed.
  const minutes = await database.read(
    `SELECT last // 60000, sum(stored)::DOUBLE
     FROM blobs JOIN (SELECT hash, max(t) AS last FROM capture_blobs GROUP BY hash) USING (hash)
     WHERE NOT doomed AND hash NOT IN (SELECT hash FROM capture_blobs WHERE NOT (${NOT_KEPT('capture')}))
     GROUP BY ALL ORDER BY 1`,
  );
  let until: number | null = null;
  for (const [minute, stored] of minutes) {
    if (excess <= 0) break;
    until = (integer(minute) + 1) * 60_000;
    excess -= integer(stored);
  }
  if (until === null) return;
  const before = until;
  await step((connection) => dropBlobs(connection, `t < ${before} AND ${NOT_KEPT('capture')}`));
}

async function dropShapes(connection: DuckDBConnection, firstDay: number): Promise<void> {
  await connection.run(`DELETE FROM shape_days WHERE day < ${firstDay}`);
  await connection.run('DELETE FROM shapes WHERE id NOT IN (SELECT shape FROM shape_days)');
}

/** Instances that were last measured before `long` and have left nothing: pods come and go. Returns their numbers. */
async function dropTargets(parts: WriterParts, long: number): Promise<number[]> {
  const stale = [...parts.targets.lastMeasuredBefore(long), ...parts.targets.neverMeasured()];
  if (stale.length === 0) return [];
  const list = stale.join(', ');
  const used = new Set<number>();
  for (const table of ['captures', 'summaries', 'marks', 'syscalls'])
    for (const [key] of await parts.database.read(`SELECT DISTINCT target FROM ${table} WHERE target IN (${list})`))
      used.add(integer(key));
  const gone = stale.filter((key) => !used.has(key));
  if (gone.length === 0) return [];
  await transaction(parts, async (connection) => {
    await connection.run(`DELETE FROM targets WHERE key IN (${gone.join(', ')})`);
  });
  return gone;
}

async function removeDoomed(parts: WriterParts, queue: Pick<CommitQueue<never>, 'alone'>): Promise<void> {
  const { blobs, database, doomed } = parts;
  // Between commits, so that a commit that saves a blob either comes before or finds it in the set.
  await queue.alone(async () => {
    for (const [hash] of await database.read('SELECT hash FROM blobs WHERE doomed')) doomed.add(text(hash));
  });
  for (const hashes of chunks([...doomed], REMOVALS)) {
    await queue.alone(async () => {
      const removed = hashes.filter((hash) => doomed.has(hash) && blobs.remove(hash));
      if (removed.length === 0) return;
      await transaction(parts, async (connection) => {
        await connection.run(`DELETE FROM blobs WHERE doomed AND hash IN (${removed.map(quoted).join(', ')})`);
      });
      for (const hash of removed) doomed.delete(hash);
    });
    await setImmediate();
  }
}

/**
 * After a crash: blobs in `new/` that the database knows are moved to their places, the others removed, and what was
 * about to be removed is.
 */
export async function sweepStaged(parts: WriterParts, log: (says: string) => void): Promise<void> {
  const { blobs, database } = parts;
  const known: string[] = [];
  let orphans = 0;
  for (const hashes of chunks(await blobs.staged(), 1000)) {
    const rows = await database.read(
      `SELECT DISTINCT hash FROM blobs WHERE hash IN (${hashes.map(quoted).join(', ')})`,
    );
    const found = new Set(rows.map(([hash]) => text(hash)));
    for (const hash of hashes) {
      if (found.has(hash)) known.push(hash);
      else {
        blobs.discard(hash);
        orphans += 1;
      }
    }
  }
  await blobs.place(known);
  if (orphans > 0) log(`removed ${orphans} profiles of captures that were not finished when the server stopped`);
  await removeDoomed(parts, { alone: (task) => task() });
}
