/**
 * Growth that is a walk by chance. Where a site's objects come and go slowly, each capture shows mostly the objects of the one
 * before, and their number wanders: for minutes it may rise from look to look, as a leak does, and a test for trends, which
 * takes looks for independent, is sure of a trend. What a profile says of births and deaths tells the two apart.
 */
import type { Site } from './sites.ts';

/** By so many standard deviations births must outnumber deaths where both come by chance. */
const SIGMAS = 4;
/** A site that lets go of less than this share of what it allocates only gains: it cannot wander. */
const KEEPS = 0.1;
/** Deaths between two captures, as a share of those alive, from which on what one shows says little of the next. */
const FRESH = 0.7;

/**
 * Can the site's growth from `first` to `last` (snapshot indices) be chance? Of what is allocated and freed independently,
 * births less deaths has the variance of births plus deaths; over times in which everything was replaced that is no more
 * than the two counts have themselves. All are counts of sampled objects: so sampling is in it, too.
 */
export function mayWander(site: Site, first: number, last: number): boolean {
  const objects = site.objects[last] ?? 0;
  const bytes = site.bytes[last] ?? 0;
  if (objects <= 0 || bytes <= 0) return false;
  const size = bytes / objects;
  const before = site.objects[first] ?? 0;
  // A slice or buffer that is allocated anew and larger: it is the size that grows, and sizes are not drawn by chance.
  if ((objects - before) * size < 0.5 * (bytes - (site.bytes[first] ?? 0))) return false;
  const sampled = chanceOf(site, last, size);
  const [from, to] = [before * sampled, objects * sampled];
  const allocated = (site.allocBytes[last] ?? Number.NaN) - (site.allocBytes[first] ?? Number.NaN);
  let variance = from + to;
  if (!Number.isNaN(allocated)) {
    const born = (allocated / size) * sampled;
    const died = Math.max(0, born - (to - from));
    if (died < KEEPS * born) return false;
    if (died > FRESH * (last - first) * ((from + to) / 2)) return false;
    variance = Math.min(variance, born + died);
  }
  return to - from < SIGMAS * Math.sqrt(variance);
}

/** Of an object of the site to be sampled: the variance of what is unsampled is objects × (1 − p) / p, times size². */
function chanceOf(site: Site, at: number, size: number): number {
  return 1 / (1 + (site.variance[at] ?? 0) / (size * size * (site.objects[at] ?? 1)));
}
