import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeTooOld } from './node-version.ts';

it.each(['22.22.2', '22.23.1', '24.15.0', '26.10.0', process.versions.node])('takes Node %s', (version) => {
  expect(nodeTooOld(version)).toBeNull();
});

it.each(['18.20.4', '20.20.2', '22.21.0'])('says that Node %s is too old', (version) => {
  expect(nodeTooOld(version)).toBe(`Node.js 22.22 or newer is needed, and this is ${version}`);
});

it('says what package.json says', () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
  expect(manifest.engines.node).toBe('>=22.22.2');
});
