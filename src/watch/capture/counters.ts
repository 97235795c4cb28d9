/** The counters of the runtime, from the cheapest page that has them, and the numbers among which the load is. */
import type { Service } from '../../collect/discover.ts';
import { expvarPage, type LoadPage, prometheusPage } from '../../collect/load.ts';
import { readable, type Taker } from '../../collect/take.ts';
import { readExpvar } from '../../evidence/memstats/expvar.ts';
import { readPrometheus } from '../../evidence/memstats/prometheus.ts';
import type { MemStats } from '../../evidence/memstats/stats.ts';
import { readHeapTrailer } from '../../evidence/memstats/trailer.ts';
import { metricsOf } from '../analyse/metrics.ts';
import { type BuildIdentity, identityFromMetrics } from './identity.ts';
import { WATCH_LIMITS } from './limits.ts';
import type { LoadChoice } from './load-choice.ts';
import type { Values } from './visitor.ts';

export interface Counters {
  readonly values: Values;
  readonly pages: readonly LoadPage[];
  readonly identity: BuildIdentity;
}

const TEXT = { limit: WATCH_LIMITS.text, retries: 0 } as const;

export interface CounterOptions {
  /** A GC was forced just now. Then the counters are worth one more request where no page has them. */
  readonly forced: boolean;
  /** The page of the load metric is asked for, too; both pages while one is looked for. */
  readonly load: LoadChoice;
  /** Where the Prometheus text is when it is not beside pprof. */
  readonly elsewhere: { readonly service: Service; readonly taker: Taker } | null;
}

export async function takeCounters(taker: Taker, service: Service, options: CounterOptions): Promise<Counters> {
  const { forced, load, elsewhere } = options;
  const pages: LoadPage[] = [];
  const values: Values[] = [];
  let identity: BuildIdentity = { service: '', goVersion: null, build: null };
  let stats: MemStats | null = null;
  const path = (elsewhere?.service ?? service).metrics;
  const text = path === null ? null : await (elsewhere?.taker ?? taker).take('prometheus', path, TEXT);
  const prometheus = text === null ? null : readable(() => readPrometheus(text));
  if (prometheus !== null) {
    pages.push(prometheusPage(prometheus));
    values.push(metricsOf(prometheus.memstats, null, { forced }));
    const { goVersion = null } = prometheus;
    identity = { ...identityFromMetrics(prometheus.samples), goVersion };
    if (prometheus.memstats.HeapAlloc !== undefined) stats = prometheus.memstats;
  }
  if (service.vars !== null && (stats === null || load.looking || load.metric?.source === 'expvar')) {
    const page = await taker.take('expvar', service.vars, TEXT);
    const expvar = page === null ? null : readable(() => readExpvar(page));
    if (expvar !== null) pages.push(expvarPage(expvar));
    if (expvar?.memstats != null) {
      values.push(metricsOf(expvar.memstats, null, { forced }));
      stats = expvar.memstats;
    }
  }
  if (stats === null && forced) {
    const trailer = await taker.take('heap-debug1', `${service.pprof}heap?debug=1`, TEXT);
    const memstats = trailer === null ? null : readable(() => readHeapTrailer(trailer));
    if (memstats !== null) values.push(metricsOf(memstats, null, { forced }));
  }
  return { values: Object.assign({}, ...values), pages, identity };
}
