/** The same profile with fewer samples, shorter stacks or fewer lines: what all filters end in. Tables are shared. */
import type { LocationTable, Profile } from './profile.ts';

/** Per kept sample: where it comes from and which part of its stack remains. */
export interface Selection {
  count: number;
  readonly sample: Int32Array;
  /** Range into stackLocations. */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
}

export function newSelection(profile: Profile): Selection {
  const { count } = profile.samples;
  return { count: 0, sample: new Int32Array(count), start: new Uint32Array(count), end: new Uint32Array(count) };
}

export function select(selection: Selection, sample: number, start: number, end: number): void {
  const at = selection.count++;
  selection.sample[at] = sample;
  selection.start[at] = start;
  selection.end[at] = end;
}

/**
 * @param hidden per location: 1 where it is to be left out of every stack
 * @param locations the table to use instead of the profile's
 */
export function reshape(
  profile: Profile,
  selection: Selection,
  hidden: Uint8Array | null = null,
  locations: LocationTable = profile.locations,
): Profile {
  const { samples, labels } = profile;
  const { count } = selection;
  let depth = 0;
  let labelCount = 0;
  for (let k = 0; k < count; k++) {
    const s = selection.sample[k] ?? 0;
    depth += (selection.end[k] ?? 0) - (selection.start[k] ?? 0);
    labelCount += (samples.labelOffsets[s + 1] ?? 0) - (samples.labelOffsets[s] ?? 0);
  }
  const stackOffsets = new Uint32Array(count + 1);
  const stackLocations = new Int32Array(depth);
  const labelOffsets = new Uint32Array(count + 1);
  const labelRows = new Int32Array(labelCount);
  let at = 0;
  let labelAt = 0;
  for (let k = 0; k < count; k++) {
    const end = selection.end[k] ?? 0;
    for (let i = selection.start[k] ?? 0; i < end; i++) {
      const l = samples.stackLocations[i] ?? 0;
      if (hidden === null || hidden[l] === 0) stackLocations[at++] = l;
    }
    stackOffsets[k + 1] = at;
    const s = selection.sample[k] ?? 0;
    const lastLabel = samples.labelOffsets[s + 1] ?? 0;
    for (let l = samples.labelOffsets[s] ?? 0; l < lastLabel; l++) labelRows[labelAt++] = l;
    labelOffsets[k + 1] = labelAt;
  }
  const chosen = selection.sample.subarray(0, count);
  const exact = new Map<number, bigint>();
  if (samples.exact.size > 0) {
    for (let t = 0; t < samples.values.length; t++) {
      chosen.forEach((s, k) => {
        const value = samples.exact.get(t * samples.count + s);
        if (value !== undefined) exact.set(t * count + k, value);
      });
    }
  }
  const exactLabels = new Map<number, bigint>();
  if (labels.exact.size > 0) {
    labelRows.forEach((l, k) => {
      const value = labels.exact.get(l);
      if (value !== undefined) exactLabels.set(k, value);
    });
  }
  return {
    ...profile,
    locations,
    samples: {
      count,
      values: samples.values.map((column) => Float64Array.from(chosen, (s) => column[s] ?? 0)),
      exact,
      stackOffsets,
      stackLocations: stackLocations.subarray(0, at),
      labelOffsets,
    },
    labels: {
      key: labelRows.map((l) => labels.key[l] ?? 0),
      str: labelRows.map((l) => labels.str[l] ?? 0),
      num: Float64Array.from(labelRows, (l) => labels.num[l] ?? 0),
      numUnit: labelRows.map((l) => labels.numUnit[l] ?? 0),
      exact: exactLabels,
    },
  };
}

/** The table with only the lines that are marked 1; a location may end without any. */
export function keepLines(locations: LocationTable, keep: Uint8Array): LocationTable {
  const { count, lineOffsets } = locations;
  const kept: number[] = [];
  const offsets = new Uint32Array(count + 1);
  for (let l = 0; l < count; l++) {
    const end = lineOffsets[l + 1] ?? 0;
    for (let n = lineOffsets[l] ?? 0; n < end; n++) if (keep[n] === 1) kept.push(n);
    offsets[l + 1] = kept.length;
  }
  return {
    ...locations,
    lineOffsets: offsets,
    lineFunction: Int32Array.from(kept, (n) => locations.lineFunction[n] ?? -1),
    lineNumber: Int32Array.from(kept, (n) => locations.lineNumber[n] ?? 0),
    lineColumn: Int32Array.from(kept, (n) => locations.lineColumn[n] ?? 0),
  };
}
