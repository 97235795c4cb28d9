/** Metric points over any range: the tiers are disjoint in time (retain moves rows), so a question reads all of them. */
import { METRICS, type Metric, type MetricColumns, type TargetId } from '../../model.ts';
import { StoreError } from '../error.ts';
import type { Range } from '../store.ts';
import type { Database, Rows } from './database.ts';
import { PEAKS, TIERS } from './schema.ts';
import type { TargetKeys } from './targets.ts';
import { chunks, float, integer } from './values.ts';

/** Counters and the like: their mean over a step means nothing, the last value does. */
export function isLast(metric: Metric): boolean {
  return metric.endsWith('_total') || metric === 'start_time_seconds';
}

const PEAK_NAMES: ReadonlySet<string> = new Set(PEAKS);

/**
 * Mean of one metric over a group of rows with weights `n`, or its last value; `max_…` beside it where peaks are kept.
 * SQL expressions with names.
 */
export function folded(metrics: readonly Metric[]): string[] {
  return metrics.flatMap((metric) => [
    isLast(metric)
      ? `arg_max(${metric}, t) AS ${metric}`
      : `sum(${metric} * n) / sum(CASE WHEN ${metric} IS NOT NULL THEN n END) AS ${metric}`,
    ...(PEAK_NAMES.has(metric) ? [`max(max_${metric}) AS max_${metric}`] : []),
  ]);
}

/** The same columns of every tier: target, t, n, the metrics, their peaks. */
export function tierColumns(step: number, metrics: readonly Metric[]): string {
  const peaks = metrics.filter((metric) => PEAK_NAMES.has(metric));
  return [
    'target',
    't',
    step === 0 ? '1.0 AS n' : 'n',
    ...metrics,
    ...peaks.map((metric) => (step === 0 ? `${metric} AS max_${metric}` : `max_${metric}`)),
  ].join(', ');
}

/** Numbers in one answer; a group of DuckDB's takes some 30 bytes for each. */
const CELLS = 250_000;
/** A target has no more points than this, however many are asked for: 90 days of full resolution. */
const MOST_POINTS = 500_000;

export async function readMetrics(
  database: Database,
  targets: TargetKeys,
  ids: readonly TargetId[],
  metrics: readonly Metric[],
  range: Range,
  points: number,
): Promise<Map<TargetId, MetricColumns>> {
  if (!(points >= 1)) throw new StoreError('usage', `${points} points of a metric are not possible: ask for 1 or more`);
  const names = [...new Set(metrics)].filter((metric) => METRICS.includes(metric));
  const found = new Map<TargetId, MetricColumns>();
  for (const id of ids) found.set(id, columnsOf([], names));
  const keys = targets.keys(ids);
  if (keys.length === 0) return found;
  const times = [bound(range.from, 'up'), bound(range.to, 'down')] as const;
  const where = (some: readonly number[]): string =>
    `target IN (${some.join(', ')}) AND t BETWEEN ${times[0]} AND ${times[1]}`;

  const counts = await database.read(
    `SELECT target, count(*), min(t)::DOUBLE, max(t)::DOUBLE FROM (${TIERS.map(
      ({ table }) => `SELECT target, t FROM ${table} WHERE ${where(keys)}`,
    ).join(' UNION ALL ')}) GROUP BY target`,
  );
  const few: number[] = [];
  const many: number[] = [];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const [target, count, first, last] of counts) {
    (integer(count) <= points ? few : many).push(integer(target));
    low = Math.min(low, integer(first));
    high = Math.max(high, integer(last));
  }
  const rowsOf = (some: readonly number[]): string =>
    TIERS.map(({ table, step }) => `SELECT ${tierColumns(step, names)} FROM ${table} WHERE ${where(some)}`).join(
      ' UNION ALL ',
    );
  const take = (rows: Rows): void => {
    for (const [target, some] of Map.groupBy(rows, (row) => integer(row[0])))
      found.set(targets.id(target), columnsOf(some, names));
  };
  // So many targets at one time that an answer, and the groups that it is made of, stay far below DuckDB's memory.
  const most = Math.max(1, Math.floor(CELLS / (Math.min(points, MOST_POINTS) * (namesOf(names).length + 2))));
  for (const some of chunks(few, most))
    take(
      await database.read(
        `SELECT ${['target', 't::DOUBLE', ...namesOf(names)].join(', ')} FROM (${rowsOf(some)}) ORDER BY target, t`,
      ),
    );
  // Steps are the same for all targets of the question, so that their points can be added up.
  for (const some of chunks(many, most)) {
    const step = Math.ceil((high - low + 1) / Math.floor(points));
    take(
      await database.read(
        `SELECT ${['target', `(${low} + bucket * ${step})::DOUBLE + ${step / 2}`, ...namesOf(names)].join(', ')}
         FROM (SELECT ${['target', `(t - ${low}) // ${step} AS bucket`, ...folded(names)].join(', ')}
               FROM (${rowsOf(some)}) GROUP BY ALL)
         ORDER BY target, bucket`,
      ),
    );
  }
  return found;
}

/** Names of the columns that `folded` makes. */
export function namesOf(metrics: readonly Metric[]): string[] {
  return metrics.flatMap((metric) => (PEAK_NAMES.has(metric) ? [metric, `max_${metric}`] : [metric]));
}

/** Rows of target, time and the columns of `namesOf`, as columns. */
function columnsOf(rows: Rows, metrics: readonly Metric[]): MetricColumns {
  const column = (i: number): Float64Array => Float64Array.from(rows, (row) => float(row[i]));
  const values: Partial<Record<Metric, Float64Array>> = {};
  const max: Partial<Record<Metric, Float64Array>> = {};
  let next = 2;
  for (const metric of metrics) {
    values[metric] = column(next);
    next += 1;
    if (!PEAK_NAMES.has(metric)) continue;
    max[metric] = column(next);
    next += 1;
  }
  return { at: column(1), values, max };
}

/** A bound as SQL has it: whole ms, and no larger than BIGINT's. */
export function bound(at: number, round: 'up' | 'down'): string {
  if (Number.isNaN(at)) throw new StoreError('usage', 'a range of time needs two numbers of milliseconds');
  const whole = round === 'up' ? Math.ceil(at) : Math.floor(at);
  return String(Math.min(Math.max(whole, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));
}
