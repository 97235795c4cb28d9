/** From the words of `hemostat review` and its configuration to what is asked for. The command line wins. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Confidence } from '../findings/model.ts';
import { nearest } from '../findings/nearest.ts';
import { findProjectFile } from '../findings/project-file.ts';
import { KNOWN_ARCH, KNOWN_OS } from '../golang/constraint.ts';
import type { Level, ReviewConfig } from '../review/config.ts';
import { excluder, loadConfig } from '../review/config-file.ts';
import { shownPath } from '../review/output/paths.ts';
import { RULES } from '../review/registry.ts';
import type { ReviewOptions } from '../review/result.ts';
import { COMMENT_RULES } from '../review/suppress-apply.ts';
import { UsageError } from './exit.ts';

/** As commander gives them. */
export interface RawReviewOptions {
  readonly json?: boolean;
  readonly sarif?: string | true;
  readonly github?: boolean;
  readonly details?: boolean;
  readonly failOn?: Confidence | 'never';
  readonly minConfidence?: Confidence;
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
  readonly only?: readonly string[];
  readonly list?: boolean;
  readonly tests?: boolean;
  readonly goos?: string;
  readonly goarch?: string;
  readonly tags?: readonly string[];
  readonly cache: boolean;
  readonly jobs?: number;
  readonly config?: string | false;
  readonly newFromRev?: string;
  readonly newFromMergeBase?: string;
  readonly fix?: boolean;
  readonly diff?: boolean;
}

export interface Request {
  readonly patterns: readonly string[];
  readonly review: ReviewOptions;
  readonly levels: ReadonlyMap<string, Level>;
  readonly ran: ReadonlySet<string>;
  readonly excluded: (path: string) => boolean;
  readonly failOn: Confidence | 'never';
  readonly minConfidence: Confidence;
  /** null: standard output; undefined: no SARIF. */
  readonly sarif: string | null | undefined;
}

/** Every rule that can be named: those about Go and those about comments. */
export function allRules(): { readonly id: string; readonly summary: string }[] {
  const all = [...RULES, ...COMMENT_RULES].map(({ id, summary }) => ({ id, summary }));
  return all.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function requestOf(words: readonly string[], raw: RawReviewOptions, cwd: string): Request {
  const rules = allRules().map(({ id }) => id);
  const file = configPath(raw, cwd);
  const { path, config } = loadConfig(file, rules, file === null ? null : shownPath(file, cwd));
  const levels = levelsOf(raw, config, rules);
  const ran = new Set(rules.filter((id) => levels.get(id) !== 'off'));
  const { sarif, patterns } = sarifTarget(words, raw.sarif);
  onePrinted(raw, sarif);
  const goos = platform(raw.goos ?? config.goos, 'GOOS', KNOWN_OS);
  const goarch = platform(raw.goarch ?? config.goarch, 'GOARCH', KNOWN_ARCH);
  const tests = raw.tests ?? config.tests;
  const failOn = raw.failOn ?? config['fail-on'] ?? 'high';
  return {
    patterns: patterns.length === 0 ? ['./...'] : patterns,
    review: {
      cwd,
      tags: raw.tags ?? config.tags,
      rules: RULES.map(({ id }) => id).filter((id) => ran.has(id)),
      cache: raw.cache ? 'on' : 'off',
      ...(goos === undefined ? {} : { goos }),
      ...(goarch === undefined ? {} : { goarch }),
      ...(tests === undefined ? {} : { tests }),
      // One job is this thread: no other has to be started.
      ...(raw.jobs === undefined ? {} : { workers: raw.jobs === 1 ? 0 : raw.jobs }),
    },
    levels,
    ran,
    excluded: excluder(config.exclude, path === null ? cwd : dirname(path)),
    failOn,
    // What makes CI fail must be seen.
    minConfidence: raw.minConfidence ?? config['min-confidence'] ?? (failOn === 'low' ? 'low' : 'medium'),
    sarif,
  };
}

/** A typing error would leave files out that nobody misses. */
function platform(name: string | undefined, variable: string, names: ReadonlySet<string>): string | undefined {
  if (name === undefined || names.has(name)) return name;
  const near = nearest(name, [...names]);
  const hint = near.length === 0 ? `known: ${[...names].join(', ')}` : `did you mean ${near.join(' or ')}?`;
  throw new UsageError(`there is no ${variable} ${JSON.stringify(name)}; ${hint}`);
}

function configPath(raw: RawReviewOptions, cwd: string): string | null {
  if (raw.config === false) return null;
  return raw.config === undefined ? findProjectFile(cwd) : resolve(cwd, raw.config);
}

/** The configuration's levels, then --enable and --disable; with --only, all others are off. */
function levelsOf(raw: RawReviewOptions, config: ReviewConfig, rules: readonly string[]): Map<string, Level> {
  const levels = new Map<string, Level>(Object.entries(config.rules));
  for (const id of known(raw.enable, '--enable', rules)) if (levels.get(id) === 'off') levels.delete(id);
  for (const id of known(raw.disable, '--disable', rules)) levels.set(id, 'off');
  const only = known(raw.only, '--only', rules);
  if (only.length === 0) return levels;
  for (const id of rules) {
    if (!only.includes(id)) levels.set(id, 'off');
    else if (levels.get(id) === 'off') levels.delete(id);
  }
  return levels;
}

function known(ids: readonly string[] | undefined, option: string, rules: readonly string[]): readonly string[] {
  for (const id of ids ?? []) {
    if (rules.includes(id)) continue;
    const near = nearest(id, rules);
    const hint = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
    throw new UsageError(`${option}: there is no rule ${JSON.stringify(id)}; ${hint}hemostat review --list lists all`);
  }
  return ids ?? [];
}

/** Two documents one after the other on standard output are none that a program can read. */
function onePrinted(raw: RawReviewOptions, sarif: string | null | undefined): void {
  const printed = [raw.json === true && '--json', raw.github === true && '--github', sarif === null && '--sarif'];
  const names = printed.filter((name) => name !== false);
  if (names.length > 1)
    throw new UsageError(`${names.join(' and ')} both print; choose one, or write SARIF to a file: --sarif FILE`);
}

/** `--sarif ./...` is SARIF on standard output and a pattern, as its author meant it. */
function sarifTarget(
  words: readonly string[],
  sarif: string | true | undefined,
): { sarif: string | null | undefined; patterns: readonly string[] } {
  if (sarif === undefined) return { sarif, patterns: words };
  if (sarif === true || sarif === '-') return { sarif: null, patterns: words };
  if (isPattern(sarif)) return { sarif: null, patterns: [sarif, ...words] };
  return { sarif, patterns: words };
}

function isPattern(word: string): boolean {
  if (word.includes('...') || word.endsWith('.go')) return true;
  return statSync(word, { throwIfNoEntry: false })?.isDirectory() === true;
}
