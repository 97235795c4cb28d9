/** Who owes what by when: open incidents, what breaches first before; and how long answers took. */
import { useState } from 'preact/hooks';
import type { IncidentsView, IncidentView } from '../../../src/watch/api/contract.ts';
import { useData, useNow, useTitle } from '../context.ts';
import { askIncidents } from '../endpoints.ts';
import { formatAgo, formatCount, plural } from '../format.ts';
import { Choice } from '../parts/choice.tsx';
import { Fact } from '../parts/fact.tsx';
import { useLimit } from '../parts/limit.tsx';
import { SeveritySign } from '../parts/signs.tsx';
import { Empty, When } from '../parts/states.tsx';
import { type Place, to, withQuery } from '../router.ts';
import { ROLES, type Role } from './clock-words.ts';
import { Clocks, UrgencySign } from './clocks.tsx';
import { Report } from './report.tsx';

export function RespondPage({ place }: { readonly place: Place }) {
  const list = useData(askIncidents(), (event) => event.kind === 'incident');
  useTitle(list.value === null ? null : 'Response');
  const role = ROLES.find((each) => each === place.query.role) ?? null;
  const [closed, setClosed] = useState(false);
  return (
    <div class="page respond">
      <div class="page-head">
        <h1>Response</h1>
        <p class="page-says">Who owes what by when for what was found</p>
      </div>
      <When of={list} height={700} label="Loading the incidents">
        {(value) => (
          <div class="page">
            <Counts of={value} />
            <Reminded of={value} />
            <div class="toolbar">
              <Choice<Role | 'all'>
                label="Whose clocks"
                options={[['all', 'Everybody'], ...ROLES.map((each) => [each, named(each)] as const)]}
                value={role ?? 'all'}
                onChange={(next) => {
                  location.hash = withQuery(place, { role: next === 'all' ? null : next });
                }}
              />
            </div>
            <List of={value} role={role} />
            <details class="past" open={closed} onToggle={(event) => setClosed(event.currentTarget.open)}>
              <summary>{plural(value.counts.closed, 'closed incident')}</summary>
              {closed && <Closed role={role} />}
            </details>
            <Report />
          </div>
        )}
      </When>
    </div>
  );
}

function named(role: Role): string {
  return role.charAt(0).toUpperCase() + role.slice(1);
}

function Counts({ of: { counts } }: { readonly of: IncidentsView }) {
  return (
    <dl class="facts">
      <Fact name="Open" value={formatCount(counts.open)}>
        {counts.open === 1 ? 'incident' : 'incidents'}
      </Fact>
      <Fact name="Overdue" value={formatCount(counts.breached)}>
        {counts.breached === 0 ? 'nobody is late' : 'with a clock over its time'}
      </Fact>
      <Fact name="Due soon" value={formatCount(counts.soon)}>
        four fifths of the time are used
      </Fact>
    </dl>
  );
}

/** Clocks of which nobody hears look like clocks that somebody hears of. */
function Reminded({ of: { enabled, receivers } }: { readonly of: IncidentsView }) {
  if (!enabled)
    return (
      <p class="note">
        Clocks are off (<code>respond.enabled</code>): no incident is started, and nobody is reminded.
      </p>
    );
  const told = ROLES.filter((role) => receivers[role].length > 0);
  if (told.length === ROLES.length) return null;
  const silent = ROLES.filter((role) => receivers[role].length === 0);
  return (
    <p class="note">
      {told.length === 0
        ? 'Nobody is reminded before a clock runs out: '
        : `Nobody is reminded of what ${silent.join(' and ')} ${silent.length === 1 ? 'owes' : 'owe'}: `}
      name receivers under <code>respond.receivers</code> in the configuration.
    </p>
  );
}

function List({ of, role }: { readonly of: IncidentsView; readonly role: Role | null }) {
  const own = of.incidents.filter(({ clocks }) => role === null || clocks.some((clock) => clock.role === role));
  const { limit, more } = useLimit(own.length, 'incident', 50);
  if (own.length === 0)
    return (
      <Empty title={role === null ? 'No incident is open.' : `Nothing is open that ${role} owes an answer to.`}>
        <p class="muted">
          A finding that is {of.limit.verdict} and at least {of.limit.severity} starts one, and its clocks.
        </p>
      </Empty>
    );
  return (
    <>
      <ul class="findings" aria-label="Open incidents">
        {own.slice(0, limit).map((one) => (
          <Card key={one.id} of={one} role={role} />
        ))}
      </ul>
      {more}
    </>
  );
}

function Closed({ role }: { readonly role: Role | null }) {
  const list = useData(askIncidents('closed'), (event) => event.kind === 'incident');
  return (
    <When of={list} height={200} label="Loading closed incidents">
      {({ incidents }) => (
        <ul class="findings" aria-label="Closed incidents">
          {incidents
            .filter(({ clocks }) => role === null || clocks.some((clock) => clock.role === role))
            .slice(0, 200)
            .map((one) => (
              <Card key={one.id} of={one} role={role} />
            ))}
        </ul>
      )}
    </When>
  );
}

function Card({ of, role }: { readonly of: IncidentView; readonly role: Role | null }) {
  const now = useNow();
  const own = of.clocks.filter((clock) => role === null || clock.role === role);
  // What is answered already is on the incident's page.
  const clocks = of.state === 'closed' ? own : own.filter(({ stoppedAt }) => stoppedAt === null);
  const answered = own.length - clocks.length;
  return (
    <li class={`finding-card ${of.state === 'closed' ? 'past' : of.severity}`}>
      <div class="finding-line">
        <UrgencySign of={of} />
        <SeveritySign of={of.severity} />
        <span class="muted">
          {of.service} in {of.environment}
        </span>
        <span class="muted">
          {of.state === 'closed'
            ? `closed ${formatAgo(of.closedAt, now)}`
            : `${of.round === 1 ? 'found' : 'there again'} ${formatAgo(of.roundAt, now)}`}
        </span>
        {of.silencedUntil !== null && of.silencedUntil > now && <span class="state">silenced</span>}
      </div>
      <a class="finding-title" href={to.incident(of.id)}>
        {of.title}
      </a>
      {own.length === 0 && <p class="muted">Nobody owes an answer to it: no row of the matrix matches.</p>}
      {clocks.length > 0 && <Clocks of={clocks} label={`Clocks of ${of.service}`} />}
      {answered > 0 && (
        <p class="clocks-answered muted">
          {plural(answered, 'clock')} answered
          {own.some(({ state }) => state === 'met-late') && ', not all in time'}
          {clocks.length === 0 && of.measured?.flat !== true && '; it is not measured flat yet'}
        </p>
      )}
    </li>
  );
}
