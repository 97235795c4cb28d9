/** `guard deps`: does anybody whose key we trust vouch for the bytes that the lock files pin? Before anything is installed. */
import type { Finding } from '../../findings/model.ts';
import { sortFindings } from '../../findings/sort.ts';
import { isInexcusable } from '../inexcusable.ts';
import type { GuardContext, PartResult } from '../part.ts';
import { goEntries } from './go/go.ts';
import { npmEntries } from './npm/npm.ts';
import { unverifiableSource } from './npm/rules.ts';
import { type AllowEntry, coveringAllow, type DepsSettings, matches } from './settings.ts';
import { type DepsEntry, type DepsFacts, ENTRY_VERDICTS, type EntryVerdict } from './verdict.ts';

/** @throws GuardUsageError where a setting is wrong, GuardEvidenceError where a file that was named cannot be read */
export async function guardDeps(settings: DepsSettings, context: GuardContext): Promise<PartResult<DepsFacts>> {
  // One after the other: each bounds its own connections.
  const named = settings['lock-files'];
  const sums = named?.filter((path) => path.endsWith('.sum'));
  const npm = await npmEntries(
    named === undefined ? settings : { ...settings, 'lock-files': named.filter((path) => !path.endsWith('.sum')) },
    context,
  );
  // Files of one ecosystem that are named alone leave the other out.
  const go = await goEntries(
    sums === undefined || settings.go.files !== undefined ? settings.go : { ...settings.go, files: sums },
    context,
  );
  const files = [...npm.files, ...go.files];
  const entries = [...npm.entries, ...go.entries];
  const failures = [...npm.failures, ...go.failures];
  const notes = [...npm.notes, ...go.notes];
  if (files.length === 0 && failures.length === 0) {
    failures.push(
      `There is no package-lock.json, npm-shrinkwrap.json, go.sum or go.work.sum below ${context.cwd}: name it with \`lock-files\`, or turn this part off.`,
    );
  }
  const unasked = [...npm.unasked, ...go.unasked];
  const { findings, unused, notAllowed } = applyAllow(
    [...npm.findings, ...go.findings],
    settings.allow,
    context.now(),
    unasked,
    npm.members,
  );
  if (notAllowed > 0) {
    failures.push(
      `${notAllowed} of ${entries.length} entries could not be verified without the network (--offline), and were not verified before: run it once with the network, or restore hemostat's cache.`,
    );
  }
  notes.push(...unused);
  const verdicts = countVerdicts(entries);
  return {
    part: 'deps',
    subject: files.length === 0 ? context.cwd : files.map(({ file }) => file).join(', '),
    summary: summaryOf(entries.length, verdicts, findings),
    findings: sortFindings(findings),
    tally: ENTRY_VERDICTS.map((name) => ({ name, count: verdicts[name] })),
    notes,
    failures,
    facts: { files, verdicts, entries },
  };
}

function countVerdicts(entries: readonly DepsEntry[]): Record<EntryVerdict, number> {
  const counts = { verified: 0, unsigned: 0, 'no-keys': 0, invalid: 0, 'unverifiable-source': 0 };
  for (const { verdict } of entries) counts[verdict]++;
  return counts;
}

function summaryOf(
  total: number,
  verdicts: Readonly<Record<EntryVerdict, number>>,
  findings: readonly Finding[],
): string {
  const rest = ENTRY_VERDICTS.filter((name) => name !== 'verified' && verdicts[name] > 0).map(
    (name) => `${verdicts[name]} ${name}`,
  );
  const others = rest.length === 0 ? '' : `, ${rest.join(', ')}`;
  const serious = findings.filter(
    ({ severity, verdict }) => verdict !== 'cleared' && (severity === 'critical' || severity === 'high'),
  );
  const said =
    serious.length === 0
      ? ''
      : `; ${serious.length === 1 ? '1 finding is' : `${serious.length} findings are`} high or critical`;
  return `${verdicts.verified} of ${total} entries are verified${others}${said}.`;
}

/**
 * Findings that an exception covers become `cleared`, with its reason; exceptions that cover nothing, or are over, are told.
 * @param unasked entries without an answer: of these, too, exceptions may say that somebody knows
 */
export function applyAllow(
  findings: readonly Finding[],
  allow: readonly AllowEntry[],
  now: Date,
  unasked: readonly DepsEntry[] = [],
  members: ReadonlyMap<Finding, readonly string[]> = new Map(),
): { findings: Finding[]; unused: string[]; notAllowed: number } {
  const today = now.toISOString().slice(0, 10);
  const used = new Set<AllowEntry>();
  const over = (entry: AllowEntry): boolean => entry.until !== undefined && entry.until < today;
  const cleared = findings.map((finding): Finding => {
    const found =
      coveringAllow(allow, finding.rule, [finding.subject.instance]) ??
      coveringAllow(allow, finding.rule, members.get(finding) ?? []);
    if (found === null) return finding;
    used.add(found);
    if (over(found) || isInexcusable('deps', finding)) return finding;
    const says = `Allowed: ${found.reason}${found.until === undefined ? '' : ` (until ${found.until})`}`;
    return {
      ...finding,
      verdict: 'cleared',
      severity: 'info',
      evidence: [...finding.evidence, { leg: 'config', says, numbers: [], captures: [] }],
    };
  });
  const notAllowed = unasked.filter((entry) => {
    const names = namesOf(entry);
    const found = allow.find(
      (one) => one.rules.includes(unverifiableSource.id) && names.some((name) => matches(one.package, name)),
    );
    if (found !== undefined) used.add(found);
    return found === undefined || over(found);
  }).length;
  const unused = allow.flatMap((entry) => {
    if (over(entry))
      return [`The exception for ${entry.package} was over on ${entry.until ?? ''}: it allows nothing any more.`];
    return used.has(entry)
      ? []
      : [`The exception for ${entry.package} (${entry.rules.join(', ')}) covers nothing: remove it.`];
  });
  return { findings: cleared, unused, notAllowed };
}

/** Its own name, and that of the finding that counts it with others. */
function namesOf({ ecosystem, name, version, file }: DepsEntry): string[] {
  const own = `${ecosystem}:${name}@${version}`;
  return ecosystem === 'npm' ? [own, `npm:${file}`] : [own, own.replace(/\/go\.mod$/, ''), 'go:sumdb'];
}
