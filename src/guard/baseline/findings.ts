/** Findings out of deviations: one per container (or executable) and syscall, however many windows and instances deviate. */
import { printable } from '../../findings/layout.ts';
import type { EvidenceItem, Finding, Severity, Verdict } from '../../findings/model.ts';
import { formatCount, formatDuration } from '../../findings/units.ts';
import { guardFinding } from '../finding.ts';
import { LEAST_CHANCE } from './band.ts';
import { severityOfFirst, whyItMatters } from './kinds.ts';
import type { BaselineProfile, Deviation } from './model.ts';
import { SYSCALL_NEVER_SEEN, SYSCALL_RATE_ANOMALY } from './rules.ts';

/** Evidence of a finding names so many deviations; the rest is counted. */
const MOST_NAMED = 5;
/** So many times the limit is no matter of what the limit did not know. */
const FAR_ABOVE = 2;
/** So many times the limit is serious whatever the syscall. */
const GROSS = 10;

/**
 * @param deviations of one profile, or of its parent's band
 * @param profile what they were held against: the parent where the profile itself was not ready
 */
export function deviationFindings(deviations: readonly Deviation[], profile: BaselineProfile): Finding[] {
  const groups = new Map<string, Deviation[]>();
  for (const deviation of deviations) {
    const id = `${isNever(deviation) ? 'never' : 'rate'} ${deviation.syscall}`;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [deviation]);
    else group.push(deviation);
  }
  const findings: Finding[] = [];
  for (const group of groups.values()) {
    const worst = group.reduce((a, b) => (excessOf(b) > excessOf(a) ? b : a));
    findings.push(isNever(worst) ? neverSeen(group, worst, profile) : rateAnomaly(group, worst, profile));
  }
  return findings;
}

function isNever({ kind }: Deviation): boolean {
  return kind === 'never-seen' || kind === 'parent-never-seen';
}

function excessOf({ rate, limit }: Deviation): number {
  return limit > 0 ? rate / limit : rate;
}

function rateAnomaly(group: readonly Deviation[], worst: Deviation, profile: BaselineProfile): Finding {
  const [low, high] = worst.band?.normal ?? [0, 0];
  const asParent = worst.kind === 'parent-rate-high';
  const normal =
    low === high
      ? `${formatCount(high)} ${high === 1 ? 'is' : 'are'} normal`
      : `${formatCount(low)} to ${formatCount(high)} are normal`;
  const whose = asParent ? ' for the release before' : '';
  return guardFinding(SYSCALL_RATE_ANOMALY, {
    verdict: rateVerdict(worst, profile),
    severity: worst.rate >= GROSS * worst.limit ? 'high' : SYSCALL_RATE_ANOMALY.severity,
    title: `${actor(worst)} calls ${worst.syscall} ${formatCount(worst.rate)} times a minute, where ${normal}${whose} and ${formatCount(worst.limit)} is the limit; ${when(worst)}.`,
    identity: identityOf(worst, profile),
    operation: worst.syscall,
    at: null,
    service: serviceOf(worst),
    count: windowsOf(group),
    evidence: [...evidenceOf(group, worst), ...learnedFrom(profile, asParent)],
  });
}

/**
 * Confirmed: the limit is a person's, or knows all hours of a day, or is exceeded twofold. Suspected: the hour may explain it, or
 * the limit is that of another release, which may do more.
 */
function rateVerdict(worst: Deviation, profile: BaselineProfile): Verdict {
  if (worst.kind === 'parent-rate-high') return 'suspected';
  const known = worst.band?.by === 'manual' || profile.learned.hoursOfDay >= 24;
  return known || worst.rate >= FAR_ABOVE * worst.limit ? 'confirmed' : 'suspected';
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
    count: windowsOf(group),
    evidence: [...evidenceOf(group, worst), ...learnedFrom(profile, asParent), newcomers(profile)],
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

function place({ container }: Deviation): string {
  if (container === null) return '';
  const pod =
    container.pod === '' ? '' : ` of pod ${tame([container.namespace, container.pod].filter(Boolean).join('/'))}`;
  return ` in container ${tame(container.name || container.id.slice(0, 12))}${pod}`;
}

function when({ from, to, windows }: Deviation): string {
  const span = formatDuration((to - from) / 1000);
  return `since ${utc(from)}, ${windows === 1 ? `in one window of ${span}` : `in ${windows} windows within ${span}`}`;
}

/** `2026-11-23 08:03:00 UTC`. */
function utc(at: number): string {
  return Number.isFinite(at) ? `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC` : 'an unknown time';
}

function evidenceOf(group: readonly Deviation[], worst: Deviation): EvidenceItem[] {
  const ordered = [worst, ...group.filter((one) => one !== worst)];
  const items = ordered.slice(0, MOST_NAMED).map((one): EvidenceItem => {
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
  });
  const rest = ordered.length - items.length;
  if (rest > 0)
    items.push({
      leg: 'syscall',
      says: `${formatCount(rest)} more times, not listed here.`,
      numbers: [],
      captures: [],
    });
  return items;
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

function windowsOf(group: readonly Deviation[]): number {
  return group.reduce((sum, one) => sum + one.windows, 0);
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
