/**
 * The debug=1 texts of net/http/pprof: heap and allocs, goroutine and threadcreate (counts), mutex and block
 * (contention). Sources of the formats: Go src/runtime/pprof/pprof.go (writer), google/pprof
 * profile/legacy_profile.go (the reader whose numbers we reproduce).
 *
 * A record is a line of numbers with return addresses, then comment lines with the symbols of those addresses.
 * google/pprof drops the comments; we keep them as functions and lines (legacy-stacks.ts).
 */
import { EvidenceError } from '../error.ts';
import { type LabelInput, ProfileBuilder, type ProfileHeader } from './builder.ts';
import { readContentionHeader } from './legacy-contention.ts';
import { LegacyStacks } from './legacy-stacks.ts';
import { TextLines } from './lines.ts';
import type { Profile } from './profile.ts';

const HEAP_HEADER = /^heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\] *@ *(heap[_a-z0-9]*)\/?(\d*)/;
const HEAP_SAMPLE = /^(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *\] @([ x0-9a-f]*)$/;
const COUNT_HEADER = /^(\S+) profile: total \d+$/;
const COUNT_SAMPLE = /^(\d+) @((?: 0x[0-9a-f]+)*)$/;
const CONTENTION_HEADER = /^--- (mutex|contention):/;
const CONTENTION_SAMPLE = /^(\d+) +(\d+) @([ x0-9a-f]*)$/;
const MEMORY_MAP = /--- Memory map: ---|MAPPED_LIBRARIES:/;

/** Frames that google/pprof drops from a legacy heap profile on load; of its list those that Go programs can have. */
const HEAP_DROP = 'runtime\\..*|malloc|calloc|realloc|(__)?posix_memalign|operator new(\\[\\])?';
const HEAP_KEEP = 'runtime\\.panic|runtime\\.reflectcall|runtime\\.call[0-9]*';

export function isLegacy(bytes: Uint8Array): boolean {
  const header = firstLine(new TextLines(bytes.subarray(0, 4096)));
  return HEAP_HEADER.test(header) || COUNT_HEADER.test(header) || CONTENTION_HEADER.test(header);
}

/** The header: the first line that is neither empty nor a comment. */
function firstLine(lines: TextLines): string {
  while (lines.next()) {
    if (lines.text !== '' && !lines.text.startsWith('#')) return lines.text;
  }
  return '';
}

/** What differs between the kinds: how a record's numbers become values. */
interface Kind {
  readonly header: ProfileHeader;
  readonly sample: RegExp;
  /** Which group of `sample` has the addresses. */
  readonly addresses: number;
  readonly values: (groups: RegExpMatchArray, offset: number) => { values: number[]; labels: LabelInput[] };
}

/** @throws EvidenceError with the offset of the line that makes no sense */
export function readLegacy(bytes: Uint8Array): Profile {
  const lines = new TextLines(bytes);
  const first = firstLine(lines);
  const kind = heapKind(first) ?? countKind(first) ?? contentionKind(first, lines);
  if (kind === null) throw new EvidenceError('pprof text', 'the header is of no known kind of profile', 0);
  const builder = new ProfileBuilder(kind.header);
  const stacks = new LegacyStacks(builder);
  while (lines.next()) {
    const line = lines.text;
    if (line === '') continue;
    if (line.startsWith('#')) {
      stacks.comment(line);
      continue;
    }
    if (MEMORY_MAP.test(line) || (line.startsWith('---') && kind.sample !== HEAP_SAMPLE)) break;
    const groups = kind.sample.exec(line);
    if (groups === null) {
      throw new EvidenceError('pprof text', `\`${line.slice(0, 60)}\` is not a record of such a profile`, lines.offset);
    }
    stacks.record(groups[kind.addresses] ?? '', kind.values(groups, lines.offset));
  }
  stacks.finish();
  return builder.finish();
}

function heapKind(line: string): Kind | null {
  const header = HEAP_HEADER.exec(line);
  if (header === null) return null;
  const [, objects, space, allocObjects, allocSpace, name, rateText] = header;
  // Go writes twice its rate behind `heap/`, for the sake of an old Perl script.
  const rate = name === 'heap' ? Math.trunc(Number(rateText) / 2) : name === 'heapprofile' ? 1 : Number(rateText);
  const scaled = name !== 'heapprofile';
  const hasAlloc = (allocObjects !== objects && allocObjects !== '0') || (allocSpace !== space && allocSpace !== '0');
  const sampleTypes = hasAlloc
    ? [
        { type: 'alloc_objects', unit: 'count' },
        { type: 'alloc_space', unit: 'bytes' },
        { type: 'inuse_objects', unit: 'count' },
        { type: 'inuse_space', unit: 'bytes' },
      ]
    : [
        { type: 'objects', unit: 'count' },
        { type: 'space', unit: 'bytes' },
      ];
  const periodType = { type: 'space', unit: 'bytes' };
  return {
    header: { sampleTypes, periodType, period: rate, dropFrames: HEAP_DROP, keepFrames: HEAP_KEEP },
    sample: HEAP_SAMPLE,
    addresses: 5,
    values: ([, ...numbers], offset) => {
      const [inuseCount = 0, inuseSize = 0, allocCount = 0, allocSize = 0] = numbers.slice(0, 4).map(Number);
      if ((inuseCount === 0 && inuseSize !== 0) || (hasAlloc && allocCount === 0 && allocSize !== 0)) {
        throw new EvidenceError('pprof text', 'a record has bytes but no objects', offset);
      }
      const inuse = scaled ? unsample(inuseCount, inuseSize, rate) : [inuseCount, inuseSize];
      const alloc = scaled ? unsample(allocCount, allocSize, rate) : [allocCount, allocSize];
      // The size class: of the objects in use, or of all ever allocated where none is left.
      const [count, size] = inuseCount !== 0 || !hasAlloc ? [inuseCount, inuseSize] : [allocCount, allocSize];
      const labels = [{ key: 'bytes', num: count === 0 ? 0 : Math.trunc(size / count) }];
      return { values: hasAlloc ? [...alloc, ...inuse] : inuse, labels };
    },
  };
}

/**
 * Sampled → estimated: an object of `size / count` bytes is in the profile with probability 1 − exp(−size/count/rate).
 * Source: google/pprof, scaleHeapSample. Rate ≤ 1: everything was recorded.
 */
function unsample(count: number, size: number, rate: number): number[] {
  if (count === 0 || size === 0) return [0, 0];
  if (rate <= 1) return [count, size];
  const scale = 1 / (1 - Math.exp(-(size / count) / rate));
  return [Math.trunc(count * scale), Math.trunc(size * scale)];
}

function countKind(line: string): Kind | null {
  const header = COUNT_HEADER.exec(line);
  if (header === null) return null;
  const type = { type: header[1] ?? '', unit: 'count' };
  return {
    header: { sampleTypes: [type], periodType: type, period: 1 },
    sample: COUNT_SAMPLE,
    addresses: 2,
    values: ([, count]) => ({ values: [Number(count)], labels: [] }),
  };
}

function contentionKind(line: string, lines: TextLines): Kind | null {
  if (!CONTENTION_HEADER.test(line)) return null;
  const { period, cyclesPerSecond } = readContentionHeader(lines);
  return {
    header: {
      sampleTypes: [
        { type: 'contentions', unit: 'count' },
        { type: 'delay', unit: 'nanoseconds' },
      ],
      periodType: { type: 'contentions', unit: 'count' },
      period,
    },
    sample: CONTENTION_SAMPLE,
    addresses: 3,
    values: ([, cycles, count]) => {
      const nanos =
        cyclesPerSecond > 0 ? Math.trunc((Number(cycles) * period) / (cyclesPerSecond / 1e9)) : Number(cycles);
      return { values: [Number(count) * period, nanos], labels: [] };
    },
  };
}
