/** Which profile the windows of a container are held against. Pure. */
import { emptyProfile } from './check.ts';
import type { BaselineKey, BaselineProfile } from './model.ts';
import type { ProfileOnDisk } from './profile/directory.ts';
import { parentOf } from './profile/plan.ts';

export interface HeldAgainst {
  /** Whether a profile is of this key, ready or not. */
  readonly isKnown: boolean;
  /** Its own; an empty one where there is none. */
  readonly profile: BaselineProfile;
  readonly parent: BaselineProfile | null;
  /** What counts: its own profile once that is ready, else that of the release before; null: nothing can be said. */
  readonly against: ProfileOnDisk | null;
}

export function heldAgainst(key: BaselineKey, image: string, profiles: readonly ProfileOnDisk[]): HeldAgainst {
  const find = (wanted: BaselineKey | null): ProfileOnDisk | null =>
    wanted === null ? null : (profiles.find(({ profile }) => idOfKey(profile.key) === idOfKey(wanted)) ?? null);
  const own = find(key);
  const named = find(own?.profile.parent ?? null);
  const newest = parentOf(own?.profile ?? { key, image, parent: null }, profiles);
  const parent = named?.profile ?? newest;
  const profile = own?.profile ?? emptyProfile(key, image, parent?.key ?? null);
  const against = own?.profile.learned.ready === true ? own : find(parent?.key ?? null);
  return { isKnown: own !== null, profile, parent, against: against?.profile.learned.ready === true ? against : null };
}

export function idOfKey({ digest, container }: BaselineKey): string {
  return JSON.stringify([digest, container]);
}
