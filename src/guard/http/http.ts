/**
 * HTTP to registries, checksum databases, clusters and secret stores. Everything that answers may be hostile: bodies, redirects and
 * times are bounded, credentials stay with their origin, and a length that does not hold is an error.
 */

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Largest body of the answer, bytes, after its content encoding was undone. */
  readonly limit: number;
  /** Redirects that may be followed; 0 gives the redirect itself back. Default 5. */
  readonly redirects?: number;
  /** Times to try again after a transport failure, 429 or 5xx (GET and HEAD only). Default 2. */
  readonly retries?: number;
  /** For the whole exchange, ms. Default 30,000. */
  readonly timeoutMs?: number;
  /** Ends this exchange; what runs everything has a signal of its own. */
  readonly signal?: AbortSignal;
}

/** Any complete answer; the caller knows what its status means. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; values that came more than once are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from in the end, without credentials. */
  readonly url: string;
}

export interface Http {
  /** @throws HttpError where no complete answer within the bounds was had. */
  send(url: string, request: HttpRequest): Promise<HttpAnswer>;
  /** Closes the connections that are kept. */
  close(): void;
}

/** One sentence with the address (no credentials, no query) and what to do. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  /** `timeout`, `too-large`, `redirects`, `refused` (nothing listens), `tls`, `dns`, `length` (a body that is not whole), `aborted`, `other` */
  readonly kind: string;
  constructor(kind: string, sentence: string) {
    super(sentence);
    this.kind = kind;
  }
}
