/**
 * The call tree as columns: one row per distinct path from the root, parents before children. A profile of 500 000
 * stacks of depth 20 has up to ten million rows, so there is no object per row and no recursion.
 */
import { buildNodes, type NodeOptions, type NodeTable } from './nodes.ts';
import type { Profile } from './profile.ts';

export type TreeIndex = number;

export interface CallTree {
  readonly count: number;
  /** TreeIndex of the caller, or -1 for a root. */
  readonly parent: Int32Array;
  /** NodeIndex into `nodes`. */
  readonly node: Int32Array;
  readonly depth: Int32Array;
  readonly flat: Float64Array;
  readonly cum: Float64Array;
  readonly nodes: NodeTable;
}

// Differs between runs, so that no file can be made to collide.
const SEED = (Math.random() * 0x1_0000_0000) | 0;

export function callTree(profile: Profile, sampleType: number, options: NodeOptions = {}): CallTree {
  const nodes = buildNodes(profile, options);
  const { count, values, stackOffsets, stackLocations } = profile.samples;
  const { offsets, locationNodes } = nodes;
  const column = values[sampleType] ?? new Float64Array(count);
  const rows = new Rows();
  for (let s = 0; s < count; s++) {
    const value = column[s] ?? 0;
    const start = stackOffsets[s] ?? 0;
    const end = stackOffsets[s + 1] ?? 0;
    if (value === 0 || start === end) continue;
    let row = -1;
    for (let i = end - 1; i >= start; i--) {
      const l = stackLocations[i] ?? 0;
      const first = offsets[l] ?? 0;
      for (let k = (offsets[l + 1] ?? 0) - 1; k >= first; k--) {
        row = rows.child(row, locationNodes[k] ?? 0);
        rows.cum[row] = (rows.cum[row] ?? 0) + value;
      }
    }
    rows.flat[row] = (rows.flat[row] ?? 0) + value;
  }
  return { ...rows.finish(), nodes };
}

/** Growing columns and an open-addressed table (parent, node) → row. */
class Rows {
  private count = 0;
  private parent = new Int32Array(1024);
  private node = new Int32Array(1024);
  private depth = new Int32Array(1024);
  flat = new Float64Array(1024);
  cum = new Float64Array(1024);
  private slots = new Int32Array(4096).fill(-1);

  child(parent: TreeIndex, node: number): TreeIndex {
    let slot = this.hash(parent, node);
    for (;;) {
      const row = this.slots[slot] ?? -1;
      if (row === -1) break;
      if (this.parent[row] === parent && this.node[row] === node) return row;
      slot = (slot + 1) & (this.slots.length - 1);
    }
    if (this.count === this.parent.length) this.grow();
    const row = this.count++;
    this.parent[row] = parent;
    this.node[row] = node;
    this.depth[row] = parent < 0 ? 0 : (this.depth[parent] ?? 0) + 1;
    if (this.count * 2 > this.slots.length) this.rehash();
    else this.slots[slot] = row;
    return row;
  }

  private hash(parent: number, node: number): number {
    let h = Math.imul(parent ^ SEED, 0x9e37_79b1) ^ Math.imul(node + SEED, 0x85eb_ca6b);
    h ^= h >>> 15;
    h = Math.imul(h, 0x2c1b_3c6d);
    return (h ^ (h >>> 13)) & (this.slots.length - 1);
  }

  private grow(): void {
    const size = this.parent.length * 2;
    const ints = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size);
      grown.set(old);
      return grown;
    };
    const doubles = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(size);
      grown.set(old);
      return grown;
    };
    this.parent = ints(this.parent);
    this.node = ints(this.node);
    this.depth = ints(this.depth);
    this.flat = doubles(this.flat);
    this.cum = doubles(this.cum);
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = this.slots.length - 1;
    for (let row = 0; row < this.count; row++) {
      let slot = this.hash(this.parent[row] ?? -1, this.node[row] ?? 0);
      while (this.slots[slot] !== -1) slot = (slot + 1) & mask;
      this.slots[slot] = row;
    }
  }

  finish(): Omit<CallTree, 'nodes'> {
    const { count } = this;
    return {
      count,
      parent: this.parent.slice(0, count),
      node: this.node.slice(0, count),
      depth: this.depth.slice(0, count),
      flat: this.flat.slice(0, count),
      cum: this.cum.slice(0, count),
    };
  }
}
