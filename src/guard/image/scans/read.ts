/** Reads a scanner's report, whichever it is. */
import { z } from 'zod';
import { GuardEvidenceError } from '../../error.ts';
import { govulncheckConfig, readGovulncheck } from './govulncheck.ts';
import { grypeReport, readGrype } from './grype.ts';
import { osvReport, readOsv } from './osv.ts';
import { readSarifScan, sarifReport } from './sarif.ts';
import type { ScanReport } from './scan.ts';
import { readTrivy, trivyReport } from './trivy.ts';

/** bytes; the report of a large image with every package listed has some ten MB. */
export const REPORT_LIMIT = 64 * 1024 * 1024;
const MOST_VULNERABILITIES = 100_000;

/** @throws GuardEvidenceError; `name` is what the report is called in its sentence. */
export function readScanReport(bytes: Uint8Array, name: string): ScanReport {
  if (bytes.length > REPORT_LIMIT) throw new GuardEvidenceError(`${name} is larger than ${REPORT_LIMIT >> 20} MiB`);
  const values = jsonValues(new TextDecoder('utf-8').decode(bytes), name);
  const [first] = values;
  try {
    const report = known(first, values, name);
    if (report === null) {
      throw new GuardEvidenceError(
        `${name} is no report that is known: give JSON of Trivy, Grype, osv-scanner or govulncheck -json, or SARIF 2.1.0`,
      );
    }
    if (report.vulnerabilities.length > MOST_VULNERABILITIES) {
      throw new GuardEvidenceError(`${name} lists more than ${MOST_VULNERABILITIES} vulnerabilities`);
    }
    return report;
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const where = (issue?.path ?? []).slice(0, 8).join('.').slice(0, 120);
    throw new GuardEvidenceError(
      `${name} is damaged or of a version that is not known: ${issue?.message.slice(0, 120)} at ${where || 'its root'}`,
    );
  }
}

/** What a report is can be told by members that no other has. */
function known(first: unknown, values: readonly unknown[], name: string): ScanReport | null {
  if (typeof first !== 'object' || first === null) return null;
  if ('config' in first && govulncheckConfig.safeParse(first.config).success) return readGovulncheck(values);
  if (values.length > 1) return null;
  if ('SchemaVersion' in first) return readTrivy(trivyReport.parse(first));
  if ('matches' in first && 'descriptor' in first) return readGrype(grypeReport.parse(first));
  if ('runs' in first) return readSarifScan(sarifReport.parse(first));
  if ('results' in first) return readOsv(osvReport.parse(first));
  if ('statements' in first || 'vulnerabilities' in first) {
    throw new GuardEvidenceError(
      `${name} has statements about vulnerabilities (VEX) or a list of parts, and is no scan: give it to the scanner (trivy or grype --vex, with --show-suppressed), or write an exception into the policy`,
    );
  }
  return null;
}

/** One JSON value, or several objects one after the other. */
function jsonValues(text: string, name: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    const pieces = objectsOf(text);
    try {
      if (pieces !== null && pieces.length > 0) return pieces.map((piece): unknown => JSON.parse(piece));
    } catch {
      // As below.
    }
    throw new GuardEvidenceError(`${name} is no JSON, or not whole`);
  }
}

/** The top-level objects of a text, null where something else stands between them. Without recursion, and linear. */
function objectsOf(text: string): string[] | null {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString) {
      if (char === 0x5c) at++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x7b) {
      if (depth++ === 0) start = at;
    } else if (char === 0x7d) {
      if (--depth === 0) pieces.push(text.slice(start, at + 1));
      if (depth < 0) return null;
    } else if (depth === 0) {
      if (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09) return null;
    } else if (char === 0x22) inString = true;
  }
  return depth === 0 ? pieces : null;
}
