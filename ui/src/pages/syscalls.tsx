/** Syscalls of a service: who asks the kernel for what how often, beside what is normal, and what flowed. */
import { useMemo, useRef } from 'preact/hooks';
import type { SyscallsView } from '../../../src/watch/api/contract.ts';
import { useData, useTitle } from '../context.ts';
import { askService, askSyscalls } from '../endpoints.ts';
import { formatCount, formatDuration, formatFull, plural } from '../format.ts';
import { FleetCrumb } from '../parts/fleet-crumb.tsx';
import { Plot, type PlotSeries, type TimeRange } from '../parts/plot.tsx';
import { SeriesPlot } from '../parts/series-plot.tsx';
import { Empty, When } from '../parts/states.tsx';
import { type Place, to, withQuery } from '../router.ts';
import { FindingCards } from './finding-list.tsx';
import { drawnRange, type PageRange } from './range.ts';
import { Toolbar, usePageRange } from './service.tsx';
import { processWords, SyscallTable } from './syscall-table.tsx';

export function SyscallsPage({ place }: { readonly place: Place }) {
  const [, environment = '', service = ''] = place.path;
  const range = usePageRange(place, environment, service);
  const instance = place.query.instance ?? '';
  const syscall = place.query.syscall ?? '';
  const query = { from: range.from, to: range.to, instance };
  const view = useData(askSyscalls(environment, service, { ...query, syscall }), undefined, true);
  // For which instances are up.
  const around = useData(askService(environment, service, query), undefined, true);
  useTitle(view.value === null ? null : `Syscalls of ${service}`);
  const go = (change: Readonly<Record<string, string | null>>) => {
    location.hash = withQuery(place, change);
  };
  const zoom = (to: TimeRange) => go({ from: String(Math.round(to.from)), to: String(Math.round(to.to)), range: null });
  return (
    <div class="page">
      <div>
        <p class="crumbs">
          <FleetCrumb />
          <a href={to.service(environment, service)}>{service}</a>
        </p>
        <div class="page-head">
          <h1>Syscalls</h1>
          <p class="page-says">{view.value === null ? ' ' : windowWords(view.value)}</p>
        </div>
      </div>
      <Toolbar place={place} view={around.value} range={range} go={go} />
      <When of={view} height={900} label="Loading the syscalls">
        {(value) =>
          value.says !== null ? (
            <Empty title="Not collected.">
              <p>{value.says}</p>
              <Sources of={value} />
            </Empty>
          ) : (
            <Counted view={value} range={range} onZoom={zoom} onChoose={(name) => go({ syscall: name })} />
          )
        }
      </When>
    </div>
  );
}

interface CountedProps {
  readonly view: SyscallsView;
  readonly range: PageRange;
  readonly onZoom: (range: TimeRange) => void;
  readonly onChoose: (name: string) => void;
}

const FLOWS: readonly (readonly [string, string])[] = [
  ['net-descriptors', 'Descriptors opened − closed'],
  ['net-mapped', 'Bytes mapped − unmapped'],
  ['connects', 'connect'],
  ['connect-failures', 'connect that failed'],
];

function Counted({ view, range, onZoom, onChoose }: CountedProps) {
  const { chosen } = view;
  const plot = useRef<HTMLDivElement>(null);
  // It may be a screen further down where it is chosen.
  const choose = (name: string) => {
    onChoose(name);
    plot.current?.scrollIntoView({ block: 'nearest' });
  };
  const shown = drawnRange(range, chosen?.at[0] ?? null);
  const shared = { range: shown, onZoom, sync: 'syscalls' };
  return (
    <div class="page">
      <ProfileWords of={view} />
      {view.findings.length > 0 && (
        <section aria-label="Findings of syscalls">
          <FindingCards findings={view.findings} />
        </section>
      )}
      <section aria-labelledby="rates-title" class="plots">
        <h2 id="rates-title" class="sr-only">
          Over time
        </h2>
        {chosen !== null && (
          <div class="panel" ref={plot}>
            <ChosenPlot view={view} chosen={chosen} shared={shared} />
          </div>
        )}
        <div class="plot-grid">
          {FLOWS.map(([name, title]) => {
            const series = view.flows.find((one) => one.name === name);
            return series === undefined ? null : (
              <div key={name} class="panel">
                <SeriesPlot title={title} of={series} {...shared} />
              </div>
            );
          })}
        </div>
        {view.flows.some(({ name }) => name.startsWith('net-')) && (
          <p class="muted">
            Opened − closed and mapped − unmapped begin at 0 with the range: what rises and stays is not given back.
          </p>
        )}
      </section>
      <section aria-labelledby="table-title">
        <h2 id="table-title">Calls per minute</h2>
        <SyscallTable syscalls={view.syscalls} chosen={chosen?.name ?? null} onChoose={choose} />
      </section>
      <Sources of={view} />
    </div>
  );
}

interface ChosenProps {
  readonly view: SyscallsView;
  readonly chosen: NonNullable<SyscallsView['chosen']>;
  readonly shared: Pick<Parameters<typeof Plot>[0], 'range' | 'onZoom' | 'sync'>;
}

/** So many times the highest rate, a limit would only make everything else flat. */
const NEAR = 4;

function ChosenPlot({ view, chosen, shared }: ChosenProps) {
  const row = view.syscalls.find(({ name }) => name === chosen.name);
  const limit = row?.anomalous ?? null;
  const most = Math.max(0, ...chosen.peak.map((one) => one ?? 0));
  const series = useMemo<PlotSeries[]>(() => {
    const beyond = new Set(row?.anomalies.map(({ at }) => at));
    const rate: PlotSeries = { name: chosen.name, value: chosen.rate, color: 'plot-1', kind: 'line' };
    const dashed: PlotSeries[] =
      limit === null || limit > NEAR * most
        ? []
        : [{ name: 'limit', value: chosen.at.map(() => limit), color: 'critical', kind: 'dashed' }];
    const marks: PlotSeries[] =
      beyond.size === 0
        ? []
        : [
            {
              name: row?.state === 'never-seen' ? 'never seen before' : 'beyond the limit',
              value: chosen.at.map((at, i) => (beyond.has(at) ? (chosen.peak[i] ?? null) : null)),
              color: 'critical',
              kind: 'marks',
            },
          ];
    return [rate, ...dashed, ...marks];
  }, [view]);
  const band = useMemo(
    () => (row?.normal == null ? null : ([row.normal[0] ?? 0, row.normal[1] ?? 0] as const)),
    [view],
  );
  return (
    <>
      <Plot title={chosen.name} unit="count/min" at={chosen.at} series={series} band={band} height={200} {...shared} />
      <p class="muted">{bandWords(row ?? null)}</p>
      {chosen.processes.length > 0 && (
        <p class="muted">
          Called by {chosen.processes.map((one) => `${processWords(one)}, ${Math.round(one.share * 100)} %`).join('; ')}
          .
        </p>
      )}
    </>
  );
}

function bandWords(row: SyscallsView['syscalls'][number] | null): string {
  if (row === null) return '';
  const last = row.anomalies.at(-1);
  const beyond =
    last === undefined
      ? 'No window of the range is beyond it.'
      : `${plural(row.anomalies.length, 'window')} of the range ${row.anomalies.length === 1 ? 'is' : 'are'} at or beyond it; the last at ${formatFull(last.at)} with ${formatCount(last.rate)} a minute.`;
  if (row.state === 'never-seen')
    return `It was never seen while the profile was learned. ${plural(row.anomalies.length, 'window')} of the range ${row.anomalies.length === 1 ? 'has' : 'have'} it${last === undefined ? '' : `; the last at ${formatFull(last.at)}, ${formatCount(last.rate)} a minute`}.`;
  if (row.normal === null || row.anomalous === null) return 'No band is known of it.';
  const [low = 0, high = 0] = row.normal;
  return `Shaded: ${formatCount(low)} to ${formatCount(high)} a minute are normal; from ${formatCount(row.anomalous)} on it is an anomaly. ${beyond}`;
}

/** What counts are held against, in one sentence. */
function ProfileWords({ of: { profile } }: { readonly of: SyscallsView }) {
  const learned = `${plural(profile.windows, 'window')} (${formatDuration(profile.minutes * 60)})`;
  const of = profile.image === '' ? profile.of : profile.image;
  const words = {
    given: `Held against the profile of ${of} in ${profile.path ?? 'a file'}.`,
    learned: `Held against a profile of ${of} that was learned here from ${learned}; it is in the data directory for review.`,
    learning: `Still learning what is normal of ${of}: ${learned} so far, the warm-up of each process left out. Nothing is called an anomaly until that is enough.`,
    parent: `Still learning what is normal of ${of}; until then it is held against the release before, with wider limits.`,
    none: 'There is no profile of it, and none is being learned: nothing is called an anomaly.',
  } as const;
  return <p class="page-says">{words[profile.state]}</p>;
}

function windowWords({ windows, syscalls }: SyscallsView): string {
  if (windows.count === 0) return ' ';
  const less = windows.notWhole === 0 ? '' : `, ${windows.notWhole} of them not whole: lower bounds`;
  return `${plural(syscalls.length, 'syscall')}, counted for ${formatDuration(windows.countedMs / 1000)} in ${plural(windows.count, 'window')}${less}`;
}

/** What counted, and what is not collected, with the reason. */
function Sources({ of: { sources, notes } }: { readonly of: SyscallsView }) {
  if (sources.length === 0 && notes.length === 0) return null;
  return (
    <details class="marks">
      <summary>What is collected</summary>
      <ul>
        {sources.map((one) => (
          <li key={one.aspect}>
            <strong>{one.aspect}</strong> {one.collected ? `by ${one.source}` : 'not collected'}
            {one.says === '' ? '' : `: ${one.says}`}
          </li>
        ))}
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}
