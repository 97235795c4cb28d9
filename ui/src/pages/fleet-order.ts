/** In which order services are shown, and the fleet in one line. */
import type { FleetView } from '../../../src/watch/api/contract.ts';
import { formatDuration, plural } from '../format.ts';

type Service = FleetView['services'][number];

const RANK = { critical: 0, high: 1, medium: 2, low: 3, info: 4 } as const;

/** Worst first; among the same, who has the least time; then by name. */
export function inOrder(services: readonly Service[]): Service[] {
  const rank = (of: Service): number => (of.severity === null ? 5 : RANK[of.severity]);
  const time = (of: Service): number => of.timeToLimit ?? Number.POSITIVE_INFINITY;
  return services.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      compare(time(a), time(b)) ||
      compare(a.environment, b.environment) ||
      compare(a.service, b.service),
  );
}

/** `3 services, 1 with open findings; the first reaches its limit in 3 h 40 min`. */
export function summary({ services }: Pick<FleetView, 'services'>): string {
  if (services.length === 0) return 'no services yet';
  const found = services.filter((of) => of.openFindings > 0).length;
  const times = services.flatMap((of) => (of.timeToLimit === null ? [] : [of.timeToLimit]));
  const first = times.length === 0 ? '' : `; the first reaches its limit in ${formatDuration(Math.min(...times))}`;
  const has = found === 0 ? 'nothing found' : `${found} with open findings`;
  return `${plural(services.length, 'service')}, ${has}${first}`;
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
