/** The load metric: read by name from expvar or Prometheus text, or guessed from well-known names. */

import { parseLabels, type Samples } from '../evidence/memstats/exposition.ts';
import type { Expvar } from '../evidence/memstats/expvar.ts';
import type { PrometheusText } from '../evidence/memstats/prometheus.ts';

export type LoadSource = 'expvar' | 'prometheus';

/** A page's numbers. */
export interface LoadPage {
  readonly source: LoadSource;
  /** By name; for Prometheus the sum over all label sets of a metric. */
  readonly values: ReadonlyMap<string, number>;
  /** `# TYPE` of a metric where the page says it. */
  readonly types: ReadonlyMap<string, string>;
  /** Value of a wanted metric, which may have a selector: `http_requests_total{code="200"}`. Null where it is absent. */
  read(metric: string): number | null;
}

export interface LoadMetric {
  readonly metric: string;
  readonly source: LoadSource;
  readonly kind: 'counter' | 'gauge';
  readonly guessed: boolean;
}

export function expvarPage({ numbers }: Expvar): LoadPage {
  return { source: 'expvar', values: numbers, types: new Map(), read: (metric) => numbers.get(metric) ?? null };
}

export function prometheusPage({ samples }: PrometheusText): LoadPage {
  const values = new Map<string, number>();
  for (let s = 0; s < samples.count; s++) {
    const name = samples.names[samples.name[s] ?? 0] ?? '';
    const value = samples.value[s] ?? Number.NaN;
    if (Number.isFinite(value)) values.set(name, (values.get(name) ?? 0) + value);
  }
  const read = (metric: string): number | null => {
    const brace = metric.indexOf('{');
    if (brace < 0) return values.get(metric) ?? null;
    return sumWhere(samples, metric.slice(0, brace), parseLabels(metric.slice(brace + 1).replace(/\}\s*$/, '')));
  };
  return { source: 'prometheus', values, types: samples.types, read };
}

/** Sum over the series of a metric that have all the wanted labels; null where there is none. */
function sumWhere(samples: Samples, name: string, wanted: ReadonlyMap<string, string>): number | null {
  let sum: number | null = null;
  for (let s = 0; s < samples.count; s++) {
    if (samples.names[samples.name[s] ?? 0] !== name) continue;
    const labels = parseLabels(samples.labels[s] ?? '');
    if ([...wanted].every(([key, value]) => labels.get(key) === value)) sum = (sum ?? 0) + (samples.value[s] ?? 0);
  }
  return sum;
}

/** Most telling first. Only counters of work done for others; never what counts our own visits. */
const WELL_KNOWN: readonly RegExp[] = [
  /^(http|grpc|rpc)_(server_)?requests_total$/,
  /^grpc_server_(handled|started)_total$/,
  /(^|[_.])requests?_total$/i,
  /^http_(server_)?requests?_(duration|latency)_(seconds|ms|milliseconds)_count$/,
  /(^|[_.-])(http_?)?requests?(_?(count|handled|served|received))?$/i,
  /(orders|jobs|messages|events|tasks|calls|lines|records|ops|operations|queries|hits|sessions)(_(processed|handled|received|served|shipped|done))?_total$/i,
  /(processed|handled|received|served|shipped)_total$/i,
  /_total$/,
];
const NOT_LOAD =
  /^(go_|process_|promhttp_|scrape_|net_conntrack_|memstats)|error|fail|panic|leak|time_?out|retr(y|ies)|drop|reject|cancel|expire|evict|miss|bytes|seconds_total|gc_/i;

/**
 * Which metric to use. `pages` are the pages of every visit, in time order, all of one source or of both. Null where
 * nothing fits: a wanted metric that no page has, or no well-known counter that moved.
 */
export function chooseLoad(pages: readonly LoadPage[], wanted: string | undefined): LoadMetric | null {
  for (const source of ['prometheus', 'expvar'] as const) {
    const series = pages.filter((page) => page.source === source);
    if (series.length === 0) continue;
    const metric = wanted ?? guess(series);
    if (metric === null || !series.some((page) => page.read(metric) !== null)) continue;
    return { metric, source, kind: kindOf(series, metric), guessed: wanted === undefined };
  }
  return null;
}

function guess(series: readonly LoadPage[]): string | null {
  const last = series.at(-1);
  if (last === undefined) return null;
  const counters = [...last.values.keys()].filter(
    (name) => !NOT_LOAD.test(name) && moves(series, name) && last.types.get(name) !== 'gauge',
  );
  for (const pattern of WELL_KNOWN) {
    // The busiest of those that fit; by name where they are equal.
    const [first] = counters
      .filter((name) => pattern.test(name))
      .sort((a, b) => (last.values.get(b) ?? 0) - (last.values.get(a) ?? 0) || (a < b ? -1 : 1));
    if (first !== undefined) return first;
  }
  return null;
}

function moves(series: readonly LoadPage[], name: string): boolean {
  const values = series.flatMap((page) => page.values.get(name) ?? []);
  return values.length > 0 && rising(values) && (values.at(-1) ?? 0) > 0;
}

function kindOf(series: readonly LoadPage[], metric: string): 'counter' | 'gauge' {
  const name = metric.replace(/\{.*$/s, '');
  const typed = series.map((page) => page.types.get(name)).find((type) => type !== undefined);
  if (typed === 'counter' || typed === 'gauge') return typed;
  if (/_(total|count|sum)$/.test(name)) return 'counter';
  return rising(series.flatMap((page) => page.read(metric) ?? [])) ? 'counter' : 'gauge';
}

function rising(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0));
}
