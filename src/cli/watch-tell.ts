/** What `hemostat watch` prints while it runs: one line when a finding is first seen, and one for each turn of its life. */
import { printable } from '../findings/layout.ts';
import { severityAtLeast } from '../findings/sort.ts';
import { linkOf } from '../watch/alerts/words.ts';
import type { FindingRecord } from '../watch/model.ts';
import type { ServerOptions } from '../watch/server.ts';

/** `url`: of the page. `say` gets a line that is safe for a terminal. */
export function tellFindings(
  url: () => string,
  say: (line: string) => void,
): Required<Pick<ServerOptions, 'onEvent' | 'onNew'>> {
  const told = new Set<string>();
  // The verdict of the record: what one measurement calls confirmed is suspected until it stands, here as on the page.
  const tell = ({ id, service, severity, verdict, finding }: FindingRecord, what: string): void => {
    const line = `${service}: ${what}${finding.title} (${severity}, ${verdict}) ${linkOf(url(), id) ?? ''}`;
    say(printable(line.replaceAll('\n', ' '), true));
    told.add(id);
  };
  return {
    onNew: (record) => {
      // What is certain at once comes with an event; what is of little weight and only suspected waits until it is certain.
      if (record.verdict !== 'suspected' || !severityAtLeast(record.severity, 'medium')) return;
      tell(record, '');
    },
    onEvent: ({ kind }, record) => {
      // Counts open as suspected at once, and were told just now.
      if (kind === 'opened' && record.verdict === 'suspected' && told.has(record.id)) return;
      if (kind === 'opened') tell(record, told.has(record.id) ? 'certain now: ' : '');
      else if (kind === 'regressed') tell(record, 'back again: ');
      else if (kind === 'resolved') tell(record, 'resolved: ');
    },
  };
}
