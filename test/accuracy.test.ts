/** Every lab scenario through the real command line, as in docs/accuracy.md: one run each. */
import { beforeAll, describe, expect, it } from 'vitest';
import { listScenarios, type Scenario } from '../src/collect/lab.ts';
import { type Outcome, pooled, runScenario } from '../src/testing/accuracy.ts';

const scenarios = listScenarios().filter((scenario) => scenario.suite === undefined);
/** The services idle most of the time, so several windows pass side by side even on two processors. */
const AT_ONCE = 6;
const outcomes = new Map<string, Outcome>();

/**
 * Heap profiles are samples, and now and then (docs/accuracy.md counts how often) a 20 s window holds too few of them to
 * name a leak: a miss may try once more. A false alarm may not.
 */
async function run(scenario: Scenario): Promise<Outcome> {
  const first = await runScenario(scenario, '20s');
  return first.result === 'miss' ? runScenario(scenario, '20s') : first;
}

beforeAll(async () => {
  for (const outcome of await pooled(scenarios, AT_ONCE, run)) outcomes.set(outcome.scenario, outcome);
}, 600_000);

describe('hemostat diagnose lab:NAME --window 20s', () => {
  it.each(scenarios.map((scenario) => scenario.name))('%s', (name) => {
    expect(outcomes.get(name)).toMatchObject({ result: 'hit' });
  });
});
