import type { Manifest } from './manifest.ts';

/** One sentence per distinct failure, with the visits that it happened at. */
export function captureNotes(manifest: Manifest): string[] {
  const failures = new Map<string, number[]>();
  for (const { error, snapshot, kind, url } of manifest.captures) {
    if (error === undefined) continue;
    // The same trouble on several pages of one visit is one trouble.
    const key = url === undefined ? `${kind}: ${error}` : error;
    const visits = failures.get(key) ?? [];
    if (snapshot !== null && !visits.includes(snapshot)) visits.push(snapshot);
    failures.set(key, visits);
  }
  return [...failures].map(([error, visits]) => {
    const where = visits.length === 0 ? '' : `at snapshot ${ranges(visits.map((visit) => visit + 1))}: `;
    return `${where}${error}`;
  });
}

/** [1, 2, 3, 5] → `1–3, 5` */
function ranges(numbers: readonly number[]): string {
  const out: string[] = [];
  let from = numbers[0] ?? 0;
  for (const [i, number] of numbers.entries()) {
    if (numbers[i + 1] === number + 1) continue;
    out.push(from === number ? `${number}` : `${from}–${number}`);
    from = numbers[i + 1] ?? 0;
  }
  return out.join(', ');
}
