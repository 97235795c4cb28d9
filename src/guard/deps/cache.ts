/**
 * What was verified before, kept in hemostat's own directory. Only facts that do not change are kept: that a key signed
 * exactly these bytes, what an attestation of them says. A file that is damaged, or of another form, counts as none.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../write-whole.ts';

const attested = z.strictObject({
  repository: z.string(),
  workflow: z.string(),
});

/** What provenance says, read from the signing certificate. */
export type Attested = z.infer<typeof attested>;

const known = z.strictObject({
  /** SHA-256 of the key that signed `name@version:integrity`, hex; the key must still be trusted when this is used. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  origin: z.enum(['file', 'tuf', 'registry']),
  /** Ms, as the registry said when it was verified (not signed); null where it was not asked. */
  published: z.number().nullable(),
  /** Null: the registry lists no provenance. Missing: it was not looked at. */
  attested: attested.nullable().optional(),
  /** Whether history was compared and nothing was to be said. */
  historyClear: z.boolean(),
  bundles: z.boolean(),
  /** SHA-256 of the lock file's dependencies of it, which the registry records, hex. */
  dependencies: z.string(),
});

export type Known = z.infer<typeof known>;

const cacheFile = z.strictObject({ schema: z.literal('hemostat/npm-verified@1'), known: z.record(z.string(), known) });

/** Entries kept; the oldest written go first. About 300 bytes each. */
const MOST = 100_000;

export class VerifiedCache {
  readonly #path: string;
  readonly #known: Map<string, Known>;
  #changed = false;

  private constructor(path: string, entries: Map<string, Known>) {
    this.#path = path;
    this.#known = entries;
  }

  static async open(directory: string): Promise<VerifiedCache> {
    const path = join(directory, 'npm-verified.json');
    return new VerifiedCache(path, await load(path));
  }

  get(registry: string, name: string, version: string, integrity: string): Known | null {
    return this.#known.get(keyOf(registry, name, version, integrity)) ?? null;
  }

  set(registry: string, name: string, version: string, integrity: string, value: Known): void {
    this.#known.set(keyOf(registry, name, version, integrity), value);
    this.#changed = true;
  }

  /**
   * Writes what is new, together with what another run wrote meanwhile.
   * @returns why that could not be, else nothing: the next run asks again, and no verdict depends on it
   */
  async save(): Promise<string> {
    if (!this.#changed) return '';
    const all = new Map([...(await load(this.#path)), ...this.#known]);
    const known = Object.fromEntries([...all].slice(-MOST));
    const why = await writeWhole(this.#path, JSON.stringify({ schema: 'hemostat/npm-verified@1', known }));
    return why === ''
      ? ''
      : `What was verified could not be kept in ${this.#path} (${why}), and will be asked again; HEMOSTAT_CACHE names another directory.`;
  }
}

async function load(path: string): Promise<Map<string, Known>> {
  try {
    const read = cacheFile.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return read.success ? new Map(Object.entries(read.data.known)) : new Map();
  } catch {
    return new Map();
  }
}

/** JSON keeps the parts apart whatever they contain. */
function keyOf(registry: string, name: string, version: string, integrity: string): string {
  return JSON.stringify([registry, name, version, integrity]);
}
