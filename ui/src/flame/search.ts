/** Search in a flame graph: which rows match, and what they are of the whole. */
import type { Tree } from './tree.ts';

export interface Found {
  /** 1 for rows that match. */
  readonly matches: Uint8Array;
  readonly rows: number;
  /** Values of the matches, those below another match counted once. */
  readonly head: number;
  readonly base: number;
}

/** The expression, null for an empty one, or a sentence where it is none. Small letters match capital ones as well. */
export function parseSearch(text: string): RegExp | null | string {
  if (text.trim() === '') return null;
  try {
    return new RegExp(text.trim(), /[A-Z]/.test(text) ? 'u' : 'iu');
  } catch (error) {
    const says = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
    return `This is no regular expression (${says}). Put a backslash before ( ) [ ] * + ? . to search for the character itself.`;
  }
}

/** Tried on the function's name and on its file, once per distinct text. */
export function search(tree: Tree, expression: RegExp): Found {
  const { view, count, parent } = tree;
  const hits = Uint8Array.from(view.strings, (text) => (expression.test(text) ? 1 : 0));
  const matches = new Uint8Array(count);
  const covered = new Uint8Array(count);
  let rows = 0;
  let head = 0;
  let base = 0;
  // Row 0 is everything and matches nothing.
  for (let row = 1; row < count; row++) {
    const above = parent[row] ?? 0;
    const match = hits[view.function[row] ?? 0] === 1 || hits[view.file[row] ?? 0] === 1;
    const inside = covered[above] === 1;
    if (match || inside) covered[row] = 1;
    if (!match) continue;
    matches[row] = 1;
    rows++;
    if (inside) continue;
    head += view.head_cum[row] ?? 0;
    base += view.base_cum[row] ?? 0;
  }
  return { matches, rows, head, base };
}

/** Text that matches itself. */
export function escapeSearch(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
