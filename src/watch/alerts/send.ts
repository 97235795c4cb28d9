/** One try to give one body to one receiver, and what its answer means. Nothing here shows an address: Slack's is a secret. */
import { parseAddress } from '../../collect/address.ts';
import { HttpClient, RequestError } from '../../collect/http.ts';
import type { Receiver } from '../config/config.ts';

export type Outcome =
  | { readonly kind: 'delivered' }
  /** May work later; `waitMs` where the receiver asks for a certain time. */
  | { readonly kind: 'later'; readonly says: string; readonly waitMs: number | null }
  /** Will not work by trying again, as far as one can tell. */
  | { readonly kind: 'refused'; readonly says: string };

const MOST_ANSWER = 1 << 20;

/** `key`: sent as Idempotency-Key; null for what is no delivery. */
export async function send(receiver: Receiver, key: string | null, body: string): Promise<Outcome> {
  try {
    const address = parseAddress(receiver.url);
    const path = receiver.kind === 'alertmanager' ? `${address.path.replace(/\/+$/, '')}/api/v2/alerts` : address.path;
    const client = new HttpClient(address, receiver.http);
    const { status, retryAfterMs } = await client.post(path, {
      contentType: 'application/json',
      body,
      limit: MOST_ANSWER,
      ...(key === null ? {} : { headers: { 'idempotency-key': key } }),
    });
    return outcomeOf(status, retryAfterMs);
  } catch (error) {
    if (error instanceof RequestError) return ofFailure(error);
    // The sentences of other errors may have the address in them.
    return { kind: 'refused', says: 'its address cannot be used; check it in the configuration' };
  }
}

function outcomeOf(status: number, waitMs: number | null): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 429) return { kind: 'later', says: 'it asks to slow down (429)', waitMs };
  if (status === 408 || status >= 500)
    return { kind: 'later', says: `it answers ${status}; it or a proxy before it is in trouble`, waitMs };
  if (status >= 300 && status < 400)
    return {
      kind: 'refused',
      says: `it redirects (${status}), which is not followed; configure the address behind it`,
    };
  if (status === 401 || status === 403)
    return { kind: 'refused', says: `it does not accept the credentials (${status}); check them in the configuration` };
  return { kind: 'refused', says: `it refuses the message (${status}); check its address in the configuration` };
}

function ofFailure({ status, code, wanted }: RequestError): Outcome {
  if (status >= 300 && status < 400) {
    const says = `it redirects to another host (${status}), which is not followed; configure the address behind it`;
    return { kind: 'refused', says };
  }
  if (wanted === 'trust') return later(`its TLS certificate is not trusted (${code}); give its authority with ca_file`);
  switch (code) {
    case 'ECONNREFUSED':
      return later('nothing listens there (connection refused)');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return later(`its host name cannot be resolved (${code})`);
    case 'ETIMEDOUT':
      return later('it does not answer in time');
    default:
      return later(`the connection failed${code === '' ? '' : ` (${code})`}`);
  }
}

/** Everything below HTTP may be repaired while hemostat waits: a certificate, a name, a network. */
function later(says: string): Outcome {
  return { kind: 'later', says, waitMs: null };
}
