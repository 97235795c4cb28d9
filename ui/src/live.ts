/**
 * Live events over one long answer. Not EventSource: that cannot send a token. Reconnects by itself, with longer and
 * longer pauses up to half a minute.
 */
import type { LiveEvent } from '../../src/watch/api/contract.ts';

/** `gone`: no answer now, will be tried again. `off`: the server has no events for us (no token, an old server). */
export type Connection = 'open' | 'gone' | 'off';

export function listenTo(
  url: string,
  headers: () => Readonly<Record<string, string>>,
  onEvent: (event: LiveEvent) => void,
  onState: (state: Connection) => void,
): () => void {
  const controller = new AbortController();
  let pause = 1000;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = (): void => {
    if (controller.signal.aborted) return;
    onState('gone');
    timer = setTimeout(connect, pause);
    pause = Math.min(pause * 2, 30_000);
  };
  const connect = async (): Promise<void> => {
    try {
      const response = await fetch(url, {
        headers: { accept: 'text/event-stream', ...headers() },
        signal: controller.signal,
        cache: 'no-store',
      });
      if (response.status === 401 || response.status === 404) {
        onState('off');
        return;
      }
      if (!response.ok || response.body === null) return again();
      onState('open');
      pause = 1000;
      const reader = new EventReader();
      for await (const chunk of chunks(response.body)) for (const event of reader.push(chunk)) onEvent(event);
      again();
    } catch {
      again(); // The connection broke; where it was closed on purpose, `again` does nothing.
    }
  };
  void connect();
  return () => {
    clearTimeout(timer);
    controller.abort();
  };
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield decoder.decode(value, { stream: true });
  }
}

/** Takes text as it comes and gives whole events (https://html.spec.whatwg.org/#event-stream-interpretation). */
export class EventReader {
  #rest = '';
  #data = '';

  push(text: string): LiveEvent[] {
    const events: LiveEvent[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('data:')) this.#data += `${line.slice(line[5] === ' ' ? 6 : 5)}\n`;
      if (line !== '') continue;
      const event = read(this.#data);
      this.#data = '';
      if (event !== null) events.push(event);
    }
    return events;
  }
}

/** Null for what is no event of ours: a comment that keeps the connection open, a newer server's kind. */
function read(data: string): LiveEvent | null {
  if (data === '') return null;
  try {
    const event: LiveEvent = JSON.parse(data);
    return typeof event?.kind === 'string' ? event : null;
  } catch {
    return null;
  }
}
