/** What is written where when profiles were learned: names, parents, and what stays of files that are there. Pure. */
import type { BaselineProfile } from '../model.ts';
import { commentsOf } from './comments.ts';
import type { ProfileOnDisk } from './directory.ts';
import { profileFileName } from './file-name.ts';
import { updateProfile } from './update.ts';
import { writeProfile } from './write.ts';

export interface PlannedProfile {
  readonly profile: BaselineProfile;
  readonly text: string;
  /** Of the file, where there is none of this key yet. */
  readonly name: string;
  /** The file that is written again. */
  readonly before: ProfileOnDisk | null;
}

/** @param parent the release before, as the person says; null: the newest profile of the same image and container */
export function planProfiles(
  learned: readonly BaselineProfile[],
  there: readonly ProfileOnDisk[],
  parent: BaselineProfile | null,
): PlannedProfile[] {
  return learned.map((one) => {
    const before = there.find(({ profile }) => isSameKey(profile, one)) ?? null;
    const asked = parent !== null && parent.key.container === one.key.container && !isSameKey(parent, one);
    const found = asked ? parent : parentOf(one, there);
    const withParent = { ...one, parent: found?.key ?? null };
    const profile = before === null ? withParent : updateProfile(before.profile, withParent);
    const text = writeProfile(profile, before === null ? undefined : commentsOf(before.text));
    return { profile, text, name: profileFileName(one.key), before };
  });
}

/** The newest other profile of the container and the image, whatever its tag; null: none. */
export function parentOf(
  profile: Pick<BaselineProfile, 'key' | 'image' | 'parent'>,
  there: readonly ProfileOnDisk[],
): BaselineProfile | null {
  const repository = repositoryOf(profile.image);
  if (repository === '') return null;
  const candidates = there
    .map((one) => one.profile)
    .filter((one) => !isSameKey(one, profile) && one.key.container === profile.key.container)
    .filter((one) => repositoryOf(one.image) === repository && one.parent?.digest !== profile.key.digest);
  return candidates.sort((a, b) => newest(b) - newest(a))[0] ?? null;
}

function newest({ learned }: BaselineProfile): number {
  return Number.isFinite(learned.to) ? learned.to : 0;
}

function isSameKey(a: Pick<BaselineProfile, 'key'>, b: Pick<BaselineProfile, 'key'>): boolean {
  return a.key.digest === b.key.digest && a.key.container === b.key.container;
}

/** `registry:5000/shop` of `registry:5000/shop:1.4@sha256:…`. */
export function repositoryOf(image: string): string {
  return image.replace(/@.*$/s, '').replace(/:[^:/]*$/, '');
}
