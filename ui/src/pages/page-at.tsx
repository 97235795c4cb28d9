/** Which page is at a place. */
import { FlamePage } from '../flame/page.tsx';
import { HeapPage } from '../heap/page.tsx';
import { Empty } from '../parts/states.tsx';
import type { Place } from '../router.ts';
import { Fleet } from './fleet.tsx';

export function PageAt({ place }: { readonly place: Place }) {
  const [first = ''] = place.path;
  switch (first) {
    case '':
      return <Fleet />;
    case 'flame':
      return <FlamePage place={place} />;
    case 'heap':
      return <HeapPage place={place} />;
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
