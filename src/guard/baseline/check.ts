/**
 * What the windows of a recording say against a profile. The same windows are left out as while learning, at the same length; only
 * grave calls that no start explains are told of a warm-up, too.
 *
 * A rate is held against the line of its load where that is known, else against the limit of its band. A profile that has not
 * seen all hours of a day does not know the peak; its limit rises with the level of the windows before, so that a morning does not
 * raise an alarm a minute. Where it was learned how a rate leaves that level, a burst stands out against it at night, too.
 */
import { type SyscallRecording, sourceOf } from '../../evidence/syscalls/recording.ts';
import { countLimit } from '../../stats/tails.ts';
import { chanceOf, chancePerWindow, FALSE_ALARMS_PER_HOUR, limitBeside, spreadAt } from './band.ts';
import { lasting } from './episodes.ts';
import { type Frames, framesOf, type Instance } from './frames.ts';
import { HOUSEKEEPING } from './kinds.ts';
import { WARM_UP_MS } from './learn.ts';
import { Levels } from './level.ts';
import type { Band, BaselineKey, BaselineProfile, Deviation } from './model.ts';
import { isToldAtStart } from './start-up.ts';

export interface CheckOptions {
  /** The profile of the release before: what windows are held against, with wider limits, while `profile` is not ready. */
  readonly parent?: BaselineProfile | null;
  /**
   * Only deviations that last beyond this time, ms since the epoch, and what their episodes began with; windows before it are
   * what a level is taken from.
   */
  readonly since?: number;
  readonly warmUpMs?: number;
  readonly falseAlarmsPerHour?: number;
}

/** Another release may do more of the same: its rates are held against this times the parent's limits. */
const PARENT_FACTOR = 1.5;
/** Windows that do not deviate between two that do and are still one deviation. */
export const GAP = 2;
/** How far the limit may rise with the level: while not all hours of a day were seen, not all days of a week, and after that. */
const MOST_RISE = { partOfDay: 10, partOfWeek: 1.5, whole: 1 } as const;
/** From so long on a profile has seen all days of a week. */
export const WEEK_MS = 6.5 * 86_400_000;

/** A profile of a release that nothing was learned of yet; with a parent it can be checked all the same. */
export function emptyProfile(key: BaselineKey, image: string, parent: BaselineKey | null): BaselineProfile {
  return {
    key,
    image,
    parent,
    learned: {
      from: Number.NaN,
      to: Number.NaN,
      minutes: 0,
      excluded: 0,
      instances: 0,
      windowMs: Number.NaN,
      windows: 0,
      onlyOnce: 0,
      hoursOfDay: 0,
      ready: false,
    },
    loadMetric: null,
    bands: {},
    known: {},
    allowed: [],
    notes: [],
  };
}

/** In the order in which they began. A recording without counts of calls gives none, as does a profile that is not ready and has no parent. */
export function checkWindows(
  profile: BaselineProfile,
  recording: SyscallRecording,
  options: CheckOptions = {},
): Deviation[] {
  if (sourceOf(recording, 'calls') === null) return [];
  const parent = options.parent ?? null;
  const against = profile.learned.ready ? profile : parent?.learned.ready === true ? parent : null;
  if (against === null) return [];
  const { windowMs } = against.learned;
  const frames = framesOf(recording, {
    warmUpMs: options.warmUpMs ?? WARM_UP_MS,
    windowMs: Number.isFinite(windowMs) ? windowMs : null,
  });
  if (!(frames.windowMs > 0)) return [];
  const judge = judgeOf(against, profile, recording, frames.windowMs, options);
  const drafts = deviating(profile, recording, frames, judge);
  nameProcesses(drafts, recording, frames);
  const deviations = drafts.map((draft) => deviationOf(draft, profile, recording, frames, judge));
  return options.since === undefined ? deviations : lasting(deviations, options.since);
}

/** What every count is held against. */
interface Judge {
  readonly asParent: boolean;
  /** How far the limit may rise with the level. */
  readonly rise: number;
  /** By index of the recording's syscalls; null: no band. */
  readonly bands: readonly (Band | null)[];
  /** 1: neither a band nor known nor allowed. */
  readonly never: Uint8Array;
  readonly perMinute: number;
  readonly chance: number;
  readonly factor: number;
}

function judgeOf(
  against: BaselineProfile,
  profile: BaselineProfile,
  recording: SyscallRecording,
  windowMs: number,
  options: CheckOptions,
): Judge {
  const asParent = against !== profile;
  const own = (record: Readonly<Record<string, unknown>>, name: string): boolean => Object.hasOwn(record, name);
  const allowed = new Set([...profile.allowed, ...against.allowed, ...HOUSEKEEPING]);
  return {
    asParent,
    rise: mostRise(against),
    bands: recording.syscalls.map((name) => (own(against.bands, name) ? (against.bands[name] ?? null) : null)),
    never: Uint8Array.from(recording.syscalls, (name) =>
      own(against.bands, name) || own(against.known, name) || own(profile.known, name) || allowed.has(name) ? 0 : 1,
    ),
    perMinute: 60_000 / windowMs,
    chance: chancePerWindow(
      windowMs,
      Object.keys(against.bands).length,
      options.falseAlarmsPerHour ?? FALSE_ALARMS_PER_HOUR,
    ),
    factor: asParent ? PARENT_FACTOR : 1,
  };
}

function mostRise({ learned }: BaselineProfile): number {
  if (learned.hoursOfDay < 24) return MOST_RISE.partOfDay;
  return learned.to - learned.from < WEEK_MS ? MOST_RISE.partOfWeek : MOST_RISE.whole;
}

interface Draft {
  readonly instance: number;
  readonly syscall: number;
  readonly never: boolean;
  readonly from: number;
  to: number;
  windows: number;
  last: number;
  /** Calls per minute of the worst window, and the limit it had. */
  rate: number;
  limit: number;
  /** Frames that deviate. */
  readonly frames: Set<number>;
  process: { index: number; share: number };
}

function deviating(profile: BaselineProfile, recording: SyscallRecording, frames: Frames, judge: Judge): Draft[] {
  const width = recording.syscalls.length;
  const drafts: Draft[] = [];
  const open = new Map<number, Draft>();
  const levels = new Levels(frames.instances.length * width);
  frames.walk(({ alive, from, to, index }) => {
    // A window that ended late holds more of everything; one that ended early is a lower bound, and stays one.
    const share = Math.min(1, frames.windowMs / (to - from));
    for (const at of alive) {
      const instance = frames.instances[at];
      if (instance === undefined || !sameKey(instance, profile.key)) continue;
      const starts = instance.leftOut === 'warm-up';
      for (let s = 0; s < width; s++) {
        const cell = at * width + s;
        const calls = share * (frames.calls[cell] ?? 0);
        const never = judge.never[s] === 1;
        if (starts && !(never && isToldAtStart(recording.syscalls[s] ?? ''))) continue;
        const band = judge.bands[s] ?? null;
        let limit = 0;
        if (band !== null) {
          limit = limitOf(band, calls, levels.at(cell), share * instance.load, judge);
          // What was counted of an incomplete window is a lower bound: too much of it is too much, but it is no level.
          if (instance.leftOut === '') levels.push(cell, calls);
        }
        if (calls === 0 || (!never && (band === null || calls * judge.perMinute < limit))) continue;
        const rate = calls * judge.perMinute;
        const known = open.get(cell);
        if (known !== undefined && index - known.last <= GAP + 1) {
          known.last = index;
          known.to = to;
          known.windows++;
          known.frames.add(index);
          if (rate > known.rate) Object.assign(known, { rate, limit });
          continue;
        }
        const draft: Draft = {
          instance: at,
          syscall: s,
          never,
          from,
          to,
          windows: 1,
          last: index,
          rate,
          limit,
          frames: new Set([index]),
          process: { index: -1, share: 0 },
        };
        drafts.push(draft);
        open.set(cell, draft);
      }
    }
  });
  return drafts;
}

function sameKey(instance: Instance, key: BaselineKey): boolean {
  return instance.key.digest === key.digest && instance.key.container === key.container;
}

/**
 * Calls per minute from which on this window is an anomaly. The load explains its part, whatever the windows before were like.
 * Without it: the band's limit, which rises with the level in a young profile; or less, where the level before is left.
 */
function limitOf(band: Band, calls: number, level: number, load: number, judge: Judge): number {
  const { perMinute, chance, factor } = judge;
  if (band.load !== undefined && !Number.isNaN(load)) {
    const expected = Math.max(0, band.load.base / perMinute + band.load.perUnit * load);
    // The exact limit takes some microseconds, and few windows come near it.
    if (calls < expected * 1.5 * factor) return expected * 1.5 * factor * perMinute;
    const limit = countLimit(chance, expected, spreadAt(expected, band.load.noise));
    return Math.max(limit, Math.ceil(expected * 1.5), Math.floor(expected) + 2) * perMinute * factor;
  }
  let limit = band.anomalous * factor;
  const middle = (band.normal[0] + band.normal[1]) / 2;
  if (judge.rise > 1 && band.by !== 'manual' && middle > 0 && level * perMinute > middle)
    limit *= Math.min(judge.rise, (level * perMinute) / middle);
  if (band.recent === undefined || judge.asParent) return limit;
  return Math.min(limit, limitBeside(level, calls, band.recent, chance) * perMinute);
}

/** Who makes the difference: per process, its calls in the windows that deviate beyond its mean in those that do not. */
function nameProcesses(drafts: readonly Draft[], recording: SyscallRecording, frames: Frames): void {
  if (drafts.length === 0) return;
  const width = recording.syscalls.length;
  const byCell = new Map<number, Draft[]>();
  for (const draft of drafts) {
    const cell = draft.instance * width + draft.syscall;
    const others = byCell.get(cell);
    if (others === undefined) byCell.set(cell, [draft]);
    else others.push(draft);
  }
  /** Calls in windows that deviate, per draft and process; calls in the others, per cell and process. */
  const tooMuch = new Map<Draft, Map<number, number>>();
  const usual = new Map<number, Map<number, number>>();
  const usualFrames = new Map<number, number>();
  frames.walk(({ index, first, end, alive }) => {
    for (const cell of byCell.keys()) {
      const at = Math.floor(cell / width);
      const deviates = byCell.get(cell)?.some((draft) => draft.frames.has(index)) === true;
      if (!deviates && alive.includes(at)) usualFrames.set(cell, (usualFrames.get(cell) ?? 0) + 1);
    }
    for (let row = first; row < end; row++) {
      const process = recording.counts.process[row] ?? 0;
      const cell = (frames.instanceOf[process] ?? 0) * width + (recording.counts.syscall[row] ?? 0);
      const here = byCell.get(cell);
      if (here === undefined) continue;
      const calls = recording.counts.calls[row] ?? 0;
      const draft = here.find((one) => one.frames.has(index));
      if (draft === undefined) addTo(usual, cell, process, calls);
      else addTo(tooMuch, draft, process, calls);
    }
  });
  for (const draft of drafts) {
    const cell = draft.instance * width + draft.syscall;
    const rest = usual.get(cell);
    const before = Math.max(1, usualFrames.get(cell) ?? 0);
    let best = -1;
    let most = 0;
    let sum = 0;
    for (const [process, calls] of tooMuch.get(draft) ?? []) {
      const excess = Math.max(0, calls - ((rest?.get(process) ?? 0) / before) * draft.windows);
      sum += excess;
      if (excess > most || best === -1) {
        most = excess;
        best = process;
      }
    }
    draft.process = { index: best, share: sum === 0 ? 0 : most / sum };
  }
}

function addTo<Key>(into: Map<Key, Map<number, number>>, key: Key, process: number, calls: number): void {
  let row = into.get(key);
  if (row === undefined) {
    row = new Map();
    into.set(key, row);
  }
  row.set(process, (row.get(process) ?? 0) + calls);
}

function deviationOf(
  draft: Draft,
  profile: BaselineProfile,
  recording: SyscallRecording,
  frames: Frames,
  judge: Judge,
): Deviation {
  const instance = frames.instances[draft.instance];
  const process = recording.processes[draft.process.index];
  const band = judge.bands[draft.syscall] ?? null;
  const kind = draft.never ? 'never-seen' : 'rate-high';
  const limit = band === null ? null : { ...band, anomalous: draft.limit };
  return {
    kind: judge.asParent ? `parent-${kind}` : kind,
    key: profile.key,
    instance: instance?.name ?? '',
    container: instance?.container ?? null,
    syscall: recording.syscalls[draft.syscall] ?? '',
    process: {
      pid: process?.pid ?? 0,
      comm: process?.comm ?? '',
      executable: process?.executable ?? '',
      share: draft.process.share,
    },
    from: draft.from,
    to: draft.to,
    windows: draft.windows,
    rate: draft.rate,
    band,
    limit: draft.never ? 0 : draft.limit,
    pValue: limit === null || band?.load !== undefined ? null : chanceOf(draft.rate, limit, judge.chance),
  };
}
