/**
 * How long a token of Vault or OpenBao lives (sdk/framework CalculateTTL and vault/token_store). What is not set falls to the
 * mount, then to the system: 768 h for both, unless the server says otherwise.
 * testdata/effective-ttl.json is what an OpenBao server did with each of a table of settings.
 */
import type { VaultMount, VaultRole } from '../rule.ts';

/** `default_lease_ttl` and `max_lease_ttl` of a server that sets none, seconds: 768 h. */
export const SYSTEM_TTL = 768 * 3600;

export interface EffectiveTtl {
  /** Of a new token, seconds. */
  readonly ttl: number;
  /** Until which it can be renewed, seconds from its making; infinite for a periodic token without a hard end. */
  readonly life: number;
  /** Which setting made `ttl`, in words. */
  readonly because: string;
}

export function effectiveTtl(role: VaultRole, mount: Pick<VaultMount, 'defaultTtl' | 'maxTtl'>): EffectiveTtl {
  const mountMax = mount.maxTtl || SYSTEM_TTL;
  const explicit = role.tokenExplicitMaxTtl ?? 0;
  if (role.tokenPeriod > 0 && role.tokenType !== 'batch') {
    const limits = [
      { seconds: role.tokenPeriod, says: 'token_period' },
      { seconds: mountMax, says: 'the mount’s max_lease_ttl' },
      ...(role.tokenMaxTtl > 0 ? [{ seconds: role.tokenMaxTtl, says: 'token_max_ttl' }] : []),
      ...(explicit > 0 ? [{ seconds: explicit, says: 'token_explicit_max_ttl' }] : []),
    ];
    const least = smallest(limits);
    return { ttl: least.seconds, life: explicit > 0 ? explicit : Number.POSITIVE_INFINITY, because: least.says };
  }
  const wanted =
    role.tokenTtl > 0
      ? { seconds: role.tokenTtl, says: 'token_ttl' }
      : mount.defaultTtl > 0
        ? { seconds: mount.defaultTtl, says: 'the mount’s default_lease_ttl' }
        : { seconds: SYSTEM_TTL, says: 'the default of the system, 32 days' };
  const ends = [
    { seconds: mountMax, says: 'the mount’s max_lease_ttl' },
    ...(role.tokenMaxTtl > 0 ? [{ seconds: role.tokenMaxTtl, says: 'token_max_ttl' }] : []),
    ...(explicit > 0 ? [{ seconds: explicit, says: 'token_explicit_max_ttl' }] : []),
  ];
  const end = smallest(ends);
  const least = wanted.seconds <= end.seconds ? wanted : end;
  return { ttl: least.seconds, life: role.tokenType === 'batch' ? least.seconds : end.seconds, because: least.says };
}

interface Limit {
  readonly seconds: number;
  readonly says: string;
}

function smallest(limits: readonly Limit[]): Limit {
  return limits.reduce((least, each) => (each.seconds < least.seconds ? each : least));
}
