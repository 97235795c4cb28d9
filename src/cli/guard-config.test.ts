import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: p} # a pod\nspec:\n  containers:\n    - name: c\n      image: i\n';
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hemostat-config-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env.PATH, HOME: folder };
  const options = { cwd: folder, encoding: 'utf8' as const, input, env };
  return spawnSync(process.execPath, [MAIN, 'guard', 'config', '--no-config', ...args], options);
}

it('prints a patch that git applies, and writes it when asked to', { timeout: 60_000 }, () => {
  writeFileSync(join(folder, 'a.yaml'), POD);
  const patch = run(['a.yaml', '--fix']);
  expect(patch).toMatchObject({
    status: 0,
    stderr: 'hemostat: 2 of 9 findings can be fixed safely; --fix --write does it\n',
  });
  expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(POD);
  const checked = spawnSync('git', ['apply', '--check', '-'], { cwd: folder, input: patch.stdout, encoding: 'utf8' });
  expect(checked.status, checked.stderr).toBe(0);
  expect(run(['a.yaml', '--fix', '--write']).status).toBe(0);
  const after = `${POD}      securityContext:\n        allowPrivilegeEscalation: false\n  securityContext:\n    seccompProfile:\n      type: RuntimeDefault\n`;
  expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe(after);
});

it('blocks, passes, and says what it could not read, by its exit code', { timeout: 60_000 }, () => {
  expect(run(['-'], POD.replace('image: i', 'image: i\n      securityContext: {privileged: true}')).status).toBe(1);
  expect(run(['-', '--fail-on', 'never'], POD).status).toBe(0);
  expect(run(['-'], 'apiVersion: v1\nkind: Pod\nspec: {{ .x }}\n')).toMatchObject({
    status: 3,
    stdout: expect.stringContaining('render the template first'),
  });
  expect(run(['cluster'])).toMatchObject({ status: 2, stderr: expect.stringContaining('There is no kubeconfig') });
});
