/** Two inventories beside each other: before, after and difference, by stage and in total. Pure. */
import type { VaultMount } from '../config/rule.ts';
import type { Manifests } from '../manifests/manifest.ts';
import { apiUnits } from './api-units.ts';
import { credentialUnits } from './credential-units.ts';
import { networkUnits } from './network-units.ts';
import { rounded, type WeightedUnit, weighUnits } from './unit.ts';
import { STAGES, type Stage, UNIT_KINDS } from './weights.ts';

export interface Inventory {
  readonly units: readonly WeightedUnit[];
  readonly points: Readonly<Record<Stage | 'total', number>>;
  readonly counts: Readonly<Record<Stage | 'total', number>>;
}

export function weightsOf(overrides: Readonly<Partial<Record<string, number>>>): ReadonlyMap<string, number> {
  return new Map(UNIT_KINDS.map(({ kind, weight }) => [kind, overrides[kind] ?? weight]));
}

export function takeInventory(
  manifests: Manifests,
  vault: readonly VaultMount[],
  weights: ReadonlyMap<string, number>,
): Inventory {
  const units = weighUnits(
    [...networkUnits(manifests.objects), ...apiUnits(manifests), ...credentialUnits(manifests.objects, vault)],
    weights,
  );
  const points = { network: 0, api: 0, credentials: 0, total: 0 };
  const counts = { network: 0, api: 0, credentials: 0, total: 0 };
  for (const unit of units) {
    points[unit.stage] += unit.points;
    counts[unit.stage]++;
  }
  for (const stage of STAGES) points[stage] = rounded(points[stage]);
  points.total = rounded(points.network + points.api + points.credentials);
  counts.total = units.length;
  return { units, points, counts };
}

export interface StageChange {
  readonly stage: Stage | 'total';
  readonly before: number;
  readonly after: number;
  readonly difference: number;
  /** Of `before`, percent; null where there was nothing. */
  readonly percent: number | null;
  /** Units in each state: what the percentage is of. */
  readonly unitsBefore: number;
  readonly unitsAfter: number;
}

export interface ChangedUnit {
  readonly id: string;
  readonly stage: Stage;
  readonly before: WeightedUnit | null;
  readonly after: WeightedUnit | null;
  readonly difference: number;
}

export interface Comparison {
  readonly stages: readonly StageChange[];
  /** Units that appeared, went, or weigh otherwise; largest difference first. */
  readonly changed: readonly ChangedUnit[];
}

export function compareInventories(before: Inventory, after: Inventory): Comparison {
  const was = new Map(before.units.map((unit) => [unit.id, unit]));
  const is = new Map(after.units.map((unit) => [unit.id, unit]));
  const changed: ChangedUnit[] = [];
  for (const id of new Set([...was.keys(), ...is.keys()])) {
    const old = was.get(id) ?? null;
    const now = is.get(id) ?? null;
    const stage = (now ?? old)?.stage;
    const difference = rounded((now?.points ?? 0) - (old?.points ?? 0));
    if (stage === undefined || (difference === 0 && old !== null && now !== null)) continue;
    changed.push({ id, stage, before: old, after: now, difference });
  }
  changed.sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || (a.id < b.id ? -1 : 1));
  const stages = ([...STAGES, 'total'] as const).map((stage): StageChange => {
    const old = before.points[stage];
    const now = after.points[stage];
    const difference = rounded(now - old);
    return {
      stage,
      before: old,
      after: now,
      difference,
      percent: old === 0 ? null : Math.round((difference / old) * 1000) / 10,
      unitsBefore: before.counts[stage],
      unitsAfter: after.counts[stage],
    };
  });
  return { stages, changed };
}
