/**
 * Joins what runs with what is written: a source report at the operation that a runtime finding names becomes its
 * `source` leg. A report is at the same operation when its place, or one of its steps, is on a line that the finding names
 * (where it is parked, where it was started, where it allocates) and its rule can cause what was measured. It is told, and
 * counts as no leg, where it is only in the same function: the source may be newer than the binary.
 */
import type { EvidenceItem, Finding, Where } from '../findings/model.ts';
import { sortFindings } from '../findings/sort.ts';
import type { SourceReport, SourceReview } from '../findings/source-review.ts';
import { formatCount } from '../findings/units.ts';
import { baseName, outerFunction } from './packages.ts';
import { severityOf } from './rules.ts';

export interface JoinedSource {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** Rules of the review that can cause what a runtime rule measures. */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  'goroutine-blocked-send': ['chan-send-abandoned', 'chan-first-wins', 'chan-double-send', 'chan-unbounded-producer'],
  'goroutine-blocked-receive': [
    'chan-range-unclosed',
    'chan-select-no-exit',
    'goroutine-no-exit',
    'timer-not-stopped',
    'context-cancel-lost',
    'goroutine-captures-large',
  ],
  'goroutine-blocked-select': [
    'chan-select-no-exit',
    'goroutine-no-exit',
    'timer-not-stopped',
    'context-cancel-lost',
    'goroutine-captures-large',
  ],
  'goroutine-blocked-lock': ['lock-not-released', 'defer-in-loop'],
  'goroutine-blocked-wait': ['waitgroup-misuse', 'lock-not-released'],
  'goroutine-blocked-io': ['body-not-closed', 'rows-not-closed', 'context-cancel-lost', 'goroutine-no-exit'],
  'goroutine-growth': ['goroutine-no-exit', 'timer-not-stopped', 'goroutine-captures-large'],
  'http-body-not-closed': ['body-not-closed', 'defer-in-loop'],
  'heap-site-growth': ['global-unbounded', 'slice-keeps-backing', 'goroutine-captures-large'],
  'map-growth': ['global-unbounded'],
  'sync-map-growth': ['global-unbounded'],
  'global-retains': ['global-unbounded', 'slice-keeps-backing'],
  'pool-growth': [
    'pool-use-after-put',
    'pool-put-without-reset',
    'pool-put-unbounded',
    'pool-value-boxed',
    'pool-finalizer',
  ],
  'pool-pinned': ['pool-put-unbounded', 'pool-put-without-reset'],
  'pool-object-with-finalizer': ['pool-finalizer'],
  'channel-full-abandoned': ['chan-send-abandoned', 'chan-first-wins', 'chan-unbounded-producer'],
  'timer-pile-up': ['timer-not-stopped'],
  'context-not-cancelled': ['context-cancel-lost'],
  'fd-growth': ['body-not-closed', 'rows-not-closed', 'defer-in-loop'],
  'fd-leak': ['body-not-closed', 'rows-not-closed', 'defer-in-loop'],
  'blocked-clients': ['body-not-closed', 'rows-not-closed', 'context-cancel-lost', 'goroutine-no-exit'],
  'gc-churn': ['pool-value-boxed', 'pool-put-without-reset'],
};

const RANK = { high: 0, medium: 1, low: 2 } as const;

/** More legs of one kind than this say nothing new. */
const MOST_LEGS = 3;

/**
 * Findings with their source legs, in order again, and what the review says beyond them.
 * @param settled false while the process warms up: then nothing that grows is confirmed, whatever the source has there
 */
export function withSource(findings: readonly Finding[], review: SourceReview, settled = true): JoinedSource {
  const told = new Set<SourceReport>();
  let explanations = 0;
  const joined = findings.map((finding) => {
    if (finding.verdict === 'cleared') return finding;
    const { sameLine, sameFunction } = reportsOf(finding, review.reports);
    const [first] = sameLine;
    const [hint] = sameFunction;
    if (first !== undefined) {
      explanations++;
      const legs = sameLine.slice(0, MOST_LEGS);
      for (const report of legs) told.add(report);
      return explained(finding, first, legs, settled);
    }
    if (hint === undefined) return finding;
    told.add(hint);
    return hinted(finding, hint);
  });
  return { findings: sortFindings(joined), notes: [...review.notes, summary(findings, explanations, review, told)] };
}

interface Related {
  readonly sameLine: readonly SourceReport[];
  readonly sameFunction: readonly SourceReport[];
}

/** Reports that can be about the finding, each list with the likeliest first: the surer ones, then by the order of CAUSES. */
function reportsOf(finding: Finding, reports: readonly SourceReport[]): Related {
  const causes = CAUSES[finding.rule] ?? [];
  const places = placesOf(finding);
  const related = reports
    .filter((report) => causes.includes(report.rule))
    .sort((a, b) => RANK[a.confidence] - RANK[b.confidence] || causes.indexOf(a.rule) - causes.indexOf(b.rule));
  return {
    sameLine: related.filter((report) =>
      places.some((place) => linesOf(report).some((at) => sameOperation(place, at, report))),
    ),
    sameFunction: related.filter((report) => places.some((place) => isSameFunction(place, report))),
  };
}

/** Where the finding is, where its goroutines are parked and were started, and where it allocates. */
function placesOf(finding: Finding): Where[] {
  const steps = finding.chain.flatMap((step) => (step.where === undefined ? [] : [step.where]));
  return [finding.where, ...steps].filter((place) => place.file !== '');
}

type SourceLine = Pick<SourceReport, 'path' | 'line'>;

function linesOf(report: SourceReport): SourceLine[] {
  return [report, ...report.steps];
}

/**
 * The compiler records absolute paths, or `import/path/file.go` with -trimpath, and the checkout may be anywhere: the file and
 * its folder must agree, or the file and the function (in the root of a module the folder may have any name).
 */
function sameOperation(place: Where, at: SourceLine, report: SourceReport): boolean {
  if (place.line !== at.line || baseName(place.file) !== baseName(at.path)) return false;
  return folderName(place.file) === folderName(at.path) || isSameFunction(place, report);
}

function isSameFunction(place: Where, report: SourceReport): boolean {
  return (
    place.function !== '' &&
    baseName(place.file) === baseName(report.path) &&
    outerFunction(place.function) === outerFunction(report.function)
  );
}

function folderName(path: string): string {
  return path.split(/[\\/]/).at(-2) ?? '';
}

/** A second, independent look agrees: what was suspected is confirmed where the report is a sure one. */
function explained(finding: Finding, first: SourceReport, reports: readonly SourceReport[], settled: boolean): Finding {
  const raised = settled && finding.verdict === 'suspected' && first.confidence === 'high';
  const verdict = raised ? 'confirmed' : finding.verdict;
  const severity = raised
    ? severityOf(verdict, finding.growth?.perHour ?? 0, finding.growth?.timeToLimit ?? null)
    : finding.severity;
  const legs = reports.map((report) =>
    leg(report, `the source explains it: ${report.rule} (${report.confidence} confidence) at ${placeOf(report)}: `),
  );
  return {
    ...finding,
    verdict,
    severity,
    evidence: [...finding.evidence, ...legs],
    fix: { text: first.advice === '' ? finding.fix.text : `${sentence(first.advice)} ${finding.fix.text}`.trim() },
  };
}

function hinted(finding: Finding, report: SourceReport): Finding {
  const lead = `in the same function, not on the same line, the source has ${report.rule} (${report.confidence} confidence) at ${placeOf(report)}: `;
  return { ...finding, evidence: [...finding.evidence, leg(report, lead)] };
}

function leg(report: SourceReport, lead: string): EvidenceItem {
  return {
    leg: 'source',
    says: lead + report.message,
    numbers: [],
    captures: [],
    source: {
      rule: report.rule,
      confidence: report.confidence,
      where: { function: report.function, file: report.path, line: report.line },
    },
  };
}

function placeOf(report: SourceReport): string {
  return `${baseName(report.path)}:${report.line}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function summary(
  findings: readonly Finding[],
  explanations: number,
  review: SourceReview,
  told: ReadonlySet<SourceReport>,
): string {
  const open = findings.filter((finding) => finding.verdict !== 'cleared').length;
  const more = review.reports.filter((report) => report.confidence === 'high' && !told.has(report)).length;
  const files = `${formatCount(review.files)} ${review.files === 1 ? 'file' : 'files'}`;
  const says =
    open === 0
      ? ''
      : explanations === 0
        ? ` and has nothing at the lines that were measured${told.size === 0 ? '' : ', but something in the same functions'}`
        : `; it explains ${explanations === 1 ? 'one finding' : `${formatCount(explanations)} findings`}`;
  const rest =
    more === 0
      ? ''
      : ` ${formatCount(more)} ${more === 1 ? 'report' : 'reports'} of high confidence elsewhere: hemostat review shows ${more === 1 ? 'it' : 'them'}.`;
  return `The source in ${review.dir} was reviewed (${files})${says}.${rest}`;
}
