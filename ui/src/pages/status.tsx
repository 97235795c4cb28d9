/** How the watching itself goes: targets and their budgets, the store, alerts, problems. */
import type { AlertsView, StatusView } from '../../../src/watch/api/contract.ts';
import { useData, useNow, useTitle } from '../context.ts';
import { askAlerts, askStatus } from '../endpoints.ts';
import { formatAgo, formatBytes, formatCount, formatDuration, formatMoment, plural } from '../format.ts';
import { Fact } from '../parts/fact.tsx';
import { useLimit } from '../parts/limit.tsx';
import { SeveritySign } from '../parts/signs.tsx';
import { Empty, When } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { to } from '../router.ts';
import { Problems } from './fleet.tsx';

type Target = StatusView['targets'][number];

export function StatusPage() {
  const status = useData(askStatus(), () => true);
  const alerts = useData(askAlerts(), () => true);
  const now = useNow(5000);
  useTitle(status.value === null ? null : 'Status');
  return (
    <div class="page">
      <div class="page-head">
        <h1>Status</h1>
        <p class="page-says">
          {status.value === null
            ? ' '
            : `hemostat ${status.value.version}, running for ${formatDuration((now - status.value.startedAt) / 1000)}`}
        </p>
      </div>
      <When of={status} height={700} label="Loading the status">
        {(value) => (
          <div class="page">
            <Problems problems={value.problems} now={now} />
            <dl class="facts">
              <Fact name="Targets" value={formatCount(value.targets.length)}>
                {formatCount(value.targets.filter((one) => one.up).length)} answer
              </Fact>
              <Fact name="Store" value={formatBytes(value.store.databaseBytes + value.store.blobBytes)}>
                {formatBytes(value.store.databaseBytes)} database, {formatBytes(value.store.blobBytes)} profiles
              </Fact>
              <Fact name="Captures" value={formatCount(value.store.captures)}>
                {plural(value.store.metricPoints, 'metric point')}
              </Fact>
              <Fact name="Alerts" value={formatCount(value.alerts.delivered)}>
                delivered, {formatCount(value.alerts.pending)} pending, {formatCount(value.alerts.dropped)} dropped
              </Fact>
            </dl>
            <Targets targets={value.targets} now={now} />
            <Alerts of={alerts.value} receivers={value.alerts.receivers} now={now} />
          </div>
        )}
      </When>
    </div>
  );
}

const SHOWN = 50;

function Targets({ targets, now }: { readonly targets: readonly Target[]; readonly now: number }) {
  const { limit, more } = useLimit(targets.length, 'target', SHOWN);
  if (targets.length === 0)
    return (
      <Empty title="No targets.">
        <p class="muted">
          The configuration names none, or discovery has found none yet. Problems with discovery are named above.
        </p>
      </Empty>
    );
  // Those that fail are what one comes for.
  const ordered = targets.toSorted((a, b) => Number(a.up) - Number(b.up) || b.failures - a.failures);
  return (
    <section aria-labelledby="targets-title">
      <h2 id="targets-title">Targets</h2>
      <Table
        label="Table of targets"
        columns={[
          'Target',
          'State',
          'Found by',
          ['Next capture', 'num'],
          'Captures, last hour',
          'Bytes',
          'Stopped for',
        ]}
      >
        {ordered.slice(0, limit).map((one) => (
          <tr key={one.id}>
            <th scope="row">
              <a href={to.service(one.environment, one.service, { instance: one.id })}>{one.service || one.url}</a>{' '}
              <span class="muted">{one.instance}</span>
            </th>
            <td>
              {one.problem === null ? (
                <span class="severity none">{one.up ? 'up' : 'not asked yet'}</span>
              ) : (
                <span class="target-problem">
                  <SeveritySign of="medium" word={false} /> {one.problem}
                  {one.failures > 1 && <span class="muted"> {one.failures} times in a row</span>}
                </span>
              )}
            </td>
            <td class="muted">{one.from}</td>
            <td class="num">{one.nextCapture === null ? '–' : formatAgo(one.nextCapture, now)}</td>
            <td>
              <Budget spent={one.spent.captures} of={one.budget.captures} show={formatCount} name="captures" />
            </td>
            <td>
              <Budget spent={one.spent.bytes} of={one.budget.bytes} show={formatBytes} name="bytes" />
            </td>
            <td>
              <Budget
                spent={one.spent.pauseMs}
                of={one.budget.pauseMs}
                show={(ms) => formatDuration(ms / 1000)}
                name="stop-the-world time"
              />
            </td>
          </tr>
        ))}
      </Table>
      {more}
    </section>
  );
}

interface BudgetProps {
  readonly spent: number;
  readonly of: number;
  readonly show: (value: number) => string;
  readonly name: string;
}

/** What was spent beside what is allowed. */
function Budget({ spent, of, show, name }: BudgetProps) {
  const share = of > 0 ? Math.min(1, spent / of) : 0;
  return (
    <span class="budget" title={`${name}: ${show(spent)} of ${show(of)} in the last hour`}>
      <span class="budget-bar" aria-hidden="true">
        <i class={share > 0.9 ? 'full' : undefined} style={{ width: `${share * 100}%` }} />
      </span>
      <span class="num">
        {show(spent)} <span class="muted">of {show(of)}</span>
      </span>
    </span>
  );
}

interface AlertsProps {
  readonly of: AlertsView | null;
  readonly receivers: readonly string[];
  readonly now: number;
}

function Alerts({ of, receivers, now }: AlertsProps) {
  return (
    <section aria-labelledby="alerts-title">
      <h2 id="alerts-title">Alerts</h2>
      {receivers.length === 0 ? (
        <p class="muted">
          Nobody is told: no receiver is configured under <code>alerts</code>.
        </p>
      ) : (
        <p class="muted">To {receivers.join(', ')}.</p>
      )}
      {of !== null && of.deliveries.length > 0 && (
        <Table label="Table of alerts" columns={['Made', 'To', 'State', ['Tries', 'num'], 'Findings', 'Last error']}>
          {of.deliveries.map((one) => (
            <tr key={one.id}>
              <th scope="row">{formatMoment(one.createdAt, now)}</th>
              <td>{one.receiver}</td>
              <td>{one.state}</td>
              <td class="num">{one.attempts}</td>
              <td>
                {one.findings.map((id, i) => (
                  <a key={id} href={to.finding(id)}>
                    {i + 1}
                    <span class="sr-only">. finding</span>{' '}
                  </a>
                ))}
              </td>
              <td>{one.lastError ?? '–'}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
