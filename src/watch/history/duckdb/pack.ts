/**
 * A summary as a row. What series are made of is plain columns of numbers (which sites, how many bytes; which clusters,
 * how many goroutines), so that a question about a month reads nothing else; the rest of the summary is one compressed
 * blob. Packed columns cost half the processor time of DuckDB's lists, and are typed arrays at once when read.
 *
 * The blob: zstd of [length of the JSON, uint32 LE][JSON, UTF-8][zeros to a multiple of 8][float64 LE …]. The numbers are
 * objects, variance, allocBytes, allocObjects of the heap (one per site), then the counts of the leak profile.
 */
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { GoroutineSummary, HeapSummary } from '../../../diagnose/summary.ts';
import type { CaptureSummary, MetricPoint } from '../../model.ts';
import { StoreError } from '../error.ts';

/** Ids of the shapes of one summary, see shapes.ts. */
export interface SummaryIds {
  readonly sites: Int32Array;
  readonly clusters: Int32Array;
  readonly leaks: Int32Array;
}

export interface PackedSummary {
  readonly sites: Uint8Array | null;
  readonly bytes: Uint8Array | null;
  readonly clusters: Uint8Array | null;
  readonly counts: Uint8Array | null;
  readonly cold: Uint8Array;
}

/** A heap or goroutine summary without shapes and columns: as JSON, whatever else there is. */
type HeapRest = Omit<HeapSummary, 'sites' | 'bytes' | 'objects' | 'variance' | 'allocBytes' | 'allocObjects'>;
type GoroutineRest = Omit<GoroutineSummary, 'clusters' | 'count'>;

interface Cold {
  readonly heap: HeapRest | null;
  readonly goroutines: GoroutineRest | null;
  readonly leaks: { readonly ids: readonly number[]; readonly rest: GoroutineRest } | null;
  readonly metrics: MetricPoint['values'];
}

/** Shapes as they were asked for; throws where one is missing. */
export type Shapes<S> = (id: number) => S;

export function packSummary(summary: CaptureSummary, ids: SummaryIds): PackedSummary {
  const { heap, goroutines, leaks } = summary;
  const cold: Cold = {
    heap: heap === null ? null : heapRest(heap),
    goroutines: goroutines === null ? null : goroutineRest(goroutines),
    leaks: leaks === null ? null : { ids: [...ids.leaks], rest: goroutineRest(leaks) },
    metrics: summary.metrics,
  };
  const numbers = [
    ...(heap === null ? [] : [heap.objects, heap.variance, heap.allocBytes, heap.allocObjects]),
    ...(leaks === null ? [] : [leaks.count]),
  ];
  if (heap !== null) {
    sameLength('sites', heap.sites.length, [
      heap.bytes,
      heap.objects,
      heap.variance,
      heap.allocBytes,
      heap.allocObjects,
    ]);
  }
  for (const some of [goroutines, leaks]) if (some !== null) sameLength('clusters', some.clusters.length, [some.count]);
  return {
    sites: heap === null ? null : raw(ids.sites),
    bytes: heap === null ? null : raw(heap.bytes),
    clusters: goroutines === null ? null : raw(ids.clusters),
    counts: goroutines === null ? null : raw(goroutines.count),
    cold: packCold(cold, numbers),
  };
}

function heapRest({ sites, bytes, objects, variance, allocBytes, allocObjects, ...rest }: HeapSummary): HeapRest {
  return rest;
}

function goroutineRest({ clusters, count, ...rest }: GoroutineSummary): GoroutineRest {
  return rest;
}

function sameLength(what: string, length: number, columns: readonly Float64Array[]): void {
  for (const column of columns)
    if (column.length !== length)
      throw new StoreError('usage', `a summary has ${length} ${what} and a column of ${column.length} numbers`);
}

function packCold(cold: Cold, numbers: readonly Float64Array[]): Uint8Array {
  const json = Buffer.from(JSON.stringify(cold), 'utf8');
  const start = Math.ceil((4 + json.length) / 8) * 8;
  const plain = Buffer.alloc(start + numbers.reduce((sum, column) => sum + column.byteLength, 0));
  plain.writeUInt32LE(json.length, 0);
  json.copy(plain, 4);
  let offset = start;
  for (const column of numbers) {
    plain.set(raw(column), offset);
    offset += column.byteLength;
  }
  return zstdCompressSync(plain);
}

/** What a row says without its blob. */
export interface SummaryRow {
  readonly capture: string;
  readonly target: string;
  readonly at: number;
  readonly build: string | null;
  readonly startedAt: number | null;
}

export interface ColdSummary {
  readonly cold: Cold;
  readonly numbers: Float64Array;
}

/** The blob alone: the ids of the leak profile's clusters are in it, their shapes have to be fetched before unpacking. */
export function unpackCold(packed: Uint8Array): ColdSummary {
  const plain = zstdDecompressSync(packed);
  const length = plain.readUInt32LE(0);
  const cold: Cold = JSON.parse(plain.toString('utf8', 4, 4 + length));
  return { cold, numbers: float64(plain.subarray(Math.ceil((4 + length) / 8) * 8)) };
}

export function unpackSummary(
  row: SummaryRow,
  packed: Omit<PackedSummary, 'cold'>,
  { cold, numbers }: ColdSummary,
  site: Shapes<HeapSummary['sites'][number]>,
  cluster: Shapes<GoroutineSummary['clusters'][number]>,
): CaptureSummary {
  const sites = packed.sites === null ? new Int32Array() : int32(packed.sites);
  const column = (i: number): Float64Array => numbers.slice(i * sites.length, (i + 1) * sites.length);
  const shapesOf = (ids: Iterable<number>): GoroutineSummary['clusters'] => Array.from(ids, (id) => cluster(id));
  const heap: HeapSummary | null =
    packed.sites === null || packed.bytes === null || cold.heap === null
      ? null
      : {
          ...cold.heap,
          sites: Array.from(sites, (id) => site(id)),
          bytes: float64(packed.bytes),
          objects: column(0),
          variance: column(1),
          allocBytes: column(2),
          allocObjects: column(3),
        };
  const goroutines: GoroutineSummary | null =
    packed.clusters === null || packed.counts === null || cold.goroutines === null
      ? null
      : { ...cold.goroutines, clusters: shapesOf(int32(packed.clusters)), count: float64(packed.counts) };
  const leaks: GoroutineSummary | null =
    cold.leaks === null
      ? null
      : { ...cold.leaks.rest, clusters: shapesOf(cold.leaks.ids), count: numbers.slice(sites.length * 4) };
  return { ...row, heap, goroutines, leaks, metrics: cold.metrics };
}

function raw(column: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

/** A copy, because the bytes may begin at any address. */
export function float64(packed: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(packed).buffer);
}

export function int32(packed: Uint8Array): Int32Array {
  return new Int32Array(new Uint8Array(packed).buffer);
}
