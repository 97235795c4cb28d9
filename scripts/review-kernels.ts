/**
 * What source review finds in programs that were written apart from its rules (src/review/testdata/kernels): a table by
 * rule, what is missed, and false alarms. --write puts the table into docs/accuracy.md.
 *
 *   node scripts/review-kernels.ts [--write]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelTable, reviewKernels } from '../src/testing/review-kernels.ts';

const table = kernelTable(await reviewKernels());
process.stdout.write(table);
if (process.argv.includes('--write')) {
  const path = join(import.meta.dirname, '..', 'docs', 'accuracy.md');
  const between = /(<!-- kernels:begin -->\n)[\s\S]*?(<!-- kernels:end -->)/;
  const text = readFileSync(path, 'utf8');
  if (!between.test(text))
    throw new Error(`${path} has no place for the table: it lies between kernels:begin and kernels:end`);
  writeFileSync(
    path,
    text.replace(between, (_, begin: string, end: string) => `${begin}${table}${end}`),
  );
}
