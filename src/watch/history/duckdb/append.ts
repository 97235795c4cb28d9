/** Many rows into one table at once, as chunks of columns: ten times cheaper than statements. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';

/** A column: its type by one word. */
const TYPES = { int: INTEGER, long: BIGINT, double: DOUBLE, text: VARCHAR, blob: BLOB, bool: BOOLEAN } as const;
export type ColumnType = keyof typeof TYPES;
export type Cell = number | string | boolean | Uint8Array | null;

/** Rows of a vector of DuckDB: the most that a chunk holds. */
const CHUNK = 2048;

/** Into the transaction of the connection. Cells that are NaN become NULL. */
export async function append(
  connection: DuckDBConnection,
  table: string,
  columns: readonly ColumnType[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const types: DuckDBType[] = columns.map((column) => TYPES[column]);
  const appender = await connection.createAppender(table);
  try {
    for (let start = 0; start < rows.length; start += CHUNK) {
      const some = rows.slice(start, start + CHUNK);
      const chunk = DuckDBDataChunk.create(types, some.length);
      for (const [i, column] of columns.entries())
        chunk.setColumnValues(
          i,
          some.map((row) => asValue(column, row[i] ?? null)),
        );
      appender.appendDataChunk(chunk);
    }
  } finally {
    appender.closeSync();
  }
}

function asValue(column: ColumnType, cell: Cell): DuckDBValue {
  if (cell === null || (typeof cell === 'number' && Number.isNaN(cell))) return null;
  if (cell instanceof Uint8Array) return blobValue(cell);
  return column === 'long' && typeof cell === 'number' ? BigInt(Math.round(cell)) : cell;
}
