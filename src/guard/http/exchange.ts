/** One request and its answer, without redirects and retries. */
import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { codeOf } from '../error.ts';
import { codingsOf, DecodedTooLarge, decode } from './decode.ts';
import { HttpError } from './http.ts';

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string | undefined;
  readonly limit: number;
  readonly agent: Agent;
  /** Ends the exchange, at any moment: its reason is what is thrown where that is an HttpError. */
  readonly signal: AbortSignal;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A failure that another try may mend: nothing of the answer was believed yet. */
export class TransportFailure extends HttpError {
  /** The connection was kept from an earlier request: it may have been closed before this one was seen. */
  readonly reused: boolean;
  constructor(kind: string, sentence: string, reused: boolean) {
    super(kind, sentence);
    this.reused = reused;
  }
}

/** @throws HttpError */
export function exchange(of: Exchange): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const send = of.url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(of.url, {
      method: of.method,
      headers: of.headers,
      agent: of.agent,
      signal: of.signal,
    });
    const fail = (error: unknown): void => {
      request.destroy();
      reject(of.signal.aborted ? abortReason(of) : failureOf(error, of, request.reusedSocket));
    };
    request.on('error', fail);
    request.on('response', (response) => {
      readBody(response, of).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body }),
        fail,
      );
    });
    request.end(of.body);
  });
}

/** The address as errors may show it: no user, no query, no fragment. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

async function readBody(response: IncomingMessage, of: Exchange): Promise<Buffer> {
  const where = shown(of.url);
  const tooLarge = (): HttpError =>
    new HttpError(
      'too-large',
      `the answer of ${where} is larger than the ${of.limit} bytes that are read; if it should be, the server is not what it is taken for`,
    );
  const codings = codingsOf(response.headers['content-encoding']);
  if (codings === null) {
    throw new HttpError('other', `${where} answered in a content encoding that was not asked for`);
  }
  const stated = of.method === 'HEAD' ? Number.NaN : Number(response.headers['content-length'] ?? Number.NaN);
  if (stated > of.limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > of.limit) throw tooLarge();
    chunks.push(chunk);
  }
  if (!response.complete || (Number.isFinite(stated) && size !== stated)) {
    throw new HttpError('length', `${where} sent ${size} bytes and had announced ${stated}`);
  }
  try {
    return await decode(Buffer.concat(chunks), codings, of.limit);
  } catch (error) {
    if (error instanceof DecodedTooLarge) throw tooLarge();
    throw new HttpError('length', `the body that ${where} sent does not hold as ${codings.join(', ')}`);
  }
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    if (values !== undefined) headers[name] = values.join(', ');
  }
  return headers;
}

function abortReason(of: Exchange): HttpError {
  const reason: unknown = of.signal.reason;
  return reason instanceof HttpError ? reason : new HttpError('aborted', `${shown(of.url)} was not waited for`);
}

function failureOf(error: unknown, of: Exchange, reused: boolean): HttpError {
  if (error instanceof HttpError) return error;
  const where = shown(of.url);
  const code = codeOf(error);
  if (/^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_|EPROTO)/.test(code)) {
    if (code === 'CERT_HAS_EXPIRED')
      return new HttpError('tls', `the certificate of ${where} has expired: renew it, or set this machine's clock`);
    return new HttpError('tls', `no trusted connection to ${where} (${code}): give its CA, or look who answers there`);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new TransportFailure('dns', `no address is known for the host of ${where} (${code})`, reused);
  }
  if (code === 'ECONNREFUSED') {
    return new TransportFailure('refused', `nothing listens at ${where}, or a firewall refuses it`, reused);
  }
  // A body that ended before its announced length is an abort to Node.
  if (code === 'ECONNRESET') {
    return new TransportFailure('length', `${where} closed the connection before its answer was complete`, reused);
  }
  if (code.startsWith('HPE_')) {
    return new HttpError('other', `what ${where} answered is not HTTP (${code})`);
  }
  return new TransportFailure('other', `no answer was had from ${where}${code === '' ? '' : ` (${code})`}`, reused);
}
