/**
 * Several profiles → one: the rules of google/pprof (profile/merge.go). Equal functions, locations and mappings become
 * one, samples with equal stacks and labels are added up, samples that end at zero go, and so does what nothing refers
 * to any more.
 */
import { EvidenceError } from '../error.ts';
import { isBeyondDouble, ProfileBuilder, type ProfileHeader } from './builder.ts';
import { Int32Column } from './columns.ts';
import { internStacks } from './intern-stacks.ts';
import { LabelSets, labelsOf } from './label-sets.ts';
import type { Profile, ValueType } from './profile.ts';
import { SymbolPool } from './symbol-pool.ts';

/** One row per sample that is not all zeros, of every profile. */
interface Pooled {
  readonly count: number;
  readonly profile: Int32Array;
  readonly sample: Int32Array;
  /** Id in LabelSets. */
  readonly labelSet: Int32Array;
  readonly stackOffsets: Uint32Array;
  /** Numbers of SymbolPool. */
  readonly stackLocations: Int32Array;
}

/**
 * Sample types must be the same (see align.ts for profiles that only overlap).
 *
 * @throws EvidenceError where they are not
 */
export function merge(profiles: readonly Profile[]): Profile {
  const [first] = profiles;
  if (first === undefined) throw new EvidenceError('pprof', 'there is no profile to merge');
  for (const other of profiles) requireCompatible(first, other);
  const symbols = new SymbolPool();
  const labels = new LabelSets();
  const pooled = pool(profiles, symbols, labels);
  const { stackCount, stackOfSample, representative } = internStacks(pooled, pooled.labelSet);
  const builder = new ProfileBuilder(combineHeaders(profiles));
  const locate = symbols.into(builder);
  const sums = first.sampleTypes.map((_, t) => sumUp(profiles, pooled, t, stackOfSample, stackCount));
  for (let k = 0; k < stackCount; k++) {
    const values = sums.map(({ doubles, exact }) => exact.get(k) ?? doubles[k] ?? 0);
    if (values.every((value) => Number(value) === 0)) continue;
    const row = representative[k] ?? 0;
    const stack = pooled.stackLocations.subarray(pooled.stackOffsets[row], pooled.stackOffsets[row + 1]);
    builder.sample(Array.from(stack, locate), values, labels.of(pooled.labelSet[row] ?? 0));
  }
  return builder.finish();
}

function pool(profiles: readonly Profile[], symbols: SymbolPool, labels: LabelSets): Pooled {
  const profileOf = new Int32Column();
  const sampleOf = new Int32Column();
  const labelSet = new Int32Column();
  const offsets = new Int32Column();
  const stack = new Int32Column();
  offsets.push(0);
  profiles.forEach((profile, p) => {
    const locate = symbols.of(profile);
    const { count, values, stackOffsets, stackLocations } = profile.samples;
    for (let s = 0; s < count; s++) {
      if (values.every((column) => column[s] === 0)) continue;
      const end = stackOffsets[s + 1] ?? 0;
      for (let i = stackOffsets[s] ?? 0; i < end; i++) stack.push(locate(stackLocations[i] ?? 0));
      offsets.push(stack.length);
      profileOf.push(p);
      sampleOf.push(s);
      labelSet.push(labels.id(labelsOf(profile, s)));
    }
  });
  return {
    count: sampleOf.length,
    profile: profileOf.finish(),
    sample: sampleOf.finish(),
    labelSet: labelSet.finish(),
    stackOffsets: Uint32Array.from(offsets.finish()),
    stackLocations: stack.finish(),
  };
}

interface Sums {
  readonly doubles: Float64Array;
  /** Sums that a double may not hold. */
  readonly exact: ReadonlyMap<number, bigint>;
}

function sumUp(
  profiles: readonly Profile[],
  pooled: Pooled,
  type: number,
  rowOfSample: Int32Array,
  rowCount: number,
): Sums {
  const doubles = new Float64Array(rowCount);
  const exact = new Map<number, bigint>();
  const columns = profiles.map(({ samples }) => samples.values[type] ?? new Float64Array(samples.count));
  const bigOf = (r: number): bigint | undefined => {
    const samples = profiles[pooled.profile[r] ?? 0]?.samples;
    return samples?.exact.size ? samples.exact.get(type * samples.count + (pooled.sample[r] ?? 0)) : undefined;
  };
  for (let r = 0; r < pooled.count; r++) {
    const row = rowOfSample[r] ?? 0;
    const value = columns[pooled.profile[r] ?? 0]?.[pooled.sample[r] ?? 0] ?? 0;
    const sum = (doubles[row] ?? 0) + value;
    doubles[row] = sum;
    if (!Number.isSafeInteger(sum) || bigOf(r) !== undefined) exact.set(row, 0n);
  }
  if (exact.size === 0) return { doubles, exact };
  for (let r = 0; r < pooled.count; r++) {
    const row = rowOfSample[r] ?? 0;
    const sum = exact.get(row);
    if (sum === undefined) continue;
    const value = columns[pooled.profile[r] ?? 0]?.[pooled.sample[r] ?? 0] ?? 0;
    exact.set(row, sum + (bigOf(r) ?? BigInt(Math.round(value))));
  }
  for (const [row, sum] of exact) {
    doubles[row] = Number(sum);
    if (!isBeyondDouble(sum)) exact.delete(row);
  }
  return { doubles, exact };
}

function combineHeaders(profiles: readonly Profile[]): ProfileHeader {
  const [first] = profiles;
  let timeNanos = 0n;
  let durationNanos = 0n;
  let period = 0;
  const comments = new Set<string>();
  for (const profile of profiles) {
    if (timeNanos === 0n || profile.timeNanos < timeNanos) timeNanos = profile.timeNanos;
    durationNanos += profile.durationNanos;
    if (period === 0 || period < profile.period) period = profile.period;
    for (const comment of profile.comments) comments.add(comment);
  }
  const firstText = (pick: (profile: Profile) => string): string =>
    profiles.map(pick).find((text) => text !== '') ?? '';
  return {
    sampleTypes: first?.sampleTypes ?? [],
    periodType: first?.periodType ?? null,
    dropFrames: first?.dropFrames ?? '',
    keepFrames: first?.keepFrames ?? '',
    defaultSampleType: firstText((profile) => profile.defaultSampleType),
    docUrl: firstText((profile) => profile.docUrl),
    timeNanos,
    durationNanos,
    period,
    comments: [...comments],
  };
}

function requireCompatible(a: Profile, b: Profile): void {
  if (!sameType(a.periodType, b.periodType)) {
    const [one, two] = [a, b].map(({ periodType }) => (periodType === null ? 'none' : describe([periodType])));
    throw new EvidenceError('pprof', `the profiles are of different kinds: their period types are ${one} and ${two}`);
  }
  if (a.sampleTypes.length !== b.sampleTypes.length || a.sampleTypes.some((t, i) => !sameType(t, b.sampleTypes[i]))) {
    const types = `${describe(a.sampleTypes)} and ${describe(b.sampleTypes)}`;
    throw new EvidenceError('pprof', `the profiles are of different kinds: their sample types are ${types}`);
  }
}

function sameType(a: ValueType | null, b: ValueType | null | undefined): boolean {
  return (a?.type ?? '') === (b?.type ?? '') && (a?.unit ?? '') === (b?.unit ?? '');
}

function describe(types: readonly ValueType[]): string {
  return types.map(({ type, unit }) => `${type}/${unit}`).join(', ');
}
