/**
 * Locations of several profiles in one numbering. Two locations are the same when their lines are and they lie at the
 * same offset in the same binary; where the binary was loaded does not matter.
 */
import type { FunctionInput, LineInput, ProfileBuilder } from './builder.ts';
import type { FunctionIndex, LocationIndex, Mapping, MappingIndex, Profile } from './profile.ts';

interface PooledLocation {
  readonly address: bigint;
  readonly mapping: number;
  readonly isFolded: boolean;
  /** `fn` is the pool's number of the function. */
  readonly lines: readonly LineInput[];
}

/** Sizes of mappings are compared in pages. */
const PAGE = 0x1000n;

export class SymbolPool {
  private readonly mappings: Mapping[] = [];
  private readonly functions: FunctionInput[] = [];
  private readonly locations: PooledLocation[] = [];
  private readonly mappingIds = new Map<string, number>();
  private readonly functionIds = new Map<string, number>();
  private readonly locationIds = new Map<string, number>();

  /** A view of one profile: its indices → the pool's. */
  of(profile: Profile): (l: LocationIndex) => number {
    const functionMap = new Int32Array(profile.functions.count).fill(-1);
    const locationMap = new Int32Array(profile.locations.count).fill(-1);
    // The first mapping is the main binary; it stays first even where no sample refers to it.
    if (this.mappings.length === 0 && profile.mappings.length > 0) this.mapping(profile, 0);
    const fn = (f: FunctionIndex): number => {
      if (f < 0) return -1;
      const known = functionMap[f] ?? -1;
      if (known >= 0) return known;
      const id = this.fn(profile, f);
      functionMap[f] = id;
      return id;
    };
    return (l) => {
      const known = locationMap[l] ?? -1;
      if (known >= 0) return known;
      const id = this.location(profile, l, fn);
      locationMap[l] = id;
      return id;
    };
  }

  private mapping({ mappings }: Profile, m: MappingIndex): number {
    const mapping = mappings[m];
    if (mapping === undefined) return -1;
    const pages = (BigInt.asUintN(64, mapping.limit - mapping.start) + PAGE - 1n) / PAGE;
    const key = `${pages} ${mapping.offset} ${mapping.buildId !== '' ? mapping.buildId : mapping.filename}`;
    return intern(this.mappingIds, key, this.mappings, () => mapping);
  }

  private fn({ functions, strings }: Profile, f: FunctionIndex): number {
    const name = strings[functions.name[f] ?? 0] ?? '';
    const systemName = strings[functions.systemName[f] ?? 0] ?? '';
    const filename = strings[functions.filename[f] ?? 0] ?? '';
    const startLine = functions.startLine[f] ?? 0;
    const key = `${startLine}\0${name}\0${systemName}\0${filename}`;
    return intern(this.functionIds, key, this.functions, () => ({ name, systemName, filename, startLine }));
  }

  private location(profile: Profile, l: LocationIndex, fn: (f: FunctionIndex) => number): number {
    const { address, mapping, isFolded, lineOffsets, lineFunction, lineNumber, lineColumn } = profile.locations;
    const own = profile.mappings[mapping[l] ?? -1];
    const pooled = this.mapping(profile, mapping[l] ?? -1);
    const offset = BigInt.asUintN(64, (address[l] ?? 0n) - (own?.start ?? 0n));
    const lines: LineInput[] = [];
    const end = lineOffsets[l + 1] ?? 0;
    for (let n = lineOffsets[l] ?? 0; n < end; n++) {
      lines.push({ fn: fn(lineFunction[n] ?? -1), line: lineNumber[n] ?? 0, column: lineColumn[n] ?? 0 });
    }
    const folded = isFolded[l] === 1;
    const where = lines.map(({ fn, line, column }) => `${fn}:${line}:${column}`).join('|');
    return intern(this.locationIds, `${offset} ${pooled} ${folded} ${where}`, this.locations, () => ({
      address: BigInt.asUintN(64, (this.mappings[pooled]?.start ?? 0n) + offset),
      mapping: pooled,
      isFolded: folded,
      lines,
    }));
  }

  /** The pool's locations → rows of the builder, made when they are first asked for. */
  into(builder: ProfileBuilder): (location: number) => LocationIndex {
    const mappingMap = new Map<number, MappingIndex>();
    const locationMap = new Int32Array(this.locations.length).fill(-1);
    const mapping = (m: number): MappingIndex => {
      const from = this.mappings[m];
      if (from === undefined) return -1;
      const known = mappingMap.get(m);
      if (known !== undefined) return known;
      const index = builder.mapping(from);
      mappingMap.set(m, index);
      return index;
    };
    mapping(0);
    return (id) => {
      const known = locationMap[id] ?? -1;
      if (known >= 0) return known;
      const from = this.locations[id];
      if (from === undefined) return -1;
      const lines = from.lines.map((line) => {
        const fn = this.functions[line.fn];
        return { ...line, fn: fn === undefined ? -1 : builder.fn(fn) };
      });
      const index = builder.location(from.address, lines, mapping(from.mapping), from.isFolded);
      locationMap[id] = index;
      return index;
    };
  }
}

function intern<T>(ids: Map<string, number>, key: string, rows: T[], make: () => T): number {
  const known = ids.get(key);
  if (known !== undefined) return known;
  rows.push(make());
  ids.set(key, rows.length - 1);
  return rows.length - 1;
}
