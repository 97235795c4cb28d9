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
  const rows = new TreeRows();
  const column = profile.samples.values[sampleType];
  const leafOf = rows.addStacks(profile, sampleType, nodes, null);
  const { count, parent, node } = rows.finish();
  const flat = new Float64Array(count);
  for (const [sample, leaf] of leafOf.entries())
    if (leaf >= 0) flat[leaf] = (flat[leaf] ?? 0) + (column?.[sample] ?? 0);
  const depth = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const above = parent[row] ?? -1;
    if (above >= 0) depth[row] = (depth[above] ?? 0) + 1;
  }
  return { count, parent, node, depth, flat, cum: sumUpwards(parent, flat), nodes };
}

/** Each row's value plus those of all rows below it. Parents must come before their children. */
export function sumUpwards(parent: ArrayLike<number>, flat: Float64Array): Float64Array {
  const cum = flat.slice();
  for (let row = cum.length - 1; row >= 0; row--) {
    const above = parent[row] ?? -1;
    if (above >= 0) cum[above] = (cum[above] ?? 0) + (cum[row] ?? 0);
  }
  return cum;
}

/** Growing columns and an open-addressed table (parent, node) → row. Several profiles can be added to one tree. */
export class TreeRows {
  private count = 0;
  private parent = new Int32Array(1024);
  private node = new Int32Array(1024);
  private inlined = new Uint8Array(1024);
  private slots = new Int32Array(4096).fill(-1);

  /**
   * Adds the path of every sample that has a value.
   *
   * @param nodeIds what the nodes are called in this tree, by NodeIndex; null where they are called the same
   * @param root row that all stacks hang below, or -1
   * @returns per sample the row of its leaf; `root` where the stack is empty, -1 where the sample has no value
   */
  addStacks(
    profile: Profile,
    sampleType: number,
    nodes: NodeTable,
    nodeIds: Int32Array | null,
    root: TreeIndex = -1,
  ): Int32Array {
    const { count, values, stackOffsets, stackLocations } = profile.samples;
    const { offsets, locationNodes } = nodes;
    const ids = nodeIds === null ? locationNodes : locationNodes.map((n) => nodeIds[n] ?? 0);
    const column = values[sampleType] ?? new Float64Array(count);
    const leafOf = new Int32Array(count).fill(-1);
    for (let s = 0; s < count; s++) {
      if (column[s] === 0) continue;
      let row = root;
      const start = stackOffsets[s] ?? 0;
      for (let i = (stackOffsets[s + 1] ?? 0) - 1; i >= start; i--) {
        const l = stackLocations[i] ?? 0;
        const first = offsets[l] ?? 0;
        const outermost = (offsets[l + 1] ?? 0) - 1;
        for (let k = outermost; k >= first; k--) row = this.child(row, ids[k] ?? 0, k < outermost ? 1 : 0);
      }
      leafOf[s] = row;
    }
    return leafOf;
  }

  /** The row of `node` below `parent`, made where it is not there. A row is inlined where it was inlined always. */
  child(parent: TreeIndex, node: number, inlined = 0): TreeIndex {
    let slot = this.hash(parent, node);
    for (;;) {
      const row = this.slots[slot] ?? -1;
      if (row === -1) break;
      if (this.parent[row] === parent && this.node[row] === node) {
        if (inlined === 0) this.inlined[row] = 0;
        return row;
      }
      slot = (slot + 1) & (this.slots.length - 1);
    }
    if (this.count === this.parent.length) this.grow();
    const row = this.count++;
    this.parent[row] = parent;
    this.node[row] = node;
    this.inlined[row] = inlined;
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
    this.parent = ints(this.parent);
    this.node = ints(this.node);
    const inlined = new Uint8Array(size);
    inlined.set(this.inlined);
    this.inlined = inlined;
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

  finish(): {
    readonly count: number;
    readonly parent: Int32Array;
    readonly node: Int32Array;
    /** 1: inlined into its parent. */
    readonly inlined: Uint8Array;
  } {
    const { count } = this;
    return {
      count,
      parent: this.parent.slice(0, count),
      node: this.node.slice(0, count),
      inlined: this.inlined.slice(0, count),
    };
  }
}
