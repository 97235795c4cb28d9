/** The report as workflow commands of GitHub Actions: an annotation for each finding at its line, the verdict as plain text. */
import { commandData, commandProperty } from '../../findings/github.ts';
import { compactPlaces, type FindingGroup, groupFindings } from './groups.ts';
import { columnOf, type Places, pathFromRepository, placeText, stepPlace } from './places.ts';
import type { GuardReport, JudgedFinding } from './report.ts';

/** GitHub shows ten errors, ten warnings and ten notices of a step; more would only fill the log. */
const MOST_QUIET = 10;
/** Further places that an annotation names. */
const MOST_PLACES = 9;

export function writeGuardGithub(report: GuardReport, places: Places): string {
  const blocking = report.findings.filter(({ standing }) => standing === 'blocks');
  const below = report.findings.filter(({ standing }) => standing === 'below');
  const failures = report.parts.flatMap(({ part, failures }) => failures.map((text) => `${part}: ${text}`));
  const lines = [
    ...failures.map((text) => `::error title=not checked::${commandData(text)}`),
    ...groupFindings(blocking).map((group) => annotation('error', group, places)),
    ...groupFindings(below)
      .slice(0, MOST_QUIET)
      .map((group) => annotation('warning', group, places)),
    ...report.notes.map((text) => `::notice::${commandData(text)}`),
    commandData(`hemostat ${report.command}: ${report.verdict}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** At the first place of the group: of forty equal ones, GitHub would show ten, and nothing else. */
function annotation(command: string, group: FindingGroup, places: Places): string {
  const [finding = group.first, ...others] = group.findings;
  const { region, where } = finding;
  const properties: [string, string | number][] = [];
  const file = pathFromRepository(where.file, places);
  if (file !== '') properties.push(['file', file]);
  if (file !== '' && where.line >= 1) properties.push(['line', where.line]);
  if (region !== undefined) {
    properties.push(['endLine', region.endLine], ['col', columnOf(region, region.line, region.column, places)]);
    // GitHub takes columns only where the lines are the same.
    if (region.endLine === region.line)
      properties.push(['endColumn', columnOf(region, region.endLine, region.endColumn, places)]);
  }
  properties.push(['title', `${finding.rule} (${finding.verdict}, ${finding.severity})`]);
  const said = finding.chain.map((step, i) => {
    const at = stepPlace(step, places);
    return `${i + 1}. ${step.text}${at === '' ? '' : ` (${at})`}`;
  });
  const message = [finding.title, ...said, finding.fix.text, elsewhere(others, places)]
    .filter((part) => part !== '')
    .join('\n');
  return `::${command} ${properties.map(([key, value]) => `${key}=${commandProperty(String(value))}`).join(',')}::${commandData(message)}`;
}

function elsewhere(others: readonly JudgedFinding[], places: Places): string {
  if (others.length === 0) return '';
  const all = compactPlaces(others.map((finding) => placeText(finding, places)));
  const rest = all.length - MOST_PLACES;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `The same ${others.length === 1 ? 'once' : `${others.length} times`} more: ${all.slice(0, MOST_PLACES).join(', ')}${more}`;
}
