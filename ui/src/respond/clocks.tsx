/** Clocks as bars: what is used of the time, who owes what, and how much is left in words. */
import type { IncidentView, ResponseClockView } from '../../../src/watch/api/contract.ts';
import { useNow } from '../context.ts';
import { formatFull } from '../format.ts';
import { clockSays, SOON, stateAt, URGENCY, usedShare } from './clock-words.ts';

export function Clocks({ of, label }: { readonly of: readonly ResponseClockView[]; readonly label: string }) {
  const now = useNow(1000);
  return (
    <ul class="clocks" aria-label={label}>
      {of.map((clock) => (
        <Clock key={`${clock.role} ${clock.clock}`} of={clock} now={now} />
      ))}
    </ul>
  );
}

function Clock({ of, now }: { readonly of: ResponseClockView; readonly now: number }) {
  const share = usedShare(of, now);
  const state = stateAt(of, now);
  const look = state === 'running' && share >= SOON ? 'soon' : state;
  return (
    <li class={`clock ${look}`}>
      <span class="clock-role">{of.role}</span>
      <span class="clock-owes">{of.owes}</span>
      <span class="clock-bar" aria-hidden="true">
        <i style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      <span class="clock-says" title={of.dueAt === null ? undefined : `Due ${formatFull(of.dueAt)}`}>
        <Mark of={look} /> {clockSays(of, now)}
      </span>
    </li>
  );
}

const MARKS: Readonly<Record<string, string>> = {
  breached: 'M6 0 12 6 6 12 0 6z',
  'met-late': 'M6 0 12 6 6 12 0 6z',
  soon: 'M6 .8 11.8 11.200H.2z',
  met: 'M1.5 6.2 4.7 9.4 10.7 2.8',
  paused: 'M2.500 1h2.500v10H2.500zM7 1h2.500v10H7z',
};

/** A shape beside the words, where there is something to see to. */
function Mark({ of }: { readonly of: string }) {
  const path = MARKS[of];
  if (path === undefined) return null;
  return (
    <svg class={`clock-mark ${of}`} viewBox="0 0 12 12" width="11" height="11" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

/** The worst of an incident's clocks, in a word with a shape. */
export function UrgencySign({ of }: { readonly of: Pick<IncidentView, 'urgency' | 'state'> }) {
  if (of.urgency === null) return <span class="urgency closed">Closed</span>;
  return (
    <span class={`urgency ${of.urgency}`}>
      <Mark of={of.urgency === 'answered' ? 'met' : of.urgency} /> {URGENCY[of.urgency]}
    </span>
  );
}
