/**
 * Live events. EventSource connects again by itself after a broken connection, but not after an answer that is no success
 * (a proxy's, while the server starts); so that is done here.
 */
import type { LiveEvent } from '../../src/watch/api/contract.ts';

/** `gone`: no connection now; it is tried again. */
export type Connection = 'open' | 'gone';

const KINDS = ['capture', 'finding', 'mark', 'incident', 'problem'] as const;
const AGAIN_MS = 5000;

export function listenTo(
  url: string,
  onEvent: (event: LiveEvent) => void,
  onState: (state: Connection) => void,
): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const connect = (): void => {
    const own = new EventSource(url);
    source = own;
    own.onopen = () => onState('open');
    own.onerror = () => {
      onState('gone');
      if (own.readyState === EventSource.CLOSED) timer = setTimeout(connect, AGAIN_MS);
    };
    for (const kind of KINDS)
      own.addEventListener(kind, ({ data }: MessageEvent<string>) => {
        const event = readEvent(data);
        if (event !== null) onEvent(event);
      });
  };
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

/** Null for what is no event of ours. */
export function readEvent(data: string): LiveEvent | null {
  try {
    const event: LiveEvent | null = JSON.parse(data);
    return typeof event?.kind === 'string' ? event : null;
  } catch {
    return null;
  }
}
