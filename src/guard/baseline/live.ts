/**
 * Windows held against profiles as they end: what opens, what is over, and what a container does that nobody has a profile of,
 * which may be learned first. Pure: windows come in, events go out.
 */
import { indexedRecording, recordingOfSamples } from '../../evidence/syscalls/from-samples.ts';
import type { ProcessSample, RecordingHeader, WindowSample } from '../../evidence/syscalls/write.ts';
import type { Finding } from '../../findings/model.ts';
import { compareFindings } from '../../findings/sort.ts';
import { heldAgainst, idOfKey } from './against.ts';
import { checkWindows, GAP } from './check.ts';
import { deviationFindings } from './findings.ts';
import { framesOf } from './frames.ts';
import { createLearner, type Learner, MIN_WINDOWS, WARM_UP_MS } from './learn.ts';
import { WINDOWS_OF_LEVEL } from './level.ts';
import type { BaselineKey, BaselineProfile } from './model.ts';
import type { ProfileOnDisk } from './profile/directory.ts';
import { type PlannedProfile, planProfiles } from './profile/plan.ts';

export interface LiveOptions {
  readonly warmUpMs?: number;
  /** Containers without a profile are learned for so long before they are checked, ms; null: they are not. */
  readonly learnMs?: number | null;
  /** Windows that a profile needs; 60. */
  readonly minWindows?: number;
}

export interface LiveFinding {
  readonly finding: Finding;
  /** First and last window that it was in, [from, to), ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** 1: the first time; 2: it was over and is there again. */
  readonly times: number;
}

export type LiveEvent =
  | ({ readonly kind: 'opened' | 'ended' } & LiveFinding)
  /** To be written where the profiles are, for a person to review. */
  | { readonly kind: 'learned'; readonly planned: PlannedProfile }
  /** Said once: nothing can be said of it, and why. */
  | { readonly kind: 'not-checked'; readonly key: BaselineKey; readonly image: string; readonly why: string };

export const LIVE_STATES = ['checked', 'learning', 'warming up', 'not checked'] as const;
export type LiveState = (typeof LIVE_STATES)[number];

/** Windows that are learned from together, as what follows what is learned, too. */
const TOGETHER = 10;
/** How far the length of a window may be from the profile's; as frames have it. */
const LENGTH_TOLERANCE = 0.25;

/** All windows of one key: of one image and container, or of one executable. */
interface Watched {
  readonly key: BaselineKey;
  image: string;
  /** The newest, with the processes of this key alone. */
  windows: WindowSample[];
  /** Since the last check. */
  fresh: number;
  learner: Learner | null;
  learned: { readonly from: number; windows: number; waiting: WindowSample[] } | null;
  judged: number;
  warm: boolean;
  told: boolean;
  /** By fingerprint. */
  readonly open: Map<string, Open>;
}

interface Open {
  finding: Finding;
  readonly from: number;
  to: number;
  readonly times: number;
  /** Checks in a row in which it was not seen. */
  quiet: number;
}

export class LiveCheck {
  readonly #header: RecordingHeader;
  readonly #options: LiveOptions;
  #profiles: readonly ProfileOnDisk[];
  readonly #watched = new Map<string, Watched>();
  /** How often each finding has opened. */
  readonly #times = new Map<string, number>();
  readonly #found = new Map<string, Finding>();

  constructor(header: RecordingHeader, profiles: readonly ProfileOnDisk[], options: LiveOptions = {}) {
    this.#header = header;
    this.#profiles = profiles;
    this.#options = options;
  }

  /** Everything that was found so far, each as it was at its worst. */
  get found(): readonly Finding[] {
    return [...this.#found.values()];
  }

  /** What is open now. */
  get open(): readonly LiveFinding[] {
    return [...this.#watched.values()].flatMap(({ open }) => [...open.values()]);
  }

  /** How many keys there are, by what is done with them. */
  states(): Readonly<Record<LiveState, number>> {
    const states = { checked: 0, learning: 0, 'warming up': 0, 'not checked': 0 };
    for (const one of this.#watched.values()) states[this.#stateOf(one)]++;
    return states;
  }

  add(window: WindowSample): LiveEvent[] {
    const events: LiveEvent[] = [];
    const seen = new Set<Watched>();
    for (const [one, samples, counts] of this.#byKey(window)) {
      seen.add(one);
      one.warm = !counts;
      this.#window(one, { ...window, processes: samples }, counts, events);
    }
    for (const one of this.#watched.values()) if (!seen.has(one)) this.#calm(one, new Set(), events);
    return events;
  }

  /** Each key that was alive, its samples, and whether the window counts for it: whole, nothing lost, after the warm-up. */
  #byKey(window: WindowSample): [Watched, ProcessSample[], boolean][] {
    const { recording, processes } = indexedRecording(this.#header, [window]);
    const frames = framesOf(recording, { warmUpMs: this.#options.warmUpMs ?? WARM_UP_MS, windowMs: null });
    const counts = new Set<string>();
    // An incomplete window alone has no length; it counts for nobody.
    frames.walk(({ alive }) => {
      for (const at of alive) {
        const instance = frames.instances[at];
        if (instance?.leftOut === '') counts.add(idOfKey(instance.key));
      }
    });
    const samples = new Map<string, [Watched, ProcessSample[]]>();
    window.processes.forEach((sample, i) => {
      const instance = frames.instances[frames.instanceOf[processes[0]?.[i] ?? -1] ?? -1];
      if (instance === undefined) return;
      const id = idOfKey(instance.key);
      const known = this.#watched.get(id) ?? newWatched(instance.key);
      known.image ||= instance.image;
      this.#watched.set(id, known);
      const entry = samples.get(id);
      if (entry === undefined) samples.set(id, [known, [sample]]);
      else entry[1].push(sample);
    });
    return [...samples].map(([id, [one, of]]) => [one, of, counts.has(id)]);
  }

  #window(one: Watched, window: WindowSample, counts: boolean, events: LiveEvent[]): void {
    const { profile, parent, against } = heldAgainst(one.key, one.image, this.#profiles);
    if (against === null) {
      if (!this.#learn(one, window, counts, events)) this.#tell(one, noProfile(profile), events);
      return;
    }
    const perFrame = framesPerWindow(against.profile, this.#header.windowMs);
    if (perFrame === null) {
      const seconds = against.profile.learned.windowMs / 1000;
      this.#tell(one, `its profile was learned in windows of ${seconds} s, of which these are no part`, events);
      return;
    }
    one.windows.push(window);
    one.windows = one.windows.slice(-(WINDOWS_OF_LEVEL + 9) * perFrame);
    if (counts) one.judged++;
    if (++one.fresh < perFrame) return;
    const since = one.windows.at(-one.fresh)?.from ?? window.from;
    one.fresh = 0;
    const deviations = checkWindows(profile, recordingOfSamples(this.#header, whole(one.windows, perFrame)), {
      ...{ parent, since },
      ...(this.#options.warmUpMs === undefined ? {} : { warmUpMs: this.#options.warmUpMs }),
    });
    const found = new Set<string>();
    for (const finding of deviationFindings(deviations, against.profile)) {
      found.add(finding.fingerprint);
      this.#see(one, finding, since, window.to, events);
    }
    this.#calm(one, found, events);
  }

  #see(one: Watched, finding: Finding, from: number, to: number, events: LiveEvent[]): void {
    const id = finding.fingerprint;
    const worst = this.#found.get(id);
    if (worst === undefined || compareFindings(finding, worst) < 0) this.#found.set(id, finding);
    const known = one.open.get(id);
    if (known !== undefined) {
      Object.assign(known, { finding, to, quiet: 0 });
      return;
    }
    const times = (this.#times.get(id) ?? 0) + 1;
    this.#times.set(id, times);
    one.open.set(id, { finding, from, to, times, quiet: 0 });
    events.push({ kind: 'opened', finding, from, to, times });
  }

  /** What was not seen for so long that it would be a new deviation is over. */
  #calm(one: Watched, found: ReadonlySet<string>, events: LiveEvent[]): void {
    for (const [id, open] of one.open) {
      if (found.has(id) || ++open.quiet <= GAP) continue;
      one.open.delete(id);
      const { finding, from, to, times } = open;
      events.push({ kind: 'ended', finding, from, to, times });
    }
  }

  /** False where nothing is learned. */
  #learn(one: Watched, window: WindowSample, counts: boolean, events: LiveEvent[]): boolean {
    const { learnMs = null, minWindows = MIN_WINDOWS, warmUpMs } = this.#options;
    if (learnMs === null) return false;
    one.learner ??= createLearner({
      ...{ minWindows, windowMs: this.#header.windowMs },
      ...(warmUpMs === undefined ? {} : { warmUpMs }),
    });
    one.learned ??= { from: window.from, windows: 0, waiting: [] };
    const { learned, learner } = one;
    learned.waiting.push(window);
    if (counts) learned.windows++;
    const due = window.to - learned.from >= learnMs && learned.windows >= minWindows;
    if (!due && learned.waiting.length < TOGETHER) return true;
    learner.add(recordingOfSamples(this.#header, learned.waiting.splice(0)));
    if (!due) return true;
    const profile = learner.profiles().find(({ key }) => idOfKey(key) === idOfKey(one.key));
    const [planned] = profile?.learned.ready === true ? planProfiles([profile], this.#profiles, null) : [];
    if (planned === undefined) return true;
    const path = planned.before?.path ?? planned.name;
    const others = this.#profiles.filter((there) => there !== planned.before);
    this.#profiles = [...others, { path, text: planned.text, profile: planned.profile }];
    Object.assign(one, { learner: null, learned: null });
    events.push({ kind: 'learned', planned });
    return true;
  }

  #tell(one: Watched, why: string, events: LiveEvent[]): void {
    if (one.told) return;
    one.told = true;
    events.push({ kind: 'not-checked', key: one.key, image: one.image, why });
  }

  #stateOf(one: Watched): LiveState {
    if (one.told) return 'not checked';
    if (one.judged > 0) return 'checked';
    return one.warm ? 'warming up' : 'learning';
  }
}

function newWatched(key: BaselineKey): Watched {
  return {
    ...{ key, image: '', windows: [], fresh: 0, learner: null, learned: null },
    ...{ judged: 0, warm: true, told: false, open: new Map() },
  };
}

function noProfile({ learned }: BaselineProfile): string {
  return learned.windows === 0 ? 'no profile is of it' : `its profile was learned from ${learned.windows} windows only`;
}

/** Windows that make one of the profile's; null where they do not. */
function framesPerWindow({ learned }: BaselineProfile, windowMs: number): number | null {
  if (!(learned.windowMs > 0)) return 1;
  const times = Math.max(1, Math.round(learned.windowMs / windowMs));
  return Math.abs(times * windowMs - learned.windowMs) <= learned.windowMs * LENGTH_TOLERANCE ? times : null;
}

/** The newest that make whole frames. */
function whole(windows: readonly WindowSample[], perFrame: number): readonly WindowSample[] {
  return windows.slice(windows.length % perFrame);
}
