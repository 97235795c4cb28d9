/** How long answers took: n, median and p90 per kind and role. */
import { useState } from 'preact/hooks';
import type { ResponseReportView } from '../../../src/watch/api/contract.ts';
import { useData, useServices } from '../context.ts';
import { askResponseReport } from '../endpoints.ts';
import { formatDuration, plural } from '../format.ts';
import { Choice } from '../parts/choice.tsx';
import { When } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';

const DAY = 86_400_000;
const RANGES = { '7d': 7 * DAY, '30d': 30 * DAY, '90d': 90 * DAY, all: null } as const;

export function Report() {
  const { data } = useServices();
  const [range, setRange] = useState<keyof typeof RANGES>('30d');
  // A whole minute: the same question has the same path.
  const [asked] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  const length = RANGES[range];
  const report = useData(
    askResponseReport(length === null ? null : asked - length),
    (event) => event.kind === 'incident',
    true,
  );
  return (
    <section aria-labelledby="report-title">
      <div class="section-head">
        <h2 id="report-title">How long it took</h2>
        {data.actions !== null && (
          <>
            <a class="button" href="api/response-export?form=defectdojo" download>
              DefectDojo
            </a>
            <a class="button" href="api/response-export?form=alertmanager" download>
              Alertmanager
            </a>
          </>
        )}
      </div>
      <Choice
        label="Found within"
        options={[
          ['7d', '7 days'],
          ['30d', '30 days'],
          ['90d', '90 days'],
          ['all', 'All'],
        ]}
        value={range}
        onChange={setRange}
      />
      <When of={report} height={240} label="Loading response times">
        {(value) => <Times of={value} />}
      </When>
    </section>
  );
}

function Times({ of }: { readonly of: ResponseReportView }) {
  const groups = [of.all, ...of.kinds, ...of.roles];
  const rows = groups.flatMap((group) =>
    group.times
      .filter(({ n, open }) => n + open > 0)
      .map((times, index, own) => ({ group, times, first: index === 0, span: own.length })),
  );
  if (rows.length === 0) return <p class="muted">Nothing was found in this time that somebody had to answer.</p>;
  return (
    <>
      <p class="muted report-head">
        {plural(of.incidents, 'incident')}
        {of.rounds !== of.incidents && ` in ${plural(of.rounds, 'round')}, because some came back`}, {of.open} open.
      </p>
      <Table
        label="Table of response times"
        columns={[
          'Of',
          'Time to',
          ['n', 'num'],
          ['Open', 'num'],
          ['Median', 'num'],
          ['p90', 'num'],
          ['Overdue', 'num'],
        ]}
      >
        {rows.map(({ group, times, first, span }) => (
          <tr key={`${group.name} ${times.measure}`}>
            {first && (
              <th scope="rowgroup" rowSpan={span}>
                {group.name}
              </th>
            )}
            <td>{times.measure}</td>
            <td class="num">{times.n}</td>
            <td class="num">{times.open}</td>
            <td class="num">{time(times.median)}</td>
            <td class="num">{time(times.p90)}</td>
            <td class="num">{times.breaches}</td>
          </tr>
        ))}
      </Table>
      {of.notes.map((note) => (
        <p key={note} class="note">
          {note}.
        </p>
      ))}
    </>
  );
}

/** Where too few are done, the quantile lies beyond what has been seen. */
function time(ms: number | null): string {
  return ms === null ? 'not yet' : formatDuration(ms / 1000);
}
