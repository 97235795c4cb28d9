/** `hemostat review --list`. */
import picocolors from 'picocolors';
import { padEnd, printable, wrap } from '../findings/layout.ts';
import { rulePage } from '../findings/pages.ts';
import { allRules } from './review-options.ts';
import { terminal } from './terminal.ts';

export function listRules(json: boolean): string {
  // The first sentence of the page, as `explain` has it.
  const rules = allRules().map(({ id, summary }) => ({ id, summary: rulePage(id)?.summary ?? summary }));
  if (json) {
    const written = rules.map(({ id, summary }) => ({ rule: id, summary }));
    return `${JSON.stringify({ schema: 'hemostat/rules@1', rules: written }, null, 2)}\n`;
  }
  const shown = terminal();
  const paint = picocolors.createColors(shown.color);
  const widest = Math.max(...rules.map(({ id }) => id.length)) + 2;
  const lines = rules.flatMap(({ id, summary }) => {
    const text = printable(summary, shown.unicode);
    const [first = '', ...rest] = wrap(text, shown.width, padEnd(id, widest), ' '.repeat(widest));
    return [paint.bold(id) + first.slice(id.length), ...rest];
  });
  return `${lines.join('\n')}\n`;
}
