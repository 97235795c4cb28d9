/**
 * Profiles by what they are of. Those of a directory are a person's: they are read again when they change, and what the
 * server learned by itself counts only where they have none.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../collect/error.ts';
import type { BaselineKey, BaselineProfile } from '../../guard/baseline/model.ts';
import { readProfileFile } from '../../guard/baseline/profile/directory.ts';
import type { LearnedProfile } from '../model.ts';

export interface KnownProfile {
  readonly profile: BaselineProfile;
  /** Where a person gave it; null: the server learned it. */
  readonly path: string | null;
}

export function keyId({ digest, container }: BaselineKey): string {
  return `${digest} ${container}`;
}

export class Profiles {
  #dir: string | null = null;
  /** Names, sizes and times of what was read. */
  #read = '';
  #given = new Map<string, KnownProfile>();
  readonly #learned = new Map<string, KnownProfile>();

  constructor(learned: readonly LearnedProfile[]) {
    for (const { id, profile } of learned) this.#learned.set(id, { profile, path: null });
  }

  /** Reads the directory where it has changed. One sentence where something in it cannot be used; what can be is. */
  reload(dir: string | null): string | null {
    if (dir === null || dir !== this.#dir) this.#given.clear();
    if (dir !== this.#dir) this.#read = '';
    this.#dir = dir;
    if (dir === null) return null;
    let names: string[];
    try {
      names = readdirSync(dir).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'));
    } catch (error) {
      const why = codeOf(error) === 'ENOENT' ? 'it is not there' : (codeOf(error) ?? messageOf(error));
      return `profiles in ${dir} cannot be read (${why})`;
    }
    const paths = names.sort().map((name) => join(dir, name));
    const state = JSON.stringify(
      paths.map((path) => {
        const found = statSync(path, { throwIfNoEntry: false });
        return [path, found?.mtimeMs, found?.size, found?.ino];
      }),
    );
    if (state === this.#read) return this.#problem;
    this.#read = state;
    this.#problem = null;
    const given = new Map<string, KnownProfile>();
    for (const path of paths)
      try {
        const { profile } = readProfileFile(path);
        const id = keyId(profile.key);
        const twice = given.get(id);
        if (twice === undefined) given.set(id, { profile, path });
        else this.#problem ??= `${path} is of the same image and container as ${twice.path}; the latter is used`;
      } catch (error) {
        this.#problem ??= messageOf(error);
        // Half written, or a mistake: what it said before still holds.
        for (const [id, known] of this.#given) if (known.path === path) given.set(id, known);
      }
    this.#given = given;
    return this.#problem;
  }
  #problem: string | null = null;

  get(key: BaselineKey): KnownProfile | null {
    return this.#given.get(keyId(key)) ?? this.#learned.get(keyId(key)) ?? null;
  }

  isGiven(key: BaselineKey): boolean {
    return this.#given.has(keyId(key));
  }

  learned(profile: BaselineProfile): void {
    this.#learned.set(keyId(profile.key), { profile, path: null });
  }

  /** The release before: as the profile says, else the newest that is ready of the same container of the same image name. */
  parentOf(key: BaselineKey, image: string, own: BaselineProfile | null): BaselineProfile | null {
    const all = [...this.#learned.values(), ...this.#given.values()].map(({ profile }) => profile);
    const named = own?.parent ?? null;
    if (named !== null) return all.findLast((one) => keyId(one.key) === keyId(named)) ?? null;
    const name = imageName(image);
    if (key.container === '' || name === '') return null;
    return all
      .filter(
        (one) =>
          keyId(one.key) !== keyId(key) &&
          one.key.container === key.container &&
          imageName(one.image) === name &&
          one.learned.ready,
      )
      .reduce<BaselineProfile | null>((a, b) => (a === null || b.learned.to > a.learned.to ? b : a), null);
  }
}

/** `registry/shop:1.4@sha256:…` → `registry/shop`. */
function imageName(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}
