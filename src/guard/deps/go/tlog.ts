/**
 * The transparency log of a checksum database (golang.org/x/mod/sumdb/tlog, RFC 6962 section 2.1): a Merkle tree whose hashes are
 * published in tiles. Tile (level L, number n) of height 8 holds up to 256 hashes: entry i is the root of the 256^L records that
 * begin at (256 n + i) 256^L. Pure; a tree's size is below 2^48, so that every count is exact in a double.
 */
import { createHash } from 'node:crypto';
import { decodeBase64 } from './note.ts';

export interface TreeHead {
  /** Records. */
  readonly size: number;
  /** Root of the tree over them, 32 bytes. */
  readonly hash: Buffer;
}

export interface TileName {
  readonly level: number;
  readonly number: number;
  /** Hashes in it, 1 to 256. */
  readonly width: number;
}

/** A complete subtree: 2^level records from index · 2^level on. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

export const HASH_SIZE = 32;
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;
const MAX_SIZE = 2 ** 48;

export function recordHash(text: Uint8Array | string): Buffer {
  return createHash('sha256').update(LEAF).update(text).digest();
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** Root of the tree without records: SHA-256 of nothing. */
export const EMPTY_ROOT = createHash('sha256').digest();

/** The text of a signed tree head, or null where it is none: `go.sum database tree`, the size, the root in base64. */
export function parseTree(text: string): TreeHead | null {
  const [first, size = '', hash = '', last] = text.split('\n', 4);
  const root = decodeBase64(hash);
  if (first !== 'go.sum database tree' || last === undefined || !/^(?:0|[1-9]\d*)$/.test(size)) return null;
  if (root === null || root.length !== HASH_SIZE || Number(size) >= MAX_SIZE) return null;
  return { size: Number(size), hash: root };
}

export interface LookedUp {
  /** The record's number in the log. */
  readonly id: number;
  /** go.sum lines of one module version, each ended by a newline. */
  readonly text: string;
  /** The signed note of a tree that has it. */
  readonly note: Buffer;
}

/** The answer to a look-up: the record's number, its text, an empty line, a signed note; null where it is none. */
export function parseLookup(answer: Buffer): LookedUp | null {
  const newline = answer.indexOf(0x0a);
  const split = newline < 0 ? -1 : answer.indexOf('\n\n', newline + 1);
  if (split < 0) return null;
  const id = answer.toString('latin1', 0, Math.min(newline, 20));
  const text = answer.toString('utf8', newline + 1, split + 1);
  if (newline > 16 || !/^(?:0|[1-9]\d*)$/.test(id) || Number(id) >= MAX_SIZE) return null;
  // What is not UTF-8 would not hash to the record again: it is left as it is and fails there.
  return { id: Number(id), text, note: answer.subarray(split + 2) };
}

/** The complete subtrees that make up a tree of `size` records, from left (largest) to right. */
export function subtreesOf(size: number): Subtree[] {
  const found: Subtree[] = [];
  let start = 0;
  for (let level = 48; level >= 0; level--) {
    const span = 2 ** level;
    if (size - start < span) continue;
    found.push({ level, index: start / span });
    start += span;
  }
  return found;
}

/** Root over subtrees as `subtreesOf` gives them; `hashes` must not be empty. */
export function foldSubtrees(hashes: readonly Buffer[]): Buffer {
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The tile of a tree of `size` records that has subtree `s`, and the entries of it that `s` spans. */
export function tileOfSubtree(s: Subtree, size: number): { tile: TileName; from: number; to: number } {
  const level = Math.floor(s.level / TILE_HEIGHT);
  const span = 2 ** (s.level % TILE_HEIGHT);
  const first = s.index * span;
  const number = Math.floor(first / TILE_WIDTH);
  const from = first - number * TILE_WIDTH;
  return { tile: tileAt(level, number, size), from, to: from + span };
}

/** Tile `number` of `level` in a tree of `size` records, as wide as it is there. */
export function tileAt(level: number, number: number, size: number): TileName {
  const hashes = Math.floor(size / 2 ** (TILE_HEIGHT * level));
  return { level, number, width: Math.min(TILE_WIDTH, hashes - number * TILE_WIDTH) };
}

/** Root over entries [from, to) of a tile; to - from is a power of two. */
export function tileRoot(tile: Buffer, from: number, to: number): Buffer {
  let row: Buffer[] = [];
  for (let i = from; i < to; i++) row.push(tile.subarray(i * HASH_SIZE, (i + 1) * HASH_SIZE));
  while (row.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) above.push(nodeHash(row[i] ?? EMPTY_ROOT, row[i + 1] ?? EMPTY_ROOT));
    row = above;
  }
  return row[0] ?? EMPTY_ROOT;
}

/** `tile/8/0/x001/x234/067` or, where it is not full, `tile/8/0/x001/x234/067.p/12`. */
export function tilePath({ level, number, width }: TileName): string {
  const digits = String(number);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/g) ?? [];
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${TILE_HEIGHT}/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}
