/** What other tools saw of a container, put into its profile as knowledge without rates. */
import type { ImportedSet } from '../../evidence/syscalls/import/set.ts';
import type { BaselineProfile } from './model.ts';

/** Syscalls of the set that have no band become known, with the tool that saw them; bands, and what was known before, stay. */
export function addImported(profile: BaselineProfile, set: Pick<ImportedSet, 'syscalls' | 'tool'>): BaselineProfile {
  const known: Record<string, string> = { ...profile.known };
  for (const name of set.syscalls)
    if (!Object.hasOwn(profile.bands, name) && !Object.hasOwn(known, name)) known[name] = set.tool;
  return { ...profile, known };
}
