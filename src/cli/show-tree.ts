import picocolors from 'picocolors';
import { callTree, type TreeIndex } from '../evidence/pprof/call-tree.ts';
import { formatPercent, formatValue } from '../evidence/pprof/units.ts';
import { padStart } from '../findings/layout.ts';
import { shortName } from './frame-name.ts';
import type { ProfileView } from './show-traces.ts';

/** Branches below this share of the total are left out. */
const SMALLEST_SHARE = 0.005;
const NUMBERS = 32;
/** Deeper branches keep this indent, so that names stay readable. */
const MAX_INDENT = 15;

/**
 * The tree from the roots down, heaviest branch first; at most `limit` lines. A chain of calls without a fork stays at
 * one indent: only forks indent, or a deep stack would run out of the page.
 */
export function treeLines(view: ProfileView, limit: number): string[] {
  const { profile, sampleType, unit, total, granularity, terminal } = view;
  const paint = picocolors.createColors(terminal.color);
  const tree = callTree(profile, sampleType, { granularity });
  const cutoff = Math.abs(total) * SMALLEST_SHARE;
  // Only the branches that count: few, however large the tree is. Key −1: the roots.
  const children = new Map<TreeIndex, TreeIndex[]>();
  const weight = (row: TreeIndex): number => Math.abs(tree.cum[row] ?? 0);
  for (let row = 0; row < tree.count; row++) {
    if (weight(row) < cutoff) continue;
    const parent = tree.parent[row] ?? -1;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [row]);
    else siblings.push(row);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => weight(a) - weight(b));
  const lines = [paint.dim(`${padStart('cum', 11)}${padStart('cum%', 8)}${padStart('flat', 11)}  function`)];
  const roots = children.get(-1) ?? [];
  const pending = roots.map((row) => ({ row, indent: roots.length > 1 ? 1 : 0, fork: roots.length > 1 }));
  const [branch, dots] = terminal.unicode ? ['└ ', '…'] : ['` ', '...'];
  let left = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { row, indent, fork } = next;
    if (lines.length > limit) {
      left++;
      continue;
    }
    const n = tree.node[row] ?? 0;
    const { nodes } = tree;
    const depth = Math.min(indent, MAX_INDENT);
    const prefix = fork ? '  '.repeat(depth - 1) + branch : '  '.repeat(depth);
    const name = shortName(
      { label: nodes.label[n] ?? '', fn: nodes.fn[n] ?? '', file: nodes.file[n] ?? '', line: nodes.line[n] ?? 0 },
      terminal,
      terminal.width - NUMBERS - prefix.length,
    );
    const numbers =
      paint.bold(padStart(formatValue(tree.cum[row] ?? 0, unit), 11)) +
      padStart(formatPercent(tree.cum[row] ?? 0, total), 8) +
      padStart(tree.flat[row] === 0 ? '' : formatValue(tree.flat[row] ?? 0, unit), 11);
    lines.push(`${numbers}  ${paint.dim(prefix)}${name}`);
    const below = children.get(row) ?? [];
    const forks = below.length > 1;
    for (const child of below) pending.push({ row: child, indent: indent + (forks ? 1 : 0), fork: forks });
  }
  if (left > 0) lines.push(paint.dim(`${dots} more (-n shows more; branches below 0.5% are left out)`));
  return lines;
}
