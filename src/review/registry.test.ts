import { expect, it } from 'vitest';
import { allFixtures } from '../testing/review.ts';
import { analysePackage } from './analyse.ts';
import { NO_FACTS, type PackageFacts } from './facts.ts';
import { createFrontEnd } from './front-end.ts';
import { FACT_RULES, RULES } from './registry.ts';
import type { Rule } from './rule.ts';

it('names the rules that leave facts: without the others the facts are the same', () => {
  const frontEnd = createFrontEnd({ load: { cwd: '/' } });
  const factRules = RULES.filter((rule) => FACT_RULES.has(rule.id));
  expect(factRules).toHaveLength(FACT_RULES.size);
  const engines = new Set<string>();
  for (const { id } of RULES) {
    for (const fixture of allFixtures(id).values()) {
      for (const [path, source] of Object.entries(fixture)) {
        const sources = [{ path: `/${path}`, bytes: new TextEncoder().encode(source) }];
        const factsWith = (rules: readonly Rule[]): PackageFacts =>
          analysePackage(
            frontEnd,
            {
              importPath: 'example.com/p',
              name: /^package (\w+)/m.exec(source)?.[1] ?? 'p',
              dir: '/nowhere',
              module: { path: 'example.com', dir: '/nowhere', go: [1, 26] },
              files: [],
              imports: [],
            },
            sources,
            rules,
            NO_FACTS,
          ).facts;
        const facts = factsWith(RULES);
        expect(JSON.stringify(factsWith(factRules)), path).toBe(JSON.stringify(facts));
        for (const engine of Object.keys(facts)) engines.add(engine);
      }
    }
  }
  // An empty comparison would prove nothing.
  expect(engines).toContain('pools');
});
