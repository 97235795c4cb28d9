/** The rows of `make e2e-guard` as tables, without what is another in every run. */

export interface Row {
  readonly name: string;
  readonly group: string;
  readonly exit: number;
  readonly said: string;
  /** What is not as it must be; none: passed. */
  readonly wrong: readonly string[];
  readonly peer: { readonly name: string; readonly exit: number; readonly said: string } | null;
}

/** Ports, digests, times, paths and ages become words, so that the same behaviour gives the same text. */
export function stable(text: string): string {
  return (
    text
      .replaceAll('\n', ' ')
      .replaceAll(/\/tmp\/hemostat-[\w.-]+\//g, '')
      .replaceAll(/\b(127\.0\.0\.1|localhost):\d+/g, 'registry')
      .replaceAll(/\bsha256:[0-9a-f]{64}\b/g, 'sha256:…')
      .replaceAll(/\bSHA256:[\w+/]{43}/g, 'SHA256:…')
      .replaceAll(/\bsha256:[0-9a-f]{12}…?/g, 'sha256:…')
      // npm's names of keys.
      .replaceAll(/\bSHA256:[A-Za-z0-9+/]{43}=?/g, 'SHA256:…')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
      .replaceAll(/\s+/g, ' ')
      .trim()
  );
}

const GROUPS: readonly (readonly [string, string])[] = [
  ['honest', 'What is honest passes'],
  ['npm', 'package-lock.json'],
  ['go', 'go.sum'],
  ['image', 'Images and signatures'],
  ['config', 'Source and manifests'],
  ['admission', 'Admission'],
];

export function tablesOf(rows: readonly Row[]): string {
  const lines: string[] = [];
  for (const [group, title] of GROUPS) {
    const own = rows.filter((row) => row.group === group);
    if (own.length === 0) continue;
    const what = group === 'honest' ? 'case' : 'attack';
    lines.push(`## ${title}`, '', `| ${what} | what hemostat says | exit |`, '|---|---|---|');
    for (const { name, said, exit, wrong } of own)
      lines.push(
        `| ${cell(name)} | ${cell(said)}${wrong.length === 0 ? '' : ` **FAILED**: ${cell(wrong.join('; '))}`} | ${exit} |`,
      );
    lines.push('');
    lines.push(...peersOf(own));
  }
  return lines.join('\n');
}

function peersOf(rows: readonly Row[]): string[] {
  const lines: string[] = [];
  for (const name of new Set(rows.flatMap(({ peer }) => (peer === null ? [] : [peer.name])))) {
    lines.push(`| the same input | what \`${name}\` says | exit | hemostat's |`, '|---|---|---|---|');
    for (const row of rows)
      if (row.peer?.name === name)
        lines.push(`| ${cell(row.name)} | ${cell(row.peer.said)} | ${row.peer.exit} | ${row.exit} |`);
    lines.push('');
  }
  return lines;
}

/** The table as docs/e2e-guard.md. */
export function pageOf(rows: readonly Row[], parts: readonly string[]): string {
  return `# What stops which attack

What \`make e2e-guard\` tried, and what it was told; written by \`node test/e2e-guard/run.ts --write\`. Ports, digests, times and paths
are replaced by words. The exit code is that of \`hemostat\`, or the HTTP status of the API server for an admission.

Against:

${[...new Set(parts)].map((part) => `- ${part}`).join('\n')}

${tablesOf(rows).trim()}
`;
}

/** What would end a cell, or the code in it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
