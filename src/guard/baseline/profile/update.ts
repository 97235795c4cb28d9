/** A profile that is learned again, beside the file that people edited: what they decided stays. Pure. */
import type { Band, BaselineProfile } from '../model.ts';

/** Bands `by: manual`, `allowed` and, where none was found anew, the parent of `old` go into `learned`. */
export function updateProfile(old: BaselineProfile, learned: BaselineProfile): BaselineProfile {
  const manual: [string, Band][] = Object.entries(old.bands).filter(([, band]) => band.by === 'manual');
  return {
    ...learned,
    image: learned.image === '' ? old.image : learned.image,
    parent: learned.parent ?? old.parent,
    bands: { ...learned.bands, ...Object.fromEntries(manual) },
    allowed: [...new Set([...old.allowed, ...learned.allowed])].sort(),
  };
}
