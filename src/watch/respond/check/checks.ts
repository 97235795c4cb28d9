/** Answers that wait for their check: one after the other, each in a process of its own. */
import { notChecked, type Outcome } from '../../../guard/respond/artefacts/outcome.ts';
import type { ArtefactState, IncidentState, Role } from '../../../guard/respond/model.ts';
import { askForCheck } from './ask.ts';
import type { CheckQuestion } from './messages.ts';

export interface ChecksOptions {
  /** What is asked about it now; null: it needs no check any more. */
  readonly question: (incident: string, role: Role, artefact: string) => CheckQuestion | null;
  readonly onOutcome: (incident: string, role: Role, artefact: string, outcome: Outcome) => void;
  /** Tests have another one. */
  readonly ask?: typeof askForCheck;
}

interface Waiting {
  readonly incident: string;
  readonly role: Role;
  readonly artefact: string;
}

export class ArtefactChecks {
  readonly #options: ChecksOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #stop = new AbortController();
  #running: { readonly key: string; readonly ended: Promise<void> } | null = null;

  constructor(options: ChecksOptions) {
    this.#options = options;
  }

  /** A note is taken at its word. */
  add({ id }: IncidentState, { role, artefact }: ArtefactState): void {
    if (artefact.kind === 'note') return;
    this.#waiting.set(keyOf(id, role, artefact.id), { incident: id, role, artefact: artefact.id });
    this.#pump();
  }

  /** Whether it waits for its check, or is being checked. */
  isUnderWay(incident: string, role: Role, artefact: string): boolean {
    const key = keyOf(incident, role, artefact);
    return this.#running?.key === key || this.#waiting.has(key);
  }

  async close(): Promise<void> {
    this.#waiting.clear();
    this.#stop.abort();
    await this.#running?.ended;
  }

  #pump(): void {
    const [next] = this.#waiting;
    if (this.#running !== null || next === undefined || this.#stop.signal.aborted) return;
    const [key, one] = next;
    this.#waiting.delete(key);
    this.#running = {
      key,
      ended: this.#check(one).finally(() => {
        this.#running = null;
        this.#pump();
      }),
    };
  }

  async #check({ incident, role, artefact }: Waiting): Promise<void> {
    const { question, onOutcome, ask = askForCheck } = this.#options;
    const asked = question(incident, role, artefact);
    if (asked === null) return;
    const outcome = await ask(asked, this.#stop.signal).catch((error: unknown) => notChecked(String(error)));
    // What is broken off by the end of the server is checked again after its next start.
    if (!this.#stop.signal.aborted) onOutcome(incident, role, artefact, outcome);
  }
}

function keyOf(incident: string, role: Role, artefact: string): string {
  return `${incident} ${role} ${artefact}`;
}
