/** Findings that say the same of different things, together: forty deployments without a limit are one thing to know and one to do. */
import type { JudgedFinding } from './report.ts';

export interface FindingGroup {
  /** In the order of their places; never empty. */
  readonly findings: readonly JudgedFinding[];
  /** The first in the report's order: its chain, evidence and fix stand for the others. */
  readonly first: JudgedFinding;
  /** What all titles share; `…` stands where they differ. */
  readonly title: string;
  /** Every finding has the fix of the first. */
  readonly oneFix: boolean;
}

/** Less than this share of words in common is another sentence. */
const ALIKE = 0.5;
/** A title is held against the newest groups only: the work stays linear in the findings. */
const MOST_COMPARED = 50;

/** Things whose sentences differ in names alone. */
export interface Alike<T> {
  readonly first: T;
  readonly members: readonly T[];
  /** What all sentences share; `…` stands where they differ. */
  readonly says: string;
}

/** In the order of the first of each; only what has the same key is held together. Pure. */
export function foldAlike<T>(items: readonly T[], key: (item: T) => string, says: (item: T) => string): Alike<T>[] {
  const groups: { first: T; members: T[]; own: readonly string[]; words: readonly string[] }[] = [];
  const byKey = new Map<string, typeof groups>();
  for (const item of items) {
    const words = says(item).split(' ');
    const candidates = byKey.get(key(item)) ?? [];
    const group = candidates.slice(-MOST_COMPARED).find(({ own }) => alike(own, words));
    if (group !== undefined) {
      group.members.push(item);
      group.words = group.words.map((word, i) => (word === words[i] ? word : '…'));
      continue;
    }
    const made = { first: item, members: [item], own: words, words };
    groups.push(made);
    candidates.push(made);
    byKey.set(key(item), candidates);
  }
  return groups.map(({ first, members, words }) => ({
    first,
    members,
    says: words.filter((word, i) => word !== '…' || words[i - 1] !== '…').join(' '),
  }));
}

/** Groups in the order in which their first findings stand in the report. Pure. */
export function groupFindings(findings: readonly JudgedFinding[]): FindingGroup[] {
  return foldAlike(findings, keyOf, ({ title }) => title).map(({ first, members, says }) => ({
    findings: [...members].sort(byPlace),
    first,
    title: says,
    oneFix: members.every(({ fix }) => fix.text === first.fix.text),
  }));
}

/** What has to be the same whatever the title says. */
function keyOf({ part, standing, rule, verdict, severity, excuse, chain, fingerprint }: JudgedFinding): string {
  // What blocks is shown with its chain, and another chain is another story.
  const steps = standing === 'blocks' ? chain.map(({ text }) => text) : [];
  // Of what runs, the names and numbers are the answer.
  const own = part === 'run' ? fingerprint : '';
  return JSON.stringify([part, standing, rule, verdict, severity, excuse?.reason, excuse?.until, steps, own]);
}

/** Names have no spaces, so sentences of one rule have the same words at the same places around them. */
function alike(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  return a.filter((word, i) => word === b[i]).length >= a.length * ALIKE;
}

const natural = new Intl.Collator('en', { numeric: true });

/** `svc9.yaml` before `svc10.yaml`; in no file: by what it is about. */
function byPlace(a: JudgedFinding, b: JudgedFinding): number {
  return (
    natural.compare(a.where.file, b.where.file) ||
    a.where.line - b.where.line ||
    natural.compare(a.subject.instance, b.subject.instance)
  );
}

/** `a.yaml:3:1`, `:9:1`, `b.yaml:3:1`: each place once, and a file that was named just before not again. */
export function compactPlaces(places: readonly string[]): string[] {
  let before = '';
  return [...new Set(places)].map((place) => {
    const [file = '', at = ''] = splitPlace(place);
    const again = at !== '' && file === before;
    before = file;
    return again ? at : place;
  });
}

function splitPlace(place: string): [file: string, at: string] {
  const found = /^(.*?)((?::\d+){1,2})$/.exec(place);
  return found === null ? [place, ''] : [found[1] ?? '', found[2] ?? ''];
}

/** An enumeration of more than this many items is cut where people read. */
const MOST_ITEMS = 10;

/** `a, b, …, z.` with many items: the first ten and how many more; other sentences stay as they are. */
export function shortenList(says: string): string {
  const items = says.split(', ');
  if (items.length <= MOST_ITEMS + 2) return says;
  return `${items.slice(0, MOST_ITEMS).join(', ')} and ${items.length - MOST_ITEMS} more.`;
}

/** Whether every word of weight in `says` stands in `title`: then it tells nothing new. */
export function repeats(says: string, title: string): boolean {
  const known = new Set(weighty(title));
  const words = weighty(says);
  return words.every((word) => known.has(word));
}

function weighty(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s,;:.()'"`]+/)
    .filter((word) => word.length > 3 || /\d/.test(word));
}
