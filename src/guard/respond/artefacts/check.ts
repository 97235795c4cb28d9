/** Checks an artefact by its kind. */
import type { ArtefactState, IncidentState } from '../model.ts';
import { checkDetectionRuleFile } from './detection-rule.ts';
import { checkFix, type FixCheck } from './fix-with-test.ts';
import { notChecked, type Outcome } from './outcome.ts';
import { checkPlan, type PlanCheck } from './rollback-plan.ts';

export type CheckOptions = Omit<FixCheck, 'commit' | 'foundAt'> & Omit<PlanCheck, 'file' | 'service' | 'seconds'>;

/** @throws GuardUsageError where an option cannot be used */
export async function checkArtefact(
  { artefact }: ArtefactState,
  { finding, roundAt, seconds }: IncidentState,
  options: CheckOptions,
): Promise<Outcome> {
  const { kind, reference } = artefact;
  switch (kind) {
    case 'fix-with-test':
      return checkFix({ ...options, commit: reference, foundAt: roundAt });
    case 'rollback-plan':
      return checkPlan({ ...options, file: reference, service: finding.subject.service, seconds });
    case 'detection-rule':
      return checkDetectionRuleFile(reference);
    case 'note':
      return notChecked('a note is taken at its word');
  }
}
