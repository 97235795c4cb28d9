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

/**
 * What is not known to be of an image is left out, and said (`unnamed`).
 * @throws GuardUsageError where nothing is left
 */
export function profilesOfSets(
  sets: readonly ImportedSet[],
  there: readonly ProfileOnDisk[],
  options: { readonly digest: string | null; readonly into: boolean },
): { readonly profiles: readonly ImportedProfile[]; readonly unnamed: readonly string[] } {
  const made = new Map<
    string,
    { profile: BaselineProfile; before: ProfileOnDisk | null; tools: Set<string>; from: number }
  >();
  const unnamed: string[] = [];
  for (const set of sets) {
    const [only] = there;
    const into = options.into && only !== undefined ? only.profile.key : null;
    const digest = into === null ? digestOf(set, options.digest) : into.digest;
    if (digest === null) {
      unnamed.push(
        `${set.tool} does not tell the image digest of ${printable(set.container.name || 'a container', true)}; give --digest sha256:…, or --into PROFILE`,
      );
      continue;
    }
    const key = into ?? { digest, container: set.container.name };
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
  const [first] = unnamed;
  if (made.size === 0) throw new GuardUsageError(first ?? 'the files hold no set of syscalls');
  const profiles = [...made.values()].map(({ profile, before, tools, from }): ImportedProfile => {
    const count = Object.keys(profile.known).length - from;
    const says = `${titleOf(profile.key, profile.image)}: ${count} ${count === 1 ? 'syscall' : 'syscalls'} known from ${[...tools].join(', ')}, without a band`;
    return {
      name: profileFileName(profile.key),
      before,
      text: writeProfile(profile, before === null ? undefined : commentsOf(before.text)),
      says: printable(says, true).replaceAll('\n', ' '),
    };
  });
  return { profiles, unnamed };
}

/** null: nothing tells it. @throws GuardUsageError where what was given is none */
function digestOf({ container }: ImportedSet, asked: string | null): string | null {
  const digest = asked ?? /sha256:[0-9a-f]{64}/.exec(`${container.digest} ${container.image}`)?.[0] ?? null;
  if (digest !== null && !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new GuardUsageError(`--digest ${digest}: a digest is sha256: and 64 hex digits`);
  return digest;
}
