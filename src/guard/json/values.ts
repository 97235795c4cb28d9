/** Narrow looks into objects as JSON would give them: what is of another type is as good as absent. */

export type Value = Readonly<Record<string, unknown>>;

const NOTHING: Value = {};

export function isRecord(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The map itself, or an empty one. */
export function mapOf(value: unknown): Value {
  return isRecord(value) ? value : NOTHING;
}

/** The list itself, or an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The string itself, or ''. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The strings of a list. */
export function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((each) => typeof each === 'string');
}

/** What is found along a path of keys and indices; undefined where it ends early. */
export function lookUp(value: unknown, path: readonly (string | number)[]): unknown {
  let at = value;
  for (const key of path) {
    if (Array.isArray(at)) at = typeof key === 'number' ? at[key] : undefined;
    else if (isRecord(at)) at = Object.hasOwn(at, key) ? at[key] : undefined;
    else return undefined;
  }
  return at;
}

/** Labels or annotations: strings only. */
export function stringsOf(value: unknown): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [key, each] of Object.entries(mapOf(value))) if (typeof each === 'string') map.set(key, each);
  return map;
}
