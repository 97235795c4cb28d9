/** Reads the file of `hemostat guard admit` and what it refers to; every mistake is told with its line and column. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { problemAt, readSettings, type YamlFile, type YamlProblem } from '../../findings/yaml-file.ts';
import { GuardUsageError, mistakesIn } from '../error.ts';
import type { TrustPolicy } from '../signature/signature.ts';
import { prepareTrust, trustsKey } from '../signature/trust.ts';
import { type AdmitSettings, admitSettings, type PolicySettings } from './settings.ts';

/** A set of signers with the name that it has in the file. */
export interface Trust {
  readonly name: string;
  readonly policy: TrustPolicy;
  /** Of all that decides; part of the cache's key, so that a changed key forgets what the old one vouched for. */
  readonly hash: string;
}

export interface Policy {
  readonly settings: PolicySettings;
  /** null: `signature: off`. */
  readonly signature: Trust | null;
  readonly verdict: Trust | null;
}

export interface AdmitConfig {
  /** Paths are absolute. */
  readonly settings: AdmitSettings;
  readonly policies: readonly Policy[];
  /** What is allowed and may not be meant, one sentence each. */
  readonly warnings: readonly string[];
}

/** Largest file that is referred to, bytes. */
const LARGEST = 4 * 1024 * 1024;

/** @throws GuardUsageError with one line per mistake: `FILE:LINE:COLUMN: sentence`. */
export function readAdmitConfig(file: string): AdmitConfig {
  return parseAdmitConfig(readGiven(file), file);
}

/** `file` is for messages, and for what relative paths are relative to. */
export function parseAdmitConfig(text: string, file: string): AdmitConfig {
  const read = readSettings(text, admitSettings);
  if (!('data' in read)) throw mistakesIn(file, read);
  const reader = new References(file, read.yaml);
  const config = build(read.data, reader);
  if (reader.problems.length > 0) throw mistakesIn(file, reader.problems);
  return config;
}

function build(settings: AdmitSettings, reader: References): AdmitConfig {
  const trusts = new Map<string, Trust>();
  for (const name of Object.keys(settings.trust)) trusts.set(name, reader.trust(name, settings));
  const used = new Set<string>();
  const find = (name: string, path: readonly PropertyKey[]): Trust | null => {
    used.add(name);
    const found = trusts.get(name);
    if (found === undefined)
      reader.wrong(path, `there is no trust "${name}"; there is ${[...trusts.keys()].join(', ') || 'none'}`);
    return found ?? null;
  };
  const names = new Set<string>();
  const policies = settings.policies.map((policy, i): Policy => {
    if (names.has(policy.name)) reader.wrong(['policies', i, 'name'], `there are two policies "${policy.name}"`);
    names.add(policy.name);
    const { signature, verdict } = policy;
    return {
      settings: policy,
      signature: signature === 'off' ? null : find(signature.trust, ['policies', i, 'signature', 'trust']),
      verdict: verdict === 'off' ? null : find(verdict.trust, ['policies', i, 'verdict', 'trust']),
    };
  });
  const { tls, registry, cache, audit } = settings;
  const path = (given: string) => reader.path(given);
  return {
    settings: {
      ...settings,
      tls: {
        certificate: path(tls.certificate),
        key: path(tls.key),
        ...(tls['client-ca'] === undefined ? {} : { 'client-ca': path(tls['client-ca']) }),
      },
      registry: {
        ...registry,
        ...(registry.credentials === undefined ? {} : { credentials: path(registry.credentials) }),
      },
      cache: { ...cache, ...(cache.directory === undefined ? {} : { directory: path(cache.directory) }) },
      audit: audit.file === undefined ? {} : { file: path(audit.file) },
    },
    policies,
    // What cannot be read is told instead.
    warnings:
      reader.problems.length > 0
        ? []
        : warningsOf(
            policies,
            [...trusts.keys()].filter((name) => !used.has(name)),
            settings,
          ),
  };
}

function warningsOf(policies: readonly Policy[], unused: readonly string[], settings: AdmitSettings): string[] {
  const says: string[] = [];
  for (const name of unused) says.push(`no policy uses the trust "${name}"`);
  const all = policies.findIndex(({ settings: { match } }) => !match.namespaces && !match.labels && !match.images);
  const last = policies.length - 1;
  if (all >= 0 && all < last)
    says.push(
      `the policy "${policies[all]?.settings.name}" matches everything, so those after it never count; put it last`,
    );
  if (all < 0) says.push('no policy matches everything: images that none matches are refused');
  for (const { settings: policy, signature, verdict } of policies) {
    const both = signature === null || verdict === null ? [] : sharedKeys(signature.policy, verdict.policy);
    if (policy['on-unreachable'] === 'allow')
      says.push(
        `the policy "${policy.name}" lets images in unchecked while their registry does not answer (on-unreachable: allow)`,
      );
    if (policy.signature === 'off' && policy.verdict === 'off')
      says.push(`the policy "${policy.name}" demands neither a signature nor a verdict`);
    if (both.length > 0)
      says.push(
        `the policy "${policy.name}" trusts ${both.join(', ')} for signatures and for verdicts: cosign 3 takes any attestation for a signature, even a verdict that refuses; sign verdicts with a key of their own`,
      );
    if (policy.match.labels !== undefined)
      says.push(`the policy "${policy.name}" matches by labels, which whoever makes a pod chooses`);
  }
  if (settings.cache['stale-seconds'] < settings.cache['fresh-seconds'])
    says.push(
      'cache.stale-seconds is shorter than cache.fresh-seconds: old answers are never used while a registry is away',
    );
  return says;
}

/** Names of the second's keys that the first trusts, too. */
function sharedKeys(signature: TrustPolicy, verdict: TrustPolicy): string[] {
  return prepareTrust(verdict)
    .keys.filter((key) => trustsKey(signature, key))
    .map(({ name }) => name);
}

/** Files that the configuration names. */
class References {
  readonly problems: YamlProblem[] = [];
  readonly #dir: string;
  readonly #yaml: YamlFile;

  constructor(file: string, yaml: YamlFile) {
    this.#dir = dirname(resolve(file));
    this.#yaml = yaml;
  }

  path(given: string): string {
    return resolve(this.#dir, given);
  }

  wrong(path: readonly PropertyKey[], message: string): void {
    this.problems.push(problemAt(this.#yaml, path, message));
  }

  trust(name: string, settings: AdmitSettings): Trust {
    const given = settings.trust[name];
    const keys = (given?.keys ?? []).map((key, i) => {
      const { file, 'not-after': until } = typeof key === 'string' ? { file: key } : key;
      const pem = this.#text(file, ['trust', name, 'keys', i]) ?? '';
      if (pem.includes('PRIVATE KEY'))
        this.wrong(['trust', name, 'keys', i], `${file} is a private key: give the public one, and change this one`);
      return { name: basename(file), pem, ...(until === undefined ? {} : { notAfter: new Date(until) }) };
    });
    const root = given?.['trusted-root'];
    const policy: TrustPolicy = {
      keys,
      identities: given?.identities ?? [],
      trustedRoot: root === undefined ? null : this.#text(root, ['trust', name, 'trusted-root']),
      requireLog: given?.['require-log'] ?? null,
    };
    // A mistake in what was read, unless it could not be read at all.
    if (this.problems.length === 0) this.#try(() => void prepareTrust(policy), ['trust', name]);
    return { name, policy, hash: createHash('sha256').update(JSON.stringify(policy)).digest('hex') };
  }

  #text(file: string, at: readonly PropertyKey[]): string | null {
    return this.#try(() => readGiven(this.path(file), file), at);
  }

  #try<T>(what: () => T, at: readonly PropertyKey[]): T | null {
    try {
      return what();
    } catch (error) {
      if (!(error instanceof GuardUsageError)) throw error;
      this.wrong(at, error.message);
      return null;
    }
  }
}

/** @throws GuardUsageError */
function readGiven(path: string, shown = path): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    const why =
      code === 'ENOENT'
        ? 'is not there'
        : code === 'EISDIR'
          ? 'is a directory'
          : code === 'EACCES'
            ? 'may not be read'
            : `cannot be read (${String(code)})`;
    throw new GuardUsageError(`${shown} ${why}; check the path`);
  }
  if (bytes.length > LARGEST) throw new GuardUsageError(`${shown} is larger than 4 MiB; check the path`);
  return bytes.toString('utf8');
}
