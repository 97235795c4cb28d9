/** The lines that a person sees who watches from a terminal, from measurements on. */
import { expect, it } from 'vitest';
import { FindingBook } from '../watch/finding-book.ts';
import { readTable } from '../watch/life/testing.ts';
import { tellFindings } from './watch-tell.ts';

/** What is printed over the measurements (life/testing.ts), told in the order in which the server tells. */
function printed(table: string): string[] {
  const lines: string[] = [];
  const teller = tellFindings(
    () => 'http://localhost:7070',
    (line) => lines.push(line.replace(/a map only grows at \S+/, 'it grows').replace(/#\/finding\/\w+$/, '…')),
  );
  const book = new FindingBook([], []);
  for (const { measurement } of readTable(table)) {
    const { findings, events } = book.measured(measurement);
    const fresh = findings.filter(({ id }) => book.get(id) === null);
    book.store(findings, []);
    for (const record of fresh) teller.onNew(record);
    for (const event of events) {
      const record = book.get(event.finding);
      if (record !== null) teller.onEvent(event, record);
    }
  }
  return lines;
}

it('tells a suspicion once and that it is certain once, with the verdict of the page', () => {
  const lines = printed(`
    60s  a v1 up=60s  1h:suspected →
    75s  a v1 up=75s  1h:confirmed →
    90s  a v1 up=90s  1h:confirmed →
    115s a v1 up=115s 1h:confirmed →
    130s a v1 up=130s 1h:confirmed →
  `);
  expect(lines).toEqual([
    'shop: it grows (medium, suspected) http://localhost:7070/…',
    'shop: certain now: it grows (medium, confirmed) http://localhost:7070/…',
  ]);
  // Confirmed by one measurement is not confirmed yet.
  expect(printed('60s a v1 up=60s 1h:confirmed →')).toEqual([
    'shop: it grows (medium, suspected) http://localhost:7070/…',
  ]);
});

it('has one line for what is certain at once, and none for a small suspicion until it is certain', () => {
  expect(printed('60m a v1 up=9h 1h:proven →')).toEqual(['shop: it grows (medium, proven) http://localhost:7070/…']);
  const small = '60m a v1 up=9h 1h=20m:suspected/low →';
  expect(printed(small)).toEqual([]);
  expect(printed(`${small}\n 90m a v1 up=9h 1h:confirmed →`)).toEqual([
    'shop: it grows (medium, confirmed) http://localhost:7070/…',
  ]);
});
