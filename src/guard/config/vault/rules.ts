/** Rules about roles of Vault and OpenBao. */
import type { GuardRule } from '../../finding.ts';

export const VAULT_LONG_TTL: GuardRule = {
  id: 'config-vault-long-ttl',
  summary: 'Tokens of a Vault or OpenBao role live longer than 15 minutes before they have to be renewed.',
  severity: 'high',
  fix: 'Set token_ttl=15m on the role and let the agent renew; without it the mount’s default counts, which is 32 days.',
};

export const VAULT_ENDLESS: GuardRule = {
  id: 'config-vault-endless',
  summary: 'Tokens of a Vault or OpenBao role can be renewed without end.',
  severity: 'medium',
  fix: 'Set token_explicit_max_ttl, or use token_ttl and token_max_ttl instead of token_period.',
};

export const VAULT_ROOT: GuardRule = {
  id: 'config-vault-root',
  summary: 'A Vault or OpenBao role gives out root tokens.',
  severity: 'critical',
  fix: 'Give the role policies of its own that name the paths it needs.',
};

export const VAULT_RULES: readonly GuardRule[] = [VAULT_LONG_TTL, VAULT_ENDLESS, VAULT_ROOT];
