/** Settings of `guard surface`: the section `gate.surface` of `.hemostat.yaml`, and the target of the command's flags. */
import { z } from 'zod';
import { clusterSettings } from '../config/settings.ts';
import { UNIT_KINDS } from './weights.ts';

const Text = z.string().min(1);
const Points = z.number().min(0);

/** `cluster`, or paths of manifests. */
const State = z.union([Text, z.array(Text).min(1)]);

export const surfaceSettings = z.strictObject({
  /** The state to compare with: a file or directory of manifests, several of them, or `cluster`. */
  before: State.optional(),
  /** The state that is measured. Default: the directory that the gate runs in. */
  after: State.optional(),
  /** How the live cluster is reached where a state is `cluster`. */
  cluster: clusterSettings.prefault({}),
  /** Exports of Vault or OpenBao roles that belong to the state before and after. */
  'vault-before': z.array(Text).default([]),
  'vault-after': z.array(Text).default([]),
  /** Weight by kind of unit (docs/surface.md). */
  weights: z.partialRecord(z.enum(UNIT_KINDS.map(({ kind }) => kind)), Points).default({}),
  budget: z
    .strictObject({
      /** Points that the surface may grow by, in each stage and in total; without it any growth is told and blocks nothing. */
      growth: Points.optional(),
      /** Points that may not be exceeded. */
      network: Points.optional(),
      api: Points.optional(),
      credentials: Points.optional(),
      total: Points.optional(),
    })
    .prefault({}),
});

export type SurfaceSettings = z.infer<typeof surfaceSettings>;
