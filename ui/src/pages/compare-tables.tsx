/** What changed between two captures, largest change first. */
import type { CompareView } from '../../../src/watch/api/contract.ts';
import { format, formatBytes, formatCount } from '../format.ts';
import { ChangeBar } from '../parts/change-bar.tsx';
import { useLimit } from '../parts/limit.tsx';
import { CodePlace } from '../parts/place.tsx';
import { Table } from '../parts/table.tsx';

const SHOWN = 15;

type Site = CompareView['sites'][number];

/** A change that sampling alone gives now and then: below two standard deviations. */
function isNoise(site: Site): boolean {
  return site.noise > 0 && Math.abs(site.after - site.before) < 2 * site.noise;
}

export function SiteChanges({ sites }: { readonly sites: readonly Site[] }) {
  const { limit, more } = useLimit(sites.length, 'site', SHOWN);
  if (sites.length === 0) return null;
  const most = Math.max(...sites.map((site) => Math.abs(site.after - site.before)));
  return (
    <section aria-labelledby="sites-title">
      <h2 id="sites-title">Heap in use, by where it was allocated</h2>
      <Table
        label="Heap sites"
        columns={['Allocated at', 'Kind', ['Before', 'num'], ['After', 'num'], 'Change', ['Objects', 'num']]}
      >
        {sites.slice(0, limit).map((site) => (
          <tr key={`${site.where.function}:${site.where.line} ${site.kind}`}>
            <th scope="row">
              <CodePlace of={site.where} />
            </th>
            <td class="muted">{site.kind}</td>
            <td class="num">{formatBytes(site.before)}</td>
            <td class="num">{formatBytes(site.after)}</td>
            <td>
              <ChangeBar change={site.after - site.before} unit="bytes" most={most} noise={isNoise(site)} />
            </td>
            <td class="num">
              {formatCount(Math.round(site.objectsBefore))} → {formatCount(Math.round(site.objectsAfter))}
            </td>
          </tr>
        ))}
      </Table>
      {more}
      <p class="muted note">Grey bars are within twice what sampling gives by itself.</p>
    </section>
  );
}

export function ClusterChanges({ clusters }: { readonly clusters: CompareView['clusters'] }) {
  const { limit, more } = useLimit(clusters.length, 'cluster', SHOWN);
  if (clusters.length === 0) return null;
  const most = Math.max(...clusters.map((one) => Math.abs(one.after - one.before)));
  return (
    <section aria-labelledby="goroutines-title">
      <h2 id="goroutines-title">Goroutines, by what they wait for</h2>
      <Table label="Goroutine clusters" columns={['Waits at', 'State', ['Before', 'num'], ['After', 'num'], 'Change']}>
        {clusters.slice(0, limit).map((one, i) => (
          <tr key={`${i} ${one.where.function} ${one.state}`}>
            <th scope="row">
              <CodePlace of={one.where} />
            </th>
            <td class="muted">{one.state}</td>
            <td class="num">{formatCount(one.before)}</td>
            <td class="num">{formatCount(one.after)}</td>
            <td>
              <ChangeBar change={one.after - one.before} unit="count" most={most} />
            </td>
          </tr>
        ))}
      </Table>
      {more}
    </section>
  );
}

export function MetricChanges({ metrics }: { readonly metrics: CompareView['metrics'] }) {
  if (metrics.length === 0) return null;
  const bytes = metrics.flatMap((one) =>
    one.unit === 'bytes' ? [Math.abs((one.after ?? 0) - (one.before ?? 0))] : [],
  );
  const most = Math.max(1, ...bytes);
  return (
    <section aria-labelledby="metrics-title">
      <h2 id="metrics-title">Counters</h2>
      <Table label="Table of counters" columns={['Counter', ['Before', 'num'], ['After', 'num'], 'Change']}>
        {metrics.map((one) => {
          const change = one.before === null || one.after === null ? null : one.after - one.before;
          return (
            <tr key={one.name}>
              <th scope="row">
                <code>{one.name}</code>
              </th>
              <td class="num">{format(one.before, one.unit)}</td>
              <td class="num">{format(one.after, one.unit)}</td>
              <td>
                <ChangeBar change={change} unit={one.unit} most={one.unit === 'bytes' ? most : 0} />
              </td>
            </tr>
          );
        })}
      </Table>
    </section>
  );
}
