/** Posts a message to an address that is a secret: it is read from a variable or a file, and stands in no sentence and no log. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError } from '../http/http.ts';
import type { GuardContext } from '../part.ts';
import type { ReceiverAddress } from './settings.ts';

const TRIES = 3;
/** Before the second try, ms; doubles. */
export const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const TIMEOUT_MS = 10_000;
const MOST_ANSWER = 64 * 1024;

/** The address that the variable or file has; null where there is none. */
export function addressOf(target: ReceiverAddress, { env, cwd }: Pick<GuardContext, 'env' | 'cwd'>): string | null {
  const { 'url-env': variable, 'url-file': file } = target;
  let text = '';
  try {
    text = variable === undefined ? readFileSync(resolve(cwd, file ?? ''), 'utf8') : (env[variable] ?? '');
  } catch {
    // As if it were empty.
  }
  const url = text.trim();
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : null;
}

/** Null where it was delivered; otherwise why not, without the address. */
export async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { http, signal }: Pick<GuardContext, 'http' | 'signal'>,
  pauseMs: number,
): Promise<string | null> {
  let why = '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const wait = Math.min(LONGEST_PAUSE_MS, pauseMs * 2 ** (attempt - 1));
    if (attempt > 0) await sleep(wait, undefined, signal === undefined ? {} : { signal });
    try {
      const { status } = await http.send(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        limit: MOST_ANSWER,
        redirects: 0,
        timeoutMs: TIMEOUT_MS,
      });
      if (status >= 200 && status < 300) return null;
      why = `it answers ${status}`;
      // What is refused now is refused again.
      if (status !== 429 && status !== 408 && status < 500) return `${why}; check the address`;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      // The sentence has the path in it, which is Slack's secret; the kind has not.
      why = WHY[error.kind] ?? 'the connection failed';
    }
  }
  return `${why}, ${TRIES} times`;
}

const WHY: Readonly<Record<string, string>> = {
  timeout: 'it does not answer in time',
  refused: 'nothing listens there',
  dns: 'its host name cannot be resolved',
  tls: 'its TLS certificate is not trusted',
};
