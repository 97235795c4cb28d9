/** Findings about how long what Vault or OpenBao hands out can be used by whoever steals it. */
import type { Finding } from '../../../findings/model.ts';
import { type GuardRule, guardFinding } from '../../finding.ts';
import type { ConfigCheck, VaultMount, VaultRole } from '../rule.ts';
import { VAULT_ENDLESS, VAULT_LONG_TTL, VAULT_ROOT, VAULT_RULES } from './rules.ts';
import { effectiveTtl } from './ttl.ts';

/** Seconds. */
export const LONGEST_TTL = 15 * 60;

export const vaultCheck: ConfigCheck = {
  rules: VAULT_RULES,
  check: ({ vault }) => vault.flatMap((mount) => mount.roles.flatMap((role) => roleFindings(mount, role))),
};

function roleFindings(mount: VaultMount, role: VaultRole): Finding[] {
  const { ttl, life, because } = effectiveTtl(role, mount);
  const findings: Finding[] = [];
  const path = `${mount.path.replace(/\/$/, '')}/role/${role.name}`;
  const add = (rule: GuardRule, operation: string, title: string, says: string) => {
    findings.push(
      guardFinding(rule, {
        verdict: 'confirmed',
        title,
        identity: `vault:${path}`,
        operation,
        at: role.file === '' ? null : { file: role.file, line: role.line, column: 1, endLine: role.line, endColumn: 1 },
        service: path,
        evidence: [{ leg: 'config', says, numbers: [{ name: 'ttl', value: ttl, unit: 's' }], captures: [] }],
      }),
    );
  };
  if (ttl > LONGEST_TTL) {
    add(
      VAULT_LONG_TTL,
      'ttl',
      `Tokens of ${path} live ${duration(ttl)}, not 15 minutes at most.`,
      `The effective TTL is ${duration(ttl)} by ${because}; ${Number.isFinite(life) ? `renewed, at most ${duration(life)}` : 'renewed, without end'}.`,
    );
  }
  if (life === Number.POSITIVE_INFINITY) {
    add(
      VAULT_ENDLESS,
      'period',
      `Tokens of ${path} can be renewed without end.`,
      `token_period is ${duration(role.tokenPeriod)} and there is no token_explicit_max_ttl.`,
    );
  }
  if ((role.policies ?? []).includes('root')) {
    add(
      VAULT_ROOT,
      'root',
      `${path} gives out tokens with the policy root.`,
      'The policy root allows everything, audit and seal included.',
    );
  }
  return findings;
}

/** `32 days`, `1 h 30 min`, `20 min`, `45 s`: two units at most. */
export function duration(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['days', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  const words: string[] = [];
  let rest = Math.round(seconds);
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) words.push(`${count} ${name === 'days' && count === 1 ? 'day' : name}`);
    else if (words.length > 0) break;
  }
  return words.slice(0, 2).join(' ') || '0 s';
}
