/** One service: what was found, and the memory, the collector, the goroutines and the load of one instance over time. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ServiceView } from '../../../src/watch/api/contract.ts';
import { useData, useNow, useServices, useTitle } from '../context.ts';
import { askService } from '../endpoints.ts';
import { formatAgo, formatRange, plural, shortBuild } from '../format.ts';
import { Choice } from '../parts/choice.tsx';
import { FleetCrumb } from '../parts/fleet-crumb.tsx';
import type { TimeRange } from '../parts/plot.tsx';
import { ReportSays } from '../parts/report-says.tsx';
import { SeveritySign } from '../parts/signs.tsx';
import { When } from '../parts/states.tsx';
import { type Place, to, withQuery } from '../router.ts';
import { CaptureList } from './captures.tsx';
import { FindingList } from './finding-list.tsx';
import { type PageRange, PRESETS, rangeAt } from './range.ts';
import { ServicePlots } from './service-plots.tsx';
import { useEnds } from './use-ends.ts';

/** The end of a preset's range moves on with new captures, but not more often than this. */
const STEP_MS = 5000;

/** The range of the address; a preset's end is now, and moves when there is something new. */
export function usePageRange(place: Place, environment: string, service: string): PageRange {
  const { data, onEvent } = useServices();
  const [now, setNow] = useState(Date.now());
  useEffect(
    () =>
      onEvent((event) => {
        if (event !== null && (event.service !== service || event.environment !== environment)) return;
        setNow((before) => (Date.now() - before > STEP_MS ? Date.now() : before));
      }),
    [onEvent, environment, service],
  );
  const { query } = place;
  return useMemo(() => {
    const asked = rangeAt({ query }, now);
    // A report has one window, whenever that was.
    return data.range !== null && asked.preset !== null ? { ...data.range, preset: null } : asked;
  }, [data, query.range, query.from, query.to, now]);
}

export function ServicePage({ place }: { readonly place: Place }) {
  const [, environment = '', service = ''] = place.path;
  const instance = place.query.instance ?? '';
  const range = usePageRange(place, environment, service);
  const view = useData(
    askService(environment, service, { from: range.from, to: range.to, instance }),
    (event) => event.kind === 'finding' && event.service === service,
    true,
  );
  const [selected, setSelected] = useState<TimeRange | null>(null);
  useTitle(view.value === null ? null : service);
  const go = (change: Readonly<Record<string, string | null>>) => {
    setSelected(null);
    location.hash = withQuery(place, change);
  };
  const zoom = (to: TimeRange) => go({ from: String(Math.round(to.from)), to: String(Math.round(to.to)), range: null });
  return (
    <div class="page">
      <ServiceHead environment={environment} service={service} view={view.value} />
      <ReportSays />
      <Toolbar place={place} view={view.value} range={range} go={go}>
        <Selection
          view={view.value}
          range={range}
          selected={selected}
          onZoom={zoom}
          onClear={() => setSelected(null)}
        />
      </Toolbar>
      <When of={view} height={1100} label={`Loading ${service}`}>
        {(value) => (
          <div class="page">
            <FindingList findings={value.findings} empty={value.captures.length > 0} />
            <ServicePlots view={value} range={range} selected={selected} onSelect={setSelected} onZoom={zoom} />
            <CaptureList captures={value.captures} />
          </div>
        )}
      </When>
    </div>
  );
}

function ServiceHead(props: { environment: string; service: string; view: ServiceView | null }) {
  const { environment, service, view } = props;
  const now = useNow();
  // A report has no counts.
  const live = useServices().data.actions !== null;
  const own = view?.instances.find((one) => one.id === view.instance);
  const down = view?.instances.filter((one) => one.problem !== null) ?? [];
  return (
    <div>
      <p class="crumbs">
        <FleetCrumb />
        {environment !== '' && <span>{environment}</span>}
      </p>
      <div class="page-head">
        <h1>{service}</h1>
        <p class="page-says">
          {view === null
            ? ' '
            : [
                plural(view.instances.length, 'instance'),
                own?.goVersion,
                own && own.build !== null ? shortBuild(own.build) : null,
                own ? `last capture ${formatAgo(own.lastCapture, now)}` : null,
              ]
                .filter(Boolean)
                .join(' · ')}
        </p>
        <nav class="head-link head-links" aria-label="More of this service">
          <a href={to.goroutines(environment, service)}>Goroutines</a>
          {live && (
            <a href={to.syscalls(environment, service, view === null ? {} : { instance: view.instance })}>Syscalls</a>
          )}
        </nav>
      </div>
      {down.slice(0, 3).map((one) => (
        <p key={one.id} class="service-problem">
          <SeveritySign of="medium" word={false} /> {one.instance}: {one.problem}
        </p>
      ))}
    </div>
  );
}

interface ToolbarProps {
  readonly place: Place;
  readonly view: Pick<ServiceView, 'instances' | 'instance'> | null;
  readonly range: PageRange;
  readonly go: (change: Readonly<Record<string, string | null>>) => void;
  readonly children?: ComponentChildren;
}

/** Which instance, which time. In a report there is one window and nothing to choose. */
export function Toolbar({ view, range, go, children }: ToolbarProps) {
  const { data } = useServices();
  if (data.actions === null) return null;
  const span = range.to - range.from;
  const move = (by: number) =>
    go({ from: String(Math.round(range.from + by)), to: String(Math.round(range.to + by)), range: null });
  return (
    <div class="toolbar">
      <label class="inline-field">
        <span>Instance</span>
        <select value={view?.instance ?? ''} onChange={(event) => go({ instance: event.currentTarget.value })}>
          {(view?.instances ?? []).map((one) => (
            <option key={one.id} value={one.id}>
              {one.instance}
              {one.up ? '' : ' (down)'}
            </option>
          ))}
        </select>
      </label>
      <Choice
        label="Time range"
        options={PRESETS.map(([name]) => [name, name.replace(/(\d+)/, '$1 ')] as const)}
        value={range.preset}
        onChange={(preset) => go({ range: preset, from: null, to: null })}
      />
      <span class="toolbar-group">
        <button type="button" class="button" aria-label="Earlier" onClick={() => move(-span / 2)}>
          ←
        </button>
        <button
          type="button"
          class="button"
          aria-label="Later"
          disabled={range.preset !== null}
          onClick={() => move(span / 2)}
        >
          →
        </button>
      </span>
      {children}
    </div>
  );
}

interface SelectionProps {
  readonly view: ServiceView | null;
  readonly range: PageRange;
  readonly selected: TimeRange | null;
  readonly onZoom: (range: TimeRange) => void;
  readonly onClear: () => void;
}

/** What can be done with the range that was brushed; without one, with the range that is shown. */
function Selection({ view, range, selected, onZoom, onClear }: SelectionProps) {
  const ends = useEnds(view, selected ?? range);
  return (
    <span class="selection">
      {selected !== null && <strong class="selection-says">{formatRange(selected.from, selected.to)}</strong>}
      {ends !== null && (
        <a class="button" href={to.compare(ends.base.id, ends.head.id)}>
          {selected === null ? 'Compare both ends' : 'Compare its ends'}
        </a>
      )}
      {selected === null ? (
        <span class="muted selection-hint">Drag over a plot to mark a range</span>
      ) : (
        <>
          <button type="button" class="button primary" onClick={() => onZoom(selected)}>
            Zoom
          </button>
          <button type="button" class="button quiet" onClick={onClear}>
            Clear
          </button>
        </>
      )}
    </span>
  );
}
