/**
 * Whether a diagnosis shows that a finding is gone: of the same service, begun after the finding was found, watched for as long as
 * the one that found it, and without its fingerprint. Pure.
 */
import type { EvidenceItem } from '../../../findings/model.ts';
import { formatDuration } from '../../../findings/units.ts';
import type { readDiagnosis } from '../intake.ts';
import type { IncidentState } from '../model.ts';
import { notChecked, type Outcome, passed, refused } from './outcome.ts';

/** A window that is a little shorter still shows it: the last snapshot comes when it comes. */
const ENOUGH = 0.95;

/** The series of a diagnosis in which a leg of evidence would be seen; of the others no series tells whether they were looked at. */
const SERIES: Readonly<Partial<Record<EvidenceItem['leg'], string>>> = {
  goroutine: 'goroutines',
  heap: 'live-heap',
  gc: 'live-heap',
  graph: 'live-heap',
  process: 'rss',
};

/** What was not collected is not gone. */
function isLookedAt(evidence: readonly EvidenceItem[], series: ReturnType<typeof readDiagnosis>['series']): boolean {
  const wanted = evidence.flatMap(({ leg }) => SERIES[leg] ?? []);
  return wanted.length === 0 || series.some(({ name, value }) => wanted.includes(name) && value.length > 1);
}

/**
 * @param least seconds that are asked where it is not known how long was watched to find it
 */
export function measuredBy(
  { finding, seconds: asLong, roundAt, events }: IncidentState,
  diagnosis: ReturnType<typeof readDiagnosis>,
  least: number,
): Outcome {
  const { target, window, findings } = diagnosis;
  if (target.service !== finding.subject.service)
    return notChecked(`this is a diagnosis of ${target.service} and not of ${finding.subject.service}`);
  const start = Date.parse(window.start);
  if (start < roundAt) return notChecked('this diagnosis began before the finding was found');
  const fixed = events.findLast((event) => event.kind === 'attached' && event.artefact.kind === 'fix-with-test');
  if (fixed !== undefined && start < fixed.at) return notChecked('this diagnosis began before the fix was attached');
  const still = findings.find(
    ({ fingerprint, verdict }) => fingerprint === finding.fingerprint && verdict !== 'cleared',
  );
  if (still !== undefined) return refused(`still there: ${still.title}`);
  if (!isLookedAt(finding.evidence, diagnosis.series))
    return notChecked(
      `it is not in this diagnosis, but nothing was collected there that could show it (${finding.evidence.map(({ leg }) => leg).join(', ')}); collect what the one that found it did`,
    );
  const wanted = asLong ?? least;
  if (window.seconds < wanted * ENOUGH)
    return notChecked(
      `it is not in this diagnosis, but that watched for ${formatDuration(window.seconds)} only and ${asLong === null ? 'at least' : 'it was found in'} ${formatDuration(wanted)}${asLong === null ? ' are needed' : ''}; watch as long`,
    );
  return passed(
    `not there any more over ${formatDuration(window.seconds)} of ${target.service}${target.instance === '' ? '' : ` (${target.instance})`}`,
  );
}
