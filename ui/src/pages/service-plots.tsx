/** The plots of a service: where the memory is, as a stack, and below it what drives it. */
import { useMemo } from 'preact/hooks';
import type { SeriesView, ServiceView } from '../../../src/watch/api/contract.ts';
import { useNow } from '../context.ts';
import { formatFull, formatMoment, shortBuild } from '../format.ts';
import { Plot, type PlotSeries, type TimeRange } from '../parts/plot.tsx';
import type { PlotSpan, PlotTick } from '../parts/plot-uplot.ts';
import { SeriesPlot } from '../parts/series-plot.tsx';
import { splitFindings } from './finding-list.tsx';
import { drawnRange, type PageRange } from './range.ts';

interface Props {
  readonly view: ServiceView;
  readonly range: PageRange;
  readonly selected: TimeRange | null;
  readonly onSelect: (range: TimeRange | null) => void;
  readonly onZoom: (range: TimeRange) => void;
}

const PLOTS: readonly (readonly [string, string])[] = [
  ['live-heap', 'Live heap after GC'],
  ['goroutines', 'Goroutines'],
  ['gc-pause', 'GC pause, mean per cycle'],
  ['gc-rate', 'GC cycles'],
  ['load', 'Load'],
];

export function ServicePlots({ view, range, selected, onSelect, onZoom }: Props) {
  const now = useNow(60_000);
  const ticks = useMemo(() => ticksOf(view.marks), [view]);
  const spans = useMemo(() => spansOf(view), [view]);
  const shown = drawnRange(range, firstAt(view));
  const shared = { range: shown, ticks, spans, selected, onSelect, onZoom, sync: 'service' };
  return (
    <section aria-labelledby="plots-title" class="plots">
      <h2 id="plots-title" class="sr-only">
        Over time
      </h2>
      <div class="panel">
        <LedgerPlot view={view} shared={shared} />
      </div>
      <div class="plot-grid">
        {PLOTS.map(([name, title]) => {
          const series = view.series.find((one) => one.name === name);
          return series === undefined ? null : (
            <div key={name} class="panel">
              <SeriesPlot title={title} of={series} {...shared} />
            </div>
          );
        })}
      </div>
      {view.marks.length > 0 && (
        <details class="marks">
          <summary>Deploys and restarts ({view.marks.length})</summary>
          <ol>
            {view.marks.map((mark) => (
              <li key={`${mark.instance} ${mark.at} ${mark.kind}`}>
                <time dateTime={new Date(mark.at).toISOString()} title={formatFull(mark.at)}>
                  {formatMoment(mark.at, now)}
                </time>{' '}
                <strong>{mark.kind}</strong> {mark.instance}: {mark.says}
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}

type Shared = Pick<
  Parameters<typeof Plot>[0],
  'range' | 'ticks' | 'spans' | 'selected' | 'onSelect' | 'onZoom' | 'sync'
>;

function LedgerPlot({ view, shared }: { readonly view: ServiceView; readonly shared: Shared }) {
  const { ledger } = view;
  const limit = view.series.find((one) => one.name === 'limit');
  const series = useMemo<PlotSeries[]>(() => {
    const terms = ledger.terms.map((term, i) => ({
      name: term.name,
      how: term.how,
      value: term.value,
      color: term.name.startsWith('remainder') ? 'plot-8' : `plot-${(i % 7) + 1}`,
    }));
    const lines: PlotSeries[] = [
      { name: 'RSS', value: ledger.rss, color: 'text', kind: 'line', how: 'resident set size' },
    ];
    const cap = limit === undefined ? [] : limitLine(limit, ledger.at, ledger.rss);
    return [...terms, ...lines, ...cap];
  }, [ledger, limit]);
  return (
    <Plot title="Where the memory is" unit="bytes" at={ledger.at} series={series} stacked height={240} {...shared} />
  );
}

/** The limit, where it is near enough to be drawn without making everything else flat. */
function limitLine(limit: SeriesView, at: readonly number[], rss: readonly (number | null)[]): PlotSeries[] {
  const value = limit.value.findLast((one) => one !== null) ?? null;
  const top = rss.reduce<number>((most, one) => Math.max(most, one ?? 0), 0);
  if (value === null || value > top * 4) return [];
  return [{ name: 'limit', value: at.map(() => value), color: 'critical', kind: 'dashed' }];
}

/** A deploy restarts the process, and both are seen some seconds apart: there is room for one name, and it is the build's. */
const TOGETHER_MS = 120_000;

function ticksOf(marks: ServiceView['marks']): PlotTick[] {
  const deploys = marks.filter(({ kind }) => kind === 'deploy');
  const isOfDeploy = (mark: ServiceView['marks'][number]) =>
    deploys.some(({ instance, at }) => instance === mark.instance && Math.abs(at - mark.at) < TOGETHER_MS);
  return marks.filter((mark) => mark.kind === 'deploy' || !isOfDeploy(mark)).map(tickOf);
}

function tickOf(mark: ServiceView['marks'][number]): PlotTick {
  const label =
    mark.kind === 'deploy' ? `deploy ${mark.build === null ? '' : shortBuild(mark.build)}`.trim() : 'restart';
  return { at: mark.at, label, dashed: mark.kind === 'restart' };
}

/** Open findings: from the beginning of the window that shows them to when they were seen last. */
function spansOf(view: ServiceView): PlotSpan[] {
  const [open] = splitFindings(view.findings);
  return open
    .toReversed()
    .map((of) => ({ from: Math.min(of.from, of.firstSeen), to: of.lastSeen, color: of.severity }));
}

function firstAt(view: ServiceView): number | null {
  const firsts = [view.ledger.at[0], ...view.series.map((one) => one.at[0])].filter((at) => at !== undefined);
  return firsts.length === 0 ? null : Math.min(...firsts);
}
