/** Two profiles beside each other: which syscalls came, which went, which bands moved. Pure. */
import type { Band, BaselineProfile } from '../model.ts';

export interface MovedBand {
  readonly syscall: string;
  readonly before: Band;
  readonly after: Band;
  /**
   * `over`: what is normal now would have been an anomaly before. `above`, `below`: the bands do not overlap. `shifted`: anything
   * else, which is how two samples of one behaviour differ.
   */
  readonly how: 'over' | 'above' | 'below' | 'shifted';
  /** Upper end after over upper end before; infinite where it was 0. */
  readonly factor: number;
}

export interface ProfileDiff {
  /** In a band now; neither in a band nor known before. */
  readonly appeared: readonly { readonly syscall: string; readonly band: Band }[];
  readonly vanished: readonly { readonly syscall: string; readonly band: Band }[];
  /** Most severe first: `over`, `above`, `below`, then `shifted`; within, by factor. */
  readonly moved: readonly MovedBand[];
  /** Bands that are the same, number by number. */
  readonly same: number;
}

const ORDER = ['over', 'above', 'below', 'shifted'] as const;

export function compareProfiles(before: BaselineProfile, after: BaselineProfile): ProfileDiff {
  const old = new Map(Object.entries(before.bands));
  const now = new Map(Object.entries(after.bands));
  const moved: MovedBand[] = [];
  let same = 0;
  for (const [syscall, band] of now) {
    const was = old.get(syscall);
    if (was === undefined) continue;
    const how = howMoved(was, band);
    if (how === null) same++;
    else moved.push({ syscall, before: was, after: band, how, factor: band.normal[1] / was.normal[1] });
  }
  return {
    appeared: only(now, (syscall) => old.has(syscall) || Object.hasOwn(before.known, syscall)),
    vanished: only(old, (syscall) => now.has(syscall) || Object.hasOwn(after.known, syscall)),
    moved: moved.sort(
      (a, b) =>
        ORDER.indexOf(a.how) - ORDER.indexOf(b.how) ||
        away(b.factor) - away(a.factor) ||
        (a.syscall < b.syscall ? -1 : 1),
    ),
    same,
  };
}

function only(bands: ReadonlyMap<string, Band>, elsewhere: (syscall: string) => boolean): ProfileDiff['appeared'] {
  return [...bands]
    .filter(([syscall]) => !elsewhere(syscall))
    .map(([syscall, band]) => ({ syscall, band }))
    .sort((a, b) => (a.syscall < b.syscall ? -1 : 1));
}

function howMoved(was: Band, now: Band): MovedBand['how'] | null {
  if (now.normal[1] >= was.anomalous) return 'over';
  if (now.normal[0] > was.normal[1]) return 'above';
  if (now.normal[1] < was.normal[0]) return 'below';
  const isSame = was.normal[0] === now.normal[0] && was.normal[1] === now.normal[1] && was.anomalous === now.anomalous;
  return isSame ? null : 'shifted';
}

/** Half as much is as far away as twice as much; from or to nothing is farthest. */
function away(factor: number): number {
  return Number.isNaN(factor) ? 0 : Math.abs(Math.log(factor));
}
