/** Findings about lines of go.sum and about the database that was asked. Pure. */
import type { EvidenceItem, Finding, Region } from '../../../findings/model.ts';
import { type GuardRule, guardFinding } from '../../finding.ts';
import { unverifiableSource } from '../npm/rules.ts';
import type { JudgedLine } from './entries.ts';
import type { SumFile } from './project.ts';
import { SUM_MALFORMED, SUM_MISMATCH, SUM_UNLISTED, SUMDB_FORK, SUMDB_SIGNATURE, SUMDB_TILE } from './rules.ts';
import { lineName, type SumLine, sumConflicts } from './sum-file.ts';
import type { DatabaseAnswer } from './sumdb.ts';

export function evidence(says: string): EvidenceItem {
  return { leg: 'supply', says, numbers: [], captures: [] };
}

/** All of a line; its length is not known where only its number is. */
export function lineRegion(file: string, line: number): Region {
  return { file, line, column: 1, endLine: line + 1, endColumn: 1 };
}

export function sumFindings(lines: readonly JudgedLine[], sums: readonly SumFile[]): Finding[] {
  const found: Finding[] = [];
  // A database has no record of a version, and so of none of its lines: they are one finding.
  const absent = new Map<string, JudgedLine[]>();
  for (const judged of lines) {
    const { cause, entry, line } = judged;
    const rule = RULE_OF[cause];
    if (rule === undefined) continue;
    const key = JSON.stringify([entry.file, line.path, line.version]);
    const same = cause === 'absent' ? absent.get(key) : undefined;
    if (same !== undefined) same.push(judged);
    else if (cause === 'absent') absent.set(key, [judged]);
    else found.push(lineFinding(rule, judged, 1));
  }
  for (const [first, ...more] of absent.values())
    if (first !== undefined) found.push(lineFinding(SUM_UNLISTED, first, 1 + more.length));
  for (const sum of sums)
    for (const { first, second } of sumConflicts(sum.lines)) found.push(conflictFinding(sum.file, first, second));
  return found;
}

/** Causes that speak of the line. Those that speak of the database are told once, below. */
const RULE_OF: Readonly<Partial<Record<JudgedLine['cause'], GuardRule>>> = {
  malformed: SUM_MALFORMED,
  mismatch: SUM_MISMATCH,
  absent: SUM_UNLISTED,
  'not-in-record': SUM_UNLISTED,
};

function lineFinding(rule: GuardRule, { line, entry, cause }: JudgedLine, count: number): Finding {
  const version = `${line.path}@${line.version}`;
  const what =
    cause === 'malformed' ? `line ${line.line} of ${entry.file}` : cause === 'absent' ? version : lineName(line);
  const title =
    cause === 'malformed'
      ? `${entry.file}:${line.line} is no line of a go.sum: ${line.problem}.`
      : cause === 'mismatch'
        ? `${entry.file} pins other bytes for ${what} than the checksum database has on record.`
        : `Nobody vouches for ${what} in ${entry.file}: ${entry.says}.`;
  return guardFinding(rule, {
    verdict: cause === 'mismatch' ? 'proven' : 'confirmed',
    title,
    identity: `go:${cause === 'malformed' ? line.path : version}`,
    operation: cause === 'malformed' ? line.problem : cause === 'absent' ? '' : line.goMod ? 'go.mod' : 'zip',
    at: lineRegion(entry.file, line.line),
    service: line.path,
    evidence: [evidence(entry.says)],
    count,
    ...(cause === 'mismatch'
      ? {
          chain: [
            { kind: 'link' as const, text: `${entry.file}:${line.line} pins ${what} to ${line.hash}` },
            { kind: 'link' as const, text: entry.says },
          ],
        }
      : {}),
  });
}

function conflictFinding(file: string, first: SumLine, second: SumLine): Finding {
  return guardFinding(SUM_MALFORMED, {
    verdict: 'confirmed',
    title: `${file} pins ${lineName(first)} to two hashes, in lines ${first.line} and ${second.line}: go refuses the module.`,
    identity: `go:${first.path}@${first.version}`,
    operation: `conflict ${first.goMod ? 'go.mod' : 'zip'}`,
    at: lineRegion(file, second.line),
    service: first.path,
    evidence: [
      evidence(`Line ${first.line} says ${first.hash}.`),
      evidence(`Line ${second.line} says ${second.hash}.`),
    ],
  });
}

/** Names (a host, a path) keep their letters. */
function startOfSentence(text: string): string {
  return /^[a-z]+(?=[ ,])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** One finding for all lines that could not be asked for: a pass must not look like a look. It does not block by default. */
export function unaskedFinding(lines: readonly JudgedLine[]): Finding[] {
  const unasked = lines.filter(({ cause }) => cause === 'unreachable');
  const [first] = unasked;
  if (first === undefined) return [];
  return [
    guardFinding(unverifiableSource, {
      verdict: 'suspected',
      title: `${unasked.length} of ${lines.length} lines of go.sum were not held against the checksum database.`,
      identity: 'go:sumdb',
      operation: 'not asked',
      at: lineRegion(first.entry.file, first.entry.line),
      service: 'go',
      count: unasked.length,
      evidence: [evidence(first.entry.says)],
    }),
  ];
}

/** What is wrong with the database itself; `lines` tell how many entries it concerns. */
export function databaseFindings(name: string, answer: DatabaseAnswer | null, lines: readonly JudgedLine[]): Finding[] {
  const found: Finding[] = [];
  const about = (
    rule: GuardRule,
    operation: string,
    title: string,
    items: readonly EvidenceItem[],
    count: number,
  ): void => {
    found.push(
      guardFinding(rule, {
        verdict: 'proven',
        title,
        identity: `go:sumdb:${name}`,
        operation,
        at: null,
        service: name,
        evidence: items,
        ...(count > 0 ? { count } : {}),
      }),
    );
  };
  const [fork] = answer?.forks ?? [];
  if (fork !== undefined) {
    const { older, newer, root } = fork;
    about(
      SUMDB_FORK,
      'fork',
      `${name} signed two logs: ${older.from} of ${older.size} records is no earlier state of ${newer.from} of ${newer.size} records.`,
      [
        evidence(`${older.from}:\n${older.note.trimEnd()}`),
        evidence(`${newer.from}:\n${newer.note.trimEnd()}`),
        evidence(`The log of the second has the root ${root} at ${older.size} records; the first signs another one.`),
      ],
      lines.length,
    );
  }
  for (const [cause, rule, operation] of [
    ['tile', SUMDB_TILE, 'tile'],
    ['record', SUMDB_TILE, 'record'],
    ['signature', SUMDB_SIGNATURE, 'signature'],
    ['no-key', SUMDB_SIGNATURE, 'unknown key'],
  ] as const) {
    const hit = lines.filter((line) => line.cause === cause);
    const says = [
      ...new Set([
        ...(answer?.bad ?? []).filter(({ why }) => why === cause).map((bad) => bad.says),
        ...hit.map((l) => l.entry.says),
      ]),
    ];
    const [first] = says;
    if (first === undefined) continue;
    about(rule, operation, `${startOfSentence(first)}.`, says.slice(0, 10).map(evidence), hit.length);
  }
  return found;
}
