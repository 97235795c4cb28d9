import { columns, padEnd, padStart, wrap } from './layout.ts';
import type { Diagnosis, LedgerTerm } from './model.ts';
import { formatBytes, formatBytesChange } from './units.ts';

const NUMBER = 10;
/** From this width on, the table also says where each number comes from. */
const WITH_SOURCE = 110;

/** The memory ledger as a table whose columns sum to RSS. At most `width` columns wide. */
export function ledgerTable(ledger: NonNullable<Diagnosis['ledger']>, width: number): string[] {
  const [firstRss, lastRss] = ledger.rss;
  const total: LedgerTerm = { name: 'RSS', first: firstRss, last: lastRss, how: '' };
  const room = width - 2 - 3 * (NUMBER + 1);
  const name = Math.min(room, Math.max(...[total, ...ledger.terms].map((term) => columns(term.name))));
  const left = 2 + name + 3 * (NUMBER + 1);
  const heads = ['first', 'last', 'change'].map((head) => ` ${padStart(head, NUMBER)}`).join('');
  const lines = [`  ${' '.repeat(name)}${heads}`];
  for (const term of ledger.terms) lines.push(...row(term, name, left, width));
  lines.push(`  ${'-'.repeat(left - 2)}`, ...row(total, name, left, width));
  return lines;
}

function row(term: LedgerTerm, name: number, left: number, width: number): string[] {
  const numbers = [formatBytes(term.first), formatBytes(term.last), formatBytesChange(term.last - term.first)];
  const cells = numbers.map((number) => ` ${padStart(number, NUMBER)}`).join('');
  // A long name takes lines of its own; the numbers stand beside the last.
  const names = wrap(term.name, 2 + name, '  ');
  const last = `${padEnd(names.pop() ?? '', 2 + name)}${cells}`;
  if (width < WITH_SOURCE || term.how === '') return [...names, last];
  const [first = '', ...rest] = wrap(term.how, width, `${last}  `, ' '.repeat(left + 2));
  return [...names, first, ...rest];
}
