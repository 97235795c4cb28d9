/** One incident: who owes what by when, what was answered, what happened, and what one can say to it. */
import type { IncidentDetail } from '../../../src/watch/api/contract.ts';
import { useData, useNow, useServices, useTitle } from '../context.ts';
import { askIncident } from '../endpoints.ts';
import { formatAgo, formatFull, formatMoment } from '../format.ts';
import { SeveritySign, VerdictSign } from '../parts/signs.tsx';
import { When } from '../parts/states.tsx';
import { type Place, to } from '../router.ts';
import { Clocks, UrgencySign } from './clocks.tsx';
import { IncidentActions } from './incident-actions.tsx';

export function IncidentPage({ place }: { readonly place: Place }) {
  const id = place.path[1] ?? '';
  const detail = useData(askIncident(id), (event) => event.kind === 'incident' && (event.id === id || event.id === ''));
  useTitle(detail.value === null ? null : `Incident: ${detail.value.incident.title}`);
  return (
    <>
      {detail.value === null && <h1 class="sr-only">Incident</h1>}
      <When of={detail} height={900} label="Loading the incident">
        {(value) => (
          <article class="page incident">
            <Head of={value} />
            <section class="panel" aria-labelledby="clocks-title">
              <h2 id="clocks-title">{value.incident.state === 'open' ? 'Who owes what' : 'What was owed'}</h2>
              {value.incident.clocks.length === 0 ? (
                <p class="muted">Nobody owes an answer to it: no row of the matrix matches.</p>
              ) : (
                <Clocks of={value.incident.clocks} label="Clocks" />
              )}
              <Missing of={value} />
            </section>
            <Answers of={value} onDone={detail.again} />
            <div class="two">
              <Happened of={value} />
              {value.incident.state === 'open' && <IncidentActions of={value} onDone={detail.again} />}
            </div>
          </article>
        )}
      </When>
    </>
  );
}

function Head({ of: { incident, fix } }: { readonly of: IncidentDetail }) {
  const now = useNow();
  return (
    <header>
      <p class="crumbs">
        <a href={to.respond()}>Response</a>
        <a href={to.service(incident.environment, incident.service)}>{incident.service}</a>
        <span>{incident.rule}</span>
      </p>
      <div class="finding-line">
        <UrgencySign of={incident} />
        <SeveritySign of={incident.severity} />
        <VerdictSign of={incident.verdict} />
        <span class="muted" title={formatFull(incident.roundAt)}>
          {incident.round === 1 ? 'found' : `there again (round ${incident.round})`} {formatAgo(incident.roundAt, now)}
        </span>
        {incident.closedAt !== null && (
          <span class="muted" title={formatFull(incident.closedAt)}>
            closed {formatAgo(incident.closedAt, now)}
          </span>
        )}
        {incident.silencedUntil !== null && incident.silencedUntil > now && (
          <span class="state">silenced: clocks go on, reminders wait</span>
        )}
      </div>
      <h1>{incident.title}</h1>
      {incident.finding !== null && (
        <p>
          <a href={to.finding(incident.finding)}>The finding with its evidence</a>
        </p>
      )}
      <p class="incident-fix">{fix}</p>
    </header>
  );
}

function Missing({ of: { incident, missing } }: { readonly of: IncidentDetail }) {
  const now = useNow();
  const { measured } = incident;
  return (
    <>
      <p class="incident-measured">
        {measured === null ? (
          <span class="muted">Not measured since it was found: it is still there as far as anybody knows.</span>
        ) : (
          <>
            <strong>{measured.flat ? 'Measured flat' : 'Measured not flat'}</strong>{' '}
            <span class="muted" title={formatFull(measured.at)}>
              {formatMoment(measured.at, now)}
            </span>
            : {measured.says}
          </>
        )}
      </p>
      {incident.state === 'open' && (
        <p class="muted">
          {missing.length === 0
            ? 'Nothing is owed any more: it can be closed.'
            : `To be closed: ${missing.join('; ')}.`}
        </p>
      )}
    </>
  );
}

const KINDS: Readonly<Record<IncidentDetail['artefacts'][number]['kind'], string>> = {
  'fix-with-test': 'Fix with a test',
  'rollback-plan': 'Rollback plan',
  'detection-rule': 'Detection rule',
  note: 'Note',
};

function Answers({ of, onDone }: { readonly of: IncidentDetail; readonly onDone: () => void }) {
  const { data } = useServices();
  const now = useNow();
  const { incident, artefacts } = of;
  const again = async () => {
    await data.actions?.send('POST', `api/incidents/${incident.id}/check`, {});
    onDone();
  };
  return (
    <section aria-labelledby="answers-title">
      <div class="section-head">
        <h2 id="answers-title">Answers</h2>
        {incident.state === 'open' && data.actions !== null && artefacts.some(({ kind }) => kind !== 'note') && (
          <button type="button" class="button" onClick={() => void again()}>
            Check again
          </button>
        )}
      </div>
      {artefacts.length === 0 ? (
        <p class="muted">None is attached yet.</p>
      ) : (
        <ul class="answers">
          {artefacts.map((one) => (
            <li key={`${one.role} ${one.id}`} class="panel answer">
              <div class="finding-line">
                <strong>{KINDS[one.kind]}</strong>
                <span class="muted">
                  {one.role}, by {one.by}, {formatMoment(one.at, now)}
                </span>
              </div>
              <p>
                <code>{one.reference}</code>
                {one.note !== '' && <> {one.note}</>}
              </p>
              <p class={`answer-check ${outcomeOf(one)}`}>
                <strong>{OUTCOMES[outcomeOf(one)]}</strong>
                {one.check !== null && `: ${one.check.says.replace(/^not checked: /, '')}`}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const OUTCOMES = {
  checking: 'Being checked…',
  passed: 'Passed',
  refused: 'Refused',
  unknown: 'Not checked',
  said: 'Taken at its word',
} as const;

function outcomeOf({ checking, check, kind }: IncidentDetail['artefacts'][number]): keyof typeof OUTCOMES {
  if (checking) return 'checking';
  if (kind === 'note') return 'said';
  if (check === null) return 'unknown';
  return check.passed ? 'passed' : check.says.startsWith('not checked: ') ? 'unknown' : 'refused';
}

const WORDS: Readonly<Record<string, string>> = {
  attached: 'answer',
  checked: 'check',
  reminded: 'reminder',
  told: 'delivered',
  reopened: 'open again',
};

function Happened({ of: { events } }: { readonly of: IncidentDetail }) {
  const now = useNow(60_000);
  return (
    <section class="panel" aria-labelledby="happened-title">
      <h2 id="happened-title">What happened</h2>
      <ol class="life">
        {events.map((event) => (
          <li key={event.id}>
            <time dateTime={new Date(event.at).toISOString()} title={formatFull(event.at)}>
              {formatMoment(event.at, now)}
            </time>
            <strong>{WORDS[event.kind] ?? event.kind}</strong>
            <span>{event.says}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
