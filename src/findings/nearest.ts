/** At most three words that contain what was written, or that a few typing errors turn into it; best first. */
export function nearest(word: string, known: readonly string[]): string[] {
  const wanted = word.toLowerCase().slice(0, 64);
  return known
    .map((id) => ({ id, distance: wanted.length >= 3 && id.includes(wanted) ? 0 : editDistance(wanted, id) }))
    .filter(({ id, distance }) => distance <= Math.max(2, id.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ id }) => id);
}

/** Levenshtein distance: insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, char] of [...a].entries()) {
    const row = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (above[j] ?? 0) + (char === other ? 0 : 1);
      row.push(Math.min(replaced, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
