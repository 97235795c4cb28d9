/** A verdict on every line of every go.sum, from what the checksum database answered. Pure. */
import type { DepsEntry, EntryVerdict } from '../verdict.ts';
import type { GoRules } from './environment.ts';
import type { GoProject, SumFile } from './project.ts';
import { lineName, type SumLine } from './sum-file.ts';
import { type DatabaseAnswer, type ModuleVersion, moduleKey } from './sumdb.ts';

/** An entry with what it was made from, for findings. */
export interface JudgedLine {
  readonly sum: SumFile;
  readonly line: SumLine;
  readonly entry: DepsEntry;
  /** Why the entry is not verified, in a word. */
  readonly cause:
    | 'verified'
    | 'malformed'
    | 'hash-kind'
    | 'private'
    | 'off'
    | 'no-key'
    | 'mismatch'
    | 'absent'
    | 'not-in-record'
    | 'unreachable'
    | 'replaced'
    | 'fork'
    | 'tile'
    | 'signature'
    | 'record';
}

/** The module versions that the database has to be asked for, each once. */
export function modulesToAsk(project: GoProject, rules: GoRules): ModuleVersion[] {
  const found = new Map<string, ModuleVersion>();
  for (const { lines } of project.sums)
    for (const { path, version, problem, hash } of lines)
      if (problem === '' && hash.startsWith('h1:') && isAsked(path, rules))
        found.set(`${path}@${version}`, { path, version });
  return [...found.values()];
}

/** The go command never takes a toolchain without the database, whatever GONOSUMDB says. */
function isAsked(path: string, rules: GoRules): boolean {
  return path === 'golang.org/toolchain' || rules.privateBy(path) === null;
}

export function judgeLines(project: GoProject, rules: GoRules, answer: DatabaseAnswer | null): JudgedLine[] {
  const directories = replacedByDirectory(project);
  return project.sums.flatMap((sum) =>
    sum.lines.map((line) => {
      const [verdict, cause, says] = judge(line, rules, answer, directories);
      const version = line.goMod ? `${line.version}/go.mod` : line.version;
      return {
        sum,
        line,
        cause,
        entry: { ecosystem: 'go', name: line.path, version, file: sum.file, line: line.line, verdict, says },
      };
    }),
  );
}

type Judgement = readonly [EntryVerdict, JudgedLine['cause'], string];

function judge(
  line: SumLine,
  rules: GoRules,
  answer: DatabaseAnswer | null,
  directories: ReadonlyMap<string, string>,
): Judgement {
  if (line.problem !== '') return ['invalid', 'malformed', line.problem];
  if (!line.hash.startsWith('h1:'))
    return ['unverifiable-source', 'hash-kind', `${line.hash.split(':', 1)[0]}: is a kind of hash that go passes over`];
  const hidden = rules.privateBy(line.path);
  if (hidden !== null && !isAsked(line.path, rules))
    return [
      'unverifiable-source',
      'private',
      `${hidden.variable} keeps it from the database by the pattern ${hidden.pattern}`,
    ];
  const { database } = rules;
  if (database.kind === 'off') return ['unverifiable-source', 'off', `GOSUMDB=off (${database.from})`];
  if (database.kind === 'no-key') return ['no-keys', 'no-key', database.says];
  const found = answer?.modules.get(moduleKey(line));
  const directory = directories.get(moduleKey(line)) ?? directories.get(line.path);
  if (found === undefined) return ['unverifiable-source', 'unreachable', 'the database was not asked for it'];
  switch (found.kind) {
    case 'absent':
      return directory === undefined
        ? ['unsigned', 'absent', found.says]
        : [
            'unverifiable-source',
            'replaced',
            `replaced by the directory ${directory}, and the database has no record of it`,
          ];
    case 'unreachable':
      return ['unverifiable-source', 'unreachable', found.says];
    case 'no-keys':
      return ['no-keys', 'no-key', found.says];
    case 'invalid':
      return ['invalid', found.why, found.says];
    case 'record': {
      const hash = found.hashes.get(lineName(line));
      const record = `record ${found.id} of ${database.key.name}`;
      if (hash === undefined) return ['unsigned', 'not-in-record', `${record} is of this module and has no such line`];
      if (hash !== line.hash) return ['invalid', 'mismatch', `${record} says ${hash}, the file says ${line.hash}`];
      return ['verified', 'verified', `${record}, in the signed tree of ${answer?.head?.size ?? 0} records`];
    }
  }
}

/** Directories by the module, or `module@version`, that they replace. */
function replacedByDirectory(project: GoProject): Map<string, string> {
  const found = new Map<string, string>();
  for (const { replace } of [...project.modules.map(({ mod }) => mod), ...project.workspaces.map(({ work }) => work)])
    for (const { old, new: by } of replace)
      if (by.version === '') found.set(old.version === '' ? old.path : `${old.path}@${old.version}`, by.path);
  return found;
}
