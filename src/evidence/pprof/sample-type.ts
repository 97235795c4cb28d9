/** Which of a profile's values to look at. */
import type { Profile } from './profile.ts';

/**
 * The rule of go tool pprof: by name (`inuse_space` also finds `space`), by number, and without a wish the profile's
 * own default or else its last type.
 *
 * @returns the index, or -1 where there is no such type
 */
export function chooseSampleType(profile: Profile, wanted = ''): number {
  const types = profile.sampleTypes.map(({ type }) => type);
  if (wanted === '') {
    const own = profile.defaultSampleType === '' ? -1 : types.indexOf(profile.defaultSampleType);
    return own >= 0 ? own : types.length - 1;
  }
  if (/^\d+$/.test(wanted)) return Number(wanted) < types.length ? Number(wanted) : -1;
  const short = wanted.startsWith('inuse_') ? wanted.slice('inuse_'.length) : wanted;
  return types.findIndex((type) => type === wanted || type === short);
}

/** Marks the samples of the base in a profile made by `subtract` in the `diff-base` mode. */
export const BASE_LABEL = { key: 'pprof::base', value: 'true' } as const;

/**
 * What 100 % is: the sum of the absolute values, or of the base's alone where samples are marked as the base
 * (go tool pprof -diff_base). Take it before focus and ignore.
 */
export function profileTotal(profile: Profile, sampleType: number): number {
  const { count, values, labelOffsets } = profile.samples;
  const column = values[sampleType];
  if (column === undefined) return 0;
  const { key, str } = profile.labels;
  const baseKey = profile.strings.indexOf(BASE_LABEL.key);
  let total = 0;
  let base = 0;
  for (let s = 0; s < count; s++) {
    const value = Math.abs(column[s] ?? 0);
    total += value;
    if (baseKey < 0) continue;
    const end = labelOffsets[s + 1] ?? 0;
    for (let l = labelOffsets[s] ?? 0; l < end; l++) {
      if (key[l] === baseKey && profile.strings[str[l] ?? 0] === BASE_LABEL.value) base += value;
    }
  }
  return base > 0 ? base : total;
}
