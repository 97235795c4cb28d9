/** Which page is at a place. */
import { FlamePage } from '../flame/page.tsx';
import { HeapPage } from '../heap/page.tsx';
import { Empty } from '../parts/states.tsx';
import { IncidentPage } from '../respond/incident.tsx';
import { RespondPage } from '../respond/page.tsx';
import type { Place } from '../router.ts';
import { ComparePage } from './compare.tsx';
import { FindingPage } from './finding.tsx';
import { Fleet } from './fleet.tsx';
import { GoroutinesPage } from './goroutines.tsx';
import { OpenPage } from './open.tsx';
import { ServicePage } from './service.tsx';
import { StatusPage } from './status.tsx';
import { SyscallsPage } from './syscalls.tsx';

export function PageAt({ place }: { readonly place: Place }) {
  const path = place.path.join('/');
  switch (place.path[0] ?? '') {
    case '':
      return <Fleet />;
    case 'service':
      return <ServicePage key={path} place={place} />;
    case 'finding':
      return <FindingPage key={path} place={place} />;
    case 'goroutines':
      return <GoroutinesPage key={path} place={place} />;
    case 'syscalls':
      return <SyscallsPage key={path} place={place} />;
    case 'flame':
      return <FlamePage place={place} />;
    case 'heap':
      return <HeapPage place={place} />;
    case 'compare':
      return <ComparePage place={place} />;
    case 'open':
      return <OpenPage />;
    case 'respond':
      return <RespondPage place={place} />;
    case 'incident':
      return <IncidentPage key={path} place={place} />;
    case 'status':
      return <StatusPage />;
    default:
      return (
        <Empty title="There is no such page." page>
          <p>
            The address may be of another version. <a href="#/">Go to the fleet.</a>
          </p>
        </Empty>
      );
  }
}
