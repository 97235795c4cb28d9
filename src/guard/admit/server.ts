/**
 * The webhook over HTTPS. Two listeners: HTTPS for reviews (POST /validate) and probes, plain HTTP for metrics and probes.
 * Whatever comes in: bodies, times and numbers of requests are bounded, and every review is answered within its time.
 */
import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { GuardUsageError, reasonOf } from '../error.ts';
import type { AuditLog } from './audit.ts';
import type { Certificate } from './certificate.ts';
import type { Decision } from './decision.ts';
import type { AdmitMetrics } from './metrics.ts';
import { type AdmissionRequest, ReviewError, readReview, reviewAnswer } from './review.ts';

export interface ServerOptions {
  readonly listen: string;
  readonly metricsListen: string;
  readonly certificate: Certificate;
  /** Callers of /validate must show a certificate of the authority in `certificate`. */
  readonly clientCertificates: boolean;
  readonly timeoutMs: number;
  readonly mostReviews: number;
  readonly drainMs: number;
  readonly stopMs: number;
  readonly metrics: AdmitMetrics;
  readonly audit: AuditLog;
  /** Decides within the time, and never rejects but by a defect. */
  readonly decide: (request: AdmissionRequest, timeoutMs: number) => Promise<Decision>;
  readonly onDefect: (error: unknown) => void;
}

/** The API server takes objects of 3 MiB; an UPDATE brings the old one as well. */
const LARGEST_BODY = 2 * 3 * 1024 * 1024 + 1024 * 1024;
/** Between our answer and the end of the caller's patience, ms. */
const SLACK_MS = 250;
/** For a request to arrive, ms; the API server sends it at once. */
const ARRIVAL_MS = 10_000;

export class AdmitServer {
  readonly #options: ServerOptions;
  readonly #secure: Server;
  readonly #plain: Server;
  #running = 0;
  #ready = false;
  #stopping: Promise<void> | null = null;

  private constructor(options: ServerOptions) {
    this.#options = options;
    const { certificate, clientCertificates } = options;
    const limits = {
      headersTimeout: ARRIVAL_MS,
      requestTimeout: ARRIVAL_MS,
      keepAliveTimeout: 75_000,
      maxHeaderSize: 16_384,
    };
    const secure = createServer(
      // Probes come without a certificate, so that a missing one is refused where it counts.
      { ...certificate.options, ...limits, requestCert: clientCertificates, rejectUnauthorized: false },
      (request, response) => this.#onSecure(request, response),
    );
    // A scanner that speaks no TLS is no event.
    secure.on('tlsClientError', () => {});
    this.#secure = secure;
    this.#plain = createPlain(limits, (request, response) => this.#onPlain(request, response));
  }

  static async start(options: ServerOptions): Promise<AdmitServer> {
    const server = new AdmitServer(options);
    await listen(server.#secure, options.listen, 'listen');
    try {
      await listen(server.#plain, options.metricsListen, 'metrics.listen');
    } catch (error) {
      server.#secure.close();
      throw error;
    }
    server.#ready = true;
    return server;
  }

  /** `https://127.0.0.1:8443` */
  get url(): string {
    return `https://${addressOf(this.#secure)}`;
  }

  get metricsUrl(): string {
    return `http://${addressOf(this.#plain)}`;
  }

  get running(): number {
    return this.#running;
  }

  /** New connections get what `Certificate` has now; those that are open keep what they have. */
  renewCertificate(): void {
    if ('setSecureContext' in this.#secure && typeof this.#secure.setSecureContext === 'function')
      this.#secure.setSecureContext(this.#options.certificate.options);
  }

  /** Says "not ready", goes on answering while it is taken out of the Service, then finishes what runs. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { drainMs, stopMs } = this.#options;
    this.#ready = false;
    await pause(drainMs);
    const closed = new Promise<void>((resolve) => this.#secure.close(() => resolve()));
    this.#secure.closeIdleConnections();
    // The process must not wait for the timer when everything is done.
    const last = setTimeout(() => this.#secure.closeAllConnections(), stopMs);
    await closed;
    clearTimeout(last);
    this.#plain.close();
    this.#plain.closeAllConnections();
  }

  #onSecure(request: IncomingMessage, response: ServerResponse): void {
    if (pathOf(request) !== '/validate') plain(response, this.#probe(request));
    else if (request.method !== 'POST')
      plain(response, { status: 405, says: 'reviews are sent with POST', allow: 'POST' });
    else void this.#review(request, response);
  }

  #onPlain(request: IncomingMessage, response: ServerResponse): void {
    if (pathOf(request) !== '/metrics') plain(response, this.#probe(request));
    else if (request.method !== 'GET')
      plain(response, { status: 405, says: 'metrics are read with GET', allow: 'GET' });
    else void this.#tellMetrics(response);
  }

  async #tellMetrics(response: ServerResponse): Promise<void> {
    const { metrics, onDefect } = this.#options;
    try {
      const text = await metrics.text();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    } catch (error) {
      onDefect(error);
      plain(response, { status: 500, says: 'metrics cannot be read' });
    }
  }

  #probe(request: IncomingMessage): Plain {
    const path = pathOf(request);
    if (path !== '/healthz' && path !== '/readyz') return { status: 404, says: 'there is nothing here' };
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { status: 405, says: 'probes use GET', allow: 'GET, HEAD' };
    if (path === '/healthz') return { status: 200, says: 'ok' };
    if (!this.#ready) return { status: 503, says: 'stopping' };
    const ended = this.#options.certificate.notAfter.getTime() < Date.now();
    return ended ? { status: 503, says: 'the certificate has ended' } : { status: 200, says: 'ok' };
  }

  async #review(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const { audit, metrics, mostReviews, clientCertificates, decide, onDefect } = this.#options;
    const refuse = (why: Parameters<AdmitMetrics['rejected']>[0], status: number, says: string, uid = ''): void => {
      metrics.rejected(why);
      audit.refused(uid, status, says, performance.now() - began);
      // The rest of a body that nobody reads would keep the connection.
      if (!request.complete) response.setHeader('connection', 'close');
      json(
        response,
        status,
        { error: says, ...(uid === '' ? {} : { uid }) },
        status === 429 ? { 'retry-after': '1' } : {},
      );
      if (!request.complete) request.resume();
    };
    if (clientCertificates && !(request.socket instanceof TLSSocket && request.socket.authorized))
      return refuse('not-authentic', 403, 'a client certificate of tls.client-ca is needed to ask for decisions');
    if (this.#running >= mostReviews)
      return refuse('busy', 429, `${mostReviews} reviews are under way; try again in a second, or run more replicas`);
    this.#running++;
    try {
      const body = await bodyOf(request);
      if (body === null) return refuse('too-large', 413, `the review is larger than ${LARGEST_BODY / 1024 / 1024} MiB`);
      const review = readReview(body);
      const decision = await decide(review, this.#patience(request) - (performance.now() - began));
      if (!this.#ready) response.setHeader('connection', 'close');
      send(response, 200, answerFor(review, decision), {});
      const ms = performance.now() - began;
      metrics.decided(decision, ms);
      audit.decided(review, decision, ms);
    } catch (error) {
      if (error instanceof ReviewError) return refuse('malformed', 400, error.message, error.uid);
      if (error instanceof BrokenOff) return refuse('slow', 408, 'the review did not arrive whole');
      onDefect(error);
      if (response.headersSent) return;
      // The API server takes this for a failed call, and its failurePolicy refuses.
      refuse('defect', 500, 'the webhook has a defect, and its log says which; the object was not checked');
    } finally {
      this.#running--;
    }
  }

  /** ms for this review: the API server says in the query how long it waits (`?timeout=5s`). */
  #patience(request: IncomingMessage): number {
    const theirs = /[?&]timeout=(\d{1,3})s(?:&|$)/.exec(request.url ?? '')?.[1];
    const { timeoutMs } = this.#options;
    return theirs === undefined ? timeoutMs : Math.min(timeoutMs, Math.max(SLACK_MS, Number(theirs) * 1000 - SLACK_MS));
  }
}

function answerFor({ uid }: AdmissionRequest, { allowed, problems }: Decision): string {
  const told = (refuses: boolean) => problems.filter((each) => each.refuses === refuses).map(({ says }) => says);
  return reviewAnswer(uid, { allowed, message: told(true).join(' | '), warnings: told(false) });
}

/** The caller went away or was too slow. */
class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

/** The text; null where it is too large. @throws BrokenOff */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) return null;
  const pieces: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > LARGEST_BODY) {
        request.removeAllListeners('data');
        resolve(null);
      } else pieces.push(piece);
    });
    request.on('end', () => resolve(Buffer.concat(pieces).toString('utf8')));
    request.on('error', () => reject(new BrokenOff()));
    request.on('close', () => {
      if (!request.complete) reject(new BrokenOff());
    });
  });
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/\?.*$/s, '');
}

/** A short answer for people and probes. */
interface Plain {
  readonly status: number;
  readonly says: string;
  readonly allow?: string;
}

function plain(response: ServerResponse, { status, says, allow }: Plain): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  response.writeHead(status, { ...headers, ...(allow === undefined ? {} : { allow }) }).end(`${says}\n`);
}

function json(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Readonly<Record<string, string>>,
): void {
  send(response, status, JSON.stringify(value), headers);
}

function send(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>>): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers })
    .end(text);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function listen(server: Server, address: string, name: string): Promise<void> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const code = reasonOf(error);
      const why =
        code === 'EADDRINUSE' ? 'is in use' : code === 'EACCES' ? 'may not be used' : `cannot be used (${code})`;
      reject(new GuardUsageError(`${name} ${address} ${why}; give another address`));
    });
    server.listen(Number(address.slice(colon + 1)), host, () => resolve());
  });
}

function addressOf(server: Server): string {
  const at: AddressInfo | string | null = server.address();
  if (at === null || typeof at === 'string') return '';
  return at.family === 'IPv6' ? `[${at.address}]:${at.port}` : `${at.address}:${at.port}`;
}
