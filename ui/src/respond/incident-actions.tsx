/** What a person says to an incident: seen, answered, waiting, going on, done. */
import { useState } from 'preact/hooks';
import type { IncidentDetail } from '../../../src/watch/api/contract.ts';
import { useServices } from '../context.ts';
import { storedName, storeName } from '../name.ts';
import { ROLES, type Role, span } from './clock-words.ts';

type ArtefactKind = IncidentDetail['artefacts'][number]['kind'];

const REFERENCES: Readonly<Record<ArtefactKind, string>> = {
  'fix-with-test': 'Commit that has the fix and its test',
  'rollback-plan': 'Name of the plan on the server',
  'detection-rule': 'Name of the rule on the server',
  note: 'An address, or a few words',
};

export function IncidentActions({ of, onDone }: { readonly of: IncidentDetail; readonly onDone: () => void }) {
  const { data, announce } = useServices();
  const [by, setBy] = useState(storedName);
  const [role, setRole] = useState<Role>(() => firstOwing(of));
  const [note, setNote] = useState('');
  const [reference, setReference] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { actions } = data;
  if (actions === null) return null;
  const { incident, missing, longestPauseMs } = of;
  const own = incident.clocks.filter((clock) => clock.role === role);
  const resolve = own.find(({ clock }) => clock === 'resolve');
  const kind = resolve?.artefact ?? 'note';
  const seen = own.every(({ clock, stoppedAt }) => clock !== 'acknowledge' || stoppedAt !== null);
  const paused = own.some(({ state }) => state === 'paused');
  const unnamed = by.trim() === '';
  const act = async (event: Event, says: string, what: string, body: object) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      storeName(by);
      await actions.send('POST', `api/incidents/${incident.id}/${what}`, { by, ...body });
      announce(says);
      setNote('');
      setReference('');
      onDone();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <section class="panel actions" aria-labelledby="incident-actions-title">
      <h2 id="incident-actions-title">Your word</h2>
      <div class="form-line">
        <label class="field">
          <span>Your name</span>
          <input value={by} maxLength={200} autocomplete="name" onInput={(event) => setBy(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>For</span>
          <select
            value={role}
            onChange={(event) => setRole(ROLES.find((each) => each === event.currentTarget.value) ?? role)}
          >
            {ROLES.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      </div>
      <form onSubmit={(event) => act(event, 'Attached', 'attach', { role, kind, reference, note })}>
        <label class="field">
          <span>{REFERENCES[kind]}</span>
          <input
            value={reference}
            maxLength={1000}
            spellcheck={false}
            onInput={(event) => setReference(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>What is known, waited for or done</span>
          <textarea rows={2} maxLength={2000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <div class="form-line">
          <button
            type="button"
            class="button primary"
            disabled={busy || unnamed || seen}
            onClick={(event) => act(event, 'Acknowledged', 'acknowledge', { role, note })}
          >
            Acknowledge
          </button>
          <button type="submit" class="button" disabled={busy || unnamed || reference.trim() === ''}>
            Attach
          </button>
          {paused ? (
            <button
              type="button"
              class="button"
              disabled={busy || unnamed}
              onClick={(event) => act(event, 'The clocks go on', 'resume', { role })}
            >
              Resume
            </button>
          ) : (
            <button
              type="button"
              class="button"
              disabled={busy || unnamed || note.trim() === ''}
              onClick={(event) => act(event, 'Paused', 'pause', { role, why: note })}
            >
              Pause
            </button>
          )}
          <button
            type="button"
            class="button"
            disabled={busy || unnamed || (missing.length > 0 && note.trim() === '')}
            onClick={(event) => act(event, 'Closed', 'close', { reason: note })}
          >
            Close
          </button>
        </div>
      </form>
      <p class="muted">
        {unnamed
          ? 'Say who you are first: others see who took care of it. '
          : 'To pause, say what is waited for; to close what is not answered, say why. '}
        {longestPauseMs !== null && `Clocks stand still for ${span(longestPauseMs)} in all at most.`}
      </p>
      {problem !== null && (
        <p class="form-problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

/** Whose clock is next. */
function firstOwing({ incident }: IncidentDetail): Role {
  const owing = incident.clocks.filter(({ stoppedAt }) => stoppedAt === null);
  const [first] = owing.sort((a, b) => (a.breachedAt ?? a.dueAt ?? Infinity) - (b.breachedAt ?? b.dueAt ?? Infinity));
  return first?.role ?? 'development';
}
