/** What the kernel counted of one instance over a range: a line per syscall beside its band, and what flowed. */
import { HOUSEKEEPING } from '../../guard/baseline/kinds.ts';
import type { Band, BaselineProfile, Deviation } from '../../guard/baseline/model.ts';
import type { SeriesView, SyscallsView } from '../api/contract.ts';
import { isCounted } from '../life/counted.ts';
import type { FindingRecord, SyscallColumns, SyscallWindow, TargetId } from '../model.ts';
import type { SyscallState } from '../syscalls/watch.ts';
import { nullable, orNull, seriesView } from './columns.ts';
import { compareFindings, findingView } from './finding.ts';

export interface SyscallsInput {
  readonly environment: string;
  readonly service: string;
  readonly range: { readonly from: number; readonly to: number };
  readonly targets: readonly { readonly info: { readonly id: TargetId; readonly instance: string } }[];
  readonly instance: TargetId;
  readonly columns: SyscallColumns;
  /** The newest windows: who called what. */
  readonly recent: readonly SyscallWindow[];
  readonly state: SyscallState & { readonly says: string | null };
  readonly findings: readonly FindingRecord[];
  /** The syscall to be drawn; the worst where it is not there. */
  readonly chosen: string | undefined;
  readonly nameOf: (id: TargetId) => string;
}

type Row = SyscallsView['syscalls'][number];
type RowState = Row['state'];

const SPARK_POINTS = 60;
/** Newest windows that say who calls what. */
const CALLER_WINDOWS = 30;
/** Rules whose findings are joined with counts of system calls. */
const JOINED: ReadonlySet<string> = new Set(['fd-leak', 'offheap-growth', 'blocked-clients']);
/** Worst first. */
const STATES: readonly RowState[] = ['never-seen', 'anomalous', 'above', 'normal', 'unknown'];
/** Processes that are named; the others are one line. */
const MOST_PROCESSES = 5;

export function syscallsView(input: SyscallsInput): SyscallsView {
  const { columns, state, instance } = input;
  const { profile } = state;
  const callers = callersOf(input.recent.slice(-CALLER_WINDOWS));
  const said = Map.groupBy(state.check(input.recent), ({ syscall }) => syscall);
  const rows = columns.syscalls
    .map((name, i) => rowOf(input, name, i, callers, said.get(name) ?? []))
    .sort(
      (a, b) =>
        STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
        b.anomalies.length - a.anomalies.length ||
        (b.rate ?? 0) - (a.rate ?? 0) ||
        (a.name < b.name ? -1 : 1),
    );
  const chosen = rows.find(({ name }) => name === input.chosen) ?? rows[0];
  const drawn = columns.syscalls.indexOf(chosen?.name ?? '');
  return {
    environment: input.environment,
    service: input.service,
    from: input.range.from,
    to: input.range.to,
    instances: input.targets.map(({ info: { id, instance: name } }) => ({ id, instance: name })),
    instance,
    says: columns.at.length === 0 ? (state.says ?? 'Nothing was counted in this range.') : null,
    sources: (state.newest ?? input.recent.at(-1)?.recording)?.sources.map((one) => ({ ...one })) ?? [],
    profile: profileView(state),
    windows: {
      count: columns.at.length,
      notWhole: columns.whole.filter((one) => one === 0).length,
      countedMs: columns.countedMs.reduce((sum, one) => sum + one, 0),
    },
    syscalls: rows,
    chosen:
      chosen === undefined
        ? null
        : {
            name: chosen.name,
            at: [...columns.at],
            until: [...columns.until],
            rate: nullable(columns.rate[drawn] ?? []),
            peak: nullable(columns.peak[drawn] ?? []),
            processes: callers.get(chosen.name)?.slice(0, MOST_PROCESSES) ?? [],
          },
    flows: flowSeries(columns),
    findings: input.findings
      .filter(({ rule, instances }) => (isCounted({ rule }) || JOINED.has(rule)) && instances.includes(instance))
      .sort(compareFindings)
      .map((record) => findingView(record, input.nameOf)),
    notes: [...(profile?.notes ?? []), ...(state.newest?.notes ?? [])].slice(0, 20),
  };
}

function profileView({ profile, state, key, image, path }: SyscallState): SyscallsView['profile'] {
  return {
    state,
    of: key === null ? '' : [key.container, key.digest].filter(Boolean).join(' of '),
    image,
    path,
    ready: profile?.learned.ready ?? false,
    windows: profile?.learned.windows ?? 0,
    minutes: profile?.learned.minutes ?? 0,
    from: orNull(profile?.learned.from),
    to: orNull(profile?.learned.to),
  };
}

function rowOf(
  { columns, recent, state: { profile } }: SyscallsInput,
  name: string,
  i: number,
  callers: Callers,
  said: readonly Deviation[],
): Row {
  const band = bandOf(profile, name);
  const rates = columns.rate[i] ?? new Float64Array();
  const peaks = columns.peak[i] ?? new Float64Array();
  const rate = orNull(rates.at(-1));
  // A limit moves with the windows before: only those that are there as they were counted can be judged again.
  const judged = recent[0]?.at ?? Number.POSITIVE_INFINITY;
  const anomalies = [...peaks.keys()].flatMap((row) => {
    const [at, until, rate] = [columns.at[row] ?? 0, columns.until[row] ?? 0, peaks[row] ?? 0];
    const is =
      at < judged
        ? isAnomaly(profile, name, band, rate)
        : said.some((one) => one.from < until && one.to > at && rate > 0 && rate >= one.limit);
    return is ? [{ at, until, rate }] : [];
  });
  const now = anomalies.some(({ at }) => at === columns.at.at(-1));
  const spark = seriesView(name, 'count/min', { at: columns.at, value: rates }, SPARK_POINTS);
  return {
    name,
    rate,
    peak: orNull(peaks.length === 0 ? Number.NaN : Math.max(...peaks)),
    normal: band === null ? null : [...band.normal],
    anomalous: band?.anomalous ?? null,
    by: band?.by ?? null,
    state: stateOf(profile, name, band, { rate: rate ?? 0, anomalous: now }),
    anomalies,
    process: callers.get(name)?.[0] ?? null,
    spark,
  };
}

function bandOf(profile: BaselineProfile | null, name: string): Band | null {
  return profile !== null && Object.hasOwn(profile.bands, name) ? (profile.bands[name] ?? null) : null;
}

/** What a ready profile has never heard of, and nobody allowed. */
function isNeverSeen(profile: BaselineProfile | null, name: string, band: Band | null): boolean {
  if (profile === null || !profile.learned.ready || band !== null) return false;
  return !Object.hasOwn(profile.known, name) && !profile.allowed.includes(name) && !HOUSEKEEPING.includes(name);
}

function isAnomaly(profile: BaselineProfile | null, name: string, band: Band | null, rate: number): boolean {
  if (rate <= 0 || profile?.learned.ready !== true) return false;
  return band === null ? isNeverSeen(profile, name, band) : rate >= band.anomalous;
}

/** Of the newest window. */
function stateOf(
  profile: BaselineProfile | null,
  name: string,
  band: Band | null,
  { rate, anomalous }: { readonly rate: number; readonly anomalous: boolean },
): RowState {
  if (isNeverSeen(profile, name, band)) return 'never-seen';
  if (anomalous) return 'anomalous';
  if (band === null || profile?.learned.ready !== true) return 'unknown';
  return rate > band.normal[1] ? 'above' : 'normal';
}

type Callers = ReadonlyMap<string, NonNullable<Row['process']>[]>;

/** By syscall, the processes that called it most in the newest windows. */
function callersOf(windows: readonly SyscallWindow[]): Callers {
  const found = new Map<string, Map<string, { pid: number; comm: string; executable: string; calls: number }>>();
  for (const { recording } of windows) {
    const { counts, processes, syscalls } = recording;
    for (const [row, process] of counts.process.entries()) {
      const { pid = 0, comm = '', executable = '' } = processes[process] ?? {};
      const name = syscalls[counts.syscall[row] ?? -1] ?? '';
      const of = found.get(name) ?? new Map();
      const key = `${pid} ${comm} ${executable}`;
      const one = of.get(key) ?? { pid, comm, executable, calls: 0 };
      one.calls += counts.calls[row] ?? 0;
      of.set(key, one);
      found.set(name, of);
    }
  }
  return new Map(
    [...found].map(([name, of]) => {
      const all = [...of.values()].sort((a, b) => b.calls - a.calls);
      const sum = all.reduce((total, { calls }) => total + calls, 0);
      return [name, all.map(({ calls, ...one }) => ({ ...one, share: sum > 0 ? calls / sum : 0 }))];
    }),
  );
}

/** Levels begin at 0 with the range. A flow that was not collected is not there. */
function flowSeries({ at, until, countedMs, flows }: SyscallColumns): SeriesView[] {
  const level = (came: Float64Array, went: Float64Array): Float64Array => {
    let sum = 0;
    return came.map((value, i) => {
      const change = value - (went[i] ?? Number.NaN);
      if (Number.isNaN(change)) return Number.NaN;
      sum += change;
      return sum;
    });
  };
  const perMinute = (column: Float64Array): Float64Array =>
    column.map((value, i) => (value * 60_000) / (countedMs[i] ?? Number.NaN));
  const all: readonly (readonly [string, string, Float64Array])[] = [
    ['net-descriptors', 'count', level(flows.fdsOpened, flows.fdsClosed)],
    ['net-mapped', 'bytes', level(flows.mappedBytes, flows.unmappedBytes)],
    ['connects', 'count/min', perMinute(flows.connects)],
    ['connect-failures', 'count/min', perMinute(flows.connectFailures)],
  ];
  // A level is that of the end of a window.
  const ends = at.map((_, i) => until[i] ?? 0);
  return all.flatMap(([name, unit, value]) =>
    value.some(Number.isFinite) ? [seriesView(name, unit, { at: ends, value })] : [],
  );
}
