/**
 * Workflow commands of GitHub Actions: each becomes an annotation at its line in the pull request.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
import { commandData, commandProperty } from '../../findings/github.ts';
import type { Confidence, Finding } from '../../findings/model.ts';
import type { Review } from '../report.ts';
import type { Sources } from '../report-sources.ts';
import { shownPath } from './paths.ts';
import { summaryOf } from './summary.ts';

const COMMAND: Readonly<Record<Confidence, string>> = { high: 'error', medium: 'warning', low: 'notice' };

/** `root`: the root of the repository, which GitHub takes paths from. The summary comes last, as plain text. */
export function writeGithub(review: Review, root: string, sources: Sources): string {
  const lines = review.findings.map((finding) => annotation(finding, root, sources));
  return `${[...lines, commandData(summaryOf(review))].join('\n')}\n`;
}

function annotation(finding: Finding, root: string, sources: Sources): string {
  const { region, where, confidence = 'low' } = finding;
  const command = finding.severity === 'info' ? 'notice' : COMMAND[confidence];
  const text = sources.text(where.file);
  const column = (line: number, bytes: number): number => text?.utf16Column(line, bytes) ?? bytes;
  const properties: [string, string | number][] = [
    ['file', shownPath(where.file, root)],
    ['line', where.line],
  ];
  if (region !== undefined) {
    properties.push(['endLine', region.endLine], ['col', column(region.line, region.column)]);
    // GitHub takes columns only where the lines are the same.
    if (region.endLine === region.line) properties.push(['endColumn', column(region.line, region.endColumn)]);
  }
  properties.push(['title', `${finding.rule} (${confidence} confidence)`]);
  const said = finding.chain.map(
    (step, i) => `${i + 1}. ${step.text}${step.region === undefined ? '' : ` (line ${step.region.line})`}`,
  );
  const message = [finding.title, ...said, finding.fix.text].filter((part) => part !== '').join('\n');
  return `::${command} ${properties.map(([key, value]) => `${key}=${commandProperty(String(value))}`).join(',')}::${commandData(message)}`;
}
