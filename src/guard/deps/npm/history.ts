/** What the versions before this one, and its age, say. All of it rests on what the registry says and nobody signed, but provenance. */
import { formatDuration } from '../../../findings/units.ts';
import type { Attested } from '../cache.ts';
import { type Raised, supply } from './judge.ts';
import type { EarlierProvenance, History } from './record.ts';
import * as rules from './rules.ts';

const DAY_MS = 86_400_000;

/** `days` 0 is off. */
export function judgeAge(published: number | null, now: Date, days: number): Raised[] {
  if (days === 0 || published === null) return [];
  const age = now.getTime() - published;
  if (age >= days * DAY_MS) return [];
  const says =
    age < 0
      ? `the registry says that it will be published on ${new Date(published).toISOString()}`
      : `it is ${formatDuration(age / 1000)} old, and the cool-down is ${days} days`;
  const evidence = [supply(`The registry gives ${new Date(published).toISOString()} as its time; nobody signs that.`)];
  // Suspected: a registry that lies about the content may lie about the time.
  return [{ rule: rules.coolDown, verdict: 'suspected', says, evidence }];
}

/** A version without provenance after one with it. */
export function judgeDowngrade(history: History): Raised[] {
  const { lastProvenance, since } = history;
  if (lastProvenance === null) return [];
  const says = `it has no provenance, and ${lastProvenance.version} had`;
  const between = since === 0 ? 'It is the next version.' : `${since} other versions without came between.`;
  const evidence = [
    supply(`The registry lists provenance for ${lastProvenance.version} and none for this version. ${between}`),
  ];
  const verdict = since === 0 ? 'confirmed' : 'suspected';
  return [{ rule: rules.provenanceDowngrade, verdict, severity: since === 0 ? 'high' : 'low', says, evidence }];
}

/** Both were read from certificates that verify. */
export function judgeSource(now: Attested, before: Attested, earlier: EarlierProvenance): Raised[] {
  const moved = normal(now.repository) !== normal(before.repository);
  if (!moved && now.workflow === before.workflow) return [];
  const what = moved ? 'repository' : 'workflow';
  const [to, from] = moved ? [now.repository, before.repository] : [now.workflow, before.workflow];
  const says = `it was built by the ${what} ${short(to)}, and ${earlier.version} by ${short(from)}`;
  const evidence = [supply('Both are named in certificates that verify and stand in the transparency log.')];
  return [{ rule: rules.sourceChanged, verdict: 'proven', severity: moved ? 'high' : 'medium', says, evidence }];
}

/** Hosts of code take names of repositories without regard to case. */
function normal(repository: string): string {
  return repository.toLowerCase().replace(/(\.git)?\/*$/, '');
}

function short(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
