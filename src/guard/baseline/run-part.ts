/** What `guard baseline check` says: recordings held against profiles, as a part like the others of guard. Pure. */
import { type SyscallRecording, sourceOf } from '../../evidence/syscalls/recording.ts';
import { sortFindings } from '../../findings/sort.ts';
import { formatCount } from '../../findings/units.ts';
import type { PartResult, Tally } from '../part.ts';
import { type HeldAgainst, heldAgainst, idOfKey } from './against.ts';
import { checkWindows } from './check.ts';
import { groupedFindings } from './findings.ts';
import { framesOf } from './frames.ts';
import { WARM_UP_MS } from './learn.ts';
import type { BaselineKey, Deviation } from './model.ts';
import type { ProfileOnDisk } from './profile/directory.ts';
import { titleOf } from './profile/text.ts';

/** Where a container of the recordings stands; each is in one. */
export const STATES = [
  'checked',
  'checked by the release before',
  'still learning',
  'without a window that counts',
  'without a profile',
] as const;
export type State = (typeof STATES)[number];

export interface CheckedContainer {
  readonly key: BaselineKey;
  readonly image: string;
  readonly state: State;
  /** File of the profile that its windows were held against; null: none. */
  readonly profile: string | null;
  /** Windows of its instances that were held against it, and those left out: warm-up, incomplete, lost events. */
  readonly windows: number;
  readonly excluded: number;
}

/** A deviation with the fingerprint of the finding that it belongs to. */
export interface FoundDeviation extends Deviation {
  readonly fingerprint: string;
}

export interface RunFacts {
  readonly containers: readonly CheckedContainer[];
  readonly deviations: readonly FoundDeviation[];
}

export interface CheckRunOptions {
  readonly warmUpMs?: number;
  /** Only what deviates after this, ms since the epoch. */
  readonly since?: number;
  readonly falseAlarmsPerHour?: number;
  /** A container without a profile does not pass. */
  readonly strict?: boolean;
}

export interface NamedRecording {
  readonly file: string;
  readonly recording: SyscallRecording;
}

interface Container extends HeldAgainst {
  readonly key: BaselineKey;
  image: string;
  windows: number;
  excluded: number;
  readonly deviations: Deviation[];
}

/** @param recordings each is asked for once, and let go before the next. Those of one container in order of time. */
export function checkRecordings(
  recordings: Iterable<NamedRecording>,
  profiles: readonly ProfileOnDisk[],
  options: CheckRunOptions = {},
): PartResult<RunFacts> {
  const containers = new Map<string, Container>();
  const files: string[] = [];
  const notes = new Set<string>();
  const failures: string[] = [];
  for (const { file, recording } of recordings) {
    files.push(file);
    for (const note of recording.notes) notes.add(note);
    if (sourceOf(recording, 'calls') === null) {
      const says = recording.sources.find(({ aspect }) => aspect === 'calls')?.says ?? '';
      failures.push(`${file} holds no counts of calls${says === '' ? '' : `: ${says}`}.`);
      continue;
    }
    checkOne(recording, profiles, containers, options);
  }
  const checked = [...containers.values()].map((one) => ({ ...one, state: stateOf(one) }));
  const findings = checked.flatMap(({ deviations, against, profile }) =>
    groupedFindings(deviations, against?.profile ?? profile),
  );
  const without = checked.filter(({ state }) => state === 'without a profile');
  const judged = checked.filter(({ state }) => state.startsWith('checked'));
  if (judged.length === 0 && failures.length === 0) failures.push(nothingJudged(checked));
  else if (options.strict === true && without.length > 0)
    failures.push(`${namesOf(without)}: no profile is of this, and --strict lets none pass without one.`);
  else if (without.length > 0) notes.add(`No profile is of ${namesOf(without)}: nothing is said of it.`);
  const learning = checked.filter(({ state }) => state === 'still learning');
  if (learning.length > 0)
    notes.add(
      `The baseline of ${namesOf(learning)} is still learning: rates raise nothing, and neither do new syscalls.`,
    );
  return {
    part: 'run',
    subject: files.join(', '),
    summary: summaryOf(checked, findings.length),
    findings: sortFindings(findings.map(({ finding }) => finding)),
    tally: STATES.map((state): Tally => ({ name: state, count: checked.filter((one) => one.state === state).length })),
    notes: [...notes],
    failures,
    facts: {
      containers: checked.map(({ key, image, state, against, windows, excluded }) => ({
        key,
        image,
        state,
        profile: against?.path ?? null,
        windows,
        excluded,
      })),
      deviations: findings.flatMap(({ deviations, finding: { fingerprint } }) =>
        deviations.map((deviation) => ({ ...deviation, fingerprint })),
      ),
    },
  };
}

function checkOne(
  recording: SyscallRecording,
  profiles: readonly ProfileOnDisk[],
  containers: Map<string, Container>,
  options: CheckRunOptions,
): void {
  const warmUpMs = options.warmUpMs ?? WARM_UP_MS;
  const here = new Map<string, Container>();
  for (const { key, image } of framesOf(recording, { warmUpMs, windowMs: null }).instances) {
    const id = idOfKey(key);
    const one = containers.get(id) ?? containerOf(key, image, profiles);
    one.image ||= image;
    containers.set(id, one);
    here.set(id, one);
  }
  countWindows(recording, here, warmUpMs);
  for (const one of here.values()) {
    if (one.against === null) continue;
    const { parent, profile } = one;
    one.deviations.push(...checkWindows(profile, recording, { ...options, parent, warmUpMs }));
  }
}

function containerOf(key: BaselineKey, image: string, profiles: readonly ProfileOnDisk[]): Container {
  return { ...heldAgainst(key, image, profiles), key, image, windows: 0, excluded: 0, deviations: [] };
}

/** Windows at the length that each is checked at; one walk for all that share it. */
function countWindows(recording: SyscallRecording, here: ReadonlyMap<string, Container>, warmUpMs: number): void {
  const lengths = new Set([...here.values()].map((one) => one.against?.profile.learned.windowMs ?? Number.NaN));
  for (const length of lengths) {
    const windowMs = Number.isFinite(length) ? length : null;
    const frames = framesOf(recording, { warmUpMs, windowMs });
    const own = frames.instances.map(({ key }) => {
      const one = here.get(idOfKey(key));
      const asks = one?.against?.profile.learned.windowMs ?? Number.NaN;
      return Object.is(asks, length) ? one : undefined;
    });
    frames.walk(({ alive }) => {
      for (const at of alive) {
        const one = own[at];
        if (one === undefined) continue;
        if (frames.instances[at]?.leftOut === '') one.windows++;
        else one.excluded++;
      }
    });
  }
}

function stateOf({ against, isKnown, profile, windows }: Container): State {
  if (against === null) return isKnown ? 'still learning' : 'without a profile';
  if (windows === 0) return 'without a window that counts';
  return against.profile === profile ? 'checked' : 'checked by the release before';
}

type Checked = Container & { readonly state: State };

function summaryOf(checked: readonly Checked[], findings: number): string {
  const judged = checked.filter(({ state }) => state.startsWith('checked'));
  const windows = judged.reduce((sum, one) => sum + one.windows, 0);
  const of = judged.length === checked.length ? '' : ` of ${formatCount(checked.length)}`;
  const held = `${formatCount(judged.length)}${of} ${checked.length === 1 ? 'container' : 'containers'} held against a baseline in ${formatCount(windows)} ${windows === 1 ? 'window' : 'windows'}`;
  return findings === 0
    ? `${held}; nothing is out of the ordinary.`
    : `${held}; ${findings} ${findings === 1 ? 'thing is' : 'things are'} out of the ordinary.`;
}

function nothingJudged(checked: readonly Checked[]): string {
  if (checked.length === 0) return 'Nothing could be judged: the recordings hold no container and no process.';
  const early = checked.filter(({ state }) => state === 'without a window that counts');
  if (early.length > 0)
    return `Nothing could be judged: every window of ${namesOf(early)} lies in a warm-up, is incomplete, lost events, or has another length than the baseline's; record longer, or give a shorter --warm-up.`;
  const learning = checked.filter(({ state }) => state === 'still learning');
  if (learning.length > 0)
    return `Nothing could be judged: the baseline of ${namesOf(learning)} is still learning; learn it from more windows, or with a smaller --min-windows.`;
  return `Nothing could be judged: no profile is of ${namesOf(checked)}; hemostat guard baseline learn writes them.`;
}

const MOST_NAMES = 5;

function namesOf(checked: readonly Checked[]): string {
  const names = checked.map(({ key, image }) => titleOf(key, image));
  const rest = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
