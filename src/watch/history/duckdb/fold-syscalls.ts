/** What happens to windows of syscall counts as they get older: they are put together over steps, then dropped. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { RetentionPolicy } from '../store.ts';
import { append, type Cell } from './append.ts';
import type { Database } from './database.ts';
import { TIERS } from './schema.ts';
import { foldedRow, type PackedTotals, packedTotals, ROW_TYPES, TOTALS_SQL, together } from './syscalls.ts';
import { integer } from './values.ts';

const DAY_MS = 86_400_000;
/** Windows that are read at one time: a day of one instance in windows of a minute is 1440 of them. */
const MOST = 20_000;

/** A transaction between the commits; `done` when it is durable. */
type Steps = (work: (connection: DuckDBConnection) => Promise<void>, done?: () => void) => Promise<void>;

export async function foldSyscalls(
  database: Database,
  step: Steps,
  policy: RetentionPolicy,
  now: number,
  noteFolded: (target: number, until: number) => void,
): Promise<void> {
  const [full, medium, long] = TIERS;
  await foldStep(database, step, { from: full.step, to: medium.step }, now - policy.fullMs, noteFolded);
  await foldStep(database, step, { from: medium.step, to: long.step }, now - policy.mediumMs, noteFolded);
  await step(async (connection) => {
    await connection.run(`DELETE FROM syscalls WHERE until <= ${Math.floor(now - policy.longMs)}`);
  });
}

/** Rows of one step that begin before `until` become rows of the next; a day of a few targets per transaction. */
async function foldStep(
  database: Database,
  step: Steps,
  { from, to }: { readonly from: number; readonly to: number },
  until: number,
  noteFolded: (target: number, until: number) => void,
): Promise<void> {
  const end = Math.floor(until / to) * to;
  for (;;) {
    const [row] = await database.read(`SELECT min(t)::DOUBLE FROM syscalls WHERE step = ${from} AND t < ${end}`);
    const first = row?.[0];
    if (first === null || first === undefined) return;
    const low = Math.floor(integer(first) / to) * to;
    const high = Math.min(end, (Math.floor(low / DAY_MS) + 1) * DAY_MS);
    const where = `step = ${from} AND t < ${high}`;
    const targets = await someTargets(database, where);
    await step(
      async (connection) => {
        const some = `${where} AND target IN (${targets.join(', ')})`;
        const rows = await connection.runAndReadAll(`SELECT target, ${TOTALS_SQL} FROM syscalls WHERE ${some}`);
        const groups = new Map<string, { target: number; rows: PackedTotals[] }>();
        for (const [target, ...totals] of rows.getRows()) {
          const packed = packedTotals(totals);
          const key = `${integer(target)} ${Math.floor(packed.at / to)}`;
          const group = groups.get(key) ?? { target: integer(target), rows: [] };
          group.rows.push(packed);
          groups.set(key, group);
        }
        const folded = [...groups.values()].map((group): readonly Cell[] =>
          foldedRow(group.target, to, together(group.rows.sort((a, b) => a.at - b.at))),
        );
        await connection.run(`DELETE FROM syscalls WHERE ${some}`);
        await append(connection, 'syscalls', ROW_TYPES, folded);
      },
      () => {
        for (const target of targets) noteFolded(target, high);
      },
    );
  }
}

/** As many targets as have at most MOST rows together, at least one. */
async function someTargets(database: Database, where: string): Promise<number[]> {
  const rows = await database.read(
    `SELECT target, count(*) FROM syscalls WHERE ${where} GROUP BY target ORDER BY target`,
  );
  const some: number[] = [];
  let sum = 0;
  for (const [target, count] of rows) {
    sum += integer(count);
    if (some.length > 0 && sum > MOST) break;
    some.push(integer(target));
  }
  return some;
}
