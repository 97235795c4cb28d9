import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'guard/**/*.test.ts', 'ui/**/*.test.ts'],
    // Only what hangs meets them: a busy machine needs many times what an idle one does.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // The default leaves one of two processors idle, and many tests wait for services of the lab.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
