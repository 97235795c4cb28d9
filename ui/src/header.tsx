/** The bar at the top: where one is, jump, theme, help. */

import { useData, useServices } from './context.ts';
import { askIncidentCounts } from './endpoints.ts';
import { Jump } from './jump.tsx';
import type { Connection } from './live.ts';
import { type Place, readPlace } from './router.ts';
import type { ThemeChoice } from './theme.ts';

const PAGES = [
  ['Fleet', '#/', ['', 'service', 'finding', 'goroutines', 'flame']],
  ['Response', '#/respond', ['respond', 'incident']],
  ['Compare', '#/compare', ['compare']],
  ['Open file', '#/open', ['open']],
  ['Status', '#/status', ['status']],
] as const;

const NEXT: Readonly<Record<ThemeChoice, ThemeChoice>> = { system: 'light', light: 'dark', dark: 'system' };
const SAYS: Readonly<Record<ThemeChoice, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' };

interface Props {
  readonly place: Place;
  readonly choice: ThemeChoice;
  readonly onChoice: (choice: ThemeChoice) => void;
  readonly onHelp: () => void;
  readonly connection: Connection | null;
}

export function Header({ place, choice, onChoice, onHelp, connection }: Props) {
  const { data } = useServices();
  const at = place.path[0] ?? '';
  return (
    <header class="top">
      <a class="brand" href={data.start ?? '#/'} aria-label="hemostat, first page">
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path
            d="M4 2v6.5a6 6 0 0 0 12 0V2"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
          />
          <path d="M10 14.5V18" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
          <path class="droplet" d="M10 3.2c1.5 2 2.3 3 2.3 4.1a2.3 2.3 0 0 1-4.6 0c0-1.1.8-2.1 2.3-4.1z" />
        </svg>
        <span>hemostat</span>
      </a>
      {data.actions === null ? (
        <>
          <nav aria-label="Pages">
            {data.pages.map(({ name, href }) => (
              <a key={href} href={href} aria-current={leadsTo(href, place) ? 'page' : undefined}>
                {name}
              </a>
            ))}
          </nav>
          <span class="badge">Report</span>
        </>
      ) : (
        <nav aria-label="Pages">
          {PAGES.map(([name, href, under]) => (
            <a key={href} href={href} aria-current={under.some((first) => first === at) ? 'page' : undefined}>
              {name}
              {href === '#/respond' && <OwedCount />}
            </a>
          ))}
        </nav>
      )}
      <div class="top-end">
        {connection === 'gone' && (
          <span class="connection" role="status">
            <span aria-hidden="true">○</span> Reconnecting…
          </span>
        )}
        {data.actions !== null && <Jump />}
        <button
          type="button"
          class="button quiet"
          onClick={() => onChoice(NEXT[choice])}
          aria-label={`Theme: ${SAYS[choice]}. Change to ${SAYS[NEXT[choice]]}`}
        >
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
          </svg>
          <span class="wide">{SAYS[choice]}</span>
        </button>
        <button type="button" class="button quiet" onClick={onHelp} aria-label="Keyboard help" aria-keyshortcuts="?">
          ?
        </button>
      </div>
    </header>
  );
}

/** How many incidents are over their time, or soon will be. */
function OwedCount() {
  const counts = useData(askIncidentCounts(), (event) => event.kind === 'incident', true);
  const { breached = 0, soon = 0 } = counts.value ?? {};
  if (breached + soon === 0) return null;
  const says = breached > 0 ? `${breached} overdue` : `${soon} due soon`;
  return (
    <span class={`owed ${breached > 0 ? 'breached' : 'soon'}`} title={says}>
      {breached > 0 ? breached : soon}
      <span class="sr-only"> {breached > 0 ? 'overdue' : 'due soon'}</span>
    </span>
  );
}

/** Does the link of a report lead to where we are? A finding is on the way from the findings. */
function leadsTo(href: string, place: Place): boolean {
  const goal = readPlace(href);
  const at = place.path[0] === 'finding' ? 'service' : place.path[0];
  return goal.path[0] === at && (goal.query.part ?? '') === (place.query.part ?? '');
}
