import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { vaultCheck } from './check.ts';
import { parseVaultExport, seconds } from './read.ts';
import { effectiveTtl } from './ttl.ts';

/** What a real server did: scripts/record-vault-ttl.ts. */
const RECORD = z
  .object({
    rows: z.array(
      z.object({
        mount: z.record(z.string(), z.string()),
        role: z.object({
          token_ttl: z.number(),
          token_max_ttl: z.number(),
          token_explicit_max_ttl: z.number(),
          token_period: z.number(),
          token_type: z.string(),
        }),
        lease_duration: z.number(),
        renewable: z.boolean(),
        renewed: z.number().nullable(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/effective-ttl.json'), 'utf8')));

it('computes the time to live that an OpenBao server gave, for every setting of the table', () => {
  expect(RECORD.rows.length).toBeGreaterThan(100);
  const wrong = RECORD.rows.flatMap((row) => {
    const role = {
      name: 'r',
      tokenTtl: row.role.token_ttl,
      tokenMaxTtl: row.role.token_max_ttl,
      tokenPeriod: row.role.token_period,
      tokenExplicitMaxTtl: row.role.token_explicit_max_ttl,
      tokenType: row.role.token_type,
      file: '',
      line: 0,
    };
    const mount = { defaultTtl: seconds(row.mount.default_lease_ttl), maxTtl: seconds(row.mount.max_lease_ttl) };
    const { ttl, life } = effectiveTtl(role, mount);
    // Renewing as far as it goes shows the end of its life; a periodic one comes back to its period.
    const renewed = row.renewed === null || !Number.isFinite(life) || row.role.token_period > 0 ? null : row.renewed;
    const far = renewed === null ? true : Math.abs(renewed - life) <= 60;
    return ttl === row.lease_duration && far ? [] : [{ ...row, computed: { ttl, life } }];
  });
  expect(wrong).toEqual([]);
});

const EXPORT = `{
  "mounts": {"kubernetes/": {"type": "kubernetes", "config": {"default_lease_ttl": 0, "max_lease_ttl": 0}}},
  "roles": {
    "auth/kubernetes/role/shop": {"data": {"token_ttl": 0, "token_policies": ["shop"]}},
    "auth/kubernetes/role/short": {"data": {"token_ttl": 600}},
    "auth/kubernetes/role/agent": {"data": {"token_period": 600}},
    "auth/kubernetes/role/ops": {"data": {"token_ttl": "10m", "token_policies": ["root"]}}
  }
}`;

it('tells roles that live too long, that never end, and that are root, with their lines', () => {
  const vault = parseVaultExport('roles.json', EXPORT);
  const manifests = { objects: [], notes: [], failures: [], complete: true };
  const findings = vaultCheck.check({ manifests, writesNothing: new Set(), vault });
  expect(findings.map(({ rule, title, where }) => `${where.line} ${rule}: ${title}`)).toEqual([
    '4 config-vault-long-ttl: Tokens of auth/kubernetes/role/shop live 32 days, not 15 minutes at most.',
    '6 config-vault-endless: Tokens of auth/kubernetes/role/agent can be renewed without end.',
    '7 config-vault-root: auth/kubernetes/role/ops gives out tokens with the policy root.',
  ]);
});

it('refuses what is no export, with a sentence', () => {
  expect(() => parseVaultExport('x.json', '[')).toThrow(/x\.json is no JSON/);
  expect(() => parseVaultExport('x.json', '{}')).toThrow(/neither "roles" nor "data"/);
  expect(() => parseVaultExport('x.json', '{"roles": {"shop": {}}}')).toThrow(/shop is no path of a role/);
});
