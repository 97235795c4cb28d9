/** Which goals fit what was typed: every word must be there; those that begin with it come first. */

export interface Goal {
  readonly kind: 'service' | 'finding' | 'page';
  readonly name: string;
  readonly more: string;
  readonly href: string;
}

export function matching(goals: readonly Goal[], text: string, limit: number): Goal[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = goals.flatMap((goal, index) => {
    const name = goal.name.toLowerCase();
    const all = `${name} ${goal.more.toLowerCase()}`;
    if (!words.every((word) => all.includes(word))) return [];
    const first = words[0] ?? '';
    const rank = name.startsWith(first) ? 0 : name.includes(first) ? 1 : 2;
    return [{ goal, index, rank }];
  });
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return ranked.slice(0, limit).map((entry) => entry.goal);
}
