/** What every page can reach: the data, live events, the clock, the voice of the live region, and the theme. */
import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import type { LiveEvent } from '../../src/watch/api/contract.ts';
import { DataError, type DataSource } from './data.ts';
import type { Ask } from './endpoints.ts';
import type { Theme } from './theme.ts';

export interface Services {
  readonly data: DataSource;
  /** Calls for every live event until the function returned is called; with null where events may have been missed. */
  readonly onEvent: (listener: (event: LiveEvent | null) => void) => () => void;
  /** Says a sentence to screen readers. */
  readonly announce: (text: string) => void;
  /** The theme in force: plots take their colours from it. */
  readonly theme: Theme;
  /** Somebody must log in: the shell asks for the token. */
  readonly locked: () => void;
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error('a page was drawn outside of the shell');
  return services;
}

/** An answer on its way. While it is asked again, the last one stays on the page. */
export interface Loaded<T> {
  readonly value: T | null;
  readonly error: DataError | null;
  readonly loading: boolean;
  readonly again: () => void;
}

const REFRESH_MS = 1500;

/**
 * Asks once, and again when `concerns` says yes to a live event (at most every 1.5 s). Null asks nothing.
 * Another path forgets the value unless `keep`: a plot that is zoomed stays until the new one is there.
 */
export function useData<T>(
  ask: Ask<T> | null,
  concerns: (event: LiveEvent) => boolean = () => false,
  keep = false,
): Loaded<T> {
  const { data, onEvent, locked } = useServices();
  const path = ask?.path ?? null;
  const [round, setRound] = useState(0);
  const [held, setHeld] = useState<{ path: string | null; value: T | null; error: DataError | null }>({
    path: null,
    value: null,
    error: null,
  });
  const concernsNow = useRef(concerns);
  concernsNow.current = concerns;

  useEffect(() => {
    if (ask === null) return;
    const controller = new AbortController();
    data.get(ask, controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setHeld({ path, value, error: null });
      },
      (error: unknown) => {
        if (controller.signal.aborted) return;
        const known = error instanceof DataError ? error : new DataError(`The page failed: ${String(error)}`, 0);
        if (known.status === 401) locked();
        setHeld((before) => ({ path, value: keep || before.path === path ? before.value : null, error: known }));
      },
    );
    return () => controller.abort();
  }, [data, path, round]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent((event) => {
      if (timer !== undefined || !(event === null || concernsNow.current(event))) return;
      timer = setTimeout(() => {
        timer = undefined;
        setRound((n) => n + 1);
      }, REFRESH_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [onEvent]);

  const current = held.path === path;
  return {
    value: current || keep ? held.value : null,
    error: current ? held.error : null,
    loading: !current,
    again: () => setRound((n) => n + 1),
  };
}

/** The time, again every `everyMs`: `3 min ago` stays true. */
export function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** The name of the window, and what a screen reader hears, when a page is there. */
export function useTitle(title: string | null): void {
  const { announce } = useServices();
  useEffect(() => {
    if (title === null) return;
    document.title = `${title} · hemostat`;
    announce(title);
  }, [title, announce]);
}
