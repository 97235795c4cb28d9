/**
 * A small HTTP client for captures, over node:http(s): bodies are kept as received, sizes and times are bounded,
 * redirects stay on the host, and no connection is kept open (an idle one would show as a goroutine of the service).
 */
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { codeOf, messageOf, TargetError } from './error.ts';
import { describeStatus, describeTransport, isTransient, type Wanted, wantedOf } from './http-errors.ts';
import type { Address } from './target.ts';

export interface HttpOptions {
  readonly user?: { readonly name: string; readonly password: string };
  readonly bearer?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Do not check the server's certificate. */
  readonly insecure: boolean;
  /** Longest silence, and longest wait for a connection, ms. A whole answer may take ten times as long. */
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** From sending the request to the last byte. */
  readonly ms: number;
  /** Without userinfo and without the user's own query. */
  readonly url: string;
}

export interface GetOptions {
  /** Largest body, bytes. */
  readonly limit: number;
  /** Times to try again after a transient failure or a 5xx. */
  readonly retries?: number;
  /** Gets the body of a 200 answer piece by piece, which is then empty in the Answer: for what may not fit into memory. */
  readonly sink?: (chunk: Buffer) => void;
  /** Bearer token for this request in place of the client's own credentials. */
  readonly bearer?: string;
  /** Longest silence, ms, in place of the client's own: for a watch, which is silent by its nature. */
  readonly timeoutMs?: number;
}

/** Bounds over several requests, for whoever visits again and again and must not take more than it was given. */
export interface Bounds {
  /** Bytes of answers that may still come, redirects and failures included. Counts down as they come. */
  bytes: number;
  /** Ends what is under way; its reason is told. */
  readonly signal?: AbortSignal;
}

export interface PostOptions {
  readonly contentType: string;
  readonly body: string;
  /** Headers of this request alone; those of the client stay. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Largest answer, bytes. */
  readonly limit: number;
}

/** Any complete answer to a POST: the caller knows what its status means. */
export interface Posted {
  readonly status: number;
  /** As the answer asks to wait (Retry-After in seconds or as a date), ms; null where it does not. */
  readonly retryAfterMs: number | null;
}

/** A request that got no usable answer. `status` is 0 where there was none. */
export class RequestError extends TargetError {
  readonly status: number;
  readonly code: string;
  readonly url: string;
  readonly transient: boolean;
  readonly wanted: Wanted | null;

  constructor(
    sentence: string,
    url: string,
    status: number,
    code: string,
    transient: boolean,
    body: Uint8Array = new Uint8Array(),
  ) {
    super(sentence);
    this.wanted = wantedOf(code, status, body);
    this.url = url;
    this.status = status;
    this.code = code;
    this.transient = transient;
  }
}

const MAX_REDIRECTS = 5;
const BACKOFF_MS = 250;

export class HttpClient {
  readonly address: Address;
  readonly #options: HttpOptions;
  readonly #auth: string | undefined;
  readonly #bounds: Bounds;

  constructor(address: Address, options: HttpOptions, bounds: Bounds = { bytes: Number.POSITIVE_INFINITY }) {
    this.address = address;
    this.#options = options;
    this.#bounds = bounds;
    // What stands in the URL is meant for this address alone; the options may come from the environment.
    const user = address.user ?? (options.bearer === undefined ? options.user : undefined);
    if (user === undefined && options.bearer !== undefined) this.#auth = `Bearer ${options.bearer}`;
    else if (user !== undefined) {
      this.#auth = `Basic ${Buffer.from(`${user.name}:${user.password}`, 'utf8').toString('base64')}`;
    }
  }

  /** The same service under bounds of their own. */
  within(bounds: Bounds): HttpClient {
    return new HttpClient(this.address, this.#options, bounds);
  }

  /** The same service under the same bounds, for as long as `signal` allows, too. */
  alsoUntil(signal: AbortSignal): HttpClient {
    const own = this.#bounds.signal;
    return this.within({ ...this.#bounds, signal: own === undefined ? signal : AbortSignal.any([own, signal]) });
  }

  get hasCredentials(): boolean {
    return this.#auth !== undefined || this.#options.headers.some(([name]) => /^(authorization|cookie)$/i.test(name));
  }

  /** What a person is shown for `path`: no secrets. */
  show(path: string): string {
    const { origin, socketPath } = this.address;
    return socketPath === undefined ? `${origin}${path}` : `unix:${socketPath}:${path}`;
  }

  /** A 200 answer, or RequestError. Tries again with growing pauses where that may help. */
  async get(path: string, options: GetOptions): Promise<Answer> {
    const retries = options.retries ?? 2;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(path, options);
      } catch (error) {
        if (!(error instanceof RequestError) || !error.transient || attempt >= retries) throw error;
        await sleep(BACKOFF_MS * 3 ** attempt);
      }
    }
  }

  /**
   * Sends the body once and never again: whether that may be done twice is for the caller to know. 307 and 308 are followed
   * on the same host; any other redirect would make a GET of it and is given back as it is. RequestError where there is no
   * complete answer.
   */
  async post(path: string, options: PostOptions): Promise<Posted> {
    let url = this.#url(path);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const { status, headers } = await this.#send(url, { limit: options.limit }, options);
      const { location } = headers;
      if ((status !== 307 && status !== 308) || location === undefined)
        return { status, retryAfterMs: waitOf(headers['retry-after']) };
      url = this.#redirected(url, location, this.show(path), status);
    }
    throw new RequestError(`${this.show(path)} redirects in a circle`, this.show(path), 0, '', false);
  }

  async #once(path: string, options: GetOptions): Promise<Answer> {
    const began = performance.now();
    let url = this.#url(path);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const reply = await this.#send(url, options);
      const shown = this.show(path);
      const location = reply.headers.location;
      if (reply.status >= 300 && reply.status < 400 && location !== undefined) {
        url = this.#redirected(url, location, shown, reply.status);
        continue;
      }
      const body = plainBody(reply.body, reply.headers['content-encoding'], options.limit, shown);
      if (reply.status !== 200) {
        const sentence = describeStatus(reply.status, shown, this.hasCredentials, body);
        const mayPass = reply.status >= 500 || reply.status === 429;
        throw new RequestError(sentence, shown, reply.status, '', mayPass, body);
      }
      const contentType = reply.headers['content-type'] ?? '';
      return { status: 200, contentType, body, ms: performance.now() - began, url: shown };
    }
    throw new RequestError(`${this.show(path)} redirects in a circle`, this.show(path), 0, '', false);
  }

  #url(path: string): URL {
    const { origin, query } = this.address;
    const url = new URL(origin + path);
    if (query !== '') url.search = url.search === '' ? query : `${url.search}&${query}`;
    return url;
  }

  /** The next URL of a redirect; never another host, and never from TLS to plain HTTP: credentials go along. */
  #redirected(from: URL, location: string, shown: string, status: number): URL {
    let to: URL;
    try {
      to = new URL(location, from);
    } catch {
      throw new RequestError(`${shown} redirects to an address that is not a URL`, shown, status, '', false);
    }
    const sameHost = to.hostname === from.hostname && (to.port === from.port || from.protocol !== to.protocol);
    const downgrade = from.protocol === 'https:' && to.protocol !== 'https:';
    const web = to.protocol === 'http:' || to.protocol === 'https:';
    if (!sameHost || downgrade || !web) {
      const where = `${to.protocol}//${to.host}`;
      const sentence = `${shown} redirects to ${where}, which is not followed; is a login or a proxy in front of it? Give --bearer-file or --header, or the address behind it`;
      throw new RequestError(sentence, shown, status, '', false);
    }
    if (to.search === '' && from.search !== '') to.search = from.search;
    return to;
  }

  #send(
    url: URL,
    { limit, sink, bearer, timeoutMs: silence }: GetOptions,
    post?: PostOptions,
  ): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: Buffer }> {
    const { headers, ca, cert, key, insecure } = this.#options;
    const timeoutMs = silence ?? this.#options.timeoutMs;
    const { socketPath, origin } = this.address;
    const path = url.pathname + url.search;
    const shown = this.show(url.pathname);
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number;
      headers: http.IncomingHttpHeaders;
      body: Buffer;
    }>();
    const request: http.RequestOptions = {
      method: post === undefined ? 'GET' : 'POST',
      path,
      agent: false,
      headers: { 'user-agent': 'hemostat', accept: '*/*' },
      ...(socketPath === undefined ? { hostname: hostOf(url), port: url.port || undefined } : { socketPath }),
    };
    const secure = url.protocol === 'https:';
    const tls: https.RequestOptions = {
      rejectUnauthorized: !insecure,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    };
    const bounds = this.#bounds;
    const { signal } = bounds;
    let outgoing: http.ClientRequest;
    const fail = (error: unknown) => {
      outgoing?.destroy();
      if (error instanceof RequestError) return reject(error);
      const code = codeOf(error);
      reject(
        new RequestError(describeTransport(code, messageOf(error), shown, origin), shown, 0, code, isTransient(code)),
      );
    };
    try {
      outgoing = secure ? https.request({ ...request, ...tls }) : http.request(request);
      // First of all: a request that is given up before it has a connection tells so later.
      outgoing.on('error', fail);
      const auth = bearer === undefined ? this.#auth : `Bearer ${bearer}`;
      if (auth !== undefined) outgoing.setHeader('authorization', auth);
      for (const [name, value] of headers)
        if (bearer === undefined || !/^authorization$/i.test(name)) outgoing.setHeader(name, value);
      if (post !== undefined) {
        outgoing.setHeader('content-type', post.contentType);
        outgoing.setHeader('content-length', Buffer.byteLength(post.body));
        for (const [name, value] of Object.entries(post.headers ?? {})) outgoing.setHeader(name, value);
      }
    } catch (error) {
      const problem = `the request to ${shown} cannot be sent: ${messageOf(error)}`;
      reject(new RequestError(problem, shown, 0, codeOf(error), false));
      return promise;
    }
    const silent = (seconds: number) =>
      fail(
        new RequestError(
          `no answer from ${shown} within ${seconds} s; raise --timeout if it is only slow`,
          shown,
          0,
          'ETIMEDOUT',
          false,
        ),
      );
    const aborted = () => {
      const problem = `${shown} was given up: ${messageOf(signal?.reason)}`;
      fail(new RequestError(problem, shown, 0, 'ECANCELED', false));
    };
    if (signal?.aborted === true) {
      aborted();
      return promise;
    }
    signal?.addEventListener('abort', aborted, { once: true });
    // Silence is bounded by the socket's own timer; a trickle by the deadline.
    outgoing.setTimeout(timeoutMs, () => silent(timeoutMs / 1000));
    const connectMs = Math.min(timeoutMs, this.#options.timeoutMs);
    const connecting = setTimeout(() => silent(connectMs / 1000), connectMs);
    const deadline = setTimeout(() => silent(timeoutMs / 100), timeoutMs * 10);
    outgoing.on('response', (response) => {
      clearTimeout(connecting);
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        bounds.bytes -= chunk.length;
        if (bounds.bytes < 0) {
          const problem = `${shown} sends more than may be taken of this target now`;
          fail(new RequestError(problem, shown, response.statusCode ?? 0, 'EDQUOT', false));
        } else if (size > limit) {
          const problem = `${shown} sends more than ${limit >>> 20} MiB, which is no capture of this kind; is the address right?`;
          fail(new RequestError(problem, shown, response.statusCode ?? 0, 'EFBIG', false));
        } else if (sink !== undefined && response.statusCode === 200) sink(chunk);
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        if (response.complete) {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
        } else fail(Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' }));
      });
    });
    outgoing.end(post?.body);
    return promise.finally(() => {
      signal?.removeEventListener('abort', aborted);
      clearTimeout(connecting);
      clearTimeout(deadline);
    });
  }
}

/** Retry-After as ms from now; null where it is missing or is neither seconds nor a date. */
function waitOf(value: string | undefined): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** node wants an IPv6 address without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

/** Undoes a Content-Encoding that a proxy put on, although none was asked for. */
function plainBody(body: Buffer, encoding: string | undefined, limit: number, shown: string): Buffer {
  if (encoding !== 'gzip' || body.length === 0) return body;
  try {
    return gunzipSync(body, { maxOutputLength: limit });
  } catch (error) {
    throw new RequestError(`${shown} sends a broken gzip body: ${messageOf(error)}`, shown, 200, codeOf(error), false);
  }
}
