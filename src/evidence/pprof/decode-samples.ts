/**
 * The samples of a profile.proto: nearly all of its bytes. 500 000 samples of depth 20 are ten million location ids in
 * 23 MB. What such a file consists of (short lengths, ids below 2^21, values below 2^49) is read by one loop over local
 * variables; everything else goes through `Wire`, three times slower and just as right.
 */
import { LabelReader } from './decode-labels.ts';
import type { IdTable } from './id-table.ts';
import type { LabelTable, SampleTable } from './profile.ts';
import type { Survey } from './survey.ts';
import { malformed, WIRE, Wire } from './wire.ts';

/** Tags in a Sample: field number << 3 | wire type. Packed lists are bytes; Go writes lists of one or two unpacked. */
const LOCATION = (1 << 3) | WIRE.varint;
const LOCATIONS = (1 << 3) | WIRE.bytes;
const VALUE = (2 << 3) | WIRE.varint;
const VALUES = (2 << 3) | WIRE.bytes;
/** Tag of a sample in the Profile. */
const SAMPLE = (2 << 3) | WIRE.bytes;

/** Seven bytes of seven bits: the largest varint that is surely exact as a double. */
const LONG_VARINT = 2 ** 49;

interface Samples {
  readonly samples: SampleTable;
  readonly labels: LabelTable;
}

export function readSamples(
  bytes: Uint8Array,
  survey: Survey,
  typeCount: number,
  locations: IdTable,
  stringCount: number,
): Samples {
  const reader = new SampleReader(bytes, survey, typeCount, locations, stringCount);
  const wire = new Wire(bytes);
  while (wire.next()) {
    if (wire.field === SAMPLE >> 3) {
      const stop = wire.pos + wire.lo;
      reader.read(wire.pos, stop);
      wire.pos = stop;
    } else wire.skip();
  }
  return reader.finish();
}

class SampleReader {
  private readonly bytes: Uint8Array;
  private readonly locations: IdTable;
  private readonly typeCount: number;
  private readonly count: number;
  private readonly wire: Wire;
  private readonly inner: Wire;
  private readonly labels: LabelReader;

  private readonly values: Float64Array[];
  private readonly exact = new Map<number, bigint>();
  private readonly stackOffsets: Uint32Array;
  /** One entry per byte of all samples, which is more than enough; pages that are never written to cost nothing. */
  private readonly stack: Int32Array;
  private readonly labelOffsets: Uint32Array;

  private sample = 0;
  private depth = 0;
  private valuesSeen = 0;

  constructor(bytes: Uint8Array, survey: Survey, typeCount: number, locations: IdTable, stringCount: number) {
    this.bytes = bytes;
    this.locations = locations;
    this.typeCount = typeCount;
    this.count = survey.samples;
    this.wire = new Wire(bytes);
    this.inner = new Wire(bytes);
    this.labels = new LabelReader(stringCount);
    this.values = Array.from({ length: typeCount }, () => new Float64Array(survey.samples));
    this.stackOffsets = new Uint32Array(survey.samples + 1);
    this.stack = new Int32Array(survey.sampleBytes);
    this.labelOffsets = new Uint32Array(survey.samples + 1);
  }

  read(start: number, stop: number): void {
    const { bytes, stack, values, sample } = this;
    const direct = this.locations.direct;
    const known = direct.length;
    let depth = this.depth;
    let seen = 0;
    let pos = start;
    while (pos < stop) {
      const tag = bytes[pos] ?? 0;
      const length = bytes[pos + 1] ?? 0;
      const packed = tag === LOCATIONS || tag === VALUES;
      // Where the list ends; an unpacked number ends wherever it ends.
      const end = packed ? pos + 2 + length : pos + 2;
      let ok = (packed && length < 0x80 && end <= stop) || tag === LOCATION || tag === VALUE;
      if (ok) {
        const at = packed ? pos + 2 : pos + 1;
        const depthBefore = depth;
        const seenBefore = seen;
        let next = at;
        if (tag === LOCATIONS || tag === LOCATION) {
          while (next < end && ok) {
            let id = bytes[next++] ?? 0;
            if (id >= 0x80) {
              const second = bytes[next++] ?? 0;
              id = (id & 0x7f) | ((second & 0x7f) << 7);
              if (second >= 0x80) id = id | ((bytes[next++] ?? 0) << 14);
            }
            // A fourth byte makes the id at least 2^21 here, where `direct` may reach as well: not our case either.
            const index = id < known && id < 0x20_0000 ? (direct[id] ?? -1) : -1;
            ok = index >= 0;
            stack[depth++] = index;
          }
        } else {
          while (next < end && ok) {
            let byte = bytes[next++] ?? 0;
            let value = byte & 0x7f;
            for (let weight = 0x80; byte >= 0x80 && weight < LONG_VARINT; weight *= 0x80) {
              byte = bytes[next++] ?? 0;
              value += (byte & 0x7f) * weight;
            }
            ok = byte < 0x80;
            const column = values[seen++];
            if (column !== undefined) column[sample] = value;
          }
        }
        if (ok && (packed ? next === end : next <= stop)) {
          pos = next;
          continue;
        }
        depth = depthBefore;
        seen = seenBefore;
      }
      this.depth = depth;
      this.valuesSeen = seen;
      pos = this.field(pos, stop);
      depth = this.depth;
      seen = this.valuesSeen;
    }
    if (seen !== this.typeCount)
      throw malformed(`a sample has ${seen} values for ${this.typeCount} sample types`, start);
    this.depth = depth;
    this.sample = sample + 1;
    this.stackOffsets[sample + 1] = depth;
    this.labelOffsets[sample + 1] = this.labels.count;
  }

  /** One field of whatever kind; returns where the next one starts. */
  private field(pos: number, stop: number): number {
    const { wire, inner } = this;
    wire.pos = pos;
    wire.end = stop;
    wire.next();
    const field = wire.field;
    if (field < 1 || field > 3) {
      wire.skip();
      return wire.pos;
    }
    if (wire.type !== WIRE.bytes) {
      wire.expect(field === 3 ? WIRE.bytes : WIRE.varint, `field ${field} of a sample`);
      if (field === 1) this.location(wire);
      else this.value(wire);
      return wire.pos;
    }
    inner.pos = wire.pos;
    inner.end = wire.pos + wire.lo;
    if (field === 3) {
      this.labels.read(inner);
      return inner.end;
    }
    while (inner.pos < inner.end) {
      inner.varint();
      if (field === 1) this.location(inner);
      else this.value(inner);
    }
    return inner.end;
  }

  private location(wire: Wire): void {
    const index = this.locations.find(wire.lo, wire.hi);
    if (index < 0) throw malformed(`a sample names location ${wire.unsignedBig()}, which does not exist`, wire.pos);
    this.stack[this.depth++] = index;
  }

  private value(wire: Wire): void {
    const type = this.valuesSeen++;
    const column = this.values[type];
    if (column === undefined) return; // One too many: `read` says so.
    column[this.sample] = wire.signed();
    if (wire.beyondDouble()) this.exact.set(type * this.count + this.sample, wire.signedBig());
  }

  finish(): Samples {
    const { count, values, exact, stackOffsets, labelOffsets } = this;
    const stackLocations = this.stack.subarray(0, this.depth);
    return {
      samples: { count, values, exact, stackOffsets, stackLocations, labelOffsets },
      labels: this.labels.finish(),
    };
  }
}
