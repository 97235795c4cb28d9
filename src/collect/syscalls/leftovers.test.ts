import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { ownDirectory, sweepDirectories } from './leftovers.ts';

it('removes the directories of processes that are gone, and nothing else', () => {
  const parent = mkdtempSync(join(tmpdir(), 'hemostat-test-'));
  try {
    const { pid: gone } = spawnSync('true');
    const kept = [basename(ownDirectory(parent)), 'hemostat-count-mine', `hemostat-count-${gone}-file`, 'other'];
    mkdirSync(join(parent, 'hemostat-count-mine'));
    mkdirSync(join(parent, 'other'));
    writeFileSync(join(parent, `hemostat-count-${gone}-file`), '');
    symlinkSync(join(parent, 'other'), join(parent, `hemostat-count-${gone}-link`));
    mkdirSync(join(parent, `hemostat-count-${gone}-Xy12`));
    writeFileSync(join(parent, `hemostat-count-${gone}-Xy12`, 'table.txt'), 'half');
    sweepDirectories(parent);
    expect(readdirSync(parent).sort()).toEqual([...kept, `hemostat-count-${gone}-link`].sort());
    expect(() => sweepDirectories(join(parent, 'none'))).not.toThrow();
  } finally {
    rmSync(parent, { recursive: true });
  }
});
