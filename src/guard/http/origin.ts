/** Connections and credentials of one origin (`scheme://host:port`). */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import { getCACertificates } from 'node:tls';

/** What is known about an origin beforehand; none of it goes to another one. */
export interface OriginOptions {
  /** PEM; trusted besides the system's and Node's. */
  readonly ca?: string;
  /** Client certificate and its key, PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that its certificate has, where that is not the one in the address. */
  readonly serverName?: string;
  /** Takes a certificate that nobody vouches for: only where a person asked for it, and it is said in the report. */
  readonly insecure?: boolean;
  /** `Authorization: Bearer …` */
  readonly bearer?: string;
  readonly basic?: { readonly user: string; readonly password: string };
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Sockets that nobody has used for this long are closed, ms. */
const IDLE_MS = 15_000;

/** `127.0.0.0/8`, `::1` or a name that means them (RFC 6761): never asked for over a proxy, and safe without TLS. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host === 'localhost' || host.endsWith('.localhost');
}

/** An agent that keeps at most `connections` open; proxies are those of the environment, except for loopback. */
export function agentFor(url: URL, options: OriginOptions, env: Environment, connections: number): HttpAgent {
  const common = {
    keepAlive: true,
    maxSockets: connections,
    maxFreeSockets: connections,
    timeout: IDLE_MS,
    proxyEnv: isLoopback(url.hostname) ? {} : proxiesOf(env),
  };
  if (url.protocol === 'http:') return new HttpAgent(common);
  return new HttpsAgent({
    ...common,
    ...(options.ca === undefined ? {} : { ca: [...getCACertificates('default'), options.ca] }),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.serverName === undefined ? {} : { servername: options.serverName }),
    ...(options.insecure === true ? { rejectUnauthorized: false } : {}),
  });
}

/** HTTP(S)_PROXY and NO_PROXY in either spelling. Node reads these from what it is given. */
function proxiesOf(env: Environment): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    const value = env[name.toLowerCase()] ?? env[name];
    if (value !== undefined && value !== '') found[name] = value;
  }
  return found;
}

/** The Authorization header of an origin's options; null where there is none. */
export function authorizationOf(options: OriginOptions): string | null {
  if (options.bearer !== undefined) return `Bearer ${options.bearer}`;
  if (options.basic === undefined) return null;
  return `Basic ${Buffer.from(`${options.basic.user}:${options.basic.password}`).toString('base64')}`;
}
