/**
 * Learns what is normal for each container of each image, in memory that does not grow with the time learned: per syscall a sketch
 * of its counts, per container a sample of windows with their load.
 *
 * What counts: windows that were counted whole, lost nothing, and lie after the warm-up of the instance (a restart begins a new
 * warm-up). In these, a process that was alive and did not call is a zero. What was left out is counted, and syscalls seen only
 * there are known without a band.
 */
import { type SyscallRecording, sourceOf } from '../../evidence/syscalls/recording.ts';
import { bandOf, chancePerWindow, FALSE_ALARMS_PER_HOUR, Leaving } from './band.ts';
import { framesOf, type Instance, windowLength } from './frames.ts';
import { type Level, Levels } from './level.ts';
import { LoadSample } from './load.ts';
import type { Band, BaselineKey, BaselineProfile } from './model.ts';
import { CountSketch } from './sketch.ts';

export interface LearnOptions {
  /** Left out after the start of the oldest process of an instance, ms; 5 minutes. */
  readonly warmUpMs?: number;
  /** Windows that make a profile `ready`; 60. */
  readonly minWindows?: number;
  /** Length of the windows that bands are made of, ms; that of the first recording. Shorter windows are joined. */
  readonly windowMs?: number;
  /** Goal for all syscalls of a container together; one in 1,000 hours. */
  readonly falseAlarmsPerHour?: number;
  /** What `load` of the recordings counts; null: they have none, or it is not to be used. */
  readonly loadMetric?: string | null;
}

export const WARM_UP_MS = 5 * 60_000;
export const MIN_WINDOWS = 60;

/** One profile per image digest (or executable) and container, in the order in which they were first seen. */
export function learnProfiles(recordings: readonly SyscallRecording[], options: LearnOptions = {}): BaselineProfile[] {
  const learner = createLearner(options);
  for (const recording of recordings) learner.add(recording);
  return learner.profiles();
}

export interface Learner {
  /** Takes what it needs of the recording and keeps nothing else of it. Those of one container have to come in order of time. */
  add(recording: SyscallRecording): void;
  profiles(): BaselineProfile[];
}

interface Sketches {
  readonly counts: CountSketch;
  readonly leaving: Leaving;
}

interface Learned {
  readonly key: BaselineKey;
  image: string;
  windows: number;
  excluded: number;
  misfits: number;
  from: number;
  to: number;
  /** One bit per hour of the day. */
  hours: number;
  source: string;
  readonly instances: Set<string>;
  readonly sketches: Map<string, Sketches>;
  /** Seen in windows that were left out, with why. */
  readonly leftOut: Map<string, string>;
  readonly load: LoadSample;
  /** Level per instance and syscall at the end of the last recording. */
  readonly levels: Map<string, ReadonlyMap<string, Level>>;
}

export function createLearner(options: LearnOptions = {}): Learner {
  const warmUpMs = options.warmUpMs ?? WARM_UP_MS;
  const byKey = new Map<string, Learned>();
  let windowMs = options.windowMs ?? Number.NaN;

  const learnedOf = (instance: Instance): Learned => {
    const id = JSON.stringify([instance.key.digest, instance.key.container]);
    const found = byKey.get(id);
    if (found !== undefined) return found;
    const made: Learned = {
      key: instance.key,
      image: instance.image,
      windows: 0,
      excluded: 0,
      misfits: 0,
      from: Number.NaN,
      to: Number.NaN,
      hours: 0,
      source: '',
      instances: new Set(),
      sketches: new Map(),
      leftOut: new Map(),
      load: new LoadSample(),
      levels: new Map(),
    };
    byKey.set(id, made);
    return made;
  };

  return {
    add(recording) {
      const state = sourceOf(recording, 'calls');
      if (state === null) return;
      if (Number.isNaN(windowMs)) windowMs = windowLength(recording);
      if (Number.isNaN(windowMs)) return;
      const frames = framesOf(recording, { warmUpMs, windowMs });
      const width = recording.syscalls.length;
      const names = recording.syscalls;
      const learned = frames.instances.map(learnedOf);
      // Sketches by cell: a look-up by name for every count would be most of the time.
      const sketches: (Sketches | undefined)[] = new Array(frames.instances.length * width);
      const before = new Float64Array(frames.instances.length * width);
      const beforeIn = new Int32Array(frames.instances.length).fill(-2);
      const levels = new Levels(frames.instances.length * width);
      frames.instances.forEach((instance, at) => {
        for (let s = 0; s < width; s++) {
          const level = learned[at]?.levels.get(instance.name)?.get(names[s] ?? '');
          if (level !== undefined) levels.resume(at * width + s, level);
        }
      });
      let last: readonly number[] = [];
      frames.walk(({ alive, from, to, index }) => {
        last = alive;
        for (const at of alive) {
          const instance = frames.instances[at];
          const into = learned[at];
          if (instance === undefined || into === undefined) continue;
          const start = at * width;
          if (instance.leftOut !== '') {
            into.excluded++;
            const why = instance.leftOut === 'warm-up' ? 'start-up' : 'left-out window';
            for (let s = 0; s < width; s++)
              if ((frames.calls[start + s] ?? 0) > 0 && into.leftOut.get(names[s] ?? '') !== 'start-up')
                into.leftOut.set(names[s] ?? '', why);
            continue;
          }
          into.windows++;
          into.instances.add(instance.name);
          into.image ||= instance.image;
          into.source ||= sourceName(state.source);
          if (!(into.from <= from)) into.from = from;
          if (!(into.to >= to)) into.to = to;
          into.hours |= 1 << (Math.floor(from / 3_600_000) % 24);
          const follows = beforeIn[at] === index - 1;
          for (let s = 0; s < width; s++) {
            const calls = frames.calls[start + s] ?? 0;
            if (calls > 0) {
              let sketch = sketches[start + s];
              if (sketch === undefined) {
                sketch = sketchOf(into, names[s] ?? '');
                sketches[start + s] = sketch;
              }
              sketch.counts.add(calls, follows ? (before[start + s] ?? 0) : 0);
            }
            before[start + s] = calls;
            sketches[start + s]?.leaving.add(calls, levels.at(start + s));
            levels.push(start + s, calls);
          }
          beforeIn[at] = index;
          if (options.loadMetric != null && !Number.isNaN(instance.load))
            into.load.add(instance.load, () => {
              const row = new Map<string, number>();
              for (let s = 0; s < width; s++) {
                const calls = frames.calls[start + s] ?? 0;
                if (calls > 0) row.set(names[s] ?? '', calls);
              }
              return row;
            });
        }
      });
      // Recordings may be as short as a few windows; what is alive at the end goes on in the next.
      for (const [at, instance] of frames.instances.entries()) {
        const into = learned[at]?.levels;
        if (!last.includes(at)) into?.delete(instance.name);
        else into?.set(instance.name, new Map(names.map((name, s) => [name, levels.stateOf(at * width + s)])));
      }
      for (const into of new Set(learned)) into.misfits += frames.misfits();
    },
    profiles: () => [...byKey.values()].map((learned) => profileOf(learned, windowMs, options)),
  };
}

function sketchOf(into: Learned, name: string): Sketches {
  const found = into.sketches.get(name);
  if (found !== undefined) return found;
  const made = { counts: new CountSketch(), leaving: new Leaving() };
  into.sketches.set(name, made);
  return made;
}

function profileOf(learned: Learned, windowMs: number, options: LearnOptions): BaselineProfile {
  const { windows, sketches } = learned;
  const goal = options.falseAlarmsPerHour ?? FALSE_ALARMS_PER_HOUR;
  const minWindows = options.minWindows ?? MIN_WINDOWS;
  const loadMetric = options.loadMetric ?? null;
  const chance = chancePerWindow(windowMs, sketches.size, goal);
  const bands: Record<string, Band> = {};
  for (const name of [...sketches.keys()].sort()) {
    const sketch = sketches.get(name);
    if (sketch === undefined) continue;
    const load = loadMetric === null ? undefined : learned.load.lineOf(name, windowMs);
    const { hasShocks, ...band } = bandOf(sketch.counts, windows, windowMs, chance);
    const recent = sketch.leaving.limit(chance, hasShocks);
    bands[name] = {
      ...band,
      source: learned.source,
      ...(recent === undefined ? {} : { recent }),
      ...(load === undefined ? {} : { load }),
    };
  }
  const known: Record<string, string> = {};
  for (const name of [...learned.leftOut.keys()].sort())
    if (!sketches.has(name)) known[name] = learned.leftOut.get(name) ?? '';
  const ready = windows >= minWindows;
  return {
    key: learned.key,
    image: learned.image,
    parent: null,
    learned: {
      from: learned.from,
      to: learned.to,
      minutes: Math.round((windows * windowMs) / 600) / 100,
      excluded: Math.round((learned.excluded * windowMs) / 600) / 100,
      instances: learned.instances.size,
      windowMs,
      windows,
      onlyOnce: [...sketches.values()].filter((sketch) => sketch.counts.present === 1).length,
      hoursOfDay: bitsOf(learned.hours),
      ready,
    },
    loadMetric,
    bands,
    known,
    allowed: [],
    notes: [...notesOf(learned, ready, minWindows), ...bluntness(bands)],
  };
}

function notesOf(learned: Learned, ready: boolean, minWindows: number): string[] {
  const notes: string[] = [];
  if (!ready)
    notes.push(
      `Still learning: ${learned.windows} windows, and bands need ${minWindows}; rates raise nothing until then.`,
    );
  else if (bitsOf(learned.hours) < 24)
    notes.push(
      `Has seen ${bitsOf(learned.hours)} of the 24 hours of a day: what comes at other hours is not in the bands yet.`,
    );
  if (learned.key.digest.startsWith('exe:'))
    notes.push('Named by its executable, as no image digest is known: releases cannot be told apart.');
  if (learned.misfits > 0)
    notes.push(
      learned.misfits === 1
        ? 'One window was of another length and could not be joined to the others; it was left out.'
        : `${learned.misfits} windows were of another length and could not be joined to the others; they were left out.`,
    );
  return notes;
}

/** So many times the most that is normal is a limit that finds little. */
const BLUNT = 10;
const MOST_BLUNT_NAMED = 5;

/** Which syscalls hide bursts, for who reads the profile. */
function bluntness(bands: Readonly<Record<string, Band>>): string[] {
  const names = Object.entries(bands).flatMap(([name, { normal, anomalous, by }]) =>
    by === 'quantile' && normal[1] > 0 && anomalous >= BLUNT * normal[1] ? [name] : [],
  );
  if (names.length === 0) return [];
  const rest = names.length - MOST_BLUNT_NAMED;
  const named = names.slice(0, MOST_BLUNT_NAMED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return [
    `Bursts below ${BLUNT} times what is normal are not found in ${named}: jobs or shocks of that size were learned.`,
  ];
}

function bitsOf(hours: number): number {
  let bits = 0;
  for (let hour = 0; hour < 24; hour++) bits += (hours >> hour) & 1;
  return bits;
}

/** `tracepoint raw_syscalls:sys_enter` → `tracepoint`: the short names that bands have. */
function sourceName(source: string): string {
  if (source.startsWith('tracepoint')) return 'tracepoint';
  if (source.startsWith('perf')) return 'perf-trace';
  if (source.startsWith('strace')) return 'strace';
  return 'import';
}
