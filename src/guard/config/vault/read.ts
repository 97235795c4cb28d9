/**
 * Roles of Vault or OpenBao from what its command line exports, and from a live server.
 *
 * A file is one JSON object:
 *   { "mounts": …,  what `vault auth list -detailed -format=json` prints (optional: without it the system's defaults count)
 *     "roles": { "auth/kubernetes/role/shop": …,  what `vault read -format=json auth/kubernetes/role/shop` prints
 *                … } }
 * or that of `vault read` alone, whose role is then called like the file.
 */
import { basename } from 'node:path';
import { GuardEvidenceError } from '../../error.ts';
import type { Http } from '../../http/http.ts';
import { isRecord, mapOf, textOf, textsOf, type Value } from '../../json/values.ts';
import type { VaultMount, VaultRole } from '../rule.ts';

/** Roles in one file or server. */
const MOST_ROLES = 100_000;

/** @throws GuardEvidenceError where the text is none of the forms */
export function parseVaultExport(file: string, text: string): VaultMount[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GuardEvidenceError(`${file} is no JSON: give what vault read -format=json prints.`);
  }
  if (!isRecord(value))
    throw new GuardEvidenceError(`${file} holds no object: give what vault read -format=json prints.`);
  if (isRecord(value.data)) {
    const role = roleOf(basename(file).replace(/\.json$/, ''), value.data, file, 1);
    return [{ path: 'auth/unknown', type: '', defaultTtl: 0, maxTtl: 0, roles: [role], origin: file }];
  }
  if (!isRecord(value.roles)) {
    throw new GuardEvidenceError(
      `${file} has neither "roles" nor "data": see docs/rules/config-vault-long-ttl.md for the form.`,
    );
  }
  const lines = keyLines(text);
  const mounts = new Map<string, { config: Value; type: string; roles: VaultRole[] }>();
  for (const [path, each] of Object.entries(mapOf(value.mounts))) {
    mounts.set(mountPath(path), { config: mapOf(mapOf(each).config), type: textOf(mapOf(each).type), roles: [] });
  }
  for (const [path, each] of Object.entries(value.roles)) {
    const match = /^\/?(auth\/.+)\/roles?\/([^/]+)$/.exec(path);
    if (match === null) {
      throw new GuardEvidenceError(
        `${file}:${lines.get(path) ?? 1}: ${path} is no path of a role: write auth/MOUNT/role/NAME.`,
      );
    }
    const [, mount = '', name = ''] = match;
    let known = mounts.get(mount);
    if (known === undefined) {
      known = { config: {}, type: '', roles: [] };
      mounts.set(mount, known);
    }
    const data = mapOf(each).data ?? each;
    if (!isRecord(data))
      throw new GuardEvidenceError(
        `${file}:${lines.get(path) ?? 1}: ${path} has no data: give what vault read -format=json prints.`,
      );
    known.roles.push(roleOf(name, data, file, lines.get(path) ?? 1));
  }
  return [...mounts].map(([path, { config, type, roles }]) => ({
    path,
    type,
    defaultTtl: seconds(config.default_lease_ttl),
    maxTtl: seconds(config.max_lease_ttl),
    roles,
    origin: file,
  }));
}

function mountPath(path: string): string {
  const bare = path.replace(/^\/|\/$/g, '');
  return bare.startsWith('auth/') ? bare : `auth/${bare}`;
}

/** Lines of the keys of an object; a key that comes more than once has that of the last, as for JSON.parse. */
function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    for (const [, key = ''] of line.matchAll(/"((?:[^"\\]|\\.)*)"\s*:/g)) lines.set(key, index + 1);
  }
  return lines;
}

function roleOf(name: string, data: Value, file: string, line: number): VaultRole {
  const policies = textsOf(data.token_policies ?? data.policies);
  return {
    name,
    // Roles written before 1.2 have the old names.
    tokenTtl: seconds(data.token_ttl ?? data.ttl),
    tokenMaxTtl: seconds(data.token_max_ttl ?? data.max_ttl),
    tokenPeriod: seconds(data.token_period ?? data.period),
    tokenExplicitMaxTtl: seconds(data.token_explicit_max_ttl),
    tokenType: textOf(data.token_type),
    policies,
    file,
    line,
  };
}

/** Numbers are seconds; texts are seconds or Go durations (`15m`, `1h30m`). */
export function seconds(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) && value > 0 ? value : 0;
  const text = textOf(value).trim();
  if (/^\d+$/.test(text)) return Number(text);
  let sum = 0;
  for (const [, count = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s)/g)) {
    sum += Number(count) * (UNIT[unit] ?? 0);
  }
  return sum;
}

const UNIT: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };

/**
 * Roles of all auth mounts of a live server, by reading only. `token` goes into the header X-Vault-Token and nowhere else.
 * @throws GuardEvidenceError where the server refuses what is needed
 */
export async function readVaultServer(http: Http, address: string, token: string): Promise<VaultMount[]> {
  const base = address.replace(/\/+$/, '');
  const get = async (path: string): Promise<Value | null> => {
    const answer = await http.send(`${base}/v1/${path}`, {
      headers: { 'x-vault-token': token, 'x-vault-request': 'true' },
      limit: 16 * 1024 * 1024,
    });
    if (answer.status === 404) return null;
    if (answer.status !== 200) {
      throw new GuardEvidenceError(
        `${answer.url} answered ${answer.status}: the token needs read and list on sys/auth and auth/*/role/*.`,
      );
    }
    try {
      return mapOf(JSON.parse(answer.body.toString('utf8')));
    } catch {
      throw new GuardEvidenceError(`${answer.url} answered with what is no JSON: is it a Vault or OpenBao server?`);
    }
  };
  const list = mapOf((await get('sys/auth'))?.data);
  const mounts: VaultMount[] = [];
  for (const [name, about] of Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const path = `auth/${name.replace(/\/$/, '')}`;
    const tuned = mapOf((await get(`sys/${path}/tune`))?.data);
    const roles: VaultRole[] = [];
    // Most methods have role/, the token store has roles/.
    const folder = mapOf(about).type === 'token' ? 'roles' : 'role';
    const keys = textsOf(mapOf((await get(`${path}/${folder}?list=true`))?.data).keys);
    for (const key of keys.slice(0, MOST_ROLES)) {
      const data = (await get(`${path}/${folder}/${encodeURIComponent(key)}`))?.data;
      if (isRecord(data)) roles.push(roleOf(key, data, '', 0));
    }
    mounts.push({
      path,
      type: textOf(mapOf(about).type),
      defaultTtl: seconds(tuned.default_lease_ttl),
      maxTtl: seconds(tuned.max_lease_ttl),
      roles,
      origin: base,
    });
  }
  return mounts;
}
