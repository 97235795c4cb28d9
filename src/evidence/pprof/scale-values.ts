import type { Profile } from './profile.ts';
import { newSelection, reshape, select } from './reshape.ts';

/**
 * Multiplies the values of each sample type by its ratio, rounded to whole numbers. Samples of which nothing remains
 * in a scaled type go (google/pprof, Profile.ScaleN); all ratios 1 leave the profile as it is.
 */
export function scaleValues(profile: Profile, ratios: readonly number[]): Profile {
  if (ratios.every((ratio) => ratio === 1)) return profile;
  const { samples } = profile;
  const values = samples.values.map((column, t) => {
    const ratio = ratios[t] ?? 1;
    return ratio === 1 ? column : column.map((value) => roundAway(value * ratio));
  });
  const exact = new Map<number, bigint>();
  for (const [key, value] of samples.exact) {
    const ratio = ratios[Math.floor(key / samples.count)] ?? 1;
    // Whole ratios (−1 is the one that matters) stay exact; others are doubles in google/pprof, too.
    if (Number.isSafeInteger(ratio)) exact.set(key, value * BigInt(ratio));
  }
  const scaled: Profile = { ...profile, samples: { ...samples, values, exact } };
  const selection = newSelection(profile);
  for (let s = 0; s < samples.count; s++) {
    const remains = values.some((column, t) => ratios[t] !== 1 && column[s] !== 0);
    if (remains) select(selection, s, samples.stackOffsets[s] ?? 0, samples.stackOffsets[s + 1] ?? 0);
  }
  return selection.count === samples.count ? scaled : reshape(scaled, selection);
}

/** Halves away from zero; never −0. */
function roundAway(value: number): number {
  return value < 0 ? 0 - Math.round(-value) : Math.round(value);
}
