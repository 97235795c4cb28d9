/**
 * What source review finds in programs that were written apart from its rules (src/review/testdata/kernels and kernels2): a
 * table by rule, what is missed, and false alarms. --write puts the tables into docs/accuracy.md.
 *
 *   node scripts/review-kernels.ts [--write]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelTable, reviewKernels } from '../src/testing/review-kernels.ts';

for (const set of ['kernels', 'kernels2'] as const) {
  const table = kernelTable(await reviewKernels(set));
  process.stdout.write(`${set}\n${table}\n`);
  if (!process.argv.includes('--write')) continue;
  const path = join(import.meta.dirname, '..', 'docs', 'accuracy.md');
  const between = new RegExp(`(<!-- ${set}:begin -->\\n)[\\s\\S]*?(<!-- ${set}:end -->)`);
  const text = readFileSync(path, 'utf8');
  if (!between.test(text))
    throw new Error(`${path} has no place for the table: it lies between ${set}:begin and ${set}:end`);
  writeFileSync(
    path,
    text.replace(between, (_, begin: string, end: string) => `${begin}${table}${end}`),
  );
}
