import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { READERS } from './readers.ts';
import { SIGNATURE_FORMS } from './signature.ts';

test('docs/signatures.md says of each reader what the contract test says', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/signatures.md'), 'utf8');
  const rows = page.split('\n').filter((line) => READERS.some(({ name }) => line.startsWith(`| ${name} |`)));
  const wanted = READERS.map(({ name, signatures, attestations }) => {
    const cells = SIGNATURE_FORMS.map((form) =>
      [signatures.includes(form) ? 'S' : '', attestations.includes(form) ? 'A' : ''].filter(Boolean).join(' '),
    );
    return `| ${name} | ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
  });
  expect(rows).toEqual(wanted);
});
