/**
 * Makes two or more profiles comparable, as go tool pprof does before it merges: only the sample types that all have,
 * in the order of the first, and every one in the finest of the units in use.
 */
import { EvidenceError } from '../error.ts';
import type { Profile, ValueType } from './profile.ts';
import { scaleValues } from './scale-values.ts';
import { scale } from './units.ts';

/** @throws EvidenceError where they share no sample type, or one in units that cannot be converted */
export function align(profiles: readonly Profile[]): Profile[] {
  const [first] = profiles;
  if (first === undefined) return [];
  const shared = first.sampleTypes
    .map(({ type }) => type)
    .filter((type) => profiles.every((profile) => profile.sampleTypes.some((own) => own.type === type)));
  if (shared.length === 0) {
    const lists = profiles.map(({ sampleTypes }) => sampleTypes.map(({ type }) => type).join(', '));
    throw new EvidenceError('pprof', `the profiles have no sample type in common (${lists.join(' against ')})`);
  }
  const picked = profiles.map((profile) => pick(profile, shared));
  const finest = shared.map((_, t) => finestUnit(picked.flatMap(({ sampleTypes }) => sampleTypes[t] ?? [])));
  const period = finestUnit(picked.flatMap(({ periodType }) => periodType ?? []));
  return picked.map((profile) => {
    const ratios = profile.sampleTypes.map(({ unit }, t) => ratio(unit, finest[t] ?? unit));
    const sampleTypes = profile.sampleTypes.map(({ type, unit }, t) => ({ type, unit: finest[t] ?? unit }));
    const scaled = { ...scaleValues(profile, ratios), sampleTypes };
    const { periodType } = profile;
    if (periodType === null || periodType.unit === period) return scaled;
    const unit = period ?? periodType.unit;
    return {
      ...scaled,
      period: Math.trunc(profile.period * ratio(periodType.unit, unit)),
      periodType: { type: periodType.type, unit },
    };
  });
}

function ratio(from: string, to: string): number {
  return from === to ? 1 : scale(1, from, to).value;
}

/** Undefined for an empty list. */
function finestUnit(types: readonly ValueType[]): string | undefined {
  let [finest] = types;
  for (const type of types) {
    if (finest === undefined || type.unit === finest.unit) continue;
    const forth = scale(1, type.unit, finest.unit);
    if (forth.unit !== scale(1, finest.unit, finest.unit).unit) {
      throw new EvidenceError(
        'pprof',
        `${type.type} is in ${finest.unit} in one profile and in ${type.unit} in another`,
      );
    }
    if (forth.value < 1) finest = type;
  }
  return finest?.unit;
}

function pick(profile: Profile, types: readonly string[]): Profile {
  const own = profile.sampleTypes.map(({ type }) => type);
  const columns = types.map((type) => own.indexOf(type));
  if (columns.length === own.length && columns.every((column, i) => column === i)) return profile;
  const { samples } = profile;
  const exact = new Map<number, bigint>();
  columns.forEach((column, t) => {
    for (const [key, value] of samples.exact) {
      if (Math.floor(key / samples.count) === column) exact.set(t * samples.count + (key % samples.count), value);
    }
  });
  const keepsDefault = types.includes(profile.defaultSampleType);
  return {
    ...profile,
    sampleTypes: columns.flatMap((column) => profile.sampleTypes[column] ?? []),
    defaultSampleType: keepsDefault ? profile.defaultSampleType : (types[0] ?? ''),
    samples: { ...samples, values: columns.flatMap((column) => samples.values[column] ?? []), exact },
  };
}
