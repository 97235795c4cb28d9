/**
 * Expectations in Go fixtures, as in Go's analysistest: `// want "regexp" "regexp"` (or with backquotes) at the end of a line
 * says what is reported on that line, each regexp once. It is held against the message, and against `high: message`.
 */

export interface Want {
  readonly path: string;
  readonly line: number;
  readonly pattern: RegExp;
}

/** What was reported, as far as wants go. */
export interface Got {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly confidence: string;
  readonly message: string;
}

/** @throws when a want cannot be read: a fixture that asks for nothing by mistake would pass. */
export function wantsOf(path: string, source: string): Want[] {
  const wants: Want[] = [];
  for (const [index, line] of source.split('\n').entries()) {
    const start = line.search(/\/\/ want\b/);
    if (start < 0) continue;
    const patterns = [...line.slice(start).matchAll(/"((?:\\.|[^"\\])*)"|`([^`]*)`/g)];
    const rest = line.slice(start).replace(/"(?:\\.|[^"\\])*"|`[^`]*`/g, '');
    if (patterns.length === 0 || rest.replace(/^\/\/ want/, '').trim() !== '') {
      throw new Error(`${path}:${index + 1}: a want is \`// want "regexp"\`, not ${line.slice(start)}`);
    }
    for (const [, quoted, raw] of patterns) {
      // In quotes, Go's escapes: `\\` is a backslash and `\"` a quote; what the regexp means by a backslash stays.
      const text = raw ?? (quoted ?? '').replace(/\\(["\\])/g, '$1');
      wants.push({ path, line: index + 1, pattern: new RegExp(text) });
    }
  }
  return wants;
}

/** One readable line per want that nothing met and per report that nothing wanted; empty: all is as it should be. */
export function mismatches(wants: readonly Want[], reports: readonly Got[]): string[] {
  const left = [...wants];
  const found: string[] = [];
  for (const report of reports) {
    const met = left.findIndex((want) => want.path === report.path && want.line === report.line && meets(want, report));
    if (met >= 0) left.splice(met, 1);
    else
      found.push(`${report.path}:${report.line}: unwanted: ${report.confidence}: ${report.message} (${report.rule})`);
  }
  for (const want of left) found.push(`${want.path}:${want.line}: nothing reported that matches ${want.pattern}`);
  return found.sort();
}

function meets(want: Want, report: Got): boolean {
  return want.pattern.test(report.message) || want.pattern.test(`${report.confidence}: ${report.message}`);
}
