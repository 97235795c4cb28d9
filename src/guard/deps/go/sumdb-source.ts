/** Where a checksum database is asked (directly or by a proxy), and its answers as bytes; nothing here is trusted. */
import { HttpError } from '../../http/http.ts';
import { TileError, type TileSource } from './authentic-tree.ts';
import type { GoRules } from './environment.ts';
import { type Fetched, type Fetcher, firstLine } from './fetch.ts';
import type { NoteKey } from './note.ts';
import type { DatabaseStore } from './store.ts';
import { HASH_SIZE, TILE_WIDTH, type TileName, tilePath } from './tlog.ts';

/** A database that could not be asked: one sentence. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

const LOOKUP_LIMIT = 256 * 1024;

export class SumdbSource implements TileSource {
  readonly #rules: GoRules;
  readonly #key: NoteKey;
  readonly #said: string;
  readonly #fetcher: Fetcher;
  readonly #store: DatabaseStore;
  readonly #offline: boolean;
  #base: Promise<string> | null = null;

  constructor(
    rules: GoRules,
    database: { readonly key: NoteKey; readonly url: string },
    io: { readonly fetcher: Fetcher; readonly store: DatabaseStore; readonly offline: boolean },
  ) {
    this.#rules = rules;
    this.#key = database.key;
    this.#said = database.url;
    this.#fetcher = io.fetcher;
    this.#store = io.store;
    this.#offline = io.offline;
  }

  /** `/latest`: a signed tree head. @throws UnreachableError */
  async latest(): Promise<Fetched> {
    return await this.#get('latest', LOOKUP_LIMIT);
  }

  /** `/lookup/PATH@VERSION`, both escaped. @throws UnreachableError */
  async lookup(name: string): Promise<Fetched> {
    return await this.#get(`lookup/${name}`, LOOKUP_LIMIT);
  }

  async read(tile: TileName, fresh: boolean): Promise<Buffer> {
    if (!fresh) {
      const kept = await this.#kept(tile);
      if (kept !== null) return kept;
    }
    const path = tilePath(tile);
    this.#saved.delete(path);
    if (this.#offline)
      throw new UnreachableError(
        fresh
          ? `${path} of ${this.#key.name} in the cache is not of the tree that was signed, and offline it cannot be fetched again`
          : `${path} of ${this.#key.name} is not in the cache, and offline it cannot be fetched`,
      );
    const answer = await this.#get(path, TILE_WIDTH * HASH_SIZE);
    if (answer.status === 200) return sized(answer.body, tile.width, path);
    if (tile.width < TILE_WIDTH && isAbsent(answer.status)) {
      // The tree has grown over it, and servers may drop what a full tile holds as well.
      const fullPath = tilePath({ ...tile, width: TILE_WIDTH });
      const full = await this.#get(fullPath, TILE_WIDTH * HASH_SIZE);
      if (full.status === 200) return sized(full.body, TILE_WIDTH, fullPath).subarray(0, tile.width * HASH_SIZE);
    }
    throw new UnreachableError(
      `${this.#key.name} has no ${path} (status ${answer.status}), which its signed tree head needs: nothing can be held against the head without it`,
    );
  }

  async save(tile: TileName, data: Buffer): Promise<void> {
    const path = tilePath(tile);
    if (!this.#saved.has(path)) {
      this.#saved.add(path);
      await this.#store.write(path, data);
    }
  }

  /** Tiles that the store has. */
  readonly #saved = new Set<string>();

  async #kept(tile: TileName): Promise<Buffer | null> {
    const path = tilePath(tile);
    const full = tilePath({ ...tile, width: TILE_WIDTH });
    for (const [name, width] of [
      [path, tile.width],
      [full, TILE_WIDTH],
    ] as const) {
      const ours = await this.#store.read(name);
      if (ours?.length === width * HASH_SIZE) {
        this.#saved.add(path);
        return ours.subarray(0, tile.width * HASH_SIZE);
      }
      const ofGo = await this.#store.readOfGo(name);
      if (ofGo?.length === width * HASH_SIZE) return ofGo.subarray(0, tile.width * HASH_SIZE);
    }
    return null;
  }

  async #get(path: string, limit: number): Promise<Fetched> {
    if (this.#offline) throw new UnreachableError(`offline: ${this.#key.name} was not asked`);
    this.#base ??= this.#findBase();
    try {
      return await this.#fetcher.get(`${await this.#base}/${path}`, limit);
    } catch (error) {
      if (error instanceof HttpError) {
        if (error.kind === 'too-large' && path.startsWith('tile/'))
          throw new TileError(`${path} is longer than a tile can be: what was served is not the log that was signed`);
        throw new UnreachableError(`${this.#key.name} could not be asked for ${path}: ${error.message}`);
      }
      throw error;
    }
  }

  /** As the go command: the address in GOSUMDB; else the first proxy that says it passes the database on; else https://name. */
  async #findBase(): Promise<string> {
    if (this.#said !== '') return this.#said;
    for (const { url, fallThrough } of this.#rules.proxies) {
      if (url === 'direct' || url === 'off') break;
      if (url === 'noproxy') continue;
      const base = `${url}/sumdb/${this.#key.name}`;
      try {
        const { status, body } = await this.#fetcher.get(`${base}/supported`, LOOKUP_LIMIT);
        if (status === 200) return base;
        if (!isAbsent(status) && !fallThrough)
          throw new UnreachableError(
            `the proxy of GOPROXY answered ${status} when asked whether it passes ${this.#key.name} on: ${firstLine(body)}`,
          );
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        if (!fallThrough)
          throw new UnreachableError(`the proxy of GOPROXY could not be asked for ${this.#key.name}: ${error.message}`);
      }
    }
    return `https://${this.#key.name}`;
  }
}

/** @throws TileError where the tile is not as long as its width says */
function sized(data: Buffer, width: number, path: string): Buffer {
  if (data.length !== width * HASH_SIZE)
    throw new TileError(
      `${path} has ${data.length} bytes and must have ${width * HASH_SIZE} (${width} hashes): what was served is not the log that was signed`,
    );
  return data;
}

export function isAbsent(status: number): boolean {
  return status === 404 || status === 410;
}
