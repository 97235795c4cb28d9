/** Findings as an editor shows them. */
import { pathToFileURL } from 'node:url';
import { type Diagnostic, DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver/node';
import type { Confidence, Finding } from '../findings/model.ts';
import type { Sources } from '../review/report-sources.ts';
import { UNUSED } from '../review/suppress-apply.ts';
import { type Encoding, rangeOf } from './positions.ts';

const SEVERITY: Readonly<Record<Confidence, DiagnosticSeverity>> = {
  high: DiagnosticSeverity.Error,
  medium: DiagnosticSeverity.Warning,
  low: DiagnosticSeverity.Information,
};

export function diagnosticOf(finding: Finding, sources: Sources, encoding: Encoding): Diagnostic {
  const { region, confidence = 'low', fix } = finding;
  const related = finding.chain.flatMap((step) =>
    step.region === undefined
      ? []
      : [
          {
            location: {
              uri: pathToFileURL(step.region.file).href,
              range: rangeOf(sources, step.region, encoding),
            },
            message: step.text,
          },
        ],
  );
  const origin = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  return {
    range: region === undefined ? origin : rangeOf(sources, region, encoding),
    severity: finding.severity === 'info' ? DiagnosticSeverity.Hint : SEVERITY[confidence],
    source: 'hemostat',
    code: finding.rule,
    message: [finding.title, fix.text].filter((text) => text !== '').join('\n'),
    ...(finding.rule === UNUSED ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(related.length === 0 ? {} : { relatedInformation: related }),
    data: { fingerprint: finding.fingerprint },
  };
}
