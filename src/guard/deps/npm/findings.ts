/** Makes findings of judgements, with their places in the lock file. */
import { createHash } from 'node:crypto';
import type { Finding, Region } from '../../../findings/model.ts';
import { guardFinding } from '../../finding.ts';
import { type AllowEntry, coveringAllow, type NpmSettings } from '../settings.ts';
import type { NpmrcBeside } from './files.ts';
import { type Judgement, type Raised, supply } from './judge.ts';
import type { LockProblem } from './lock-problems.ts';
import type { LockEntry } from './lockfile.ts';
import { registryAddress, registryOf } from './npmrc.ts';
import * as rules from './rules.ts';

export interface Judged {
  readonly entry: LockEntry;
  readonly judgement: Judgement;
}

/** Packages that are named in a finding about many, and in one whose entries are its identity. */
const NAMED = 5;
const NAMED_CLOSED = 500;

/**
 * One finding for each rule, package and version, at the first place where it stands; what has one cause for many (a
 * registry that signs nothing) is one finding with a count, apart from those that an exception is for.
 * @param members gets what each finding about many is about
 */
export function findingsOf(
  judged: readonly Judged[],
  file: string,
  allow: readonly AllowEntry[],
  members: Map<Finding, readonly string[]>,
): Finding[] {
  const single = new Map<string, { entry: LockEntry; raised: Raised; count: number }>();
  const groups = new Map<string, { raised: Raised; entries: LockEntry[] }>();
  for (const { entry, judgement } of judged) {
    for (const raised of [...judgement.raised, ...scripts(entry)]) {
      if (raised.group !== undefined) {
        const allowed = coveringAllow(allow, raised.rule.id, [identityOf(entry)]);
        const key = JSON.stringify([raised.rule.id, raised.group.name, allowed === null ? -1 : allow.indexOf(allowed)]);
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
    ...[...groups.values()].map(({ raised, entries }) => {
      const made = grouped(raised, entries, file);
      members.set(made, entries.map(identityOf));
      return made;
    }),
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
  const closed = raised.group?.closed === true;
  const nameOf = ({ name, version, line }: LockEntry): string =>
    `${name}@${version}${closed && entries.length > 1 ? ` (line ${line})` : ''}`;
  const names = [...new Set(entries.map(nameOf))];
  const [first] = entries;
  const most = closed ? NAMED_CLOSED : NAMED;
  const rest = names.length - most;
  return guardFinding(raised.rule, {
    verdict: raised.verdict,
    ...(raised.severity === undefined ? {} : { severity: raised.severity }),
    title:
      entries.length === 1
        ? `${names[0] ?? ''}: ${raised.says}`
        : `${entries.length} entries ${raised.group?.many ?? ''}`,
    identity: first !== undefined && entries.length === 1 ? identityOf(first) : `npm:${file}`,
    operation: `${raised.group?.name ?? ''}${closed ? ` ${digestOf(entries)}` : ''}`,
    at: first === undefined ? null : regionOf(first, file),
    service: file,
    evidence: [
      ...raised.evidence,
      supply(`These are ${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`),
    ],
    count: entries.length,
  });
}

function digestOf(entries: readonly LockEntry[]): string {
  return createHash('sha256')
    .update(JSON.stringify(entries.map(identityOf).sort()))
    .digest('hex');
}

function regionOf({ line, column, endColumn }: LockEntry, file: string): Region {
  return { file, line, column, endLine: line, endColumn };
}

const PROBLEM_RULES = {
  duplicate: rules.duplicateEntry,
  'legacy-differs': rules.duplicateEntry,
  proto: rules.malformedEntry,
} as const;

/**
 * Registries that only the project's .npmrc knows: whoever may change that file and the lock chooses the bytes and who signs them.
 * Where the keys are pinned by file, another registry has none of them, and there is nothing to say.
 */
export function chosenRegistries(
  judged: readonly Judged[],
  { npmrc, ours, file, lineOf }: NpmrcBeside,
  settings: NpmSettings,
): Finding[] {
  if (settings['keys-file'] !== undefined) return [];
  const named = new Set(Object.values(settings.registries).map(registryAddress));
  const chosen = new Map<string, number>();
  for (const { entry } of judged) {
    const registry = registryOf(entry.name, npmrc, settings.registries).url;
    if (named.has(registry) || registry === registryOf(entry.name, ours, settings.registries).url) continue;
    chosen.set(registry, (chosen.get(registry) ?? 0) + 1);
  }
  return [...chosen].map(([registry, count]) => {
    const line = lineOf(registry);
    return guardFinding(rules.projectRegistry, {
      verdict: 'confirmed',
      title: `${file} takes ${count === 1 ? '1 entry' : `${count} entries`} from ${registry}, which gate.deps.npm.registries does not name.`,
      identity: `npm:${registry}`,
      operation: file,
      at: { file, line, column: 1, endLine: line, endColumn: 2 },
      service: file,
      count,
      evidence: [supply(`Without ${file} they would come from ${registryOf('', ours, settings.registries).url}.`)],
    });
  });
}

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
