/** Profiles of what other tools saw: syscalls that are known, without bands. Pure. */
import type { ImportedSet } from '../../../evidence/syscalls/import/set.ts';
import { printable } from '../../../findings/layout.ts';
import { GuardUsageError } from '../../error.ts';
import { emptyProfile } from '../check.ts';
import { addImported } from '../imported.ts';
import type { BaselineProfile } from '../model.ts';
import { commentsOf } from './comments.ts';
import type { ProfileOnDisk } from './directory.ts';
import { profileFileName } from './file-name.ts';
import { titleOf } from './text.ts';
import { writeProfile } from './write.ts';

export interface ImportedProfile {
  readonly name: string;
  /** The file that is written again. */
  readonly before: ProfileOnDisk | null;
  readonly text: string;
  readonly says: string;
}

/** @throws GuardUsageError where it is not known of which image a set is */
export function profilesOfSets(
  sets: readonly ImportedSet[],
  there: readonly ProfileOnDisk[],
  options: { readonly digest: string | null; readonly into: boolean },
): ImportedProfile[] {
  const made = new Map<
    string,
    { profile: BaselineProfile; before: ProfileOnDisk | null; tools: Set<string>; from: number }
  >();
  for (const set of sets) {
    const [only] = there;
    const key =
      options.into && only !== undefined
        ? only.profile.key
        : { digest: digestOf(set, options.digest), container: set.container.name };
    const id = JSON.stringify(key);
    const before = there.find(({ profile }) => JSON.stringify(profile.key) === id) ?? null;
    const one = made.get(id) ?? {
      profile: before?.profile ?? emptyProfile(key, set.container.image, null),
      before,
      tools: new Set(),
      from: Object.keys(before?.profile.known ?? {}).length,
    };
    one.profile = addImported(one.profile, set);
    one.tools.add(set.tool);
    made.set(id, one);
  }
  return [...made.values()].map(({ profile, before, tools, from }) => ({
    name: profileFileName(profile.key),
    before,
    text: writeProfile(profile, before === null ? undefined : commentsOf(before.text)),
    says: printable(
      `${titleOf(profile.key, profile.image)}: ${Object.keys(profile.known).length - from} syscalls known from ${[...tools].join(', ')}; they have no band`,
      true,
    ).replaceAll('\n', ' '),
  }));
}

function digestOf({ container, tool }: ImportedSet, asked: string | null): string {
  const digest = asked ?? /sha256:[0-9a-f]{64}/.exec(`${container.digest} ${container.image}`)?.[0] ?? '';
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  if (asked !== null) throw new GuardUsageError(`--digest ${asked}: a digest is sha256: and 64 hex digits`);
  throw new GuardUsageError(
    `${tool} does not tell the image digest of ${printable(container.name || 'the container', true)}; give --digest sha256:…, or --into PROFILE`,
  );
}
