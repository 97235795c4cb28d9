/** The frame around every page: header, jump, theme, help, live region, login; and which page is where. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LiveEvent } from '../../src/watch/api/contract.ts';
import { type Services, ServicesContext } from './context.ts';
import type { DataSource } from './data.ts';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import type { Connection } from './live.ts';
import { Login } from './login.tsx';
import { PageAt } from './pages/page-at.tsx';
import { readPlace } from './router.ts';
import { storeChoice, storedChoice, systemTheme, type ThemeChoice } from './theme.ts';
import { isTyping } from './typing.ts';

export function App({ data }: { readonly data: DataSource }) {
  const place = usePlace(data.start);
  const [choice, setChoice] = useState<ThemeChoice>(storedChoice);
  const theme = useTheme(choice);
  const [said, announce] = useState('');
  const [helping, setHelping] = useState(false);
  const [locked, setLocked] = useState(false);
  const [session, setSession] = useState(0);
  const { onEvent, connection } = useLive(data, session);
  const main = useRef<HTMLElement>(null);
  const lock = useCallback(() => setLocked(true), []);
  const services = useMemo<Services>(
    () => ({ data, onEvent, announce, theme, locked: lock }),
    [data, onEvent, theme, lock],
  );

  useKeys({ '?': () => setHelping(true), g: null });
  const path = place.path.join('/');
  useFocusOnPage(main, path);

  return (
    <ServicesContext.Provider value={services}>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header
        place={place}
        choice={choice}
        onChoice={(next) => {
          storeChoice(next);
          setChoice(next);
        }}
        onHelp={() => setHelping(true)}
        connection={locked ? null : connection}
      />
      <main id="main" ref={main} tabIndex={-1} key={session}>
        {locked ? (
          <Login
            data={data}
            onDone={() => {
              setLocked(false);
              setSession((n) => n + 1);
            }}
          />
        ) : (
          <PageAt place={place} />
        )}
      </main>
      <div class="sr-only" role="status" aria-live="polite">
        {said}
      </div>
      {helping && <Help onClose={() => setHelping(false)} />}
    </ServicesContext.Provider>
  );
}

/** Where the address says we are; a report without a place begins where it says. */
function usePlace(start: string | null) {
  const read = useCallback(() => readPlace(location.hash === '' && start !== null ? start : location.hash), [start]);
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const moved = () => setPlace(read());
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, [read]);
  return place;
}

function useTheme(choice: ThemeChoice) {
  const [dark, setDark] = useState(systemTheme().matches);
  useEffect(() => {
    const query = systemTheme();
    const changed = () => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  const theme = choice === 'system' ? (dark ? 'dark' : 'light') : choice;
  // Before the pages draw: plots read their colours while they are made.
  document.documentElement.dataset.theme = theme;
  return theme;
}

function useLive(data: DataSource, session: number) {
  const listeners = useRef(new Set<(event: LiveEvent | null) => void>());
  const [connection, setConnection] = useState<Connection | null>(null);
  const wasGone = useRef(false);
  useEffect(() => {
    const tell = (event: LiveEvent | null) => {
      for (const listener of listeners.current) listener(event);
    };
    return data.actions?.listen(tell, (state) => {
      setConnection(state);
      // Nobody knows what happened meanwhile: every page asks again.
      if (state === 'open' && wasGone.current) tell(null);
      wasGone.current = state === 'gone';
    });
  }, [data, session]);
  const onEvent = useCallback((listener: (event: LiveEvent | null) => void) => {
    listeners.current.add(listener);
    return () => {
      listeners.current.delete(listener);
    };
  }, []);
  return { onEvent, connection };
}

/** Keys that work everywhere but where one types. `g` is followed by the letter of a page. */
function useKeys(keys: Readonly<Record<string, (() => void) | null>>) {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    const pages: Readonly<Record<string, string>> = {
      f: '#/',
      r: '#/respond',
      c: '#/compare',
      o: '#/open',
      s: '#/status',
    };
    let afterG = 0;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const page = event.timeStamp - afterG < 1200 ? pages[event.key] : undefined;
      afterG = event.key === 'g' ? event.timeStamp : 0;
      if (page !== undefined) {
        event.preventDefault();
        location.hash = page;
        return;
      }
      const act = now.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

/** After another page was opened, the keyboard goes on at its beginning, and the window scrolls up. */
function useFocusOnPage(main: { readonly current: HTMLElement | null }, path: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
}
