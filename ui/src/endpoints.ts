/** Every question the page asks, with the type of its answer. Paths are relative to the page; times are ms. */
import type {
  AlertsView,
  CapturesView,
  CompareView,
  FindingDetail,
  FindingsView,
  FlameView,
  FleetView,
  GoroutinesView,
  HeapGraphView,
  IncidentCounts,
  IncidentDetail,
  IncidentsView,
  ResponseReportView,
  ServiceView,
  StatusView,
  SyscallsView,
} from '../../src/watch/api/contract.ts';

/** A path whose answer has the shape `T`. The server checks answers against the same schema, the page does not again. */
export interface Ask<T> {
  readonly path: string;
  /** Never set; it ties the type to the path. */
  readonly answer?: T;
}

export interface RangeQuery {
  readonly from?: number;
  readonly to?: number;
  /** Id of a target. */
  readonly instance?: string;
}

function ask<T>(path: string, query: Readonly<Record<string, string | number | null | undefined>> = {}): Ask<T> {
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') kept.push([name, String(value)]);
  return { path: kept.length === 0 ? path : `${path}?${new URLSearchParams(kept)}` };
}

/** An environment without a name is `-` in paths. */
function segment(text: string): string {
  return text === '' ? '-' : encodeURIComponent(text);
}

export const askFleet = (): Ask<FleetView> => ask('api/fleet');
export const askStatus = (): Ask<StatusView> => ask('api/status');
export const askFindings = (): Ask<FindingsView> => ask('api/findings');
export const askFinding = (id: string): Ask<FindingDetail> => ask(`api/findings/${encodeURIComponent(id)}`);

export const askIncidents = (state: 'open' | 'closed' = 'open'): Ask<IncidentsView> =>
  ask('api/incidents', { state: state === 'open' ? null : state });
export const askIncidentCounts = (): Ask<IncidentCounts> => ask('api/incidents/counts');
export const askIncident = (id: string): Ask<IncidentDetail> => ask(`api/incidents/${encodeURIComponent(id)}`);
/** `since`: what was found from then on; null: all. */
export const askResponseReport = (since: number | null): Ask<ResponseReportView> =>
  ask('api/response-report', { since });

export const askService = (environment: string, service: string, range: RangeQuery = {}): Ask<ServiceView> =>
  ask(`api/services/${segment(environment)}/${segment(service)}`, { ...range });

export const askGoroutines = (environment: string, service: string, range: RangeQuery = {}): Ask<GoroutinesView> =>
  ask(`api/services/${segment(environment)}/${segment(service)}/goroutines`, { ...range });

/** `syscall`: the one to be drawn. */
export const askSyscalls = (
  environment: string,
  service: string,
  query: RangeQuery & { readonly syscall?: string } = {},
): Ask<SyscallsView> => ask(`api/services/${segment(environment)}/${segment(service)}/syscalls`, { ...query });

interface CapturesQuery extends RangeQuery {
  readonly environment?: string;
  readonly service?: string;
  readonly limit: number;
}

/** Newest first, of the last day where nothing else is said; without a service: of all, saved files among them. */
export const askCaptures = (query: CapturesQuery): Ask<CapturesView> =>
  ask('api/captures', { ...query, environment: query.environment === '' ? '-' : query.environment });

export const askAlerts = (): Ask<AlertsView> => ask('api/alerts', { limit: 20 });

export const askCompare = (base: string, head: string): Ask<CompareView> => ask('api/compare', { base, head });

/** `part`: heap, goroutine …; `type`: inuse_space, alloc_objects …; both may be left to the server. */
export const askFlame = (
  head: string,
  base: string | null,
  query: { readonly type?: string; readonly part?: string } = {},
): Ask<FlameView> => ask('api/flame', { head, base, ...query });

/** A capture's heap dump. */
export const askHeap = (capture: string): Ask<HeapGraphView> => ask('api/heap', { capture });
