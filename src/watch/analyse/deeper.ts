/** When would a dump or a leak profile say more? Both stop the service, so they are asked for only where they would. */
import type { Finding } from '../../findings/model.ts';
import type { WindowDiagnosis } from './analyst.ts';
import type { TargetMemory } from './target.ts';

/** Between two dumps: those who wait in both are stuck and not only slow. ms. */
const APART = 15 * 60_000;

/** One sentence why a deeper capture would help; null where it would not. */
export function deeperReason(memory: TargetMemory, windows: readonly WindowDiagnosis[], at: number): string | null {
  const findings = windows.flatMap((window) => window.diagnosis.findings);
  const parked = findings.find((finding) => isAboutGoroutines(finding) && finding.verdict !== 'cleared');
  if (parked === undefined) return null;
  const place = `goroutines pile up in ${parked.where.function === '' ? 'an unknown function' : parked.where.function}`;
  const [first] = memory.dumps;
  const last = memory.dumps.at(-1);
  if (first === undefined || last === undefined || !hasCreator(parked))
    return last !== undefined && at - last.at < APART
      ? null
      : `${place}, and nothing says yet who starts them and how long they wait`;
  if (parked.verdict !== 'proven' && first === last && at - first.at >= APART)
    return `${place}; a second dump says whether those of the first are still there`;
  return null;
}

function isAboutGoroutines({ rule }: Finding): boolean {
  return rule.startsWith('goroutine-') || rule === 'http-body-not-closed';
}

function hasCreator({ chain }: Finding): boolean {
  return chain.some((step) => step.kind === 'created-by');
}
