/** /proc/PID/maps, smaps and smaps_rollup: proc_pid_maps(5), proc_pid_smaps(5). Lines that cannot be read are stepped over. */
import { sizeOf } from './status.ts';

export interface Mapping {
  /** Addresses; exact below 2^53, which user space is. */
  readonly start: number;
  readonly end: number;
  /** `rw-p` */
  readonly permissions: string;
  readonly inode: number;
  /** File path, `[heap]`, `[anon: Go: heap]` …; `[anon]` where the kernel gives no name. */
  readonly name: string;
  /** Bytes; 0 in maps, which does not say. */
  rss: number;
  pss: number;
  swap: number;
  anonymous: number;
}

/** The kernel's default limit is 65 530 mappings; some raise it. */
const MAX_MAPPINGS = 4_000_000;

export function parseMaps(text: string): Mapping[] {
  return parseSmaps(text);
}

const SIZES = { Rss: 'rss', Pss: 'pss', Swap: 'swap', Anonymous: 'anonymous' } as const;

/** Mappings in the file's order, which is that of addresses. */
export function parseSmaps(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  let current: Mapping | null = null;
  for (let at = 0; at < text.length && mappings.length < MAX_MAPPINGS; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const first = text.charCodeAt(at);
    // Addresses are lower-case hex, field names begin with a capital letter.
    if (first >= 65 && first <= 90) {
      const colon = text.indexOf(':', at);
      const key = colon < 0 || colon > end ? '' : text.slice(at, colon);
      if (current !== null && isSize(key)) current[SIZES[key]] = sizeOf(text.slice(colon + 1, end)) ?? 0;
    } else {
      const mapping = parseMapping(text.slice(at, Math.min(end, at + 8192)));
      if (mapping !== null) {
        mappings.push(mapping);
        current = mapping;
      }
    }
    at = end + 1;
  }
  return mappings;
}

/** `start-end perms offset dev inode            name` */
function parseMapping(line: string): Mapping | null {
  const match = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([-rwxsp]{4}) [0-9a-f]+ \S+ (\d+)[ \t]*(.*)$/.exec(line);
  if (match === null) return null;
  const [, start = '', end = '', permissions = '', inode = '', name = ''] = match;
  return {
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    permissions,
    inode: Number(inode),
    name: name.trimEnd() === '' ? '[anon]' : name.trimEnd(),
    rss: 0,
    pss: 0,
    swap: 0,
    anonymous: 0,
  };
}

function isSize(key: string): key is keyof typeof SIZES {
  return Object.hasOwn(SIZES, key);
}

export interface SmapsRollup {
  /** Bytes. */
  readonly rss?: number;
  readonly pss?: number;
  readonly swap?: number;
  readonly anonymous?: number;
}

export function parseSmapsRollup(text: string): SmapsRollup {
  const sums: { -readonly [K in keyof SmapsRollup]: SmapsRollup[K] } = {};
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(colon, 0));
    if (!isSize(key)) continue;
    const value = sizeOf(line.slice(colon + 1));
    if (value !== null) sums[SIZES[key]] = value;
  }
  return sums;
}
