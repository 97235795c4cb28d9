/** The verdict on one entry from what the lock file pins, what the registry says, and the keys that are trusted. Pure. */
import type { ChainStep, EvidenceItem, Severity, Verdict } from '../../../findings/model.ts';
import type { GuardRule } from '../../finding.ts';
import type { EntryVerdict } from '../verdict.ts';
import type { TarballPlace } from './classify.ts';
import { compareIntegrity, type IntegrityHash, parseIntegrity } from './integrity.ts';
import { type RegistryKey, type RegistryKeys, signs } from './keys.ts';
import type { VersionRecord } from './record.ts';
import * as rules from './rules.ts';

/** What has one cause for many entries. */
export interface Group {
  readonly name: string;
  /** Continues `17 entries `. */
  readonly many: string;
  /** Which entries these are is part of the identity and told in full: one more is another finding, and no baseline hides it. */
  readonly closed: boolean;
}

/** A finding to be made, without its place. */
export interface Raised {
  readonly rule: GuardRule;
  readonly verdict: Verdict;
  readonly severity?: Severity;
  /** Continues `name@version: `. */
  readonly says: string;
  readonly evidence: readonly EvidenceItem[];
  readonly chain?: readonly ChainStep[];
  /** Findings of one group become one finding with a count. */
  readonly group?: Group;
}

export interface Judgement {
  readonly verdict: EntryVerdict;
  readonly says: string;
  readonly raised: readonly Raised[];
  /** The key that vouches for the bytes. */
  readonly key: RegistryKey | null;
}

export interface Question {
  readonly name: string;
  readonly version: string;
  readonly registry: string;
  /** Of the lock file. */
  readonly hashes: readonly IntegrityHash[];
  readonly integrity: string;
  readonly resolved: string | null;
  readonly tarball: TarballPlace;
  /** Of the lock file: name and spec. */
  readonly dependencies: ReadonlyMap<string, string>;
}

/** What a judgement needs besides the record; null where the registry was not asked or did not say. */
export interface Context {
  readonly keys: RegistryKeys;
  /** Ms; asked only where a key has an expiry. */
  readonly published: number | null;
}

export function supply(says: string): EvidenceItem {
  return { leg: 'supply', says, numbers: [], captures: [] };
}

export function judgement(verdict: EntryVerdict, says: string, raised: readonly Raised[] = []): Judgement {
  return { verdict, says, raised, key: null };
}

/** Whether the publish time is needed: a signature is by a trusted key that expires. */
export function needsTime(record: VersionRecord, keys: RegistryKeys): boolean {
  return record.signatures.some(({ keyid }) => keys.signing.some((key) => key.keyid === keyid && key.expires !== null));
}

export function judge(asked: Question, record: VersionRecord, context: Context): Judgement {
  const redirected = judgeTarball(asked, record);
  if (redirected?.verdict === 'invalid') return redirected;
  const agreement = compareIntegrity(asked.hashes, parseIntegrity(record.integrity ?? '') ?? [], record.shasum);
  if (agreement.kind === 'differs') return judgeMismatch(asked, record, context, agreement.says);
  const signed = judgeSignatures(asked, record, context, agreement.kind === 'unknown');
  // A wrong signature says more than a weak hash or another registry does.
  if (signed.verdict === 'invalid') return signed;
  if (redirected !== null) return redirected;
  if (agreement.kind === 'weak') {
    const says = `only a SHA-1 of it is pinned, and signatures are over ${(record.integrity ?? 'no hash').slice(0, 6)}`;
    return judgement('unsigned', says, [
      { rule: rules.weakIntegrity, verdict: 'confirmed', says, evidence: [pinned(asked)] },
    ]);
  }
  return signed;
}

/**
 * npm installs what the lock file says that a package depends on, without asking whether it does: a dependency that was written
 * in brings a package that is signed and that nobody wanted.
 */
export function judgeDependencies(asked: Question, record: VersionRecord): Raised[] {
  const added: string[] = [];
  for (const [name, spec] of asked.dependencies) {
    const recorded = record.dependencies.get(name);
    if (recorded === undefined || recorded.trim() !== spec.trim()) added.push(`${name}@${spec}`.slice(0, 120));
  }
  if (added.length === 0) return [];
  const rest = added.length > 5 ? ` and ${added.length - 5} more` : '';
  const says = `the lock file gives it the dependency ${added.slice(0, 5).join(', ')}${rest}, which the registry does not record`;
  const evidence = [
    supply(
      `${asked.registry} records ${record.dependencies.size} dependencies, and the lock file ${asked.dependencies.size}.`,
    ),
  ];
  return [{ rule: rules.undeclaredDependency, verdict: 'confirmed', says, evidence }];
}

/** Null where `resolved` is where the package stands. */
function judgeTarball(asked: Question, record: VersionRecord): Judgement | null {
  const { tarball, resolved } = asked;
  if (tarball.kind === 'own' || (resolved !== null && resolved === record.tarball && tarball.kind !== 'other-package'))
    return null;
  return judgeRedirect(asked);
}

/** Also for registries that could not be asked: the address alone says it. */
export function judgeRedirect(asked: Question): Judgement | null {
  const { tarball } = asked;
  if (tarball.kind === 'own') return null;
  if (tarball.kind === 'other-registry') {
    return judgement('unverifiable-source', tarball.says, [
      { rule: rules.unverifiableSource, verdict: 'confirmed', says: tarball.says, evidence: [pinned(asked)] },
    ]);
  }
  return judgement('invalid', tarball.says, [
    { rule: rules.tarballRedirected, verdict: 'confirmed', says: tarball.says, evidence: [pinned(asked)] },
  ]);
}

function judgeMismatch(asked: Question, record: VersionRecord, context: Context, says: string): Judgement {
  const { signing } = context.keys;
  const signedOther = record.signatures.some(({ keyid, sig }) =>
    signing.some((key) => key.keyid === keyid && signs(key, asked.name, asked.version, record.integrity ?? '', sig)),
  );
  const evidence = [
    pinned(asked),
    supply(`${asked.registry} has ${record.integrity ?? `sha1 ${record.shasum ?? '(none)'}`}.`),
  ];
  if (signedOther)
    evidence.push(
      supply(
        'The registry signed its own hash, and the signature verifies: the lock file was changed or is of another package.',
      ),
    );
  return judgement('invalid', says, [
    {
      rule: rules.integrityMismatch,
      verdict: signedOther ? 'proven' : 'confirmed',
      says,
      evidence,
      chain: chainOf(asked, record),
    },
  ]);
}

function judgeSignatures(asked: Question, record: VersionRecord, context: Context, onlyLock: boolean): Judgement {
  const { keys } = context;
  if (record.signatures.length === 0) return judgeUnsigned(asked, keys);
  // What the registry signs is its own string, of which each hash of the lock is one (compareIntegrity).
  const integrity = onlyLock ? asked.integrity : (record.integrity ?? asked.integrity);
  const chain = chainOf(asked, record);
  let expired: RegistryKey | null = null;
  let good: RegistryKey | null = null;
  for (const { keyid, sig } of record.signatures) {
    const known = keys.signing.filter((key) => key.keyid === keyid);
    if (known.length === 0) continue;
    const right = known.find((key) => signs(key, asked.name, asked.version, integrity, sig));
    if (right === undefined) {
      const says = `the signature with the key ${shortId(keyid)} is not over ${asked.name}@${asked.version} with the pinned bytes`;
      const evidence = [
        pinned(asked),
        supply(`ECDSA P-256 over name@version:integrity does not verify with ${describe(known[0])}.`),
      ];
      return judgement('invalid', says, [{ rule: rules.invalidSignature, verdict: 'proven', says, evidence, chain }]);
    }
    if (right.expires === null || (context.published !== null && context.published < right.expires)) good ??= right;
    else expired ??= right;
  }
  if (good !== null) {
    return { verdict: 'verified', says: `signed by ${asked.registry} with ${describe(good)}`, raised: [], key: good };
  }
  if (expired !== null) return judgeExpired(context, expired, chain);
  const ids = record.signatures.map(({ keyid }) => shortId(keyid)).join(', ');
  const says =
    keys.origin === null
      ? `it is signed with ${ids}, and the registry gives no keys`
      : `it is signed with ${ids}, which is none of the trusted keys`;
  const evidence = [
    supply(
      keys.origin === null
        ? `${asked.registry} serves no keys, and none are pinned.`
        : `Trusted are ${keys.signing.map(describe).join('; ') || 'no keys'}.`,
    ),
  ];
  const group =
    keys.origin === null
      ? {
          name: `no-keys ${asked.registry}`,
          many: `are signed, and ${asked.registry} gives no keys that could tell`,
          closed: false,
        }
      : {
          name: `unknown key ${ids}`,
          many: `are signed with ${ids}, which is none of the trusted keys`,
          closed: true,
        };
  return judgement('no-keys', says, [{ rule: rules.noKeys, verdict: 'confirmed', says, evidence, group }]);
}

function judgeUnsigned(asked: Question, keys: RegistryKeys): Judgement {
  if (keys.origin === null) {
    const says = `${asked.registry} signs nothing`;
    const evidence = [supply(`${asked.registry} serves neither signatures nor keys.`)];
    return judgement('unsigned', says, [
      {
        rule: rules.unsigned,
        verdict: 'confirmed',
        severity: 'medium',
        says,
        evidence,
        group: {
          name: `unsigned ${asked.registry}`,
          many: `come from ${asked.registry}, which signs nothing`,
          closed: false,
        },
      },
    ]);
  }
  const says = 'the registry has keys and did not sign it';
  const group = {
    name: `not signed ${asked.registry}`,
    many: `come from ${asked.registry}, which has keys and did not sign them`,
    closed: true,
  };
  return judgement('unsigned', says, [
    {
      rule: rules.unsigned,
      verdict: 'confirmed',
      says,
      evidence: [supply(`${asked.registry} serves keys, and gives no signature for it.`)],
      group,
    },
  ]);
}

function judgeExpired(context: Context, key: RegistryKey, chain: readonly ChainStep[]): Judgement {
  const until = new Date(key.expires ?? 0).toISOString();
  const when =
    context.published === null
      ? 'the registry does not say when it was published'
      : `it was published on ${new Date(context.published).toISOString()}`;
  const says = `the key ${shortId(key.keyid)} expired on ${until}, and ${when}`;
  return judgement('no-keys', says, [
    {
      rule: rules.expiredKey,
      verdict: 'confirmed',
      says,
      evidence: [supply(`The signature is right, with ${describe(key)}.`)],
      chain,
    },
  ]);
}

function pinned(asked: Question): EvidenceItem {
  const from =
    asked.resolved === null
      ? ''
      : ` and takes it from ${asked.tarball.kind === 'own' ? 'its registry' : 'another place'}`;
  return supply(`The lock file pins ${asked.integrity.slice(0, 200)}${from}.`);
}

function chainOf(asked: Question, record: VersionRecord): ChainStep[] {
  return [
    { kind: 'link', text: `lock entry ${asked.name}@${asked.version} pins ${asked.integrity.slice(0, 120)}` },
    {
      kind: 'link',
      text: `${asked.registry} records ${(record.integrity ?? record.shasum ?? 'no hash').slice(0, 120)}`,
    },
    ...record.signatures.map(({ keyid }): ChainStep => ({ kind: 'link', text: `signature by ${shortId(keyid)}` })),
  ];
}

const ORIGINS: Readonly<Record<RegistryKey['origin'], string>> = {
  file: 'pinned by file',
  tuf: 'given by TUF',
  registry: 'served by the registry itself',
};

function describe(key: RegistryKey | undefined): string {
  return key === undefined ? 'no key' : `the key ${shortId(key.keyid)} (${ORIGINS[key.origin]})`;
}

/** Key ids are the registry's words. */
function shortId(keyid: string): string {
  return JSON.stringify(keyid.slice(0, 80)).slice(1, -1);
}
