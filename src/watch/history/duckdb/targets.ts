/** Targets by a small number, with the newest point of each: all of them are in memory. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { METRICS, type Metric, type MetricPoint, type TargetId, type TargetInfo } from '../../model.ts';
import { StoreError } from '../error.ts';
import type { Database } from './database.ts';
import { TIERS } from './schema.ts';
import { float, integer, text, textOrNull } from './values.ts';

/** How TargetInfo.from begins of a target that is known from a recording of syscalls alone. */
const COUNTED = 'recording ';

interface Known {
  readonly key: number;
  readonly info: TargetInfo | null;
}

export class TargetKeys {
  readonly #known = new Map<TargetId, Known>();
  readonly #ids = new Map<number, TargetId>();
  readonly #newest = new Map<TargetId, MetricPoint>();
  /** Of the transaction under way: what was before, null where nothing was. */
  readonly #before = new Map<TargetId, Known | null>();
  readonly #points: MetricPoint[] = [];
  #next = 1;

  async load(database: Database): Promise<void> {
    for (const [key, id, json] of await database.read('SELECT key, id, json FROM targets')) {
      const source = textOrNull(json);
      const info: TargetInfo | null = source === null ? null : JSON.parse(source);
      this.#set(text(id), { key: integer(key), info });
    }
    const columns = METRICS.join(', ');
    for (const { table } of TIERS) {
      const rows = await database.read(
        `SELECT target, t::DOUBLE, ${columns} FROM ${table} QUALIFY row_number() OVER (PARTITION BY target ORDER BY t DESC) = 1`,
      );
      for (const [target, t, ...values] of rows) {
        const id = this.#ids.get(integer(target));
        if (id === undefined) continue;
        const measured: Partial<Record<(typeof METRICS)[number], number>> = {};
        for (const [i, metric] of METRICS.entries()) {
          const value = float(values[i]);
          if (!Number.isNaN(value)) measured[metric] = value;
        }
        this.#note({ target: id, at: integer(t), values: measured });
      }
    }
  }

  #set(id: TargetId, known: Known): void {
    this.#known.set(id, known);
    this.#ids.set(known.key, id);
    this.#next = Math.max(this.#next, known.key + 1);
  }

  #note(point: MetricPoint): void {
    const newest = this.#newest.get(point.target);
    if (newest === undefined || newest.at <= point.at) this.#newest.set(point.target, point);
  }

  /** Writes a target that is new or says something else than before. */
  async put(connection: DuckDBConnection, id: TargetId, info: TargetInfo | null): Promise<number> {
    const known = this.#known.get(id);
    const json = info === null ? null : JSON.stringify(info);
    if (known !== undefined) {
      if (info === null || JSON.stringify(known.info) === json) return known.key;
      await connection.run('UPDATE targets SET json = $1 WHERE key = $2', [json, known.key]);
      this.#change(id, { key: known.key, info });
      return known.key;
    }
    const key = this.#next;
    await connection.run('INSERT INTO targets VALUES ($1, $2, $3)', [key, id, json]);
    this.#change(id, { key, info });
    return key;
  }

  #change(id: TargetId, known: Known): void {
    if (!this.#before.has(id)) this.#before.set(id, this.#known.get(id) ?? null);
    this.#set(id, known);
  }

  /** Number of a target, made where there is none. */
  async key(connection: DuckDBConnection, id: TargetId): Promise<number> {
    return this.#known.get(id)?.key ?? this.put(connection, id, null);
  }

  known(id: TargetId): number {
    const known = this.#known.get(id);
    if (known === undefined) throw new StoreError('failed', `the target ${id} has no number in the history database`);
    return known.key;
  }

  /** Numbers of those that are known at all; the others have no history. */
  keys(ids: readonly TargetId[]): number[] {
    return ids.flatMap((id) => this.#known.get(id)?.key ?? []);
  }

  id(key: number): TargetId {
    const id = this.#ids.get(key);
    if (id === undefined)
      throw new StoreError(
        'damaged',
        `the history database has rows of an unknown target ${key}: restore it from a backup`,
      );
    return id;
  }

  /** NaN is as good as absent. */
  measured(point: MetricPoint): void {
    const values: Partial<Record<Metric, number>> = {};
    for (const metric of METRICS) {
      const value = point.values[metric];
      if (value !== undefined && !Number.isNaN(value)) values[metric] = value;
    }
    this.#points.push({ ...point, values });
  }

  committed(): void {
    for (const point of this.#points.splice(0)) this.#note(point);
    this.#before.clear();
  }

  undo(): void {
    this.#points.length = 0;
    for (const [id, before] of this.#before) {
      const now = this.#known.get(id);
      if (now !== undefined) this.#ids.delete(now.key);
      if (before === null) this.#known.delete(id);
      else this.#set(id, before);
    }
    this.#before.clear();
  }

  /** Numbers of targets whose newest point is older; not of those that never had one. */
  lastMeasuredBefore(t: number): number[] {
    return [...this.#newest.values()].flatMap(({ at, target }) => (at < t ? this.keys([target]) : []));
  }

  /** Numbers of those whose syscalls alone are counted: they leave windows, and never a point. */
  neverMeasured(): number[] {
    return [...this.#known].flatMap(([id, { key, info }]) =>
      info?.from.startsWith(COUNTED) === true && !this.#newest.has(id) ? [key] : [],
    );
  }

  forget(keys: readonly number[]): void {
    for (const key of keys) {
      const id = this.#ids.get(key);
      if (id === undefined) continue;
      this.#ids.delete(key);
      this.#known.delete(id);
      this.#newest.delete(id);
    }
  }

  infos(): TargetInfo[] {
    return [...this.#known.values()].flatMap(({ info }) => info ?? []);
  }

  newestPoints(): MetricPoint[] {
    return [...this.#newest.values()];
  }
}
