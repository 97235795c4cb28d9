/**
 * profile.proto → columns, straight from the bytes and without a protobuf library.
 * Field numbers: https://github.com/google/pprof/blob/main/proto/profile.proto
 *
 * Fields may come in any order (Go writes locations between samples and strings last), so the buffer is walked more
 * than once: `survey` counts and notes where the messages of each kind are, then the small tables are read
 * (decode-tables.ts), then the samples (decode-samples.ts), whose location ids can then be resolved at once.
 *
 * What is rejected is what google/pprof's CheckValid rejects: unknown location or function ids, ids that are 0 or
 * double, samples whose number of values is not the number of sample types, strings outside the table.
 */

import { readSamples } from './decode-samples.ts';
import {
  readFunctions,
  readLocations,
  readMapping,
  readMessages,
  readStrings,
  readValueType,
  stringIndex,
} from './decode-tables.ts';
import { IdTable } from './id-table.ts';
import type { LocationTable, Profile, SampleTable, ValueType } from './profile.ts';
import { newSurvey, type Survey } from './survey.ts';
import { malformed, WIRE, Wire } from './wire.ts';

/** Fields of the Profile message that are not tables; strings still as indices. */
interface Header {
  dropFrames: number;
  keepFrames: number;
  timeNanos: bigint;
  durationNanos: bigint;
  periodType: ValueType | null;
  period: number;
  comments: number[];
  defaultSampleType: number;
  docUrl: number;
}

/**
 * @param bytes an uncompressed profile.proto, below 2 GiB
 * @throws EvidenceError with the offset where the bytes stop making sense
 *
 * Memory: at most 16 bytes per input byte, beside one JavaScript string per entry of the string table.
 */
export function decodeProfile(bytes: Uint8Array): Profile {
  const survey = surveyProfile(bytes);
  const strings = readStrings(bytes, survey.strings);
  if (strings.length === 0) throw malformed('it has no string table', bytes.length);
  if (strings[0] !== '') throw malformed('its first string is not empty', -1);
  const header = readHeader(bytes, strings);
  const text = (index: number): string => strings[index] ?? '';
  const sampleTypes = readMessages(bytes, survey.sampleTypes, (wire) => readValueType(wire, strings));
  if (sampleTypes.length === 0 && survey.samples > 0) throw malformed('it has samples but no sample type', -1);
  // Every value takes a byte, so this bounds what the value columns allocate.
  if (sampleTypes.length * survey.samples > bytes.length) {
    throw malformed(`its ${survey.samples} samples cannot hold ${sampleTypes.length} values each`, -1);
  }
  const mappings = readMessages(bytes, survey.mappings, (wire) => readMapping(wire, strings));
  const functions = readFunctions(bytes, survey.functions, strings.length);
  const mappingIds = new IdTable(
    BigUint64Array.from(mappings, (mapping) => mapping.id),
    'mapping',
  );
  const locations = readLocations(bytes, survey.locations, mappingIds, new IdTable(functions.id, 'function'));
  const locationIds = new IdTable(locations.id, 'location');
  const { samples, labels } = readSamples(bytes, survey, sampleTypes.length, locationIds, strings.length);
  limitFrames(locations, samples);
  return {
    sampleTypes,
    defaultSampleType: text(header.defaultSampleType),
    samples,
    labels,
    locations,
    functions,
    mappings,
    strings,
    periodType: header.periodType,
    period: header.period,
    timeNanos: header.timeNanos,
    durationNanos: header.durationNanos,
    comments: header.comments.map(text),
    dropFrames: text(header.dropFrames),
    keepFrames: text(header.keepFrames),
    docUrl: text(header.docUrl),
  };
}

/** Inlined calls multiply: a location with a million of them, in a million samples, is a few MB of file. */
const MAX_FRAMES = 2 ** 28;
/** Inlining that deep is rare; below it, the frames are a small multiple of the stack entries. */
const USUAL_LINES = 16;

function limitFrames({ count, lineOffsets }: LocationTable, { stackLocations }: SampleTable): void {
  let most = 0;
  for (let l = 0; l < count; l++) most = Math.max(most, (lineOffsets[l + 1] ?? 0) - (lineOffsets[l] ?? 0));
  if (most <= USUAL_LINES) return;
  let frames = 0;
  for (let i = 0; i < stackLocations.length; i++) {
    const l = stackLocations[i] ?? 0;
    frames += (lineOffsets[l + 1] ?? 0) - (lineOffsets[l] ?? 0);
  }
  if (frames > MAX_FRAMES) throw malformed(`its inlined calls make ${frames} frames, more than any program has`, -1);
}

function surveyProfile(bytes: Uint8Array): Survey {
  const survey = newSurvey();
  const { sampleTypes, mappings, locations, functions, strings } = survey;
  const tables = [undefined, sampleTypes, undefined, mappings, locations, functions, strings];
  const wire = new Wire(bytes);
  while (wire.next()) {
    const field = wire.field;
    if (field < 1 || field > 6) {
      wire.skip();
      continue;
    }
    wire.expect(WIRE.bytes, `field ${field} of the profile`);
    const start = wire.pos;
    const stop = start + wire.lo;
    if (field === 2) {
      survey.samples++;
      survey.sampleBytes += wire.lo;
    } else {
      const ranges = tables[field];
      ranges?.push(start);
      ranges?.push(stop);
    }
    wire.pos = stop;
  }
  return survey;
}

function readHeader(bytes: Uint8Array, strings: readonly string[]): Header {
  const header: Header = {
    dropFrames: 0,
    keepFrames: 0,
    timeNanos: 0n,
    durationNanos: 0n,
    periodType: null,
    period: 0,
    comments: [],
    defaultSampleType: 0,
    docUrl: 0,
  };
  const wire = new Wire(bytes);
  while (wire.next()) {
    const field = wire.field;
    if (field < 7 || field > 15) {
      wire.skip();
      continue;
    }
    if (field === 11) {
      wire.expect(WIRE.bytes, 'the period type');
      const stop = wire.pos + wire.lo;
      header.periodType = readValueType(new Wire(bytes, wire.pos, stop), strings);
      wire.pos = stop;
      continue;
    }
    if (field === 13 && wire.type === WIRE.bytes) {
      const packed = new Wire(bytes, wire.pos, wire.pos + wire.lo);
      while (packed.pos < packed.end) {
        packed.varint();
        header.comments.push(stringIndex(packed, strings.length));
      }
      wire.pos = packed.end;
      continue;
    }
    wire.expect(WIRE.varint, `field ${field} of the profile`);
    if (field === 7) header.dropFrames = stringIndex(wire, strings.length);
    else if (field === 8) header.keepFrames = stringIndex(wire, strings.length);
    else if (field === 9) {
      if (header.timeNanos !== 0n) throw malformed('two profiles are concatenated; merge them instead', wire.pos);
      header.timeNanos = wire.signedBig();
    } else if (field === 10) header.durationNanos = wire.signedBig();
    else if (field === 12) header.period = wire.signed();
    else if (field === 13) header.comments.push(stringIndex(wire, strings.length));
    else if (field === 14) header.defaultSampleType = stringIndex(wire, strings.length);
    else if (field === 15) header.docUrl = stringIndex(wire, strings.length);
  }
  return header;
}
