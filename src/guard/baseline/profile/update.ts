/** A profile that is learned again, beside the file that people edited: what they decided stays. Pure. */
import type { Band, BaselineProfile } from '../model.ts';

/** Bands `by: manual`, `allowed`, what is known without a band and, where none was found anew, the parent of `old` go into `learned`. */
export function updateProfile(old: BaselineProfile, learned: BaselineProfile): BaselineProfile {
  const manual: [string, Band][] = Object.entries(old.bands).filter(([, band]) => band.by === 'manual');
  const bands = { ...learned.bands, ...Object.fromEntries(manual) };
  // The image is the same: what it did at start-up, or what another tool saw of it, it may do again.
  const known = Object.entries(old.known).filter(([name]) => !Object.hasOwn(bands, name));
  return {
    ...learned,
    image: learned.image === '' ? old.image : learned.image,
    parent: learned.parent ?? old.parent,
    bands,
    known: { ...Object.fromEntries(known), ...learned.known },
    allowed: [...new Set([...old.allowed, ...learned.allowed])].sort(),
  };
}
