/** Makes findings of judgements, with their places in the lock file. */
import type { Finding, Region } from '../../../findings/model.ts';
import { guardFinding } from '../../finding.ts';
import { type Judgement, type Raised, supply } from './judge.ts';
import type { LockProblem } from './lock-problems.ts';
import type { LockEntry } from './lockfile.ts';
import * as rules from './rules.ts';

export interface Judged {
  readonly entry: LockEntry;
  readonly judgement: Judgement;
}

/** Packages that are named in a finding about many. */
const NAMED = 5;

/**
 * One finding for each rule, package and version, at the first place where it stands; what has one cause for many (a
 * registry that signs nothing) is one finding with a count.
 */
export function findingsOf(judged: readonly Judged[], file: string): Finding[] {
  const single = new Map<string, { entry: LockEntry; raised: Raised; count: number }>();
  const groups = new Map<string, { raised: Raised; entries: LockEntry[] }>();
  for (const { entry, judgement } of judged) {
    for (const raised of [...judgement.raised, ...scripts(entry)]) {
      if (raised.group !== undefined) {
        const key = JSON.stringify([raised.rule.id, raised.group]);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, { raised, entries: [entry] });
        else group.entries.push(entry);
        continue;
      }
      const key = JSON.stringify([raised.rule.id, identityOf(entry), raised.says]);
      const known = single.get(key);
      if (known === undefined) single.set(key, { entry, raised, count: 1 });
      else known.count++;
    }
  }
  return [
    ...[...single.values()].map(({ entry, raised, count }) => finding(entry, raised, count, file)),
    ...[...groups.values()].map(({ raised, entries }) => grouped(raised, entries, file)),
  ];
}

function scripts(entry: LockEntry): Raised[] {
  if (!entry.hasInstallScript) return [];
  const says = 'it runs a script when it is installed';
  return [
    {
      rule: rules.installScript,
      verdict: 'confirmed',
      says,
      evidence: [supply('The lock file says so (hasInstallScript).')],
    },
  ];
}

const identityOf = (entry: LockEntry): string => `npm:${entry.name}@${entry.version}`;

function finding(entry: LockEntry, raised: Raised, count: number, file: string): Finding {
  const name = entry.version === '' ? entry.name : `${entry.name}@${entry.version}`;
  return guardFinding(raised.rule, {
    verdict: raised.verdict,
    ...(raised.severity === undefined ? {} : { severity: raised.severity }),
    title: `${name}: ${raised.says}`,
    identity: identityOf(entry),
    operation: file,
    at: regionOf(entry, file),
    service: file,
    evidence: raised.evidence,
    ...(raised.chain === undefined ? {} : { chain: raised.chain }),
    count,
  });
}

function grouped(raised: Raised, entries: readonly LockEntry[], file: string): Finding {
  const names = [...new Set(entries.map(({ name, version }) => `${name}@${version}`))];
  const [first] = entries;
  const rest = names.length - NAMED;
  return guardFinding(raised.rule, {
    verdict: raised.verdict,
    ...(raised.severity === undefined ? {} : { severity: raised.severity }),
    title: entries.length === 1 ? `${names[0] ?? ''}: ${raised.says}` : `${entries.length} entries: ${raised.says}`,
    identity: `npm:${file}`,
    operation: raised.group ?? '',
    at: first === undefined ? null : regionOf(first, file),
    service: file,
    evidence: [
      ...raised.evidence,
      supply(`These are ${names.slice(0, NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`),
    ],
    count: entries.length,
  });
}

function regionOf({ line, column, endColumn }: LockEntry, file: string): Region {
  return { file, line, column, endLine: line, endColumn };
}

const PROBLEM_RULES = {
  duplicate: rules.duplicateEntry,
  'legacy-differs': rules.duplicateEntry,
  proto: rules.malformedEntry,
} as const;

/** What is wrong with the text itself. */
export function problemFindings(problems: readonly LockProblem[], file: string): Finding[] {
  return problems.map(({ kind, what, says, line, column }) =>
    guardFinding(PROBLEM_RULES[kind], {
      verdict: 'confirmed',
      title: `${file}: ${says}`,
      identity: `npm:${what.slice(0, 200)}`,
      operation: `${kind} ${file}`,
      at: { file, line, column, endLine: line, endColumn: column + 1 },
      service: file,
      evidence: [{ leg: 'config', says: `${file}:${line}: ${says}.`, numbers: [], captures: [] }],
    }),
  );
}
