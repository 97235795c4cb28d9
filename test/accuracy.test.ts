/** Every lab scenario through the real command line, as in docs/accuracy.md: one run each. */
import { beforeAll, describe, expect, it } from 'vitest';
import { listScenarios } from '../src/collect/lab.ts';
import { type Outcome, pooled, runScenario } from '../src/testing/accuracy.ts';

const scenarios = listScenarios();
/** The services idle most of the time, so several windows pass side by side even on two processors. */
const AT_ONCE = 6;
const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  for (const outcome of await pooled(scenarios, AT_ONCE, (scenario) => runScenario(scenario, '20s')))
    outcomes.set(outcome.scenario, outcome);
}, 600_000);

describe('hemostat diagnose lab:NAME --window 20s', () => {
  it.each(scenarios.map((scenario) => scenario.name))('%s', (name) => {
    expect(outcomes.get(name)).toMatchObject({ result: 'hit' });
  });
});
