/** Which clusters fit a filter, and how their waits are called. */
import type { ClusterView } from '../../../src/watch/api/contract.ts';

/** Every word must be in a function, a file or the state. */
export function filtered(clusters: readonly ClusterView[], filter: string): ClusterView[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return clusters.filter((cluster) => {
    const text = [
      cluster.state,
      cluster.where.function,
      cluster.where.file,
      cluster.entry.function,
      cluster.creator?.function ?? '',
      ...cluster.stack.map((frame) => frame.function),
    ]
      .join('\n')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Names of the bins of `waits`, by minutes waited. */
export const WAIT_BINS = ['< 1 min', '1–5 min', '5–15 min', '15–60 min', '1–24 h', '> 24 h'] as const;

/** `12 for 1–5 min, 3 for > 24 h`: the histogram in words. */
export function waitWords(waits: readonly number[]): string {
  const parts = waits.flatMap((count, i) => (count > 0 ? [`${count} for ${WAIT_BINS[i] ?? ''}`] : []));
  return parts.length === 0 ? 'none' : parts.join(', ');
}
