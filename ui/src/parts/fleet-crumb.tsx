/** The way back to the fleet, which a report does not have. */
import { useServices } from '../context.ts';
import { to } from '../router.ts';

export function FleetCrumb() {
  const { data } = useServices();
  return data.start === null ? <a href={to.fleet()}>Fleet</a> : null;
}
