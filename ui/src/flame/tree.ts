/**
 * A FlameView as typed arrays, in the order in which it is drawn: level by level, and within a level from left to right.
 * 100 000 rows take about 10 MB and 100 ms, once per view; a change of mode recomputes only the positions.
 */
import type { FlameView } from '../../../src/watch/api/contract.ts';

/** Index of a row of the view. Row 0 is the root. */
export type Row = number;
/** Index into the drawing order. */
export type Place = number;

/**
 * What a frame is as wide as. `after`: its value, of a single profile. `both`: the larger of before and after, path by
 * path, so that what is gone has a width, too. `grew`, `shrank`: only what was added, only what went.
 */
export type Mode = 'after' | 'both' | 'grew' | 'shrank';

export interface Tree {
  readonly view: FlameView;
  readonly count: number;
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** Levels: number of rows from the root to the deepest. */
  readonly levels: number;
  /** Rows in drawing order; those of level d are rowAt[levelStart[d] .. levelStart[d + 1]). */
  readonly rowAt: Int32Array;
  readonly levelStart: Int32Array;
  /** Inverse of rowAt. */
  readonly placeOf: Int32Array;
  /** Children of a row are rowAt[firstChild[row] .. firstChild[row] + children[row]), largest first. */
  readonly firstChild: Int32Array;
  readonly children: Int32Array;
  /** head_cum − base_cum. */
  readonly change: Float64Array;
}

export function buildTree(view: FlameView): Tree {
  const count = view.parent.length;
  const parent = Int32Array.from(view.parent);
  const depth = new Int32Array(count);
  const children = new Int32Array(count);
  const change = new Float64Array(count);
  let levels = count === 0 ? 0 : 1;
  for (let row = 0; row < count; row++) {
    change[row] = (view.head_cum[row] ?? 0) - (view.base_cum[row] ?? 0);
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    const own = (depth[above] ?? 0) + 1;
    depth[row] = own;
    if (own >= levels) levels = own + 1;
    children[above] = (children[above] ?? 0) + 1;
  }
  // The same order in every mode: nothing jumps when one is switched to another.
  const weight = sumUp(parent, flatWeights(view, view.base === null ? 'after' : 'both'));
  const names = view.strings;
  const sorted = Int32Array.from({ length: count }, (_, row) => row).sort((a, b) => {
    const bySize = (weight[b] ?? 0) - (weight[a] ?? 0);
    if (bySize !== 0) return bySize;
    const [one = '', two = ''] = [names[view.function[a] ?? 0], names[view.function[b] ?? 0]];
    return one < two ? -1 : one > two ? 1 : a - b;
  });
  const { listed, start } = groupByParent(sorted, parent, children);
  const rowAt = new Int32Array(count);
  const placeOf = new Int32Array(count);
  const firstChild = new Int32Array(count);
  const levelStart = new Int32Array(levels + 1);
  let filled = count === 0 ? 0 : 1;
  for (let place = 0; place < count; place++) {
    const row = rowAt[place] ?? 0;
    placeOf[row] = place;
    firstChild[row] = filled;
    const from = start[row] ?? 0;
    const below = children[row] ?? 0;
    for (let i = 0; i < below; i++) rowAt[filled++] = listed[from + i] ?? 0;
    levelStart[(depth[row] ?? 0) + 1] = place + 1;
  }
  return { view, count, parent, depth, levels, rowAt, levelStart, placeOf, firstChild, children, change };
}

/** Rows by parent, in the order given (a counting sort): those below row p are listed[start[p] ..]. */
function groupByParent(
  rows: Int32Array,
  parent: Int32Array,
  children: Int32Array,
): { listed: Int32Array; start: Int32Array } {
  const start = new Int32Array(rows.length);
  let sum = 0;
  for (let row = 0; row < rows.length; row++) {
    start[row] = sum;
    sum += children[row] ?? 0;
  }
  const next = start.slice();
  const listed = new Int32Array(sum);
  for (const row of rows) {
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    const at = next[above] ?? 0;
    listed[at] = row;
    next[above] = at + 1;
  }
  return { listed, start };
}

/** What each row adds to the width of itself and all above it. */
function flatWeights(view: FlameView, mode: Mode): Float64Array {
  const { head_flat: head, base_flat: base } = view;
  return Float64Array.from(head, (after, row) => {
    const before = base[row] ?? 0;
    switch (mode) {
      case 'after':
        return Math.abs(after);
      case 'both':
        return Math.max(Math.abs(after), Math.abs(before));
      case 'grew':
        return Math.max(0, after - before);
      case 'shrank':
        return Math.max(0, before - after);
    }
  });
}

/** In place: each row's value plus those of all rows below it. */
function sumUp(parent: Int32Array, values: Float64Array): Float64Array {
  for (let row = values.length - 1; row > 0; row--) {
    const above = parent[row] ?? 0;
    values[above] = (values[above] ?? 0) + (values[row] ?? 0);
  }
  return values;
}

/** Where everything is, in the unit of the weights: by place, so that a level is a run of memory. */
export interface Layout {
  readonly tree: Tree;
  readonly mode: Mode;
  /** Left and right edge; equal where the row has no width in this mode. */
  readonly left: Float64Array;
  readonly right: Float64Array;
  /** Right edge of the root; 0 where there is nothing to draw. */
  readonly total: number;
}

export function layOut(tree: Tree, mode: Mode): Layout {
  const { count, rowAt, firstChild, children } = tree;
  const weight = sumUp(tree.parent, flatWeights(tree.view, mode));
  const left = new Float64Array(count);
  const right = new Float64Array(count);
  const total = weight[0] ?? 0;
  if (count > 0) right[0] = total;
  for (let place = 0; place < count; place++) {
    const row = rowAt[place] ?? 0;
    let x = left[place] ?? 0;
    const first = firstChild[row] ?? 0;
    const end = first + (children[row] ?? 0);
    for (let child = first; child < end; child++) {
      left[child] = x;
      x += weight[rowAt[child] ?? 0] ?? 0;
      right[child] = x;
    }
  }
  return { tree, mode, left, right, total };
}

/** First place in [from, end) whose right edge is beyond `x`, or `end`. */
export function firstBeyond(edges: Float64Array, from: Place, end: Place, x: number): Place {
  let low = from;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? 0) > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The row at `x` (in weights) of a level, or -1. */
export function rowAtPoint(layout: Layout, level: number, x: number): Row {
  const { tree, left, right } = layout;
  if (level < 0 || level >= tree.levels) return -1;
  const end = tree.levelStart[level + 1] ?? 0;
  const place = firstBeyond(right, tree.levelStart[level] ?? 0, end, x);
  return place < end && (left[place] ?? 0) <= x ? (tree.rowAt[place] ?? -1) : -1;
}

export type Direction = 'up' | 'down' | 'left' | 'right';

/** Where an arrow key leads from `row`; the row itself where there is nothing. Rows without width are passed over. */
export function step(layout: Layout, row: Row, direction: Direction): Row {
  const { tree, left, right } = layout;
  const wide = (place: Place): boolean => (right[place] ?? 0) > (left[place] ?? 0);
  if (direction === 'up') return Math.max(0, tree.parent[row] ?? 0);
  if (direction === 'down') {
    const first = tree.firstChild[row] ?? 0;
    let best = -1;
    let widest = 0;
    for (let place = first; place < first + (tree.children[row] ?? 0); place++) {
      const width = (right[place] ?? 0) - (left[place] ?? 0);
      if (width > widest) {
        best = place;
        widest = width;
      }
    }
    return best < 0 ? row : (tree.rowAt[best] ?? row);
  }
  const level = tree.depth[row] ?? 0;
  const by = direction === 'left' ? -1 : 1;
  const [begin = 0, end = 0] = [tree.levelStart[level], tree.levelStart[level + 1]];
  for (let place = (tree.placeOf[row] ?? 0) + by; place >= begin && place < end; place += by)
    if (wide(place)) return tree.rowAt[place] ?? row;
  return row;
}
