/** Answers are checked in a real process of their own, one after the other, and nothing beside their directory is read. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Outcome } from '../../../guard/respond/artefacts/outcome.ts';
import { advance } from '../../../guard/respond/clock.ts';
import { artefactOf } from '../../../guard/respond/identity.ts';
import type { ArtefactKind, ArtefactState } from '../../../guard/respond/model.ts';
import { found, matrixOf } from '../../../guard/respond/testing.ts';
import { defaultRespond } from '../../config/defaults.ts';
import { askForCheck } from './ask.ts';
import { ArtefactChecks } from './checks.ts';
import type { CheckQuestion } from './messages.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-checks-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function questionOf(kind: ArtefactKind, reference: string, source: string | null = null): CheckQuestion {
  const [incident] = advance([found(1000)], matrixOf(), 2000).incidents;
  if (incident === undefined) throw new Error('there is no incident');
  const artefact = {
    artefact: artefactOf(kind, reference, ''),
    role: 'security',
    by: 'ada',
    at: 1,
    check: null,
  } as const;
  const settings = { ...defaultRespond().checks, artefacts: join(dir, 'answers') };
  return { artefact, incident, settings, source, build: null };
}

const never = new AbortController().signal;

test('reads a rule of its directory, and no file outside of it by whatever way', async () => {
  mkdirSync(join(dir, 'answers'));
  const rule = '- rule: A shell\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: WARNING\n';
  for (const file of ['answers/rule.yaml', 'secret.yaml']) writeFileSync(join(dir, file), rule);
  symlinkSync(join(dir, 'secret.yaml'), join(dir, 'answers', 'link.yaml'));
  const asked = ['rule.yaml', '../secret.yaml', 'link.yaml'];
  const outcomes = await Promise.all(asked.map((name) => askForCheck(questionOf('detection-rule', name), never)));
  const [own, ...others] = outcomes;
  expect(own?.known, own?.says).toBe(true);
  for (const { passed, known, says } of others)
    expect({ passed, known, says }).toMatchObject({ passed: false, known: false });
  for (const { says } of others) expect(says).toContain('among the plans and rules of the server');
});

test('says what the server does not have', async () => {
  const without = questionOf('rollback-plan', 'plan.yaml');
  const nowhere = { ...without, settings: { ...without.settings, artefacts: null } };
  expect((await askForCheck(nowhere, never)).says).toContain('respond.artefacts');
  const stopped = new AbortController();
  stopped.abort();
  expect((await askForCheck(without, stopped.signal)).says).toContain('being stopped');
});

test('one after the other, each once', async () => {
  const incident = questionOf('note', '').incident;
  const state = (name: string, kind: ArtefactKind = 'rollback-plan'): ArtefactState => ({
    ...{ artefact: artefactOf(kind, name, ''), role: 'operations', by: 'ada', at: 1, check: null },
  });
  let running = 0;
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  const checks = new ArtefactChecks({
    question: (_incident, _role, artefact) => ({ ...questionOf('rollback-plan', artefact) }),
    onOutcome: (_incident, _role, _artefact, { says }) => {
      seen.push(says);
      if (seen.length === 2) done.resolve();
    },
    ask: async ({ artefact }): Promise<Outcome> => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return { passed: true, known: true, says: artefact.artefact.reference };
    },
  });
  const [a, b] = [state('a'), state('b')];
  for (const one of [a, b, b, state('c', 'note')]) checks.add(incident, one);
  expect(checks.isUnderWay(incident.id, 'operations', b.artefact.id)).toBe(true);
  await done.promise;
  expect(seen).toEqual([a.artefact.id, b.artefact.id]);
  await checks.close();
});
