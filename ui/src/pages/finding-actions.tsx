/** What a person says to a finding: I know (acknowledge), and do not tell me for a while (silence). */
import { useState } from 'preact/hooks';
import type { FindingView } from '../../../src/watch/api/contract.ts';
import { useNow, useServices } from '../context.ts';
import { formatFull, formatMoment } from '../format.ts';
import { storedName, storeName } from '../name.ts';

const SILENCES = [
  [3600, '1 hour'],
  [8 * 3600, '8 hours'],
  [86_400, '1 day'],
  [7 * 86_400, '7 days'],
  [30 * 86_400, '30 days'],
] as const;

export function FindingActions({ of, onDone }: { readonly of: FindingView; readonly onDone: () => void }) {
  const { data, announce } = useServices();
  const now = useNow();
  const [by, setBy] = useState(storedName);
  const [note, setNote] = useState('');
  const [seconds, setSeconds] = useState(86_400);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const { actions } = data;
  if (actions === null) return null;
  const path = `api/findings/${of.id}`;
  const act = async (event: Event, says: string, method: 'POST' | 'DELETE', what: string, body: object) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      storeName(by);
      await actions.send(method, `${path}/${what}`, body);
      announce(says);
      setNote('');
      onDone();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  const silenced = of.silencedUntil !== null && of.silencedUntil > now;
  return (
    <section class="panel actions" aria-labelledby="actions-title">
      <h2 id="actions-title">Your word</h2>
      {of.acknowledged !== null && (
        <p>
          Acknowledged by <strong>{of.acknowledged.by}</strong>{' '}
          <span class="muted" title={formatFull(of.acknowledged.at)}>
            {formatMoment(of.acknowledged.at, now)}
          </span>
          {of.acknowledged.note !== '' && <>: {of.acknowledged.note}</>}
        </p>
      )}
      {silenced && <p>Silenced until {formatFull(of.silencedUntil ?? 0)}.</p>}
      <label class="field">
        <span>Your name</span>
        <input value={by} maxLength={200} autocomplete="name" onInput={(event) => setBy(event.currentTarget.value)} />
      </label>
      <form onSubmit={(event) => act(event, 'Acknowledged', 'POST', 'acknowledge', { by, note })}>
        <label class="field">
          <span>{of.acknowledged === null ? 'What is known or done about it' : 'Another note'}</span>
          <textarea rows={2} maxLength={2000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <div class="form-line">
          <button type="submit" class="button primary" disabled={busy || by.trim() === ''}>
            Acknowledge
          </button>
          {of.acknowledged !== null && (
            <button
              type="button"
              class="button"
              disabled={busy || by.trim() === ''}
              onClick={(event) => act(event, 'No longer acknowledged', 'DELETE', 'acknowledge', { by })}
            >
              Take it back
            </button>
          )}
        </div>
      </form>
      <form
        class="form-line"
        onSubmit={(event) => act(event, 'Silenced', 'POST', 'silence', { by, why: note, seconds })}
      >
        <label class="field">
          <span>No alerts for</span>
          <select value={seconds} onChange={(event) => setSeconds(Number(event.currentTarget.value))}>
            {SILENCES.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="button" disabled={busy || by.trim() === ''}>
          Silence
        </button>
        {silenced && (
          <button
            type="button"
            class="button"
            disabled={busy || by.trim() === ''}
            onClick={(event) => act(event, 'No longer silenced', 'DELETE', 'silence', { by })}
          >
            End the silence
          </button>
        )}
      </form>
      {by.trim() === '' && <p class="muted">Say who you are first: others see who took care of it.</p>}
      {problem !== null && (
        <p class="form-problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
