/** Which page is at a place. */
import { Empty } from '../parts/states.tsx';
import type { Place } from '../router.ts';
import { Fleet } from './fleet.tsx';

export function PageAt({ place }: { readonly place: Place }) {
  const [first = ''] = place.path;
  switch (first) {
    case '':
      return <Fleet />;
    default:
      return (
        <Empty title="There is no such page.">
          <p>
            The address may be of another version. <a href="#/">Go to the fleet.</a>
          </p>
        </Empty>
      );
  }
}
