/** Http over Node's own client: redirects, retries and deadlines around exchanges. */
import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ACCEPT_ENCODING } from './decode.ts';
import { exchange, type RawAnswer, shown, TransportFailure } from './exchange.ts';
import { type Http, type HttpAnswer, HttpError, type HttpRequest } from './http.ts';
import { agentFor, authorizationOf, type Environment, type OriginOptions } from './origin.ts';

export interface HttpOptions {
  /** By origin, e.g. `https://registry.example:5000`. */
  readonly origins?: Readonly<Record<string, OriginOptions>>;
  /** Where HTTP_PROXY, HTTPS_PROXY and NO_PROXY are read from; without it no proxy is used. */
  readonly env?: Environment;
  /** Most connections to one origin. Default 16. */
  readonly connections?: number;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
  /** The first pause before another try, ms; it doubles. Default 250. */
  readonly pauseMs?: number;
}

const DEFAULT_REDIRECTS = 5;
const DEFAULT_RETRIES = 2;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_PAUSE_MS = 250;
const DEFAULT_CONNECTIONS = 16;
/** Longest pause that a Retry-After may ask for, ms. */
const LONGEST_PAUSE_MS = 10_000;
/** Belong to one origin and do not go to another. */
const PRIVATE_HEADERS = ['authorization', 'cookie', 'proxy-authorization'];

export function createHttp(options: HttpOptions = {}): Http {
  const agents = new Map<string, Agent>();
  const agentOf = (url: URL): Agent => {
    const known = agents.get(url.origin);
    if (known !== undefined) return known;
    const made = agentFor(
      url,
      options.origins?.[url.origin] ?? {},
      options.env ?? {},
      options.connections ?? DEFAULT_CONNECTIONS,
    );
    agents.set(url.origin, made);
    return made;
  };
  return {
    async send(text, request) {
      const url = addressOf(text);
      const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const deadline = new AbortController();
      const timer = setTimeout(
        () =>
          deadline.abort(
            new HttpError('timeout', `${shown(url)} did not answer completely within ${timeoutMs / 1000} s`),
          ),
        timeoutMs,
      );
      const signals = [deadline.signal, options.signal, request.signal].filter((signal) => signal !== undefined);
      try {
        return await follow({
          url,
          request,
          options,
          agentOf,
          signal: AbortSignal.any(signals),
          endsAt: performance.now() + timeoutMs,
        });
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

interface Call {
  readonly url: URL;
  readonly request: HttpRequest;
  readonly options: HttpOptions;
  readonly agentOf: (url: URL) => Agent;
  readonly signal: AbortSignal;
  /** By performance.now(). */
  readonly endsAt: number;
}

/** What the next request of a chain of redirects is. */
interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | undefined;
}

async function follow(call: Call): Promise<HttpAnswer> {
  let hop = firstHop(call);
  const seen = new Set<string>();
  const most = call.request.redirects ?? DEFAULT_REDIRECTS;
  for (;;) {
    seen.add(`${hop.method} ${hop.url.href}`);
    const answer = await tryAgain(hop, call);
    const location = answer.headers.location;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined || most === 0) {
      return { ...answer, url: withoutUser(hop.url) };
    }
    if (seen.size > most) {
      throw new HttpError('redirects', `${shown(call.url)} leads on to more than ${most} other addresses`);
    }
    hop = nextHop(hop, answer.status, location);
    if (seen.has(`${hop.method} ${hop.url.href}`)) {
      throw new HttpError('redirects', `${shown(call.url)} leads around in a circle by way of ${shown(hop.url)}`);
    }
  }
}

function firstHop({ url, request, options }: Call): Hop {
  const headers: Record<string, string> = { 'accept-encoding': ACCEPT_ENCODING, 'user-agent': 'hemostat' };
  const known = options.origins?.[url.origin] ?? {};
  const user = url.username === '' ? {} : { basic: userOf(url) };
  const authorization = authorizationOf({ ...known, ...user });
  if (authorization !== null) headers.authorization = authorization;
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  return { url: bare(url), method: request.method ?? 'GET', headers, body: request.body };
}

function nextHop(hop: Hop, status: number, location: string): Hop {
  const url = URL.canParse(location, hop.url) ? new URL(location, hop.url) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new HttpError('redirects', `${shown(hop.url)} leads to what is no address of the web`);
  }
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    throw new HttpError('redirects', `${shown(hop.url)} leads to ${shown(url)} without TLS, which is not followed`);
  }
  const headers = { ...hop.headers };
  if (url.origin !== hop.url.origin) for (const name of PRIVATE_HEADERS) delete headers[name];
  // RFC 9110 section 15.4: 303 always becomes GET; 301 and 302 do for POST, as browsers have always done.
  const asGet = (status === 303 && hop.method !== 'HEAD') || (status < 303 && hop.method === 'POST');
  return asGet
    ? { url: bare(url), method: 'GET', headers: withoutBody(headers), body: undefined }
    : { url: bare(url), method: hop.method, headers, body: hop.body };
}

async function tryAgain(hop: Hop, call: Call): Promise<RawAnswer> {
  const most = hop.method === 'GET' || hop.method === 'HEAD' ? (call.request.retries ?? DEFAULT_RETRIES) : 0;
  for (let tries = 0; ; tries++) {
    const pause = (call.options.pauseMs ?? DEFAULT_PAUSE_MS) * 2 ** tries;
    try {
      if (call.signal.aborted) throw abortedBy(call.signal, hop.url);
      const answer = await exchange({
        ...hop,
        limit: call.request.limit,
        agent: call.agentOf(hop.url),
        signal: call.signal,
      });
      if ((answer.status !== 429 && answer.status < 500) || tries >= most) return answer;
      const wait = retryAfterMs(answer.headers['retry-after']) ?? pause;
      // Waiting longer than is left would turn an answer into a time-out.
      if (wait > LONGEST_PAUSE_MS || performance.now() + wait >= call.endsAt) return answer;
      await pauseFor(wait, call.signal, hop.url);
    } catch (error) {
      if (!(error instanceof TransportFailure)) throw error;
      const staleSocket = error.reused && hop.method !== 'POST' && tries === 0;
      if (tries >= most && !staleSocket) throw error;
      await pauseFor(staleSocket ? 0 : pause, call.signal, hop.url);
    }
  }
}

async function pauseFor(ms: number, signal: AbortSignal, url: URL): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw abortedBy(signal, url);
  }
}

function abortedBy(signal: AbortSignal, url: URL): HttpError {
  return signal.reason instanceof HttpError
    ? signal.reason
    : new HttpError('aborted', `${shown(url)} was not waited for`);
}

/** Seconds or a date (RFC 9110 section 10.2.3), as ms from now; null where it is neither. */
function retryAfterMs(value: string | undefined): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new HttpError('other', 'an address that was to be asked is no http:// or https:// URL');
  }
  return url;
}

function userOf(url: URL): { user: string; password: string } {
  return { user: decodePart(url.username), password: decodePart(url.password) };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without user and fragment: what goes over the wire. */
function bare(url: URL): URL {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  return copy;
}

const withoutUser = (url: URL): string => bare(url).href;

function withoutBody(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { 'content-type': _type, 'content-length': _length, ...rest } = headers;
  return rest;
}
