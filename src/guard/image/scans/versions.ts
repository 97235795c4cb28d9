/** Which of several versions to go to. Only what is a semantic version can be compared; distributions count in ways of their own. */
import { compareVersions } from '../../../golang/load-version.ts';

/** As Go spells it: some scanners leave the `v` out. */
const spelled = (version: string): string => (version.startsWith('v') ? version : `v${version}`);

const isSemantic = (version: string): boolean => /^v?\d+\.\d+\.\d+(?:[-+]\S+)?$/.test(version);

const compare = (a: string, b: string): number => compareVersions(spelled(a), spelled(b));

/**
 * Of the versions that have the fix, one for each line of development, the one to go to: the lowest above what is installed. All of
 * them, with commas, where they cannot be compared; null of none.
 */
export function nearestFix(installed: string, versions: readonly string[]): string | null {
  const known = [...new Set(versions)];
  if (known.length > 1 && [installed, ...known].every(isSemantic)) {
    const [nearest] = known.filter((one) => compare(one, installed) > 0).sort(compare);
    if (nearest !== undefined) return nearest;
  }
  return known.length === 0 ? null : known.join(', ');
}

/** Scanners may know of fixes on different lines; the highest has what all of them want. The first where they cannot be compared. */
export function highestFix(versions: readonly string[]): string | null {
  if (!versions.every(isSemantic)) return versions[0] ?? null;
  return versions.reduce<string | null>((best, one) => (best === null || compare(one, best) > 0 ? one : best), null);
}
