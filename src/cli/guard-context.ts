/** The effects that the parts of guard are given: network, clock, cache, and the line that says what goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttp } from '../guard/http/create.ts';
import { type Http, HttpError } from '../guard/http/http.ts';
import { originsOf, type PrivateHosts } from '../guard/http/private-hosts.ts';
import type { GuardContext } from '../guard/part.ts';
import { cacheDirectory } from '../review/cache-directory.ts';

export interface OpenContext extends GuardContext {
  /** Takes the line about progress away, before something else is printed. */
  clear(): void;
  /** Closes connections, and takes away what was only for this run. */
  close(): void;
}

export interface ContextOptions {
  readonly cwd: string;
  readonly offline: boolean;
  readonly env?: GuardContext['env'];
  readonly http?: Http;
  /** `gate.tls`, with paths relative to `cwd`. */
  readonly tls?: PrivateHosts;
}

/** Ends with the process's SIGINT and SIGTERM as it is: parts write by renaming, so nothing half-written stays. */
export function openContext({ cwd, offline, env = process.env, http, tls = {} }: ContextOptions): OpenContext {
  const cache = cacheDirectory(env, process.platform, 'guard');
  // Without a cache, what is kept between steps of one run still needs a place.
  const own = cache === null ? mkdtempSync(join(tmpdir(), 'hemostat-guard-')) : null;
  const network = http ?? createHttp({ env, origins: originsOf(tls, cwd) });
  const shown = progressLine();
  return {
    http: offline ? NO_NETWORK : network,
    cwd,
    cacheDir: cache ?? own ?? '',
    now: () => new Date(),
    offline,
    progress: shown.show,
    env,
    clear: shown.clear,
    close: () => {
      shown.clear();
      network.close();
      if (own !== null) rmSync(own, { recursive: true, force: true });
    },
  };
}

/** A part that asks nevertheless gets an error and not an answer. */
const NO_NETWORK: Http = {
  send: (url) => {
    const host = URL.canParse(url) ? new URL(url).host : 'the network';
    return Promise.reject(new HttpError('refused', `${host} was not asked: --offline allows no network`));
  },
  close: () => undefined,
};

/** A run that takes no longer needs no line. */
const QUIET_MS = 1000;
const STEP_MS = 100;

/** One rewritten line on stderr; nothing where stderr is no terminal. */
function progressLine(): { show(says: string): void; clear(): void } {
  const began = performance.now();
  let drawn = 0;
  let shown = false;
  return {
    show: (says) => {
      const at = performance.now();
      if (process.stderr.isTTY !== true || at - began < QUIET_MS || at - drawn < STEP_MS) return;
      drawn = at;
      shown = true;
      const room = Math.max(20, (process.stderr.columns ?? 80) - 1);
      process.stderr.write(`\r\x1b[K${says.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '?').slice(0, room)}`);
    },
    clear: () => {
      if (shown) process.stderr.write('\r\x1b[K');
      shown = false;
    },
  };
}
