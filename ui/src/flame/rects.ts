/**
 * Which rectangles of a flame graph are to be drawn: those in sight, and of those too narrow to be seen one for each
 * half pixel. Columns that are filled again for every picture: nothing is allocated while somebody pans.
 */
import { firstBeyond, type Layout } from './tree.ts';

/** The part of the graph that is in sight. Weights from `from` to `to` fill `width` pixels. */
export interface Sight {
  readonly from: number;
  readonly to: number;
  /** CSS pixels. */
  readonly width: number;
  /** Levels in sight: first, and the one after the last. */
  readonly firstLevel: number;
  readonly endLevel: number;
}

/** Narrower than this, frames are drawn together. */
const NARROW = 0.5;

export class Rects {
  count = 0;
  /** The row, or for frames drawn together the row that they hang below. */
  row = new Int32Array(4096);
  level = new Int32Array(4096);
  /** CSS pixels, cut to the sight. */
  x = new Float32Array(4096);
  width = new Float32Array(4096);
  /** 1: frames drawn together. */
  together = new Uint8Array(4096);

  /** Finds what is in sight. */
  fill(layout: Layout, sight: Sight): void {
    const { tree, left, right } = layout;
    const { levelStart, rowAt, parent } = tree;
    const { from, to, width } = sight;
    this.count = 0;
    if (to <= from || width <= 0) return;
    const scale = width / (to - from);
    const narrow = NARROW / scale;
    const lastLevel = Math.min(sight.endLevel, tree.levels);
    for (let level = Math.max(0, sight.firstLevel); level < lastLevel; level++) {
      const end = levelStart[level + 1] ?? 0;
      let place = firstBeyond(right, levelStart[level] ?? 0, end, from);
      while (place < end) {
        const begin = left[place] ?? 0;
        if (begin >= to) break;
        const stop = right[place] ?? 0;
        const row = rowAt[place] ?? 0;
        if (stop - begin >= narrow) {
          this.add(row, level, (begin - from) * scale, (stop - from) * scale, width, 0);
          place++;
          continue;
        }
        // All that begin within this half pixel. Only the last of them can be wide enough for itself.
        let next = firstBeyond(left, place + 1, end, begin + narrow);
        const last = next - 1;
        if (last > place && (right[last] ?? 0) - (left[last] ?? 0) >= narrow) next = last;
        const reach = right[next - 1] ?? 0;
        if (reach > begin) {
          const x = (begin - from) * scale;
          this.add(parent[row] ?? 0, level, x, Math.max(x + NARROW, (reach - from) * scale), width, 1);
        }
        place = next;
      }
    }
  }

  private add(row: number, level: number, x: number, end: number, width: number, together: number): void {
    if (this.count === this.row.length) this.grow();
    const at = this.count++;
    this.row[at] = row;
    this.level[at] = level;
    const begin = Math.max(0, x);
    this.x[at] = begin;
    this.width[at] = Math.min(width, end) - begin;
    this.together[at] = together;
  }

  private grow(): void {
    const size = this.row.length * 2;
    const [row, level] = [new Int32Array(size), new Int32Array(size)];
    const [x, width] = [new Float32Array(size), new Float32Array(size)];
    const together = new Uint8Array(size);
    row.set(this.row);
    level.set(this.level);
    x.set(this.x);
    width.set(this.width);
    together.set(this.together);
    Object.assign(this, { row, level, x, width, together });
  }
}
