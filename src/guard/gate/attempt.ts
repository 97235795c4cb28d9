/** Runs a part so that what it cannot look at is a failure of the report, and not the end of the others. */
import type { PartName, PartResult } from '../part.ts';

/** Names of errors that say "could not be read or reached"; anything else is a defect or a mistake of the person, and is thrown on. */
const NOT_READ = ['GuardEvidenceError', 'HttpError', 'EvidenceError'];

export async function attempt(part: PartName, subject: string, run: () => Promise<PartResult>): Promise<PartResult> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error) || !NOT_READ.includes(error.name)) throw error;
    return {
      part,
      subject,
      summary: 'it could not be looked at.',
      findings: [],
      tally: [],
      notes: [],
      failures: [error.message],
      facts: {},
    };
  }
}
