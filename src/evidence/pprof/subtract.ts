/** `go tool pprof -base` and `-diff_base`: a profile minus another one. */
import { align } from './align.ts';
import { merge } from './merge.ts';
import type { LabelTable, Profile } from './profile.ts';
import { BASE_LABEL } from './sample-type.ts';
import { scaleValues } from './scale-values.ts';

export interface SubtractOptions {
  /**
   * `base`: both are cumulative (allocations, CPU since the start), the difference is a profile of its own and
   * percentages refer to it. `diff-base`: two states are compared, the base's samples are marked and percentages
   * refer to the base.
   */
  readonly mode: 'base' | 'diff-base';
  /** Scale the profile so that its total equals the base's, per sample type: the difference is then one of shape. */
  readonly normalize?: boolean;
}

/** @throws EvidenceError where the two are of different kinds */
export function subtract(profile: Profile, base: Profile, { mode, normalize = false }: SubtractOptions): Profile {
  const marked = mode === 'diff-base' ? mark(base) : base;
  const source = normalize ? normalized(profile, base) : profile;
  const negative = scaleValues(
    marked,
    marked.sampleTypes.map(() => -1),
  );
  return merge(align([source, negative]));
}

/** The profile with the total of `base` in every sample type (google/pprof, Profile.Normalize). */
export function normalized(profile: Profile, base: Profile): Profile {
  const sum = (column: Float64Array | undefined): number => column?.reduce((a, b) => a + b, 0) ?? 0;
  const ratios = profile.samples.values.map((column, t) => {
    const own = sum(column);
    return own === 0 ? 0 : sum(base.samples.values[t]) / own;
  });
  return scaleValues(profile, ratios);
}

/** Every sample gets the base label. */
function mark(profile: Profile): Profile {
  const { samples, labels } = profile;
  const strings = [...profile.strings, BASE_LABEL.key, BASE_LABEL.value];
  const key = strings.length - 2;
  const str = strings.length - 1;
  const size = labels.key.length + samples.count;
  const marked = {
    key: new Int32Array(size),
    str: new Int32Array(size),
    num: new Float64Array(size),
    numUnit: new Int32Array(size),
    exact: new Map<number, bigint>(),
  } satisfies LabelTable;
  const labelOffsets = new Uint32Array(samples.count + 1);
  let at = 0;
  for (let s = 0; s < samples.count; s++) {
    const end = samples.labelOffsets[s + 1] ?? 0;
    for (let l = samples.labelOffsets[s] ?? 0; l < end; l++) {
      marked.key[at] = labels.key[l] ?? 0;
      marked.str[at] = labels.str[l] ?? 0;
      marked.num[at] = labels.num[l] ?? 0;
      marked.numUnit[at] = labels.numUnit[l] ?? 0;
      const exact = labels.exact.get(l);
      if (exact !== undefined) marked.exact.set(at, exact);
      at++;
    }
    marked.key[at] = key;
    marked.str[at++] = str;
    labelOffsets[s + 1] = at;
  }
  return { ...profile, strings, labels: marked, samples: { ...samples, labelOffsets } };
}
