/**
 * Findings out of deviations: one per container (or executable) and what its bursts are of, however many syscalls, windows and
 * instances deviate; and one per syscall that was never seen before.
 */
import { printable } from '../../findings/layout.ts';
import type { EvidenceItem, Finding, Severity, Verdict } from '../../findings/model.ts';
import { formatCount, formatDuration } from '../../findings/units.ts';
import { guardFinding } from '../finding.ts';
import { LEAST_CHANCE } from './band.ts';
import { WEEK_MS } from './check.ts';
import { type Episode, episodesOf, excessOf, isNever, tellingOf } from './episodes.ts';
import { severityOfFirst, whyItMatters } from './kinds.ts';
import type { BaselineProfile, Deviation } from './model.ts';
import { SYSCALL_NEVER_SEEN, SYSCALL_RATE_ANOMALY } from './rules.ts';

/** Evidence of a finding names so many deviations; the rest is counted. */
const MOST_NAMED = 5;
/** Syscalls that a title names beside the worst. */
const MOST_TOLD = 3;
/** So many times the limit is no matter of which day or hour it is. */
const FAR_ABOVE = 2;
/** So many times the limit is serious whatever the syscall. */
const GROSS = 10;

/** A finding, and what it was made of: what tells it best first. */
export interface GroupedFinding {
  readonly finding: Finding;
  readonly deviations: readonly Deviation[];
}

/**
 * @param deviations of one profile, or of its parent's band
 * @param profile what they were held against: the parent where the profile itself was not ready
 */
export function deviationFindings(deviations: readonly Deviation[], profile: BaselineProfile): Finding[] {
  return groupedFindings(deviations, profile).map(({ finding }) => finding);
}

/**
 * Rates of one container that leave their bands together are one finding, filed under the gravest kind of calls among them: so it
 * is the same finding in every window of a burst, and another one when connections come to files. A syscall that was never seen
 * is a finding of its own.
 */
export function groupedFindings(deviations: readonly Deviation[], profile: BaselineProfile): GroupedFinding[] {
  const episodes = Map.groupBy(episodesOf(deviations), ({ family, deviations: [first] }) =>
    first === undefined ? family : JSON.stringify([identityOf(first, profile), family]),
  );
  const first = Map.groupBy(deviations.filter(isNever), ({ syscall }) => syscall);
  return [
    ...[...episodes.values()].map((group) => rateAnomaly(group, [...first.values()].flat(), profile)),
    ...[...first.values()].map((group) => {
      const worst = group.reduce((a, b) => (excessOf(b) > excessOf(a) ? b : a));
      return { finding: neverSeen(group, worst, profile), deviations: group };
    }),
  ];
}

function rateAnomaly(
  episodes: readonly Episode[],
  never: readonly Deviation[],
  profile: BaselineProfile,
): GroupedFinding {
  const strength = ({ deviations }: Episode): number => Math.max(...deviations.map(excessOf));
  const [episode, ...others] = [...episodes].sort((a, b) => strength(b) - strength(a));
  if (episode === undefined) throw new RangeError('a finding needs an episode');
  const [worst, ...telling] = tellingOf(episode);
  if (worst === undefined) throw new RangeError('an episode needs a deviation');
  const all = episodes.flatMap(({ deviations }) => deviations);
  const verdicts = all.map((one) => rateVerdict(one, profile));
  const asParent = worst.kind === 'parent-rate-high';
  const gross = all.some((one) => one.rate >= GROSS * one.limit);
  const finding = guardFinding(SYSCALL_RATE_ANOMALY, {
    verdict: verdicts.includes('confirmed') ? 'confirmed' : 'suspected',
    severity: gross ? 'high' : SYSCALL_RATE_ANOMALY.severity,
    title: `${actor(worst)} calls ${worst.syscall} ${formatCount(worst.rate)} times a minute, where ${normalOf(worst)}${asParent ? ' for the release before' : ''} and ${formatCount(worst.limit)} is the limit${besides(episode, telling)}${firstTime(episode, never)}; ${when(episode)}${others.length === 0 ? '' : `, the worst of ${formatCount(episodes.length)} times`}.`,
    identity: identityOf(worst, profile),
    operation: episode.family,
    at: null,
    service: serviceOf(worst),
    count: episodes.reduce((sum, { windows }) => sum + windows, 0),
    evidence: [
      ...[worst, ...telling].slice(0, MOST_NAMED).map(evidenceOf),
      ...restOf(episode, [worst, ...telling].slice(0, MOST_NAMED)),
      ...otherEpisodes(others),
      ...learnedFrom(profile, asParent),
    ],
  });
  return { finding, deviations: [...episode.deviations, ...others.flatMap(({ deviations }) => deviations)] };
}

function normalOf({ band }: Deviation): string {
  const [low, high] = band?.normal ?? [0, 0];
  return low === high
    ? `${formatCount(high)} ${high === 1 ? 'is' : 'are'} normal`
    : `${formatCount(low)} to ${formatCount(high)} are normal`;
}

/** `; with it openat × 3, close × 2.9 of the most that is normal, and 8 other syscalls`. */
function besides({ deviations }: Episode, telling: readonly Deviation[]): string {
  const named = telling.slice(0, MOST_TOLD).map(timesNormal);
  const rest = deviations.length - 1 - named.length;
  const others = `${formatCount(rest)} other syscall${rest === 1 ? '' : 's'}`;
  if (named.length === 0) return rest === 0 ? '' : `; with it ${others} beyond theirs`;
  return `; with it ${named.join(', ')} of the most that is normal${rest === 0 ? '' : `, and ${others}`}`;
}

/** `openat × 3`: of the most that is normal. */
function timesNormal({ syscall, rate, band }: Deviation): string {
  const most = band?.normal[1] ?? 0;
  return most > 0 ? `${syscall} × ${formatCount(Number((rate / most).toPrecision(2)))}` : syscall;
}

/** What was never seen before and comes with it has its own finding; here it is a part of the story. */
function firstTime({ deviations, from, to }: Episode, never: readonly Deviation[]): string {
  const instances = new Set(deviations.map(({ instance }) => instance));
  const names = never.filter((one) => instances.has(one.instance) && one.from < to && one.to > from);
  const [syscall, ...more] = new Set(names.map((one) => one.syscall));
  if (syscall === undefined) return '';
  return `; and for the first time ${syscall}${more.length === 0 ? '' : ` and ${formatCount(more.length)} more`}`;
}

/** Syscalls of the episode that are not told one by one. */
function restOf({ deviations }: Episode, told: readonly Deviation[]): EvidenceItem[] {
  const rest = deviations.filter((one) => !told.includes(one)).sort((a, b) => excessOf(b) - excessOf(a));
  if (rest.length === 0) return [];
  return [
    {
      leg: 'syscall',
      says: `Beyond their limits in the same time, as times of the most that is normal: ${rest.map(timesNormal).join(', ')}.`,
      numbers: rest.map(({ syscall, rate }) => ({ name: syscall, value: rate, unit: 'count/min' })),
      captures: [],
    },
  ];
}

function otherEpisodes(others: readonly Episode[]): EvidenceItem[] {
  if (others.length === 0) return [];
  const items = others.slice(0, MOST_NAMED - 1).map((episode): EvidenceItem => {
    const telling = tellingOf(episode).slice(0, MOST_TOLD + 1);
    const rest = episode.deviations.length - telling.length;
    return {
      leg: 'syscall',
      says: `Another time${place(telling[0])}: ${telling.map(timesNormal).join(', ')}${rest === 0 ? '' : ` and ${formatCount(rest)} more`}, ${when(episode)}.`,
      numbers: telling.map(({ syscall, rate }) => ({ name: syscall, value: rate, unit: 'count/min' })),
      captures: [],
    };
  });
  return [...items, ...notListed(others.length - items.length)];
}

/**
 * How sure a limit is depends on how much was seen of what the service does by itself. A person's is sure; one of a profile that
 * has not seen all hours of a day never is, as jobs and peaks may be missing; of one that has not seen a week, twice the limit is;
 * after a week the limit is, unless it is that of the hour and the rate is usual at others: then it is twice that, too. The limit
 * of another release, which may do more, never is.
 */
function rateVerdict({ kind, band, rate, limit }: Deviation, profile: BaselineProfile): Verdict {
  if (kind === 'parent-rate-high') return 'suspected';
  if (band?.by === 'manual') return 'confirmed';
  const { hoursOfDay, from, to } = profile.learned;
  if (hoursOfDay < 24) return 'suspected';
  const isSure = to - from >= WEEK_MS && (band === null || band.load !== undefined || rate >= band.anomalous);
  return isSure || rate >= FAR_ABOVE * limit ? 'confirmed' : 'suspected';
}

function neverSeen(group: readonly Deviation[], worst: Deviation, profile: BaselineProfile): Finding {
  const asParent = worst.kind === 'parent-never-seen';
  const severity: Severity = severityOfFirst(worst.syscall);
  const why = whyItMatters(worst.syscall);
  const since = asParent ? 'which the release before never did' : 'which it never did while its baseline was learned';
  return guardFinding(SYSCALL_NEVER_SEEN, {
    verdict: neverVerdict(worst, severity, profile),
    severity,
    title: `${actor(worst)} calls ${worst.syscall}, ${since}: ${formatCount(worst.rate)} times a minute${why === '' ? '' : ` (${why})`}; ${when(worst)}.`,
    identity: identityOf(worst, profile),
    operation: worst.syscall,
    at: null,
    service: serviceOf(worst),
    count: group.reduce((sum, one) => sum + one.windows, 0),
    evidence: [
      ...[worst, ...group.filter((one) => one !== worst)].slice(0, MOST_NAMED).map(evidenceOf),
      ...notListed(group.length - MOST_NAMED),
      ...learnedFrom(profile, asParent),
      newcomers(profile),
    ],
  });
}

/**
 * Confirmed: so much was learned that less than one new syscall a day is expected (Good 1953: as likely as those seen just once
 * are among what was seen), or it is one that no ordinary service ever calls. Suspected: the profile is too young to know.
 */
function neverVerdict(worst: Deviation, severity: Severity, profile: BaselineProfile): Verdict {
  if (severity === 'critical') return 'confirmed';
  if (worst.kind === 'parent-never-seen') return 'suspected';
  return newPerDay(profile) < 1 ? 'confirmed' : 'suspected';
}

/** New syscalls that are to be expected in a day of one container; one is added to those seen once, as none is not never. */
function newPerDay({ learned }: BaselineProfile): number {
  if (!(learned.windows > 0) || !(learned.windowMs > 0)) return Number.POSITIVE_INFINITY;
  return ((learned.onlyOnce + 1) / learned.windows) * (86_400_000 / learned.windowMs);
}

function newcomers(profile: BaselineProfile): EvidenceItem {
  const perDay = newPerDay(profile);
  const says = Number.isFinite(perDay)
    ? `${formatCount(profile.learned.onlyOnce)} of its ${formatCount(Object.keys(profile.bands).length)} syscalls were seen in one window only, so that up to ${formatCount(Math.ceil(perDay))} new a day ${Math.ceil(perDay) === 1 ? 'is' : 'are'} to be expected.`
    : 'How many new syscalls are to be expected is not known, as the profile does not say how much was learned.';
  return { leg: 'syscall', says, numbers: [], captures: [] };
}

/** `uploads (pid 4242, executable /…) in container web of pod shop/web-7f`. */
function actor(deviation: Deviation): string {
  const { comm, executable, pid, share } = deviation.process;
  const name = tame(comm || executable || 'a process');
  const file = executable !== '' && executable !== comm ? `, executable ${tame(executable)}` : '';
  const who = pid > 0 ? `${name} (pid ${pid}${file})` : name;
  const others = share > 0 && share < 0.5 ? ' and others' : '';
  return `${who}${others}${place(deviation)}`;
}

function place(deviation: Deviation | undefined): string {
  const container = deviation?.container ?? null;
  if (container === null) return '';
  const pod =
    container.pod === '' ? '' : ` of pod ${tame([container.namespace, container.pod].filter(Boolean).join('/'))}`;
  return ` in container ${tame(container.name || container.id.slice(0, 12))}${pod}`;
}

function when({ from, to, windows }: Pick<Deviation, 'from' | 'to' | 'windows'>): string {
  const span = formatDuration((to - from) / 1000);
  return `since ${utc(from)}, ${windows === 1 ? `in one window of ${span}` : `in ${windows} windows within ${span}`}`;
}

/** `2026-11-23 08:03:00 UTC`. */
function utc(at: number): string {
  return Number.isFinite(at) ? `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC` : 'an unknown time';
}

function evidenceOf(one: Deviation): EvidenceItem {
  const chance = one.pValue === null ? '' : `; by chance in ${oneIn(one.pValue)}`;
  return {
    leg: 'syscall',
    says: `${actor(one)}: up to ${formatCount(one.rate)} calls of ${one.syscall} a minute, ${Math.round(one.process.share * 100)} % of what is too much its own, ${when(one)}${chance}.`,
    numbers: [
      { name: one.syscall, value: one.rate, unit: 'count/min' },
      ...(one.limit > 0 ? [{ name: 'limit', value: one.limit, unit: 'count/min' } as const] : []),
    ],
    captures: [],
  };
}

function notListed(count: number): EvidenceItem[] {
  if (count <= 0) return [];
  const says = `${formatCount(count)} more time${count === 1 ? '' : 's'}, not listed here.`;
  return [{ leg: 'syscall', says, numbers: [], captures: [] }];
}

function oneIn(pValue: number): string {
  if (pValue <= LEAST_CHANCE) return 'less than one window in a billion';
  return `about one window in ${formatCount(Number((1 / pValue).toPrecision(1)))}`;
}

function learnedFrom(profile: BaselineProfile, asParent: boolean): EvidenceItem[] {
  const { minutes, instances, hoursOfDay } = profile.learned;
  const of = asParent ? 'The baseline of the release before' : 'The baseline';
  return [
    {
      leg: 'syscall',
      says: `${of} was learned in ${formatCount(minutes)} container-minutes of ${formatCount(instances)} instance${instances === 1 ? '' : 's'}, at ${hoursOfDay} of the 24 hours of a day.`,
      numbers: [],
      captures: [],
    },
  ];
}

/** The same over releases and restarts: neither digest, tag, pod nor id is part of it. */
function identityOf({ key, container }: Deviation, profile: BaselineProfile): string {
  if (container === null) return tame(key.digest);
  const image = (container.image || profile.image).replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  return tame([container.namespace, image, key.container].filter(Boolean).join('/') || key.digest);
}

function serviceOf({ key, container }: Deviation): string {
  return tame(container?.name || key.container || key.digest.replace(/^exe:/, ''));
}

/** Names come from processes and manifests; one line each. */
function tame(text: string): string {
  return printable(text, true).replaceAll('\n', '\\x0a');
}
