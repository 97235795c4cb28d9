/** Targets that are listed: they never change. */
import type { WatchTarget } from '../config/config.ts';
import type { TargetSource } from './source.ts';

export function staticSource(targets: readonly WatchTarget[], name = 'static'): TargetSource {
  return {
    name,
    run: async (set) => set(targets),
  };
}
