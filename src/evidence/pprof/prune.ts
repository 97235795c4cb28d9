/**
 * Frames that a profile itself calls uninteresting (drop_frames, keep_frames): go tool pprof drops them, and what they
 * call, when it loads a profile; for a legacy heap profile that is the allocator.
 */
import type { Profile } from './profile.ts';
import { compileRegex, type Matcher } from './regex.ts';
import { keepLines, newSelection, reshape, select } from './reshape.ts';

/** A second or two. Real expressions take a hundred steps per function name. */
const MAX_STEPS = 40_000_000;

/**
 * Prunes by the profile's own expressions; unchanged without them, where Go could not compile them either (go tool
 * pprof ignores that error, too), or where a hostile one takes too long.
 */
export function pruneUninteresting(profile: Profile): Profile {
  if (profile.dropFrames === '') return profile;
  try {
    const drop = compileRegex(`^(${profile.dropFrames})$`, MAX_STEPS);
    const keep = profile.keepFrames === '' ? null : compileRegex(`^(${profile.keepFrames})$`, MAX_STEPS);
    return prune(profile, drop, keep);
  } catch (error) {
    if (error instanceof SyntaxError) return profile;
    throw error;
  }
}

/** Removes frames that match `drop` and not `keep`, and everything below them, unless nothing but such frames is above. */
export function prune(profile: Profile, drop: Matcher, keep: Matcher | null): Profile {
  const { functions, locations, samples, strings } = profile;
  const verdicts = new Map<number, boolean>();
  const dropped = (f: number): boolean => {
    const name = functions.name[f] ?? 0;
    if (name === 0) return false;
    let verdict = verdicts.get(name);
    if (verdict === undefined) {
      const simple = withoutArguments(strings[name] ?? '');
      verdict = drop.test(simple) && !(keep?.test(simple) ?? false);
      verdicts.set(name, verdict);
    }
    return verdict;
  };
  const { lineOffsets, lineFunction } = locations;
  /** 1: drop below this location, 2: drop this location as well. */
  const cut = new Uint8Array(locations.count);
  const lines = new Uint8Array(lineFunction.length).fill(1);
  let any = false;
  for (let l = 0; l < locations.count; l++) {
    const start = lineOffsets[l] ?? 0;
    const end = lineOffsets[l + 1] ?? 0;
    for (let n = end - 1; n >= start; n--) {
      if (!dropped(lineFunction[n] ?? -1)) continue;
      any = true;
      // The outermost call matches: the location goes whole. Else the calls inlined into it go.
      cut[l] = n === end - 1 ? 2 : 1;
      if (n < end - 1) lines.fill(0, start, n + 1);
      break;
    }
  }
  if (!any) return profile;
  const selection = newSelection(profile);
  for (let s = 0; s < samples.count; s++) {
    const end = samples.stackOffsets[s + 1] ?? 0;
    let start = samples.stackOffsets[s] ?? 0;
    let foundUser = false;
    for (let i = end - 1; i >= start; i--) {
      const how = cut[samples.stackLocations[i] ?? 0] ?? 0;
      if (how === 0) foundUser = true;
      else if (foundUser) {
        start = how === 2 ? i + 1 : i;
        break;
      }
    }
    select(selection, s, start, end);
  }
  return reshape(profile, selection, null, keepLines(locations, lines));
}

/** C++ argument lists off, names like `operator()` and `(anonymous namespace)` kept; a leading dot (PPC) off. */
function withoutArguments(name: string): string {
  const text = name.startsWith('.') ? name.slice(1) : name;
  for (const match of text.matchAll(/\(anonymous namespace\)|operator\(\)|\(/g)) {
    if (match[0] === '(') return text.slice(0, match.index);
  }
  return text;
}
