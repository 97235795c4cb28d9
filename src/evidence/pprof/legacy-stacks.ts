/**
 * Addresses of the debug=1 texts → locations with functions.
 *
 * An address is a return address; the call is the byte before it, which is what google/pprof stores as the location
 * and what the runtime prints in the comment lines (`#\t0x46d0e5\tmain.f+0x25\t/dir/file.go:12`), so the two match
 * exactly. Inlined calls have an address of their own, or several comments for one address, innermost first.
 *
 * The runtime leaves out the comments of its own frames at the leaf (unless there is nothing else) and of
 * runtime.goexit. Its debug=0 writer leaves the same frames out of heap profiles altogether; so do we, since an
 * address without a name serves nobody. A stack without any comment keeps all its addresses.
 */
import type { LabelInput, LineInput, ProfileBuilder } from './builder.ts';
import type { LocationIndex } from './profile.ts';

/** How far behind the last named address the next one may be: Go's stacks have at most 128 entries. */
const MAX_SKIPPED = 256;
/** Calls inlined into one address; more is no program. */
const MAX_INLINED = 256;

interface Place {
  /** Of the call, i.e. return address − 1. */
  readonly address: bigint;
  readonly pc: string;
  readonly lines: LineInput[];
  location: LocationIndex;
}

interface PendingRecord {
  readonly places: readonly Place[];
  readonly values: readonly number[];
  readonly labels: LabelInput[];
  /** Which places a comment has named. */
  readonly named: Uint8Array;
  /** Where the search for the next comment starts. */
  next: number;
}

export class LegacyStacks {
  private readonly builder: ProfileBuilder;
  private readonly places = new Map<string, Place>();
  private readonly samples: PendingRecord[] = [];
  private current: PendingRecord | null = null;

  constructor(builder: ProfileBuilder) {
    this.builder = builder;
  }

  /** @param addresses ` 0x46d0e6 0x46d0ff …`, leaf first */
  record(addresses: string, { values, labels }: { values: number[]; labels: LabelInput[] }): void {
    const places = (addresses.match(/0x[0-9a-f]+/g) ?? []).map((text) => this.place(text));
    this.current = { places, values, labels, named: new Uint8Array(places.length), next: 0 };
    this.samples.push(this.current);
  }

  private place(text: string): Place {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    const address = BigInt.asUintN(64, BigInt(text) - 1n);
    const place = { address, pc: `0x${address.toString(16)}`, lines: [], location: -1 };
    this.places.set(text, place);
    return place;
  }

  comment(line: string): void {
    const record = this.current;
    if (record === null) return;
    const labels = /^# labels: \{(.*)\}$/.exec(line);
    if (labels !== null) {
      record.labels.push(...readLabels(labels[1] ?? ''));
      return;
    }
    const [, pc, symbol, position] = /^#\t+(0x[0-9a-f]+)\t+(.+?)\+0x[0-9a-f]+\t+(.+)$/.exec(line) ?? [];
    if (pc === undefined || symbol === undefined || position === undefined) return;
    // An inlined call may repeat the pc of the comment before it.
    const from = Math.max(0, record.next - 1);
    const to = Math.min(record.places.length, from + MAX_SKIPPED);
    for (let i = from; i < to; i++) {
      const place = record.places[i];
      if (place === undefined || place.pc !== pc) continue;
      const colon = position.lastIndexOf(':');
      const fn = this.builder.fn({ name: symbol, filename: position.slice(0, colon) });
      const entry = { fn, line: Number(position.slice(colon + 1)) || 0 };
      const room = place.lines.length < MAX_INLINED;
      if (room && !place.lines.some((known) => known.fn === entry.fn && known.line === entry.line))
        place.lines.push(entry);
      record.named[i] = 1;
      record.next = i + 1;
      return;
    }
  }

  finish(): void {
    const mapping = this.builder.mapping({
      start: 0n,
      limit: 0xffff_ffff_ffff_ffffn,
      offset: 0n,
      filename: '',
      buildId: '',
      hasFunctions: false,
      hasFilenames: false,
      hasLineNumbers: false,
      hasInlineFrames: false,
    });
    for (const { places, values, labels, named } of this.samples) {
      const first = Math.max(0, named.indexOf(1));
      const last = named.lastIndexOf(1);
      const shown = last < 0 ? places : places.slice(first, last + 1);
      const stack = shown.map((place) => {
        if (place.location < 0) place.location = this.builder.location(place.address, place.lines, mapping);
        return place.location;
      });
      this.builder.sample(stack, values, labels);
    }
  }
}

/** `"key":"value", "other":"value"`, quoted as Go's %q does. */
function readLabels(text: string): LabelInput[] {
  const labels: LabelInput[] = [];
  for (const [, key, value] of text.matchAll(/("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*")/g)) {
    labels.push({ key: unquote(key ?? ''), str: unquote(value ?? '') });
  }
  return labels;
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g, (_, x, u, U, char: string | undefined) => {
      const code = x ?? u ?? U;
      if (typeof code === 'string') return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10_ffff));
      return ESCAPES[char ?? ''] ?? char ?? '';
    });
}
