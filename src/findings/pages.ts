/** The pages in docs/rules: what each rule means. `explain` shows them and SARIF carries them as help. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** docs/rules, two levels up from src/findings in a checkout as from dist/findings in an installed package. */
const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'rules');

/** The sections that every page has, in this order. */
export const SECTIONS = ['What it means', 'How it is decided', 'What it can be mistaken for', 'The fix'] as const;

/** One page of docs/rules. */
export interface RulePage {
  readonly rule: string;
  /** The line under the heading: the rule in one sentence. */
  readonly summary: string;
  /** The whole page as Markdown. */
  readonly markdown: string;
}

/** The ids of all rules that have a page, sorted. */
export function ruleIds(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -'.md'.length))
    .sort();
}

/** The page of `rule`, or null where there is none. */
export function rulePage(rule: string): RulePage | null {
  // The id becomes part of a path, so only what can be an id is looked for.
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(rule)) return null;
  let markdown: string;
  try {
    markdown = readFileSync(join(FOLDER, `${rule}.md`), 'utf8');
  } catch {
    return null;
  }
  return { rule, summary: summaryOf(markdown), markdown };
}

/** The text of one section without its heading; empty where the page has none of that name. */
export function sectionOf(markdown: string, title: string): string {
  const lines = markdown.split('\n');
  const start = lines.indexOf(`## ${title}`);
  if (start < 0) return '';
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('## '));
  return lines
    .slice(start + 1, length < 0 ? undefined : start + 1 + length)
    .join('\n')
    .trim();
}

/** The first paragraph after the heading, on one line. */
function summaryOf(markdown: string): string {
  const [, paragraph = ''] = markdown.split(/\n\s*\n/);
  return paragraph.replace(/\s*\n\s*/g, ' ').trim();
}
