/** Asks registries, each thing once, and gives up on one that does not answer at all. */

import { GuardEvidenceError } from '../../error.ts';
import { type HttpAnswer, HttpError } from '../../http/http.ts';
import type { GuardContext } from '../../part.ts';
import { type RegistryKeys, readKeys } from './keys.ts';
import { authorization, type Npmrc } from './npmrc.ts';
import { parseDocument, readVersion, type VersionRecord, versionIn } from './record.ts';

/** Bytes of answers. Packuments of packages with thousands of versions have tens of MB. */
const LIMITS = { version: 8 << 20, packument: 160 << 20, keys: 1 << 20, attestations: 16 << 20 } as const;

/** Exchanges that fail before a registry that never answered is not asked again. */
const GIVE_UP_AFTER = 3;

interface Health {
  answered: boolean;
  failures: number;
  last: string;
}

export class RegistryClient {
  readonly #context: GuardContext;
  readonly #npmrc: Npmrc;
  readonly #health = new Map<string, Health>();
  /** Registries that answer no `/name/version`. */
  readonly #noVersions = new Set<string>();
  requests = 0;

  constructor(context: GuardContext, npmrc: Npmrc) {
    this.#context = context;
    this.#npmrc = npmrc;
  }

  /** Null where the registry has none of that name and version. @throws GuardEvidenceError, HttpError */
  async version(registry: string, name: string, version: string): Promise<VersionRecord | null> {
    if (!this.#noVersions.has(registry)) {
      const url = `${registry}${escapeName(name)}/${encodeURIComponent(version)}`;
      const answer = await this.#get(registry, url, LIMITS.version);
      if (answer.status === 200) return readVersion(parseDocument(answer.body, shown(url)), name, version, shown(url));
      if (![400, 404, 405, 406, 501].includes(answer.status)) throw unexpected(url, answer);
    }
    const packument = await this.packument(registry, name);
    const document = versionIn(packument, version);
    if (document === null) return null;
    // It has the version and did not say so when asked for it alone.
    this.#noVersions.add(registry);
    return readVersion(document, name, version, shown(`${registry}${escapeName(name)}`));
  }

  /** The whole document of a package; null where there is none. @throws GuardEvidenceError, HttpError */
  async packument(registry: string, name: string): Promise<unknown> {
    const url = `${registry}${escapeName(name)}`;
    const answer = await this.#get(registry, url, LIMITS.packument, 120_000);
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw unexpected(url, answer);
    return parseDocument(answer.body, shown(url));
  }

  /** What the registry says its keys are. @throws GuardEvidenceError, HttpError */
  async keys(registry: string): Promise<RegistryKeys> {
    const url = `${registry}-/npm/v1/keys`;
    const answer = await this.#get(registry, url, LIMITS.keys);
    if (answer.status === 404 || answer.status === 400) return { origin: null, signing: [], attesting: [] };
    if (answer.status !== 200) throw unexpected(url, answer);
    return readKeys(parseDocument(answer.body, shown(url)), 'registry', shown(url));
  }

  /** Asks the registry itself, whatever host the record names, as npm does. @throws GuardEvidenceError, HttpError */
  async attestations(registry: string, address: string): Promise<unknown> {
    if (!URL.canParse(address)) throw new GuardEvidenceError(`${shown(registry)} gives no address for attestations.`);
    const url = new URL(new URL(address).pathname, registry).href;
    const answer = await this.#get(registry, url, LIMITS.attestations);
    if (answer.status !== 200) throw unexpected(url, answer);
    return parseDocument(answer.body, shown(url));
  }

  async #get(registry: string, url: string, limit: number, timeoutMs = 30_000): Promise<HttpAnswer> {
    const health = this.#healthOf(registry);
    if (!health.answered && health.failures >= GIVE_UP_AFTER) throw new HttpError('refused', health.last);
    const header = authorization(url, this.#npmrc);
    this.requests++;
    try {
      const answer = await this.#context.http.send(url, {
        headers: { accept: 'application/json', ...(header === null ? {} : { authorization: header }) },
        limit,
        timeoutMs,
      });
      health.answered = true;
      return answer;
    } catch (error) {
      if (error instanceof HttpError) {
        health.failures++;
        health.last = error.message;
      }
      throw error;
    }
  }

  #healthOf(registry: string): Health {
    const known = this.#health.get(registry);
    if (known !== undefined) return known;
    const made = { answered: false, failures: 0, last: '' };
    this.#health.set(registry, made);
    return made;
  }
}

/** The slash of a scope is escaped, as npm does; other characters of a checked name need nothing. */
function escapeName(name: string): string {
  return name.startsWith('@') ? `@${encodeURIComponent(name.slice(1))}` : encodeURIComponent(name);
}

function unexpected(url: string, answer: HttpAnswer): GuardEvidenceError {
  const advice = answer.status === 401 || answer.status === 403 ? ': check the token in .npmrc' : '';
  return new GuardEvidenceError(`${shown(url)} answers ${answer.status}${advice}.`);
}

/** Without query and credentials. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
