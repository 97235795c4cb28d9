/** Which parts run, and why the others don't. Pure. */
import { GuardUsageError } from '../error.ts';
import type { GatePart } from '../part.ts';
import type { GuardReport } from '../report/report.ts';
import type { Present } from './detect.ts';
import { type GateConfig, PARTS } from './settings.ts';

export interface Asked {
  readonly only: readonly GatePart[];
  readonly skip: readonly GatePart[];
  /** `--image REF` */
  readonly image: boolean;
}

export interface Plan {
  readonly parts: readonly GatePart[];
  readonly skipped: GuardReport['skipped'];
  readonly notes: readonly string[];
}

const NO_IMAGE = 'no image is named (--image REF, or gate.image.ref)';

/**
 * `says`: which sections of the configuration are there, however little they hold.
 * @throws GuardUsageError where it is not known what there is
 */
export function planOf(config: GateConfig, says: ReadonlySet<string>, present: Present, asked: Asked): Plan {
  const parts: GatePart[] = [];
  const skipped: { part: GatePart; why: string; asked: boolean }[] = [];
  for (const part of PARTS) {
    const not = whyNot(part, config, says, present, asked);
    if (not === null) parts.push(part);
    else skipped.push({ part, ...not });
  }
  if (!present.whole && config.parts === undefined && asked.only.length === 0)
    throw new GuardUsageError(
      'the project is larger than what is searched for lock files and manifests, so that what there is to look at is not known: name the parts in gate.parts',
    );
  const notes: string[] = [];
  if (present.charts.length > 0 && parts.includes('config') && !says.has('config'))
    notes.push(`${present.charts.join(', ')}: a Helm chart is looked at when it is rendered (helm template … > file)`);
  return { parts, skipped, notes };
}

function whyNot(
  part: GatePart,
  config: GateConfig,
  says: ReadonlySet<string>,
  present: Present,
  { only, skip, image }: Asked,
): { why: string; asked: boolean } | null {
  if (skip.includes(part)) return { why: `--skip ${part}`, asked: true };
  if (only.length > 0) return only.includes(part) ? null : { why: `--only ${only.join(',')}`, asked: true };
  // Whoever names an image wants it looked at, whatever else is listed.
  if (part === 'image' && image) return null;
  if (config.parts !== undefined)
    return config.parts.includes(part) ? null : { why: 'gate.parts does not name it', asked: false };
  // Settings for an image that the pipeline names with --image are no image yet.
  if (part === 'image') return config.image.ref === undefined ? { why: NO_IMAGE, asked: false } : null;
  if (says.has(part)) return null;
  switch (part) {
    case 'review':
      return present.go ? null : { why: 'there is no Go file', asked: false };
    case 'deps':
      return present.locks.length > 0 ? null : { why: 'there is no package-lock.json and no go.sum', asked: false };
    case 'config':
      return present.manifests.length > 0
        ? null
        : {
            why: 'there are no manifests in deploy/, k8s/, kubernetes/ or manifests/; gate.config names others',
            asked: false,
          };
    case 'surface':
      return { why: 'gate.surface does not name what to compare', asked: false };
  }
}
