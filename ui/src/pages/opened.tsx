/** What was in a file, by its kind. */
import { useState } from 'preact/hooks';
import type { OpenedView, SeriesView } from '../../../src/watch/api/contract.ts';
import { FlameGraph } from '../flame/graph.tsx';
import { format, formatBytes } from '../format.ts';
import { HeapGraph } from '../heap/graph.tsx';
import { SeriesPlot } from '../parts/series-plot.tsx';
import { to } from '../router.ts';
import { ClusterTable } from './cluster-table.tsx';
import { FoundList } from './found-list.tsx';

const KINDS = {
  profile: 'pprof profile',
  goroutines: 'goroutine dump',
  gctrace: 'GC trace',
  heapdump: 'heap dump',
  metrics: 'metrics',
} as const;

export function Opened({ of, onSave }: { readonly of: OpenedView; readonly onSave: () => void }) {
  const [filter, setFilter] = useState('');
  return (
    <div class="page">
      <div class="section-head">
        <h2>{of.name}</h2>
        <span class="muted">
          {KINDS[of.kind]}, {formatBytes(of.bytes)}
        </span>
        {of.capture === null ? (
          <button type="button" class="button" onClick={onSave}>
            Keep it on the server
          </button>
        ) : (
          <>
            <span class="kept">Kept</span>
            <a class="button" href={to.compare(null, of.capture)}>
              Compare it
            </a>
          </>
        )}
      </div>
      {/* The heap graph begins with the same sentence. */}
      {of.heap === null && <p class="verdict-line panel">{of.says}</p>}
      <FoundList findings={of.findings} />
      {of.series.length > 0 && (
        <div class="plot-grid">
          {of.series.map((series) => (
            <div key={series.name} class="panel">
              <FileSeries of={series} />
            </div>
          ))}
        </div>
      )}
      {of.goroutines !== null && (
        <>
          <label class="inline-field">
            <span>Filter</span>
            <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
          </label>
          <ClusterTable clusters={of.goroutines.clusters} filter={filter} total={of.goroutines.total} />
        </>
      )}
      {of.heap !== null && <HeapGraph view={of.heap} />}
      {of.flame !== null && (
        <div class="panel">
          <FlameGraph view={of.flame} />
        </div>
      )}
    </div>
  );
}

/** A GC trace has a line per cycle; a page of metrics has one point, which is a number and no plot. */
function FileSeries({ of }: { readonly of: SeriesView }) {
  const [from = 0] = of.at;
  const end = of.at.at(-1) ?? 0;
  if (of.at.length < 2)
    return (
      <p>
        {of.name} <strong>{format(of.value[0] ?? null, of.unit)}</strong>
      </p>
    );
  return <SeriesPlot title={of.name} of={of} range={{ from, to: end }} sync="opened" />;
}
