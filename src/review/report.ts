/**
 * From what rules report to what is shown: levels of the configuration, suppressions, only what is new, fingerprints,
 * and the order in which findings are told. Paths stay absolute; writers shorten them.
 */
import { fingerprint, normalizeFunction } from '../findings/fingerprint.ts';
import type { Confidence, Finding, Region, Severity } from '../findings/model.ts';
import type { Level } from './config.ts';
import type { Sources } from './report-sources.ts';
import type { FileProblem, FileReport, Range, ReviewResult, ReviewStats } from './result.ts';
import type { Changes } from './revision.ts';
import { COMMENT_RULES, type Suppressed, suppress } from './suppress-apply.ts';

export interface ReportSettings {
  /** Ids of all rules that there are, and of those that ran. */
  readonly ids: readonly string[];
  readonly ran: ReadonlySet<string>;
  /** By rule id; a rule that is not named keeps the confidence that it gives. */
  readonly levels: ReadonlyMap<string, Level>;
  /** What is less sure is counted and not shown. */
  readonly minConfidence: Confidence;
  readonly excluded: (path: string) => boolean;
  /** null: everything counts as new. */
  readonly changes: Changes | null;
  /** Directory that file names in fingerprints are relative to. */
  readonly root: string;
}

export interface Counts {
  /** All findings that are not suppressed and, where a revision was given, new; shown or not. */
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  /** Of these, how many are below the confidence that is shown. */
  readonly hidden: number;
  readonly suppressed: number;
  /** Not on a line that is new since the revision that was given. */
  readonly old: number;
}

/** One review as writers take it. */
export interface Review {
  /** Most certain first, then by place. */
  readonly findings: readonly Finding[];
  /** Silenced by comments; new ones only, and whatever their confidence. */
  readonly suppressed: readonly Finding[];
  readonly counts: Counts;
  readonly problems: readonly FileProblem[];
  readonly notes: readonly string[];
  readonly stats: ReviewStats;
}

/** What is shown of a result. Pure but for `sources`, which reads the files that comments are in. */
export function reviewOf(result: ReviewResult, sources: Sources, settings: ReportSettings): Review {
  const { levels, changes, excluded } = settings;
  const inPlace = result.reports.filter((report) => !excluded(report.path));
  const comments = result.comments.filter((comment) => !excluded(comment.path));
  const silenced = suppress(inPlace, comments, sources, {
    ids: settings.ids,
    ran: settings.ran,
    broken: new Set(result.problems.map((problem) => problem.path)),
  });
  const prints = fingerprints([...inPlace, ...silenced.comments], settings.root);
  const isNew = (report: FileReport): boolean => changes === null || touched(report, changes);
  const finding = (report: FileReport): Finding => findingOf(report, prints.get(report) ?? '');

  const open = [...silenced.kept, ...silenced.comments].flatMap((report) => levelled(report, levels));
  const fresh = open.filter(isNew).map(finding).sort(compare);
  const quiet = silenced.suppressed.filter(({ report }) => isNew(report) && levels.get(report.rule) !== 'off');
  const findings = fresh.filter((f) => isAtLeast(f.confidence, settings.minConfidence));
  const count = (confidence: Confidence): number => fresh.filter((f) => f.confidence === confidence).length;
  return {
    findings,
    suppressed: quiet.map(({ report, by }: Suppressed) => ({ ...finding(report), suppression: by })).sort(compare),
    counts: {
      high: count('high'),
      medium: count('medium'),
      low: count('low'),
      hidden: fresh.length - findings.length,
      suppressed: quiet.length,
      old: open.length - fresh.length,
    },
    problems: result.problems.filter((problem) => !excluded(problem.path)),
    notes: result.notes,
    stats: result.stats,
  };
}

const SURENESS: Readonly<Record<Confidence, number>> = { high: 2, medium: 1, low: 0 };

export function isAtLeast(confidence: Confidence | undefined, limit: Confidence): boolean {
  return confidence !== undefined && SURENESS[confidence] >= SURENESS[limit];
}

/** The report with the level of the configuration; none where its rule is off. Tests are never more than low. */
function levelled(report: FileReport, levels: ReadonlyMap<string, Level>): FileReport[] {
  const level = levels.get(report.rule);
  if (level === undefined) return [report];
  if (level === 'off') return [];
  const capped = report.inTest && !isAboutComment(report.rule);
  return [{ ...report, confidence: capped ? report.confidence : level }];
}

/** The operation itself or a step of its explanation is on a new line: an edit of the return makes the send leak. */
function touched(report: FileReport, changes: Changes): boolean {
  return [report, ...report.steps].some((at) => changes.touches(at.path, at.line, at.line));
}

const SEVERITY: Readonly<Record<Confidence, Severity>> = { high: 'high', medium: 'medium', low: 'low' };

export function isAboutComment(rule: string): boolean {
  return COMMENT_RULES.some(({ id }) => id === rule);
}

function findingOf(report: FileReport, print: string): Finding {
  return {
    rule: report.rule,
    // One leg only; what the running service says makes it more.
    verdict: 'suspected',
    severity: isAboutComment(report.rule) ? 'info' : SEVERITY[report.confidence],
    title: report.message,
    where: { function: report.function, file: report.path, line: report.line },
    subject: { service: report.module, instance: report.importPath },
    count: null,
    growth: null,
    holds: null,
    chain: report.steps.map((step) => ({
      kind: 'source',
      text: step.says,
      where: { function: '', file: step.path, line: step.line },
      region: regionOf(step),
    })),
    evidence: [
      { leg: 'source', says: `The source shows it, with ${report.confidence} confidence.`, numbers: [], captures: [] },
    ],
    fix: {
      text: report.advice,
      ...(report.fix === null
        ? {}
        : {
            title: report.fix.title,
            safe: report.fix.safe,
            edits: report.fix.edits.map((e) => ({ file: e.path, start: e.start, end: e.end, text: e.text })),
          }),
    },
    fingerprint: print,
    confidence: report.confidence,
    region: regionOf(report),
  };
}

function regionOf(range: Range): Region {
  const { path, line, column, endLine, endColumn } = range;
  return { file: path, line, column, endLine, endColumn };
}

/**
 * By report. Two of the same rule with the same text in one function are told apart by their order, so that an edit
 * elsewhere does not make them new.
 */
function fingerprints(reports: readonly FileReport[], root: string): Map<FileReport, string> {
  const seen = new Map<string, number>();
  const prints = new Map<FileReport, string>();
  for (const report of reports) {
    // Closures lose their numbers in fingerprints: those of one function share one count.
    const place = normalizeFunction(placeOf(report, root));
    const key = JSON.stringify([report.rule, place, report.operation]);
    const ordinal = (seen.get(key) ?? 0) + 1;
    seen.set(key, ordinal);
    const operation = ordinal === 1 ? report.operation : `${report.operation} #${ordinal}`;
    prints.set(report, fingerprint(report.rule, place, operation));
  }
  return prints;
}

/** The function with its package path: the runtime calls every main package `main`. */
function placeOf(report: FileReport, root: string): string {
  const { function: func, importPath, path } = report;
  if (func.startsWith('main.') && importPath !== '') return `${importPath}.${func.slice('main.'.length)}`;
  if (func !== '') return func;
  return importPath !== '' ? importPath : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

/** Most certain first; leaks before what is said about comments; then by place. */
function compare(a: Finding, b: Finding): number {
  return (
    SURENESS[b.confidence ?? 'low'] - SURENESS[a.confidence ?? 'low'] ||
    Number(a.severity === 'info') - Number(b.severity === 'info') ||
    byText(a.where.file, b.where.file) ||
    a.where.line - b.where.line ||
    (a.region?.column ?? 0) - (b.region?.column ?? 0) ||
    byText(a.rule, b.rule)
  );
}

/** By code unit, not by locale: the same on every machine. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
