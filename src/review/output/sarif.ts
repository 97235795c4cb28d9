/**
 * The review as SARIF 2.1.0. Columns are UTF-16 code units, which every reader of SARIF takes without being told;
 * our own are bytes.
 */
import type { Confidence, Finding, Region, TextEdit } from '../../findings/model.ts';
import { rulePage } from '../../findings/pages.ts';
import { reportingDescriptor, SARIF_SCHEMA, uriOf } from '../../findings/sarif.ts';
import type { Review } from '../report.ts';
import type { Sources, SourceText } from '../report-sources.ts';
import { shownPath } from './paths.ts';
import { verdictOf } from './summary.ts';

type Level = 'error' | 'warning' | 'note';

const LEVEL: Readonly<Record<Confidence, Level>> = { high: 'error', medium: 'warning', low: 'note' };
const ROOT = '%SRCROOT%';
/** Bytes; a longer line is left out of what surrounds a finding. */
const LONGEST = 8192;

/** What all parts of the log need. */
interface Frame {
  readonly root: string;
  readonly sources: Sources;
}

/** `root`: files below it are named relative to it; the root of the repository, as code scanning pages want it. */
export function writeReviewSarif(review: Review, root: string, sources: Sources, version: string): string {
  const frame: Frame = { root, sources };
  const all = [...review.findings, ...review.suppressed];
  const rules = [...new Set(all.map((f) => f.rule))].sort();
  const base = uriOf(root);
  const log = {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'hemostat', version, rules: rules.map((rule) => descriptor(rule, all)) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { uri: base.endsWith('/') ? base : `${base}/` } },
        invocations: [invocation(review, frame)],
        results: all.map((f) => result(f, rules.indexOf(f.rule), frame)),
        properties: { verdict: verdictOf(review), counts: review.counts, stats: review.stats },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptor(rule: string, findings: readonly Finding[]): object {
  const own = findings.filter((f) => f.rule === rule);
  const best = (['high', 'medium', 'low'] as const).find((c) => own.some((f) => f.confidence === c)) ?? 'low';
  const info = own.every((f) => f.severity === 'info');
  return {
    ...reportingDescriptor(rule, rulePage(rule)),
    defaultConfiguration: { level: info ? 'note' : LEVEL[best] },
    properties: {
      tags: info ? ['maintainability'] : ['memory-leak', 'reliability'],
      precision: best,
      // Code scanning of GitHub sorts by it; SARIF's own levels it does not show.
      'problem.severity': info || best === 'low' ? 'recommendation' : best === 'high' ? 'error' : 'warning',
    },
  };
}

/** Files that could not be read to their end, and what was left out. */
function invocation(review: Review, frame: Frame): object {
  const notifications = [
    ...review.problems.map((problem) => ({
      level: 'warning',
      message: { text: problem.message },
      locations: [
        {
          physicalLocation: {
            artifactLocation: artifact(problem.path, frame),
            region: { startLine: problem.line, startColumn: column(frame, problem.path, problem.line, problem.column) },
          },
        },
      ],
    })),
    ...review.notes.map((text) => ({ level: 'note', message: { text } })),
  ];
  return {
    executionSuccessful: true,
    ...(notifications.length === 0 ? {} : { toolExecutionNotifications: notifications }),
  };
}

function result(f: Finding, ruleIndex: number, frame: Frame): object {
  const { region, fix, suppression } = f;
  const steps = f.chain.flatMap((step) =>
    step.region === undefined
      ? []
      : [{ location: { physicalLocation: physical(step.region, frame), message: { text: step.text } } }],
  );
  return {
    ruleId: f.rule,
    ruleIndex,
    level: f.severity === 'info' ? 'note' : LEVEL[f.confidence ?? 'low'],
    message: { text: [f.title, fix.text].filter((text) => text !== '').join('\n\n') },
    locations: region === undefined ? [] : [location(f, region, frame)],
    ...(steps.length === 0 ? {} : { codeFlows: [{ threadFlows: [{ locations: steps }] }] }),
    ...(fix.edits === undefined || fix.edits.length === 0 ? {} : { fixes: [fixOf(f, fix.edits, frame)] }),
    partialFingerprints: { 'hemostat/v1': f.fingerprint },
    ...(suppression === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: 'inSource',
              status: 'accepted',
              ...(suppression.why === '' ? {} : { justification: suppression.why }),
              location: {
                physicalLocation: {
                  artifactLocation: artifact(suppression.file, frame),
                  region: { startLine: suppression.line },
                },
              },
            },
          ],
        }),
    properties: {
      confidence: f.confidence,
      module: f.subject.service,
      package: f.subject.instance,
      ...(fix.safe === undefined ? {} : { fixIsSafe: fix.safe }),
    },
  };
}

function location(f: Finding, region: Region, frame: Frame): object {
  const { function: name } = f.where;
  return {
    physicalLocation: physical(region, frame),
    ...(name === '' ? {} : { logicalLocations: [{ fullyQualifiedName: name, kind: 'function' }] }),
  };
}

function physical(region: Region, frame: Frame): object {
  const text = frame.sources.text(region.file);
  const context = contextOf(region, text);
  return {
    artifactLocation: artifact(region.file, frame),
    region: {
      startLine: region.line,
      startColumn: column(frame, region.file, region.line, region.column),
      endLine: region.endLine,
      endColumn: column(frame, region.file, region.endLine, region.endColumn),
    },
    ...(context === null ? {} : { contextRegion: context }),
  };
}

/** Whole lines, five at most: what a page shows of a finding must be readable on its own. */
function contextOf(region: Region, text: SourceText | null): object | null {
  if (text === null) return null;
  const endLine = Math.min(region.endLine, region.line + 4);
  const lines: string[] = [];
  for (let line = region.line; line <= endLine; line++) {
    if (text.lengthOf(line) > LONGEST) return null;
    lines.push(text.line(line));
  }
  return { startLine: region.line, endLine, snippet: { text: lines.join('\n') } };
}

function fixOf({ fix }: Finding, edits: readonly TextEdit[], frame: Frame): object {
  const title = fix.title ?? fix.text;
  return {
    description: { text: fix.safe === true ? title : `Suggestion: ${title}` },
    artifactChanges: [...Map.groupBy(edits, (edit) => edit.file)].map(([file, own]) => ({
      artifactLocation: artifact(file, frame),
      replacements: own.map((edit) => ({
        deletedRegion: span(edit, frame),
        ...(edit.text === '' ? {} : { insertedContent: { text: edit.text } }),
      })),
    })),
  };
}

function span(edit: TextEdit, frame: Frame): object {
  const text = frame.sources.text(edit.file);
  if (text === null) return { byteOffset: edit.start, byteLength: edit.end - edit.start };
  const startLine = text.lineAt(edit.start);
  const endLine = text.lineAt(edit.end);
  return {
    startLine,
    startColumn: text.utf16Column(startLine, edit.start - text.startOf(startLine) + 1),
    endLine,
    endColumn: text.utf16Column(endLine, edit.end - text.startOf(endLine) + 1),
  };
}

function column(frame: Frame, path: string, line: number, bytes: number): number {
  return frame.sources.text(path)?.utf16Column(line, bytes) ?? bytes;
}

function artifact(path: string, { root }: Frame): object {
  const shown = shownPath(path, root);
  return shown.startsWith('../') || shown === path ? { uri: uriOf(path) } : { uri: uriOf(shown), uriBaseId: ROOT };
}
