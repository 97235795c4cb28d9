/** All services, worst first: what leaks, how fast, and how long there is. */
import type { FleetView, ProblemView } from '../../../src/watch/api/contract.ts';
import { useData, useNow, useTitle } from '../context.ts';
import { askFleet } from '../endpoints.ts';
import { coarse, format, formatAgo, formatRate, formatTimeToLimit, plural } from '../format.ts';
import { SeveritySign, VerdictSign } from '../parts/signs.tsx';
import { firstAndLast } from '../parts/spark-path.ts';
import { Sparkline } from '../parts/sparkline.tsx';
import { Empty, When } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { to } from '../router.ts';
import { inOrder, summary } from './fleet-order.ts';

type Service = FleetView['services'][number];

export function Fleet() {
  const fleet = useData(askFleet(), () => true);
  const now = useNow();
  useTitle(fleet.value === null ? null : `Fleet: ${summary(fleet.value)}`);
  return (
    <div class="page">
      <div class="page-head">
        <h1>Fleet</h1>
        <p class="page-says">{fleet.value === null ? ' ' : summary(fleet.value)}</p>
      </div>
      <When of={fleet} height={360} label="Loading the fleet">
        {(value) => (
          <>
            <Problems problems={value.problems} now={now} />
            {value.services.length === 0 ? <NoServices /> : <Services services={inOrder(value.services)} now={now} />}
          </>
        )}
      </When>
    </div>
  );
}

function NoServices() {
  return (
    <Empty title="No service is watched yet.">
      <p>
        Give <code>hemostat watch</code> the address of a service that serves <code>net/http/pprof</code>, or name your
        targets in a configuration:
      </p>
      <pre>hemostat watch http://127.0.0.1:6060{'\n'}hemostat watch --config hemostat.yaml</pre>
      <p>
        If targets are configured, <a href={to.status()}>Status</a> says why none answers.
      </p>
    </Empty>
  );
}

/** What the watching itself is in trouble with. */
export function Problems({ problems, now }: { readonly problems: readonly ProblemView[]; readonly now: number }) {
  if (problems.length === 0) return null;
  return (
    <details class="problems" open={problems.length <= 2}>
      <summary>
        <SeveritySign of="medium" word={false} /> {plural(problems.length, 'problem')} with the watching itself
      </summary>
      <ul>
        {problems.map((problem) => (
          <li key={`${problem.about} ${problem.says}`}>
            {problem.says} <span class="muted">since {formatAgo(problem.since, now).replace(/ ago$/, '')}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Services({ services, now }: { readonly services: readonly Service[]; readonly now: number }) {
  return (
    <Table
      label="Services, worst first"
      class="fleet"
      columns={[
        'Service',
        'Live heap',
        ['Growth', 'num'],
        ['Limit reached in', 'num'],
        ['RSS', 'num from-wide'],
        ['Goroutines', 'num from-wide'],
        ['Last capture', 'num from-wide'],
      ]}
    >
      {services.map((service) => (
        <ServiceRow key={`${service.environment}/${service.service}`} of={service} now={now} />
      ))}
    </Table>
  );
}

function ServiceRow({ of, now }: { readonly of: Service; readonly now: number }) {
  const { last } = firstAndLast(of.liveHeap.value);
  return (
    <tr class={of.severity ?? 'quiet'}>
      <th scope="row">
        <div class="service-cell">
          <SeveritySign of={of.severity} word={false} />
          <div>
            <a class="service-name" href={to.service(of.environment, of.service)}>
              {of.service}
            </a>
            <span class="muted">{[of.environment, instances(of.instances)].filter(Boolean).join(' · ')}</span>
            <p class="service-says">
              {of.verdict !== null && <VerdictSign of={of.verdict} />}
              {of.findingId !== null && of.title !== null ? (
                <a href={to.finding(of.findingId)}>{of.title}</a>
              ) : (
                <span class="muted">{of.lastCapture === null ? 'Waiting for the first capture' : 'Nothing found'}</span>
              )}
              {of.openFindings > 1 && <span class="muted">and {plural(of.openFindings - 1, 'more', 'more')}</span>}
            </p>
            {of.problems.map((problem) => (
              <p key={problem} class="service-problem">
                {problem}
              </p>
            ))}
          </div>
        </div>
      </th>
      <td class="spark-cell" data-label="Live heap">
        <Sparkline of={of.liveHeap} />
        <span class="spark-says num">
          {format(last, 'bytes')}
          <span class="muted">{covered(of.liveHeap.at)}</span>
        </span>
      </td>
      <td class="num" data-label="Growth">
        {of.perHour === null ? '–' : formatRate(of.perHour)}
      </td>
      <td class={`num limit ${urgency(of.timeToLimit)}`} data-label="Limit in">
        {formatTimeToLimit(of.timeToLimit)}
      </td>
      <td class="num from-wide">{format(of.rss, 'bytes')}</td>
      <td class="num from-wide">{format(of.goroutines, 'count')}</td>
      <td class="num from-wide">{formatAgo(of.lastCapture, now)}</td>
    </tr>
  );
}

/** `over 24 h`: what the line covers, since a young server has less. */
function covered(at: readonly number[]): string {
  const seconds = ((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1000;
  return seconds > 0 ? `over ${coarse(seconds)}` : '';
}

function instances({ up, total }: Service['instances']): string {
  return up === total ? plural(total, 'instance') : `${up} of ${plural(total, 'instance')} up`;
}

function urgency(seconds: number | null): string {
  return seconds === null ? '' : seconds < 6 * 3600 ? 'urgent' : seconds < 48 * 3600 ? 'soon' : '';
}
