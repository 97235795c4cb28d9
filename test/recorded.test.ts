import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');

const Diagnosis = z.looseObject({
  findings: z.array(
    z.looseObject({
      rule: z.string(),
      verdict: z.string(),
      where: z.object({ function: z.string(), file: z.string(), line: z.number() }),
    }),
  ),
});

/** `make demo` shows this recording where there is no Go. */
it('still finds the leak in the recorded bundle, the same bytes each time', () => {
  const [first, second] = [1, 2].map(() => {
    const { status, stdout, stderr } = spawnSync(
      join(ROOT, 'bin', 'hemostat'),
      ['diagnose', 'lab/recorded/closure-drags-heap', '--json'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([1, '']);
    return stdout;
  });
  expect(second).toBe(first);
  const [finding] = Diagnosis.parse(JSON.parse(first ?? '')).findings;
  expect(finding).toMatchObject({
    rule: 'goroutine-blocked-receive',
    verdict: 'confirmed',
    where: { function: 'main.(*desk).submit.func1', file: expect.stringMatching(/main\.go$/) },
  });
});
