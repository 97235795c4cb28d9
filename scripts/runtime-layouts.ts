/**
 * Writes src/diagnose/heap/layouts-table.ts: where the Go runtime keeps what a leak proof needs, per Go minor, read from
 * the DWARF of a small program that each toolchain builds. Run it when a new Go minor is out:
 *
 *   node scripts/runtime-layouts.ts            every version in VERSIONS (a few minutes: each builds its runtime)
 *
 * The offsets depend on the pointer size only: amd64 stands for all 64-bit platforms and 386 for all 32-bit ones. A test
 * compares the table with arm64 too.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeLayout } from '../src/diagnose/heap/layouts.ts';
import { layoutOf } from '../src/testing/runtime-layout.ts';

const VERSIONS = ['1.19.13', '1.20.14', '1.21.13', '1.22.12', '1.23.4', '1.24.6', '1.25.3', '1.26.8', '1.27.1'];
const OUT = join(import.meta.dirname, '..', 'src', 'diagnose', 'heap', 'layouts-table.ts');

function literal(layout: RuntimeLayout): string {
  const part = (name: string, numbers: Readonly<Record<string, number>>): string =>
    `${name}: { ${Object.entries(numbers)
      .map(([field, offset]) => `${field}: ${offset}`)
      .join(', ')} }`;
  return `{ ${Object.entries(layout)
    .map(([name, numbers]) => part(name, numbers))
    .join(', ')} }`;
}

const rows: string[] = [];
for (const version of VERSIONS) {
  const minor = Number(version.split('.')[1]);
  for (const [arch, pointerSize] of [
    ['amd64', 8],
    ['386', 4],
  ] as const) {
    process.stderr.write(`go${version} ${arch}\n`);
    rows.push(`  { minor: ${minor}, pointerSize: ${pointerSize}, layout: ${literal(layoutOf(version, arch))} },`);
  }
}
writeFileSync(
  OUT,
  `// Written by scripts/runtime-layouts.ts from the DWARF of each toolchain's binaries; do not edit.
import type { RuntimeLayout } from './layouts.ts';

export const TABLE: readonly { readonly minor: number; readonly pointerSize: 4 | 8; readonly layout: RuntimeLayout }[] = [
${rows.join('\n')}
];
`,
);
