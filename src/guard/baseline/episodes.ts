/**
 * Many syscalls leave their bands at once when a container does one thing more often: whoever opens four times as many connections
 * also binds, polls and closes four times as many. That is one episode, told by the few calls that say what it is. Pure.
 */
import { rankOf } from './kinds.ts';
import type { Deviation } from './model.ts';

/** Deviations of rates of one instance that begin together and overlap. */
export interface Episode {
  /** Gravest family first, and within it what begins something. */
  readonly deviations: readonly Deviation[];
  readonly from: number;
  readonly to: number;
  /** Of the deviation that has most. */
  readonly windows: number;
  /** Of the gravest syscall. */
  readonly family: string;
}

/** What begins so many windows after an episode did is another story, though that one goes on. */
const TOGETHER = 5;

/** In order of time. Syscalls that were never seen before are left out: each of these is a story of its own. */
export function episodesOf(deviations: readonly Deviation[]): Episode[] {
  const drafts: { instance: string; from: number; to: number; windowMs: number; deviations: Deviation[] }[] = [];
  const open = new Map<string, (typeof drafts)[number]>();
  for (const one of [...deviations].sort((a, b) => a.from - b.from)) {
    if (isNever(one)) continue;
    const windowMs = (one.to - one.from) / one.windows;
    const draft = open.get(one.instance);
    if (draft !== undefined && one.from < draft.to && one.from - draft.from <= TOGETHER * draft.windowMs) {
      draft.deviations.push(one);
      draft.to = Math.max(draft.to, one.to);
      continue;
    }
    const made = { instance: one.instance, from: one.from, to: one.to, windowMs, deviations: [one] };
    drafts.push(made);
    open.set(one.instance, made);
  }
  return drafts.map(({ deviations: own, from, to }) => {
    const sorted = own.sort((a, b) => rankOf(a.syscall).order - rankOf(b.syscall).order || excessOf(b) - excessOf(a));
    return {
      deviations: sorted,
      from,
      to,
      windows: Math.max(...sorted.map(({ windows }) => windows)),
      family: rankOf(sorted[0]?.syscall ?? '').family,
    };
  });
}

/**
 * What lasts beyond `since`, with all that its episode began with: a story does not become another when a part of it is over.
 * In the order given.
 */
export function lasting(deviations: readonly Deviation[], since: number): Deviation[] {
  const kept = new Set(deviations.filter(({ to }) => to > since));
  for (const { deviations: own, to } of episodesOf(deviations)) if (to > since) for (const one of own) kept.add(one);
  return deviations.filter((one) => kept.has(one));
}

/**
 * One syscall of each family: the first that begins something, unless another of the family rose twice as far. First those that
 * rose about as far as any, gravest first: what is opened tells more than what is closed after it; then the others, strongest first.
 */
export function tellingOf({ deviations }: Episode): Deviation[] {
  const told = [...Map.groupBy(deviations, ({ syscall }) => rankOf(syscall).family).values()].map(firstOfStrong);
  const strong = Math.max(...told.map(excessOf)) / 2;
  return told
    .sort((a, b) => excessOf(b) - excessOf(a))
    .sort((a, b) => {
      const [first, second] = [excessOf(a) >= strong, excessOf(b) >= strong];
      if (first && second) return rankOf(a.syscall).order - rankOf(b.syscall).order;
      return Number(second) - Number(first);
    });
}

function firstOfStrong(own: readonly Deviation[]): Deviation {
  const strongest = own.reduce((a, b) => (excessOf(b) > excessOf(a) ? b : a));
  return own.find((one) => 2 * excessOf(one) >= excessOf(strongest)) ?? strongest;
}

/** How far beyond its limit the worst window was. */
export function excessOf({ rate, limit }: Deviation): number {
  return limit > 0 ? rate / limit : rate;
}

export function isNever({ kind }: Deviation): boolean {
  return kind === 'never-seen' || kind === 'parent-never-seen';
}
