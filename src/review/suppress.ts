/**
 * Comments that silence a rule, in the styles that Go developers know:
 *
 *   //nolint                                   everything, as golangci-lint reads it
 *   //nolint:chan-first-wins // why            `hemostat` stands for all of our rules
 *   //lint:ignore chan-first-wins why          as staticcheck reads it; patterns like chan-* are fine
 *   //lint:file-ignore chan-* why
 *   //hemostat:ignore chan-first-wins why
 *   //hemostat:file-ignore chan-first-wins why
 *
 * Names of other linters are theirs and left alone.
 */

import { matchesGlob } from 'node:path';
import { nearest } from '../findings/nearest.ts';
import type { FileComment } from './result.ts';

type Style = 'nolint' | 'lint' | 'hemostat';

export interface Directive {
  readonly comment: FileComment;
  readonly style: Style;
  /** Stands for the whole file, wherever in it. */
  readonly file: boolean;
  /** As written, in lower case. `*` is every rule of every linter. */
  readonly names: readonly string[];
  /** The reason that is given; may be empty. */
  readonly why: string;
  /** Why it cannot be followed, a sentence without position; null where it can. */
  readonly fault: string | null;
}

/** All rules of ours. */
const OURS = 'hemostat';
const EVERYTHING = '*';

/** What a comment asks for; null where it is none of ours to follow. `ids`: all rules that there are. */
export function directiveOf(comment: FileComment, ids: readonly string[]): Directive | null {
  return nolint(comment) ?? ignore(comment, ids);
}

/** The rules that a name of a directive stands for; none for another linter's. */
export function rulesOf(name: string, ids: readonly string[]): readonly string[] {
  if (name === EVERYTHING || name === OURS) return ids;
  if (ids.includes(name)) return [name];
  return /[*?[]/.test(name) ? ids.filter((id) => matchesGlob(id, name)) : [];
}

/** Whether a name is meant for us alone, so that we may say that it silences nothing. */
export function isOurs(name: string, ids: readonly string[]): boolean {
  return name !== EVERYTHING && rulesOf(name, ids).length > 0;
}

function nolint(comment: FileComment): Directive | null {
  if (!comment.text.startsWith('//')) return null;
  const text = comment.text.replace(/^[/ ]+/, '');
  if (!/^nolint(?:[ :]|$)/.test(text)) return null;
  const [head = '', ...rest] = text.split('//');
  const why = rest.join('//').trim();
  // As golangci-lint has it: what is not a list, and a list that begins with `all`, means everything.
  const listed = head.startsWith('nolint:') && !head.startsWith('nolint:all');
  const names = listed ? split(head.slice('nolint:'.length)) : [EVERYTHING];
  return { comment, style: 'nolint', file: false, names, why, fault: null };
}

function ignore(comment: FileComment, ids: readonly string[]): Directive | null {
  // A space after the slashes makes it prose to staticcheck; we are not that strict with our own.
  const match = /^\/\/(?:(lint):|\s*(hemostat):)(\S*)\s*(\S*)\s*([\s\S]*)$/.exec(comment.text);
  if (match === null) return null;
  const [, lint, , verb = '', list = '', reason = ''] = match;
  const style = lint === undefined ? 'hemostat' : 'lint';
  const names = split(list);
  const why = reason.trim().replace(/^\/\/\s*/, '');
  const file = verb === 'file-ignore';
  const faultless: Directive = { comment, style, file, names, why, fault: null };
  if (!file && verb !== 'ignore') {
    if (style === 'lint') return null;
    const fault = `there is no hemostat:${verb}; write //hemostat:ignore RULE WHY or //hemostat:file-ignore RULE WHY`;
    return { ...faultless, names: [], fault };
  }
  // `lint:ignore` speaks to staticcheck unless it names a rule of ours.
  if (style === 'lint' && !names.some((name) => isOurs(name, ids))) return faultless;
  return { ...faultless, fault: faultOf(faultless, verb, ids) };
}

function faultOf({ style, names, why }: Directive, verb: string, ids: readonly string[]): string | null {
  const [first] = names;
  if (first === undefined) return `${style}:${verb} names no rule; write //${style}:${verb} RULE WHY`;
  const stranger = style === 'hemostat' ? names.find((name) => rulesOf(name, ids).length === 0) : undefined;
  if (stranger !== undefined) {
    const near = nearest(stranger, ids);
    const hint = near.length === 0 ? 'hemostat review --list lists all' : `did you mean ${near.join(' or ')}?`;
    return `there is no rule ${stranger}; ${hint}`;
  }
  if (why === '') return `${style}:${verb} gives no reason; write //${style}:${verb} ${names.join(',')} WHY`;
  return null;
}

function split(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}
