/**
 * A summary in Markdown, for the page of a CI run ($GITHUB_STEP_SUMMARY) and for comments on merge requests: the verdict, a table of
 * what ran, what blocks with its place, the rest folded away.
 */
import { printable } from '../../findings/layout.ts';
import { formatCount } from '../../findings/units.ts';
import { compactPlaces, type FindingGroup, groupFindings } from './groups.ts';
import { type Places, placeText, stepPlace } from './places.ts';
import type { GuardReport, JudgedFinding } from './report.ts';
import { tallyText } from './text.ts';

/** Bytes; GitHub takes 1 MiB of a step, comments on GitLab 1,000,000 characters, and other steps have something to say, too. */
const MOST = 900_000;
/** Of one title or sentence, characters. */
const LONGEST = 600;
/** Of one group of findings. */
const MOST_PLACES = 10;
/** Of one that blocks nothing. */
const FEW_PLACES = 3;

const MARK = { passed: '✅', blocked: '❌', unknown: '⚠️' } as const;

export function writeGuardMarkdown(report: GuardReport, places: Places): string {
  const blocking = report.findings.filter(({ standing }) => standing === 'blocks');
  const head = [
    `## ${MARK[report.outcome]} hemostat ${report.command}`,
    '',
    `**${text(report.verdict)}**`,
    '',
    ...table(report),
    ...section(
      'Could not be checked',
      report.parts.flatMap(({ part, failures }) => failures.map((one) => `- ${part}: ${text(one)}`)),
    ),
  ];
  const sections = [
    [
      ...(blocking.length === 0 ? [] : ['', '### What blocks', '']),
      ...groupFindings(blocking).flatMap((group, i) => [...(i === 0 ? [] : ['']), ...full(group, places)]),
    ],
    folded('Below what blocks', of(report, 'below'), places),
    folded('Known to the baseline', of(report, 'baseline'), places),
    folded('Excused by an exception', of(report, 'exception'), places),
    folded('Looked at and allowed', of(report, 'cleared'), places),
    baseline(report),
    section('Notes', [
      ...report.parts.flatMap(({ part, notes }) => notes.map((one) => `- ${part}: ${text(one)}`)),
      ...report.notes.map((one) => `- ${text(one)}`),
    ]),
  ];
  return bounded(head, sections);
}

function of(report: GuardReport, standing: JudgedFinding['standing']): JudgedFinding[] {
  return report.findings.filter((finding) => finding.standing === standing);
}

function table({ parts, skipped }: GuardReport): string[] {
  if (parts.length + skipped.length === 0) return [];
  const rows = parts.map(({ part, outcome, blocking, findings, subject, tally }) => {
    const counted = tally.length === 0 ? '' : `, ${tallyText(tally)}`;
    return `| ${MARK[outcome]} ${part} | ${code(subject)}${cell(counted)} | ${findings} | ${blocking} |`;
  });
  const not = skipped.map(({ part, why, asked }) => `${part} (${asked ? 'as asked: ' : ''}${text(why)})`);
  return [
    ...(rows.length === 0 ? [] : ['| part | looked at | findings | block |', '|---|---|---:|---:|', ...rows]),
    ...(not.length === 0 ? [] : ['', `Not run: ${not.join('; ')}.`]),
  ];
}

/** Paragraphs, so that no renderer joins them: some take the end of a line for a space. */
function full(group: FindingGroup, places: Places): string[] {
  const { first, findings, oneFix } = group;
  const chain = first.chain.map((step, i) => {
    const at = stepPlace(step, places);
    return `  ${i + 1}. ${text(step.text)}${at === '' ? '' : ` (${code(at)})`}`;
  });
  const many = findings.length === 1 ? '' : ` × ${formatCount(findings.length)}`;
  return [
    `- **${first.rule}**${many} (${first.part}, ${first.verdict}, ${first.severity}): ${titleOf(group)}`,
    '',
    `  at ${placesText(group, places)}`,
    ...(chain.length === 0 ? [] : ['', ...chain]),
    ...(first.fix.text === ''
      ? []
      : ['', `  *Fix${oneFix ? '' : ` of ${text(placeText(first, places))}`}:* ${text(first.fix.text)}`]),
  ];
}

function titleOf({ first, findings, title }: FindingGroup): string {
  return text(findings.length === 1 ? first.title : title);
}

function placesText({ findings }: FindingGroup, places: Places, most = MOST_PLACES): string {
  const all = compactPlaces(findings.map((finding) => placeText(finding, places)));
  const rest = all.length - most;
  return `${all.slice(0, most).map(code).join(', ')}${rest > 0 ? ` and ${formatCount(rest)} more (all in the JSON report)` : ''}`;
}

function folded(heading: string, findings: readonly JudgedFinding[], places: Places): string[] {
  if (findings.length === 0) return [];
  const lines = groupFindings(findings).map((group) => {
    const { first, findings: members } = group;
    const many = members.length === 1 ? '' : ` × ${formatCount(members.length)}`;
    const until = first.excuse?.until == null ? '' : `, until ${first.excuse.until}`;
    const why = first.excuse === undefined ? '' : ` (${text(first.excuse.reason)}${until})`;
    return `- ${first.rule}${many} (${first.verdict}, ${first.severity}): ${titleOf(group)}${why}<br>at ${placesText(group, places, FEW_PLACES)}`;
  });
  return ['', `<details><summary>${heading}: ${findings.length}</summary>`, '', ...lines, '', '</details>'];
}

function baseline({ baseline: known }: GuardReport): string[] {
  if (known === null) return [];
  return [
    ...section(
      'Baseline entries whose time is over',
      known.expired.map(({ rule, title }) => `- ${rule}: ${text(title)}`),
    ),
    ...section(
      'In the baseline and gone',
      known.gone.map(({ rule, title }) => `- ${rule}: ${text(title)}`),
    ),
  ];
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `### ${heading}`, '', ...lines];
}

/** Lines go in as long as there is room; what is left out is counted, and a fold that was opened is closed. */
function bounded(head: readonly string[], sections: readonly (readonly string[])[]): string {
  const out: string[] = [];
  let bytes = 0;
  let left = 0;
  let open = false;
  for (const line of [...head, ...sections.flat()]) {
    const size = Buffer.byteLength(line) + 1;
    const closes = line === '</details>';
    if (closes ? !open : bytes + size > MOST) {
      if (line.trimStart().startsWith('-')) left++;
      continue;
    }
    if (line.startsWith('<details>')) open = true;
    if (closes) open = false;
    out.push(line);
    bytes += size;
  }
  if (left > 0)
    out.push(
      '',
      `${left} more ${left === 1 ? 'entry' : 'entries'} did not fit here; the JSON report has every finding.`,
    );
  return `${out.join('\n')}\n`;
}

/** Words of others as text: no markup, no mention of people, no HTML, one line. */
function text(words: string): string {
  const line = printable(words.replace(/\s*\n\s*/g, ' '), true);
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  return (
    short
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*_[\]|#~]/g, (mark) => `\\${mark}`)
      // A zero-width space: nobody is called by a package's name.
      .replaceAll('@', '@\u200b')
  );
}

function cell(words: string): string {
  return text(words);
}

/** In a code span, which ends with as many backticks as it began with. */
function code(words: string): string {
  const line = printable(words.replace(/\s+/g, ' '), true).slice(0, LONGEST).replaceAll('|', '\\|');
  if (line === '') return '';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return longest === 0 ? `${ticks}${line}${ticks}` : `${ticks} ${line} ${ticks}`;
}
