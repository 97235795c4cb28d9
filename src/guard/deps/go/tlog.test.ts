import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logVectors } from '../../../testing/sumdb.ts';
import { AuthenticTree, TileError, type TileSource } from './authentic-tree.ts';
import {
  EMPTY_ROOT,
  HASH_SIZE,
  parseLookup,
  parseTree,
  recordHash,
  TILE_WIDTH,
  type TileName,
  tilePath,
} from './tlog.ts';

// golang.org/x/mod/sumdb/tlog made the tiles and the roots.
const vectors = logVectors();
const roots = new Map(Object.entries(vectors.roots).map(([size, root]) => [Number(size), Buffer.from(root, 'base64')]));
const sizes = [...roots.keys()].sort((a, b) => a - b);
const tiles = new Map(Object.entries(vectors.tiles).map(([path, data]) => [path, Buffer.from(data, 'base64')]));
/** The last tile of each level, by the name that it would have if it were full. */
const edge = new Map([...tiles].map(([path, data]) => [path.replace(/\.p\/\d+$/, ''), data]));
const root = (size: number): Buffer => roots.get(size) ?? EMPTY_ROOT;

/** Tiles of any state of the log: those of an earlier one are beginnings of those of the last. */
class Tiles implements TileSource {
  readonly saved = new Set<string>();
  readonly change: (tile: TileName, data: Buffer) => Buffer;
  constructor(change: (tile: TileName, data: Buffer) => Buffer = (_, data) => data) {
    this.change = change;
  }
  async read(tile: TileName): Promise<Buffer> {
    const data = edge.get(tilePath({ ...tile, width: TILE_WIDTH }))?.subarray(0, tile.width * HASH_SIZE);
    if (data?.length !== tile.width * HASH_SIZE) throw new Error(`no ${tilePath(tile)}`);
    return this.change(tile, data);
  }
  async save(tile: TileName): Promise<void> {
    this.saved.add(tilePath(tile));
  }
}

const size = fc.constantFrom(...sizes);

describe('a tree that is read by its tiles', () => {
  it('names tiles as golang.org/x/mod does', () => {
    for (const [key, path] of Object.entries(vectors.paths)) {
      const [number = 0, width = 0] = key.split(' ').map(Number);
      expect(tilePath({ level: 1, number, width })).toBe(path);
    }
  });

  it('has the root of every earlier state, and every record', async () => {
    for (const large of sizes.filter((_, i) => i % 60 === 0 || (sizes[i] ?? 0) > 65535)) {
      const tree = await AuthenticTree.open({ size: large, hash: root(large) }, new Tiles());
      for (const small of sizes.filter((s, i) => s <= large && (i % 3 === 0 || s < 600)))
        expect(await tree.rootAt(small)).toEqual(root(small));
      for (const id of [0, 1, 255, 256, Math.floor(large / 2), large - 1].filter((n) => n < large))
        expect(await tree.leaf(id)).toEqual(recordHash(`record ${id}\n`));
    }
  });

  it('never opens with the root of another state', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, async (a, b) => {
        fc.pre(a !== b);
        await expect(AuthenticTree.open({ size: a, hash: root(b) }, new Tiles())).rejects.toThrow(TileError);
      }),
      { numRuns: 100 },
    );
  });

  it('gives nothing out of a tile with a changed bit, and stores no such tile', async () => {
    const opened: boolean[] = [];
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), fc.nat(7), async (large, record, byte, bit) => {
        const id = record % large;
        let changed = '';
        const source = new Tiles((tile, data) => {
          // A tile on the way from the record to the root.
          const at = Math.floor(id / TILE_WIDTH ** tile.level);
          const isOnPath = tile.number === Math.floor(at / TILE_WIDTH) && tile.level === byte % 2;
          if (!isOnPath) return data;
          changed = tilePath(tile);
          const copy = Buffer.from(data);
          const index = byte % copy.length;
          copy[index] = (copy[index] ?? 0) ^ (1 << bit);
          return copy;
        });
        const read = AuthenticTree.open({ size: large, hash: root(large) }, source).then((tree) => tree.leaf(id));
        if (byte % 2 === 1 && large < TILE_WIDTH) expect(await read).toEqual(recordHash(`record ${id}\n`));
        else {
          await expect(read).rejects.toThrow(TileError);
          expect(source.saved).not.toContain(changed);
          opened.push(true);
        }
      }),
      { numRuns: 150 },
    );
    expect(opened.length).toBeGreaterThan(50);
  });

  it('knows the tree without records', async () => {
    const tree = await AuthenticTree.open({ size: 0, hash: EMPTY_ROOT }, new Tiles());
    expect(await tree.rootAt(0)).toEqual(EMPTY_ROOT);
    await expect(tree.leaf(0)).rejects.toThrow('beyond the tree');
    await expect(tree.rootAt(1)).rejects.toThrow('no state of 1');
  });
});

describe('texts of the log', () => {
  const hash = EMPTY_ROOT.toString('base64');
  it.each([
    [`go.sum database tree\n7\n${hash}\n`, 7],
    [`go.sum database tree\n0\n${hash}\nmore\n`, 0],
    [`go.sum database tree\n07\n${hash}\n`, null],
    [`go.sum database tree\n-1\n${hash}\n`, null],
    [`go.sum database tree\n7\n${hash}`, null],
    [`go.sum database tree\n7\n${hash.slice(4)}\n`, null],
    [`go.sum database tree v2\n7\n${hash}\n`, null],
    [`go.sum database tree\n999999999999999999\n${hash}\n`, null],
  ])('%j', (text, size) => {
    expect(parseTree(text)?.size ?? null).toBe(size);
  });

  it('takes a look-up apart', () => {
    const found = parseLookup(Buffer.from('12\na v1 h1:x\na v1/go.mod h1:y\n\nnote'));
    expect(found?.id).toBe(12);
    expect(found?.text).toBe('a v1 h1:x\na v1/go.mod h1:y\n');
    expect(found?.note.toString()).toBe('note');
    for (const bad of ['', '12', '12\na', 'x\na\n\nnote', '1.5\na\n\nnote', '012\na\n\nnote'])
      expect(parseLookup(Buffer.from(bad))).toBeNull();
  });
});
