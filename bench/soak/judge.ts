/** What was found and when it was asked, against what the farm knows. */
import type { FindingView } from '../../src/watch/api/contract.ts';
import { type Kind, SPECIAL } from '../soak-farm/template.ts';

export interface Truth {
  readonly service: string;
  readonly kind: Kind;
  readonly bytesPerHour: number;
}

export interface Judgement {
  readonly leaks: number;
  /** Leaks that have an open finding at their own function. */
  readonly found: number;
  readonly confirmed: number;
  /** A line each: leaks that have none. */
  readonly missed: readonly string[];
  /** A line each: services without a leak that have an open finding, whatever its verdict but cleared. */
  readonly others: readonly string[];
  readonly othersConfirmed: number;
}

/** What of a finding is judged. */
export type Judged = Pick<FindingView, 'state' | 'verdict' | 'service' | 'rule'> & {
  readonly title: string;
  readonly where: { readonly function: string };
};

export function judge(truth: readonly Truth[], findings: readonly Judged[]): Judgement {
  const open = findings.filter(({ state, verdict }) => state !== 'resolved' && verdict !== 'cleared');
  const byService = Map.groupBy(open, ({ service }) => service);
  const sure = ({ verdict }: Judged) => verdict === 'confirmed' || verdict === 'proven';
  const missed: string[] = [];
  const others: string[] = [];
  let leaks = 0;
  let found = 0;
  let confirmed = 0;
  let othersConfirmed = 0;
  for (const { service, kind, bytesPerHour } of truth) {
    const all = byService.get(service) ?? [];
    const shown = all.map(({ verdict, rule, title }) => `${verdict} ${rule}: ${title}`).join(' | ');
    if (kind === 'steady' || kind === 'load') {
      if (all.length > 0) others.push(`${service} (${kind}) has ${shown}`);
      if (all.some(sure)) othersConfirmed++;
      continue;
    }
    leaks++;
    const { heap, goroutine } = SPECIAL[kind];
    const right = all.filter(({ where }) => where.function === heap || where.function === goroutine);
    if (right.length > 0) found++;
    else
      missed.push(
        `${service} (${kind}, ${Math.round(bytesPerHour / 2 ** 20)} MiB/h) has ${shown === '' ? 'nothing' : shown}`,
      );
    if (right.some(sure)) confirmed++;
  }
  return { leaks, found, confirmed, missed, others, othersConfirmed };
}

/**
 * From [target, ms] of every heap profile: how long after the one before it came, and by how much that is more than
 * `longestMs`. A target that was not asked any more until `ended` counts, too.
 */
export function delays(asked: readonly (readonly [number, number])[], longestMs: number, ended: number) {
  const last = new Map<number, number>();
  const gaps: number[] = [];
  const late: number[] = [];
  for (const [target, at] of asked) {
    const before = last.get(target);
    last.set(target, at);
    if (before === undefined) continue;
    gaps.push(at - before);
    late.push(Math.max(0, at - before - longestMs));
  }
  for (const at of last.values()) if (ended - at > longestMs) late.push(ended - at - longestMs);
  return { gaps, late };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN;
}

/** Upper bound of the bucket that the 99th percentile of the server's own delays is in, s; null where it does not tell. */
export function visitDelay(metrics: string, work: string): number | null {
  const buckets: [le: number, count: number][] = [];
  for (const line of metrics.split('\n')) {
    const [, labels, count] = /^hemostat_visit_delay_seconds_bucket\{([^}]*)\} (\S+)/.exec(line) ?? [];
    if (labels === undefined || !labels.includes(`work="${work}"`)) continue;
    const le = /le="([^"]+)"/.exec(labels)?.[1] ?? '';
    buckets.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), Number(count)]);
  }
  const total = Math.max(0, ...buckets.map(([, count]) => count));
  if (total === 0) return null;
  return Math.min(...buckets.filter(([, count]) => count >= total * 0.99).map(([le]) => le));
}
