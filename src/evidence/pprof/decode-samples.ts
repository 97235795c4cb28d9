/**
 * The samples of a profile.proto: nearly all of its bytes. 500 000 samples of depth 20 are ten million location ids
 * and some 40 MB; the inner loops below are written for that.
 */
import type { IdTable } from './id-table.ts';
import type { LabelTable, SampleTable } from './profile.ts';
import type { Survey } from './survey.ts';
import { malformed, WIRE, Wire } from './wire.ts';

/** Counts what the sample at [start, stop) will add to the columns. */
export function surveySample(wire: Wire, start: number, stop: number, survey: Survey): void {
  wire.pos = start;
  wire.end = stop;
  while (wire.next()) {
    if (wire.field === 1) survey.stackEntries += wire.type === WIRE.bytes ? wire.lo : 1;
    else if (wire.field === 3) survey.labels++;
    wire.skip();
  }
}

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
    if (wire.field === 2) {
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
  private readonly stringCount: number;
  private readonly count: number;
  private readonly wire: Wire;
  private readonly label: Wire;

  private readonly values: Float64Array[];
  private readonly exact = new Map<number, bigint>();
  private readonly stackOffsets: Uint32Array;
  /** As long as the upper bound; pages never written to cost nothing. */
  private readonly stack: Int32Array;
  private readonly labelOffsets: Uint32Array;
  private readonly key: Int32Array;
  private readonly str: Int32Array;
  private readonly num: Float64Array;
  private readonly numUnit: Int32Array;
  private readonly exactLabels = new Map<number, bigint>();

  private sample = 0;
  private depth = 0;
  private labels = 0;
  private valuesSeen = 0;

  constructor(bytes: Uint8Array, survey: Survey, typeCount: number, locations: IdTable, stringCount: number) {
    this.bytes = bytes;
    this.locations = locations;
    this.typeCount = typeCount;
    this.stringCount = stringCount;
    this.count = survey.samples;
    this.wire = new Wire(bytes);
    this.label = new Wire(bytes);
    this.values = Array.from({ length: typeCount }, () => new Float64Array(survey.samples));
    this.stackOffsets = new Uint32Array(survey.samples + 1);
    this.stack = new Int32Array(survey.stackEntries);
    this.labelOffsets = new Uint32Array(survey.samples + 1);
    this.key = new Int32Array(survey.labels);
    this.str = new Int32Array(survey.labels);
    this.num = new Float64Array(survey.labels);
    this.numUnit = new Int32Array(survey.labels);
  }

  read(start: number, stop: number): void {
    const wire = this.wire;
    wire.pos = start;
    wire.end = stop;
    this.valuesSeen = 0;
    while (wire.next()) {
      const field = wire.field;
      if (field === 1) {
        if (wire.type === WIRE.bytes) wire.pos = this.packedLocations(wire.pos, wire.pos + wire.lo);
        else {
          wire.expect(WIRE.varint, 'a location of a sample');
          this.location(wire);
        }
      } else if (field === 2) {
        if (wire.type === WIRE.bytes) {
          wire.end = wire.pos + wire.lo;
          while (wire.pos < wire.end) {
            wire.varint();
            this.value(wire);
          }
          wire.end = stop;
        } else {
          wire.expect(WIRE.varint, 'a value of a sample');
          this.value(wire);
        }
      } else if (field === 3) {
        wire.expect(WIRE.bytes, 'a label of a sample');
        wire.pos = this.readLabel(wire.pos, wire.pos + wire.lo);
      } else wire.skip();
    }
    if (this.valuesSeen !== this.typeCount) {
      throw malformed(`a sample has ${this.valuesSeen} values for ${this.typeCount} sample types`, start);
    }
    this.sample++;
    this.stackOffsets[this.sample] = this.depth;
    this.labelOffsets[this.sample] = this.labels;
  }

  /** The hot loop: ids below 2^21 (three bytes) that are numbered densely never leave it. */
  private packedLocations(start: number, stop: number): number {
    const bytes = this.bytes;
    const direct = this.locations.direct;
    const known = direct.length;
    const stack = this.stack;
    let depth = this.depth;
    let pos = start;
    // Three bytes may be looked at without asking whether they are there.
    const safe = stop - 2;
    while (pos < stop) {
      let id = bytes[pos] ?? 0;
      let next = pos + 1;
      if (id >= 0x80) {
        if (pos < safe) {
          const second = bytes[pos + 1] ?? 0;
          if (second < 0x80) {
            id = (id & 0x7f) | (second << 7);
            next = pos + 2;
          } else {
            const third = bytes[pos + 2] ?? 0;
            id = third < 0x80 ? (id & 0x7f) | ((second & 0x7f) << 7) | (third << 14) : known;
            next = pos + 3;
          }
        } else id = known;
      }
      if (id < known) {
        const index = direct[id] ?? -1;
        if (index < 0) throw malformed(`a sample names location ${id}, which does not exist`, pos);
        stack[depth++] = index;
        pos = next;
      } else {
        const wire = this.label;
        wire.pos = pos;
        wire.end = stop;
        wire.varint();
        this.depth = depth;
        this.location(wire);
        depth = this.depth;
        pos = wire.pos;
      }
    }
    this.depth = depth;
    return stop;
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

  private readLabel(start: number, stop: number): number {
    const wire = this.label;
    wire.pos = start;
    wire.end = stop;
    const index = this.labels++;
    while (wire.next()) {
      const field = wire.field;
      if (field < 1 || field > 4) {
        wire.skip();
        continue;
      }
      wire.expect(WIRE.varint, `field ${field} of a label`);
      if (field === 3) {
        this.num[index] = wire.signed();
        if (wire.beyondDouble()) this.exactLabels.set(index, wire.signedBig());
        else this.exactLabels.delete(index);
        continue;
      }
      if (wire.hi !== 0 || wire.lo >= this.stringCount) {
        throw malformed(`string ${wire.signedBig()} is outside the table of ${this.stringCount}`, wire.pos);
      }
      (field === 1 ? this.key : field === 2 ? this.str : this.numUnit)[index] = wire.lo;
    }
    return stop;
  }

  finish(): Samples {
    const { count, values, exact, stackOffsets, labelOffsets, key, str, num, numUnit } = this;
    const stackLocations = this.stack.subarray(0, this.depth);
    return {
      samples: { count, values, exact, stackOffsets, stackLocations, labelOffsets },
      labels: { key, str, num, numUnit, exact: this.exactLabels },
    };
  }
}
