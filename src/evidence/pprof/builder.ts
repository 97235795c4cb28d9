/** Puts a profile together row by row: for the text formats, tests and merges. Equal strings and functions are shared. */
import { Int32Column } from './columns.ts';
import type { FunctionIndex, LocationIndex, Mapping, MappingIndex, Profile, StringIndex } from './profile.ts';

export interface LabelInput {
  readonly key: string;
  /** Either a string … */
  readonly str?: string;
  /** … or a number with its unit (may be empty). */
  readonly num?: number | bigint;
  readonly unit?: string;
}

export interface FunctionInput {
  readonly name: string;
  readonly systemName?: string;
  readonly filename?: string;
  readonly startLine?: number;
}

export interface LineInput {
  readonly fn: FunctionIndex;
  readonly line: number;
  readonly column?: number;
}

/** What a profile says beside its tables. */
export type ProfileHeader = Pick<Profile, 'sampleTypes'> &
  Partial<
    Pick<
      Profile,
      | 'defaultSampleType'
      | 'periodType'
      | 'period'
      | 'timeNanos'
      | 'durationNanos'
      | 'comments'
      | 'dropFrames'
      | 'keepFrames'
      | 'docUrl'
    >
  >;

const MAX_EXACT = 2 ** 53;

/** True where a double cannot hold the number for certain. */
export function isBeyondDouble(value: bigint): boolean {
  return value > MAX_EXACT || value < -MAX_EXACT;
}

export class ProfileBuilder {
  private readonly header: ProfileHeader;
  private readonly strings: string[] = [''];
  private readonly stringIds = new Map<string, StringIndex>([['', 0]]);
  private readonly functionIds = new Map<string, FunctionIndex>();
  private readonly mappings: Mapping[] = [];

  private readonly fnName = new Int32Column();
  private readonly fnSystemName = new Int32Column();
  private readonly fnFilename = new Int32Column();
  private readonly fnStartLine = new Int32Column();

  private readonly locMapping = new Int32Column();
  private readonly locAddress: bigint[] = [];
  private readonly locFolded: number[] = [];
  private readonly lineOffsets = new Int32Column();
  private readonly lineFunction = new Int32Column();
  private readonly lineNumber = new Int32Column();
  private readonly lineColumn = new Int32Column();

  private readonly values: number[][];
  private readonly bigValues: { type: number; sample: number; value: bigint }[] = [];
  private readonly stackOffsets = new Int32Column();
  private readonly stack = new Int32Column();
  private readonly labelOffsets = new Int32Column();
  private readonly key = new Int32Column();
  private readonly str = new Int32Column();
  private readonly num: number[] = [];
  private readonly numUnit = new Int32Column();
  private readonly exactLabels = new Map<number, bigint>();
  private sampleCount = 0;

  constructor(header: ProfileHeader) {
    this.header = header;
    this.values = header.sampleTypes.map(() => []);
    this.lineOffsets.push(0);
    this.stackOffsets.push(0);
    this.labelOffsets.push(0);
  }

  string(text: string): StringIndex {
    const known = this.stringIds.get(text);
    if (known !== undefined) return known;
    const index = this.strings.length;
    this.strings.push(text);
    this.stringIds.set(text, index);
    return index;
  }

  fn({ name, systemName = name, filename = '', startLine = 0 }: FunctionInput): FunctionIndex {
    const n = this.string(name);
    const s = this.string(systemName);
    const f = this.string(filename);
    const key = `${n} ${s} ${f} ${startLine}`;
    const known = this.functionIds.get(key);
    if (known !== undefined) return known;
    const index = this.fnName.length;
    this.fnName.push(n);
    this.fnSystemName.push(s);
    this.fnFilename.push(f);
    this.fnStartLine.push(startLine);
    this.functionIds.set(key, index);
    return index;
  }

  /** Its id becomes its position from 1. */
  mapping(mapping: Omit<Mapping, 'id'>): MappingIndex {
    this.mappings.push({ ...mapping, id: BigInt(this.mappings.length + 1) });
    return this.mappings.length - 1;
  }

  /** Always a new row; the caller knows which locations are the same. Lines: innermost inlined call first. */
  location(address: bigint, lines: readonly LineInput[], mapping: MappingIndex = -1, isFolded = false): LocationIndex {
    const index = this.locAddress.length;
    this.locAddress.push(address);
    this.locMapping.push(mapping);
    this.locFolded.push(isFolded ? 1 : 0);
    for (const { fn, line, column = 0 } of lines) {
      this.lineFunction.push(fn);
      this.lineNumber.push(line);
      this.lineColumn.push(column);
    }
    this.lineOffsets.push(this.lineFunction.length);
    return index;
  }

  /** @param stack leaf first @param values one per sample type */
  sample(
    stack: Iterable<LocationIndex>,
    values: readonly (number | bigint)[],
    labels: readonly LabelInput[] = [],
  ): void {
    for (const location of stack) this.stack.push(location);
    this.stackOffsets.push(this.stack.length);
    this.values.forEach((column, type) => {
      const value = values[type] ?? 0;
      column.push(Number(value));
      if (typeof value === 'bigint' && isBeyondDouble(value)) {
        this.bigValues.push({ type, sample: this.sampleCount, value });
      }
    });
    for (const { key, str = '', num = 0, unit = '' } of labels) {
      if (typeof num === 'bigint' && isBeyondDouble(num)) this.exactLabels.set(this.num.length, num);
      this.key.push(this.string(key));
      this.str.push(this.string(str));
      this.num.push(Number(num));
      this.numUnit.push(this.string(unit));
    }
    this.labelOffsets.push(this.num.length);
    this.sampleCount++;
  }

  /** A file has all its strings in the table. */
  private headerStrings(): void {
    const { sampleTypes, periodType, comments, dropFrames, keepFrames, defaultSampleType, docUrl } = this.header;
    for (const { type, unit } of [...sampleTypes, ...(periodType ? [periodType] : [])]) {
      this.string(type);
      this.string(unit);
    }
    for (const { filename, buildId } of this.mappings) {
      this.string(filename);
      this.string(buildId);
    }
    for (const text of [...(comments ?? []), dropFrames, keepFrames, defaultSampleType, docUrl])
      this.string(text ?? '');
  }

  finish(): Profile {
    const count = this.sampleCount;
    const header = this.header;
    this.headerStrings();
    return {
      sampleTypes: header.sampleTypes,
      defaultSampleType: header.defaultSampleType ?? '',
      samples: {
        count,
        values: this.values.map((column) => Float64Array.from(column)),
        exact: new Map(this.bigValues.map(({ type, sample, value }) => [type * count + sample, value])),
        stackOffsets: Uint32Array.from(this.stackOffsets.finish()),
        stackLocations: this.stack.finish(),
        labelOffsets: Uint32Array.from(this.labelOffsets.finish()),
      },
      labels: {
        key: this.key.finish(),
        str: this.str.finish(),
        num: Float64Array.from(this.num),
        numUnit: this.numUnit.finish(),
        exact: this.exactLabels,
      },
      locations: {
        count: this.locAddress.length,
        id: ids(this.locAddress.length),
        mapping: this.locMapping.finish(),
        address: BigUint64Array.from(this.locAddress),
        isFolded: Uint8Array.from(this.locFolded),
        lineOffsets: Uint32Array.from(this.lineOffsets.finish()),
        lineFunction: this.lineFunction.finish(),
        lineNumber: this.lineNumber.finish(),
        lineColumn: this.lineColumn.finish(),
      },
      functions: {
        count: this.fnName.length,
        id: ids(this.fnName.length),
        name: this.fnName.finish(),
        systemName: this.fnSystemName.finish(),
        filename: this.fnFilename.finish(),
        startLine: this.fnStartLine.finish(),
      },
      mappings: this.mappings,
      strings: this.strings,
      periodType: header.periodType ?? null,
      period: header.period ?? 0,
      timeNanos: header.timeNanos ?? 0n,
      durationNanos: header.durationNanos ?? 0n,
      comments: header.comments ?? [],
      dropFrames: header.dropFrames ?? '',
      keepFrames: header.keepFrames ?? '',
      docUrl: header.docUrl ?? '',
    };
  }
}

/** 1, 2, 3, … */
function ids(count: number): BigUint64Array {
  const column = new BigUint64Array(count);
  for (let i = 0; i < count; i++) column[i] = BigInt(i + 1);
  return column;
}
