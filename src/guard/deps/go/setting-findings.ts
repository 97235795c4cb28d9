/** Findings about settings and go.mod: what takes modules out of the checksum database's sight. */
import { isAbsolute, join, normalize } from 'node:path';
import type { Finding, Region } from '../../../findings/model.ts';
import type { Directive, Replacement } from '../../../golang/modfile.ts';
import { parseReplacement } from '../../../golang/modfile.ts';
import { type GuardRule, guardFinding } from '../../finding.ts';
import { type GoRules, privacyList } from './environment.ts';
import { tooBroad } from './patterns.ts';
import type { GoModule, GoProject } from './project.ts';
import { PRIVATE_TOO_BROAD, REPLACE, SUM_MISSING, SUMDB_OFF } from './rules.ts';
import { evidence, lineRegion } from './sum-findings.ts';
import { replacementOf } from './vendor-consistency.ts';

export function settingFindings(rules: GoRules): Finding[] {
  const found: Finding[] = [];
  const about = (rule: GuardRule, operation: string, title: string, says: string): void => {
    found.push(
      guardFinding(rule, {
        verdict: 'confirmed',
        title,
        identity: `go:setting:${operation.split(' ')[0]}`,
        operation,
        at: null,
        service: 'go',
        evidence: [evidence(says)],
      }),
    );
  };
  if (rules.database.kind === 'off')
    about(
      SUMDB_OFF,
      'GOSUMDB',
      `GOSUMDB=off (${rules.database.from}): no line of go.sum was held against a checksum database.`,
      'The go command then believes whatever it downloads first.',
    );
  const flags = rules.setting('GOFLAGS');
  if (/(^|\s)['"]?--?insecure(=(true|1|t|T|TRUE|True))?['"]?(\s|$)/.test(flags.value))
    about(
      SUMDB_OFF,
      'GOFLAGS -insecure',
      `GOFLAGS has -insecure (${flags.from}): modules are taken over plain HTTP and without the checksum database.`,
      'Whoever is on the way to a repository can then put other bytes in.',
    );
  const lists = new Map([[privacyList(rules.setting).variable, privacyList(rules.setting)]]);
  for (const name of ['GOPRIVATE', 'GOINSECURE']) lists.set(name, { ...rules.setting(name), variable: name });
  for (const { variable, value, from } of lists.values())
    for (const pattern of value.split(',')) {
      const why = tooBroad(pattern.trim());
      if (why !== '')
        about(
          PRIVATE_TOO_BROAD,
          `${variable} ${pattern.trim()}`,
          `${variable} has the pattern ${pattern.trim()} (${from}): ${why}.`,
          `What it covers is not looked up in the checksum database: ${variable}=${value}`,
        );
    }
  return found;
}

export function settingNotes(rules: GoRules): string[] {
  const notes: string[] = [];
  if (rules.setting('GONOSUMCHECK').value !== '')
    notes.push('GONOSUMCHECK is set, and go has not read it since 1.13: write GONOSUMDB');
  if (/(^|\s)['"]?--?mod=mod/.test(rules.setting('GOFLAGS').value))
    notes.push('GOFLAGS has -mod=mod: builds may add lines to go.sum; what is verified here is what is committed');
  return notes;
}

/** Replacements in go.mod and go.work that build something else than what is required. */
export function replaceFindings(project: GoProject): Finding[] {
  const found: Finding[] = [];
  for (const { file, directory, directives } of [...project.modules, ...project.workspaces])
    for (const { verb, words, line } of directives) {
      const replacement = verb === 'replace' ? parseReplacement(words) : null;
      if (replacement === null) continue;
      const finding = replaceFinding(replacement, directory, file, lineRegion(file, line));
      if (finding !== null) found.push(finding);
    }
  return found;
}

function replaceFinding({ old, new: by }: Replacement, directory: string, file: string, at: Region): Finding | null {
  const from = `${old.path}${old.version === '' ? '' : `@${old.version}`}`;
  const outside = by.version === '' && (isAbsolute(by.path) || normalize(join(directory, by.path)).startsWith('..'));
  if (by.version === '' ? !outside : by.path === old.path) return null;
  const to = by.version === '' ? by.path : `${by.path}@${by.version}`;
  return guardFinding(REPLACE, {
    verdict: 'confirmed',
    ...(outside ? { severity: 'high' as const } : {}),
    title: outside
      ? `${file} builds ${from} from ${to}, a directory outside of the repository: nothing vouches for what is there.`
      : `${file} builds ${to} under the name ${from}.`,
    identity: `go:${from}`,
    operation: `replace ${to}`,
    at,
    service: old.path,
    evidence: [evidence(`${file}:${at.line} replaces ${from} by ${to}.`)],
  });
}

/** Modules that go.mod requires and whose hash of go.mod, which every build needs, is in no go.sum that go reads for it. */
export function missingFindings(project: GoProject): Finding[] {
  const work = project.sums.filter(({ kind }) => kind === 'go.work.sum').flatMap(({ lines }) => lines);
  return project.modules.flatMap((module) => missingIn(module, project, work));
}

function missingIn(
  module: GoModule,
  project: GoProject,
  work: readonly { path: string; version: string }[],
): Finding[] {
  const own = project.sums.find(({ file }) => file === module.file.replace(/mod$/, 'sum'));
  const have = new Set([...(own?.lines ?? []), ...work].map(({ path, version }) => `${path}@${version}`));
  const local = new Set(project.modules.map(({ mod }) => mod.module));
  return required(module.directives).flatMap(({ path, version, line }) => {
    const by = replacementOf(module.mod.replace, path, version);
    const needed = by ?? { path, version };
    // A directory has no hash, and a workspace takes its own modules from their directories.
    if (needed.version === '' || (local.has(path) && project.workspaces.length > 0)) return [];
    if (have.has(`${needed.path}@${needed.version}`)) return [];
    return [
      guardFinding(SUM_MISSING, {
        verdict: 'confirmed',
        title: `${module.file} requires ${needed.path} ${needed.version}, and go.sum has no line for it.`,
        identity: `go:${needed.path}@${needed.version}`,
        operation: module.file,
        at: lineRegion(module.file, line),
        service: needed.path,
        evidence: [evidence('A build with -mod=mod, or go get, takes what is served first and writes its hash down.')],
      }),
    ];
  });
}

function required(directives: readonly Directive[]): { path: string; version: string; line: number }[] {
  return directives.flatMap(({ verb, words: [path = '', version = ''], line }) =>
    verb === 'require' && path !== '' && version !== '' ? [{ path, version, line }] : [],
  );
}
