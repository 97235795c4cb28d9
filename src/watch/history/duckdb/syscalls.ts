/**
 * Windows of syscall counts: one row per target and window. Names of syscalls are small numbers that a dictionary in
 * memory translates; a series of a month reads nothing but packed columns.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { perFlow } from '../../../evidence/syscalls/flows.ts';
import type { SyscallColumns, SyscallWindow, TargetId } from '../../model.ts';
import { flowValues, isWhole, STORED_FLOWS, totalsOf } from '../../syscalls/totals.ts';
import { Turns } from '../../turns.ts';
import { StoreError } from '../error.ts';
import type { Range } from '../store.ts';
import { append, type Cell, type ColumnType } from './append.ts';
import type { Database } from './database.ts';
import { float64, int32 } from './pack.ts';
import { packWindow, unpackWindow } from './pack-syscalls.ts';
import { bound } from './read-metrics.ts';
import type { TargetKeys } from './targets.ts';
import { bytes, bytesOrNull, float, integer, text } from './values.ts';

const MINUTE = 60_000;
/** As STORED_FLOWS. */
export const FLOW_SQL =
  'fds_opened, fds_closed, files_opened, mapped_bytes, unmapped_bytes, connects, connect_failures, load';
export const ROW_TYPES: readonly ColumnType[] = [
  ...(['int', 'long', 'long', 'int', 'double', 'bool'] as const),
  ...STORED_FLOWS.map(() => 'double' as const),
  ...(['blob', 'blob', 'blob', 'blob'] as const),
];

/** Names of syscalls by number; what a transaction added is taken back where it fails. */
export class SyscallNames {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];
  #durable = 0;

  async load(database: Database): Promise<void> {
    for (const [id, name] of await database.read('SELECT id, name FROM syscall_names ORDER BY id')) {
      this.#names[integer(id)] = text(name);
      this.#ids.set(text(name), integer(id));
    }
    this.#durable = this.#names.length;
  }

  id(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#names.length;
    this.#names.push(name);
    this.#ids.set(name, id);
    return id;
  }

  name(id: number): string {
    const name = this.#names[id];
    if (name === undefined)
      throw new StoreError(
        'damaged',
        `the history database refers to a syscall ${id} that it does not have: restore it from a backup`,
      );
    return name;
  }

  async write(connection: DuckDBConnection): Promise<void> {
    const added = this.#names.slice(this.#durable).map((name, i): Cell[] => [this.#durable + i, name]);
    await append(connection, 'syscall_names', ['int', 'text'], added);
  }

  committed(): void {
    this.#durable = this.#names.length;
  }

  undo(): void {
    for (const name of this.#names.splice(this.#durable)) this.#ids.delete(name);
  }
}

export interface SyscallWriter {
  readonly names: SyscallNames;
  /** Until when (ms, excluded) the windows of a target are put together already, by its number. */
  readonly folded: Map<number, number>;
}

/** Rows as they are appended, and `(target, t)` of those that may be there already. */
export async function writeSyscalls(
  { names, folded }: SyscallWriter,
  newest: { maybeThere(table: string, target: number, t: number): boolean },
  connection: DuckDBConnection,
  windows: readonly SyscallWindow[],
  keyOf: (id: TargetId) => number,
  remove: (pairs: readonly string[]) => Promise<void>,
): Promise<void> {
  const rows = new Map<string, readonly Cell[]>();
  const again: string[] = [];
  // Each is compressed; a node with hundreds of containers has as many at once.
  const turns = new Turns();
  for (const window of windows) {
    await turns.rest();
    const target = keyOf(window.target);
    const t = Math.round(window.at);
    if (t < (folded.get(target) ?? Number.NEGATIVE_INFINITY)) continue;
    if (newest.maybeThere('syscalls', target, t)) again.push(`(${target}, ${t})`);
    const { syscalls, calls, flows } = totalsOf(window.recording);
    const ids = Int32Array.from(syscalls, (name) => names.id(name));
    const until = Math.round(window.until);
    rows.set(`${target} ${t}`, [
      ...[target, t, until, 0, until - t, isWhole(window.recording)],
      ...flowValues(flows),
      ...[raw(ids), raw(calls), null, packWindow(window)],
    ]);
  }
  await names.write(connection);
  await remove(again);
  await append(connection, 'syscalls', ROW_TYPES, [...rows.values()]);
}

export interface SyscallReading {
  readonly database: Database;
  readonly targets: TargetKeys;
  readonly syscallNames: SyscallNames;
}

export async function readSyscallWindows(
  { database, targets }: SyscallReading,
  target: TargetId,
  range: Range,
  limit: number,
): Promise<SyscallWindow[]> {
  const [key] = targets.keys([target]);
  if (key === undefined || limit < 1) return [];
  const rows = await database.read(
    `SELECT t::DOUBLE, until::DOUBLE, cold FROM syscalls WHERE ${inRange(key, range)} AND step = 0
     ORDER BY t DESC LIMIT ${Math.floor(limit)}`,
  );
  const found: SyscallWindow[] = [];
  const turns = new Turns();
  for (const [t, until, cold] of rows) {
    await turns.rest();
    found.push(unpackWindow(target, integer(t), integer(until), bytes(cold)));
  }
  return found.reverse();
}

/** A row without who called what. */
export interface PackedTotals {
  readonly at: number;
  readonly until: number;
  readonly counted: number;
  readonly whole: boolean;
  readonly flows: readonly number[];
  readonly ids: Int32Array;
  readonly calls: Float64Array;
  /** Calls per minute; null: the calls' own. */
  readonly peaks: Float64Array | null;
}

export const TOTALS_SQL = `t::DOUBLE, until::DOUBLE, counted, whole, ${FLOW_SQL}, names, calls, peaks`;

export function packedTotals(row: readonly unknown[] & Parameters<typeof integer>[0][]): PackedTotals {
  const [t, until, counted, whole, ...rest] = row;
  const flows = rest.slice(0, STORED_FLOWS.length).map(float);
  const [ids, calls, peaks] = rest.slice(STORED_FLOWS.length);
  const peak = bytesOrNull(peaks);
  return {
    ...{ at: integer(t), until: integer(until), counted: integer(counted), whole: whole === true, flows },
    ...{ ids: int32(bytes(ids)), calls: float64(bytes(calls)), peaks: peak === null ? null : float64(peak) },
  };
}

/** Several rows as one: sums, and of rates the highest. `ids` of the result are sorted. */
export function together(rows: readonly PackedTotals[]): PackedTotals {
  const [only] = rows;
  if (only !== undefined && rows.length === 1) return only;
  const calls = new Map<number, number>();
  const peaks = new Map<number, number>();
  for (const row of rows)
    for (const [i, id] of row.ids.entries()) {
      calls.set(id, (calls.get(id) ?? 0) + (row.calls[i] ?? 0));
      peaks.set(id, Math.max(peaks.get(id) ?? 0, peakOf(row, i)));
    }
  const ids = Int32Array.from([...calls.keys()].sort((a, b) => a - b));
  return {
    at: Math.min(...rows.map(({ at }) => at)),
    until: Math.max(...rows.map(({ until }) => until)),
    counted: rows.reduce((sum, { counted }) => sum + counted, 0),
    whole: rows.every(({ whole }) => whole),
    flows: STORED_FLOWS.map((_, i) => sumOf(rows.map(({ flows }) => flows[i] ?? Number.NaN))),
    ids,
    calls: Float64Array.from(ids, (id) => calls.get(id) ?? 0),
    peaks: Float64Array.from(ids, (id) => peaks.get(id) ?? 0),
  };
}

/** NaN only where nothing was measured at all. */
function sumOf(values: readonly number[]): number {
  const measured = values.filter((value) => !Number.isNaN(value));
  return measured.length === 0 ? Number.NaN : measured.reduce((sum, value) => sum + value, 0);
}

/** Calls per minute of the busiest window in a row. */
function peakOf({ peaks, calls, counted }: PackedTotals, i: number): number {
  return peaks === null ? perMinute(calls[i] ?? 0, counted) : (peaks[i] ?? 0);
}

function perMinute(calls: number, ms: number): number {
  return ms > 0 ? (calls * MINUTE) / ms : Number.NaN;
}

export function foldedRow(target: number, step: number, row: PackedTotals): readonly Cell[] {
  const peaks = row.peaks ?? row.calls.map((_, i) => peakOf(row, i));
  return [
    ...[target, row.at, row.until, step, row.counted, row.whole],
    ...row.flows,
    ...[raw(row.ids), raw(row.calls), raw(peaks), null],
  ];
}

/** A row is read for a window that is partly in the range, too. Windows are put together evenly where there are more. */
export async function readSyscallColumns(
  { database, targets, syscallNames }: SyscallReading,
  target: TargetId,
  range: Range,
  points: number,
): Promise<SyscallColumns> {
  const [key] = targets.keys([target]);
  const found: PackedTotals[] = [];
  if (key !== undefined)
    await database.each(`SELECT ${TOTALS_SQL} FROM syscalls WHERE ${inRange(key, range)}`, (rows) => {
      for (const row of rows) found.push(packedTotals([...row]));
    });
  found.sort((a, b) => a.at - b.at);
  const most = Math.max(1, Math.floor(points));
  const rows = found.length <= most ? found : grouped(found, most).map(together);
  const ids = [...new Set(rows.flatMap((row) => [...row.ids]))];
  const place = new Map(ids.map((id, i) => [id, i]));
  const rate = ids.map(() => new Float64Array(rows.length));
  const peak = ids.map(() => new Float64Array(rows.length));
  for (const [r, row] of rows.entries())
    for (const [i, id] of row.ids.entries()) {
      const column = place.get(id) ?? 0;
      const [rates, peaks] = [rate[column], peak[column]];
      if (rates !== undefined) rates[r] = perMinute(row.calls[i] ?? 0, row.counted);
      if (peaks !== undefined) peaks[r] = peakOf(row, i);
    }
  return {
    at: Float64Array.from(rows, (row) => row.at),
    until: Float64Array.from(rows, (row) => row.until),
    countedMs: Float64Array.from(rows, (row) => row.counted),
    whole: Uint8Array.from(rows, (row) => (row.whole ? 1 : 0)),
    syscalls: ids.map((id) => syscallNames.name(id)),
    rate,
    peak,
    flows: perFlow((field) => {
      const at = STORED_FLOWS.indexOf(field);
      return Float64Array.from(rows, (row) => row.flows[at] ?? Number.NaN);
    }),
  };
}

/** Neighbours in groups of the same size, at most `most` groups. */
function grouped<T>(rows: readonly T[], most: number): T[][] {
  const size = Math.ceil(rows.length / most);
  const groups: T[][] = [];
  for (let i = 0; i < rows.length; i += size) groups.push(rows.slice(i, i + size));
  return groups;
}

function inRange(target: number, range: Range): string {
  return `target = ${target} AND until > ${bound(range.from, 'up')} AND t <= ${bound(range.to, 'down')}`;
}

function raw(column: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
