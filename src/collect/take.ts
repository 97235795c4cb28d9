/** Asks one service for page after page, and has the patience that one visit has: used by `visit.ts` and by `watch`. */
import { readProfile } from '../evidence/pprof/read.ts';
import { isGzip, looksLikeHtml, type Service } from './discover.ts';
import { RequestError } from './http.ts';
import type { CaptureKind } from './manifest.ts';

/** What each kind of capture does to the program (Go's runtime/pprof, runtime.ReadMemStats, runtime.Stack). */
export const STOPS: Readonly<Partial<Record<CaptureKind, string | boolean>>> = {
  heap: 'two short pauses of one GC',
  expvar: 'microseconds',
  'heap-debug1': 'microseconds',
  goroutine: 'two short pauses',
  goroutineleak: 'short pauses of one leak-checking GC',
  symbols: false,
  trace: 'two short pauses, some CPU for 1 s',
  'goroutine-debug2': true,
  process: false,
  prometheus: 'not with the stock Go collector',
};

/** Kinds that come as gzipped protobuf and as nothing else. */
const BINARY: ReadonlySet<CaptureKind> = new Set(['heap', 'goroutine', 'goroutineleak']);

/** One page that was asked for. */
export interface Taken {
  readonly kind: CaptureKind;
  /** ms since the epoch. */
  readonly at: number;
  readonly ms: number;
  /** Without secrets. */
  readonly url: string;
  readonly status?: number;
  /** As received; null where nothing was. */
  readonly body: Buffer | null;
  /** One sentence where the page is of no use. */
  readonly error?: string;
}

export interface TakeOptions {
  /** Largest body, bytes. */
  readonly limit: number;
  /** See GetOptions. */
  readonly retries?: number;
}

export class Taker {
  readonly errors: string[] = [];
  readonly #service: Service | null;
  readonly #onTaken: (taken: Taken) => void;
  // A service that is gone, or that hung twice, is not asked again at this visit.
  #patience: number;

  /** `onTaken` gets every page that was asked for, the failed ones too. */
  constructor(service: Service | null, onTaken: (taken: Taken) => void) {
    this.#service = service;
    this.#onTaken = onTaken;
    this.#patience = service === null ? 0 : 2;
  }

  /** The body, or null where there is none that can be used; then `errors` has one sentence more, or the visit is over. */
  async take(kind: CaptureKind, path: string, options: TakeOptions): Promise<Buffer | null> {
    if (this.#service === null || this.#patience <= 0) return null;
    const at = Date.now();
    const began = performance.now();
    try {
      const { body, url, status, ms } = await this.#service.client.get(path, options);
      const wrong = BINARY.has(kind) && !isGzip(body) && looksLikeHtml(body);
      const error = `${url} answers with a web page instead of a profile`;
      if (wrong) this.errors.push(error);
      this.#onTaken({ kind, at, ms: round(ms), url, status, body, ...(wrong ? { error } : {}) });
      return wrong ? null : body;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.errors.push(error.message);
      if (error.code === 'ETIMEDOUT') this.#patience -= 1;
      else if (error.code === 'ECANCELED' || error.code === 'EDQUOT') this.#patience = 0;
      else if (error.transient && error.status === 0) this.#patience = 0;
      const status = error.status === 0 ? {} : { status: error.status };
      const ms = round(performance.now() - began);
      this.#onTaken({ kind, at, ms, url: error.url, ...status, body: null, error: error.message });
      return null;
    }
  }
}

/** Null for a capture that cannot be read; why is told where it is read for the diagnosis. */
export function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && error.name === 'EvidenceError') return null;
    throw error;
  }
}

/** Sum over a goroutine profile. Throws EvidenceError. */
export function countGoroutines(profile: Uint8Array): number | null {
  return readProfile(profile).samples.values[0]?.reduce((sum, count) => sum + count, 0) ?? null;
}

/** Milliseconds to three places. */
export function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
