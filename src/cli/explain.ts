import { Command } from 'commander';
import picocolors from 'picocolors';
import { padEnd, printable, type Terminal, wrap } from '../findings/layout.ts';
import { nearest } from '../findings/nearest.ts';
import { type RulePage, ruleIds, rulePage, SECTIONS, sectionOf } from '../findings/pages.ts';
import { UsageError } from './exit.ts';
import { renderMarkdown } from './markdown.ts';
import { terminal } from './terminal.ts';

/** `hemostat explain [rule]`. */
export function command(): Command {
  return new Command('explain')
    .description('what a finding means, how it is decided, and how to fix it; without a rule, lists all')
    .argument('[rule]', 'rule id, as in the first line of a finding')
    .option('--json', 'print JSON')
    .action((rule: string | undefined, options: { json?: true }) => {
      const shown = terminal();
      process.stdout.write(rule === undefined ? list(shown, options.json) : page(find(rule), shown, options.json));
    });
}

function list(shown: Terminal, json: true | undefined): string {
  const pages = ruleIds().flatMap((rule) => rulePage(rule) ?? []);
  if (json) return asJson({ rules: pages.map(({ rule, summary }) => ({ rule, summary })) });
  const paint = picocolors.createColors(shown.color);
  const widest = Math.max(...pages.map(({ rule }) => rule.length)) + 2;
  const lines = pages.flatMap(({ rule, summary }) => {
    const [first = '', ...rest] = wrap(
      printable(summary, shown.unicode),
      shown.width,
      padEnd(rule, widest),
      ' '.repeat(widest),
    );
    return [paint.bold(rule) + first.slice(rule.length), ...rest];
  });
  return `${lines.join('\n')}\n`;
}

function page(found: RulePage, shown: Terminal, json: true | undefined): string {
  if (!json) return renderMarkdown(found.markdown, shown);
  // Rules about source have a bad and a good example on top of what all pages have.
  const titles = [...SECTIONS, 'Bad', 'Good'].filter((title) => found.markdown.includes(`\n## ${title}\n`));
  const sections = titles.map((title) => ({ title, markdown: sectionOf(found.markdown, title) }));
  return asJson({ rule: found.rule, summary: found.summary, sections });
}

function asJson(value: object): string {
  return `${JSON.stringify({ schema: 'hemostat/explain@1', ...value }, null, 2)}\n`;
}

function find(rule: string): RulePage {
  const found = rulePage(rule);
  if (found !== null) return found;
  const near = nearest(rule, ruleIds());
  const hint = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
  throw new UsageError(`there is no rule ${JSON.stringify(rule)}; ${hint}\`hemostat explain\` lists all`);
}
