/**
 * What every request has to pass before anything is done for it: the right name for this server, no other site behind
 * it, and the token. A route is closed unless its `config` says `public`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createFailures } from './failures.ts';
import { ApiProblem } from './problem.ts';
import { cookieOf, createSessions, type Sessions } from './session.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token. */
    public?: boolean;
  }
}

export interface GuardOptions {
  /** Null: none is needed, which is only allowed on a loopback address. */
  readonly token: string | null;
  /** The server listens on a loopback address only. */
  readonly loopback: boolean;
  readonly now: () => number;
}

export interface Guard {
  /** Throws ApiProblem (429, 401) unless the token is right; gives the cookie's value. */
  login(token: string, request: FastifyRequest): string;
  isLoggedIn(request: FastifyRequest): boolean;
}

/** Methods that change nothing here. */
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

export function installGuard(app: FastifyInstance, { token, loopback, now }: GuardOptions): Guard {
  const sessions: Sessions | null = token === null ? null : createSessions(token);
  const failures = createFailures();

  const checkToken = (candidate: string, request: FastifyRequest): void => {
    if (sessions === null) return;
    const wait = failures.blockedFor(request.ip, now());
    if (wait > 0) throw new ApiProblem(429, `Too many wrong tokens from your address; wait ${wait} s.`, wait);
    if (sessions.isToken(candidate)) return;
    failures.add(request.ip, now());
    request.log.warn({ address: request.ip, route: request.routeOptions.url }, 'a wrong token was sent');
    throw new ApiProblem(
      401,
      'This token is wrong. The right one is in the file that `token_file` or --token-file of hemostat names.',
    );
  };

  const hasCookie = (request: FastifyRequest): boolean =>
    sessions?.isOpen(cookieOf(request.headers.cookie), now()) ?? true;

  app.addHook('onRequest', async (request) => {
    // With a token the page may be behind a proxy, under its name; a foreign name has no cookie of ours.
    checkHost(request, loopback && sessions === null);
    checkSite(request);
    if (sessions === null || request.is404 || request.routeOptions.config.public === true) return;
    const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return checkToken(bearer, request);
    if (!hasCookie(request)) {
      throw new ApiProblem(
        401,
        'This needs the token: log in on the page, or send it as `Authorization: Bearer TOKEN`.',
      );
    }
  });

  return {
    login(candidate, request) {
      checkToken(candidate, request);
      return sessions?.open(now()) ?? '';
    },
    isLoggedIn: hasCookie,
  };
}

/**
 * A page of another site may have its own name resolve to 127.0.0.1 (DNS rebinding) and so ask what only this machine
 * may. The browser then sends that name.
 */
function checkHost(request: FastifyRequest, localOnly: boolean): void {
  const name = hostName(request.headers.host);
  if (name === null) throw new ApiProblem(400, 'This request does not say which host it is for.');
  if (localOnly && !isLoopbackName(name)) {
    throw new ApiProblem(403, 'Without a token this server answers to localhost and 127.0.0.1 only.');
  }
}

/** Browsers say on whose behalf they ask. What has no such header is no browser, and carries no cookie by accident. */
function checkSite(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  const reading = READING.has(request.method);
  const site = request.headers['sec-fetch-site'];
  // Following a link from elsewhere to the page itself is fine.
  const navigation = reading && request.headers['sec-fetch-mode'] === 'navigate';
  const foreignSite = (site === 'cross-site' || site === 'same-site') && !navigation;
  if (foreignSite || (!reading && origin !== undefined && hostOf(origin) !== host?.toLowerCase())) {
    throw new ApiProblem(403, 'This request was made by the page of another site.');
  }
}

/** Host and port of an Origin header; null for `null` and nonsense. */
function hostOf(origin: string): string | null {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase() ?? null;
}

/** `host` without its port, lower case; null where there is none. */
function hostName(host: string | undefined): string | null {
  return /^(\[[0-9a-f:.]+\]|[^:/@\s]+)(?::\d+)?$/i.exec(host ?? '')?.[1]?.toLowerCase() ?? null;
}

/** Whether a name can only mean this machine. */
function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}
