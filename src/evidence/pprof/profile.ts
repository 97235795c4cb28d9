/**
 * A profile as columns (struct of arrays). Source of the format: google/pprof, proto/profile.proto.
 *
 * All indices are dense and 0-based, whatever ids the file used. A Go heap profile of 500 k samples at depth 20
 * has 10 M stack entries: one Int32Array here, ten million objects in a naive reader.
 */

export type StringIndex = number;
export type FunctionIndex = number;
export type LocationIndex = number;
export type MappingIndex = number;
export type SampleIndex = number;

export interface ValueType {
  readonly type: string;
  readonly unit: string;
}

export interface SampleTable {
  readonly count: number;
  /** values[t][s]: value of sample s for sampleTypes[t]. Exact up to 2^53; see `exact`. */
  readonly values: readonly Float64Array[];
  /**
   * Values beyond ±2^53, keyed `t * count + s`. Empty in practice; the writer and `-raw` use it, sums use the doubles.
   */
  readonly exact: ReadonlyMap<number, bigint>;
  /** CSR: the stack of sample s is stackLocations[stackOffsets[s] .. stackOffsets[s+1]), leaf first. */
  readonly stackOffsets: Uint32Array;
  readonly stackLocations: Int32Array;
  /** CSR into `labels`; sample s has labels labelOffsets[s] .. labelOffsets[s+1]. */
  readonly labelOffsets: Uint32Array;
}

export interface LabelTable {
  readonly key: Int32Array; // StringIndex
  /** String value, or 0 for a number label. */
  readonly str: Int32Array; // StringIndex
  readonly num: Float64Array;
  readonly numUnit: Int32Array; // StringIndex
  /** Numbers beyond ±2^53, keyed by label index (trace ids, hashes). */
  readonly exact: ReadonlyMap<number, bigint>;
}

export interface LocationTable {
  readonly count: number;
  readonly id: BigUint64Array;
  /** MappingIndex or -1. */
  readonly mapping: Int32Array;
  readonly address: BigUint64Array;
  readonly isFolded: Uint8Array;
  /**
   * CSR: lines of location l are lineOffsets[l] .. lineOffsets[l+1], innermost inlined call first, as in the file.
   * A location without line information has none.
   */
  readonly lineOffsets: Uint32Array;
  readonly lineFunction: Int32Array; // FunctionIndex or -1
  readonly lineNumber: Int32Array;
  readonly lineColumn: Int32Array;
}

export interface FunctionTable {
  readonly count: number;
  readonly id: BigUint64Array;
  readonly name: Int32Array; // StringIndex
  readonly systemName: Int32Array; // StringIndex
  readonly filename: Int32Array; // StringIndex
  readonly startLine: Int32Array;
}

export interface Mapping {
  readonly id: bigint;
  readonly start: bigint;
  readonly limit: bigint;
  readonly offset: bigint;
  readonly filename: string;
  readonly buildId: string;
  readonly hasFunctions: boolean;
  readonly hasFilenames: boolean;
  readonly hasLineNumbers: boolean;
  readonly hasInlineFrames: boolean;
}

export interface Profile {
  readonly sampleTypes: readonly ValueType[];
  /** Empty where the file names none. */
  readonly defaultSampleType: string;
  readonly samples: SampleTable;
  readonly labels: LabelTable;
  readonly locations: LocationTable;
  readonly functions: FunctionTable;
  readonly mappings: readonly Mapping[];
  readonly strings: readonly string[];
  readonly periodType: ValueType | null;
  readonly period: number;
  /** ns since the epoch; 0 where unknown. */
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly comments: readonly string[];
  readonly dropFrames: string;
  readonly keepFrames: string;
  readonly docUrl: string;
}
