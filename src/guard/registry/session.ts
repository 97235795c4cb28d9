/**
 * Requests to one repository with what its registry wants for proof: nothing, Basic, or a token of the service that its challenge
 * names (https://distribution.github.io/distribution/spec/auth/token/). Tokens are kept for as long as they are good.
 */
import { z } from 'zod';
import { GuardEvidenceError } from '../error.ts';
import { type Http, type HttpAnswer, HttpError, type HttpRequest } from '../http/http.ts';
import { isLoopback } from '../http/origin.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { CredentialSource, RegistryCredential } from './credentials.ts';
import { DOCKER_HUB } from './reference.ts';
import type { ImageReference } from './registry.ts';

export interface SessionOptions {
  readonly http: Http;
  readonly reference: ImageReference;
  readonly credentials: CredentialSource;
  /** Plain HTTP is allowed though the registry is not on loopback. */
  readonly insecure: boolean;
}

export type Access = 'pull' | 'pull,push';

export interface Session {
  /** @param path below `/v2/<repository>/`, or an absolute address that the registry gave. @throws GuardEvidenceError */
  send(path: string, access: Access, request: HttpRequest): Promise<HttpAnswer>;
}

const TOKEN_LIMIT = 256 * 1024;
/** By the token specification, where the answer does not say, s. */
const DEFAULT_LIFE_S = 60;
/** A token is not used in its last moments, s. */
const MARGIN_S = 10;

const tokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

interface Proof {
  readonly authorization: string;
  /** By performance.now(). */
  readonly goodUntil: number;
}

export function openSession(options: SessionOptions): Session {
  const { http, reference } = options;
  const name = `${reference.registry}/${reference.repository}`;
  const proofs = new Map<Access, Promise<Proof | null>>();
  let base: Promise<string> | null = null;

  return {
    async send(path, access, request) {
      try {
        base ??= findBase(options);
        const root = await base.catch((error: unknown) => {
          base = null;
          throw error;
        });
        const url = /^https?:\/\//.test(path) ? path : `${root}/v2/${reference.repository}/${path}`;
        const own = new URL(url).origin === new URL(root).origin;
        if (url.startsWith('http:') && root.startsWith('https:')) {
          throw new GuardEvidenceError(`${name} names an address without TLS to go on with, which is not done`);
        }
        let isNew = false;
        for (;;) {
          const known = proofs.get(access);
          // An upload may be sent to a store elsewhere: that one has the address as its proof.
          const proof = own ? current((await known) ?? null) : null;
          const answer = await http.send(url, withProof(request, proof));
          if (!own || !isRefusal(answer)) return answer;
          if (isNew) throw notAllowed(name, access, answer.status);
          // Of many requests at once one asks for a token, and the others wait for it.
          if (proofs.get(access) === known) {
            const next = proveFor(answer, access, root, options);
            proofs.set(
              access,
              next.catch(() => null),
            );
            if ((await next) === null) throw notAllowed(name, access, answer.status);
          }
          isNew = true;
        }
      } catch (error) {
        throw error instanceof HttpError ? new GuardEvidenceError(error.message) : error;
      }
    },
  };
}

function current(proof: Proof | null): Proof | null {
  return proof !== null && proof.goodUntil > performance.now() ? proof : null;
}

/** 401, or a token that was too narrow: registries answer that with 403 and a challenge. */
function isRefusal(answer: HttpAnswer): boolean {
  return answer.status === 401 || (answer.status === 403 && answer.headers['www-authenticate'] !== undefined);
}

function withProof(request: HttpRequest, proof: Proof | null): HttpRequest {
  if (proof === null) return request;
  return { ...request, headers: { ...request.headers, authorization: proof.authorization } };
}

function notAllowed(name: string, access: Access, status: number): GuardEvidenceError {
  const what = access === 'pull' ? 'read from' : 'write to';
  return new GuardEvidenceError(
    `${name} does not let us ${what} it (${status}): log in with docker, podman or skopeo, or check who may`,
  );
}

/**
 * Loopback is asked without TLS first, what was called insecure with TLS first; all else has TLS or is not asked.
 * @returns origin, e.g. `https://registry.example`
 */
async function findBase({ http, reference, insecure }: SessionOptions): Promise<string> {
  if (reference.registry === DOCKER_HUB) return 'https://registry-1.docker.io';
  const secure = `https://${reference.registry}`;
  const plain = `http://${reference.registry}`;
  const ping = (root: string): Promise<HttpAnswer> =>
    http.send(`${root}/v2/`, { limit: 64 * 1024, redirects: 0, retries: 0 });
  if (isLoopback(new URL(plain).hostname)) {
    try {
      const answer = await ping(plain);
      // Go's servers say so; others just close.
      return answer.status === 400 && /https/i.test(answer.body.toString('latin1')) ? secure : plain;
    } catch (error) {
      if (!(error instanceof HttpError) || !['length', 'other'].includes(error.kind)) throw error;
      await ping(secure);
      return secure;
    }
  }
  if (!insecure) return secure;
  try {
    await ping(secure);
    return secure;
  } catch (error) {
    if (!(error instanceof HttpError) || !['tls', 'refused', 'length', 'other'].includes(error.kind)) throw error;
    await ping(plain);
    return plain;
  }
}

/** What answers the challenge, or null where we know nothing that does. */
async function proveFor(
  answer: HttpAnswer,
  access: Access,
  root: string,
  options: SessionOptions,
): Promise<Proof | null> {
  const challenges = parseChallenges(answer.headers['www-authenticate'] ?? '');
  const { registry, repository } = options.reference;
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) {
    return fetchToken(bearer, access, root, options, await options.credentials(registry, repository));
  }
  if (!challenges.some(({ scheme }) => scheme === 'basic')) return null;
  const known = await options.credentials(registry, repository);
  if (known === null || !('user' in known)) return null;
  return { authorization: basic(known.user, known.password), goodUntil: Number.POSITIVE_INFINITY };
}

async function fetchToken(
  challenge: Challenge,
  access: Access,
  root: string,
  { http, reference }: SessionOptions,
  known: RegistryCredential | null,
): Promise<Proof> {
  const name = `${reference.registry}/${reference.repository}`;
  const realm = challenge.parameters.realm ?? '';
  const address = URL.canParse(realm) ? new URL(realm) : null;
  if (address === null || !/^https?:$/.test(address.protocol)) {
    throw new GuardEvidenceError(`${name} asks for a token and names no address to get it from`);
  }
  address.username = '';
  address.password = '';
  // Whoever answers for the registry may name any address: our password goes over TLS, to this machine, or where it goes anyway.
  const trusted = address.protocol === 'https:' || isLoopback(address.hostname) || address.origin === root;
  if (known !== null && !trusted) {
    throw new GuardEvidenceError(
      `${name} wants our credentials sent to ${address.origin} without TLS, which is not done; its token service needs https`,
    );
  }
  const scope = challenge.parameters.scope ?? `repository:${reference.repository}:${access}`;
  const fields = new URLSearchParams({ scope: withAccess(scope, reference.repository, access) });
  if (challenge.parameters.service !== undefined) fields.set('service', challenge.parameters.service);
  const answer = await askToken(http, address, fields, known);
  if (answer.status !== 200) {
    throw new GuardEvidenceError(
      `the token service of ${name} (${address.origin}) answered ${answer.status}: ${
        known === null ? 'log in first, it gives anonymous users nothing' : 'it does not take our credentials'
      }`,
    );
  }
  const read = tokenAnswer.safeParse(jsonOf(answer.body));
  const token = read.success ? (read.data.token ?? read.data.access_token) : undefined;
  if (!read.success || token === undefined || !/^[\x21-\x7e]+$/.test(token)) {
    throw new GuardEvidenceError(`the token service of ${name} (${address.origin}) answered without a token`);
  }
  const life = Math.max(0, (read.data.expires_in ?? DEFAULT_LIFE_S) - MARGIN_S);
  return { authorization: `Bearer ${token}`, goodUntil: performance.now() + Math.max(1, life) * 1000 };
}

function askToken(
  http: Http,
  address: URL,
  fields: URLSearchParams,
  known: RegistryCredential | null,
): Promise<HttpAnswer> {
  if (known !== null && 'identityToken' in known) {
    const form = new URLSearchParams(fields);
    form.set('grant_type', 'refresh_token');
    form.set('client_id', 'hemostat');
    form.set('refresh_token', known.identityToken);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return http.send(address.href, {
      method: 'POST',
      body: form.toString(),
      headers,
      redirects: 0,
      limit: TOKEN_LIMIT,
    });
  }
  for (const [name, value] of fields) address.searchParams.append(name, value);
  const headers: Record<string, string> = known === null ? {} : { authorization: basic(known.user, known.password) };
  return http.send(address.href, { headers, limit: TOKEN_LIMIT });
}

/** The challenge names what the request needed; some name only `pull` for a push. */
function withAccess(scope: string, repository: string, access: Access): string {
  return access === 'pull,push' && !/push/.test(scope) ? `repository:${repository}:${access}` : scope;
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
