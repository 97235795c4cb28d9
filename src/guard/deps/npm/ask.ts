/** Asks about packages and judges the answers: the one place of the npm part where network, cache and judgement meet. */
import { createHash } from 'node:crypto';
import { GuardEvidenceError, GuardUsageError } from '../../error.ts';
import { HttpError } from '../../http/http.ts';
import type { GuardContext } from '../../part.ts';
import type { Attested, Known, VerifiedCache } from '../cache.ts';
import type { NpmSettings } from '../settings.ts';
import { type AttestationResult, type AttestationTrust, verifyAttestations } from './attest.ts';
import type { RegistryClient } from './client.ts';
import { judgeAge, judgeDowngrade, judgeSource } from './history.ts';
import { sha512Of } from './integrity.ts';
import {
  type Judgement,
  judge,
  judgeDependencies,
  judgement,
  judgeRedirect,
  needsTime,
  type Question,
  type Raised,
  supply,
} from './judge.ts';
import type { RegistryKeys } from './keys.ts';
import { type History, readHistory, readVersion, type VersionRecord, versionIn } from './record.ts';
import * as rules from './rules.ts';
import type { Trust } from './trust.ts';

/** One thing to ask, for all entries that pin the same. */
export interface Answer {
  readonly judgement: Judgement;
  /** Whether the registry says that the tarball bundles others; null where it is not known. */
  readonly bundles: boolean | null;
}

export class Asker {
  readonly #settings: NpmSettings;
  readonly #context: GuardContext;
  readonly #client: RegistryClient;
  readonly #trust: Trust;
  readonly #cache: VerifiedCache;
  readonly #attestationTrust = new Map<RegistryKeys, AttestationTrust>();
  /** Sentences with how often they were met. */
  readonly failures = new Map<string, number>();
  fromCache = 0;

  constructor(
    settings: NpmSettings,
    context: GuardContext,
    client: RegistryClient,
    trust: Trust,
    cache: VerifiedCache,
  ) {
    this.#settings = settings;
    this.#context = context;
    this.#client = client;
    this.#trust = trust;
    this.#cache = cache;
  }

  /** Answers to questions about one package of one registry: its document is asked for once and dropped afterwards. */
  async ask(questions: readonly Question[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    const shared: { packument?: Promise<unknown> } = {};
    for (const question of questions) answers.push(await this.#one(question, shared));
    return answers;
  }

  async #one(asked: Question, shared: { packument?: Promise<unknown> }): Promise<Answer> {
    let keys: RegistryKeys;
    try {
      keys = await this.#trust.keysOf(asked.registry);
    } catch (error) {
      return this.#unreachable(asked, error);
    }
    const known = this.#known(asked, keys);
    if (known !== null) return known;
    if (this.#context.offline) return { judgement: judgeRedirect(asked) ?? unknown(asked), bundles: null };
    try {
      return await this.#online(asked, keys, shared);
    } catch (error) {
      return this.#unreachable(asked, error);
    }
  }

  /** What was verified before, if the key is still trusted and nothing has to be asked again. */
  #known(asked: Question, keys: RegistryKeys): Answer | null {
    if (asked.tarball.kind !== 'own') return null;
    const found = this.#cache.get(asked.registry, asked.name, asked.version, asked.integrity);
    if (found === null || !this.#stillTrusted(found, keys)) return null;
    if (found.dependencies !== digestOf(asked.dependencies)) return null;
    const { provenance, 'cool-down-days': days } = this.#settings;
    if (!this.#context.offline) {
      if (provenance && (found.attested === undefined || !found.historyClear)) return null;
      if (days > 0 && found.published === null) return null;
    }
    this.fromCache++;
    const raised = judgeAge(found.published, this.#context.now(), days);
    return {
      judgement: { verdict: 'verified', says: 'its signature was verified before', raised, key: null },
      bundles: found.bundles,
    };
  }

  #stillTrusted(found: Known, keys: RegistryKeys): boolean {
    if (keys.signing.length > 0) return keys.signing.some(({ digest }) => digest === found.key);
    return this.#context.offline && this.#settings['keys-file'] === undefined;
  }

  async #online(asked: Question, keys: RegistryKeys, shared: { packument?: Promise<unknown> }): Promise<Answer> {
    const { provenance, 'cool-down-days': days } = this.#settings;
    const packument = (): Promise<unknown> => {
      shared.packument ??= this.#client.packument(asked.registry, asked.name);
      return shared.packument;
    };
    let history: History | null = null;
    let record: VersionRecord | null;
    const document = provenance || days > 0 ? await this.#whole(asked, packument) : undefined;
    if (document !== undefined) {
      const found = versionIn(document, asked.version);
      record = found === null ? null : readVersion(found, asked.name, asked.version, `${asked.registry}${asked.name}`);
      history = readHistory(document, asked.version);
    } else {
      record = await this.#client.version(asked.registry, asked.name, asked.version);
      if (record !== null && needsTime(record, keys)) {
        const whole = await this.#whole(asked, packument);
        history = whole === undefined ? null : readHistory(whole, asked.version);
      }
    }
    if (record === null) return { judgement: missing(asked), bundles: null };
    const judged = judge(asked, record, { keys, published: history?.published ?? null });
    if (judged.verdict === 'invalid') return { judgement: judged, bundles: record.bundles };
    const added = judgeDependencies(asked, record);
    const raised = [...judged.raised, ...added, ...judgeAge(history?.published ?? null, this.#context.now(), days)];
    const clear = raised.length;
    let attested: Attested | null | undefined;
    if (provenance) {
      const looked = await this.#provenance(asked, record, history, keys);
      if (looked.invalid !== null) {
        return {
          judgement: { ...judgement('invalid', looked.invalid.says, [...raised, looked.invalid]) },
          bundles: record.bundles,
        };
      }
      raised.push(...looked.raised);
      attested = looked.attested;
    }
    const { key } = judged;
    if (judged.verdict === 'verified' && key !== null && added.length === 0) {
      this.#cache.set(asked.registry, asked.name, asked.version, asked.integrity, {
        key: key.digest,
        origin: key.origin,
        published: history?.published ?? null,
        ...(attested === undefined ? {} : { attested }),
        historyClear: raised.length === clear,
        bundles: record.bundles,
        dependencies: digestOf(asked.dependencies),
      });
    }
    return { judgement: { ...judged, raised }, bundles: record.bundles };
  }

  /** Undefined where it is larger than is read: then its version alone is asked for, and what needs the rest is a failure. */
  async #whole(asked: Question, packument: () => Promise<unknown>): Promise<unknown> {
    try {
      return (await packument()) ?? null;
    } catch (error) {
      if (!(error instanceof HttpError) || error.kind !== 'too-large') throw error;
      this.#fail(`The age and the earlier versions of ${asked.name} were not looked at: ${error.message}`);
      return undefined;
    }
  }

  /** `attested` is undefined where it could not be looked at; that is a failure, said once. */
  async #provenance(
    asked: Question,
    record: VersionRecord,
    history: History | null,
    keys: RegistryKeys,
  ): Promise<{ invalid: Raised | null; raised: Raised[]; attested: Attested | null | undefined }> {
    const earlier = history?.lastProvenance ?? null;
    if (record.attestations === null) {
      return { invalid: null, raised: history === null ? [] : judgeDowngrade(history), attested: null };
    }
    const found = await this.#attested(asked, asked.version, sha512Of(asked.hashes), record.attestations, keys, 'all');
    if (found === null) return { invalid: null, raised: [], attested: undefined };
    if (found.kind === 'invalid') {
      const evidence = [supply(`${asked.registry} lists attestations for it.`)];
      const invalid: Raised = { rule: rules.invalidAttestation, verdict: 'proven', says: found.says, evidence };
      return { invalid, raised: [], attested: undefined };
    }
    if (found.provenance === null) {
      return { invalid: null, raised: history === null ? [] : judgeDowngrade(history), attested: null };
    }
    if (earlier === null) return { invalid: null, raised: [], attested: found.provenance };
    const before = await this.#earlier(asked, earlier.version, earlier.integrity, earlier.attestations, keys);
    const raised = before === null ? [] : judgeSource(found.provenance, before, earlier);
    return { invalid: null, raised, attested: found.provenance };
  }

  async #earlier(
    asked: Question,
    version: string,
    integrity: string | null,
    address: string,
    keys: RegistryKeys,
  ): Promise<Attested | null> {
    const known = this.#cache.get(asked.registry, asked.name, version, integrity ?? '')?.attested;
    if (known !== undefined) return known;
    const sha512 = /^sha512-(\S+)$/.exec(integrity ?? '')?.[1];
    const hex = sha512 === undefined ? null : Buffer.from(sha512, 'base64').toString('hex');
    const found = await this.#attested(asked, version, hex, address, keys, 'provenance');
    if (found?.kind !== 'invalid') return found?.provenance ?? null;
    this.#fail(`The provenance of an earlier version could not be compared: ${asked.name}@${version}: ${found.says}.`);
    return null;
  }

  /** Null where the trusted root is not to be had, which is said once. @throws what the client throws */
  async #attested(
    asked: Question,
    version: string,
    sha512: string | null,
    address: string,
    keys: RegistryKeys,
    which: 'all' | 'provenance',
  ): Promise<AttestationResult | null> {
    let trust: AttestationTrust | undefined = this.#attestationTrust.get(keys);
    if (trust === undefined) {
      try {
        trust = { root: await this.#trust.root(), keys: keys.attesting };
      } catch (error) {
        if (error instanceof GuardUsageError) throw error;
        this.#fail(`Attestations were not verified: ${sentence(error)}`);
        return null;
      }
      this.#attestationTrust.set(keys, trust);
    }
    const document = await this.#client.attestations(asked.registry, address);
    return verifyAttestations(document, trust, { name: asked.name, version, sha512: sha512 ?? '' }, which);
  }

  #unreachable(asked: Question, error: unknown): Answer {
    if (!(error instanceof HttpError) && !(error instanceof GuardEvidenceError)) throw error;
    this.#fail(error.message);
    const redirected = judgeRedirect(asked);
    if (redirected?.verdict === 'invalid') return { judgement: redirected, bundles: null };
    const says = `its registry could not be asked: ${error.message}`;
    const evidence = [supply(error.message)];
    const raised: Raised = {
      rule: rules.unverifiableSource,
      verdict: 'confirmed',
      says,
      evidence,
      group: { name: `unreachable ${asked.registry}`, many: `could not be checked: ${error.message}`, closed: false },
    };
    return { judgement: judgement('unverifiable-source', says, [raised]), bundles: null };
  }

  #fail(says: string): void {
    this.failures.set(says, (this.failures.get(says) ?? 0) + 1);
  }
}

/** The same for the same names and specs in any order. */
function digestOf(dependencies: ReadonlyMap<string, string>): string {
  const sorted = [...dependencies].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}

/** Where the network is off, what is not known fails the run (deps.ts); the finding has its place. */
export const OFFLINE_GROUP = 'offline ';

function unknown(asked: Question): Judgement {
  const says = 'it was not verified before, and the network is off';
  const evidence = [supply(`${asked.registry} was not asked.`)];
  const group = {
    name: `${OFFLINE_GROUP}${asked.registry}`,
    many: 'were not verified before, and the network is off',
    closed: false,
  };
  return judgement('unverifiable-source', says, [
    { rule: rules.unverifiableSource, verdict: 'suspected', says, evidence, group },
  ]);
}

function missing(asked: Question): Judgement {
  const says = `${asked.registry} has no such version`;
  const evidence = [
    supply(
      `${asked.registry} answers that it has no ${asked.name}@${asked.version}; it may have been unpublished, or never been there.`,
    ),
  ];
  const redirected = judgeRedirect(asked);
  if (redirected?.verdict === 'invalid') return redirected;
  return judgement('unverifiable-source', says, [
    { rule: rules.unverifiableSource, verdict: 'confirmed', severity: 'high', says, evidence },
  ]);
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : 'for no known reason';
}
