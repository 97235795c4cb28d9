import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuardContext } from '../part.ts';
import { guardConfig } from './config.ts';
import { configSettings } from './settings.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hemostat-config-test-'));
  mkdirSync(join(folder, 'chart/templates'), { recursive: true });
  mkdirSync(join(folder, 'deploy'));
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, 'deploy/web.yaml'), POD('web', true));
  writeFileSync(join(folder, 'deploy/db.yml'), POD('db', false));
  writeFileSync(join(folder, 'deploy/values.json'), '{"a": 1}');
  writeFileSync(join(folder, 'chart/Chart.yaml'), 'name: shop\n');
  writeFileSync(join(folder, 'chart/templates/web.yaml'), 'kind: {{ .Values.kind }}\napiVersion: v1\n');
  writeFileSync(join(folder, '.git/x.yaml'), POD('hidden', true));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const POD = (name: string, privileged: boolean): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers:\n  - {name: c, image: i, securityContext: {privileged: ${privileged}}}\n`;

const context = (): GuardContext => ({
  http: { send: () => Promise.reject(new Error('no network')), close: () => undefined },
  cwd: folder,
  cacheDir: folder,
  now: () => new Date(0),
  offline: true,
  progress: () => undefined,
  env: {},
});
const run = (settings: object) => guardConfig(configSettings.parse(settings), context());

describe('guardConfig', () => {
  it('reads what lies below a directory, and says what it did not check', async () => {
    const result = await run({});
    expect(result.failures).toEqual([]);
    expect(result.tally).toEqual([
      { name: 'objects with a finding', count: 2 },
      { name: 'objects without', count: 0 },
    ]);
    expect(result.facts.kinds).toEqual([{ kind: 'Pod', count: 2 }]);
    expect(result.notes).toEqual([
      expect.stringContaining('helm template chart'),
      expect.stringContaining('2 YAML or JSON documents are no'),
    ]);
    const [worst] = result.findings;
    expect(worst).toMatchObject({
      rule: 'config-container-privileged',
      region: { file: join('deploy', 'web.yaml'), line: 6 },
    });
    expect(result.findings.filter(({ rule }) => rule === 'config-container-privileged')).toHaveLength(1);
  });

  it('weighs rules as the settings say, and refuses rules that are not there', async () => {
    const rootOf = async (severity: Record<string, string>): Promise<string | undefined> => {
      const { findings } = await run({ paths: ['deploy/db.yml'], severity });
      return findings.find(({ rule }) => rule === 'config-root-filesystem-writable')?.severity;
    };
    expect(await rootOf({})).toBe('high');
    expect(await rootOf({ 'config-root-filesystem-writable': 'medium' })).toBe('medium');
    await expect(run({ severity: { nothing: 'low' } })).rejects.toThrow('There is no rule nothing');
  });

  it('fails where nothing was checked, and where the person is wrong', async () => {
    expect((await run({ paths: ['deploy/values.json'] })).failures).toEqual([
      expect.stringContaining('holds no Kubernetes object'),
    ]);
    await expect(run({ paths: ['nowhere'] })).rejects.toMatchObject({
      name: 'GuardUsageError',
      message: expect.stringContaining('There is no nowhere'),
    });
    await expect(run({ paths: ['.'], cluster: {} })).rejects.toThrow('not both');
    expect(() => configSettings.parse({ path: ['.'] })).toThrow();
  });

  it('runs policies of the user, whose failures keep the gate shut', async () => {
    const policies = join(import.meta.dirname, '../../../docs/policies');
    cpSync(join(policies, 'read_only_root.wasm'), join(folder, 'ro.wasm'));
    const good = await run({ paths: ['deploy'], policies: ['ro.wasm'] });
    expect(good.findings.filter(({ rule }) => rule === 'config-policy-violated')).toHaveLength(2);
    expect(good.facts.policies).toEqual([
      { name: 'ro', file: 'ro.wasm', type: 'rego', evaluated: 2, violations: 2, failures: 0 },
    ]);
    writeFileSync(join(folder, 'ro.wasm'), readFileSync(join(folder, 'ro.wasm')).subarray(0, 5000));
    expect((await run({ paths: ['deploy'], policies: ['ro.wasm'] })).failures).toEqual([
      expect.stringContaining('The policy ro (ro.wasm) could not be run'),
    ]);
  });
});
