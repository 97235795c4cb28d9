/**
 * Where in the page we are, as the part of the address behind `#`: works from a server and from a file alike. A place has
 * a path of segments and a query; empty segments (an environment without a name) are written `-`.
 */

export interface Place {
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

const EMPTY = '-';

/** `#/service/prod/reports?range=1h` as a place; anything else is the first page. */
export function readPlace(hash: string): Place {
  const text = hash.replace(/^#?\/?/, '');
  const cut = text.indexOf('?');
  const path = (cut < 0 ? text : text.slice(0, cut)).split('/').filter((part) => part !== '');
  const query: Record<string, string> = {};
  if (cut >= 0) for (const [name, value] of new URLSearchParams(text.slice(cut + 1))) query[name] = value;
  return { path: path.map((part) => (part === EMPTY ? '' : decode(part))), query };
}

/** The address of a place. Queries with an empty value are left out. */
export function writePlace(
  path: readonly string[],
  query: Readonly<Record<string, string | null | undefined>> = {},
): string {
  const kept = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const asked = kept.length === 0 ? '' : `?${new URLSearchParams(kept)}`;
  return `#/${path.map((part) => (part === '' ? EMPTY : encodeURIComponent(part))).join('/')}${asked}`;
}

/** The same place with some queries changed; null takes one away. */
export function withQuery(place: Place, change: Readonly<Record<string, string | null>>): string {
  return writePlace(place.path, { ...place.query, ...change });
}

/** Addresses of pages, so that no page spells another's. */
export const to = {
  fleet: () => '#/',
  service: (environment: string, service: string, query: Readonly<Record<string, string>> = {}) =>
    writePlace(['service', environment, service], query),
  finding: (id: string) => writePlace(['finding', id]),
  goroutines: (environment: string, service: string, query: Readonly<Record<string, string>> = {}) =>
    writePlace(['goroutines', environment, service], query),
  syscalls: (environment: string, service: string, query: Readonly<Record<string, string>> = {}) =>
    writePlace(['syscalls', environment, service], query),
  flame: (head: string, base?: string | null, query: Readonly<Record<string, string>> = {}) =>
    writePlace(['flame'], { head, base, ...query }),
  heap: (capture: string) => writePlace(['heap'], { capture }),
  compare: (base?: string | null, head?: string | null) => writePlace(['compare'], { base, head }),
  open: () => '#/open',
  respond: () => '#/respond',
  incident: (id: string) => writePlace(['incident', id]),
  status: () => '#/status',
};

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A `%` that is no escape: somebody typed it.
  }
}
