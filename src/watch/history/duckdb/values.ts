/** Values of DuckDB as JavaScript has them, checked: a column that is not what the schema says is an error, not a guess. */
import { DuckDBBlobValue, type DuckDBValue } from '@duckdb/node-api';
import { StoreError } from '../error.ts';

type Value = DuckDBValue | undefined;

/** Any numeric column; sums of integers come as bigint. */
export function integer(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw unexpected('a number', value);
}

/** NaN for NULL. */
export function float(value: Value): number {
  return value === null || value === undefined ? Number.NaN : integer(value);
}

export function text(value: Value): string {
  if (typeof value === 'string') return value;
  throw unexpected('text', value);
}

export function textOrNull(value: Value): string | null {
  return value === null || value === undefined ? null : text(value);
}

export function bytesOrNull(value: Value): Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (value instanceof DuckDBBlobValue) return value.bytes;
  throw unexpected('bytes', value);
}

export function bytes(value: Value): Uint8Array {
  const found = bytesOrNull(value);
  if (found === null) throw unexpected('bytes', value);
  return found;
}

/** `'…'` for SQL. Only for lists that are too long for parameters; everything else is a parameter. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

function unexpected(wanted: string, value: Value): StoreError {
  return new StoreError(
    'damaged',
    `the history database has ${value === null || value === undefined ? 'nothing' : `a ${typeof value}`} where ${wanted} should be: restore it from a backup`,
  );
}
