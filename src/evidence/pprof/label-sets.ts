/** Labels of samples as numbered sets, so that "same labels" is one comparison, across profiles as well. */
import type { LabelInput } from './builder.ts';
import type { Profile, SampleIndex } from './profile.ts';

export class LabelSets {
  /** Set 0 is the empty one. */
  private readonly sets: (readonly LabelInput[])[] = [[]];
  private readonly ids = new Map<string, number>([['[]', 0]]);

  of(id: number): readonly LabelInput[] {
    return this.sets[id] ?? [];
  }

  /** Order between keys does not matter, order of the values of one key does (google/pprof, sampleKey). */
  id(labels: readonly LabelInput[]): number {
    if (labels.length === 0) return 0;
    const sorted = labels.toSorted((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    const key = JSON.stringify(sorted.map(({ key, str, num, unit }) => [key, str ?? null, String(num), unit ?? '']));
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    this.sets.push(sorted);
    this.ids.set(key, this.sets.length - 1);
    return this.sets.length - 1;
  }
}

/** String labels before number labels. */
function rank(label: LabelInput): number {
  return label.str === undefined ? 1 : 0;
}

/** A sample's labels; those that say nothing (no string, number 0, no unit) are left out, as google/pprof does. */
export function labelsOf({ samples, labels, strings }: Profile, s: SampleIndex): LabelInput[] {
  const found: LabelInput[] = [];
  const end = samples.labelOffsets[s + 1] ?? 0;
  for (let l = samples.labelOffsets[s] ?? 0; l < end; l++) {
    const key = strings[labels.key[l] ?? 0] ?? '';
    const str = labels.str[l] ?? 0;
    const num = labels.exact.get(l) ?? labels.num[l] ?? 0;
    const unit = labels.numUnit[l] ?? 0;
    if (str !== 0) found.push({ key, str: strings[str] ?? '' });
    else if (num !== 0 || unit !== 0) found.push({ key, num, unit: strings[unit] ?? '' });
  }
  return found;
}
