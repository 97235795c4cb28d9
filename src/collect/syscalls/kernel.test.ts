import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { absolutePath, findProgram } from './kernel.ts';

it('takes no program from where root happens to stand', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hemostat-test-'));
  try {
    writeFileSync(join(directory, 'bpftrace'), '#!/bin/sh\n');
    chmodSync(join(directory, 'bpftrace'), 0o755);
    expect(findProgram('bpftrace', relative(process.cwd(), directory))).toBe(null);
    expect(findProgram('package.json', ':.:')).toBe(null);
    expect(findProgram('bpftrace', `.::${directory}`)).toBe(join(directory, 'bpftrace'));
    expect(absolutePath('.:/usr/bin::bin:/bin')).toBe('/usr/bin:/bin');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
