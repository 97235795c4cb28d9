/** What the go command is told about proxies, databases and privacy, read where it reads it and without running it. */
import { join } from 'node:path';
import { type GoSetting, goSettingsOf, readEnvironment, type Variables } from '../../../golang/load-environment.ts';
import { GuardUsageError } from '../../error.ts';
import { type NoteKey, parseNoteKey } from './note.ts';
import { coveringPattern } from './patterns.ts';

/** The key that is built into the go command (cmd/go/internal/modfetch/key.go). */
const KNOWN_KEYS: Readonly<Record<string, string>> = {
  'sum.golang.org': 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
};

/** One element of GOPROXY; `fallThrough`: the next one is asked after any error (`|`), not only after 404 and 410 (`,`). */
export interface Proxy {
  /** An address, `direct` or `off`. */
  readonly url: string;
  readonly fallThrough: boolean;
}

export type Database =
  | { readonly kind: 'off'; readonly from: string }
  | { readonly kind: 'no-key'; readonly name: string; readonly says: string }
  | {
      readonly kind: 'database';
      readonly key: NoteKey;
      /** The address that GOSUMDB says, '' where proxies are asked before https://name. */
      readonly url: string;
    };

export interface GoRules {
  readonly database: Database;
  readonly proxies: readonly Proxy[];
  readonly modCache: string;
  readonly gopath: string;
  readonly setting: (name: string) => GoSetting;
  /** `GONOSUMDB=…` that keeps a module from the database, or null. */
  privateBy(path: string): { readonly pattern: string; readonly variable: string; readonly from: string } | null;
}

/** @throws GuardUsageError where `database` (of the settings) is no key */
export function readGoRules(variables: Variables, database: string | undefined): GoRules {
  const setting = goSettingsOf(variables);
  const sumdb = setting('GOSUMDB');
  const proxy = setting('GOPROXY').value || 'https://proxy.golang.org,direct';
  const noSum = privacyList(setting);
  const { modCache, gopath } = readEnvironment(variables);
  return {
    database: databaseOf(database ?? (sumdb.value || 'sum.golang.org'), sumdb.from, database !== undefined),
    proxies: parseProxies(proxy),
    modCache,
    gopath,
    setting,
    privateBy(path) {
      const pattern = coveringPattern(noSum.value, path);
      return pattern === null ? null : { pattern, variable: noSum.variable, from: noSum.from };
    },
  };
}

/** GONOSUMDB, which is GOPRIVATE where it is not set. */
export function privacyList(setting: (name: string) => GoSetting): GoSetting & { readonly variable: string } {
  for (const variable of ['GONOSUMDB', 'GOPRIVATE']) {
    const found = setting(variable);
    if (found.value !== '') return { ...found, variable };
  }
  return { value: '', from: '', variable: 'GONOSUMDB' };
}

function databaseOf(text: string, from: string, ours: boolean): Database {
  if (text === 'off') return { kind: 'off', from };
  const words = (text === 'sum.golang.google.cn' ? 'sum.golang.org https://sum.golang.google.cn' : text)
    .split(/\s+/)
    .filter((word) => word !== '');
  const [first = '', url = ''] = words;
  const where = ours ? 'the setting database' : `GOSUMDB (${from})`;
  if (words.length > 2) throw new GuardUsageError(`${where} has ${words.length} words: write the key and an address`);
  const known = Object.hasOwn(KNOWN_KEYS, first) ? KNOWN_KEYS[first] : undefined;
  if (known === undefined && !first.includes('+'))
    return {
      kind: 'no-key',
      name: first,
      says: `no key of the checksum database ${first} is known: write ${first}+hash+key into ${where}`,
    };
  const key = parseNoteKey(known ?? first);
  if (!/^[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~-]+)*$/.test(key.name) || /(^|\/)\.\.?(\/|$)/.test(key.name))
    throw new GuardUsageError(`${where} names the database ${JSON.stringify(key.name)}: it must be host or host/path`);
  if (url !== '' && !(URL.canParse(url) && /^(https?|file):/.test(url)))
    throw new GuardUsageError(`${where} has an address that is none: write http:// or https:// and a host`);
  return { kind: 'database', key, url: url.replace(/\/+$/, '') };
}

/** GOPROXY: addresses, `direct` and `off`, divided by `,` or `|`; what follows `direct` or `off` is never asked. */
export function parseProxies(text: string): Proxy[] {
  const proxies: Proxy[] = [];
  for (const [, raw = '', mark = ''] of text.matchAll(/([^,|]*)([,|]?)/g)) {
    const url = raw.trim();
    if (url === '') continue;
    proxies.push({ url: withScheme(url), fallThrough: mark === '|' });
    if (url === 'direct' || url === 'off') break;
  }
  return proxies;
}

function withScheme(url: string): string {
  if (url === 'direct' || url === 'off' || url === 'noproxy') return url;
  return (/^[a-z]+:\/\//i.test(url) ? url : `https://${url}`).replace(/\/+$/, '');
}

/** Where the module cache has what came from a proxy: `cache/download`. */
export function downloadCache(modCache: string): string {
  return join(modCache, 'cache', 'download');
}
