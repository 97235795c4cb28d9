/** The geometry of a sparkline. The axis begins at 0, so that a steady series looks steady. */

export interface SparkPath {
  readonly line: string;
  readonly area: string;
  readonly end: { readonly x: number; readonly y: number } | null;
}

/** `at` and `value` have one entry per point; nulls break the line. Sizes in px. */
export function sparkPath(
  at: readonly number[],
  value: readonly (number | null)[],
  width: number,
  height: number,
): SparkPath {
  const pad = 3;
  const from = at[0] ?? 0;
  const span = Math.max((at.at(-1) ?? 0) - from, 1);
  let top = 0;
  for (const one of value) if (one !== null && one > top) top = one;
  const scale = top > 0 ? (height - 2 * pad) / top : 0;
  const runs: { x: number; y: number }[][] = [];
  let run: { x: number; y: number }[] = [];
  for (let i = 0; i < at.length; i++) {
    const one = value[i];
    if (one === null || one === undefined || !Number.isFinite(one)) {
      if (run.length > 0) runs.push(run);
      run = [];
      continue;
    }
    const x = pad + (((at[i] ?? from) - from) / span) * (width - 2 * pad);
    run.push({ x: round(x), y: round(height - pad - one * scale) });
  }
  if (run.length > 0) runs.push(run);
  const line = runs.map((points) => `M${points.map((p) => `${p.x} ${p.y}`).join('L')}`).join('');
  const area = runs
    .map((points) => {
      const first = points[0];
      const last = points.at(-1);
      if (first === undefined || last === undefined || points.length < 2) return '';
      const floor = round(height - pad);
      return `M${first.x} ${floor}L${points.map((p) => `${p.x} ${p.y}`).join('L')}L${last.x} ${floor}z`;
    })
    .join('');
  return { line, area, end: runs.at(-1)?.at(-1) ?? null };
}

/** First and last value that are there. */
export function firstAndLast(value: readonly (number | null)[]): { first: number | null; last: number | null } {
  const there = (one: number | null): boolean => one !== null && Number.isFinite(one);
  return { first: value.find(there) ?? null, last: value.findLast(there) ?? null };
}

function round(x: number): number {
  return Math.round(x * 10) / 10;
}
