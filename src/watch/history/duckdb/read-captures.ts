/** Captures, their summaries, and the series of sites and clusters that summaries are made of. */
import type { Capture, CaptureId, CapturePart, CaptureSummary, Reason, TargetId } from '../../model.ts';
import { StoreError } from '../error.ts';
import type { KeyedSeries, Range } from '../store.ts';
import type { Database, Rows } from './database.ts';
import {
  type ColdSummary,
  float64,
  int32,
  type PackedSummary,
  type SummaryRow,
  unpackCold,
  unpackSummary,
} from './pack.ts';
import { bound } from './read-metrics.ts';
import type { ShapeDictionary, ShapeKind } from './shapes.ts';
import type { TargetKeys } from './targets.ts';
import { bytes, bytesOrNull, integer, quoted, text, textOrNull } from './values.ts';

export interface Reading {
  readonly database: Database;
  readonly targets: TargetKeys;
  readonly shapes: ShapeDictionary;
}

/** What a part of a capture is in the column `parts`: `blob` says only whether there was one. */
type StoredPart = Omit<CapturePart, 'blob'> & { readonly blob: boolean };

const REMOVED = 'the profile was removed by retention';

export async function readCaptures(
  { database, targets }: Reading,
  ids: readonly TargetId[],
  range: Range,
  limit: number,
): Promise<Capture[]> {
  const keys = targets.keys(ids);
  if ((ids.length > 0 && keys.length === 0) || limit < 1) return [];
  const which = ids.length === 0 ? '' : `target IN (${keys.join(', ')}) AND `;
  const rows = await database.read(
    `SELECT id, target, t::DOUBLE, reason, build, name, parts FROM captures
     WHERE ${which}t BETWEEN ${bound(range.from, 'up')} AND ${bound(range.to, 'down')}
     ORDER BY t DESC, id DESC LIMIT ${Math.floor(Math.min(limit, 1e9))}`,
  );
  return withBlobs(database, targets, rows);
}

export async function readCapture({ database, targets }: Reading, id: CaptureId): Promise<Capture | null> {
  const rows = await database.read(
    'SELECT id, target, t::DOUBLE, reason, build, name, parts FROM captures WHERE id = $1',
    [id],
  );
  return (await withBlobs(database, targets, rows))[0] ?? null;
}

async function withBlobs(database: Database, targets: TargetKeys, rows: Rows): Promise<Capture[]> {
  if (rows.length === 0) return [];
  const times = rows.map((row) => integer(row[2]));
  const low = times.reduce((a, b) => Math.min(a, b));
  const high = times.reduce((a, b) => Math.max(a, b));
  const hashes = new Map<string, string>();
  const refs = await database.read(
    `SELECT capture, part, hash FROM capture_blobs
     WHERE t BETWEEN ${low} AND ${high} AND capture IN (${rows.map((row) => quoted(text(row[0]))).join(', ')})`,
  );
  for (const [capture, part, hash] of refs) hashes.set(`${text(capture)} ${integer(part)}`, text(hash));
  return rows.map(([id, target, t, reason, build, name, parts]) => {
    const stored: readonly StoredPart[] = JSON.parse(text(parts));
    const fileName = textOrNull(name);
    return {
      id: text(id),
      target: targets.id(integer(target)),
      at: integer(t),
      reason: reasonOf(text(reason)),
      build: textOrNull(build),
      parts: stored.map(({ blob, ...part }, i): CapturePart => {
        if (!blob) return { ...part, blob: null };
        const hash = hashes.get(`${text(id)} ${i}`);
        return hash === undefined ? { ...part, blob: null, error: REMOVED } : { ...part, blob: hash };
      }),
      ...(fileName === null ? {} : { name: fileName }),
    };
  });
}

function reasonOf(reason: string): Reason {
  if (reason === 'schedule' || reason === 'signal' || reason === 'opened') return reason;
  throw new StoreError('damaged', `the history database has a capture with the reason ${JSON.stringify(reason)}`);
}

const SUMMARY = 'capture, target, t::DOUBLE, build, started, sites, bytes, clusters, counts, cold';

export async function readSummaries(
  reading: Reading,
  target: TargetId,
  range: Range,
  limit: number,
): Promise<CaptureSummary[]> {
  const { database, targets } = reading;
  const [key] = targets.keys([target]);
  if (key === undefined) return [];
  const chosen = await chooseEvenly(database, whereOf(key, range), limit);
  if (chosen === null) return [];
  const found: PackedRow[] = [];
  await database.each(`SELECT ${SUMMARY} FROM summaries WHERE ${chosen.where}`, (rows) => {
    for (const row of rows) found.push(packedRow(targets, row));
  });
  return unpack(
    reading,
    inOrder(found, chosen.order, ({ row }) => row.capture),
  );
}

interface Chosen {
  /** Condition that the rows chosen meet, and hardly any others. */
  readonly where: string;
  /** Place of each capture in the order of time. */
  readonly order: ReadonlyMap<CaptureId, number>;
}

/** At most `limit` of the summaries that meet the condition; null where there are none. */
async function chooseEvenly(database: Database, where: string, limit: number): Promise<Chosen | null> {
  const all = await database.read(`SELECT capture, t::DOUBLE FROM summaries WHERE ${where} ORDER BY t, capture`);
  const chosen = evenly(all, limit);
  if (chosen.length === 0) return null;
  const order = new Map(chosen.map(([id], i) => [text(id), i]));
  if (chosen.length === all.length) return { where, order };
  // First which rows, by two small columns, then those rows: asked directly, DuckDB unpacks what all targets have of the
  // range, ten times as much work with a hundred of them.
  const times = chosen.map(([, t]) => integer(t)).join(', ');
  return { where: `rowid IN (SELECT rowid FROM summaries WHERE ${where} AND t IN (${times}))`, order };
}

/** Rows in the order of the captures chosen, without those that were not chosen. */
function inOrder<T>(rows: readonly T[], order: Chosen['order'], captureOf: (row: T) => CaptureId): T[] {
  const place = (row: T): number => order.get(captureOf(row)) ?? -1;
  return rows.filter((row) => place(row) >= 0).sort((a, b) => place(a) - place(b));
}

export async function readSummary(reading: Reading, id: CaptureId): Promise<CaptureSummary | null> {
  const rows = await reading.database.read(`SELECT ${SUMMARY} FROM summaries WHERE capture = $1`, [id]);
  const packed = rows.map((row) => packedRow(reading.targets, row));
  return (await unpack(reading, packed))[0] ?? null;
}

interface PackedRow {
  readonly row: SummaryRow;
  readonly columns: Omit<PackedSummary, 'cold'>;
  readonly rest: ColdSummary;
}

function packedRow(targets: TargetKeys, columns: Rows[number]): PackedRow {
  const [capture, target, t, build, started, siteIds, siteBytes, clusterIds, counts, cold] = columns;
  return {
    row: {
      capture: text(capture),
      target: targets.id(integer(target)),
      at: integer(t),
      build: textOrNull(build),
      startedAt: started === null || started === undefined ? null : integer(started),
    },
    columns: {
      sites: bytesOrNull(siteIds),
      bytes: bytesOrNull(siteBytes),
      clusters: bytesOrNull(clusterIds),
      counts: bytesOrNull(counts),
    },
    rest: unpackCold(bytes(cold)),
  };
}

async function unpack({ database, shapes }: Reading, packed: readonly PackedRow[]): Promise<CaptureSummary[]> {
  const sites = new Set<number>();
  const clusters = new Set<number>();
  for (const { columns, rest } of packed) {
    if (columns.sites !== null) for (const id of int32(columns.sites)) sites.add(id);
    if (columns.clusters !== null) for (const id of int32(columns.clusters)) clusters.add(id);
    for (const id of rest.cold.leaks?.ids ?? []) clusters.add(id);
  }
  const siteShapes = await shapes.sites(database, sites);
  const clusterShapes = await shapes.clusters(database, clusters);
  return packed.map(({ row, columns, rest }) =>
    unpackSummary(row, columns, rest, lookUp(siteShapes), lookUp(clusterShapes)),
  );
}

function lookUp<S>(shapes: ReadonlyMap<number, S>): (id: number) => S {
  return (id) => {
    const shape = shapes.get(id);
    if (shape === undefined)
      throw new StoreError(
        'damaged',
        `the history database refers to a site ${id} that it does not have: restore it from a backup`,
      );
    return shape;
  };
}

/** Columns of a summary that series are made of. */
const SERIES = {
  site: { ids: 'sites', values: 'bytes' },
  cluster: { ids: 'clusters', values: 'counts' },
} as const satisfies Record<ShapeKind, { ids: string; values: string }>;

/**
 * Series of the sites or clusters picked, all with the times of the captures (at most `points` of them, evenly chosen);
 * 0 where a capture does not have one: it was too small to be kept.
 */
export async function readSeries(
  { database, targets, shapes }: Reading,
  kind: ShapeKind,
  target: TargetId,
  range: Range,
  pick: { readonly keys: readonly string[] } | { readonly top: number },
  points: number,
): Promise<KeyedSeries[]> {
  const [key] = targets.keys([target]);
  if (key === undefined) return [];
  const columns = SERIES[kind];
  const where = `${whereOf(key, range)} AND ${columns.ids} IS NOT NULL`;
  const chosen = await chooseEvenly(database, where, points);
  if (chosen === null) return [];
  const found: { capture: CaptureId; at: number; ids: Int32Array; values: Float64Array }[] = [];
  await database.each(
    `SELECT capture, t::DOUBLE, ${columns.ids}, ${columns.values} FROM summaries WHERE ${chosen.where}`,
    (rows) => {
      for (const [capture, t, ids, values] of rows)
        found.push({
          capture: text(capture),
          at: integer(t),
          ids: int32(bytes(ids)),
          values: float64(bytes(values)),
        });
    },
  );
  const decoded = inOrder(found, chosen.order, ({ capture }) => capture);
  const keys = 'keys' in pick ? pick.keys : await topKeys(database, shapes, kind, decoded.at(-1), pick.top);
  if (keys.length === 0) return [];
  // One key has several shapes where builds or instances differ in more than the place.
  const named = await database.read(
    `SELECT id, key FROM shapes WHERE kind = $1 AND key IN (${keys.map((_, i) => `$${i + 2}`).join(', ')})`,
    [kind, ...keys],
  );
  const index = new Map(keys.map((name, i) => [name, i]));
  const seriesOf = new Map(named.map(([id, name]) => [integer(id), index.get(text(name)) ?? -1]));
  const at = Float64Array.from(decoded, (row) => row.at);
  const values = keys.map(() => new Float64Array(decoded.length));
  const seen = new Set<number>();
  for (const [r, row] of decoded.entries()) {
    for (const [i, id] of row.ids.entries()) {
      const series = seriesOf.get(id);
      const column = series === undefined ? undefined : values[series];
      if (series === undefined || column === undefined) continue;
      column[r] = (column[r] ?? 0) + (row.values[i] ?? 0);
      seen.add(series);
    }
  }
  return keys.flatMap((name, i) => {
    const value = values[i];
    return seen.has(i) && value !== undefined ? [{ key: name, at, value }] : [];
  });
}

async function topKeys(
  database: Database,
  shapes: ShapeDictionary,
  kind: ShapeKind,
  last: { readonly ids: Int32Array; readonly values: Float64Array } | undefined,
  top: number,
): Promise<string[]> {
  if (last === undefined) return [];
  const order = [...last.ids.keys()].sort((a, b) => (last.values[b] ?? 0) - (last.values[a] ?? 0));
  const ids = order.slice(0, Math.max(0, top)).map((i) => last.ids[i] ?? 0);
  const known: ReadonlyMap<number, { readonly key: string }> =
    kind === 'site' ? await shapes.sites(database, ids) : await shapes.clusters(database, ids);
  return [...new Set(ids.map((id) => lookUp(known)(id).key))];
}

function whereOf(target: number, range: Range): string {
  return `target = ${target} AND t BETWEEN ${bound(range.from, 'up')} AND ${bound(range.to, 'down')}`;
}

/** At most `limit` of the rows at equal distances, the first and the last among them. */
function evenly<T>(rows: readonly T[], limit: number): readonly T[] {
  if (rows.length <= limit) return rows;
  if (limit < 1) return [];
  const last = rows.at(-1);
  if (limit === 1) return last === undefined ? [] : [last];
  const chosen: T[] = [];
  for (let i = 0; i < limit; i++) {
    const row = rows[Math.round((i * (rows.length - 1)) / (limit - 1))];
    if (row !== undefined) chosen.push(row);
  }
  return chosen;
}
