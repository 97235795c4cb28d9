/** Finds which diagnostic pages a Go service offers, and under which path. */

import { TargetError } from './error.ts';
import { type Answer, HttpClient, type HttpOptions, RequestError } from './http.ts';
import type { Address } from './target.ts';

const MIB = 1 << 20;
/** Largest body of each kind of page, bytes. */
export interface Limits {
  readonly index: number;
  readonly profile: number;
  readonly dump: number;
  readonly text: number;
  readonly trace: number;
}

/** Upper bounds of what an honest service sends, bytes. The runtime cuts debug=2 dumps at 64 MB. */
export const LIMITS: Limits = { index: 4 * MIB, profile: 512 * MIB, dump: 128 * MIB, text: 64 * MIB, trace: 64 * MIB };

export interface Service {
  readonly client: HttpClient;
  /** Path of the pprof index with a closing slash, e.g. `/debug/pprof/`. */
  readonly pprof: string;
  /** Profiles that exist there, as the index lists them. */
  readonly profiles: ReadonlySet<string>;
  /** Path of the expvar page, or null. */
  readonly vars: string | null;
  /** Where Prometheus text is served, or null. */
  readonly metrics: string | null;
}

const PROFILES = [
  'goroutineleak',
  'goroutine',
  'heap',
  'allocs',
  'block',
  'mutex',
  'threadcreate',
  'profile',
  'trace',
  'cmdline',
  'symbol',
];

/** Takes a page of the service off a path: what is left is the prefix that everything is mounted under. */
export function mountPrefix(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  const known = /^(.*?)\/debug(?:\/(?:pprof(?:\/.*)?|vars))?$/.exec(trimmed) ?? /^(.*)\/metrics$/.exec(trimmed);
  if (known?.[1] !== undefined) return known[1];
  const last = trimmed.slice(trimmed.lastIndexOf('/') + 1);
  return PROFILES.includes(last) ? trimmed.slice(0, -last.length - 1) : trimmed;
}

export interface DiscoverOptions {
  /** Times to ask again after a failure that may pass. */
  readonly retries?: number;
  readonly limits?: Limits;
  /** Path of the Prometheus text where it is known; it is looked for otherwise. */
  readonly metrics?: string;
}

/** Asks the service for its pages. Throws RequestError or TargetError with one sentence where there is no pprof. */
export async function discover(client: HttpClient, options: DiscoverOptions = {}): Promise<Service> {
  const { retries = 2, limits = LIMITS } = options;
  const prefix = mountPrefix(client.address.path);
  const candidates = [`${prefix}/debug/pprof/`, `${prefix}/pprof/`, `${prefix}/`];
  const { pprof, profiles } = await findPprof(client, prefix === '' ? candidates.slice(0, 2) : candidates, {
    retries,
    limits,
  });
  const above = pprof.slice(0, pprof.slice(0, -1).lastIndexOf('/') + 1);
  const vars = await firstThat(client, [`${above}vars`, `${prefix}/debug/vars`, '/debug/vars'], limits, isExpvar);
  const pages = options.metrics === undefined ? [`${prefix}/metrics`, '/metrics'] : [options.metrics];
  const metrics = await firstThat(client, pages, limits, isPrometheus);
  return { client, pprof, profiles, vars, metrics };
}

async function findPprof(
  client: HttpClient,
  candidates: readonly string[],
  { retries, limits }: { readonly retries: number; readonly limits: Limits },
) {
  let page: 'web page' | 'something else' | null = null;
  for (const path of candidates) {
    const index = await orMissing(client.get(path, { limit: limits.index, retries }));
    if (index !== null) {
      const profiles = profilesOfIndex(index);
      if (profiles.size > 0) return { pprof: path, profiles };
      page = looksLikeHtml(index.body) ? 'web page' : 'something else';
    }
    // Services that mount single handlers have no index.
    const heap = await orMissing(client.get(`${path}heap`, { limit: limits.profile, retries }));
    if (heap !== null && isGzip(heap.body)) return { pprof: path, profiles: await probeProfiles(client, path, limits) };
  }
  const shown = client.show(candidates[0] ?? '/');
  throw new TargetError(
    page === null
      ? `${shown} does not exist (404): import _ "net/http/pprof" in the service, or give the port and path that it is served under`
      : `${shown} answers with ${page === 'web page' ? 'a web page' : 'something that is not pprof'}: give the port and path under which the service serves net/http/pprof`,
  );
}

async function probeProfiles(client: HttpClient, path: string, limits: Limits): Promise<Set<string>> {
  const found = new Set(['heap']);
  for (const name of ['goroutine', 'goroutineleak']) {
    const answer = await orMissing(client.get(path + name, { limit: limits.profile }));
    if (answer !== null && isGzip(answer.body)) found.add(name);
  }
  return found;
}

/** `discover`, with TLS where the port turns out to want it. */
export async function discoverEither(address: Address, options: HttpOptions): Promise<Service> {
  try {
    return await discover(new HttpClient(address, options), { retries: 0 });
  } catch (error) {
    if (!(error instanceof RequestError) || error.wanted !== 'tls') throw error;
    const origin = address.origin.replace(/^http:/, 'https:');
    return await discover(new HttpClient({ ...address, origin }, options), { retries: 0 });
  }
}

/** A page that is not there is null; a service that cannot be talked to is an error. */
async function orMissing(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RequestError && (error.status === 404 || error.status === 405 || error.status === 400)) {
      if (error.wanted !== null) throw error;
      return null;
    }
    throw error;
  }
}

/** The index links to every profile as `<a href='heap?debug=1'>`, in all Go versions since 1.11. */
export function profilesOfIndex(answer: Pick<Answer, 'body'>): Set<string> {
  const html = answer.body.toString('utf8');
  const names = new Set<string>();
  for (const [, name] of html.matchAll(/href=['"]?(?:[^'">\s]*\/)?([a-z]+)\?debug=/g))
    if (name !== undefined) names.add(name);
  return names.has('heap') || names.has('goroutine') ? names : new Set();
}

async function firstThat(
  client: HttpClient,
  paths: readonly string[],
  limits: Limits,
  accepts: (body: Buffer) => boolean,
) {
  for (const path of new Set(paths)) {
    try {
      const answer = await client.get(path, { limit: limits.text, retries: 0 });
      if (accepts(answer.body)) return path;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
    }
  }
  return null;
}

export function isGzip(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}

export function looksLikeHtml(body: Uint8Array): boolean {
  return /^\s*(<!doctype|<html|<head|<body|<\?xml)/i.test(
    Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 512)).toString('latin1'),
  );
}

function isExpvar(body: Buffer): boolean {
  if (!/^\s*\{/.test(body.subarray(0, 64).toString('latin1'))) return false;
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && 'memstats' in parsed;
  } catch {
    return false;
  }
}

function isPrometheus(body: Buffer): boolean {
  const start = body.subarray(0, 64 << 10).toString('latin1');
  return !looksLikeHtml(body) && /^(# (HELP|TYPE) \S|[a-zA-Z_:][\w:]*(\{[^\n]*\})? [-+]?(\d|NaN|Inf))/m.test(start);
}
