/** One shape for what scanners report. */
import type { Scanner } from '../settings.ts';
import { nearestFix } from './versions.ts';

/** `unknown`: the scanner does not say. */
export type ScanSeverity = 'critical' | 'high' | 'medium' | 'low' | 'unknown';

export interface Vulnerability {
  /** As the scanner calls it, e.g. `CVE-2026-1234`. */
  readonly id: string;
  /** Other names of the same, without `id`. */
  readonly aliases: readonly string[];
  readonly package: string;
  /** Installed; may be empty. */
  readonly version: string;
  /** A version that has the fix, the nearest one; null where the scanner knows none. */
  readonly fixed: string | null;
  /** The report does not speak of fixes at all: that none is named says nothing. */
  readonly fixUnsaid?: true;
  readonly severity: ScanSeverity;
  /** Whether its code is called from the program; null where the scanner did not look. */
  readonly reachable: boolean | null;
  /** Listed as exploited in the wild (CISA KEV). */
  readonly exploited?: true;
  /** The scanner was told to leave it out (VEX, ignore file): what by, and why. Absent where one scanner was not. */
  readonly suppressed?: string;
  readonly scanners: readonly Scanner[];
}

export interface ScanReport {
  readonly scanner: Scanner;
  /** Digests by which the report names its image (manifest, index or configuration); empty where it is about no image. */
  readonly digests: readonly string[];
  /** Digests of the image's uncompressed layers, in order, as its configuration lists them (diff_ids); empty where it does not say. */
  readonly layers: readonly string[];
  /**
   * Whether it shows that modules of Go binaries were looked at (by their build information); null where it cannot be told: reports
   * list packages with findings only.
   */
  readonly goModules: boolean | null;
  /** Whether it calls itself a scan of an image; source and file system scans name no digest and cannot be tied to one. */
  readonly ofImage: boolean;
  /** When the scan was made; null where it does not say. */
  readonly created: Date | null;
  /** When the vulnerability database was made; null where it does not say. */
  readonly database: Date | null;
  readonly vulnerabilities: readonly Vulnerability[];
}

/** Of a value that goes on into messages, characters. */
const LONGEST = 256;

/** Text of a report, safe to print: bounded and without control characters. */
export function clean(value: string | null | undefined): string {
  const text = (value ?? '').slice(0, LONGEST).replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ');
  return text.trim();
}

const WORDS: Readonly<Record<string, ScanSeverity>> = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  error: 'high',
  medium: 'medium',
  moderate: 'medium',
  warning: 'medium',
  low: 'low',
  note: 'low',
  negligible: 'low',
};

/** The words of all scanners; what is none of them is unknown, never harmless. */
export function severityOfWord(word: string | null | undefined): ScanSeverity {
  const key = (word ?? '').toLowerCase();
  return Object.hasOwn(WORDS, key) ? (WORDS[key] ?? 'unknown') : 'unknown';
}

/** Qualitative rating of CVSS 3.1 (section 5); 0 and what is no number is unknown. */
export function severityOfScore(score: number): ScanSeverity {
  if (!(score > 0 && score <= 10)) return 'unknown';
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
}

export function dateOf(text: string | null | undefined): Date | null {
  const time = Date.parse(text ?? '');
  // Go's zero time stands for "not set".
  return Number.isNaN(time) || time < Date.UTC(2000) ? null : new Date(time);
}

/** Digests out of texts like `registry/name@sha256:…` or `sha256:…`. */
export function digestsIn(texts: readonly (string | null | undefined)[]): string[] {
  return texts.flatMap((text) => /(?:^|@)(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.exec(text ?? '')?.[1] ?? []);
}

/** Versions that have the fix as a scanner lists them, and the one of them to go to. */
export function fixOf(installed: string, versions: readonly (string | null | undefined)[]): string | null {
  const fixed = nearestFix(
    installed,
    versions.map(clean).filter((version) => version !== ''),
  );
  return fixed === null ? null : clean(fixed);
}

/** Who left it out, by what, and why, e.g. `trivy left it out by vex.json (not_affected): vulnerable_code_not_present`. */
export function suppressionOf(
  scanner: Scanner,
  by: string | null | undefined,
  status: string | null | undefined,
  why: string | null | undefined,
): string {
  const source = clean(by) || 'its own settings';
  const kind = clean(status);
  return `${scanner} left it out by ${source}${kind === '' ? '' : ` (${kind})`}: ${clean(why) || 'no reason was given'}`;
}

/** Names without repetition and without `id`. */
export function aliasesOf(id: string, names: readonly (string | null | undefined)[]): string[] {
  return [...new Set(names.map(clean))].filter((name) => name !== '' && name !== id);
}
