import { expect, it } from 'vitest';
import { runProgram } from './program.ts';

const options = { cwd: '/', env: { PATH: process.env.PATH }, timeoutMs: 300 };

it('ends with its time, also where a child left the group and keeps the output open', async () => {
  const script = 'setsid sh -c "echo $$; exec sleep 15" & exec sleep 15';
  const began = performance.now();
  const { timedOut, code } = await runProgram('sh', ['-c', script], options);
  expect([timedOut, code]).toEqual([true, null]);
  expect(performance.now() - began).toBeLessThan(12_000);
  const left = 'setsid sleep 15 & exit 0';
  expect(await runProgram('sh', ['-c', left], options)).toMatchObject({ timedOut: true, failure: '' });
}, 60_000);

it('says what cannot be started, and never rejects', async () => {
  const { failure } = await runProgram('sh', ['-c', 'echo \0'], options);
  expect(failure).toContain('null bytes');
  expect(failure).not.toContain('\0');
  expect((await runProgram('/nowhere', [], options)).failure).toBe('ENOENT');
});
