/** Joins what several scanners call by different names: a CVE, a GHSA and a GO number of one package are one vulnerability. */
import type { ScanSeverity, Vulnerability } from './scan.ts';
import { highestFix } from './versions.ts';

const WEIGHT: Readonly<Record<ScanSeverity, number>> = { critical: 4, high: 3, medium: 2, low: 1, unknown: 0 };

/** Of the same package in the same version; sorted worst first, then by package and id. */
export function mergeVulnerabilities(all: readonly Vulnerability[]): Vulnerability[] {
  // Union-find over positions; a name of a package is where two meet.
  const parent = all.map((_, i) => i);
  const find = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at;
      at = parent[at] ?? at;
    }
    return at;
  };
  const seen = new Map<string, number>();
  all.forEach((one, i) => {
    for (const name of [one.id, ...one.aliases]) {
      const key = JSON.stringify([one.package, one.version.replace(/^v/, ''), name]);
      const other = seen.get(key);
      if (other === undefined) seen.set(key, i);
      else parent[find(i)] = find(other);
    }
  });
  const groups = new Map<number, Vulnerability[]>();
  all.forEach((one, i) => {
    const root = find(i);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [one]);
    else group.push(one);
  });
  return [...groups.values()]
    .map(join)
    .sort((a, b) => WEIGHT[b.severity] - WEIGHT[a.severity] || byText(a.package, b.package) || byText(a.id, b.id));
}

/** The worst that any of them says: the highest severity, and called where one saw a call. */
function join(group: readonly Vulnerability[]): Vulnerability {
  const names = [...new Set(group.flatMap(({ id, aliases }) => [id, ...aliases]))].sort(byText);
  const id = names.find((name) => name.startsWith('CVE-')) ?? group[0]?.id ?? '';
  const reached = group.map(({ reachable }) => reachable);
  return {
    id,
    aliases: names.filter((name) => name !== id),
    package: group[0]?.package ?? '',
    version: group.find(({ version }) => version !== '')?.version ?? '',
    fixed: highestFix(group.flatMap(({ fixed }) => fixed ?? [])),
    ...(group.every(({ fixUnsaid }) => fixUnsaid === true) ? { fixUnsaid: true } : {}),
    ...(group.some(({ exploited }) => exploited === true) ? { exploited: true } : {}),
    // What one scanner was told to leave out and another was not is not left out.
    ...(group.every(({ suppressed }) => suppressed !== undefined)
      ? { suppressed: [...new Set(group.map(({ suppressed }) => suppressed))].join('; ') }
      : {}),
    severity: group.reduce<ScanSeverity>(
      (worst, { severity }) => (WEIGHT[severity] > WEIGHT[worst] ? severity : worst),
      'unknown',
    ),
    reachable: reached.includes(true) ? true : reached.includes(false) ? false : null,
    scanners: [...new Set(group.flatMap(({ scanners }) => scanners))].sort(byText),
  };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
