/** Columns → profile.proto. What was read comes out again exactly: the same tables, ids, order and strings. */
import { gzipSync } from 'node:zlib';
import { ByteWriter } from './byte-writer.ts';
import type { Mapping, Profile, ValueType } from './profile.ts';

/** A gzipped profile.proto, as `go tool pprof` and every other reader takes it. */
export function writeProfile(profile: Profile): Uint8Array {
  return gzipSync(encodeProfile(profile));
}

/** An uncompressed profile.proto. */
export function encodeProfile(profile: Profile): Uint8Array {
  const out = new ByteWriter();
  const message = new ByteWriter();
  const put = (field: number): void => {
    out.field(field, message.view());
    message.reset();
  };
  const strings = new StringTable(profile.strings);
  for (const sampleType of profile.sampleTypes) {
    writeValueType(message, sampleType, strings);
    put(1);
  }
  writeSamples(out, profile);
  for (const mapping of profile.mappings) {
    writeMapping(message, mapping, strings);
    put(3);
  }
  writeLocations(out, profile);
  writeFunctions(out, profile);
  const scalars = new ByteWriter();
  scalars.number(7, strings.index(profile.dropFrames));
  scalars.number(8, strings.index(profile.keepFrames));
  scalars.big(9, profile.timeNanos);
  scalars.big(10, profile.durationNanos);
  if (profile.periodType !== null) {
    writeValueType(message, profile.periodType, strings);
    scalars.field(11, message.view());
    message.reset();
  }
  scalars.number(12, profile.period);
  for (const comment of profile.comments) message.varint(strings.index(comment));
  if (message.length > 0) scalars.field(13, message.view());
  scalars.number(14, strings.index(profile.defaultSampleType));
  scalars.number(15, strings.index(profile.docUrl));
  const utf8 = new TextEncoder();
  for (const text of strings.all) out.field(6, utf8.encode(text));
  out.append(scalars.view());
  return out.view().slice();
}

/** The profile's own table, with what the header adds at its end. */
class StringTable {
  readonly all: string[];
  private readonly indices = new Map<string, number>();

  constructor(strings: readonly string[]) {
    this.all = strings.length === 0 ? [''] : [...strings];
    for (let i = this.all.length - 1; i >= 0; i--) this.indices.set(this.all[i] ?? '', i);
  }

  index(text: string): number {
    const known = this.indices.get(text);
    if (known !== undefined) return known;
    const index = this.all.push(text) - 1;
    this.indices.set(text, index);
    return index;
  }
}

function writeValueType(message: ByteWriter, { type, unit }: ValueType, strings: StringTable): void {
  message.number(1, strings.index(type));
  message.number(2, strings.index(unit));
}

function writeMapping(message: ByteWriter, mapping: Mapping, strings: StringTable): void {
  message.big(1, mapping.id);
  message.big(2, mapping.start);
  message.big(3, mapping.limit);
  message.big(4, mapping.offset);
  message.number(5, strings.index(mapping.filename));
  message.number(6, strings.index(mapping.buildId));
  message.number(7, Number(mapping.hasFunctions));
  message.number(8, Number(mapping.hasFilenames));
  message.number(9, Number(mapping.hasLineNumbers));
  message.number(10, Number(mapping.hasInlineFrames));
}

function writeSamples(out: ByteWriter, profile: Profile): void {
  const { count, values, exact, stackOffsets, stackLocations, labelOffsets } = profile.samples;
  const { labels, locations } = profile;
  const sample = new ByteWriter();
  const inner = new ByteWriter();
  for (let s = 0; s < count; s++) {
    const stackEnd = stackOffsets[s + 1] ?? 0;
    for (let i = stackOffsets[s] ?? 0; i < stackEnd; i++) inner.varintBig(locations.id[stackLocations[i] ?? 0] ?? 0n);
    if (inner.length > 0) sample.field(1, inner.view());
    inner.reset();
    for (let t = 0; t < values.length; t++) {
      const big = exact.size === 0 ? undefined : exact.get(t * count + s);
      if (big === undefined) inner.varint(values[t]?.[s] ?? 0);
      else inner.varintBig(big);
    }
    if (inner.length > 0) sample.field(2, inner.view());
    const labelEnd = labelOffsets[s + 1] ?? 0;
    for (let l = labelOffsets[s] ?? 0; l < labelEnd; l++) {
      inner.reset();
      inner.number(1, labels.key[l] ?? 0);
      inner.number(2, labels.str[l] ?? 0);
      const big = labels.exact.get(l);
      if (big === undefined) inner.number(3, labels.num[l] ?? 0);
      else inner.big(3, big);
      inner.number(4, labels.numUnit[l] ?? 0);
      sample.field(3, inner.view());
    }
    inner.reset();
    out.field(2, sample.view());
    sample.reset();
  }
}

function writeLocations(out: ByteWriter, { locations, functions, mappings }: Profile): void {
  const { count, id, mapping, address, isFolded, lineOffsets, lineFunction, lineNumber, lineColumn } = locations;
  const message = new ByteWriter();
  const line = new ByteWriter();
  for (let l = 0; l < count; l++) {
    message.big(1, id[l] ?? 0n);
    message.big(2, mappings[mapping[l] ?? -1]?.id ?? 0n);
    message.big(3, address[l] ?? 0n);
    const end = lineOffsets[l + 1] ?? 0;
    for (let n = lineOffsets[l] ?? 0; n < end; n++) {
      line.reset();
      line.big(1, functions.id[lineFunction[n] ?? -1] ?? 0n);
      line.number(2, lineNumber[n] ?? 0);
      line.number(3, lineColumn[n] ?? 0);
      message.field(4, line.view());
    }
    message.number(5, isFolded[l] ?? 0);
    out.field(4, message.view());
    message.reset();
  }
}

function writeFunctions(out: ByteWriter, { functions }: Profile): void {
  const message = new ByteWriter();
  for (let f = 0; f < functions.count; f++) {
    message.big(1, functions.id[f] ?? 0n);
    message.number(2, functions.name[f] ?? 0);
    message.number(3, functions.systemName[f] ?? 0);
    message.number(4, functions.filename[f] ?? 0);
    message.number(5, functions.startLine[f] ?? 0);
    out.field(5, message.view());
    message.reset();
  }
}
