/** The part `surface`: how much there is to attack, in one state or in two beside each other. */
import type { ChainStep, Finding } from '../../findings/model.ts';
import { sortFindings } from '../../findings/sort.ts';
import type { VaultMount } from '../config/rule.ts';
import { readVaultFiles } from '../config/vault/files.ts';
import { guardFinding } from '../finding.ts';
import type { Manifests } from '../manifests/manifest.ts';
import { readManifests } from '../manifests/read.ts';
import type { GuardContext, PartResult } from '../part.ts';
import {
  type ChangedUnit,
  type Comparison,
  compareInventories,
  type Inventory,
  type StageChange,
  takeInventory,
  weightsOf,
} from './compare.ts';
import { SURFACE_GREW, SURFACE_OVER_BUDGET } from './rules.ts';
import type { SurfaceSettings } from './settings.ts';
import type { WeightedUnit } from './unit.ts';
import { STAGES, type Stage } from './weights.ts';

export interface SurfaceFacts {
  /** Points by kind of unit, as they were used. */
  readonly weights: Readonly<Record<string, number>>;
  /** Null where one state was measured. */
  readonly before: Inventory | null;
  readonly after: Inventory;
  readonly stages: readonly StageChange[];
  readonly changed: readonly ChangedUnit[];
}

/** Measures what the settings name. @throws GuardUsageError, GuardEvidenceError */
export async function guardSurface(
  settings: SurfaceSettings,
  context: GuardContext,
): Promise<PartResult<SurfaceFacts>> {
  const weights = weightsOf(settings.weights);
  const after = await readState(settings.after ?? '.', settings['vault-after'], settings, context);
  const before =
    settings.before === undefined
      ? null
      : await readState(settings.before, settings['vault-before'], settings, context);
  const now = takeInventory(after.manifests, after.vault, weights);
  const then = before === null ? null : takeInventory(before.manifests, before.vault, weights);
  // One state alone is beside itself: nothing changed.
  const comparison = compareInventories(then ?? now, now);
  const findings = [...overBudget(now, settings), ...(then === null ? [] : grew(comparison, settings))];
  const states = before === null ? [after] : [before, after];
  return {
    part: 'surface',
    subject: before === null ? after.subject : `${before.subject} → ${after.subject}`,
    summary: summaryOf(then, now, comparison),
    findings: sortFindings(findings),
    tally: STAGES.map((stage) => ({ name: `${stage} units`, count: now.counts[stage] })),
    notes: [
      ...new Set(states.flatMap(({ manifests }) => manifests.notes)),
      'Points are weights of docs/surface.md, a choice and not a measurement; bindings that come with every cluster are not counted.',
    ],
    failures: [...new Set(states.flatMap(({ manifests }) => manifests.failures))],
    facts: {
      weights: Object.fromEntries(weights),
      before: then,
      after: now,
      stages: comparison.stages,
      changed: comparison.changed,
    },
  };
}

interface State {
  readonly manifests: Manifests;
  readonly vault: readonly VaultMount[];
  readonly subject: string;
}

async function readState(
  from: string | readonly string[],
  vault: readonly string[],
  settings: SurfaceSettings,
  context: GuardContext,
): Promise<State> {
  const mounts = await readVaultFiles(vault, context.cwd);
  if (from === 'cluster') {
    const { readCluster } = await import('../manifests/cluster.ts');
    return { ...(await readCluster(settings.cluster, context)), vault: mounts };
  }
  const paths = typeof from === 'string' ? [from] : from;
  context.progress(`reading ${paths.join(', ')}`);
  return { manifests: await readManifests(paths, { cwd: context.cwd }), vault: mounts, subject: paths.join(', ') };
}

function summaryOf(before: Inventory | null, after: Inventory, { stages }: Comparison): string {
  const total = stages.find(({ stage }) => stage === 'total');
  const parts = STAGES.map((stage) => `${stage} ${points(after.points[stage])}`).join(', ');
  if (before === null || total === undefined) {
    return `${points(after.points.total)} points in ${after.counts.total} units: ${parts}.`;
  }
  const percent = total.percent === null ? '' : `, ${signed(total.percent)} %`;
  return `${points(total.before)} → ${points(total.after)} points (${signed(total.difference)}${percent}; ${total.unitsBefore} → ${total.unitsAfter} units): ${parts}.`;
}

export function points(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function signed(value: number): string {
  return value > 0 ? `+${points(value)}` : value < 0 ? `−${points(-value)}` : '±0';
}

/** One finding for each stage that grew; the total only where no stage alone is beyond the budget. */
function grew({ stages, changed }: Comparison, { budget, after }: SurfaceSettings): Finding[] {
  const allowed = budget.growth ?? 0;
  const over = stages.filter(({ difference }) => difference > allowed);
  const told = over.some(({ stage }) => stage !== 'total') ? over.filter(({ stage }) => stage !== 'total') : over;
  return told.map(({ stage, before, after: now, difference, percent, unitsBefore, unitsAfter }) => {
    const units = changed.filter((unit) => (stage === 'total' || unit.stage === stage) && unit.difference > 0);
    const first = units.find((unit) => (unit.after?.at ?? null) !== null);
    const limit = budget.growth === undefined ? '' : `; ${points(allowed)} are allowed`;
    return guardFinding(SURFACE_GREW, {
      verdict: 'confirmed',
      severity: budget.growth === undefined ? 'medium' : 'high',
      title: `The ${stage} surface grew by ${points(difference)} points to ${points(now)}${limit}.`,
      identity: `surface/${stage}`,
      operation: 'grew',
      at: first?.after?.at ?? null,
      service: nameOfState(after),
      count: units.length,
      evidence: [
        {
          leg: 'config',
          says: `${points(before)} points in ${unitsBefore} units before, ${points(now)} in ${unitsAfter} now${percent === null ? '' : ` (${signed(percent)} %)`}; ${units.length} units appeared or weigh more.`,
          numbers: [],
          captures: [],
        },
      ],
      chain: units
        .slice(0, MOST_SHOWN)
        .flatMap((unit) => (unit.after === null ? [] : [stepOf(unit.after, unit.difference)])),
    });
  });
}

/** Steps of a finding; JSON has all units. */
const MOST_SHOWN = 10;

function overBudget(inventory: Inventory, { budget, after }: SurfaceSettings): Finding[] {
  return ([...STAGES, 'total'] as const).flatMap((stage: Stage | 'total'): Finding[] => {
    const limit = budget[stage];
    const has = inventory.points[stage];
    if (limit === undefined || has <= limit) return [];
    const units = inventory.units
      .filter((unit) => stage === 'total' || unit.stage === stage)
      .sort((a, b) => b.points - a.points || (a.id < b.id ? -1 : 1));
    return [
      guardFinding(SURFACE_OVER_BUDGET, {
        verdict: 'confirmed',
        title: `The ${stage} surface has ${points(has)} points, and its budget is ${points(limit)}.`,
        identity: `surface/${stage}`,
        operation: 'budget',
        at: units.find((unit) => unit.at !== null)?.at ?? null,
        service: nameOfState(after),
        count: units.length,
        evidence: [
          { leg: 'config', says: `${units.length} units; the heaviest come first.`, numbers: [], captures: [] },
        ],
        chain: units.slice(0, MOST_SHOWN).map((unit) => stepOf(unit, unit.points)),
      }),
    ];
  });
}

function nameOfState(state: SurfaceSettings['after']): string {
  return state === undefined ? '.' : typeof state === 'string' ? state : state.join(', ');
}

function stepOf({ says, at }: WeightedUnit, difference: number): ChainStep {
  return {
    kind: 'grant',
    text: `${signed(difference)}: ${says.replace(/\.$/, '')}`,
    ...(at === null ? {} : { where: { function: '', file: at.file, line: at.line }, region: at }),
  };
}
