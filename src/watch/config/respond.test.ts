/** The section `respond` of the configuration. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { describeConfig } from './describe.ts';
import { parseConfig } from './read.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-respond-config-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ALERTS = `
alerts:
  receivers:
    - {name: channel, webhook: {url: http://127.0.0.1:1/}}
    - {name: operations, webhook: {url: http://127.0.0.1:2/}}
`;
const read = (respond: string) =>
  parseConfig(
    `jobs: [{name: shop, static_configs: [{targets: ["127.0.0.1:6060"]}]}]${ALERTS}${respond}`,
    join(dir, 'hemostat.yaml'),
    {},
  );

test('without it clocks run, and a receiver that is called like a role is told of what it owes', () => {
  const config = read('');
  expect(config.respond).toMatchObject({ enabled: true, minSeverity: 'high', minVerdict: 'confirmed' });
  expect(config.respond.receivers).toEqual({ development: [], operations: ['operations'], security: [] });
  expect(describeConfig(config).lines).toContainEqual(
    'response: clocks from confirmed and high findings on, reminded: operations by operations',
  );
});

test('takes a matrix whose steps name receivers of alerts', () => {
  const matrix = 'schema: hemostat/respond@1\nescalation: [{at: 0.5, tell: [role, channel]}]\n';
  writeFileSync(join(dir, 'matrix.yaml'), matrix);
  const config = read(
    'respond: {matrix: matrix.yaml, min_severity: low, receivers: {development: [channel]}, artefacts: answers, test_timeout: 90s}',
  );
  expect(config.respond.matrix.escalation).toEqual([{ at: 0.5, tell: ['role', 'channel'] }]);
  expect(config.respond).toMatchObject({
    minSeverity: 'low',
    receivers: { development: ['channel'], operations: ['operations'] },
    checks: { artefacts: join(dir, 'answers'), testTimeoutMs: 90_000, runTests: false },
  });
});

test('says with its place what cannot be', () => {
  writeFileSync(
    join(dir, 'wrong.yaml'),
    'schema: hemostat/respond@1\nmatrix: [{kind: gorutine-*, severity: high, role: security, due: 1h}]\n',
  );
  const own =
    'schema: hemostat/respond@1\nescalation: [{at: 1, tell: [lead]}]\nreceivers: {lead: {kind: slack, url-env: X}}\n';
  writeFileSync(join(dir, 'own.yaml'), own);
  const wrong = (respond: string): string => {
    try {
      read(respond);
      return 'taken';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  expect(wrong('respond: {receivers: {security: [chanel]}}')).toMatch(
    /hemostat\.yaml:6:\d+: respond\.receivers\.security\[0\] is chanel, and alerts\.receivers has none of that name/,
  );
  expect(wrong('respond: {matrix: nowhere.yaml}')).toContain('nowhere.yaml');
  expect(wrong('respond: {matrix: wrong.yaml}')).toContain('matches no rule');
  expect(wrong('respond: {matrix: own.yaml}')).toContain('tells lead, and alerts.receivers has none of that name');
  expect(wrong('respond: {min_severity: grave}')).toContain('must be one of critical, high, medium, low, info');
  expect(wrong('respond: {matrx: x}')).toContain('matrx is not known in respond');
});

test('off is off', () => {
  const config = read('respond: {enabled: false}');
  expect(config.respond.enabled).toBe(false);
  expect(describeConfig(config).lines).toContain('response: off');
});
