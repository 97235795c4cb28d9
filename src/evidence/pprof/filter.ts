/**
 * focus, ignore, hide, show: the rules of go tool pprof (Profile.FilterSamplesByName). An expression is tried on the
 * function name, the file name and the binary of every location.
 */
import type { LocationIndex, Profile } from './profile.ts';
import type { Matcher } from './regex.ts';
import { keepLines, newSelection, reshape, select } from './reshape.ts';

export interface NameFilter {
  /** Keep only samples with a frame that matches. */
  readonly focus?: Matcher;
  /** Drop samples with a frame that matches. */
  readonly ignore?: Matcher;
  /** Leave out frames that match; their weight goes to the caller. */
  readonly hide?: Matcher;
  /** Leave out frames that do not match. */
  readonly show?: Matcher;
}

/** Asks each expression once per string. */
class Remembering implements Matcher {
  private readonly known = new Map<string, boolean>();
  private readonly matcher: Matcher;

  constructor(matcher: Matcher) {
    this.matcher = matcher;
  }

  test(text: string): boolean {
    let answer = this.known.get(text);
    if (answer === undefined) {
      answer = this.matcher.test(text);
      this.known.set(text, answer);
    }
    return answer;
  }
}

export function filterByName(profile: Profile, filter: NameFilter): Profile {
  const remember = (matcher: Matcher | undefined): Matcher | null => (matcher ? new Remembering(matcher) : null);
  const focus = remember(filter.focus);
  const ignore = remember(filter.ignore);
  const hide = remember(filter.hide);
  const show = remember(filter.show);
  if (!focus && !ignore && !hide && !show) return profile;
  const { functions, locations, mappings, samples, strings } = profile;
  const { lineOffsets, lineFunction } = locations;
  const lineMatches = (n: number, matcher: Matcher): boolean => {
    const f = lineFunction[n] ?? -1;
    if (f < 0) return false;
    return (
      matcher.test(strings[functions.name[f] ?? 0] ?? '') || matcher.test(strings[functions.filename[f] ?? 0] ?? '')
    );
  };
  const mappingMatches = (l: LocationIndex, matcher: Matcher): boolean => {
    const mapping = mappings[locations.mapping[l] ?? -1];
    return mapping !== undefined && matcher.test(mapping.filename);
  };
  const matches = (l: LocationIndex, matcher: Matcher): boolean => {
    const end = lineOffsets[l + 1] ?? 0;
    for (let n = lineOffsets[l] ?? 0; n < end; n++) if (lineMatches(n, matcher)) return true;
    return mappingMatches(l, matcher);
  };

  const FOCUSED = 1;
  const IGNORED = 2;
  const state = new Uint8Array(locations.count);
  const hidden = new Uint8Array(locations.count);
  const lines = new Uint8Array(lineFunction.length).fill(1);
  for (let l = 0; l < locations.count; l++) {
    if (ignore && matches(l, ignore)) state[l] = IGNORED;
    else if (!focus || matches(l, focus)) state[l] = FOCUSED;
    const start = lineOffsets[l] ?? 0;
    const end = lineOffsets[l + 1] ?? 0;
    if (hide && matches(l, hide)) {
      const all = mappingMatches(l, hide);
      for (let n = start; n < end; n++) if (all || lineMatches(n, hide)) lines[n] = 0;
      if (!lines.subarray(start, end).includes(1)) hidden[l] = 1;
    }
    if (show) {
      const all = mappingMatches(l, show);
      for (let n = start; n < end; n++) if (!all && !lineMatches(n, show)) lines[n] = 0;
      if (!lines.subarray(start, end).includes(1)) hidden[l] = 1;
    }
  }

  const hiding = hidden.includes(1);
  const selection = newSelection(profile);
  for (let s = 0; s < samples.count; s++) {
    const start = samples.stackOffsets[s] ?? 0;
    const end = samples.stackOffsets[s + 1] ?? 0;
    let focused = false;
    let ignored = false;
    let visible = !hiding;
    for (let i = start; i < end && !ignored; i++) {
      const l = samples.stackLocations[i] ?? 0;
      if (state[l] === IGNORED) ignored = true;
      else if (state[l] === FOCUSED) focused = true;
      if (hidden[l] === 0) visible = true;
    }
    if (focused && !ignored && visible) select(selection, s, start, end);
  }
  return reshape(profile, selection, hiding ? hidden : null, keepLines(locations, lines));
}

export interface TagFilter {
  /** Keep only samples with a label that matches. */
  readonly focus?: Matcher;
  readonly ignore?: Matcher;
}

/** Labels as `key:value`; a number label is tried as `key:12unit`. */
export function filterByTag(profile: Profile, { focus, ignore }: TagFilter): Profile {
  if (!focus && !ignore) return profile;
  const { samples, labels, strings } = profile;
  const texts = Array.from(labels.key, (key, l) => {
    const str = labels.str[l] ?? 0;
    const unit = strings[labels.numUnit[l] ?? 0] ?? '';
    return `${strings[key] ?? ''}:${str !== 0 ? strings[str] : `${labels.exact.get(l) ?? labels.num[l]}${unit}`}`;
  });
  const selection = newSelection(profile);
  for (let s = 0; s < samples.count; s++) {
    const own = texts.slice(samples.labelOffsets[s], samples.labelOffsets[s + 1]);
    if (focus && !own.some((text) => focus.test(text))) continue;
    if (ignore && own.some((text) => ignore.test(text))) continue;
    select(selection, s, samples.stackOffsets[s] ?? 0, samples.stackOffsets[s + 1] ?? 0);
  }
  return reshape(profile, selection);
}
