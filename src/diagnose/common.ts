/** Functions that say nothing about which memory belongs to which goroutine, since nearly everything comes through them. */
import type { SiteShape } from './summary.ts';

/** With fewer sites than this everything looks common. */
const SITES_FOR_COMMON = 6;

/** What is common whatever the profile says. */
export const ALWAYS_COMMON: readonly string[] = ['main.main'];

/** Functions on the stacks of more than half of all sites with user code: main.main, a middleware. */
export function commonFunctions(sites: readonly Pick<SiteShape, 'owned' | 'functions'>[]): string[] {
  const owned = sites.filter((site) => site.owned);
  const seen = new Map<string, number>();
  for (const site of owned) for (const name of site.functions) seen.set(name, (seen.get(name) ?? 0) + 1);
  const common = new Set(ALWAYS_COMMON);
  if (owned.length < SITES_FOR_COMMON) return [...common];
  for (const [name, count] of seen) if (count > owned.length / 2) common.add(name);
  return [...common];
}
