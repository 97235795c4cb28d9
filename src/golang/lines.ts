/** Lines and columns for many offsets of one tree: one pass over its source, then a binary search each. */
import { fileAt, type Offset, type Position, type Tree } from './tree.ts';

export interface LineTable {
  /** 1-based line within its file. */
  line(offset: Offset): number;
  position(offset: Offset): Position;
}

export function lineTable(tree: Tree): LineTable {
  const starts = lineStarts(tree);
  /** Index of the last line that begins at or before the offset. */
  const find = (offset: Offset): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    line: (offset) => find(offset) - find(fileAt(tree, offset).base) + 1,
    position(offset) {
      const file = fileAt(tree, offset);
      const index = find(offset);
      return { path: file.path, line: index - find(file.base) + 1, column: offset - (starts[index] ?? 0) + 1 };
    },
  };
}

/** Where lines begin, over all files; every file begins a line. */
function lineStarts({ source, files }: Tree): Int32Array {
  let starts = new Int32Array(1024);
  let count = 0;
  for (const { base, size } of files) {
    const limit = base + size;
    for (let at = base; at !== 0 || count === 0; at = source.indexOf(0x0a, at) + 1) {
      if (at > limit) break;
      if (count === starts.length) {
        const longer = new Int32Array(count * 2);
        longer.set(starts);
        starts = longer;
      }
      starts[count++] = at;
    }
  }
  return starts.subarray(0, count);
}
