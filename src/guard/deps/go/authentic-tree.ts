/**
 * Reads a tree by its tiles and hands out only what hashes to a given head. The tiles at the right edge, of which no parent exists yet,
 * are held against the head's root together; every other tile is full, and its root is an entry of the tile above it.
 */
import {
  EMPTY_ROOT,
  foldSubtrees,
  HASH_SIZE,
  type Subtree,
  subtreesOf,
  TILE_WIDTH,
  type TileName,
  type TreeHead,
  tileAt,
  tileOfSubtree,
  tilePath,
  tileRoot,
} from './tlog.ts';

/** Where tiles come from; what they are is not trusted. */
export interface TileSource {
  /** The hashes of `tile`; `fresh`: not from a cache. @throws where it cannot be had */
  read(tile: TileName, fresh: boolean): Promise<Buffer>;
  /** Called once for a tile that was found to be in the tree. */
  save(tile: TileName, data: Buffer): Promise<void>;
}

/** Tiles that are not of the tree that was signed. */
export class TileError extends Error {
  override readonly name = 'TileError';
}

export class AuthenticTree {
  readonly head: TreeHead;
  readonly #source: TileSource;
  /** Authentic tiles by path. */
  readonly #tiles = new Map<string, Promise<Buffer>>();

  private constructor(head: TreeHead, source: TileSource) {
    this.head = head;
    this.#source = source;
  }

  /** @throws TileError where the tiles at the right edge do not hash to the head's root, and whatever `source` throws */
  static async open(head: TreeHead, source: TileSource): Promise<AuthenticTree> {
    const tree = new AuthenticTree(head, source);
    if (!(await tree.#readEdge(false)) && !(await tree.#readEdge(true)))
      throw new TileError(
        `the tiles at the right edge do not hash to the signed root of the tree of ${head.size} records: ask another mirror of the database, and keep this answer`,
      );
    return tree;
  }

  /** Hash of record `id` (0 <= id < size). @throws TileError */
  async leaf(id: number): Promise<Buffer> {
    if (id >= this.head.size) throw new TileError(`record ${id} is beyond the tree of ${this.head.size} records`);
    return await this.#subtree({ level: 0, index: id });
  }

  /** Root of the tree over the first `size` records, as this tree has them: what a head of that size has to say. @throws TileError */
  async rootAt(size: number): Promise<Buffer> {
    if (size > this.head.size) throw new TileError(`the tree of ${this.head.size} records has no state of ${size}`);
    if (size === 0) return EMPTY_ROOT;
    if (size === this.head.size) return this.head.hash;
    return foldSubtrees(await Promise.all(subtreesOf(size).map((part) => this.#subtree(part))));
  }

  async #subtree(part: Subtree): Promise<Buffer> {
    const { tile, from, to } = tileOfSubtree(part, this.head.size);
    return tileRoot(await this.#tile(tile), from, to);
  }

  #tile(tile: TileName): Promise<Buffer> {
    const path = tilePath(tile);
    const known = this.#tiles.get(path);
    if (known !== undefined) return known;
    const read = this.#readTile(tile);
    this.#tiles.set(path, read);
    return read;
  }

  async #readTile(tile: TileName): Promise<Buffer> {
    // A tile that is not full stands at the edge, and all of these were read at the start.
    if (tile.width !== TILE_WIDTH) throw new TileError(`${tilePath(tile)} is not at the edge of the tree`);
    const parent = tileAt(tile.level + 1, Math.floor(tile.number / TILE_WIDTH), this.head.size);
    const above = await this.#tile(parent);
    const entry = tile.number % TILE_WIDTH;
    const wanted = above.subarray(entry * HASH_SIZE, (entry + 1) * HASH_SIZE);
    for (const fresh of [false, true]) {
      const data = await this.#source.read(tile, fresh);
      if (tileRoot(data, 0, TILE_WIDTH).equals(wanted)) {
        await this.#source.save(tile, data);
        return data;
      }
    }
    throw new TileError(
      `${tilePath(tile)} does not hash to its entry in ${tilePath(parent)}: what was served is not the log that was signed`,
    );
  }

  /** Whether the tiles of the right edge hash to the root; they are kept then. */
  async #readEdge(fresh: boolean): Promise<boolean> {
    const parts = subtreesOf(this.head.size);
    if (parts.length === 0) return this.head.hash.equals(EMPTY_ROOT);
    const tiles = new Map<string, { tile: TileName; data: Promise<Buffer> }>();
    const hashes = await Promise.all(
      parts.map(async (part) => {
        const { tile, from, to } = tileOfSubtree(part, this.head.size);
        const path = tilePath(tile);
        const known = tiles.get(path) ?? { tile, data: this.#source.read(tile, fresh) };
        tiles.set(path, known);
        return tileRoot(await known.data, from, to);
      }),
    );
    if (!foldSubtrees(hashes).equals(this.head.hash)) return false;
    for (const [path, { tile, data }] of tiles) {
      await this.#source.save(tile, await data);
      this.#tiles.set(path, data);
    }
    return true;
  }
}
