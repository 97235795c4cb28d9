/** One thing that can be attacked, with its weight and where it stands. */
import type { Region } from '../../findings/model.ts';
import type { Stage } from './weights.ts';

export interface Unit {
  /** The same in both states where it is the same thing, whatever it weighs in each. */
  readonly id: string;
  readonly stage: Stage;
  readonly kind: string;
  /** Why it counts, one sentence. */
  readonly says: string;
  /** How many times its kind's weight it counts: hours, or 5 for a grant in the whole cluster. */
  readonly times: number;
  readonly at: Region | null;
}

export interface WeightedUnit extends Unit {
  /** Weight of the kind × times. */
  readonly points: number;
}

/** Of one id, what weighs most: two Services before one port do not make it two ports. Ordered by stage and id. */
export function weighUnits(units: readonly Unit[], weights: ReadonlyMap<string, number>): WeightedUnit[] {
  const byId = new Map<string, WeightedUnit>();
  for (const unit of units) {
    const weighted = { ...unit, points: rounded((weights.get(unit.kind) ?? 0) * unit.times) };
    const known = byId.get(unit.id);
    if (known === undefined || weighted.points > known.points) byId.set(unit.id, weighted);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Points have three decimals, so that sums and differences are the same in any order of adding. */
export function rounded(points: number): number {
  return Math.round(points * 1000) / 1000;
}
