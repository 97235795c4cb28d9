/**
 * Syscalls under watch: recordings are followed, their windows go to the targets that they are of, are learned from or held
 * against a profile, and are stored with what was found in them, in one transaction.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../collect/error.ts';
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';
import type { Finding } from '../../findings/model.ts';
import { checkWindows, emptyProfile } from '../../guard/baseline/check.ts';
import { deviationFindings } from '../../guard/baseline/findings.ts';
import type { BaselineKey, BaselineProfile, Deviation } from '../../guard/baseline/model.ts';
import { profileFileName } from '../../guard/baseline/profile/file-name.ts';
import { writeProfile } from '../../guard/baseline/profile/write.ts';
import type { Clock } from '../clock.ts';
import type { SyscallsConfig } from '../config/config.ts';
import type { Batch, HistoryStore } from '../history/store.ts';
import type { CountedMeasurement } from '../life/counted.ts';
import type { LifeChange } from '../life/life.ts';
import type { SyscallWindow, TargetId, TargetInfo } from '../model.ts';
import { Turns } from '../turns.ts';
import { assign, type Candidate, keysOf } from './assign.ts';
import { Follower } from './follow.ts';
import { Learning } from './learning.ts';
import { keyId, Profiles } from './profiles.ts';
import { Recent } from './recent.ts';
import { isWhole } from './totals.ts';
import { joined, windowsOf } from './windows.ts';

export interface SyscallWatchOptions {
  readonly config: SyscallsConfig;
  readonly dataDir: string;
  /** Name of this machine. */
  readonly host: string;
  readonly clock: Clock;
  readonly now: () => number;
  readonly store: Pick<HistoryStore, 'syscallWindows' | 'newestSyscalls' | 'learnedProfiles'>;
  /** Targets that are watched. */
  readonly candidates: () => readonly Candidate[];
  readonly buildOf: (target: TargetId) => string | null;
  readonly commit: (batch: Batch) => void;
  /** Moves the life of findings on. */
  readonly counted: (measurement: Omit<CountedMeasurement, 'current'>) => LifeChange & Pick<Batch, 'responses'>;
  /** For those who join counts with other evidence; the process that counts as the target's own, where known. */
  readonly onWindows: (target: TargetId, windows: readonly SyscallWindow[], pid: number | null) => void;
  /** One sentence, or null. */
  readonly problem: (about: string, says: string | null) => void;
  readonly log: (says: string) => void;
}

/** Where the profile of a target comes from. */
export type ProfileState = 'given' | 'learned' | 'learning' | 'parent' | 'none';

/** What is known of the syscalls of one target, beside the windows in the store. */
export interface SyscallState {
  readonly key: BaselineKey | null;
  readonly image: string;
  readonly profile: BaselineProfile | null;
  readonly state: ProfileState;
  /** File of a given profile. */
  readonly path: string | null;
  /** What windows, oldest first, say against it: as when they were counted. */
  readonly check: (windows: readonly SyscallWindow[]) => readonly Deviation[];
  /** Sources and notes of the newest window. */
  readonly newest: Pick<SyscallRecording, 'sources' | 'notes' | 'processes' | 'host'> | null;
}

/** What is older than this when it is first read is learned from; nobody is told of what was found in it, ms. */
const STALE_MS = 15 * 60_000;
/** Of a target that is learned from after a restart. */
const MOST_RECALLED = 3000;
/** A target that is only counted is there for as long as windows come, and a while more, ms. */
const GONE_MS = 10 * 60_000;
/** What came before its windows is forgotten after so long without one, ms: pods come and go. */
const FORGOTTEN_MS = 3_600_000;

interface Known {
  readonly info: TargetInfo;
  readonly counted: boolean;
  key: BaselineKey | null;
  image: string;
  /** What came before, for those who hold a window against it. */
  readonly recent: Recent;
  newest: SyscallRecording | null;
  until: number;
}

export class SyscallWatch {
  readonly #options: SyscallWatchOptions;
  readonly #profiles: Profiles;
  readonly #newest: Map<TargetId, number>;
  readonly #known = new Map<TargetId, Known>();
  readonly #learning = new Map<string, Learning>();
  #followers: Follower[] = [];
  #config: SyscallsConfig;
  #running: Promise<void> = Promise.resolve();
  readonly #turns = new Turns();
  #cancel: (() => void) | null = null;
  #closed = false;
  /** When a window was last left out since it overlapped another. */
  #overlapped: number | null = null;

  static async open(options: SyscallWatchOptions): Promise<SyscallWatch> {
    const { store } = options;
    const profiles = new Profiles(await store.learnedProfiles());
    return new SyscallWatch(options, profiles, await store.newestSyscalls());
  }

  private constructor(options: SyscallWatchOptions, profiles: Profiles, newest: Map<TargetId, number>) {
    this.#options = options;
    this.#profiles = profiles;
    this.#newest = newest;
    this.#config = options.config;
    this.#follow();
    this.#later(0);
  }

  reconfigure(config: SyscallsConfig): void {
    const before = JSON.stringify(this.#config.recordings);
    this.#config = config;
    if (before === JSON.stringify(config.recordings)) return;
    for (const follower of this.#followers) follower.close();
    this.#follow();
  }

  /** What a collector in this process has counted. */
  take(recording: SyscallRecording, path: string): void {
    this.#running = this.#running
      .then(() => this.#take(recording, path))
      .catch((error: unknown) => this.#options.problem('syscalls', `counts could not be used: ${messageOf(error)}`));
  }

  /** When what has come is read and taken. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Waits for what is being read. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#running;
    for (const follower of this.#followers) follower.close();
  }

  state(target: TargetId): SyscallState {
    const known = this.#known.get(target);
    const key = known?.key ?? null;
    const image = known?.image ?? '';
    const found = key === null ? NO_PROFILE : this.#profileOf(key, image);
    const profile = found.profile ?? (key === null ? null : this.#young(key));
    const check = (windows: readonly SyscallWindow[]): readonly Deviation[] =>
      key === null ? [] : this.#deviations(key, image, joined(windows)).deviations;
    return { ...{ key, image, profile, state: found.state, path: found.path }, newest: known?.newest ?? null, check };
  }

  /** Targets that nobody watches otherwise, and when they were counted last. */
  counted(): { readonly info: TargetInfo; readonly at: number }[] {
    const since = this.#options.now() - GONE_MS;
    return [...this.#known.values()].flatMap(({ info, counted, until }) =>
      counted && until > since ? [{ info, at: until }] : [],
    );
  }

  #follow(): void {
    this.#followers = this.#config.recordings.map((path) => new Follower(path, this.#options.now));
  }

  #later(ms: number): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#running = this.#running
        .then(() => this.#poll())
        .catch((error: unknown) => this.#options.problem('syscalls', `syscalls are not followed: ${messageOf(error)}`))
        .finally(() => this.#later(Math.min(5000, Math.max(250, this.#config.windowMs / 4))));
    });
  }

  async #poll(): Promise<void> {
    this.#turns.begin();
    this.#forget();
    this.#options.problem('syscall profiles', this.#profiles.reload(this.#config.profiles));
    for (const [i, follower] of this.#followers.entries()) {
      const reading = follower.read();
      for (;;) {
        const next = reading.next();
        if (next.done === true) {
          this.#options.problem(`recording ${this.#config.recordings[i] ?? ''}`, next.value);
          break;
        }
        await this.#take(next.value.recording, next.value.path);
        if (this.#closed) return;
      }
    }
  }

  #forget(): void {
    if (this.#overlapped !== null && this.#options.now() - this.#overlapped > GONE_MS) {
      this.#overlapped = null;
      this.#options.problem('syscall windows', null);
    }
    const since = this.#options.now() - FORGOTTEN_MS;
    for (const [id, { until }] of this.#known) if (until > 0 && until < since) this.#known.delete(id);
  }

  async #take(recording: SyscallRecording, path: string): Promise<void> {
    await this.#turns.rest();
    const candidates = this.#options.candidates();
    const { members, counted } = assign(recording, candidates, {
      host: this.#options.host,
      from: `recording ${path}`,
      environment: 'default',
      hasProfile: (key) => this.#profiles.isGiven(key),
    });
    const keys = keysOf(recording);
    const own = new Set(counted.map(({ id }) => id));
    const infos = new Map([...candidates, ...counted.map((info) => ({ info }))].map(({ info }) => [info.id, info]));
    for (const window of windowsOf(recording, members)) {
      const info = infos.get(window.target);
      const index = members.get(window.target)?.at(-1) ?? -1;
      const key = keys[index];
      if (info === undefined || key === undefined) continue;
      const image = recording.containers[recording.processes[index]?.container ?? -1]?.image ?? '';
      const pid = candidates.find((one) => one.info.id === info.id)?.process?.pid ?? null;
      await this.#targetWindow(this.#knownOf(info, own.has(info.id)), { key, image, pid }, window);
      await this.#turns.rest();
    }
  }

  #knownOf(info: TargetInfo, counted: boolean): Known {
    const known = this.#known.get(info.id);
    const next: Known = {
      ...{ info, counted, key: known?.key ?? null, image: known?.image ?? '', newest: known?.newest ?? null },
      ...{ recent: known?.recent ?? new Recent(), until: known?.until ?? 0 },
    };
    this.#known.set(info.id, next);
    if (counted && known === undefined) this.#options.commit({ targets: [info] });
    return next;
  }

  async #targetWindow(
    known: Known,
    about: { readonly key: BaselineKey; readonly image: string; readonly pid: number | null },
    window: SyscallWindow,
  ): Promise<void> {
    const { info } = known;
    const newest = this.#newest.get(info.id) ?? Number.NEGATIVE_INFINITY;
    // What was read before this server was started again is there already.
    if (window.until <= newest) return;
    // Stored times are whole ms. The same calls twice would be a burst, and a leak of nothing.
    if (window.at < newest - 1) {
      this.#overlapped = this.#options.now();
      const says = `windows of ${info.service} overlap those that were read before, and are left out: do two collectors count on one machine?`;
      this.#options.problem('syscall windows', says);
      return;
    }
    const sameKey = known.key !== null && keyId(known.key) === keyId(about.key);
    Object.assign(known, { key: about.key, image: about.image });
    if (!sameKey) known.recent.clear();
    if (known.recent.isEmpty && Number.isFinite(newest)) await this.#recall(known, about, newest);
    this.#newest.set(info.id, window.until);
    Object.assign(known, { until: window.until, newest: window.recording });
    this.#options.onWindows(info.id, [window], about.pid);
    this.#window(known, about.key, window);
  }

  /** After a restart of this server: what was counted before it. */
  async #recall(known: Known, { key, pid }: { readonly key: BaselineKey; readonly pid: number | null }, until: number) {
    const learns = this.#config.learnMs !== null && this.#profiles.get(key) === null;
    const from = until - Math.max(2 * (this.#config.learnMs ?? 0), 24 * 3_600_000);
    const stored = await this.#options.store.syscallWindows(known.info.id, { from, to: until }, MOST_RECALLED);
    const same = stored.filter(({ recording }) => keysOf(recording).some((one) => one && keyId(one) === keyId(key)));
    const windowMs = this.#lengthOf(key, known.image);
    for (const { recording } of same) known.recent.add(recording, windowMs);
    await this.#turns.rest();
    this.#options.onWindows(known.info.id, same, pid);
    if (learns) this.#learningOf(key).add(known.info.id, same);
  }

  #window(known: Known, key: BaselineKey, window: SyscallWindow): void {
    const { info } = known;
    known.recent.add(window.recording, this.#lengthOf(key, known.image));
    const batch: Batch = { syscalls: [window] };
    const learned = this.#learn(key, window);
    if (learned !== null) {
      const at = this.#options.now();
      this.#options.commit({ profiles: [{ id: keyId(key), key, at, profile: learned }] });
    }
    if (window.until < this.#options.now() - STALE_MS) {
      this.#options.commit(batch);
      return;
    }
    const life = this.#options.counted({
      ...{ target: info, from: window.at, at: window.until, build: this.#options.buildOf(info.id) },
      ...{ whole: isWhole(window.recording), findings: this.#check(known, key, window) },
    });
    this.#options.commit({ ...batch, ...life });
  }

  /** How long the windows are that it is held against, ms; NaN: there is nothing to hold it against. */
  #lengthOf(key: BaselineKey, image: string): number {
    const { profile, parent } = this.#profileOf(key, image);
    return (profile?.learned.ready === true ? profile : parent)?.learned.windowMs ?? Number.NaN;
  }

  #check(known: Known, key: BaselineKey, window: SyscallWindow): Finding[] {
    const { deviations, against } = this.#deviations(key, known.image, known.recent.recording(), window.at);
    if (against === null) return [];
    const { service, instance } = known.info;
    return deviationFindings(deviations, against).map((finding) => ({ ...finding, subject: { service, instance } }));
  }

  /** `since`: only those that last beyond this time, ms. */
  #deviations(
    key: BaselineKey,
    image: string,
    recording: SyscallRecording | null,
    since?: number,
  ): { readonly deviations: readonly Deviation[]; readonly against: BaselineProfile | null } {
    const { profile, parent } = this.#profileOf(key, image);
    if (recording === null || (profile === null && parent === null)) return { deviations: [], against: null };
    // What a release did in its first minutes is known of it, whatever its parent did.
    const own = profile ?? this.#young(key) ?? emptyProfile(key, image, parent?.key ?? null);
    const deviations = checkWindows(own, recording, {
      ...{ parent, warmUpMs: this.#config.warmUpMs },
      ...(since === undefined ? {} : { since }),
    });
    return { deviations, against: own.learned.ready || parent === null ? own : parent };
  }

  /** The profile where it has just become ready. */
  #learn(key: BaselineKey, window: SyscallWindow): BaselineProfile | null {
    if (this.#config.learnMs === null || this.#profiles.get(key) !== null) return null;
    const learning = this.#learningOf(key);
    if (!learning.add(window.target, [window]) || learning.profile === null) return null;
    const { profile } = learning;
    this.#learning.delete(keyId(key));
    this.#profiles.learned(profile);
    this.#options.log(`learned the syscalls of ${key.container || key.digest}: ${this.#write(profile)}`);
    return profile;
  }

  #learningOf(key: BaselineKey): Learning {
    const known = this.#learning.get(keyId(key));
    if (known !== undefined) return known;
    const { learnMs, warmUpMs } = this.#config;
    const learning = new Learning(key, { learnMs: learnMs ?? 0, warmUpMs });
    this.#learning.set(keyId(key), learning);
    return learning;
  }

  /** For a person to review, and to put among the profiles of the configuration. Gives the path, or why there is none. */
  #write(profile: BaselineProfile): string {
    const dir = join(this.#options.dataDir, 'profiles');
    const path = join(dir, profileFileName(profile.key));
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, writeProfile(profile), { mode: 0o600 });
      renameSync(temporary, path);
      this.#options.problem('learned profiles', null);
      return path;
    } catch (error) {
      const says = `a learned profile could not be written for review (${messageOf(error)}); it holds all the same`;
      this.#options.problem('learned profiles', says);
      return says;
    }
  }

  #profileOf(key: BaselineKey, image: string): FoundProfile {
    const known = this.#profiles.get(key);
    const ready = known?.profile.learned.ready === true;
    const parent = ready ? null : this.#profiles.parentOf(key, image, known?.profile ?? null);
    if (known !== null)
      return { profile: known.profile, parent, state: known.path === null ? 'learned' : 'given', path: known.path };
    const state = parent !== null ? 'parent' : this.#config.learnMs === null ? 'none' : 'learning';
    return { profile: null, parent, state, path: null };
  }

  /** As far as it is learned, for those who look; what is still being learned raises nothing. */
  #young(key: BaselineKey): BaselineProfile | null {
    const young = this.#learning.get(keyId(key))?.profile ?? null;
    return young === null ? null : { ...young, learned: { ...young.learned, ready: false } };
  }
}

interface FoundProfile {
  readonly profile: BaselineProfile | null;
  readonly parent: BaselineProfile | null;
  readonly state: ProfileState;
  readonly path: string | null;
}

const NO_PROFILE: FoundProfile = { profile: null, parent: null, state: 'none', path: null };
