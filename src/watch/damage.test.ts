import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withDamageTold } from './damage.ts';
import { openDuckDbStore } from './history/duckdb/store.ts';

test('a damaged profile is told with its name, and the rest of the store works as before', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-damage-'));
  const store = await openDuckDbStore({ dir, log: () => {} });
  try {
    const says: string[] = [];
    const told = withDamageTold(store, (sentence) => says.push(sentence));
    const hash = await told.putBlob(Buffer.from('a profile'));
    expect(Buffer.from(await told.getBlob(hash)).toString()).toBe('a profile');
    expect(await told.targets()).toEqual([]);
    expect(says).toEqual([]);
    for (const entry of readdirSync(join(dir, 'blobs'), { recursive: true, encoding: 'utf8' })) {
      const path = join(dir, 'blobs', entry);
      if (statSync(path).isFile()) writeFileSync(path, 'something else');
    }
    await expect(told.getBlob(hash)).rejects.toThrow('is damaged');
    expect(says).toHaveLength(1);
    expect(says[0]).toContain(hash);
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
