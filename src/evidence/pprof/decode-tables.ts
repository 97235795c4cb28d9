/** The small tables of a profile.proto: strings, mappings, functions, locations. */
import { Int32Column } from './columns.ts';
import { HIGH, type IdTable, LOW } from './id-table.ts';
import type { FunctionTable, LocationTable, Mapping, ValueType } from './profile.ts';
import type { Ranges } from './survey.ts';
import { malformed, WIRE, Wire } from './wire.ts';

/** The last varint as an index into the string table. */
export function stringIndex(wire: Wire, count: number): number {
  if (wire.hi !== 0 || wire.lo >= count) {
    throw malformed(`string ${wire.signedBig()} is outside the table of ${count}`, wire.pos);
  }
  return wire.lo;
}

/** Bytes that are not UTF-8 become U+FFFD. */
export function readStrings(bytes: Uint8Array, ranges: Ranges): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = ranges.finish();
  const strings: string[] = [];
  for (let i = 0; i < at.length; i += 2) strings.push(buffer.toString('utf8', at[i], at[i + 1]));
  return strings;
}

/** One object per message: for the tables that stay small. */
export function readMessages<T>(bytes: Uint8Array, ranges: Ranges, read: (wire: Wire) => T): T[] {
  const at = ranges.finish();
  const messages: T[] = [];
  for (let i = 0; i < at.length; i += 2) messages.push(read(new Wire(bytes, at[i], at[i + 1])));
  return messages;
}

export function readValueType(wire: Wire, strings: readonly string[]): ValueType {
  let type = 0;
  let unit = 0;
  while (wire.next()) {
    if (wire.field === 1 || wire.field === 2) {
      wire.expect(WIRE.varint, 'a sample type');
      if (wire.field === 1) type = stringIndex(wire, strings.length);
      else unit = stringIndex(wire, strings.length);
    } else wire.skip();
  }
  return { type: strings[type] ?? '', unit: strings[unit] ?? '' };
}

export function readMapping(wire: Wire, strings: readonly string[]): Mapping {
  const numbers = [0n, 0n, 0n, 0n];
  const texts = [0, 0];
  const flags = [false, false, false, false];
  while (wire.next()) {
    const field = wire.field;
    if (field < 1 || field > 10) {
      wire.skip();
      continue;
    }
    wire.expect(WIRE.varint, `field ${field} of a mapping`);
    if (field <= 4) numbers[field - 1] = wire.unsignedBig();
    else if (field <= 6) texts[field - 5] = stringIndex(wire, strings.length);
    else flags[field - 7] = (wire.lo | wire.hi) !== 0;
  }
  const [id = 0n, start = 0n, limit = 0n, offset = 0n] = numbers;
  const [hasFunctions = false, hasFilenames = false, hasLineNumbers = false, hasInlineFrames = false] = flags;
  const filename = strings[texts[0] ?? 0] ?? '';
  const buildId = strings[texts[1] ?? 0] ?? '';
  return {
    id,
    start,
    limit,
    offset,
    filename,
    buildId,
    hasFunctions,
    hasFilenames,
    hasLineNumbers,
    hasInlineFrames,
  };
}

type MutableFunctions = FunctionTable & { readonly id: BigUint64Array<ArrayBuffer> };

export function readFunctions(bytes: Uint8Array, ranges: Ranges, stringCount: number): MutableFunctions {
  const at = ranges.finish();
  const count = at.length / 2;
  const id = new BigUint64Array(count);
  const halves = new Uint32Array(id.buffer);
  const name = new Int32Array(count);
  const systemName = new Int32Array(count);
  const filename = new Int32Array(count);
  const startLine = new Int32Array(count);
  const wire = new Wire(bytes);
  for (let f = 0; f < count; f++) {
    wire.pos = at[2 * f] ?? 0;
    wire.end = at[2 * f + 1] ?? 0;
    while (wire.next()) {
      const field = wire.field;
      if (field < 1 || field > 5) {
        wire.skip();
        continue;
      }
      wire.expect(WIRE.varint, `field ${field} of a function`);
      if (field === 1) {
        halves[2 * f + LOW] = wire.lo;
        halves[2 * f + HIGH] = wire.hi;
      } else if (field === 2) name[f] = stringIndex(wire, stringCount);
      else if (field === 3) systemName[f] = stringIndex(wire, stringCount);
      else if (field === 4) filename[f] = stringIndex(wire, stringCount);
      else startLine[f] = wire.int32();
    }
  }
  return { count, id, name, systemName, filename, startLine };
}

type MutableLocations = LocationTable & { readonly id: BigUint64Array<ArrayBuffer> };

export function readLocations(
  bytes: Uint8Array,
  ranges: Ranges,
  mappings: IdTable,
  functions: IdTable,
): MutableLocations {
  const at = ranges.finish();
  const count = at.length / 2;
  const id = new BigUint64Array(count);
  const address = new BigUint64Array(count);
  const idHalves = new Uint32Array(id.buffer);
  const addressHalves = new Uint32Array(address.buffer);
  const mapping = new Int32Array(count).fill(-1);
  const isFolded = new Uint8Array(count);
  const lineOffsets = new Uint32Array(count + 1);
  const lineFunction = new Int32Column(count + 1);
  const lineNumber = new Int32Column(count + 1);
  const lineColumn = new Int32Column(count + 1);
  const wire = new Wire(bytes);
  const line = new Wire(bytes);
  for (let l = 0; l < count; l++) {
    wire.pos = at[2 * l] ?? 0;
    wire.end = at[2 * l + 1] ?? 0;
    while (wire.next()) {
      const field = wire.field;
      if (field < 1 || field > 5) {
        wire.skip();
        continue;
      }
      if (field === 4) {
        wire.expect(WIRE.bytes, 'a line of a location');
        line.pos = wire.pos;
        line.end = wire.pos + wire.lo;
        readLine(line, functions, lineFunction, lineNumber, lineColumn);
        wire.pos = line.end;
        continue;
      }
      wire.expect(WIRE.varint, `field ${field} of a location`);
      if (field === 1) {
        idHalves[2 * l + LOW] = wire.lo;
        idHalves[2 * l + HIGH] = wire.hi;
      } else if (field === 2) mapping[l] = mappings.find(wire.lo, wire.hi);
      else if (field === 3) {
        addressHalves[2 * l + LOW] = wire.lo;
        addressHalves[2 * l + HIGH] = wire.hi;
      } else isFolded[l] = (wire.lo | wire.hi) !== 0 ? 1 : 0;
    }
    lineOffsets[l + 1] = lineFunction.length;
  }
  return {
    count,
    id,
    mapping,
    address,
    isFolded,
    lineOffsets,
    lineFunction: lineFunction.finish(),
    lineNumber: lineNumber.finish(),
    lineColumn: lineColumn.finish(),
  };
}

function readLine(wire: Wire, functions: IdTable, fn: Int32Column, number: Int32Column, column: Int32Column): void {
  const start = wire.pos;
  let index = -1;
  let lineNumber = 0;
  let lineColumn = 0;
  while (wire.next()) {
    if (wire.field < 1 || wire.field > 3) {
      wire.skip();
      continue;
    }
    wire.expect(WIRE.varint, 'a line of a location');
    if (wire.field === 1) index = functions.find(wire.lo, wire.hi);
    else if (wire.field === 2) lineNumber = wire.int32();
    else lineColumn = wire.int32();
  }
  if (index < 0) throw malformed('a line of a location names no known function', start);
  fn.push(index);
  number.push(lineNumber);
  column.push(lineColumn);
}
