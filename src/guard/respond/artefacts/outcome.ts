/** What a check of an artefact says. What could not be checked has not passed. */
export interface Outcome {
  readonly passed: boolean;
  /** Whether it could be checked at all. */
  readonly known: boolean;
  /** One sentence: what was seen, or why not and what to do. */
  readonly says: string;
}

export function passed(says: string): Outcome {
  return { passed: true, known: true, says };
}

export function refused(says: string): Outcome {
  return { passed: false, known: true, says };
}

export function notChecked(why: string): Outcome {
  return { passed: false, known: false, says: `not checked: ${why}` };
}
