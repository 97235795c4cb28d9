/** Profiles on disk: a file, or a directory with one file per key. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { GuardUsageError, reasonOf } from '../../error.ts';
import type { BaselineKey, BaselineProfile } from '../model.ts';
import { readProfile } from './read.ts';

export interface ProfileOnDisk {
  readonly path: string;
  readonly text: string;
  readonly profile: BaselineProfile;
}

/** @throws GuardUsageError where it cannot be read or is no profile */
export function readProfileFile(path: string): ProfileOnDisk {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new GuardUsageError(
      `${path} cannot be read (${reasonOf(error)}); name a profile that hemostat guard baseline learn has written`,
    );
  }
  return { path, text, profile: readProfile(text, path) };
}

/**
 * Every profile of a directory (`*.yaml`, `*.yml`, not below it), or of one file.
 * @throws GuardUsageError where one cannot be read, where two are of one key, and where there is none: nothing may pass for
 *   "nothing unusual" because a name was wrong
 */
export function readProfiles(path: string, { mayBeEmpty = false } = {}): ProfileOnDisk[] {
  if (!isDirectory(path)) return [readProfileFile(path)];
  const files = readdirSync(path)
    .filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
    .sort();
  if (files.length === 0 && !mayBeEmpty)
    throw new GuardUsageError(
      `${path} holds no profile (*.yaml); hemostat guard baseline learn --out ${path} writes them`,
    );
  const byKey = new Map<string, string>();
  return files.map((name) => {
    const read = readProfileFile(join(path, name));
    const key = nameOfKey(read.profile.key);
    const before = byKey.get(key);
    if (before !== undefined)
      throw new GuardUsageError(`${join(path, before)} and ${name} are both profiles of ${key}; take one away`);
    byKey.set(key, name);
    return read;
  });
}

/** `api of sha256:3f2a…`, for sentences. */
export function nameOfKey({ digest, container }: BaselineKey): string {
  return container === '' ? digest : `${container} of ${digest}`;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new GuardUsageError(
      `${path} cannot be read (${reasonOf(error)}); name a profile, or the directory that holds them`,
    );
  }
}
