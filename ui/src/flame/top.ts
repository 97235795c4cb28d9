/** The rows of a flame graph by function: what the table beside it shows. */
import type { Tree } from './tree.ts';

export interface TopRow {
  readonly name: string;
  readonly file: string;
  /** Inlined wherever it appears. */
  readonly inlined: boolean;
  readonly headFlat: number;
  readonly headCum: number;
  readonly baseFlat: number;
  readonly baseCum: number;
  /** Of headCum − baseCum, one standard deviation. */
  readonly noise: number;
}

/** Every function, recursion counted once. One walk in depth-first order with a count of open frames per function. */
export function topRows({ view, count, rowAt, firstChild, children }: Tree): TopRow[] {
  const size = view.strings.length;
  const columns = {
    headFlat: view.head_flat,
    headCum: view.head_cum,
    baseFlat: view.base_flat,
    baseCum: view.base_cum,
  };
  const sums = {
    headFlat: new Float64Array(size),
    headCum: new Float64Array(size),
    baseFlat: new Float64Array(size),
    baseCum: new Float64Array(size),
    variance: new Float64Array(size),
  };
  const open = new Int32Array(size);
  const file = new Int32Array(size).fill(-1);
  const inlined = new Uint8Array(size).fill(1);
  const stack: number[] = count === 0 ? [] : [0];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    // A row is pushed again as its complement, to be left when all below it is done.
    const row = top < 0 ? ~top : top;
    const fn = view.function[row] ?? 0;
    if (top < 0) {
      open[fn] = (open[fn] ?? 0) - 1;
      continue;
    }
    if (row > 0) {
      file[fn] = view.file[row] ?? 0;
      if (view.inlined[row] !== 1) inlined[fn] = 0;
      add(sums.headFlat, fn, columns.headFlat[row]);
      add(sums.baseFlat, fn, columns.baseFlat[row]);
      if (open[fn] === 0) {
        add(sums.headCum, fn, columns.headCum[row]);
        add(sums.baseCum, fn, columns.baseCum[row]);
        add(sums.variance, fn, (view.noise[row] ?? 0) ** 2);
      }
      open[fn] = (open[fn] ?? 0) + 1;
      stack.push(~row);
    }
    const first = firstChild[row] ?? 0;
    for (let i = (children[row] ?? 0) - 1; i >= 0; i--) stack.push(rowAt[first + i] ?? 0);
  }
  const rows: TopRow[] = [];
  for (let fn = 0; fn < size; fn++) {
    const at = file[fn] ?? -1;
    if (at < 0) continue;
    rows.push({
      name: view.strings[fn] ?? '',
      file: view.strings[at] ?? '',
      inlined: inlined[fn] === 1,
      headFlat: sums.headFlat[fn] ?? 0,
      headCum: sums.headCum[fn] ?? 0,
      baseFlat: sums.baseFlat[fn] ?? 0,
      baseCum: sums.baseCum[fn] ?? 0,
      noise: Math.sqrt(sums.variance[fn] ?? 0),
    });
  }
  return rows;
}

function add(column: Float64Array, at: number, value: number | undefined): void {
  column[at] = (column[at] ?? 0) + (value ?? 0);
}

/** What a table can be sorted by; `change` is by size, whichever the sign. */
export type TopOrder = 'flat' | 'cum' | 'before' | 'change' | 'name';

export function sortTop(rows: readonly TopRow[], order: TopOrder): TopRow[] {
  const by = (row: TopRow): number => {
    switch (order) {
      case 'flat':
        return Math.abs(row.headFlat);
      case 'cum':
        return Math.abs(row.headCum);
      case 'before':
        return Math.abs(row.baseCum);
      case 'change':
        return Math.abs(row.headCum - row.baseCum);
      case 'name':
        return 0;
    }
  };
  return rows.toSorted((a, b) => by(b) - by(a) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
