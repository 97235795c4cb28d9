/**
 * Where answers come from: a server, or the page itself (an HTML report carries them). Pages ask a DataSource and cannot
 * tell which it is, but for what only a server can do (`actions`).
 */
import type { LiveEvent, OpenedView } from '../../src/watch/api/contract.ts';
import type { Ask } from './endpoints.ts';
import { type Connection, listenTo } from './live.ts';

/** What went wrong, in a sentence for the person in front. `status` 0: no answer at all. */
export class DataError extends Error {
  readonly status: number;
  constructor(says: string, status: number) {
    super(says);
    this.status = status;
  }
}

export interface Upload {
  readonly name: string;
  readonly body: Blob;
  readonly save: boolean;
  /** Share of the bytes that were sent, 0 to 1. */
  readonly progress: (share: number) => void;
  readonly signal: AbortSignal;
}

/** What needs a server. */
export interface Actions {
  /** A change: `method` is POST or DELETE, `body` becomes JSON. */
  send(method: 'POST' | 'DELETE', path: string, body: unknown): Promise<void>;
  upload(file: Upload): Promise<OpenedView>;
  /** Live events and the state of the connection, until the function returned is called. */
  listen(onEvent: (event: LiveEvent) => void, onState: (state: Connection) => void): () => void;
  /** Gets a cookie for the token. Throws DataError with the server's sentence where it is wrong. */
  login(token: string): Promise<void>;
}

export interface DataSource {
  get<T>(ask: Ask<T>, signal: AbortSignal): Promise<T>;
  /** Null in a report. */
  readonly actions: Actions | null;
  /** Where a report begins; null: the fleet. */
  readonly start: string | null;
  /** The window that a report is about, ms; null with a server, and where a report has no time. */
  readonly range: { readonly from: number; readonly to: number } | null;
  /** The answer of a report in one sentence, then what it could not claim and why; empty with a server. */
  readonly says: readonly string[];
  /** Links at the top of a report; empty with a server. */
  readonly pages: readonly { readonly name: string; readonly href: string }[];
}

/** Answers over HTTP, beside the page. `base` ends in `/`. Who may ask is said by a cookie that scripts cannot read. */
export function httpSource(base: string): DataSource {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(base + path, { ...init, credentials: 'same-origin' });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new DataError('The server does not answer. It may have stopped; this page asks again when it is back.', 0);
    }
    if (!response.ok) throw new DataError(await sentenceOf(response), response.status);
    return response;
  };
  const sendJson = async (method: string, path: string, body: unknown): Promise<void> => {
    await send(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  };
  return {
    start: null,
    range: null,
    says: [],
    pages: [],
    async get<T>(ask: Ask<T>, signal: AbortSignal): Promise<T> {
      const response = await send(ask.path, { signal });
      const answer: T = await response.json();
      return answer;
    },
    actions: {
      send: sendJson,
      upload: (file) => upload(base, file),
      listen: (onEvent, onState) => listenTo(`${base}api/events`, onEvent, onState),
      login: (token) => sendJson('POST', 'api/login', { token }),
    },
  };
}

/** What a report carries: answers by API path, and the place to begin. */
export interface Embedded extends Partial<Pick<DataSource, 'range' | 'says' | 'pages'>> {
  readonly start: string;
  readonly answers: Readonly<Record<string, unknown>>;
  /** Paths whose answer is that of another path. */
  readonly same?: Readonly<Record<string, string>>;
}

/**
 * Answers from the page itself. A report has one window: where the exact question is not there, the same one without its
 * time range is, and then without any query.
 */
export function embeddedSource(embedded: Embedded): DataSource {
  return {
    start: embedded.start,
    range: embedded.range ?? null,
    says: embedded.says ?? [],
    pages: embedded.pages ?? [],
    actions: null,
    async get<T>(ask: Ask<T>): Promise<T> {
      const [path = '', query = ''] = ask.path.split('?');
      const rangeless = new URLSearchParams(query);
      rangeless.delete('from');
      rangeless.delete('to');
      const whole = rangeless.size === 0 ? path : `${path}?${rangeless}`;
      const candidates = [ask.path, whole, embedded.same?.[whole] ?? path, path];
      const found = candidates.find((candidate) => Object.hasOwn(embedded.answers, candidate));
      if (found === undefined)
        throw new DataError('This report does not have that. Run `hemostat watch` to see everything.', 404);
      const answer: T = JSON.parse(JSON.stringify(embedded.answers[found]));
      return answer;
    },
  };
}

/** The sentence of an answer that is no success: ours where it is ours, else one by the status. */
async function sentenceOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '');
  return says(response.status, text);
}

/** Exported for its test. */
export function says(status: number, body: string): string {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'string')
      return answer.error;
  } catch {
    // Not ours: a proxy's page, for instance.
  }
  if (status === 401) return 'The server asks for a token.';
  if (status === 404) return 'The server does not have that (any more).';
  if (status === 413) return 'The file is larger than the server takes.';
  if (status === 429) return 'Too many questions at once. Wait a moment and try again.';
  return `The server answered ${status}. Its log says more.`;
}

/** XMLHttpRequest, since fetch does not tell how much was sent. */
function upload(base: string, file: Upload): Promise<OpenedView> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ name: file.name, ...(file.save ? { save: '1' } : {}) });
    request.open('POST', `${base}api/open?${query}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => file.progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status < 200 || request.status >= 300) {
        reject(new DataError(says(request.status, request.responseText), request.status));
        return;
      }
      try {
        const answer: OpenedView = JSON.parse(request.responseText);
        resolve(answer);
      } catch {
        reject(new DataError('The answer was cut off. Try again.', request.status));
      }
    };
    request.onerror = () => reject(new DataError('The file could not be sent: the server does not answer.', 0));
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    file.signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file.body);
  });
}
