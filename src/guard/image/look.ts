/** Which reports count for this image, and what is missing of an answer. */
import type { Finding } from '../../findings/model.ts';
import { coveredBy, isAbout, type Platform, type Subject } from './about.ts';
import * as rules from './rules.ts';
import type { ScanReport } from './scans/scan.ts';
import type { ImageSettings, Scanner } from './settings.ts';
import { type Place, sighting } from './sightings.ts';

export interface GivenReport {
  /** As it was named in the settings. */
  readonly file: string;
  readonly sha256: string;
  readonly report: ScanReport;
}

export interface Weighed {
  /** What counts; vulnerabilities of a report about this image are taken also where it is too old. */
  readonly counted: readonly GivenReport[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** Clocks of two machines differ; a report from further in the future has no time. */
const SKEW_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;
/** A database changes when something is published, so a quiet week is no mistake; a scan of today with one this old is. */
const DATABASE_HOURS = 30 * 24;

export function weigh(
  given: readonly GivenReport[],
  subject: Subject,
  settings: ImageSettings,
  place: Place,
  now: Date,
): Weighed {
  const findings: Finding[] = [];
  const notes: string[] = [];
  const counted: GivenReport[] = [];
  const good = new Set<Scanner>();
  const covered = new Set<Platform>();
  for (const one of given) {
    const { report, file } = one;
    const speaks = report.ofImage || report.layers.length > 0;
    if (speaks && !isAbout(report, subject)) {
      findings.push(mismatch(place, one));
      continue;
    }
    counted.push(one);
    const stale = staleness(report, settings['max-report-age-hours'], now);
    if (stale !== null) {
      findings.push(staleFinding(place, one, stale));
      continue;
    }
    good.add(report.scanner);
    if (report.ofImage) for (const platform of coveredBy(report, subject)) covered.add(platform);
    if (!report.ofImage) {
      notes.push(
        speaks
          ? `${file} (${report.scanner}) is about the layers of this image and never says when it was made; what it found counts, and it is no current scan.`
          : `${file} (${report.scanner}) is about source or files and names no image; what it found counts, what it did not find says nothing about this image.`,
      );
      if (!speaks && report.created === null && report.database === null)
        notes.push(`${file} does not say when it was made.`);
    }
  }
  for (const scanner of settings.require) {
    if (!good.has(scanner))
      findings.push(
        missing(
          place,
          scanner,
          given.some(({ report }) => report.scanner === scanner),
        ),
      );
  }
  const current = counted.filter(({ report }) => good.has(report.scanner));
  if (current.length > 0 && !current.some(({ report }) => report.goModules === true)) {
    notes.push(
      'No report shows that the modules of a Go binary were looked at: where the image has one, scan it with Trivy (--pkg-types os,library --list-all-pkgs), Grype or govulncheck -mode binary.',
    );
  }
  const uncovered = subject.platforms.filter((platform) => !covered.has(platform));
  for (const platform of uncovered) findings.push(unscanned(place, platform, given.length));
  if (subject.platforms.length === 0) findings.push(unscanned(place, null, given.length));
  return { counted, findings, notes };
}

/** Why it is too old, or null. A scan of an image has to say when it was made; a database's age counts where it is known. */
function staleness(report: ScanReport, maxHours: number, now: Date): string | null {
  const { created, database } = report;
  if (created === null && report.ofImage) return 'does not say when it was made';
  for (const [what, at] of [
    ['was made', created],
    ['uses a vulnerability database that was made', database],
  ] as const) {
    if (at === null) continue;
    const hours = (now.getTime() - at.getTime()) / HOUR_MS;
    if (at.getTime() > now.getTime() + SKEW_MS) return `${what} at ${at.toISOString()}, which is in the future`;
    const limit = what === 'was made' ? maxHours : Math.max(maxHours, DATABASE_HOURS);
    if (hours > limit) {
      return `${what} at ${at.toISOString()}, ${Math.floor(hours)} h ago, and ${limit} h are allowed`;
    }
  }
  return null;
}

function mismatch(place: Place, { file, report }: GivenReport): Finding {
  const about =
    report.digests.length === 0 ? 'an image that it does not name by digest' : report.digests.slice(0, 3).join(', ');
  return sighting(place, {
    rule: rules.REPORT_MISMATCH,
    verdict: 'confirmed',
    operation: report.scanner,
    title: `${file} (${report.scanner}) is not about this image, and says nothing about it.`,
    leg: 'scan',
    says: `${file} is about ${about}.`,
    captures: [file],
  });
}

function staleFinding(place: Place, { file, report }: GivenReport, why: string): Finding {
  return sighting(place, {
    rule: rules.REPORT_STALE,
    verdict: 'confirmed',
    operation: report.scanner,
    title: `${file} (${report.scanner}) ${why}.`,
    leg: 'scan',
    says: `${file} ${why}.`,
    captures: [file],
  });
}

function missing(place: Place, scanner: Scanner, isGiven: boolean): Finding {
  const why = isGiven ? 'is given, but does not count' : 'is not given';
  return sighting(place, {
    rule: rules.REPORT_MISSING,
    verdict: 'confirmed',
    operation: scanner,
    title: `A report of ${scanner} is required and ${why}.`,
    leg: 'scan',
    says: `The settings require ${scanner}.`,
  });
}

function unscanned(place: Place, platform: Platform | null, given: number): Finding {
  const what =
    platform === null || platform.name === 'image'
      ? 'this image'
      : `the image for ${platform.name} (${platform.digest})`;
  return sighting(place, {
    rule: rules.REPORT_MISSING,
    verdict: 'confirmed',
    operation: platform?.name ?? 'image',
    title: `No current scan of ${what} was given: what is in it is not known.`,
    leg: 'scan',
    says: given === 0 ? 'No report was given.' : `Of ${given} reports none is a current scan of ${what}.`,
  });
}
