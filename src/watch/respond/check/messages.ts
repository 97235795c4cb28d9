/** What the checking process is asked; it answers with an Outcome. */
import type { ArtefactState, IncidentState } from '../../../guard/respond/model.ts';
import type { CheckSettings } from '../settings.ts';

export interface CheckQuestion {
  readonly artefact: ArtefactState;
  /** Without its events: what a check asks is in the finding. */
  readonly incident: IncidentState;
  readonly settings: CheckSettings;
  /** Directory of the service's source; null: none is configured. */
  readonly source: string | null;
  /** The commit of the build in which it was found, where that is one. */
  readonly build: string | null;
}
