/** Runs the parts of a gate beside one another; what one cannot look at does not end the others. */
import type { Decision, GatePart, GuardContext, PartResult } from '../part.ts';
import { attempt } from './attempt.ts';

/** A part with its settings, ready to run. The review comes from outside: guard does not import it. */
export interface PartRunner {
  readonly part: GatePart;
  /** How it is called where the part cannot say it. */
  readonly subject: string;
  run(context: GuardContext): Promise<PartResult>;
  /** Once everything was judged: writes what says so (a signed verdict), and gives the result with what became of it. */
  readonly conclude?: (result: PartResult, decision: Decision) => Promise<PartResult>;
}

/**
 * The results in the order of `runners`.
 * @throws what is a mistake of the person (GuardUsageError) or a defect, after every part has ended
 */
export async function runParts(runners: readonly PartRunner[], context: GuardContext): Promise<PartResult[]> {
  let done = 0;
  const running = new Set(runners.map(({ part }) => part));
  const settled = await Promise.allSettled(
    runners.map(async (runner) => {
      const result = await attempt(runner.part, runner.subject, () => runner.run(context));
      running.delete(runner.part);
      done++;
      if (running.size > 0)
        context.progress(`${done} of ${runners.length} done; still looking at ${[...running].join(', ')}`);
      return result;
    }),
  );
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/** After the judgement, in the order of `runners`: what was not read then can no longer make a signed verdict wrong. */
export async function concludeParts(
  runners: readonly PartRunner[],
  results: readonly PartResult[],
  decision: Decision,
): Promise<PartResult[]> {
  const concluded: PartResult[] = [];
  for (const [i, result] of results.entries()) {
    const runner = runners[i];
    concluded.push(runner?.conclude === undefined ? result : await runner.conclude(result, decision));
  }
  return concluded;
}
