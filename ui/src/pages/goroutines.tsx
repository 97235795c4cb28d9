/** The goroutines of one instance: by what they wait for, how many, how long, and who started them. */
import { useState } from 'preact/hooks';
import { useData, useTitle } from '../context.ts';
import { askGoroutines, askService } from '../endpoints.ts';
import { formatCount, plural } from '../format.ts';
import { FleetCrumb } from '../parts/fleet-crumb.tsx';
import { Empty, When } from '../parts/states.tsx';
import { type Place, to, withQuery } from '../router.ts';
import { ClusterTable } from './cluster-table.tsx';
import { Toolbar, usePageRange } from './service.tsx';

export function GoroutinesPage({ place }: { readonly place: Place }) {
  const [, environment = '', service = ''] = place.path;
  const range = usePageRange(place, environment, service);
  const instance = place.query.instance ?? '';
  const query = { from: range.from, to: range.to, instance };
  const view = useData(askGoroutines(environment, service, query), undefined, true);
  // For the names of the instances.
  const around = useData(askService(environment, service, query), undefined, true);
  const [filter, setFilter] = useState('');
  useTitle(view.value === null ? null : `Goroutines of ${service}`);
  const go = (change: Readonly<Record<string, string | null>>) => {
    location.hash = withQuery(place, change);
  };
  return (
    <div class="page">
      <div>
        <p class="crumbs">
          <FleetCrumb />
          <a href={to.service(environment, service)}>{service}</a>
        </p>
        <div class="page-head">
          <h1>Goroutines</h1>
          <p class="page-says">
            {view.value === null
              ? ' '
              : `${formatCount(view.value.total)} now, in ${plural(view.value.clusters.length, 'cluster')}`}
          </p>
          {view.value !== null && view.value.capture !== null && (
            <a class="head-link" href={to.flame(view.value.capture, null, { part: 'goroutine' })}>
              Flame graph
            </a>
          )}
        </div>
      </div>
      <Toolbar place={place} view={around.value} range={range} go={go}>
        <label class="inline-field grow">
          <span>Filter</span>
          <input
            type="search"
            placeholder="Function, file or state"
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
      </Toolbar>
      <When of={view} height={700} label="Loading the goroutines">
        {(value) =>
          value.clusters.length === 0 ? (
            <Empty title="No goroutine profile in this range.">
              <p>
                Choose a longer range, or look at <a href={to.status()}>Status</a> whether captures fail.
              </p>
            </Empty>
          ) : (
            <ClusterTable clusters={value.clusters} filter={filter} total={value.total} />
          )
        }
      </When>
    </div>
  );
}
