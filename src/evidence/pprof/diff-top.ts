/** Two profiles node by node: before, after and the difference. */
import type { NodeOptions } from './nodes.ts';
import type { Profile } from './profile.ts';
import { type TopRow, top } from './top.ts';

export interface DiffRow {
  readonly label: string;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly before: number;
  readonly after: number;
  readonly delta: number;
}

export interface DiffOptions extends NodeOptions {
  /** Which of a node's two weights is compared; default flat. */
  readonly by?: 'flat' | 'cum';
}

/**
 * Both must have the sample type at the same index and in the same unit (`align`). Rows that did not change are left
 * out; the largest change comes first.
 */
export function diffTop(base: Profile, later: Profile, sampleType: number, options: DiffOptions = {}): DiffRow[] {
  const by = options.by ?? 'flat';
  const before = new Map(top(base, sampleType, options).map((row) => [row.label, row]));
  const after = new Map(top(later, sampleType, options).map((row) => [row.label, row]));
  const rows: DiffRow[] = [];
  const add = (row: TopRow, from: number, to: number): void => {
    if (from === to) return;
    const { label, function: fn, file, line } = row;
    rows.push({ label, function: fn, file, line, before: from, after: to, delta: to - from });
  };
  for (const row of after.values()) add(row, before.get(row.label)?.[by] ?? 0, row[by]);
  for (const row of before.values()) if (!after.has(row.label)) add(row, row[by], 0);
  return rows.sort((a, b) => Math.abs(b.delta) - Math.abs(a.delta) || (a.label < b.label ? -1 : 1));
}
