import { EvidenceError } from '../error.ts';
import type { MemStats } from './stats.ts';
import { pick } from './trailer.ts';

export interface Expvar {
  /** Null where the page has no `memstats` (a service may publish its own page). */
  readonly memstats: MemStats | null;
  /** All other numbers: top-level ones by name, those inside of maps as `map.key`. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** Expvar maps are one level deep; services nest a few more. */
const MAX_DEPTH = 6;
const MAX_NUMBERS = 100_000;

/** Reads a `/debug/vars` page. Throws EvidenceError where it is not a JSON object. */
export function readExpvar(bytes: Uint8Array): Expvar {
  const page = parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  const numbers = new Map<string, number>();
  let level: { readonly name: string; readonly value: object }[] = [{ name: '', value: page }];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const below: typeof level = [];
    for (const { name, value } of level) {
      for (const [key, item] of Object.entries(value)) {
        if (depth === 0 && (key === 'memstats' || key === 'cmdline')) continue;
        const path = depth === 0 ? key : `${name}.${key}`;
        if (typeof item === 'number' && numbers.size < MAX_NUMBERS) numbers.set(path, item);
        else if (isRecord(item)) below.push({ name: path, value: item });
      }
    }
    level = below;
  }
  return { memstats: 'memstats' in page && isRecord(page.memstats) ? memstatsOf(page.memstats) : null, numbers };
}

function memstatsOf(record: object): MemStats {
  const fields: Record<string, number> = {};
  let pauses: number[] | null = null;
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === 'number') fields[name] = value;
    else if (name === 'PauseNs' && Array.isArray(value)) pauses = value.filter((item) => typeof item === 'number');
  }
  return { ...pick(fields), ...(pauses?.length === 256 ? { PauseNs: pauses } : {}), source: 'expvar' };
}

function parse(text: string): object {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch (error) {
    try {
      // expvar.Float prints NaN and infinities as Go does, which is not JSON.
      page = JSON.parse(text.replaceAll(/(: ?)(?:NaN|[+-]Inf)(?=\s*[,}])/g, '$1null'));
    } catch {
      const why = error instanceof Error ? error.message : String(error);
      throw new EvidenceError('expvar', `this is not the JSON of a /debug/vars page (${oneLine(why)})`);
    }
  }
  if (!isRecord(page))
    throw new EvidenceError('expvar', 'a /debug/vars page is one JSON object, this is something else');
  return page;
}

/** V8 quotes the text around the mistake; one short line of it is enough. */
function oneLine(message: string): string {
  return message.replaceAll(/[\s\p{Cc}]+/gu, ' ').slice(0, 120);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
